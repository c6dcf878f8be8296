"""Requests for correction: a miss is asked about by its code; what is approved becomes an exemption (X21, section 6)."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import duckdb

from ruralkpi.intake.told import tell
from ruralkpi.sql import first_row

STATES = ("approved", "waiting", "not_missed", "other_agent", "no_such_code", "two_of_this_code")
_HOME = files("ruralkpi") / "obligations"
_SHOWN = 3


def code(rule_id: str, source_table: str, source_id: str) -> str:
    """The code of an obligation, as it is printed: in two groups.

    >>> code("complaint_first_reply", "complaints", "C2")
    'C98D8-06D6F'
    """
    made = hashlib.md5(f"{rule_id}/{source_table}/{source_id}".encode(), usedforsecurity=False).hexdigest()[:10].upper()
    return f"{made[:5]}-{made[5:]}"


def code_sql(of: str = "") -> str:
    """The same in SQL, ungrouped, of the columns of `obligation` under the alias `of`."""
    text = (_HOME / "code.sql").read_text(encoding="utf-8").strip().splitlines()[-1]
    return text.replace("{of}", f"{of}." if of else "")


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """Create `requested`, and make what is approved exempt: a miss, or what nobody could decide; no more is touched."""
    query = (_HOME / "requested.sql").read_text(encoding="utf-8").replace("{code}", code_sql())
    if not first_row(con, "SELECT count(*) FROM request")[0]:
        con.execute(f"CREATE OR REPLACE TABLE requested AS {query} LIMIT 0")
        return
    con.execute(f"CREATE OR REPLACE TABLE requested AS {query}")
    con.execute("""UPDATE obligation SET outcome = 'exempt', reason = requested.reason_code FROM requested
WHERE state = 'approved' AND obligation.rule_id = requested.rule_id
    AND obligation.source_table = requested.source_table AND obligation.source_id = requested.source_id""")


def tell_requests(con: duckdb.DuckDBPyConnection) -> None:
    """Tell the requests that change nothing, in a line for each why, with the first codes."""
    for state in STATES[1:]:
        rows = con.execute("SELECT code FROM requested WHERE state = ? GROUP BY code ORDER BY code", [state]).fetchall()
        if rows:
            shown = "、".join(f"{one[:5]}-{one[5:]}" for (one,) in rows[:_SHOWN])
            tell(con, f"request_{state}", len(rows), "", stage="build", ids=shown)
