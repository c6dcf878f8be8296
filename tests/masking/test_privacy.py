"""Marks planted wherever a person may be named: none is found in anything that leaves the database, but with --unmasked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import papermill
import planted_marks as planted
import pytest
from conftest import ROOT, Office, Result
from planted_marks import AGENT, AS_OF, FIRMS, MONTH, everything, found

from ruralkpi.masking.unmasked import log_of

ASKED = (
    *(["explain", rule, "--outcome", "all"] for rule in ("complaint_first_reply", "inspection_passed", "key_visit_half_monthly")),
    *(["due", "--days", "60"], ["score", "--agent", "007"], ["catalog"]),
)
FOLLOWED = (
    *("complaint_first_reply", "complaint_reported_up", "inspection_passed", "fault_repaired_in_limit"),
    *("key_visit_half_monthly", "key_call_weekly", "visit_question_replied", "visit_recorded"),
)
REFUSED = (
    ["explain", "complaint_first_reply", "--agent", AGENT],
    ["score", "--agent", planted.PHONES[0]],
    ["render", "--agents", f"{AGENT}"],
)


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The marked office after a run, a second one in English with bundles, and all that was said on the way."""
    made = planted.office(tmp_path_factory.mktemp("marked"))
    said = [made.run("run", "--as-of", AS_OF, "--publish-anyway", "--jobs", "1")]
    said += [made.run("render", "--bundle", "--lang", "en", "--publish-anyway", "--jobs", "1")]
    made.said = said  # type: ignore[attr-defined]
    return made


def asked(office: Office) -> Iterator[tuple[str, Result]]:
    for arguments in ASKED:
        for form in ("table", "csv", "json"):
            yield f"{arguments} {form}", office.run(*arguments, "--format", form)


def test_nothing_that_was_said_names_anybody(marked: Office) -> None:
    said = [(f"run {n}", one) for n, one in enumerate(marked.said)]  # type: ignore[attr-defined]
    said += [(str(arguments), marked.run(*arguments)) for arguments in REFUSED]
    assert [one for where, result in said for one in found(where, result.err + result.out)] == []
    first = said[0][1].err
    assert "138****4613 → P-" in first and "投诉_汪*" not in first and "不是导出_汪*_138****4613.csv" in first


def test_no_page_card_workbook_bundle_or_manifest_names_anybody(marked: Office) -> None:
    kinds = {path.suffix for path in (marked.folder / "reports").rglob("*") if path.is_file()}
    assert kinds >= {".html", ".pdf", ".xlsx", ".jsonl", ".zip"}
    texts = list(everything(marked.folder / "reports"))
    assert [one for where, text in texts for one in found(where, text)] == []
    card = (marked.folder / "reports" / MONTH / "南片区" / "007.html").read_text(encoding="utf-8")
    assert "汪*" in card and "138****4613" in card and all(firm in card for firm in FIRMS[:2])


def test_no_answer_of_a_command_names_anybody(marked: Office) -> None:
    for where, result in asked(marked):
        assert result.code == 0, (where, result.err)
        assert found(where, result.out + result.err) == []


def test_no_frame_of_the_book_names_anybody(marked: Office) -> None:
    every = ("met", "missed_late", "missed_open", "pending", "unknown", "exempt", "void")
    with marked.book() as book:
        rows = book.obligations(month=MONTH, outcomes=every)
        frames = {by: book.quality(by) for by in ("export", "file", "reason", "row", "evidence")}
        frames |= {"rows": rows, "misses": book.misses(MONTH), "due": book.due(days=60), "rules": book.catalog()}
        trails = rows[rows["rule_id"].isin(FOLLOWED)].drop_duplicates(["rule_id", "outcome"])
        trails = trails[["rule_id", "source_id"]].itertuples(index=False)
        frames |= {f"trail {one}": book.trail(*one) for one in trails}
        texts = {name: frame.to_csv() for name, frame in frames.items()} | {"book": repr(book) + book._repr_html_()}
    assert sum(name.startswith("trail") for name in frames) > 8
    assert [one for name, text in texts.items() for one in found(name, text)] == []
    assert "138****4613" in texts["rows"] and "娄*" in "".join(texts.values())


@pytest.mark.parametrize("name", ["00_start", "01_visits", "04_quality", "07_one_record"])
def test_no_executed_notebook_names_anybody(name: str, marked: Office, tmp_path: Path) -> None:
    source = (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    given = {"month": MONTH, "agent": "007"}
    wanted = {key: value for key, value in given.items() if f"{key}: str" in source}
    made = tmp_path / "made.ipynb"
    papermill.execute_notebook(
        str(ROOT / "notebooks" / f"{name}.ipynb"), str(made), {"marts": str(marked.folder / "marts" / "book.duckdb"), **wanted},
        engine_name="ruralkpi", progress_bar=False, log_output=False,
    )  # fmt: skip
    assert found(name, json.dumps(json.loads(made.read_text(encoding="utf-8")), ensure_ascii=False)) == []


def test_unmasking_takes_the_flag_and_is_logged(marked: Office) -> None:
    db = marked.folder / "marts" / "book.duckdb"
    assert not log_of(db).exists()
    arguments = ["explain", "key_visit_half_monthly", "--outcome", "all", "--format", "json"]
    plain, shown = marked.run(*arguments), marked.run(*arguments, "--unmasked")
    assert planted.CUSTOMERS[0] in shown.out and planted.PHONES[0] in shown.out and log_of(db).name in shown.err
    line = json.loads(log_of(db).read_text(encoding="utf-8"))
    assert line["what"].startswith("explain") and line["user"] and line["at"]
    assert log_of(db).stat().st_mode & 0o077 == 0
    assert marked.run(*arguments).out == plain.out


def test_cards_made_with_the_flag_say_so_and_are_made_again_without_it(marked: Office) -> None:
    card = marked.folder / "reports" / MONTH / "南片区" / "007.html"
    before = card.read_bytes()
    arguments = ["render", "--lang", "en", "--publish-anyway", "--jobs", "1"]
    assert marked.run(*arguments, "--unmasked").code == 0
    shown = card.read_text(encoding="utf-8")
    assert AGENT in shown and planted.CUSTOMERS[0] in shown and "for inside use only" in shown
    assert marked.run(*arguments).code == 0
    assert card.read_bytes() == before and found("card", card.read_text(encoding="utf-8")) == []


def test_no_flag_without_its_log(office: Office) -> None:
    office.csv("投诉_2026-10.csv", "投诉编号,客户编号,受理时间,受理人\nC1,K1,2026-10-05 10:00:00,007")
    office.make("2026-10-31")
    log_of(office.folder / "marts" / "book.duckdb").mkdir()
    result = office.run("due", "--unmasked")
    assert result.code == 2 and result.out == "" and result.err.count("\n") == 1
