"""Files, names and links as offices hand them in: read right, or refused in one line that names them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
from conftest import Office

from ruralkpi.decoding import MIXED, Unreadable, decoded
from ruralkpi.intake.readers import sheets
from ruralkpi.voices import common

HEAD = "投诉编号,客户编号,受理时间,受理人,首次回复时间,回复方式"
ROWS = [f"C{n},K{n},2026-10-{n:02d} 10:00:00,007,2026-10-{n:02d} 11:00:00,电话" for n in range(1, 5)]
MORE = [f"C{n},K{n},2026-10-{n:02d} 10:00:00,007,2026-10-{n:02d} 11:00:00,自动回执" for n in range(5, 8)]
GOOD = "\n".join([HEAD, *ROWS]) + "\n"
ADDED = "\n".join(MORE) + "\n"


def put(office: Office, name: str | bytes, content: bytes | str) -> None:
    raw = content if isinstance(content, bytes) else content.encode("utf-8")
    path = os.path.join(os.fsencode(office.folder / "raw"), os.fsencode(name))  # noqa: PTH118
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
    with open(path, "wb") as out:  # noqa: PTH123
        out.write(raw)


def ids(office: Office) -> list[str]:
    """The complaints that were read."""
    with office.staging() as con:
        return [row[0] for row in con.execute("SELECT complaint_id FROM raw.complaints ORDER BY 1").fetchall()]


# --- encodings


def encoded(*parts: tuple[str, str]) -> bytes:
    return b"".join(text.encode(encoding) for text, encoding in parts)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("parts", [("gbk", "utf-8"), ("utf-8", "gbk"), ("utf-8-sig", "gb18030")])
def test_lines_of_two_encodings_are_each_read_in_their_own(
    office: Office, monkeypatch: pytest.MonkeyPatch, parts: tuple[str, str], large: bool
) -> None:
    if large:
        monkeypatch.setattr(sheets, "SMALL", 0)
    put(office, "投诉_2026-10.csv", encoded((GOOD, parts[0]), (ADDED, parts[1])))
    result = office.run("ingest")
    assert result.code == 0 and "投诉_2026-10.csv" in result.err and "编码" in result.err
    with office.staging() as con:
        said = "SELECT reply_kind, count(*) FROM raw.complaints GROUP BY 1 ORDER BY 2"
        assert con.execute(said).fetchall() == [("自动回执", 3), ("电话", 4)]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (encoded((HEAD + "\nC1,张三,2026-10-01 10:00,", "gbk"), ("自动回执,,\n", "utf-8")), 2),  # both in one line
        (encoded((GOOD, "utf-8"), ("C9,K9,,,,", "utf-8")) + "是".encode()[:2] + b"\n", 6),  # half a character
        (encoded((GOOD, "utf-16"), (ADDED, "utf-8")), 6),
        (encoded((GOOD * 9, "utf-8"), (ADDED, "utf-16-le")), 46),
        (encoded((GOOD, "utf-16"))[:-1], 5),
        (encoded((HEAD + "\n", "utf-8"), ("C1,café\n", "latin-1")), 2),
    ],
)
def test_a_line_in_no_certain_encoding_is_named(office: Office, content: bytes, line: int) -> None:
    put(office, "坏.csv", content)
    put(office, "投诉_2026-10.csv", GOOD)
    result = office.run("ingest")
    assert result.code == 1 and f"坏.csv：第 {line} 行" in result.err and len(ids(office)) == 4


def test_a_file_in_one_encoding_is_never_taken_for_two() -> None:
    """Each character in a line of its own, with a letter and with another character behind it: whole files stay whole."""
    words = sorted(c for c in common() if c >= "一") + list("瑶婷昊喆玥邬濮镕堃·×é")
    lines = [f"{a}{b},{c}x" for a, b, c in zip(words, words[1::2] * 3, words[2::3] * 4, strict=False)]
    for encoding in ("utf-8", "gb18030", "utf-16", "utf-16-le", "utf-32"):
        text = "\n".join(["编号,姓名", *lines])
        assert decoded(text.encode(encoding)) == (encoding, text)
        for at in range(0, len(lines), 50):
            part = "编号,姓名\n" + "\n".join(lines[at : at + 3])
            assert decoded(part.encode(encoding))[1] == part


def test_a_file_of_two_encodings_is_read_right_or_not_at_all() -> None:
    words = sorted(c for c in common() if c >= "一")
    read = 0
    for at in range(0, len(words) - 12, 12):
        lines = ["编号,姓名\n", f"1,{''.join(words[at : at + 3])}\n", f"2,{''.join(words[at + 3 : at + 9])},完成\n"]
        for first, second in (("gbk", "utf-8"), ("utf-8", "gbk")):
            content = encoded(("".join(lines[:2]), first), (lines[2], second))
            try:
                encoding, text = decoded(content)
            except Unreadable:
                continue
            assert (encoding, text) == (MIXED, "".join(lines))
            read += 1
    assert read > 500  # of 626: most are certain


# --- names and links


def test_names_in_other_bytes_are_read_and_shown_as_text(office: Office) -> None:
    put(office, "投诉_2026-09.csv", f"{HEAD}\nC0,K1,2026-09-03 10:00,007,,\n")
    put(office, "县\t城/投诉_2026-10.csv".encode("gbk"), GOOD)
    put(office, b"\xff\xfe.csv", "x")
    result = office.run("ingest")
    assert result.code == 1 and r"\xff\xfe.csv" in result.err
    assert "\\udc" not in ascii(result.err) and ids(office) == ["C0", "C1", "C2", "C3", "C4"]
    with office.staging() as con:
        assert con.execute("SELECT file, file_month FROM source_file WHERE file LIKE '%10%'").fetchall() == [
            (r"县\t城/投诉_2026-10.csv", "2026-10")
        ]


def test_two_names_that_are_shown_alike_stay_apart(office: Office) -> None:
    put(office, "投诉.csv", f"{HEAD}\nC0,K1,2026-09-03 10:00,007,,\n")
    put(office, "投诉.csv".encode("gbk"), GOOD)
    assert office.run("ingest").code == 0
    with office.staging() as con:
        assert con.execute("SELECT count(DISTINCT file) FROM source_file").fetchone() == (2,)


def test_a_month_folder_that_is_a_link_is_read_once(office: Office) -> None:
    put(office, "2026-09/投诉.csv", f"{HEAD}\nC0,K1,2026-09-03 10:00,007,,\n")
    put(office, "../share/投诉.csv", GOOD)
    raw = office.folder / "raw"
    (raw / "2026-10").symlink_to("../share")
    (raw / "最新").symlink_to("2026-10")
    (office.folder / "share" / "回").symlink_to(raw)
    (raw / "上级").symlink_to("..")
    result = office.run("ingest")
    assert result.code == 0 and ids(office) == ["C0", "C1", "C2", "C3", "C4"]
    for name in ("最新", "2026-10/回", "上级"):
        assert len([line for line in result.err.splitlines() if f"{name}：" in line]) == 1, name
    with office.staging() as con:
        assert con.execute("SELECT file, file_month FROM source_file ORDER BY 1").fetchall() == [
            ("2026-09/投诉.csv", "2026-09"),
            ("2026-10/投诉.csv", "2026-10"),
        ]


def test_what_is_no_file_is_refused_in_a_line(office: Office) -> None:
    put(office, "投诉_2026-10.csv", GOOD)
    raw = office.folder / "raw"
    os.mkfifo(raw / "管道.csv")
    (raw / "设备.csv").symlink_to("/dev/zero")
    (raw / "断.csv").symlink_to("没有")
    (raw / "自己").symlink_to("自己")
    (raw / "拜访.csv.lnk").write_bytes(b"L\0\0\0\x01\x14\x02\0")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.relpath(raw / "s.csv"))
        result = office.run("ingest")
    assert result.code == 1 and len(ids(office)) == 4
    for name in ("管道.csv", "设备.csv", "断.csv", "自己", "拜访.csv.lnk", "s.csv"):
        assert len([line for line in result.err.splitlines() if f"{name}：" in line]) == 1, name


def test_chinese_names_in_a_bare_locale(office: Office) -> None:
    """Also where Python itself would read names as ASCII."""
    put(office, "县城/投诉_2026-10.csv", GOOD)
    exe = Path(sys.executable).parent / "ruralkpi"
    for more in ({}, {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}):
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C", **more}
        done = subprocess.run([exe, "ingest"], cwd=office.folder, env=env, capture_output=True, check=False)
        assert done.returncode == 0 and "Traceback" not in done.stderr.decode(), done.stderr.decode()
        assert len(ids(office)) == 4


# --- delimiters and line ends


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("mark", ["^", "~", "\x01", "，", "、", "§"])
def test_a_delimiter_that_no_one_declared_is_found_by_the_headers(
    office: Office, monkeypatch: pytest.MonkeyPatch, mark: str, large: bool
) -> None:
    if large:
        monkeypatch.setattr(sheets, "SMALL", 0)
    put(office, "投诉_2026-10.csv", GOOD.replace(",", mark))
    assert office.run("ingest").code == 0 and len(ids(office)) == 4


@pytest.mark.parametrize("mark", [" ", "/", "^"])
@pytest.mark.parametrize("way", ["sep", "mapping"])
def test_any_single_delimiter_is_read_when_declared(office: Office, mark: str, way: str) -> None:
    text = "编号甲,客户,受理时间,受理人\nC1,K1,20261003,007\n".replace(",", mark)
    head = f"sep={mark}\r" if way == "sep" else ""
    mapping = 'export = "complaints"\nfiles = ["台账"]\n[columns]\ncomplaint_id = ["编号甲"]\ncustomer_id = ["客户"]\n'
    declared = f'delimiter = "{mark}"\n' if way == "mapping" else ""
    (office.folder / "mappings" / "m.toml").write_text(declared + mapping, encoding="utf-8")
    put(office, "台账_2026-10.txt", head + text)
    assert office.run("ingest").code == 0 and ids(office) == ["C1"]


@pytest.mark.parametrize(
    "text",
    [
        "投诉号甲^客户^时间\nC1^K1^2026-10-03\n",  # headers that no export knows
        GOOD.replace(",", "，").replace("电话", "电话，短信"),  # the mark stands in the text too
        GOOD.replace(",", "   "),  # columns made of blanks
        GOOD.replace(",", "\\t"),  # a backslash and a t
    ],
)
def test_an_unknown_delimiter_is_told_with_what_to_write(office: Office, text: str) -> None:
    put(office, "别.csv", text)
    put(office, "投诉_2026-10.csv", GOOD)
    result = office.run("ingest")
    line = next(line for line in result.err.splitlines() if "别.csv" in line)
    assert result.code == 1 and "分隔" in line and "sep=" in line and "delimiter" in line


@pytest.mark.parametrize("ends", [("\r", "\r"), ("\r\n", "\n"), ("\r", "\n"), ("\n", "\r\n")])
def test_a_large_file_with_any_line_ends(office: Office, monkeypatch: pytest.MonkeyPatch, ends: tuple[str, str]) -> None:
    monkeypatch.setattr(sheets, "SMALL", 0)
    half = [HEAD, *ROWS[:2], "", '"C8","K8",2026-10-08,007,,"一行\n两行"']
    put(office, "投诉_2026-10.csv", ends[0].join(half) + ends[0] + ends[1].join(ROWS[2:]))
    assert office.run("ingest").code == 0 and ids(office) == ["C1", "C2", "C3", "C4", "C8"]
    with office.staging() as con:
        assert con.execute("SELECT read_n, blank_n FROM source_file").fetchall() == [(6, 1)]


def test_a_large_file_of_many_columns_takes_its_time_for_each(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """300 columns took 53 seconds when the time grew with their square, 600 are read within a test's patience."""
    monkeypatch.setattr(sheets, "SMALL", 0)
    more = ",".join(f"c{n}" for n in range(600))
    put(office, "投诉_2026-10.csv", "\n".join([f"{HEAD},{more}", *(f"{row},{'x,' * 599}x" for row in ROWS)]))
    put(office, "宽.csv", ",".join(f"c{n}" for n in range(5000)) + "\n")
    result = office.run("ingest")
    assert len(ids(office)) == 4 and "宽.csv：有一行有 5000 列" in result.err
    with office.staging() as con:
        assert con.execute("SELECT DISTINCT extra_n, complaint_id LIKE 'C_' FROM raw.complaints").fetchall() == [(0, True)]
        assert con.execute("SELECT width_n FROM source_file").fetchall() == [(606,)]


def test_a_large_file_and_a_small_one_are_read_alike(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*ROWS, ",,,,,", " ,　,,,,", '="C5",K5,2026-10-05,="007",,,,多', "注：无"]
    text = "\r\n".join([HEAD, *rows]) + "\r\n"
    read = []
    for limit in (1 << 24, 0):
        monkeypatch.setattr(sheets, "SMALL", limit)
        put(office, "投诉_2026-10.csv", text)
        assert office.run("ingest").code == 0
        with office.staging() as con:
            kept = con.execute("SELECT * FROM raw.complaints ORDER BY row").fetchall()
            read.append((kept, con.execute("SELECT read_n, blank_n, note_n FROM source_file").fetchall()))
    assert read[0] == read[1] and read[0][0][-1][1:5] == (8, 1, None, "C5")


@pytest.mark.parametrize("charset", ["utf-8", "gb2312"])
def test_a_web_archive_named_xls(office: Office, charset: str) -> None:
    lines = "".join(f"<tr><td>{'</td><td>'.join(line.split(','))}</td></tr>" for line in GOOD.splitlines())
    archive = MIMEMultipart("related")
    archive["Snapshot-Content-Location"] = "http://10.0.0.1/x"
    for name, page in (
        ("book.htm", "<html><frameset></frameset></html>"),
        ("sheet001.htm", f"<html><table>{lines}</table></html>"),
    ):
        part = MIMEText(page, "html", charset)
        part["Content-Location"] = f"file:///C:/{name}"
        archive.attach(part)
    put(office, "投诉_2026-10.xls", archive.as_bytes())
    put(office, "空.mht", b"MIME-Version: 1.0\nContent-Type: text/html\n\n<p>x</p>")
    result = office.run("ingest")
    assert result.code == 1 and len(ids(office)) == 4 and "空.mht：这是网页" in result.err


# --- settings and mappings as an editor saved them

MAPPING = 'export = "complaints"\nfiles = ["台账"]\n[columns]\ncomplaint_id = ["台账号"]\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gbk"])
def test_settings_mappings_and_calendar_in_any_editors_encoding(office: Office, encoding: str) -> None:
    settings = 'calendar = "日历.toml"\n# 本单位的设置\n' + (office.folder / "ruralkpi.toml").read_text(encoding="utf-8")
    (office.folder / "ruralkpi.toml").write_bytes(settings.encode(encoding))
    (office.folder / "mappings" / "投诉.TOML").write_bytes(MAPPING.encode(encoding))
    (office.folder / "日历.toml").write_bytes('# 放假\n[2027]\noff = ["2027-01-01"]\n'.encode(encoding))
    put(office, "台账_2026-10.csv", GOOD.replace("投诉编号", "台账号"))
    office.make()
    assert ids(office) == ["C1", "C2", "C3", "C4"]


@pytest.mark.parametrize(
    ("file", "text", "word"),
    [
        ("ruralkpi.toml", "# 设置\n".encode("gbk") + b"# \xff\n", "第 2 行"),
        ("ruralkpi.toml", "raw = “raw”\n".encode(), "全角"),
        ("ruralkpi.toml", b'raw = "C:\\data\\raw"\n', "单引号"),
        ("ruralkpi.toml.txt", b'raw = "raw"\n', "改名"),
        ("RuralKPI.toml", b'raw = "raw"\n', "改名"),
        ("ruralkpi.toml", b"raw = 5\n", "raw"),
        ("ruralkpi.toml", b'raw = ""\n', "raw"),
        ("ruralkpi.toml", b"rules = 5\n", "rules"),
        ("ruralkpi.toml", b"[rules]\nkey_call_weekly = 5\n", "key_call_weekly"),
        ("ruralkpi.toml", b"composite = true\n", "composite"),
        ("ruralkpi.toml", b'targets = "high"\n', "targets"),
        ("ruralkpi.toml", b"as_of = 5\n", "as_of"),
        ("ruralkpi.toml", b'[quality]\nmax_share = "10 %"\n', "max_share"),
        ("ruralkpi.toml", b"[quality]\nmax_shar = 0.2\n", "max_share"),
        ("ruralkpi.toml", b"[quality]\nlimits = 0.2\n", "limits"),
        ("ruralkpi.toml", b"month_by = []\n", "month_by"),
    ],
)
def test_settings_that_can_not_be_used_are_one_line(office: Office, file: str, text: bytes, word: str) -> None:
    put(office, "投诉_2026-10.csv", GOOD)
    (office.folder / "ruralkpi.toml").unlink()
    (office.folder / file).write_bytes(text)
    result = office.run("ingest")
    assert result.code == 2 and result.err.count("\n") == 1 and file in result.err and word in result.err
    assert "codec" not in result.err


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("export = 5", "5"),
        ('export = "complaints"\nfiles = [""]', "files"),
        ('export = "complaints"\nfiles = [["x"]]', "files"),
        ('export = "complaints"\nskip_after_header = "two"', "skip_after_header"),
        ('export = "complaints"\nskip_after_header = -1', "skip_after_header"),
        ('export = "complaints"\ndelimiter = "^^"', "delimiter"),
        ('export = "complaints"\ndelimiter = "\\n"', "delimiter"),
        ('export = "complaints"\ncolumns = ["x"]', "columns"),
        ('export = "complaints"\n[columns]\nkind = { values = ["x"] }', "columns.kind.values"),
        ('export = "complaints"\n[columns]\nkind = { headers = { a = 1 } }', "columns.kind.headers"),
        ('export = "complaints"\n[columns]\nkind = { constant = ["x"] }', "columns.kind.constant"),
        ('export = "complaints"\n[columns]\nkind = [" "]', "columns.kind"),
        ('export = "complaints"\n[columns]\nkind = 2026-10-01', "columns.kind"),
    ],
)
def test_a_mapping_of_the_wrong_form_is_one_line(office: Office, text: str, word: str) -> None:
    put(office, "投诉_2026-10.csv", GOOD)
    (office.folder / "mappings" / "m.toml").write_text(text, encoding="utf-8")
    result = office.run("ingest")
    assert result.code == 2 and result.err.count("\n") == 1 and "m.toml" in result.err and word in result.err


def test_files_that_an_editor_named_anew_are_told(office: Office) -> None:
    put(office, "投诉_2026-10.csv", GOOD)
    (office.folder / "mappings" / "投诉.toml.txt").write_text(MAPPING, encoding="utf-8")
    (office.folder / "ruralkpi.toml.txt").write_text("", encoding="utf-8")
    result = office.run("ingest")
    assert result.code == 0 and len(ids(office)) == 4
    assert "投诉.toml.txt" in result.err and "ruralkpi.toml.txt" in result.err and result.err.count("改名") == 2
