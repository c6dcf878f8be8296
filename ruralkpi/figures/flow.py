"""Where the rows that were handed in went."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from ruralkpi.book import Book
from ruralkpi.figures.look import canvas, colour, empty, faded
from ruralkpi.obligations.outcomes import DECIDED
from ruralkpi.sql import literals
from ruralkpi.texts import catalogue, say

# a row with several duties counts once, where it matters most; the row behind a slot is the visit or call that kept it
_FATES = f"""
WITH fate AS (
    SELECT file, row, min(source_table) AS source_table, min(CASE
        WHEN outcome IN {literals(DECIDED)} THEN 1
        WHEN outcome = 'unknown' THEN 2 WHEN outcome = 'pending' THEN 3 ELSE 4 END) AS rank
    FROM obligation WHERE file IS NOT NULL GROUP BY file, row
), handed_in AS (
    SELECT file, min(source_table) AS source_table FROM source_count GROUP BY file
)
SELECT coalesce(sheet.source_table, handed_in.source_table) AS source_table, rank, count(*) AS n
FROM fate
JOIN handed_in ON handed_in.file = fate.file
LEFT JOIN (SELECT DISTINCT file, source_table FROM source_count) AS sheet
    ON sheet.file = fate.file AND sheet.source_table = fate.source_table
GROUP BY ALL ORDER BY ALL"""
_ENDS = {1: "scored", 2: "unknown", 3: "pending", 4: "outside"}
_BAD = ("quarantined", "unknown")


def flow_rows(book: Book) -> pd.DataFrame:
    """The links of `flow`. Grain: source and target; n: rows. Each row read is in one link from its export.

    source: an export; target: blank (headers and notes), superseded, quarantined, or, of the clean ones, scored, unknown,
    pending, outside (exempt or void only) and evidence (behind no figure of its own: a second visit in a slot, a customer's
    file).

    >>> rows = rk.figures.flow_rows(book).query("source == 'complaints'")
    >>> dict(zip(rows["target"], rows["n"]))
    {'blank': 1, 'quarantined': 1, 'scored': 4}
    """
    counts = book.quality("export").set_index("source_table")
    fates = book.sql(_FATES).pivot(index="source_table", columns="rank", values="n").reindex(counts.index).fillna(0)
    out = counts[["blank_n", "superseded_n", "quarantined_n"]].rename(columns=lambda name: name.removesuffix("_n"))
    for rank, name in _ENDS.items():
        out[name] = fates.get(rank, 0)
    out["evidence"] = counts["clean_n"] - out[list(_ENDS.values())].sum(axis=1)
    rows = out.astype("int64").rename_axis("source").reset_index().melt("source", var_name="target", value_name="n")
    return rows[rows["n"] > 0].sort_values(["source", "target"], ignore_index=True)


def flow(data: Book | pd.DataFrame, *, lang: str = "zh") -> go.Figure:
    """From the rows read, by export, to what became of them: scored, evidence, kept out and so on; counts of rows.

    `data`: a book, or a frame of source, target and n as `flow_rows` gives it.

    >>> figure = rk.figures.flow(book)
    >>> int(sum(figure.data[0].link.value)) == int(book.quality()["read_n"].sum())
    True
    """
    rows = flow_rows(data) if isinstance(data, Book) else data
    figure = canvas(say("figure.flow", lang), say("figure.flow_note", lang, n=f"{int(rows['n'].sum()):,}"), 520)
    if rows.empty:
        return empty(figure, lang)
    sources = list(rows.groupby("source")["n"].sum().sort_values(ascending=False, kind="stable").index)
    targets = [
        one
        for one in ("scored", "evidence", "outside", "pending", "unknown", "superseded", "blank", "quarantined")
        if one in set(rows["target"])
    ]
    totals = {**rows.groupby("source")["n"].sum(), **rows.groupby("target")["n"].sum()}
    nodes = [*sources, *targets]
    figure.add_sankey(
        arrangement="snap",
        # a white edge keeps the labels legible on the links below them
        textfont={"color": colour("ink"), "size": 13, "shadow": ", ".join(["0 0 4px #fff"] * 4)},
        node={
            "label": [f"{_name(one, lang)} {totals[one]:,}" for one in nodes],
            "pad": 14,
            "thickness": 14,
            "color": [colour("bad") if one in _BAD else colour("good") if one == "scored" else colour("soft") for one in nodes],
            "line": {"width": 0},
            "hovertemplate": "%{label}<extra></extra>",
        },
        link={
            "source": [nodes.index(one) for one in rows["source"]],
            "target": [nodes.index(one) for one in rows["target"]],
            "value": rows["n"],
            "color": [faded("bad" if one in _BAD else "good" if one == "scored" else "soft", 0.2) for one in rows["target"]],
            "hovertemplate": "%{source.label} → %{target.label}<br>%{value:,}<extra></extra>",
        },
    )
    return figure.update_layout(margin={"l": 20, "r": 20})


def _name(one: str, lang: str) -> str:
    for key in (f"figure.flow_{one}", f"figure.export_{one}"):
        if key in catalogue():
            return say(key, lang)
    return one
