"""An office as `init` lays it out: whole, in either language, nothing overwritten, every setting in it and right."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, Office

from ruralkpi import settings as configuration
from ruralkpi.office.declared import settings
from ruralkpi.office.layout import settings_file
from ruralkpi.settings import form
from ruralkpi.texts import LANGUAGES


def test_an_office_is_made_whole_and_what_is_there_stays(office: Office) -> None:
    said = office.run("init", "new")
    made = office.folder / "new"
    assert said.code == 0 and said.err.count("\n") == 2
    assert {path.name for path in (made / "notebooks").iterdir()} == {path.name for path in (ROOT / "notebooks").iterdir()}
    assert configuration.load(made / "ruralkpi.toml").raw == made / "data" / "raw"
    (made / "README.md").write_text("mine", encoding="utf-8")
    (made / "ruralkpi.toml").unlink()
    again = office.run("init", "new", "--lang", "en")
    assert again.code == 0 and "1 file" in again.err
    assert (made / "README.md").read_text(encoding="utf-8") == "mine"
    assert configuration.load(made / "ruralkpi.toml").lang == "en"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_setting_is_in_an_offices_file_and_may_be_taken_into_force(lang: str, tmp_path: Path) -> None:
    """Else: declare the setting in ruralkpi/office/settings.toml."""
    text = re.sub(r"^#(?=[\w\[\"])", "", settings_file(lang), flags=re.MULTILINE)
    (tmp_path / "ruralkpi.toml").write_text(text, encoding="utf-8")
    configuration.load(tmp_path / "ruralkpi.toml")
    words = tomllib.loads(text)
    assert set(words) == set(form.KNOWN)
    assert set(words["quality"]) == set(form.QUALITY) and set(words["readers"]) == set(form.READERS)
    assert set(words["composite"]) == set(form.IN_COMPOSITE)


def test_a_setting_is_told_once_and_its_default_is_the_one_in_force() -> None:
    from ruralkpi.intake.readers.box.limits import Limits
    from ruralkpi.quality.gate import MAX_SHARE, MIN_ROWS

    told = {one.name: one for one in settings()}
    assert len(told) == len(settings())
    plain, limits = configuration.Settings(), Limits()
    really = {name: str(getattr(plain, name)) for name in ("raw", "db", "out", "lang", "month_by")}
    really |= {f"readers.{name}": getattr(limits, name) for name in form.READERS}
    really |= {f"composite.{name}": value for name, value in form.COMPOSITE.items()}
    really |= {"quality.max_share": MAX_SHARE, "quality.min_rows": MIN_ROWS, "cut_off.within_days": configuration.WITHIN_DAYS}
    for name, value in really.items():
        assert tomllib.loads(f"x = {told[name].value}")["x"] == value and not told[name].default, name


def test_a_wheel_holds_all_that_cards_are_made_of_and_nothing_else(tmp_path: Path) -> None:
    """Without the checkout the notebooks are those that travel in the package."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
        wheel.extractall(tmp_path / "site")
    kept = ("__pycache__", "conftest.py")
    own = {path.relative_to(ROOT).as_posix() for path in (ROOT / "ruralkpi").rglob("*") if path.is_file()}
    own = {name for name in own if not name.endswith(kept) and "__pycache__" not in name}
    assert held == own | {f"ruralkpi/notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    code = "from ruralkpi.press.batch import standard_notebook as n; print(n())"
    env = os.environ | {"PYTHONPATH": str(tmp_path / "site"), "PYTHONDONTWRITEBYTECODE": "1"}
    said = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, check=True, capture_output=True, text=True)
    assert Path(said.stdout.strip()) == tmp_path / "site" / "ruralkpi" / "notebooks" / "scorecard.ipynb"


def test_a_doctor_names_what_is_wrong_with_its_mend(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from ruralkpi.office import doctor

    office.csv("投诉_2026-12.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-12-05 10:00,007,2026-12-06 10:00")
    office.csv("代理人员.csv", "工号,片区\n007,甲片区")
    said = office.run("doctor")
    assert said.code == 1 and "请运行 ruralkpi run" in said.err and "没有 2027 年" in said.err
    (office.folder / "calendar.toml").write_text('[2027]\noff = ["2027-01-01"]\n', encoding="utf-8")
    office.configure('calendar = "calendar.toml"\n')
    office.make("2026-12-31")
    said = office.run("doctor")
    assert said.code == 0 and "不好" not in said.err, said.err
    (office.folder / "mappings" / "x.toml").write_text('draft = true\n#export = "visits"\n', encoding="utf-8")
    office.configure('calendar = "calendar.toml"\n[rules.complaint_first_reply]\nlimit = "24 hours"\n')
    monkeypatch.setattr(doctor, "_DISK", 1 << 60)
    said = office.run("doctor", "--lang", "en")
    assert said.code == 1
    for word in ("x.toml is still a draft", "complaint_first_reply.limit", "make room"):
        assert word in said.err


def test_a_doctor_is_not_stopped_by_the_first_fault(office: Office) -> None:
    (office.folder / "mappings" / "x.toml").write_text('export = "nothing"\n', encoding="utf-8")
    said = office.run("doctor")
    assert said.code == 1
    for word in ("x.toml", "没有导出文件", "还没有数据集"):
        assert word in said.err
