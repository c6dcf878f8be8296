"""Made-up exports never stand among real ones, or in their place; and what help says may be asked for, may be."""

from __future__ import annotations

from conftest import Office


def test_a_sample_is_not_put_among_files_that_may_be_real(office: Office) -> None:
    real = office.csv("2026-10/青川县_投诉_2026-10.csv", "投诉编号,客户编号,受理时间,受理人\nC1,K1,2026-10-03 10:00,007")
    before = real.read_bytes()
    done = office.run("sample", "raw", "--agents", "2", "--months", "1")
    assert done.code == 2 and "raw 里已有文件" in done.err
    assert real.read_bytes() == before
    for _ in range(2):
        assert office.run("sample", "made", "--agents", "2", "--months", "1").code == 0


def test_help_says_how_few_agents_and_how_many_faults_may_be_asked_for(office: Office) -> None:
    said = office.run("sample", "--help").out
    assert "x>=2" in said and "0<=x<1" in said
    for option, value in (("--agents", "1"), ("--dirty", "1")):
        assert office.run("sample", "made", option, value).code == 2
