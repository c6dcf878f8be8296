"""Agreements from file to outcome: which successor renews which, terms under one number, no end, and a month's worth (section 5)."""

from __future__ import annotations

import random
from datetime import date, timedelta

import duckdb
import pytest
from conftest import Office

from ruralkpi.marts import statements

HEAD = "协议编号,客户编号,产品,起始日期,到期日期,月租,续约协议编号,续约签订日期\n"


def outcomes(office: Office, until: str = "2026-12") -> list[list[str]]:
    rows = office.book().sql(
        "SELECT source_id, outcome, coalesce(reason, '') AS reason, flags FROM obligation "
        "WHERE rule_id = 'agreement_renewed_in_time' AND month <= ? ORDER BY source_id",
        [until],
    )
    return rows.to_numpy().tolist()


def test_an_agreement_renewed_under_its_own_number_keeps_its_old_cohort(office: Office) -> None:
    office.csv(
        "协议_2026-02.csv",
        HEAD
        + "A1,K1,宽带,2025-04-01,2026-03-31,100,,\nA2,K2,宽带,2025-04-01,2026-03-31,100,,\nA3,K3,宽带,2025-04-01,2026-03-31,100,,\nA4,K4,宽带,2025-04-01,2026-03-31,100,,",
    )
    office.csv("协议_2026-03.csv", HEAD + "A3,K3,宽带,2025-04-01,2027-03-31,120,,")
    office.csv(
        "协议_2026-05.csv",
        HEAD
        + "A1,K1,宽带,2026-04-01,2027-03-31,90,,\nA2,K2,宽带,2025-04-01,2027-03-31,90,,2026-04-05\nA4,K4,宽带,2025-04-01,2027-03-31,100,,",
    )
    office.make("2026-06-30")
    assert outcomes(office) == [
        ["A1/2026-03-31", "met", "", "in_place"],
        ["A2/2026-03-31", "missed_late", "", "in_place within_d7"],
        ["A3/2026-03-31", "met", "", "in_place"],  # March's file holds the new term already
        ["A4/2026-03-31", "unknown", "renewal_undated", "in_place"],
    ]  # fmt: skip
    book = office.book()
    assert [row for row in outcomes(office, "2027-12") if "/" not in row[0]] == [
        [f"A{n}", "pending", "", ""] for n in range(1, 5)
    ]
    counts = book.sql("SELECT sum(read_n) AS r, sum(clean_n) AS c, sum(superseded_n) AS s FROM source_count").iloc[0]
    assert (counts["r"], counts["c"], counts["s"]) == (8 + 3, 8, 0)  # with three headers
    value = book.measures("2026-03", measure="renewal_gross").query("part == 'd30'").iloc[0]
    assert (value["n"], value["of_n"]) == (90 + 90 + 100, 300)


def test_an_expiry_that_was_corrected_to_an_earlier_day_leaves_nothing_behind(office: Office) -> None:
    office.csv("协议_2026-02.csv", HEAD + "A1,K1,宽带,2025-04-01,2027-03-31,100,,")
    office.csv("协议_2026-03.csv", HEAD + "A1,K1,宽带,2025-04-01,2026-03-31,100,,2026-03-30")
    office.make("2026-06-30")
    assert outcomes(office, "2027-12") == [["A1", "met", "", ""]]
    assert office.book().sql("SELECT superseded_n FROM source_count ORDER BY file")["superseded_n"].tolist() == [1, 0]


@pytest.mark.parametrize("end", ["长期", " 无固定期限 ", "永久", "2099-12-31", "9999-12-31", "2199/1/1"])
def test_an_agreement_without_an_end_is_kept_and_owes_no_renewal(office: Office, end: str) -> None:
    office.csv("协议.csv", HEAD + f"A1,K1,宽带,2025-04-01,{end},100,,\nA2,K2,宽带,2025-04-01,2026-03-31,100,,")
    office.make("2026-06-30")
    assert outcomes(office) == [["A2", "missed_open", "", ""]]
    row = office.book().sql("SELECT is_open_ended FROM agreement WHERE source_id = 'A1'")
    assert row["is_open_ended"].tolist() == [True]


def test_an_empty_expiry_means_no_end_where_the_mapping_says_so(office: Office) -> None:
    office.csv("协议.csv", HEAD + "A1,K1,宽带,2025-04-01,,100,,\nA2,K2,宽带,2025-04-01,未定,100,,")
    office.make("2026-06-30")
    assert office.book().quality("reason")["code"].tolist() == ["bad_time", "missing_value"]
    (office.folder / "mappings" / "own.toml").write_text(
        'export = "agreements"\n[columns]\nexpires_on = { headers = ["到期日期"], values = { "" = "长期", "未定" = "长期" } }\n',
        encoding="utf-8",
    )
    office.make("2026-06-30")
    assert office.book().quality("reason").empty
    assert office.book().sql("SELECT is_open_ended FROM agreement")["is_open_ended"].tolist() == [True, True]


def test_a_column_that_may_be_either_amount_is_not_read_but_told(office: Office) -> None:
    office.csv(
        "协议.csv", "协议编号,客户编号,起始日期,到期日期,金额/月租,续约签订日期\nA1,K1,2025-04-01,2026-03-31,1200,2026-03-20"
    )
    told = office.run("ingest").err
    assert "金额/月租" in told
    office.make("2026-06-30")
    assert set(office.book().measures("2026-03")["measure_id"]) == {"renewal_count"}
    (office.folder / "mappings" / "own.toml").write_text(
        'export = "agreements"\n[columns]\nmonthly_yuan = ["金额/月租"]\n', encoding="utf-8"
    )
    office.make("2026-06-30")
    assert office.book().sql("SELECT monthly_yuan FROM agreement")["monthly_yuan"].tolist() == [1200]


def test_two_agreements_that_name_one_successor_share_its_worth(office: Office) -> None:
    office.csv(
        "协议.csv",
        HEAD
        + "A1,K1,宽带,2025-04-01,2026-03-31,100,B1,2026-03-20\nA2,K1,宽带,2025-04-01,2026-03-31,50,B1,2026-03-20\nB1,K1,宽带,2026-04-01,2027-03-31,120,,",
    )
    rows = office.make("2026-06-30").book().measures("2026-03").query("part == 'd0'").set_index("measure_id")
    assert rows.loc["renewal_count", "value"] == 1.0
    assert (rows.loc["renewal_net", "n"], rows.loc["renewal_net", "of_n"]) == (120, 150)


def test_lists_without_days_leave_agreements_with_whom_they_name(office: Office) -> None:
    """Also before the first list and where the list of the day names another; who has left owes nothing all the same (X13, X33)."""
    office.csv("代理人员.csv", "工号,片区,离职日期\nA1,P1,\nA2,P2,\nA3,P1,2026-02-15")
    office.csv("客户_2026-03.csv", "客户编号,客户级别,工号\nK1,普通,A1\nK2,普通,A1\nK3,普通,A3")
    office.csv("客户_2026-04.csv", "客户编号,客户级别,工号\nK1,普通,A2")
    office.csv(
        "协议.csv",
        "协议编号,客户编号,起始日期,到期日期,提醒日期,工号\nX1,K1,2025-04-01,2026-03-20,,\nX2,K2,2025-04-01,2026-02-10,,"
        "\nX3,K3,2025-04-01,2026-03-15,,\nX4,K1,2025-04-01,2026-04-30,,A1",
    )
    owed = office.make("2026-06-30").book().sql(
        "SELECT rule_id, source_id, coalesce(agent_id, '-') AS agent_id, area_id FROM obligation "
        "WHERE rule_id IN ('agreement_renewed_in_time', 'agreement_reminded') ORDER BY rule_id, source_id"
    )  # fmt: skip
    assert owed[["source_id", "agent_id", "area_id"]].to_numpy().tolist() == [
        ["X1", "A1", "P1"], ["X2", "A1", "P1"], ["X3", "A3", "P1"], ["X4", "A1", "P1"],
        ["X1", "A1", "P1"], ["X2", "A1", "P1"], ["X3", "-", "P1"], ["X4", "A2", "P2"],
    ]  # fmt: skip


def greedy(held: list[tuple[str, date, date]]) -> set[tuple[str, str]]:
    """Who renews whom when the nearest pair is taken first, again and again; of equals the first with the first."""
    nth = {
        (kind, one[0]): sum(other[0] < one[0] and other[place] == one[place] for other in held)
        for kind, place in (("begins", 1), ("ends", 2)) for one in held
    }  # fmt: skip
    pairs = sorted(
        (abs((begin - end).days - 1), begin, abs(nth["ends", one] - nth["begins", other]), one, other)
        for one, first, end in held for other, begin, last in held
        if one != other and -90 <= (begin - end).days <= 30 and last > end and begin > first
    )  # fmt: skip
    found: dict[str, str] = {}
    for *_, one, other in pairs:
        if one not in found and other not in found.values():
            found[one] = other
    return set(found.items())


def renewal(held: list[tuple[str, date, date]]) -> list[tuple[str, str | None, str]]:
    """The mart's pairs over one customer's agreements, none of them linked."""
    made = {name.split("_", 1)[1]: sql for name, sql in statements()}
    with duckdb.connect() as con:
        con.execute("""CREATE TABLE agreement_term (source_id VARCHAR, starts_on DATE, expires_on DATE, agreement_id VARCHAR, customer_id VARCHAR,
            product VARCHAR, renewal_id VARCHAR, renewed_at TIMESTAMP, is_current BOOLEAN, is_continued BOOLEAN, is_open_ended BOOLEAN,
            is_auto_renew BOOLEAN, is_ended_by_operator BOOLEAN)""")
        con.executemany(
            "INSERT INTO agreement_term VALUES ($1, $2, $3, $1, 'K1', '宽带', NULL, NULL, true, false, false, false, false)", held
        )
        con.execute(f"CREATE TABLE renewal_pair AS {made['renewal_pair']}")
        return con.execute(made["renewal"]).fetchall()


@pytest.mark.parametrize("seed", range(40))
def test_the_matching_is_one_to_one_and_the_nearest_first(seed: int) -> None:
    """Against the plain way, one pair after the other; what three rounds leave is told as open, and is little."""
    draw = random.Random(seed)
    held = []
    for n in range(draw.randint(2, 20)):
        begin = date(2025, 1, 1) + timedelta(draw.randrange(0, 480, draw.choice([1, 15, 30])))
        held.append((f"A{n:02d}", begin, begin + timedelta(draw.choice([30, 90, 180, 365]))))
    pairs, expected = renewal(held), greedy(held)
    matched = {(one, other) for one, other, means in pairs if means == "matched"}
    left = {one for one, _, means in pairs if means == "open"}
    assert matched <= expected and {one for one, _ in expected - matched} <= left and len(left) <= 2
    draw.shuffle(held)
    assert sorted(renewal(held), key=str) == sorted(pairs, key=str)


def test_thirty_lines_of_one_customer_that_end_together_are_renewed_together() -> None:
    old = [(f"A{n:02d}", date(2025, 4, 1), date(2026, 3, 31)) for n in range(30)]
    new = [(f"B{n:02d}", date(2026, 4, 1), date(2027, 3, 31)) for n in range(29)]
    assert sorted(renewal(old + new)) == [(f"A{n:02d}", f"B{n:02d}", "matched") for n in range(29)]
