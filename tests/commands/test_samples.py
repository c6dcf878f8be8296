"""Made-up exports never stand among real ones, or in their place."""

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
