"""Real public files read by a mapping file alone: counts and values computed elsewhere (see the NOTE beside each)."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
from conftest import ROOT, SHARED, Office

DATA = SHARED / "data"
MAPPINGS = ROOT / "tests" / "given" / "mappings"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the shared real files are not beside this checkout")
# Half-months with a visit by year and station, from the NOTE.
HALF_MONTHS = {
    2018: {"KWP": 20, "KKS": 20, "KKP": 20, "KCP": 20, "KKO": 10, "KKT": 10, "NKN": 10},
    2019: {"KWP": 17, "KKS": 17, "KKP": 17, "KCP": 17, "NKN": 17, "NMP": 7},
    2020: {"KWP": 14, "KKS": 14, "KKP": 14, "KCP": 14, "NKN": 14, "NMP": 7},
    2021: {"KWP": 17, "KKS": 17, "KKP": 17, "NKN": 17, "KCP": 1},
}


def given(office: Office, folder: str, file: str, mapping: str) -> Office:
    shutil.copy(DATA / folder / file, office.folder / "raw")
    shutil.copy(MAPPINGS / mapping, office.folder / "mappings")
    return office


def count(office: Office) -> dict[str, object]:
    rows = office.book().sql("SELECT * FROM source_count WHERE file NOT LIKE 'made%'").to_dict("records")
    assert len(rows) == 1
    return rows[0]


def test_a_gbk_csv_with_title_and_foot_lines(office: Office) -> None:
    given(office, "zh-nbs", "月度数据.csv", "statistics_monthly.toml").make("2021-12-31")
    got = count(office)
    assert got["encoding"] == "gb18030" and got["header_row"] == 3
    assert (got["read_n"], got["clean_n"], got["blank_n"], got["note_n"], got["quarantined_n"]) == (263, 258, 5, 4, 0)
    with office.staging() as con:
        first, last, kinds = con.execute(
            "SELECT max(updated_on), min(updated_on), (SELECT count(*) FROM note WHERE kind = 'foot') FROM clean.village_info"
        ).fetchone()
    assert (str(first), str(last), kinds) == ("2021-05-01", "1999-12-01", 2)


def test_a_true_xls_with_title_rows_and_a_foot_row(office: Office) -> None:
    given(office, "zh-nbs", "分省年度数据.xls", "statistics_provinces.toml").make("2021-12-31")
    got = count(office)
    assert got["encoding"] == "workbook" and got["header_row"] == 4 and got["clean_n"] == 31 and got["quarantined_n"] == 0
    assert got["note_n"] + 1 == got["blank_n"] == got["read_n"] - 31


def test_an_xls_that_is_an_xlsx(office: Office) -> None:
    given(office, "zh-messages", "热点问题留言明细表.xls", "hot_messages.toml").make("2020-12-31")
    got = count(office)
    assert (got["read_n"], got["clean_n"], got["quarantined_n"]) == (124, 123, 0)


def test_visits_below_remarks_and_above_an_example_row(office: Office) -> None:
    given(office, "hui-visits", "team_kamaole.tsv", "station_visits.toml")
    stations = sorted({station for year in HALF_MONTHS.values() for station in year})
    lines = "".join(f"{s},Kamaole,重要,2017-11-01,2017-11-01\n" for s in stations)
    office.csv("made_客户.csv", "客户编号,工号,客户级别,级别生效日期,归属起始日期\n" + lines)
    office.csv("made_代理人员.csv", "工号,片区\nKamaole,Maui")
    office.make("2022-12-31")
    got = count(office)
    assert (got["header_row"], got["read_n"], got["clean_n"], got["note_n"], got["quarantined_n"]) == (2, 433, 430, 2, 0)
    met = office.book().sql(
        "SELECT year(due_on) AS year, customer_id, count(*) FILTER (WHERE outcome = 'met') AS met_n, count(*) AS n "
        "FROM obligation WHERE rule_id = 'key_visit_half_monthly' GROUP BY ALL"
    )
    for year, counts in HALF_MONTHS.items():
        found = met[met["year"] == year].set_index("customer_id")
        assert found.loc[found["met_n"] > 0, "met_n"].to_dict() == counts and (found["n"] == 24).all(), year
    with office.staging() as con:
        visits = con.execute("SELECT * FROM clean.visits").df()
    assert (
        visits["visited_at"].dt.normalize().nunique() == 86
        and visits["visited_precision"].isin(["minute", "day", "second"]).all()
    )
    assert (visits["visit_id"].str[-6:] == visits["visited_at"].dt.strftime("%y%m%d")).mean() > 0.99


def test_licence_terms_and_their_renewals(office: Office) -> None:
    given(office, "chicago-licences", "Business_Licenses.csv", "licences.toml").make("2016-10-31")
    rows = office.book().sql("SELECT * FROM agreement WHERE starts_on IS NOT NULL")  # as in the NOTE: 2 rows lack a start
    got = count(office)
    assert got["read_n"] == 562 and got["read_n"] == 1 + got["clean_n"] + got["superseded_n"] + got["quarantined_n"]
    expired = rows[pd.to_datetime(rows["expires_on"]) < pd.Timestamp("2016-11-01")]
    renewed = expired["renewed_at"].notna()
    assert (len(expired), int(renewed.sum())) == (516, 375)
    assert int(rows["renewal_id"].notna().sum()) == 376
    with office.staging() as con:
        starts = con.execute("SELECT min(starts_on), max(starts_on), max(expires_on) FROM clean.agreements").fetchone()
    assert [str(day) for day in starts or ()] == ["1999-11-16", "2016-11-16", "2018-11-15"]
