"""A month of cards: what stands in the files, isolation of failures, sameness."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import nbformat
import pytest
from cards_marts import MONTH, SCRIPT, build
from paper import pdf_text
from pypdf import PdfReader

from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import collect
from ruralkpi.cards.facts.figures import lines
from ruralkpi.errors import UserError
from ruralkpi.pages.paths import safe
from ruralkpi.press import worker
from ruralkpi.press.batch import RenderReport, render, standard_notebook
from ruralkpi.press.job import Job
from ruralkpi.press.plan import plan
from ruralkpi.press.printing import fonts, pdf
from ruralkpi.press.verify import figures


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("marts") / "ruralkpi.duckdb")


@pytest.fixture(scope="module")
def report(marts: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderReport:
    made = render(marts, tmp_path_factory.mktemp("reports"), MONTH, jobs=2)
    assert made.failed == []
    return made


def files(folder: Path) -> dict[str, bytes]:
    """All files but the manifest's seconds."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    found["manifest.jsonl"] = re.sub(rb'"seconds": [\d.]+', b"", found["manifest.jsonl"])
    return found


def of_the_mart(marts: Path, agent: str) -> list[tuple[int, int]]:
    """Kept and owed of the month, counted from the obligations in the card's order."""
    with duckdb.connect(str(marts), read_only=True) as con:
        rows = con.execute(
            "SELECT dimension, rule_no, count(*) FILTER (WHERE outcome = 'met'), count(*), any_value(use)"
            " FROM obligation JOIN rule USING (rule_id)"
            " WHERE agent_id = ? AND month = ? AND outcome IN ('met', 'missed_late', 'missed_open') GROUP BY ALL",
            [agent, MONTH],
        ).fetchall()
    ordered = sorted(rows, key=lambda row: (row[4] != "S", row[2] - row[3], choices().dimensions.index(row[0]), row[1]))
    return [(row[2], row[3]) for row in ordered]


def test_html_and_pdf_hold_the_marts_figures(marts: Path, report: RenderReport) -> None:
    for agent, area in (("007", "竹园镇代理区"), ("A0008", "竹园镇代理区"), ("A0009", "木鱼镇代理区")):
        stem = report.folder / area / safe(agent)
        text = "\n".join(page.extract_text() for page in PdfReader(stem.with_suffix(".pdf")).pages)
        expected = of_the_mart(marts, agent)
        assert figures(text, "zh") == expected
        assert figures(pdf_text(stem.with_suffix(".pdf")), "zh") == expected
        assert figures(pdf.visible(stem.with_suffix(".html").read_text("utf-8")), "zh") == expected
        assert f"{agent}_{MONTH}" in text and "张*" in text and "张三" not in text
        assert "重点客户每半月上门" in re.sub(r"\s", "", text)
        told = re.findall(r'class="rk-miss" data-n="(\d+)"', stem.with_suffix(".html").read_text("utf-8"))
        assert sum(owed - met for met, owed in expected) == sum(map(int, told))


def test_nothing_owed_is_said_and_is_not_zero(report: RenderReport) -> None:
    html = (report.folder / "木鱼镇代理区" / "A0009.html").read_text("utf-8")
    idle = re.search(r'<tr class="rk-idle">.*?</tr>', html, re.S)
    assert idle and "本月无应办" in idle[0] and "48\u00a0小时首次回复" in idle[0] and "%" not in idle[0]
    assert 'data-rule="complaint_first_reply"' not in html


def test_names_in_the_data_stay_text(report: RenderReport) -> None:
    html = (report.folder / "竹园镇代理区" / "007.html").read_text("utf-8")
    assert html.count("<script") == 2 == html.count('<script src="../')
    assert SCRIPT in unescape(html)
    index = report.index.read_text("utf-8")
    assert index.count("</script>") == 2


def test_two_runs_and_any_number_of_workers_give_the_same_bytes(marts: Path, report: RenderReport, tmp_path: Path) -> None:
    again = render(marts, tmp_path, MONTH, jobs=1)
    assert files(again.folder) == files(report.folder)


def test_the_pdf_carries_the_cut_off_and_embeds_its_fonts(report: RenderReport) -> None:
    reader = PdfReader(report.folder / "竹园镇代理区" / "007.pdf")
    assert (
        reader.metadata is not None
        and reader.metadata["/CreationDate"].startswith("D:20261101")
        or reader.metadata["/CreationDate"].startswith("20261101")
    )
    names = {font["/BaseFont"] for page in reader.pages for font in page["/Resources"]["/Font"].values()}
    assert names and all("NotoSansCJKSC" in name for name in names)
    size = sum((report.folder / "竹园镇代理区" / f"007.{kind}").stat().st_size for kind in ("html", "pdf"))
    assert size < 250_000


def test_a_pdf_leads_to_no_other_file(report: RenderReport) -> None:
    html = (report.folder / "竹园镇代理区" / "007.html").read_text("utf-8")
    assert 'href="../rules/key_call_weekly.html"' in html and 'href="../index.html"' in html
    for page in PdfReader(report.folder / "竹园镇代理区" / "007.pdf").pages:
        assert not [one for one in page.get("/Annots") or [] if "/URI" in str(one.get_object().get("/A", {}))]


def test_index_and_manifest_list_every_agent(report: RenderReport) -> None:
    index = report.index.read_text("utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', index, re.S)[1])  # type: ignore[index]
    assert [row[0] for row in data] == ["007", "A0008", "A0009"]
    assert all((report.folder / unquoted(row[4])).exists() and (report.folder / unquoted(row[5])).exists() for row in data)
    assert data[0][9:11] == [sum(n[0] for n in pairs(data[0])), sum(n[1] for n in pairs(data[0]))]
    assert "http" not in index
    lines_ = [json.loads(line) for line in (report.folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    assert [line["agent_id"] for line in lines_] == ["007", "A0008", "A0009"]
    assert all(line["status"] == "done" and len(line["inputs"]) == 64 for line in lines_)


def unquoted(href: str) -> str:
    from urllib.parse import unquote

    return unquote(href)


def pairs(row: list[Any]) -> list[tuple[int, int]]:
    return list(zip(row[11::2], row[12::2], strict=True))


def broken_notebook(tmp_path: Path, code: str) -> Path:
    book = nbformat.read(standard_notebook(), as_version=4)
    book.cells[2].source = code + "\n" + book.cells[2].source
    path = tmp_path / "broken.ipynb"
    nbformat.write(book, path)
    return path


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("if agent_id == 'A0008': raise ValueError('宕')", "ValueError: 宕"),
        ("import os\nif agent_id == 'A0008': os._exit(5)", "5"),
        ("import os, signal\nif agent_id == 'A0008': os.kill(os.getppid(), signal.SIGKILL)", "-9"),
        ("if agent_id == 'A0008': agent_id = '007'", "007"),
    ],
)
def test_a_failing_card_stops_nobody_else(marts: Path, tmp_path: Path, code: str, reason: str) -> None:
    """An error, a dead child, a dead worker, and a card with another agent's numbers."""
    stale = tmp_path / MONTH / "竹园镇代理区" / "A0008.html"
    stale.parent.mkdir(parents=True)
    stale.write_text("last run's")
    made = render(marts, tmp_path, MONTH, jobs=1, notebook=broken_notebook(tmp_path, code), formats={"html"})
    assert made.made_n == 2 and [agent for agent, _ in made.failed] == ["A0008"]
    assert reason in made.failed[0][1]
    assert not stale.exists() and (made.folder / "竹园镇代理区" / "007.html").exists()
    assert not (made.folder / ".work").exists()
    assert "A0008" in re.search(r"<ul>.*?</ul>", made.index.read_text("utf-8"), re.S)[0]  # type: ignore[index]


def test_odd_ids_stay_inside_and_apart(tmp_path: Path) -> None:
    odd = ["../../etc", "a", "A", "x" * 300, "N\x00L", "NUL", "1/2"]
    marts = build(tmp_path / "odd.duckdb", [(agent, "../上级") for agent in odd], key_n=2)
    made = render(marts, tmp_path / "reports", MONTH, formats={"html"}, jobs=2)
    assert made.failed == []
    htmls = [path for path in made.folder.rglob("*.html") if path.name != "index.html" and path.parent.name != "rules"]
    assert len(htmls) == len(odd)
    assert all(path.parent.parent == made.folder for path in htmls)


def test_safe_names_never_meet() -> None:
    ids = ["A1", "a1", "A_1", "A/1", "A.1", "..", ".", "", "竹园", "x" * 61, "x" * 62, "é", "e\u0301", "CON", safe("a1")]
    ids += ["ẞ", "SS", "İ", "i\u0307", "K", "\u212a", "ＣＯＮ", "con", "nul.txt"]
    ids += ["A1 ", "A1.", "竹园 ", "竹园.", "竹园?", "竹园#", "竹园%"]
    names = [safe(one) for one in ids]
    assert len({name.casefold() for name in names}) == len(ids)
    taken = ("quality", "counties", "bundles", "index", "summary", "con", "com1", "com¹", "lpt²", "nul")
    assert not {safe(one).casefold() for one in map(str.upper, taken)} & set(taken)
    assert not any(name.endswith((".", " ")) or set(name) & set('<>:"|?*#%\\') for name in names)
    assert len(f"{safe('𠀀' * 60)}.html.part".encode()) < 255
    assert safe("A0007") == "A0007" and safe("007") == "007" and safe("竹园镇代理区") == "竹园镇代理区"
    assert all("/" not in name and "\0" not in name and name not in ("", ".", "..") for name in names)


def test_rare_characters_are_printed_and_unknown_ones_are_boxes_that_are_named(tmp_path: Path) -> None:
    marts = build(tmp_path / "rare.duckdb", [("R1", "㙍𠮷片区"), ("R2", "片\U000f1234👨\u200d👩\ufe0f区"), ("😀", "甲")], key_n=2)
    for _ in range(2):  # made, then kept
        made = render(marts, tmp_path / "reports", MONTH)
        noted = dict(made.noted)
        assert made.failed == [] and set(noted) == {"R2", "😀"}
        assert all(code in noted["R2"] for code in ("U+F1234", "U+1F468", "U+1F469")) and "U+200D" not in noted["R2"]
    assert made.reused_n == 3
    assert "㙍𠮷片区" in pdf_text(made.folder / "㙍𠮷片区" / "R1.pdf")
    assert "U+1F468" in made.index.read_text("utf-8")
    area = made.folder / safe("片\U000f1234👨\u200d👩\ufe0f区")
    assert "片□□□区" in pdf_text(area / "R2.pdf") and "👨" in (area / "R2.html").read_text("utf-8")
    assert (made.folder / "甲" / f"{safe('😀')}.pdf").exists()


def test_a_page_stands_where_its_pdf_fails(marts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    todo = plan(marts, MONTH, ["007"], standard_notebook())
    job = Job(standard_notebook(), marts, MONTH, tmp_path, frozenset({"html", "pdf"}), todo.imprint)
    (tmp_path / ".work").mkdir()
    monkeypatch.setattr(worker.verify, "check_pdf", lambda *_: 1 / 0)
    outcome = worker.make(job, todo.wanted[0].task)
    assert outcome.error and set(outcome.files) == {"html"}
    assert [path.suffix for path in tmp_path.rglob("007.*")] == [".html"]


def test_wrong_requests_are_user_errors(marts: Path, tmp_path: Path) -> None:
    for wrong in ({"agents": ["A008"]}, {"formats": {"pdff"}}, {"month": "2031-01"}):
        with pytest.raises(UserError):
            render(**{"marts": marts, "out": tmp_path, "month": MONTH, **wrong})
    with pytest.raises(UserError):
        render(tmp_path / "none.duckdb", tmp_path, MONTH)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError):
        render(marts, tmp_path / "file", MONTH)


def test_few_obligations_are_not_compared(marts: Path) -> None:
    with duckdb.connect(str(marts), read_only=True) as con:
        made = {line.rule["rule_id"]: line for line in lines(collect(con, "007", MONTH))}
    for line in made.values():
        assert (line.limits is None) == (not line.base) and (line.base is not None or line.owed_n < choices().compare_from_n)
        assert line.base is None or line.base.owed >= choices().compare_from_n
        assert line.base is None or line.base.months == (
            1 if line.owed_n >= choices().compare_from_n else choices().compare_months
        )
    assert made["agreement_renewed_in_time"].place == "none" and made["agreement_renewed_in_time"].rate is None
    assert len(made["key_call_weekly"].trend) == 12


def test_the_base_font_knows_our_own_texts() -> None:
    from ruralkpi.press.printing.cut import known

    assert not [c for c in fonts.base() if ord(c) not in known() and c.isprintable()]
