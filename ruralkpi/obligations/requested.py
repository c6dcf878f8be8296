"""Requests for correction: a miss is asked about by its code; what is approved becomes an exemption (X21, section 6)."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import duckdb

from ruralkpi.obligations.outcomes import ASKED
from ruralkpi.sql import first_row, literals

STATES = ("approved", "waiting", "not_missed", "no_such_code", "two_of_this_code")
_HOME = files("ruralkpi") / "obligations"
# several lines may ask about one miss: whichever comes first, it bears one reason
_EXEMPT = """UPDATE obligation SET outcome = 'exempt', reason = approved.reason_code
FROM (
    SELECT rule_id, source_table, source_id, agent_id, min(reason_code) AS reason_code
    FROM requested WHERE state = 'approved' GROUP BY rule_id, source_table, source_id, agent_id
) AS approved
WHERE obligation.rule_id = approved.rule_id AND obligation.source_table = approved.source_table
    AND obligation.source_id = approved.source_id AND obligation.agent_id = approved.agent_id"""


def code(rule_id: str, source_table: str, source_id: str) -> str:
    """The code of an obligation: it tells one agent's apart.

    >>> code("complaint_first_reply", "complaints", "C2")
    'C98D80'
    """
    return hashlib.md5(f"{rule_id}/{source_table}/{source_id}".encode(), usedforsecurity=False).hexdigest()[:6].upper()


def code_sql(of: str = "") -> str:
    """The same in SQL, of the columns of `obligation` under the alias `of`."""
    text = (_HOME / "code.sql").read_text(encoding="utf-8").strip().splitlines()[-1]
    return text.replace("{of}", f"{of}." if of else "")


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """Create `requested`, and make what is approved exempt: a miss, or what nobody could decide; no more is touched."""
    query = (
        (_HOME / "requested.sql").read_text(encoding="utf-8").replace("{code}", code_sql()).replace("{asked}", literals(ASKED))
    )
    if not first_row(con, "SELECT count(*) FROM request")[0]:
        con.execute(f"CREATE OR REPLACE TABLE requested AS {query} LIMIT 0")
        return
    con.execute(f"CREATE OR REPLACE TABLE requested AS {query}")
    if first_row(con, "SELECT count(*) FROM requested WHERE state = 'approved'")[0]:
        con.execute(_EXEMPT)
