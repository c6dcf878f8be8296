"""A small published database for the cards' tests, made by plain inserts: two areas, a few agents, made-up figures."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

MONTH, AS_OF = "2026-10", "2026-11-01 00:00:00"
SCRIPT = "<script>alert(1)</script>=cmd|' /C calc'!A0公司"
MONTHS = [f"2025-{m:02d}" for m in (11, 12)] + [f"2026-{m:02d}" for m in range(1, 11)]

_TABLES = """
CREATE TABLE meta (key TEXT, value TEXT);
CREATE TABLE agent (agent_id TEXT, agent_name TEXT, area_id TEXT, county_id TEXT, town_name TEXT,
    manager_name TEXT, is_repairer BOOLEAN, hired_on DATE, left_on DATE);
CREATE TABLE area (area_id TEXT, county_id TEXT, manager_name TEXT);
CREATE TABLE customer (customer_id TEXT, customer_name TEXT, is_key BOOLEAN, is_important BOOLEAN,
    is_government BOOLEAN, is_active BOOLEAN, village_name TEXT, agent_id TEXT);
CREATE TABLE rule (rule_no INT, rule_id TEXT, clause TEXT, dimension TEXT, use TEXT, owner_role TEXT,
    version TEXT, label_zh TEXT, label_en TEXT, how_zh TEXT, how_en TEXT,
    words_zh TEXT, words_en TEXT, settings TEXT, target DOUBLE, mend TEXT, mend_no INTEGER);
CREATE TABLE contact (kind TEXT, customer_id TEXT, agent_id TEXT, contacted_at TIMESTAMP, counts BOOLEAN);
CREATE TABLE assignment_span (customer_id TEXT, agent_id TEXT, area_id TEXT, from_on DATE, to_on DATE);
CREATE TABLE period (source_table TEXT, first_on DATE);
CREATE TABLE measure (measure_id TEXT, part TEXT, agent_id TEXT, area_id TEXT, month TEXT, n DOUBLE, of_n DOUBLE,
    value DOUBLE, is_provisional BOOLEAN);
CREATE TABLE obligation (rule_id TEXT, owner_role TEXT, agent_id TEXT, area_id TEXT, customer_id TEXT,
    source_table TEXT, source_id TEXT, start_at TIMESTAMP, due_at TIMESTAMP, due_on DATE, month TEXT,
    done_at TIMESTAMP, outcome TEXT, reason TEXT, flags TEXT, file TEXT, row BIGINT,
    done_precision TEXT, start_precision TEXT, mend_until_at TIMESTAMP, since_at TIMESTAMP);
CREATE TABLE kpi_agent_month (rule_id TEXT, agent_id TEXT, month TEXT, met_n BIGINT, owed_n BIGINT,
    pending_n BIGINT, unknown_n BIGINT, exempt_n BIGINT, rate DOUBLE, low DOUBLE, high DOUBLE,
    late_n BIGINT, open_n BIGINT, partial_n BIGINT);
CREATE TABLE kpi_area_month (rule_id TEXT, area_id TEXT, county_id TEXT, month TEXT, met_n BIGINT,
    owed_n BIGINT, pending_n BIGINT, unknown_n BIGINT, exempt_n BIGINT, rate DOUBLE, low DOUBLE, high DOUBLE,
    late_n BIGINT, open_n BIGINT, partial_n BIGINT);
CREATE TABLE signal (signal TEXT, month TEXT, agent_id TEXT, area_id TEXT, flagged_n BIGINT, base_n BIGINT,
    share DOUBLE, area_share DOUBLE);
CREATE TABLE quarantine (source_table TEXT, file TEXT, row BIGINT, code TEXT, message TEXT, severity TEXT,
    record TEXT);
"""

RULES = [
    (
        "key_visit_half_monthly",
        "2.1.1(4)",
        "visit",
        "S",
        "重点客户每半月上门",
        "每半月至少一次完成的上门拜访；客户整段在档、在归属才计 ※。",
    ),
    ("visit_arrived_early", "2.1.1(3)", "visit", "I", "比约定早到 5 分钟", "到达时间不晚于约定时间前 5 分钟。"),
    (
        "visit_question_replied",
        "2.1.1(6)",
        "visit",
        "S",
        "拜访问题两个工作日回复",
        "拜访当日为第 0 日，第 2 个工作日 24:00 前回复。",
    ),
    ("key_call_weekly", "2.1.2(3)", "call", "S", "重点客户每周电访", "每周一次接通的呼出电话；整周无工作日的周免办 ※。"),
    ("agreement_renewed_in_time", "2.3 ¶2", "agreement", "S", "协议到期前续签", "续签日不晚于到期日。"),
    ("complaint_first_reply", "2.4.2", "complaint", "S", "48 小时首次回复", "受理后 48 小时内首次回复，自动回执不算。"),
    ("fault_repaired_in_limit", "2.5 ¶2", "fault", "S", "故障限时修复", "农村 72 小时、城镇 48 小时 ※。"),
    ("fault_lodged_with_10000", "2.5 ¶2", "fault", "S", "5 分钟内代报 10000", "客户同意后 5 分钟内代报。"),
]


_MENDS = {
    "visit_question_replied": ("reply", 1),
    "complaint_first_reply": ("reply", 1),
    "fault_repaired_in_limit": ("repair", 1),
    "agreement_renewed_in_time": ("renewal", 2),
}
_WORDS = {
    True: '{"thing": "{customer}", "duty": "应联系一次", "done": "联系"}',
    False: '{"thing": "{customer}的{source_id}", "start": "受理", "duty": "应办结", "done": "办结"}',
}


def build(path: Path, agents: list[tuple[str, str]] | None = None, key_n: int = 8) -> Path:
    """A database of the given (agent id, area id), default: 007, A0008 and A0009 in two areas."""
    con = duckdb.connect(str(path))
    con.execute(_TABLES)
    for key, value in (
        ("as_of", AS_OF),
        ("month_first", MONTHS[0]),
        ("month_last", MONTH),
        ("rules_version", "2026.1"),
        ("snapshot_customers", "0"),
    ):
        con.execute("INSERT INTO meta VALUES (?, ?)", [key, value])
    con.executemany(
        "INSERT INTO rule VALUES (?, ?, ?, ?, ?, 'agent', '1', ?, ?, ?, ?, ?, ?, '[]', NULL, ?, ?)",
        [
            [
                i,
                rule_id,
                clause,
                dimension,
                use,
                label,
                rule_id,
                how,
                rule_id,
                _WORDS["key_" in rule_id],
                "{}",
                *_MENDS.get(rule_id, (None, None)),
            ]
            for i, (rule_id, clause, dimension, use, label, how) in enumerate(RULES, 1)
        ],
    )
    known = agents or [("007", "竹园镇代理区"), ("A0008", "竹园镇代理区"), ("A0009", "木鱼镇代理区")]
    for n, (agent_id, area_id) in enumerate(known):
        _agent(con, n, agent_id, area_id, key_n)
    con.execute(_SUMS)
    con.close()
    return path


def _agent(con: duckdb.DuckDBPyConnection, n: int, agent_id: str, area_id: str, key_n: int) -> None:
    con.execute(
        "INSERT INTO agent VALUES (?, ?, ?, '青川县', '竹园镇', '李大山', TRUE, DATE '2020-01-01', NULL)",
        [agent_id, f"张三{n}"[:3], area_id],
    )
    names = [SCRIPT, "青木川村委会", "马鹿中心小学", "陈大 农资店", "沙州镇卫生院", "乔庄水电站", "曲河乡财政所", "竹园镇政府"]
    customers = [(f"C{agent_id}-{i:02d}", names[i % 8] if i else names[n % 8]) for i in range(key_n)]
    con.executemany(
        "INSERT INTO customer VALUES (?, ?, TRUE, TRUE, FALSE, TRUE, '石坎村', ?)",
        [[*customer, agent_id] for customer in customers],
    )
    rows = [row for i, (customer, _) in enumerate(customers) for row in _slots(agent_id, area_id, customer, n + i)]
    rows += _tickets(agent_id, area_id, [customer for customer, _ in customers], n)
    con.executemany(f"INSERT INTO obligation VALUES ({', '.join('?' * 21)})", rows)


def _row(
    rule: str,
    who: tuple[str, str, str],
    source: tuple[str, str],
    start: datetime,
    due: datetime,
    due_on: date,
    done: datetime | None,
    outcome: str,
    reason: str | None = None,
    flags: str = "",
) -> list[Any]:
    agent_id, area_id, customer = who
    return [
        rule,
        "agent",
        agent_id,
        area_id,
        customer,
        *source,
        start,
        due,
        due_on,
        f"{due_on:%Y-%m}",
        done,
        outcome,
        reason,
        flags,
        "拜访_青川.xlsx",
        1000 + start.day,
        "minute",
        "minute",
        due if source[0] == "key_slot" else None,
        start,
    ]


def _slots(agent_id: str, area_id: str, customer: str, seed: int) -> list[list[Any]]:
    rows, who, as_of = [], (agent_id, area_id, customer), datetime.fromisoformat(AS_OF)
    spans = [("key_visit_half_monthly", date.fromisoformat(f"{m}-{a:02d}"), b) for m in MONTHS for a, b in ((1, 15), (16, 0))]
    spans += [("key_call_weekly", date(2025, 11, 3) + timedelta(7 * k), 7) for k in range(52)]
    for k, (rule, first, last) in enumerate(spans + [("key_visit_half_monthly", date(2026, 11, 1), 15)]):
        end = (
            first + timedelta(6)
            if rule == "key_call_weekly"
            else (first.replace(day=15) if last == 15 else (first.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1))
        )
        due = datetime.combine(end + timedelta(1), datetime.min.time())
        start = datetime.combine(first, datetime.min.time())
        miss = (k * 7 + seed * 3) % 11 == 0
        outcome = "pending" if due > as_of else "missed_open" if miss else "met"
        reason = None
        if rule == "key_call_weekly" and first == date(2026, 9, 28):
            outcome, reason = "exempt", "no_workday"
        if seed == 1 and k == 20:
            outcome, reason = "void", "partial_slot"
        done = start + timedelta(days=3, hours=9) if outcome == "met" else None
        rows.append(_row(rule, who, ("key_slot", f"{customer}/{first}"), start, due, end, done, outcome, reason))
    return rows


def _tickets(agent_id: str, area_id: str, customers: list[str], n: int) -> list[list[Any]]:
    rows = []
    kinds = [
        ("complaint_first_reply", "complaint", "TS", 48.0, 3),
        ("fault_lodged_with_10000", "fault", "GZ", 1 / 12, 6),
        ("fault_repaired_in_limit", "fault", "GX", 72.0, 5),
        ("visit_question_replied", "visit", "BF", 50.0, 2),
    ]
    for month in MONTHS[:-1] if n == 2 else MONTHS:
        for rule, table, prefix, hours, count in kinds:
            for i in range(count * (4 if rule == "fault_lodged_with_10000" else 1)):
                source = f"{prefix}{month[2:4]}{month[5:]}-{i:03d}"
                start = datetime.fromisoformat(f"{month}-{3 + i % 22:02d} 10:12:00")
                due = start + timedelta(hours=hours)
                late = (i * 5 + n + int(month[-2:])) % 6 == 0
                outcome = "unknown" if i == 4 else "missed_late" if late else "met"
                done = None if i == 4 else due + timedelta(hours=29.33 if late else -hours / 2)
                rows.append(
                    _row(
                        rule,
                        (agent_id, area_id, customers[i % len(customers)]),
                        (table, source),
                        start,
                        due,
                        due.date(),
                        done,
                        outcome,
                        "no_stamp" if i == 4 else None,
                    )
                )
    start = datetime(2026, 10, 31, 15, 30)
    rows.append(
        _row(
            "complaint_first_reply",
            (agent_id, area_id, customers[0]),
            ("complaint", "TS2610-901"),
            start,
            start + timedelta(hours=48),
            date(2026, 11, 2),
            None,
            "pending",
        )
    )
    return rows


_SUMS = """
INSERT INTO kpi_agent_month
SELECT rule_id, agent_id, month, met, owed, pending, unknown, exempt, met / nullif(owed, 0),
    (p + z / (2 * owed) - sqrt(z * p * (1 - p) / owed + z * z / (4 * owed * owed))) / (1 + z / owed),
    (p + z / (2 * owed) + sqrt(z * p * (1 - p) / owed + z * z / (4 * owed * owed))) / (1 + z / owed),
    late, open, partial
FROM (
    SELECT rule_id, agent_id, month, count(*) FILTER (WHERE outcome = 'met') AS met,
        count(*) FILTER (WHERE outcome IN ('met', 'missed_late', 'missed_open')) AS owed, met / nullif(owed, 0) AS p,
        3.8415 AS z, count(*) FILTER (WHERE outcome = 'pending') AS pending,
        count(*) FILTER (WHERE outcome = 'unknown') AS unknown, count(*) FILTER (WHERE outcome = 'exempt') AS exempt,
        count(*) FILTER (WHERE outcome = 'missed_late') AS late, count(*) FILTER (WHERE outcome = 'missed_open') AS open,
        count(*) FILTER (WHERE reason = 'partial_slot') AS partial
    FROM obligation WHERE month <= '2026-10' GROUP BY ALL
);
INSERT INTO kpi_area_month
SELECT rule_id, area_id, any_value(county_id), month, sum(met_n), sum(owed_n), sum(pending_n), sum(unknown_n), sum(exempt_n),
    sum(met_n) / nullif(sum(owed_n), 0), NULL, NULL, sum(late_n), sum(open_n), sum(partial_n)
FROM kpi_agent_month INNER JOIN agent USING (agent_id) GROUP BY ALL;
INSERT INTO contact
SELECT CASE WHEN rule_id = 'key_call_weekly' THEN 'call' ELSE 'onsite' END, customer_id, agent_id,
    coalesce(done_at, start_at + INTERVAL 1 DAY), done_at IS NOT NULL
FROM obligation WHERE source_table = 'key_slot' AND outcome IN ('met', 'missed_open');
INSERT INTO assignment_span
SELECT customer_id, customer.agent_id, area_id, DATE '2020-01-01', DATE '2199-12-31' FROM customer INNER JOIN agent USING (agent_id);
INSERT INTO period VALUES ('visits', DATE '2025-11-01');
INSERT INTO measure VALUES ('coverage', 'contacted', NULL, '竹园镇代理区', '2026-10', 7, 8, 0.875, FALSE);
INSERT INTO signal SELECT 'keyed_late', '2026-10', agent_id, area_id, 3, 12, 0.25, 0.125 FROM agent WHERE agent_id = '007';
INSERT INTO area SELECT DISTINCT area_id, county_id, manager_name FROM agent
"""
