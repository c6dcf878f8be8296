"""What a cell says by the closed lists: lists of things, negations beside them, signatures, a county's own words (X21, X25)."""

from __future__ import annotations

import pytest
from conftest import Office

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.vocabulary import Reader, Words

SAID = [
    ("jobs", "kit", "1/5", "?"),
    ("jobs", "kit", "5/5", "?"),
    ("jobs", "kit", "5", "all"),
    ("jobs", "kit", "全，少一件", "? all"),
    ("jobs", "kit", "有 无", "all lacking"),
    ("jobs", "notices", "四项告知 未做", "? all"),
    ("jobs", "notices", "10000、10001、114、网厅", "n10000 n10001 n114 online"),
    ("customers", "customer_class", "政企 无", "?"),
    ("customers", "customer_class", "政企（否）", "?"),
    ("customers", "customer_class", "非（政企、重要）", "?"),
    ("customers", "customer_class", "□ 政企 ☑ 公众", "?"),
    ("customers", "customer_class", "个人（非政企）", "other"),
    ("customers", "customer_class", "政企(重要)", "government important"),
    ("customers", "customer_class", "特别 重要", "important"),
    ("customers", "customer_class", "政企/重要，普通", "government important other"),
    ("visits", "purpose", "故障 无", "?"),
    ("visits", "purpose", "走访 非 紧急", "?"),
    ("visits", "purpose", "走访、故障", "other urgent"),
    ("visits", "question", "/", "nothing"),
    ("visits", "question", "网速慢", None),
]


@pytest.mark.parametrize(("export", "column", "cell", "means"), SAID)
def test_what_stands_in_brackets_or_behind_a_blank_goes_with_what_it_is_said_of(
    export: str, column: str, cell: str, means: str | None
) -> None:
    form = built_in()[export]
    assert form.reader(form.columns[column]).means(cell) == means


@pytest.mark.parametrize("export", ["exemptions", "corrections"])
def test_only_a_name_signs(export: str) -> None:
    form = built_in()[export]
    reader = form.reader(form.columns["approver_name"])
    unsigned = ["/", "-", "0", "？", "×", "TBD", "未审", "拒绝", "没批", "不准", "无人", "是", "已批", "Li (rejected)", "not yet"]
    unsigned += ["李经理（未批）", "待李经理批", "李经理不同意", "李经理，驳回", "李经理 审批中", "NULL"]
    assert {reader.means(cell) for cell in unsigned} == {"nothing"}
    assert {reader.means(cell) for cell in ("李经理", "Li Ming", "0012", "李经理、王主任", "同意 李经理")} == {None}


def test_a_countys_own_words_of_a_flag_go_before_the_shared_ones() -> None:
    column = built_in()["calls"].columns["is_connected"]
    reader = Reader(column.words.with_own({"true": ("0",), "false": ("1",)}))
    assert [reader.means(cell) for cell in ("0", "1", "是")] == ["true", "false", "true"]


def test_a_part_of_a_sentence_gives_way_to_a_word_that_stands_whole_in_a_list() -> None:
    words = Words({"done": ("完成", "已完成"), "vain": ("未完成",)})
    reader = Reader(words, contains={"完成": "完成", "办妥": "已完成"})
    assert [reader.means(cell) for cell in ("未完成", "今天完成了", "完成，都办妥了")] == ["vain", "done", "done"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('result = { contains = { "" = "完成" } }', "result.contains 里有一个空的词"),
        ('result = { values = { "OK" = "完成", "ok" = "未遇" } }', "“OK”和“ok”比较时是同一个词"),
    ],
)
def test_words_of_a_mapping_that_can_only_be_slips_are_refused(office: Office, words: str, told: str) -> None:
    (office.folder / "mappings" / "a.toml").write_text(f'export = "visits"\n[columns]\n{words}\n', encoding="utf-8")
    office.csv("投诉.csv", "投诉编号,客户编号,受理时间,受理人\nC1,K1,2026-10-03 10:00,007")
    done = office.run("ingest")
    assert done.code == 2 and told in done.err


def test_a_kit_of_which_one_thing_and_its_contrary_is_said_is_undecided(office: Office) -> None:
    office.csv("代理人员.csv", "工号,姓名,片区\n007,张三,甲片区")
    cells = ["五个一", "五个一 无", "缺服务卡", "1/5", "防尘布、擦桌布、服务卡、监督表、鞋垫", "无"]
    rows = [f'J{n},K1,007,装机,2026-10-05 1{n}:00,"{cell}"' for n, cell in enumerate(cells)]
    office.csv("上门服务_2026-10.csv", "\n".join(["工单号,客户编号,工号,类型,完工时间,五个一", *rows]))
    office.run("ingest")
    office.run("check", "--as-of", "2026-10-31")
    assert office.run("build").code == 0
    outcomes = [outcome for _, outcome, _ in office.outcomes("job_kit_complete")]
    assert outcomes == ["met", "unknown", "missed_open", "unknown", "met", "missed_open"]
    doubts = office.book().sql(
        "SELECT DISTINCT reason FROM obligation WHERE rule_id = 'job_kit_complete' AND outcome = 'unknown'"
    )
    assert doubts.to_numpy().tolist() == [["word"]]
