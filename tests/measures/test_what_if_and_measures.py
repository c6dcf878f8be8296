"""What-if figures, the composite, other months' views, and the measures that are no obligations."""

from __future__ import annotations

import hashlib

import pytest
from conftest import Office

from ruralkpi.settings import load

COMPLAINTS = """投诉编号,客户编号,受理时间,受理人,首次回复时间
C1,K1,2026-01-05 10:00:00,007,2026-01-06 09:00:00
C2,K1,2026-01-30 10:00:00,007,2026-02-01 09:00:00"""
AGENTS = "工号,片区\n007,甲片区"


def test_what_if_prints_the_difference_and_leaves_the_published_tables(office: Office) -> None:
    office.csv("投诉.csv", COMPLAINTS)
    office.csv("代理人员.csv", AGENTS)
    office.make("2026-02-28")
    published = office.folder / "marts" / "book.duckdb"
    before = hashlib.sha256(published.read_bytes()).hexdigest()
    rows = office.json("score", "--month", "2026-01", "--by", "area", "--set", 'complaint_first_reply.limit="20 hours"')
    assert [(r["met_n"], r["owed_n"], r["met_n_if"], r["owed_n_if"], r["rate_difference"]) for r in rows] == [(1, 1, 0, 2, -1.0)]
    assert hashlib.sha256(published.read_bytes()).hexdigest() == before
    for wrong in ("x", "complaint_first_reply=3", "complaint_first_reply.limit=soon", "nothing.limit=1"):
        result = office.run("score", "--month", "2026-01", "--set", wrong)
        assert result.code == 2 and "Traceback" not in result.err


def test_what_if_with_what_is_in_force_gives_the_same_figures(office: Office) -> None:
    """Before is what the book was built under, whatever ruralkpi.toml says by now; what is not changed stays at that."""
    office.csv("投诉.csv", COMPLAINTS)
    office.csv("代理人员.csv", AGENTS)
    dated = 'limit = { "2008-04-01" = "20 hours", "2026-02-01" = "60 hours" }'
    office.configure(f'month_by = "start"\n[rules.complaint_first_reply]\n{dated}\n')
    office.make("2026-02-28")
    asked = ("score", "--month", "2026-01", "--by", "province", "--set")

    def told(change: str) -> list[tuple[object, ...]]:
        keys = ("rule_id", "met_n", "owed_n", "met_n_if", "owed_n_if", "rate_difference")
        return [tuple(row[key] for key in keys) for row in office.json(*asked, change)]

    same = [("complaint_first_reply", 0, 2, 0, 2, 0.0)]
    other = [("complaint_first_reply", 0, 2, 2, 2, 1.0)]
    assert told(f"complaint_first_reply.{dated}".replace(" = {", "={", 1)) == same
    office.configure('[rules.complaint_first_reply]\nlimit = "60 hours"\n')
    assert told('complaint_first_reply.limit="20 hours"') == same
    assert told('complaint_first_reply.limit="60 hours"') == other  # in ruralkpi.toml, and not in the book
    office.configure("")
    frame = office.book().what_if(month="2026-01", by="province", settings=load(office.folder / "ruralkpi.toml"))
    assert frame["rule_id"].nunique() > 1 and (frame["met_n"] == frame["met_n_if"]).all()
    assert (frame["owed_n"] == frame["owed_n_if"]).all() and set(frame["rate_difference"].dropna()) == {0.0}
    nothing = office.json(*asked, 'fault_called_back.limit="20 hours"')  # no faults at all in this month
    assert all(row["owed_n"] == 0 and not row["owed_n_if"] for row in nothing)


def test_the_month_of_receipt_is_a_setting(office: Office) -> None:
    office.csv("投诉.csv", COMPLAINTS)
    office.configure('month_by = "start"\n')
    office.make("2026-02-28")
    assert [month for _, _, month in office.outcomes("complaint_first_reply")] == ["2026-01", "2026-01"]


def test_the_composite_is_off_by_default_and_suppressed_when_too_much_is_not_applicable(office: Office) -> None:
    office.csv("投诉.csv", COMPLAINTS)
    office.csv("代理人员.csv", AGENTS)
    office.make("2026-02-28")
    assert office.book().sql("SELECT count(*) AS n FROM duckdb_tables() WHERE table_name = 'kpi_composite'")["n"][0] == 0
    for share, shown in ((0.4, False), (0.99, True)):
        office.configure(f"[composite]\nis_on = true\nmax_unused = {share}\n")
        office.make("2026-02-28")
        row = (
            office.book()
            .sql("SELECT composite, unused_share FROM kpi_composite WHERE agent_id = '007' AND month = '2026-01'")
            .iloc[0]
        )
        assert bool(row["composite"] == 1.0) is shown and row["unused_share"] > 0.4


def test_an_exemption_gives_both_rates(office: Office) -> None:
    office.csv("投诉.csv", COMPLAINTS + "\nC3,K1,2026-01-06 10:00:00,007,")
    office.csv("代理人员.csv", AGENTS)
    office.csv("例外.csv", "规则,记录编号,原因代码,批准人\ncomplaint_first_reply,C3,E07,李经理")
    office.make("2026-02-28")
    row = office.json("score", "--month", "2026-01", "--agent", "007", "--kpi", "complaint_first_reply")[0]
    assert (row["met_n"], row["owed_n"], row["exempt_n"], row["rate"], row["rate_unexempted"]) == (1, 1, 1, 1.0, 0.5)
    named = office.json("explain", "complaint_first_reply", "--month", "2026-01", "--outcome", "exempt")
    assert [(r["source_id"], r["reason"]) for r in named] == [("C3", "E07")]


RENEWALS = """协议编号,客户编号,产品,起始日期,到期日期,月租,续约协议编号,续约签订日期
A1,K1,宽带,2025-04-01,2026-03-31,100,B1,2026-03-31
A2,K2,宽带,2025-04-01,2026-03-31,100,B2,2026-04-05
A3,K3,宽带,2025-04-01,2026-03-31,200,,2026-05-10
A4,K4,宽带,2025-04-01,2026-03-31,50,,
B1,K1,宽带,2026-04-01,2027-03-31,150,,
B2,K2,宽带,2026-04-05,2027-03-31,80,,"""


@pytest.mark.parametrize(
    ("measure", "part", "n", "of_n"),
    [
        ("renewal_count", "d0", 1, 4), ("renewal_count", "d7", 2, 4), ("renewal_count", "d30", 2, 4),
        ("renewal_count", "reactivated", 1, 4), ("renewal_gross", "d7", 180, 250), ("renewal_net", "d7", 230, 250),
    ],
)  # fmt: skip
def test_renewal_cohorts(office: Office, measure: str, part: str, n: float, of_n: float) -> None:
    office.csv("协议.csv", RENEWALS)
    office.csv("客户.csv", "客户编号,客户级别,工号\n" + "\n".join(f"K{k},普通,007" for k in range(1, 5)))
    office.make("2026-06-30")
    rows = office.book().measures("2026-03", agent="007").set_index(["measure_id", "part"])
    assert (rows.loc[(measure, part), "n"], rows.loc[(measure, part), "of_n"]) == (n, of_n)
    assert not rows.loc[(measure, part), "is_provisional"]


def test_a_cohort_is_provisional_until_it_has_matured(office: Office) -> None:
    office.csv("协议.csv", RENEWALS.replace("2026-05-10", ""))
    office.csv("客户.csv", "客户编号,客户级别,工号\nK4,普通,007")
    office.make("2026-04-20")
    rows = office.book().measures("2026-03", agent="007").set_index(["measure_id", "part"])["is_provisional"]
    assert not rows[("renewal_count", "d7")] and rows[("renewal_count", "d30")]


def test_repair_times_take_open_faults_as_censored(office: Office) -> None:
    faults = "\n".join(f"F{n},K1,2026-01-05 00:00:00,宽带,007,2026-01-0{5 + n} 00:00:00" for n in range(1, 4))
    office.csv("故障.csv", f"故障单号,客户编号,申告时间,产品,工号,修复时间\n{faults}\nF9,K1,2026-01-05 00:00:00,宽带,007,")
    office.csv("代理人员.csv", AGENTS)
    office.make("2026-01-31")
    rows = office.book().measures("2026-01", area="甲片区").set_index("part")
    assert rows.loc["median_h", "value"] == 48.0 and rows.loc["p90_h", "value"] != rows.loc["p90_h", "value"]
    assert (rows.loc["median_h", "n"], rows.loc["median_h", "of_n"]) == (3, 4)


def test_coverage_and_compliance_are_two_things(sample: Office) -> None:
    rows = sample.book().measures("2026-10").query("agent_id.isna()").groupby(["measure_id", "part"])[["n", "of_n"]].sum()
    assert (
        rows.loc[("coverage", "contacted"), "n"]
        > rows.loc[("compliance", "visits"), "n"]
        > rows.loc[("compliance", "calls"), "n"]
        > 0
    )
