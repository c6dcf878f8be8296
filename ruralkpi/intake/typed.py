"""raw.* → typed.*: each text becomes a value by its column's suffix; what fits no form stays NULL."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import duckdb

from ruralkpi.exports.form import Column, Export
from ruralkpi.exports.vocabulary import shared
from ruralkpi.intake.words import create_words
from ruralkpi.sql import literal, name

_NOT_OWN = ("rule_id", "area_id", "county_id")


def add_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Define the parsing macros of parse.sql for this connection's database."""
    con.execute((files("ruralkpi") / "intake" / "parse.sql").read_text(encoding="utf-8"))


def typed(con: duckdb.DuckDBPyConnection, exports: list[Export]) -> None:
    """Create word, and typed.<export>: grain one raw row; `exports` are the built-in ones and the county's mappings."""
    create_words(con, exports)
    by_table: dict[str, list[Export]] = {}
    for export in exports:
        by_table.setdefault(export.name, []).append(export)
    con.execute("CREATE SCHEMA typed")
    for table, forms in sorted(by_table.items()):
        con.execute(f"CREATE TABLE typed.{name(table)} AS\n" + "\nUNION ALL\n".join(_select(form) for form in forms))


def _select(form: Export) -> str:
    """One form's rows: its own words and date order hold only for the files that were read by it.

    Times are spelled alike in a first step, read in a second and weighed in a third: each macro stands once a column.
    """
    columns = list(form.columns.values())
    worded = [column for column in columns if column.words is not None]
    lists = [f"mapping, {str(form.is_full).lower()} AS is_full_list"] if form.snapshot else []
    place = ", ".join(["file_no, row, file, file_month, absent", *(name(means(column.name)) for column in worded)])
    texts = ",\n            ".join(f"{_text(column, form.date_order)} AS {name(column.name)}" for column in columns)
    head = ", ".join([place, *lists])
    said = "".join(f",\n            {_means(column)}" for column in worded)
    values = ",\n        ".join(_value(column, form) for column in columns)
    named = ",\n    ".join(_named(column) for column in columns)
    return f"""SELECT {head},
    {named}
FROM (
    SELECT {place}, mapping,
        {values}
    FROM (
        SELECT file_no, row, file, file_month, absent, mapping,
            {texts}{said}
        FROM raw.{name(form.name)} AS raw JOIN source_file USING (file_no){"".join(_join(form, column) for column in worded)}
        WHERE mapping = {literal(form.origin)}
    )
)"""


def means(column: str) -> str:
    """The companion of a column of words that says what they mean."""
    return f"{column}_means"


def _join(form: Export, column: Column) -> str:
    alias = name(f"word_{column.name}")
    return (
        f"\n        LEFT JOIN (SELECT text, said, means FROM word WHERE source_table = {literal(form.name)} "
        f"AND mapping = {literal(form.origin)} AND column_name = {literal(column.name)}) AS {alias} "
        f"ON {alias}.text = raw.{name(column.name)}"
    )


def _means(column: Column) -> str:
    means_ = f"{name(f'word_{column.name}')}.means"
    is_list = column.words is not None and column.words.is_list
    return f"{f'string_split({means_}, chr(32))' if is_list else means_} AS {name(means(column.name))}"


def _named(column: Column) -> str:
    if column.kind != "stamp":
        return name(column.name)
    exact = name(precision(column.name))
    return f"{name(column.name)}, CASE WHEN {name(column.name)} IS NOT NULL THEN {exact} END AS {exact}"


def _text(column: Column, date_order: str) -> str:
    text = _mapped(column)
    if column.kind in ("stamp", "day"):
        return f"time_text({text})" if date_order == "ymd" else f"time_text({date_order}_text({text}))"
    return text if column.kind in ("stamps", "text") else f"tidy({text})"


def _prefixed(column: Column, prefix: str) -> str:
    """An id of a county that shares numbers with another; hotline 10000 and a rule's, area's or county's name are not its own."""
    text = name(column.name)
    if not prefix or column.name in _NOT_OWN:
        return text
    is_hotline = f"WHEN {name(means(column.name))} = 'hotline' THEN {text} " if column.words is not None else ""
    return f"CASE {is_hotline}WHEN {text} IS NOT NULL THEN {literal(prefix)} || {text} END"


def _value(column: Column, form: Export) -> str:
    text = name(column.name)
    if column.kind == "stamp":
        return f"time_at({text}) AS {text}, time_precision({text}) AS {name(precision(column.name))}"
    month = f"last_day(month_only({text}))" if column.name in form.month_end else f"month_only({text})"
    is_until = column.name in form.open_ended & form.month_end
    endless = f", CASE WHEN upper({text}) IN ({_endless()}) THEN DATE '2099-12-31' END" if is_until else ""
    forms = {
        "day": f"coalesce(CAST(time_at({text}) AS DATE), {month}{endless})",
        "stamps": f"stamps({text})",
        "flag": f"CASE {name(means(column.name))} WHEN 'true' THEN true WHEN 'false' THEN false END",
        "number": f"amount({text})",
        "count": f"try_cast({text} AS BIGINT)",
        "id": _prefixed(column, form.id_prefix),
        "text": f"free_text({text})",
    }
    return f"{forms[column.kind]} AS {text}"


@cache
def _endless() -> str:
    """The words for "no end", spelled as a day's text is."""
    return ", ".join(f"time_text({literal(word)})" for word in shared()["endless"]["words"])


def precision(column: str) -> str:
    """The companion of a time column that says how exact its stamp was."""
    return column.removesuffix("_at") + "_precision"


def _mapped(column: Column) -> str:
    """The column's text after the county's own words were put into the built-in ones; "" stands for an empty cell."""
    if column.words is not None:
        return f"coalesce({name(f'word_{column.name}')}.said, raw.{name(column.name)})"
    if not column.values:
        return f"raw.{name(column.name)}"
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in sorted(column.values.items()))
    return f"CASE coalesce(free_text(raw.{name(column.name)}), '') {cases} ELSE raw.{name(column.name)} END"
