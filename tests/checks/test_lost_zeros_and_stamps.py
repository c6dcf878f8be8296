"""Customers on no list are told with the nearest that is; several times in one cell are judged as one is."""

from __future__ import annotations

import pytest
from conftest import Office

COMPLAINT = "投诉编号,客户编号,受理时间,受理人,首次回复时间,进度告知时间"


def test_customers_that_lost_their_zeros_are_told_with_the_nearest(office: Office) -> None:
    office.csv("客户.csv", "客户编号,客户级别,工号\n0001,重要,007\nKK2,重要,007")
    rows = [f"V{n},{customer},007,2026-10-0{n} 10:00,上门,完成" for n, customer in enumerate(["1", "kk2", "X9", "KK2"], start=1)]
    office.csv("拜访_2026-10.csv", "\n".join(["拜访编号,客户编号,工号,拜访时间,方式,结果", *rows]))
    office.run("ingest")
    told = office.run("check", "--as-of", "2026-10-31").err
    assert "不在客户清单里的客户编号：3 行" in told and "相近的是 0001" in told and told.index("0001") < told.index("X9")
    office.run("build")
    found = office.book().sql("SELECT message FROM quarantine WHERE code = 'unknown_customer' ORDER BY row")["message"].tolist()
    near = ["相近的是 0001", "相近的是 KK2", "请核对客户编号"]
    assert all(text.endswith(end) for text, end in zip(found, near, strict=True))
    assert office.book().sql("SELECT count(*) AS n FROM visit")["n"].tolist() == [4]  # the rows stay


def test_without_a_list_of_customers_nobody_is_unknown(office: Office) -> None:
    office.csv("拜访_2026-10.csv", "拜访编号,客户编号,工号,拜访时间,方式,结果\nV1,1,007,2026-10-01 10:00,上门,完成")
    office.run("ingest")
    assert "客户清单" not in office.run("check", "--as-of", "2026-10-31").err


@pytest.mark.parametrize(
    ("times", "codes"),
    [
        ("2026-10-07 09:00；2026-10-09 09:00", []),
        ("2026-10-04", []),  # a bare day may lie behind the receipt
        ("2026-10-07 09:00；2099-12-31", ["sentinel_year"]),
        ("1970-01-01 00:00:00", ["C03", "sentinel_year"]),
        ("2026-10-03 09:00；2026-10-07 09:00", ["C03"]),
        ("1999-10-07 09:00", ["C03", "unlikely_year"]),
        ("2026-10-07 09:00；2026-11-01 09:00", ["after_cut_off"]),
        ("2026-11-01", ["after_cut_off"]),
        ("2027-01-05 09:00", ["after_cut_off"]),
    ],
)
def test_several_times_in_a_cell_are_judged_as_one_is(office: Office, times: str, codes: list[str]) -> None:
    office.csv("投诉_2026-10.csv", f"{COMPLAINT}\nC1,K1,2026-10-04 08:00,007,2026-10-04 09:00,{times}")
    office.run("ingest")
    office.run("check", "--as-of", "2026-10-31")
    found = office.staging().execute("SELECT code FROM quarantine WHERE severity = 'reject' ORDER BY 1").fetchall()
    assert [code for (code,) in found] == codes
