"""raw.* → typed.*: each text becomes a value by its column's suffix; what fits no form stays NULL and is named in `unread`.

What cells are is a matter of parse.sql, times.sql, birthday.sql, shown.sql and of the words beside the exports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files

import duckdb

from ruralkpi.exports.form import Column, Export, precision
from ruralkpi.exports.vocabulary import UNKNOWN, shared
from ruralkpi.intake.cells import CELL
from ruralkpi.intake.spelling import Spelled, one_spelling, spell, stamps_of, times_of
from ruralkpi.intake.spoken import Few, few_words
from ruralkpi.intake.words import create_words
from ruralkpi.sql import first_row, literal, literals, name

_SHOWN, *_PARSED = ("shown.sql", "parse.sql", "times.sql", "birthday.sql")
_PLACE = "file_no, row, file, file_month, absent"
JUDGED = ("extra_n", "formula")  # of a raw row, beside its cells
_NOT_OWN = ("rule_id", "area_id", "county_id")
UNITED = "\nUNION ALL\n"


def add_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Define the parsing macros, and those that know the shared words, for this connection's database."""
    add_shown(con)
    for sql in [*_blank_macros(), *map(_macros, _PARSED)]:
        con.execute(sql)


def add_shown(con: duckdb.DuckDBPyConnection) -> None:
    """Define the macros of shown.sql alone, which are all that a database needs whose rows have been read."""
    con.execute(_macros(_SHOWN))


def _macros(file: str) -> str:
    return (files("ruralkpi") / "intake" / file).read_text(encoding="utf-8")


def _blank_macros() -> list[str]:
    words = "|".join(map(re.escape, sorted(shared()["blank"]["words"], key=lambda word: (-len(word), word))))
    return [
        f"CREATE MACRO is_blank(t) AS regexp_full_match(t, {literal(words)}, 'i')",
        f"CREATE MACRO without_blank(t) AS nullif(regexp_replace(t, {literal(f'^(?:{words})$')}, '', 'i'), '')",
        f"CREATE MACRO without_blank_end(t) AS regexp_replace(t, {literal(f'(?: (?:{words}))+$')}, '', 'i')",
    ]


def typed(con: duckdb.DuckDBPyConnection, exports: Sequence[Export]) -> None:
    """Create word and typed.<export> from raw.*, as type_rows does."""
    create_words(con, exports)
    type_rows(con, exports)


def type_rows(con: duckdb.DuckDBPyConnection, exports: Sequence[Export], with_cells: bool = False) -> None:
    """Create typed.<export>: grain one raw row; `exports` are the built-in ones and the county's mappings. Asks word.

    `with_cells`: all columns of the raw row too, its cells as cell_<column>; without, only what judging asks (JUDGED).
    """
    con.execute("CREATE SCHEMA IF NOT EXISTS typed")
    for table, rows in typed_rows(con, exports, with_cells):
        con.execute(f"CREATE TABLE typed.{name(table)} AS {UNITED.join(rows)}")


def typed_rows(con: duckdb.DuckDBPyConnection, exports: Sequence[Export], with_cells: bool) -> Iterator[tuple[str, list[str]]]:
    """(export, SQL of its typed rows, one for each form that has any), in the order of their names; the SQL holds until the next
    one is asked for. With cells, texts of few kinds are ENUM, which Parquet takes at a tenth of the cost and gives as texts."""
    if with_cells:
        con.execute("CREATE TYPE meaning AS ENUM (SELECT DISTINCT means FROM word WHERE means IS NOT NULL ORDER BY 1)")
    by_table: dict[str, list[Export]] = {}
    for export in exports:
        by_table.setdefault(export.name, []).append(export)
    for table, forms in sorted(by_table.items()):
        used = [form for form in forms if _has_rows(con, form)] or forms[-1:]
        yield table, [_typed_by(con, form, with_cells, place) for place, form in enumerate(used)]


def _typed_by(con: duckdb.DuckDBPyConnection, form: Export, with_cells: bool, place: int) -> str:
    """SQL of the rows of one form; `place` tells its views and tables from those of other forms."""
    few = few_words(con, form, with_cells)
    con.execute(f"CREATE OR REPLACE TEMP VIEW said_{place} AS {_said_by(form, few, with_cells)}")
    con.execute(f"CREATE OR REPLACE TEMP VIEW told_{place} AS {_times_by(form)}")
    return _select(form, few, spell(con, form, place), with_cells)


def _has_rows(con: duckdb.DuckDBPyConnection, form: Export) -> bool:
    rows = f"SELECT 1 FROM raw.{name(form.name)} JOIN source_file USING (file_no) WHERE mapping = {literal(form.origin)} LIMIT 1"
    return bool(first_row(con, f"SELECT count(*) FROM ({rows})")[0])


def _worded(form: Export) -> list[Column]:
    return [column for column in form.columns.values() if column.words is not None]


def _carried(form: Export, with_cells: bool) -> list[str]:
    """What goes with a row unchanged: its place, its mapping, its raw cells, and what its words mean."""
    raw = [name(one) for _, one in _raw_columns(form, with_cells)]
    return [*_PLACE.split(", "), "mapping", *raw, *(name(means(column.name)) for column in _worded(form))]


def _raw_columns(form: Export, with_cells: bool) -> list[tuple[str, str]]:
    """The columns of a raw row that are kept, and what they are called beside those that are typed."""
    return [*((one, one) for one in JUDGED), *((column, f"{CELL}{column}") for column in form.columns if with_cells)]


def _said_by(form: Export, few: Mapping[str, Few], with_cells: bool) -> str:
    """SQL: one form's rows, what their cells say and mean: its own words and date order hold only for the files read by it."""
    others = [column for column in _worded(form) if column.name not in few]
    raw = {column: f"raw.{name(column)}" for column in (*form.columns, *JUDGED)}
    texts = {
        one.name: few[one.name].said(raw[one.name]) if one.name in few else _said(one, form) for one in form.columns.values()
    }
    said = ", ".join(f"{text} AS {name(column)}" for column, text in texts.items())
    meant = "".join(f", {_means(column, few)} AS {name(means(column.name))}" for column in _worded(form))
    joins = "".join(_word_join(form, column, with_cells) for column in others)
    written = {own: few[own].written(raw[own]) if own in few else raw[own] for own, _ in _raw_columns(form, with_cells)}
    cells = "".join(f", {written[own]} AS {name(one)}" for own, one in _raw_columns(form, with_cells))
    return f"SELECT {_PLACE}, mapping, {said}{meant}{cells}\n{_read_as(form, joins)}"


def _times_by(form: Export) -> str:
    """SQL: one form's rows, what their cells of times say, without asking what others mean."""
    said = "".join(f", {_said(column, form)} AS {name(column.name)}" for column in times_of(form))
    return f"SELECT file_no, row{said}\n{_read_as(form)}"


def _read_as(form: Export, joins: str = "") -> str:
    """SQL: the raw rows that were read by a form."""
    return f"FROM raw.{name(form.name)} AS raw JOIN source_file USING (file_no){joins} WHERE mapping = {literal(form.origin)}"


def means(column: str) -> str:
    """The companion of a column of words that says what they mean."""
    return f"{column}_means"


def _word_join(form: Export, column: Column, as_enum: bool) -> str:
    alias, meant = name(f"word_{column.name}"), "CAST(means AS meaning) AS means" if as_enum else "means"
    if column.words is not None and column.words.is_list:
        meant = "string_split(means, chr(32)) AS means"
    return (
        f"\n    LEFT JOIN (SELECT text, said, {meant} FROM word WHERE source_table = {literal(form.name)} "
        f"AND mapping = {literal(form.origin)} AND column_name = {literal(column.name)}) AS {alias} "
        f"ON {alias}.text = raw.{name(column.name)}"
    )


def _means(column: Column, few: Mapping[str, Few]) -> str:
    return few[column.name].means(f"raw.{name(column.name)}") if column.name in few else f"{name(f'word_{column.name}')}.means"


def _select(form: Export, few: Mapping[str, Few], spelled: Spelled, with_cells: bool) -> str:
    """SQL: one form's rows typed: what was said, then what it means, then weighed: each macro stands once a column.

    `few`: the columns whose texts are free of blanks already; `spelled`: those that have spellings which need work.
    """
    columns, carried = list(form.columns.values()), _carried(form, with_cells)
    texts = [text for column in columns for text in _texts(column, form, spelled)]
    joins = "".join(_join(column, form, spelled) for column in columns if column.name in spelled.odd)
    values = ",\n    ".join(name(one.name) if one.name in few and one.kind == "text" else _value(one, form) for one in columns)
    named = ",\n    ".join([*(_named(column, with_cells) for column in columns), _unread(columns)])
    head = [word for word in carried if word != "mapping"]
    head += ["mapping", f"{str(form.is_full).lower()} AS is_full_list"] if form.snapshot else []
    return f"""SELECT {", ".join(head)},
    {named}
FROM (SELECT {", ".join(carried)},
    {values}
FROM (SELECT {", ".join(f"said.{word}" for word in carried)}, {", ".join(texts)}
FROM said_{spelled.place} AS said{joins}))"""


def _said(column: Column, form: Export) -> str:
    """SQL: what a cell says: after the county's own words for values, its own words for nothing (X29)."""
    text = _mapped(column)
    if form.blank and column.kind != "text" and column.words is None:
        text = f"CASE WHEN lower(tidy({text})) IN {literals([word.lower() for word in form.blank])} THEN NULL ELSE {text} END"
    if column.join and column.kind in ("stamp", "day"):
        return f"joined_time({text})"
    forms = {"flag": "tidy", "number": "number_said", "count": "number_said", "id": "id_said"}
    return f"{forms[column.kind]}({text})" if column.kind in forms else text


def _texts(column: Column, form: Export, spelled: Spelled) -> list[str]:
    """SQL: the column's text, in one spelling where it may be spelled in many ways."""
    text, odd, order = f"said.{name(column.name)}", _odd(column), literal(form.date_order)
    is_odd = column.name in spelled.odd
    if column.name in spelled.marked:
        return [f"in_plain_time({text}, {order}) AS {name(column.name)}"]
    if column.kind in ("stamp", "day"):
        is_until = column.name in form.month_end
        one = one_spelling(text, order, odd, column.kind == "day", is_until) if is_odd else text
        return [f"{one} AS {name(column.name)}"]
    if column.kind == "stamps":
        one = f"CASE WHEN try_cast({text} AS TIMESTAMP) IS NULL THEN [] ELSE [try_cast({text} AS TIMESTAMP)] END"
        moments, said_n = one, f"CASE WHEN {text} IS NULL THEN 0 ELSE 1 END"
        if is_odd:
            moments = f"CASE WHEN {odd}.said_n IS NULL THEN {one} ELSE coalesce({odd}.moments, []) END"
            said_n = f"coalesce({odd}.said_n, {said_n})"
        return [f"{moments} AS {name(column.name)}", f"{said_n} AS {_as_said(column)}"]
    if column.kind == "birthday":
        plain = f"in_plain_birthday({text}, {order})"
        read = f"CASE WHEN {odd}.text IS NOT NULL THEN {odd}.spelled ELSE {plain} END" if is_odd else plain
        return [f"{text} AS {name(column.name)}", f"{read} AS {_as_said(column)}"]
    return [f"{text} AS {name(column.name)}"]


def _join(column: Column, form: Export, spelled: Spelled) -> str:
    odd, text = _odd(column), f"said.{name(column.name)}"
    if column.kind == "stamps":
        rows = stamps_of(column, literal(form.date_order), spelled.place)
        return f"\nLEFT JOIN ({rows}) AS {odd} ON {odd}.file_no = said.file_no AND {odd}.row = said.row"
    return f"\nLEFT JOIN {spelled.table(column)} AS {odd} ON {odd}.text = {text}"


def _value(column: Column, form: Export) -> str:
    """SQL: the column's value, beside what was said where that may not have been read."""
    text, said = name(column.name), _as_said(column)
    month = f"last_day(month_only({text}))" if column.name in form.month_end else f"month_only({text})"
    if column.name in form.open_ended & form.month_end:
        month += f", CASE WHEN {text} IN {_ends(column)} THEN DATE '2099-12-31' END"
    forms = {
        "stamp": f"try_cast({text} AS TIMESTAMP) AS {text}, "
        f"time_precision({text}) AS {name(precision(column.name))}, {text} AS {said}",
        "day": f"coalesce(CAST(try_cast({text} AS TIMESTAMP) AS DATE), {month}) AS {text}, {text} AS {said}",
        "stamps": f"{text}, {said}",
        "flag": f"CASE {name(means(column.name))} WHEN 'true' THEN true WHEN 'false' THEN false END AS {text}",
        "number": f"amount({text}) AS {text}, {text} AS {said}",
        "count": f"whole_number({text}) AS {text}, {text} AS {said}",
        "birthday": f"free_text({text}) AS {text}, {said}, "
        f"birthday_month({said}) AS birthday_month_n, birthday_day({said}) AS birthday_day_n",
        "id": f"{_prefixed(column, form.id_prefix)} AS {text}",
        "text": f"free_text({text}) AS {text}",
    }
    return forms[column.kind]


def _ends(column: Column) -> str:
    """SQL: the words for "no end" that may stand in a column, as its text bears them."""
    endless = shared()["endless"]
    words = [*endless["words"], *endless.get(column.name, ())]
    return literals([f"?{word.lower().replace('一', '1').replace('至', '~')}" for word in words])


def _named(column: Column, as_enum: bool) -> str:
    if column.kind == "stamp":
        exact = name(precision(column.name))
        told = exact if as_enum else f"CAST({exact} AS VARCHAR)"
        return f"{name(column.name)}, CASE WHEN {name(column.name)} IS NOT NULL THEN {told} END AS {exact}"
    return _birthday(column) if column.kind == "birthday" else name(column.name)


def _birthday(column: Column) -> str:
    """SQL: the text, its month and day, on which calendar, and why they are not there (birthday.sql)."""
    said = _as_said(column)
    is_unknown = f"{name(means('is_lunar_birthday'))} = {literal(UNKNOWN)}"
    fault = f"birthday_fault({said}, is_lunar_birthday, {is_unknown}, birthday_month_n, birthday_day_n)"
    is_lunar = f"is_lunar_day({said}, is_lunar_birthday)"
    values = {"birthday_month_n": "birthday_month_n", "birthday_day_n": "birthday_day_n", "is_birthday_lunar": is_lunar,
              "is_birthday_leap": f"contains({said}, 'R')"}  # fmt: skip
    read = ", ".join(
        f"CASE WHEN {fault} IS NULL AND {said} IS NOT NULL THEN {value} END AS {key}" for key, value in values.items()
    )
    return f"{name(column.name)}, {read}, {fault} AS birthday_fault"


def _unread(columns: Iterable[Column]) -> str:
    """SQL: the names of the columns whose cells say something that nobody can read, apart by blanks; else NULL."""
    lost = {}
    for column in columns:
        value, said = name(column.name), _as_said(column)
        if column.kind == "stamps":
            lost[column.name] = f"len({value}) < {said}"
        elif column.kind not in ("id", "text", "flag", "birthday"):
            lost[column.name] = f"{value} IS NULL AND {said} IS NOT NULL"
    if not lost:
        return "CAST(NULL AS VARCHAR) AS unread"
    marks = ", ".join(f"CASE WHEN {is_lost} THEN {literal(column)} END" for column, is_lost in lost.items())
    return f"CASE WHEN {' OR '.join(lost.values())} THEN concat_ws(' ', {marks}) END AS unread"


def _odd(column: Column) -> str:
    return name(f"{column.name} odd")


def _as_said(column: Column) -> str:
    return name(f"{column.name} said")


def _prefixed(column: Column, prefix: str) -> str:
    """An id of a county that shares numbers with another; hotline 10000 and a rule's, area's or county's name are not its own."""
    text = name(column.name)
    if not prefix or column.name in _NOT_OWN:
        return text
    is_hotline = f"WHEN {name(means(column.name))} = 'hotline' THEN {text} " if column.words is not None else ""
    return f"CASE {is_hotline}WHEN {text} IS NOT NULL THEN {literal(prefix)} || {text} END"


def _mapped(column: Column) -> str:
    """The column's text after the county's own words were put into the built-in ones; "" stands for an empty cell."""
    if column.words is not None:
        return f"coalesce({name(f'word_{column.name}')}.said, raw.{name(column.name)})"
    if not column.values:
        return f"raw.{name(column.name)}"
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in sorted(column.values.items()))
    return f"CASE coalesce(free_text(raw.{name(column.name)}), '') {cases} ELSE raw.{name(column.name)} END"
