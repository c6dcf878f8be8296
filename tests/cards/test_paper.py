"""The printed cards of the sample, all of them: two pages, no widow rows, nothing outside the margins, no file named twice."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from statistics import median

import duckdb
import pypdfium2
import pytest
from paper import page_of

from ruralkpi.calendar.months import months_before
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content, collect
from ruralkpi.press.printing.pdf import to_pdf
from ruralkpi.texts import say

MONTH = "2026-10"
FILE = re.compile(r"\d{4}-\d{2}/\S+?\.(?:csv|xlsx)")


def printed(content: Content, lang: str = "zh") -> tuple[str, pypdfium2.PdfDocument]:
    """A card's page and what its PDF shows."""
    html = page_of(content, lang)
    return html, pypdfium2.PdfDocument(to_pdf(html, content.as_of, content.person["agent_id"]))


@pytest.fixture(scope="module")
def contents(con: duckdb.DuckDBPyConnection) -> dict[str, Content]:
    rows = con.execute("SELECT DISTINCT agent_id FROM kpi_agent_month WHERE month = ? ORDER BY 1", [MONTH]).fetchall()
    return {agent: collect(con, agent, MONTH) for (agent,) in rows}


@pytest.fixture(scope="module")
def cards(contents: dict[str, Content]) -> dict[str, tuple[str, pypdfium2.PdfDocument]]:
    return {agent: printed(content) for agent, content in contents.items()}


@pytest.fixture(scope="module")
def english(contents: dict[str, Content]) -> dict[str, tuple[str, pypdfium2.PdfDocument]]:
    return {agent: printed(contents[agent], "en") for agent in list(contents)[::2]}


def lines(document: pypdfium2.PdfDocument, agent: str) -> list[list[str]]:
    """The lines of text on each page, without the foot."""
    texts = [one.get_textpage().get_text_range() for one in document]
    foot = re.compile(r"(第 |page )\d+")
    found = [[line.strip() for line in text.splitlines() if line.strip()] for text in texts]
    return [[line for line in some if f"{agent}_2026" not in line and not foot.match(line)] for some in found]


def is_whole(pages: list[list[str]], lang: str) -> None:
    """No page ends with a heading, a table's head or its first row, none begins with the head of a table whose last row it is,
    and none is nearly empty."""
    heads = ("cadence", "explore", "missed", "undone", "due", "mend", "warned", "aside", "unscored", "rules")
    known = (*(say(f"card.{name}", lang) for name in heads), f"{say('card.clause', lang)} {say('card.requirement', lang)}")
    column_heads = (f"{say('card.clause', lang)} {say('card.requirement', lang)}", f"{say('card.customer', lang)} ")
    for some in pages:
        assert len(some) > 3, some
        assert not some[-1].startswith(known) and not some[-2].startswith(column_heads), some[-3:]
    for some in pages[1:]:
        if some[0].startswith(column_heads):  # a table that goes on: two rows of it at least
            after = next((i for i, line in enumerate(some) if line.startswith(known)), len(some))
            assert after > 2, some[:4]


def test_a_card_is_two_pages_of_text_in_its_own_size(cards: dict[str, tuple[str, pypdfium2.PdfDocument]]) -> None:
    """The PDF maker shrinks a page that is too wide: then all would fit, and nobody could read it."""
    for agent, (_, document) in cards.items():
        assert len(document) == 2, (agent, len(document))
        text = document[0].get_textpage()
        _, foot, _, top = text.get_charbox(text.get_text_range().index("2026"))
        assert 11.5 < top - foot < 13, (agent, top - foot)


def test_nothing_is_printed_into_the_margins(cards: dict[str, tuple[str, pypdfium2.PdfDocument]]) -> None:
    for agent, (_, document) in cards.items():
        for sheet in document:
            ink = sheet.render(scale=0.5).to_numpy().min(axis=2) < 200
            edge = int(9 * 72 / 25.4 * 0.5)
            assert not ink[:, :edge].any() and not ink[:, -edge:].any() and not ink[:edge].any(), agent
            assert ink.any()


def test_no_page_ends_with_a_heading_and_no_row_stands_alone(
    cards: dict[str, tuple[str, pypdfium2.PdfDocument]], english: dict[str, tuple[str, pypdfium2.PdfDocument]]
) -> None:
    for lang, made in (("zh", cards), ("en", english)):
        for agent, (_, document) in made.items():
            assert len(document) <= 3, (agent, len(document))
            is_whole(lines(document, agent), lang)


def test_english_cards_break_no_word_and_none_ends_with_the_note_and_the_signature_alone(
    english: dict[str, tuple[str, pypdfium2.PdfDocument]], contents: dict[str, Content]
) -> None:
    note, first = say("card.missed_note", "en").split(), say("card.counting", "en")
    for agent, (_, document) in english.items():
        pages = lines(document, agent)
        assert set(note) <= {word for some in pages for line in some for word in line.split()}, agent
        assert not pages[-1][0].startswith(first), (agent, pages[-1])
        assert len(pages) == 2 or contents[agent].mend, agent


def test_what_falls_due_fills_the_page_goes_on_and_leaves_two_pages(contents: dict[str, Content]) -> None:
    """As in the middle of a month: parts of many villages and many agreements fall due on one day."""
    usual = next(one for one in contents.values() if not one.mend and any(row["outcome"] == "pending" for row in one.rows))
    pending = next(row for row in usual.rows if row["outcome"] == "pending")
    rules = {row["rule_id"] for row in usual.lines}
    assert {"village_info_current", "agreement_file_current"} <= rules
    bare = pending | {"file": None, "row": None, "flags": None, "numbers": None}
    villages = [
        bare
        | {"rule_id": "village_info_current", "source_table": "village_month", "customer_id": None, "customer_name": None}
        | {"source_id": f"双桥{n}村/{usual.person['county_id']}/{part}"}
        for n in range(13)
        for part in ("业务", "基本")
    ]
    agreements = [
        bare | {"rule_id": "agreement_file_current", "source_table": "agreements", "source_id": f"XY{n:08d}"} for n in range(40)
    ]
    html, document = printed(replace(usual, rows=[*usual.rows, *villages, *agreements]))
    told = html.split('class="rk rk-coming')[1].split("</section>")[0]
    assert told.count("双桥0村") == 1 and "双桥0村（业务、基本）、" in told
    assert told.count("XY0") == choices().records_most - 1 and "等 40 件" in told.replace("\u00a0", " ")
    pages = lines(document, usual.person["agent_id"])
    is_whole(pages, "zh")
    ink = document[0].render(scale=1).to_numpy().min(axis=2) < 200
    used = [y for y, row in enumerate(ink) if row.any() and y < len(ink) * 0.93]  # without the foot
    assert len(pages) == 2 and max(used) > 0.86 * len(ink), (len(pages), max(used), len(ink))


def test_what_to_do_first_and_all_figures_stand_on_page_one_and_the_evidence_ends_on_page_two(
    cards: dict[str, tuple[str, pypdfium2.PdfDocument]],
) -> None:
    for agent, (_, document) in cards.items():
        first, second = ("\n".join(some) for some in lines(document, agent))
        bare = re.sub(r"\s", "", first)
        assert bare.index(say("card.first")) < bare.index(say("card.rules")) < bare.index(say("card.unscored")[:5]), agent
        assert say("card.idle") not in second and say("card.remarks") in second, agent
        assert say("card.due") in first or second.startswith(say("card.due")), agent


def test_very_many_misses_go_on_over_pages_and_none_is_left_out(contents: dict[str, Content]) -> None:
    """Every scored miss ten times, under numbers of their own: each stands on paper; what else is left out is counted there."""
    usual = max(
        contents.values(), key=lambda one: sum(row["source_table"] == "visits" and row["month"] < MONTH for row in one.rows)
    )
    rules = {row["rule_id"]: row["use"] for row in usual.lines}

    def again(row: dict, n: int) -> dict:
        return row | {"source_id": f"{row['source_id']}x{n}", "start_at": row["start_at"]}

    records = [row for row in usual.rows if row["source_table"] in ("visits", "calls", "complaints", "faults")]
    many = [again(row, n) for row in records if row["outcome"].startswith("missed") for n in range(10)]
    content = replace(usual, rows=[*usual.rows, *many])
    html, document = printed(content)
    pages = lines(document, usual.person["agent_id"])
    assert len(pages) > 3
    is_whole(pages, "zh")
    text = re.sub(r"\s", "", "".join("".join(some) for some in pages))
    scored = {row["source_id"] for row in many if row["month"] == MONTH and rules.get(row["rule_id"]) == "S"}
    assert len(scored) > 50 and all(source in text for source in scored)
    undone, most = html.split('class="rk rk-undone')[1].split("</section>")[0], choices().printed_most
    assert undone.count('class="rk-item"') == most and undone.count('class="rk-item rk-screen"') > most
    hidden = sum(int(n or 1) for n in re.findall(r'rk-item rk-screen">.*?(?:等\s(\d+)\s件)?，[\d-]+ 到期，逾期', undone))
    assert re.findall(r"另有(\d+)件，见网页版", text) == [str(hidden)]


def test_a_file_is_named_once_and_each_letter_stands_for_one(
    cards: dict[str, tuple[str, pypdfium2.PdfDocument]], contents: dict[str, Content]
) -> None:
    for agent, (html, document) in cards.items():
        text = re.sub(r"\s", "", "".join("".join(some) for some in lines(document, agent)))
        named = FILE.findall(text)
        assert len(named) == len(set(named)), (agent, sorted(named))
        key = dict(re.findall(r"<b>([A-Z]+)</b> (\S+) </span>", html))
        sources = {row["file"] for row in [*contents[agent].rows, *contents[agent].mend] if row["file"]}
        used = set(re.findall(r'<span class="rk-src(?: n)?">([A-Z]+) [\d、,]', html)) | set(re.findall(r"；([A-Z]+) [\d]", html))
        assert used <= set(key) and set(key.values()) <= sources and len(set(key.values())) == len(key), agent


def test_paper_has_no_key_of_letters_that_it_does_not_use(contents: dict[str, Content]) -> None:
    """Only what is not scored was missed: its files are named in the page alone."""
    usual = next(iter(contents.values()))
    use = {row["rule_id"]: row["use"] for row in usual.lines}
    missed = [row for row in usual.rows if row["outcome"].startswith("missed") and use.get(row["rule_id"], "S") != "S"]
    html, document = printed(replace(usual, rows=missed, mend=[]))
    text = "".join(sheet.get_textpage().get_text_range() for sheet in document)
    key = say("card.files_key")
    assert missed and key in html and key not in text


def test_rules_are_sorted_by_what_was_missed_and_those_without_cases_are_quiet(
    con: duckdb.DuckDBPyConnection, cards: dict[str, tuple[str, pypdfium2.PdfDocument]]
) -> None:
    sums = con.execute("SELECT agent_id, rule_id, month, met_n, owed_n FROM kpi_agent_month WHERE month >= '2025-11'").fetchall()
    known = {(agent, rule, month): (met, owed) for agent, rule, month, met, owed in sums}
    quarter, year = [months_before(MONTH, n) for n in range(3)], [months_before(MONTH, n) for n in range(12)]
    quiet_n = 0
    for agent, (html, _) in cards.items():
        for part in html.split('class="rk rk-rules')[1].split("</section>")[0].split("<tbody>")[1:]:
            rows = re.findall(r'<tr data-rule="(\w+)"( class="rk-quiet")?>(.*?)</tr>', part, re.S)
            missed = [owed - met for rule, _, _ in rows for met, owed in [known.get((agent, rule, MONTH), (0, 0))]]
            assert missed == sorted(missed, reverse=True), (agent, missed)
            for rule, is_quiet, row in rows:
                owed = {month: known.get((agent, rule, month), (0, 0))[1] for month in year}
                enough = owed[MONTH] and (owed[MONTH] >= 20 or sum(owed[month] for month in quarter) >= 20)
                assert bool(is_quiet) != bool(enough) and ("rk-interval" in row) == bool(enough), (agent, rule)
                usual = [n for n in owed.values() if n]
                assert ("rk-spark" in row) == (len(usual) > 2 and median(usual) >= 5), (agent, rule)
                quiet_n += bool(is_quiet)
    assert quiet_n > 100


def test_no_dot_hangs_at_the_end_of_a_line(cards: dict[str, tuple[str, pypdfium2.PdfDocument]]) -> None:
    for agent, (html, document) in cards.items():
        assert not [line for some in lines(document, agent) for line in some if line.endswith("·")], agent
        assert not re.search(r"·\s*</(td|span|p|li|small)>", html), agent


def test_how_it_is_counted_stands_in_the_catalogue_and_the_card_leads_there(
    cards: dict[str, tuple[str, pypdfium2.PdfDocument]], tmp_path: Path
) -> None:
    from ruralkpi.catalog.page import write
    from ruralkpi.pages.typography import keep

    told = write(tmp_path, {}).read_text("utf-8")
    section = unescape(re.sub("<[^>]+>", "", told.split('id="counting"')[1].split("</section>")[0]))
    assert all(keep(say(f"card.def.{name}")) in section for name in ("rate", "month", "interval", "signs", "ours"))
    for html, document in cards.values():
        note = html.split('class="rk rk-counting"')[1].split("</section>")[0]
        assert 'href="../../catalog.html#counting"' in note and len(re.sub("<[^>]+>", "", note)) < 200
        assert say("card.def.month")[:12] not in "".join(sheet.get_textpage().get_text_range() for sheet in document)
