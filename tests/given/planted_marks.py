"""An office whose exports hold marked names and numbers wherever a person may put one, and the search for them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import xlsxwriter
from conftest import Office
from pypdf import PdfReader

MONTH, AS_OF = "2026-10", "2026-10-31"
# who is named in the lists: none of these may be found anywhere
AGENT, COLLEAGUE, MANAGER, APPROVER, INSPECTOR = "汪植楠", "欧阳铄屿", "裘戈社", "阙梧桁", "皇甫澹澈"
CUSTOMERS = ("娄杪园", "卓玛嘎措", "买买提江·吐逊阿洪", "晏会", "Zebulon Quarrick", "邬芃站")
CONSTANT = "郗岚会"  # a manager that only a mapping names
NAMES = (AGENT, COLLEAGUE, MANAGER, APPROVER, INSPECTOR, *CUSTOMERS, CONSTANT)
PHONES = (
    "13857294613",
    "138 5729 4614",
    "+86-139-5729-4615",
    "１３８５７２９４６１６",
    "(0839)5729461",
    "17057294618",
    "510802198003074619",
)
FIRMS = ("竹园镇卫生院", "陈红农资店", "宏达", "中国移动")  # these must be readable
MARKS = (*NAMES, *PHONES, *(re.sub(r"\D", "", phone) for phone in PHONES))


def office(folder: Path) -> Office:
    """The marked exports, mapping and settings; nothing is run yet."""
    made = Office(folder)
    raw = f"导出_{MANAGER}"
    (folder / "ruralkpi.toml").write_text(
        f'raw = "{raw}"\ndb = "marts/book.duckdb"\nout = "reports"\nmappings = "mappings"\n[rules.fault_repaired_in_limit]\n'
        f'limit = [{{ when = "true", since = "2000-09-25", limit = "48 hours", zh = "{APPROVER}{PHONES[0]}定", en = "set by {CUSTOMERS[4]}" }}]\n',
        encoding="utf-8",
    )
    (folder / "raw").rename(folder / raw)
    (folder / "mappings" / f"{CONSTANT}的映射.toml").write_text(
        f'export = "agents"\nfiles = ["外县人员"]\n[columns]\nmanager_name = {{ constant = "{CONSTANT}" }}\n'
        f'town_name = ["场镇（{APPROVER}填）"]\n',
        encoding="utf-8",
    )
    for name, text in _exports().items():
        path = folder / raw / name
        path.write_text("\n".join(line.strip() for line in text.strip().splitlines()) + "\n", encoding="utf-8")
    _workbook(folder / raw / "拜访_2026-10.xlsx")
    (folder / raw / f"不是导出_{AGENT}_{PHONES[0]}.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    return made


def _exports() -> dict[str, str]:
    one, two, dotted, short, latin, named = CUSTOMERS
    return {
        "代理人员_2026-10.csv": f"""工号,片区,姓名,片区经理,区县,入职日期
            007,南片区,{AGENT},{MANAGER},青川县,2020-01-01
            008,南片区,"{COLLEAGUE}（代维）、{named}",{MANAGER},青川县,2020-01-01
            {PHONES[0]},南片区,{one},{MANAGER},青川县,2020-01-01
            009,南片区,{short},{MANAGER},青川县,问{AGENT} {PHONES[1]}
            注：{AGENT}制表，电话{PHONES[1]}""",
        "外县人员_2026-10.csv": "工号,片区,姓名\n101,北片区,尹某",
        "客户_2026-10.csv": f"""客户编号,名称,客户类型,客户级别,工号,生日,{INSPECTOR}{PHONES[5]}
            K1,{one}（户主）,个人,重要,007,03-01,x
            K2,{two},家庭,重要,007,03-01,x
            K3,{dotted},个人,重要,007,03-01,x
            K4,{short}{PHONES[0]},个人,重要,007,03-01,x
            K5,{latin},个人,重要,007,03-01,x
            K6,"{one}、{named}的妈妈",个人,重要,007,03-01,x
            K7,{FIRMS[0]},个人,重要,007,03-01,x
            K8,{FIRMS[1]},政企,,007,03-01,x
            K9,{FIRMS[2]},政企,,008,03-01,x
            K10,{FIRMS[3]},个人,重要,008,03-01,x
            {PHONES[0]},,个人,重要,008,03-01,x""",
        f"投诉_{AGENT}_{PHONES[0]}_2026-10.csv": f"""投诉编号,客户编号,受理时间,受理人,首次回复时间,撤诉
            C1,K1,2026-10-05 10:00:00,007,2026-10-09 10:00:00,
            C2,{PHONES[0]},2026-10-05 10:00:00,007,,
            C3,K2,2026-10-05 10:00:00,{AGENT},2026-10-06 10:00:00,
            C4,K2,2026-10-05 10:00:00,0008 {COLLEAGUE},2026-10-06 10:00:00,
            C5,K2,2026-10-05 10:00:00,{PHONES[0]},2026-10-06 10:00:00,
            C6,K3,下周三找{two}拿{PHONES[3]},007,2026-10-06 10:00:00,
            C7,K3,2026-10-05 10:00:00,007,2026-10-01 10:00:00,问{dotted}""",
        "检查_2026-10.csv": f"""工号,日期,项目,条款,是否合格,检查人
            007,2026-10-08,{short}家的线路,1.1,不合格,{INSPECTOR}
            008,2026-10-08,佩证,1.1,{named}说合格,{INSPECTOR}""",
        "例外_2026-10.csv": f"""规则,记录编号,原因代码,批准人,说明
            complaint_first_reply,C1,{APPROVER}同意{PHONES[4]},{APPROVER},{one}家停电，{PHONES[2]}""",
        "故障_2026-10.csv": f"""故障单号,客户编号,申告时间,产品,工号,修复时间,故障现象
            F1,K1,2026-10-02 08:00:00,宽带,007,2026-10-09 08:00:00,{one}家{PHONES[6]}
            F2,K2,2026-10-02 08:00:00,宽带,007,{latin} said {PHONES[5]},坏""",
    }


def _workbook(path: Path) -> None:
    head = ["客户编号", "工号", "拜访时间", "方式", "结果", "遗留问题", "备注", "回复时间"]
    pages = {
        f"{CUSTOMERS[0]}{PHONES[0]}": [
            ["K1", "007", "2026-10-12 10:00:00", "上门", "完成", f"{CUSTOMERS[1]}问资费", f"电话{PHONES[1]}", ""],
            ["K2", "007", "2026-10-12 11:00:00", "上门", "完成", f"找{CUSTOMERS[4]}", f"{PHONES[6]}", f"{AGENT}不记得"],
        ],
        f"说明_{INSPECTOR}": [["本表由", INSPECTOR, PHONES[5]]],
    }
    with xlsxwriter.Workbook(path) as book:
        for title, rows in pages.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate([head, *rows] if "说明" not in title else rows):
                for place, cell in enumerate(row):
                    sheet.write_string(number, place, cell)


def everything(folder: Path) -> Iterator[tuple[str, str]]:
    """(where, text) of every file below a folder, its name, and what is packed in it."""
    for path in sorted(folder.rglob("*")):
        where = str(path.relative_to(folder))
        yield f"name of {where}", where
        if path.is_file():
            yield from _inside(where, path.read_bytes())


def _inside(where: str, content: bytes) -> Iterator[tuple[str, str]]:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield f"name in {where}", name
                yield from _inside(f"{where}!{name}", packed.read(name))
    elif content.startswith(b"%PDF"):
        read = PdfReader(io.BytesIO(content))
        yield where, "\n".join(page.extract_text() for page in read.pages) + str(read.metadata)
    else:
        text = content.decode("utf-8", "replace")
        yield where, unescape(text)


def found(where: str, text: str) -> list[tuple[str, str]]:
    """(where, mark) of each mark in a text, however its lines are broken."""
    bare = re.sub(r"\s", "", text)
    return [(where, mark) for mark in MARKS if mark in text or re.sub(r"\s", "", mark) in bare]
