"""python -m ruralkpi.figures.gallery: every figure on one page, to be looked at in a browser, offline."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from html import escape
from pathlib import Path

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from ruralkpi import figures
from ruralkpi.book import Book, open_book
from ruralkpi.texts import say

VISIT, CALL, REPLY, REPAIR = "key_visit_half_monthly", "key_call_weekly", "complaint_first_reply", "fault_repaired_in_limit"
_HEAD = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>{title}</title>
<script src="plotly.min.js"></script>
<style>body{{margin:24px auto;max-width:960px;font-family:"Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:#1b2226}}
code{{color:#59656d}}section{{break-inside:avoid;margin:0 0 28px}}</style><h1>{title}</h1>"""


def shown(book: Book, lang: str) -> Iterator[tuple[str, go.Figure]]:
    """(the call as one writes it, its figure), for the newest month's busiest agent and its area."""
    most = book.kpi(rule=CALL).sort_values("owed_n", ascending=False, kind="stable").iloc[0]
    agent, newest, before = most["agent_id"], book.months[-1], book.months[-2]
    area = book.sql("SELECT area_id FROM agent WHERE agent_id = ?", [agent])["area_id"][0]
    span = (book.months[0], newest)
    yield f'trend(book, "{CALL}", agent="{agent}")', figures.trend(book, CALL, agent=agent, lang=lang)
    yield f'trend(book, "{REPLY}", area="{area}")', figures.trend(book, REPLY, area=area, lang=lang)
    yield f'funnel(book, "{CALL}")', figures.funnel(book, CALL, lang=lang)
    yield f'cadence(book, agent="{agent}")', figures.cadence(book, agent=agent, month=(book.months[-3], newest), lang=lang)
    yield (
        f'waterfall(book, "{VISIT}", "{before}", "{newest}", area="{area}")',
        figures.waterfall(book, VISIT, before, newest, area=area, lang=lang),
    )
    yield (
        f'waterfall(book, "{CALL}", "{before}", "{newest}", by="area")',
        figures.waterfall(book, CALL, before, newest, by="area", lang=lang),
    )
    yield (
        f'waterfall(book, "{REPLY}", "{before}", "{newest}", by="outcome")',
        figures.waterfall(book, REPLY, before, newest, by="outcome", lang=lang),
    )
    yield f'reply_times(book, "{REPLY}", month={span})', figures.reply_times(book, REPLY, month=span, lang=lang)
    yield (
        'reply_times(book, "visit_question_replied")',
        figures.reply_times(book, "visit_question_replied", month=span, lang=lang),
    )
    yield f'repairs(book, month={span}, by="is_urban")', figures.repairs(book, month=span, by="is_urban", lang=lang)
    yield "renewals(book)", figures.renewals(book, lang=lang)
    yield f'small_multiples(book, "{VISIT}")', figures.small_multiples(book, VISIT, lang=lang)
    yield f'small_multiples(book, "{VISIT}", by="town")', figures.small_multiples(book, VISIT, by="town", lang=lang)
    yield "flow(book)", figures.flow(book, lang=lang)


def page(book: Book, folder: Path, lang: str = "zh") -> Path:
    """Write gallery.html and plotly.min.js into `folder`; returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plotly.min.js").write_text(get_plotlyjs(), encoding="utf-8")
    html = _HEAD.format(lang=lang, title=say("figure.gallery", lang))
    for n, (call, figure) in enumerate(shown(book, lang)):
        picture = figure.to_html(full_html=False, include_plotlyjs=False, div_id=f"figure-{n}", config={"displaylogo": False})
        html += f"<section><code>rk.figures.{escape(call)}</code>{picture}</section>\n"
    file = folder / "gallery.html"
    file.write_text(html + "</html>\n", encoding="utf-8")
    return file


def main(arguments: list[str] | None = None) -> None:
    """The entry point: --db, --out (a folder), --lang."""
    options = argparse.ArgumentParser(prog="python -m ruralkpi.figures.gallery")
    options.add_argument("--db", type=Path, default=Path("data/marts/ruralkpi.duckdb"))
    options.add_argument("--out", type=Path, default=Path("reports"))
    options.add_argument("--lang", choices=["zh", "en"], default="zh")
    chosen = options.parse_args(arguments)
    with open_book(chosen.db) as book:
        print(page(book, chosen.out, chosen.lang))


if __name__ == "__main__":
    main()
