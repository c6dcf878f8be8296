"""A word reaches an outcome only through a closed list (X25): whole words, told when unknown, no part of a word anywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Office

import ruralkpi
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.vocabulary import UNKNOWN, Reader

HOME = Path(ruralkpi.__file__).parent
WORDED = [(e, c) for e in built_in().values() for c in e.columns.values() if c.words is not None]
CLOSED = [(e, c) for e, c in WORDED if not c.words.is_open]


def means(export: str, column: str, text: str) -> str | None:
    return Reader(built_in()[export].columns[column].words).means(text)


@pytest.mark.parametrize(
    ("export", "column", "text", "meaning"),
    [
        ("visits", "mode", " 上 门 ", "onsite"),
        ("visits", "mode", "微信视频", "other"),
        ("visits", "mode", "电话回访", "call"),
        ("visits", "mode", "不上门", UNKNOWN),
        ("visits", "result", "未完成", "vain"),
        ("visits", "question", "暂无遗留问题", "nothing"),
        ("visits", "question", "无法上网", None),
        ("customers", "customer_class", "个人（非政企）", "other"),
        ("customers", "customer_class", "政企/重要", "government important"),
        ("customers", "customer_grade", "不重要", "other"),
        ("customers", "status", "流失预警", "active"),
        ("complaints", "repeat_of", "非重复", "first"),
        ("complaints", "channel", "１００００号", "hotline"),
        ("complaints", "agent_id", "1000077", None),
        ("complaints", "reply_kind", "系统自动回复", "automatic"),
        ("complaints", "reply_kind", "非自动", UNKNOWN),
        ("faults", "cause", "非终端原因", "other"),
        ("opportunities", "stage", "未成交", "lost"),
        ("greetings", "occasion", "农历新年", "spring"),
        ("greetings", "occasion", "元旦、春节", "new_year spring"),
        ("jobs", "kit", "防尘布、抹布；服务卡，监督表", "dust_sheet quality_form service_card table_cloth"),
        ("jobs", "kit", "缺服务卡、监督表", "no_service_card quality_form"),
        ("jobs", "kit", "服务卡（无）", "no_service_card"),
        ("jobs", "notices", "10000已告知、114未告知", "n10000 no_n114"),
        ("calls", "is_connected", "N/A", None),
        ("calls", "direction", "—", None),
    ],
)
def test_a_word_is_compared_whole(export: str, column: str, text: str, meaning: str | None) -> None:
    assert means(export, column, text) == meaning


@pytest.mark.parametrize(("export", "column"), WORDED, ids=lambda part: part.name)
def test_no_word_stands_in_two_lists_of_a_column(export: object, column: object) -> None:
    seen: dict[str, str] = {}
    from ruralkpi.exports.vocabulary import key

    for meaning, words in column.words.meanings.items():
        for word in words:
            assert seen.setdefault(key(word), meaning) == meaning, f"{export.name}.{column.name}: {word}"


@pytest.mark.parametrize(("export", "column"), WORDED, ids=lambda part: part.name)
def test_the_word_to_write_means_what_it_stands_for(export: object, column: object) -> None:
    for meaning, words in column.words.meanings.items():
        assert Reader(column.words).means(words[0]) == meaning


def test_nothing_matches_a_part_of_a_word_between_an_export_and_an_outcome() -> None:
    places = (
        "marts/*.sql",
        "measures/*.sql",
        "kpi/*.sql",
        "standard/*.toml",
        "obligations/*.sql",
        "exports/*.toml",
        "checks/signal/*.sql",
    )
    wrong = re.compile(
        r"\bI?LIKE\b|regexp_|REGEXP|\bcontains\(|starts_with|ends_with|position\(|SIMILAR TO|\bGLOB\b|(?<![<>!=])~"
    )
    found = []
    for path in sorted(path for place in places for path in HOME.glob(place)):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            code = line.split("--")[0] if path.suffix == ".sql" else line.split("#")[0]
            if wrong.search(re.sub(r"list_contains\(", "(", code)) and "match_regex" not in code:
                found.append(f"{path.name}:{number}: {line.strip()}")
    assert found == []


def test_a_countys_words_and_parts_of_its_sentences() -> None:
    words = built_in()["visits"].columns["mode"].words
    reader = Reader(words, {"线上": "视频"}, {"走到家里": "上门", "打了电话": "电话"}, ("见备注",))
    assert [reader.means(text) for text in ("线上", "今天走到家里看过", "先打了电话再走到家里", "见备注")] == [
        "other",
        "onsite",
        UNKNOWN,
        None,
    ]


def test_a_mapping_into_a_word_of_no_list_is_refused(office: Office) -> None:
    (office.folder / "mappings" / "a.toml").write_text(
        'export = "visits"\n[columns]\nmode = { values = { "线上" = "网聊" } }\n', encoding="utf-8"
    )
    office.csv("投诉.csv", "投诉编号,客户编号,受理时间,受理人\nC1,K1,2026-10-03 10:00,007")
    done = office.run("ingest")
    assert done.code == 2 and "网聊" in done.err and "上门" in done.err


PEOPLE = {
    "代理人员.csv": "工号,姓名,片区,区县,代维标志\n007,张三,甲片区,青川县,{agents.is_repairer}",
    "客户.csv": "客户编号,名称,客户类型,客户级别,状态,工号\nK1,甲,政企,重要,在用,007\nK2,乙,{customers.customer_class},{customers.customer_grade},{customers.status},007",
}


def world(**said: str) -> dict[str, str]:
    """Exports in which everything is done, but for what `said` puts in place of a word: export__column = word."""
    said = {name.replace("__", "."): word for name, word in said.items()}

    def fill(text: str, usual: dict[str, str]) -> str:
        return re.sub(r"\{([a-z_.]+)\}", lambda hit: said.get(hit[1], usual.get(hit[1], "")), text)

    usual = {
        "agents.is_repairer": "是",
        "customers.customer_class": "家庭",
        "customers.customer_grade": "普通",
        "customers.status": "在用",
    }
    usual |= {
        "visits.mode": "上门",
        "visits.result": "完成",
        "calls.is_connected": "是",
        "calls.direction": "呼出",
        "calls.channel": "电话",
    }
    usual |= {
        "complaints.reply_kind": "电话",
        "complaints.channel": "电话",
        "complaints.is_on_spot": "否",
        "complaints.is_withdrawn": "否",
    }
    usual |= {
        "greetings.occasion": "中秋",
        "jobs.job_kind": "装机",
        "jobs.kit": "齐",
        "jobs.form_kind": "施工单",
        "jobs.is_signed": "是",
    }
    usual |= {"faults.cause": "线路", "village_info.section": "基本", "inspections.is_passed": "合格", "faults.is_deferred": "否"}
    files = PEOPLE | {
        "拜访_2026-10.csv": "拜访编号,客户编号,工号,拜访时间,方式,结果\nV1,K1,007,2026-10-05 09:00,{visits.mode},{visits.result}",
        "电话拜访_2026-10.csv": "编号,客户编号,工号,通话时间,是否接通,呼出/呼入,渠道\n"
        "P1,K1,007,2026-10-06 09:00,{calls.is_connected},{calls.direction},{calls.channel}",
        "投诉_2026-10.csv": "投诉编号,客户编号,受理时间,受理人,首次回复时间,回复方式,受理渠道,当场处理,重复标识,撤诉\n"
        "C1,K1,2026-10-05 10:00,007,2026-10-05 11:00,{complaints.reply_kind},{complaints.channel},{complaints.is_on_spot},"
        "{complaints.repeat_of},{complaints.is_withdrawn}",
        "关怀_2026-09.csv": "客户编号,工号,时间,节日/生日\nK1,007,2026-09-24 09:00,{greetings.occasion}",
        "上门服务_2026-10.csv": "工单号,客户编号,工号,类型,完工时间,五个一,签字,单据类型\n"
        "J1,K1,007,{jobs.job_kind},2026-10-07 10:00,{jobs.kit},{jobs.is_signed},{jobs.form_kind}",
        "故障_2026-10.csv": "故障单号,客户编号,申告时间,产品,工号,修复时间,原因,客户改约\n"
        "F1,K1,2026-10-01 08:00,宽带,007,2026-10-20 08:00,{faults.cause},{faults.is_deferred}",
        "检查_2026-10.csv": "工号,日期,项目,条款,是否合格\n007,2026-10-08,仪容,1.2,{inspections.is_passed}",
    }
    return {name: fill(text, usual) for name, text in files.items()}


# (export, column) → rule, the outcome with the usual word, and with one that stands in no list (X25)
EFFECTS = [
    ("visits__mode", "key_visit_half_monthly", "met", "unknown word"),
    ("visits__result", "key_visit_half_monthly", "met", "unknown word"),
    ("calls__is_connected", "key_call_weekly", "met", "unknown word"),
    ("calls__direction", "key_call_weekly", "met", "unknown word"),
    ("calls__channel", "key_call_weekly", "met", "unknown word"),
    ("complaints__reply_kind", "complaint_first_reply", "met", "unknown word"),
    ("complaints__repeat_of", "complaint_first_reply", "met", "met"),
    ("complaints__is_withdrawn", "complaint_first_reply", "met", "met"),
    ("complaints__channel", "complaint_first_reply", "met", "met"),
    ("greetings__occasion", "festival_greeted", "met", "unknown word"),
    ("jobs__is_signed", "job_signed_off", "met", "unknown word"),
    ("jobs__form_kind", "job_signed_off", "met", "unknown word"),
    ("jobs__job_kind", "job_signed_off", "met", ""),
    ("jobs__kit", "job_kit_complete", "met", "unknown word"),
    ("faults__cause", "fault_repaired_in_limit", "missed_late", "missed_late"),
    ("faults__is_deferred", "fault_repaired_in_limit", "missed_late", "missed_late"),
    ("inspections__is_passed", "inspection_passed", "met", "unknown word"),
    ("customers__customer_class", "key_visit_half_monthly", "met", "met"),
    ("customers__status", "key_visit_half_monthly", "met", "met"),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str, str]]:
    """Column → outcome as usual, outcome with an unknown word, what was told. Of a rule's columns an office holds one."""
    usual, found = Office(tmp_path_factory.mktemp("usual")), {}
    check(usual, world())
    ranked = [(place, rule, [one[1] for one in EFFECTS[:n]].count(rule)) for n, (place, rule, *_) in enumerate(EFFECTS)]
    for rank in range(max(rank for *_, rank in ranked) + 1):
        planted = {place: rule for place, rule, own in ranked if own == rank}
        office = Office(tmp_path_factory.mktemp("unknown"))
        told = check(office, world(**dict.fromkeys(planted, "嗡嗡")))
        found |= {place: (first(usual, rule), first(office, rule), told) for place, rule in planted.items()}
    return found


@pytest.mark.parametrize(("place", "usual", "unknown"), [(p, u, w) for p, _, u, w in EFFECTS], ids=[one[0] for one in EFFECTS])
def test_an_unknown_word_has_the_effect_of_its_column_and_is_told(
    outcomes: dict[str, tuple[str, str, str]], place: str, usual: str, unknown: str
) -> None:
    as_usual, got, told = outcomes[place]
    assert (as_usual, got) == (usual, unknown)
    column = place.split("__")[1]
    assert re.search(rf"嗡嗡.*{column} = ", told), told


def check(office: Office, files: dict[str, str]) -> str:
    """All built; what check told."""
    for name, text in files.items():
        office.csv(name, text)
    assert office.run("ingest").code == 0
    office.run("check", "--as-of", "2026-10-31")
    assert office.run("build").code == 0
    return "\n".join(office.book().quality("told")["zh"])


def first(office: Office, rule: str) -> str:
    """The first outcome of a rule, with `word` where that is the reason."""
    rows = office.book().sql(
        "SELECT outcome, reason FROM obligation WHERE rule_id = ? AND due_on >= DATE '2026-09-20' AND reason IS DISTINCT FROM 'before_data' "
        "ORDER BY due_at", [rule]
    ).to_numpy().tolist()  # fmt: skip
    return (f"{rows[0][0]} {rows[0][1]}" if rows[0][1] == "word" else rows[0][0]) if rows else ""
