"""Who exists: agents that are on no list, and one id in two counties' lists that nothing says to be one person (X26, X31)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import duckdb
import pandas as pd

from ruralkpi.checks.personal import AGENT_COLUMNS
from ruralkpi.errors import nearest
from ruralkpi.exports.form import Export, means
from ruralkpi.sql import first_row, literal, name

_GUESSED = 200  # unknown ids for which the nearest spelling is sought; each costs a look at the whole list
_APART = re.compile(r"[\W_]+")
_ENDS = ("县", "区", "市")
_BARE = "CASE WHEN length({0}) > 2 THEN regexp_replace({0}, '[" + "".join(_ENDS) + "]$', '') ELSE {0} END"
_CALLED_COUNTY = re.compile(r"[一-龥]{2,7}(?:[县旗市]|(?<![片小社校辖库地街])区)")  # 片区 and 小区 are none
_LISTED = {  # said: the county that a row names, or its agent's
    "agents": """
SELECT 'agent' AS kind, file_no, row, agent_id AS id, agent_name AS name, county_id AS said,
    coalesce(county_id, f.county) AS county
FROM typed.agents LEFT JOIN file_county AS f USING (file_no)""",
    "customers": """
SELECT 'customer' AS kind, file_no, row, customer_id AS id, customer_name AS name, home.county AS said,
    coalesce(f.county, home.county) AS county
FROM typed.customers LEFT JOIN file_county AS f USING (file_no) LEFT JOIN agent_home AS home USING (agent_id)""",
}


def find_persons(con: duckdb.DuckDBPyConnection, exports: Sequence[Export]) -> None:
    """Create nearest_agent (grain: one id that is on no list: text, near) and id_conflict (grain: one row of an export that
    names an id which stands for two people, and is the later-listed one's: source_table, file_no, row, id)."""
    con.execute("CREATE OR REPLACE TEMP TABLE nearest_agent (text VARCHAR, near VARCHAR)")
    con.execute("CREATE OR REPLACE TEMP TABLE id_conflict (source_table VARCHAR, file_no INTEGER, row BIGINT, id VARCHAR)")
    con.execute("CREATE OR REPLACE TEMP TABLE shared_id (kind VARCHAR, id VARCHAR, county VARCHAR)")
    has_agents = "agents" in {export.name for export in exports}
    _file_counties(con, has_agents)
    if has_agents:
        agents = con.execute(
            "SELECT agent_id, any_value(agent_name) FROM typed.agents WHERE agent_id IS NOT NULL GROUP BY 1"
        ).fetchall()
        if agents:
            _suggest(con, exports, dict(sorted(agents)))
    _conflicts(con, exports)


def _unlisted(con: duckdb.DuckDBPyConnection, exports: Sequence[Export]) -> list[str]:
    parts = [
        f"SELECT {name(column)} AS id FROM typed.{name(export.name)} WHERE {name(means(column))} IS NULL"
        for export in exports
        for column in AGENT_COLUMNS
        if column in export.columns and export.name != "agents"
    ]
    if not parts:
        return []
    listed = "SELECT agent_id FROM typed.agents WHERE agent_id IS NOT NULL"
    sql = f"SELECT DISTINCT id FROM ({' UNION ALL '.join(parts)}) WHERE id NOT IN ({listed})"
    return sorted(row[0] for row in con.execute(sql).fetchall())


def _suggest(con: duckdb.DuckDBPyConnection, exports: Sequence[Export], agents: Mapping[str, str | None]) -> None:
    texts = _unlisted(con, exports)
    if not texts:
        return
    bare = {agent.lstrip("0").lower(): agent for agent in sorted(agents, reverse=True)}
    named: dict[str, list[str]] = {}
    for agent, own in agents.items():
        named.setdefault(own or "", []).append(agent)
    near = [_near(text, agents, bare, named, place < _GUESSED) for place, text in enumerate(texts)]
    frame = pd.DataFrame({"text": texts, "near": near}, dtype=object)
    con.register("suggested", frame)
    con.execute(
        "INSERT INTO nearest_agent SELECT CAST(text AS VARCHAR), CAST(near AS VARCHAR) FROM suggested WHERE near IS NOT NULL"
    )
    con.unregister("suggested")


def _near(
    text: str, agents: Mapping[str, str | None], bare: Mapping[str, str], named: Mapping[str, list[str]], may_guess: bool
) -> str | None:
    """The listed id that a text most likely means: only a suggestion, it decides nothing."""
    words = [word for word in _APART.split(text) if word]
    for word in (text, *words):
        if word in agents:
            return word
        if word.lstrip("0").lower() in bare:
            return bare[word.lstrip("0").lower()]
        if len(named.get(word, ())) == 1:
            return named[word][0]
    return next(iter(nearest(text, agents, 1)), None) if may_guess else None


def called(counties: Iterable[str]) -> dict[str, str]:
    """Counties by what calls them: the whole name, and the bare one where it is no other's too.

    >>> called(["剑阁县", "通州区", "通州市"])
    {'剑阁': '剑阁县', '剑阁县': '剑阁县', '通州区': '通州区', '通州市': '通州市'}
    """
    whole = sorted(set(counties))
    bare = Counter(bare_county(county) for county in whole)
    names = {bare_county(county): county for county in whole if bare[bare_county(county)] == 1}
    return names | {county: county for county in whole}


def county_of(file: str, names: Mapping[str, str]) -> str | None:
    """The county that a file's path names as a word of its own, with or without 县; None when it names none, or two.

    >>> county_of("2026-10/剑阁_投诉.csv", called(["剑阁县", "青川县"]))
    '剑阁县'
    """
    found = {names.get(word) or names.get(bare_county(word)) for word in _APART.split(file)} - {None}
    return found.pop() if len(found) == 1 else None


def bare_county(county: str) -> str:
    """A county's name without its 县, 区 or 市."""
    return county[:-1] if len(county) > 2 and county.endswith(_ENDS) else county


def _conflicts(con: duckdb.DuckDBPyConnection, exports: Sequence[Export]) -> None:
    """Rows that list one id in two counties are two people where their names differ, and where no name says that they are one;
    the first-listed keeps the id.

    Without a name only a county's own list speaks for it: one whose path names the county, or whose rows name no other.
    """
    listed = [_LISTED[export.name] for export in exports if export.name in _LISTED]
    if not listed:
        return
    con.execute(f"CREATE OR REPLACE TEMP TABLE listed_person AS {' UNION ALL '.join(listed)}")
    own = "coalesce(any_value(f.county), CASE WHEN min(said) = max(said) THEN min(said) END)"
    con.execute(f"""
INSERT INTO id_conflict
WITH list AS (
    SELECT file_no, {_BARE.format(own)} AS place FROM listed_person LEFT JOIN file_county AS f USING (file_no) GROUP BY file_no
),
listed AS (SELECT * FROM listed_person JOIN list USING (file_no) WHERE id IS NOT NULL),
first AS (SELECT DISTINCT ON (kind, id) * FROM listed ORDER BY kind, id, file_no, row),
one AS (  -- an id's later county, some name of which the first-listed one's list has too
    SELECT DISTINCT p.kind, p.id, p.place
    FROM listed AS p JOIN first ON first.kind = p.kind AND first.id = p.id AND first.place <> p.place
    JOIN listed AS same ON same.kind = p.kind AND same.id = p.id AND same.place = first.place AND same.name = p.name
)
SELECT p.kind || 's', p.file_no, p.row, p.id
FROM listed AS p JOIN first ON first.kind = p.kind AND first.id = p.id
LEFT JOIN one ON one.kind = p.kind AND one.id = p.id AND one.place = p.place
WHERE CASE WHEN first.name <> p.name THEN first.county <> p.county
    WHEN first.name = p.name THEN false ELSE first.place <> p.place AND one.id IS NULL END""")
    con.execute("""
INSERT INTO shared_id
SELECT DISTINCT p.kind, p.id, p.county FROM listed_person AS p
JOIN id_conflict AS c ON c.source_table = p.kind || 's' AND c.file_no = p.file_no AND c.row = p.row""")
    _named_in_files(con, exports)


def _file_counties(con: duckdb.DuckDBPyConnection, has_agents: bool) -> None:
    """agent_home: the one county that the lists give an agent; file_county: the county that each file's path names; where no
    list names any, a word that is called one."""
    listed = "SELECT agent_id, county_id FROM typed.agents" if has_agents else "SELECT '' AS agent_id, '' AS county_id LIMIT 0"
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE agent_home AS
SELECT agent_id, min(county_id) AS county FROM ({listed}) GROUP BY 1 HAVING count(DISTINCT county_id) = 1""")
    known = con.execute(f"SELECT DISTINCT county_id FROM ({listed}) WHERE county_id IS NOT NULL ORDER BY 1").fetchall()
    files = con.execute("SELECT file_no, file FROM source_file ORDER BY 1").fetchall()
    said = {word for _, file in files for word in _APART.split(file) if _CALLED_COUNTY.fullmatch(word)}
    names = called([county for (county,) in known] or said)
    frame = pd.DataFrame(
        {"file_no": [n for n, _ in files], "county": [county_of(file, names) for _, file in files]}, dtype=object
    )
    con.register("named_files", frame)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE file_county AS "
        "SELECT CAST(file_no AS INTEGER) AS file_no, CAST(county AS VARCHAR) AS county FROM named_files"
    )
    con.unregister("named_files")


def _named_in_files(con: duckdb.DuckDBPyConnection, exports: Sequence[Export]) -> None:
    """Rows of the later-listed county's files that name a shared id can't be that of the first-listed person."""
    if not first_row(con, "SELECT count(*) FROM shared_id")[0]:
        return
    for export in exports:
        for kind, columns in {"agent": AGENT_COLUMNS, "customer": ("customer_id",)}.items():
            for column in set(columns) & set(export.columns) if export.name != f"{kind}s" else ():
                con.execute(f"""
INSERT INTO id_conflict
SELECT {literal(export.name)}, t.file_no, t.row, t.{name(column)}
FROM typed.{name(export.name)} AS t JOIN file_county AS f USING (file_no)
JOIN shared_id AS s ON s.kind = {literal(kind)} AND s.id = t.{name(column)} AND s.county = f.county""")
