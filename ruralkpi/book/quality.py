"""Asking what became of the rows that were handed in."""

from __future__ import annotations

import pandas as pd

from ruralkpi.book.opened import Opened
from ruralkpi.checks.again import said
from ruralkpi.errors import UserError
from ruralkpi.masking import mask_phone
from ruralkpi.texts import known_language, say

_SUMS = ", ".join(f"CAST(sum({n}) AS BIGINT) AS {n}" for n in ("read_n", "blank_n", "clean_n", "superseded_n", "quarantined_n"))
_QUERIES = {
    "export": f"SELECT source_table, count(DISTINCT file) AS file_n, {_SUMS} FROM source_count GROUP BY ALL ORDER BY ALL",
    "file": "SELECT * FROM source_count ORDER BY source_table, file",
    "reason": "SELECT source_table, code, severity, count(*) AS row_n, count(DISTINCT file) AS file_n FROM quarantine "
    "GROUP BY ALL ORDER BY row_n DESC, source_table, code, severity",
    "row": "SELECT source_table, file, row, code, severity, message FROM quarantine ORDER BY ALL",
    "words": "SELECT source_table, column_name, text, means, sum(n) AS n FROM word "
    "GROUP BY ALL ORDER BY source_table, column_name, n DESC, text",
    "superseded": "SELECT source_table, file, row, by_file, by_row, why FROM superseded ORDER BY ALL",
    "told": "SELECT code, n, zh, en FROM told ORDER BY ALL",
    "requests": "SELECT agent_id, code, state, rule_id, source_id, month, reason_code, proof, file, row FROM requested "
    "ORDER BY ALL",
    "freshness": "SELECT * FROM freshness ORDER BY source_table, county_id",
    "evidence": "SELECT rule_id, reason, count(*) AS unknown_n FROM obligation WHERE outcome = 'unknown' "
    "GROUP BY ALL ORDER BY ALL",
}


class Quality(Opened):
    """The rows handed in."""

    def quality(self, by: str = "export", lang: str = "zh") -> pd.DataFrame:
        """What became of the rows that were handed in. read_n = blank_n + clean_n + superseded_n + quarantined_n, where blank_n
        is headers and notes and rows that say nothing are not counted.

        Grain by `by`: "export", one kind of export; "file", one table of a sheet, with the columns it lacks (absent) and those
        that nothing is known of (unknown_headers); "reason", why rows were kept out or marked, with the count; "row",
        those rows, file and row number each, and why in `lang`, names and phones masked; "evidence", why obligations could not
        be decided, by rule; "freshness", one export and county, with the day of its last record and whether it stops before the
        others; "words", what deciding columns say; "superseded", rows that another one stands for; "told", what a person must
        know; "requests", what was asked to have put right, by its code, and its state: approved, or why it changes nothing.
        All counts. Raises UserError for another `by` and for an unknown language.

        >>> book.quality().query("source_table == 'complaints'")[["read_n", "clean_n", "quarantined_n"]].values.tolist()
        [[6, 4, 1]]
        >>> book.quality("row")[["file", "row"]].values.tolist()
        [['投诉.csv', 5]]
        """
        if by not in _QUERIES:
            raise UserError(say("book.by", value=by, known="、".join(_QUERIES)))
        known_language(lang)
        frame = self.sql(_QUERIES[by])
        if by == "row":
            reasons = zip(frame["source_table"], frame["code"], frame["message"], strict=True)
            frame["message"] = [mask_phone(said(*one, lang)) for one in reasons]
        return frame
