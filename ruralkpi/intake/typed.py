"""raw.* → typed.*: each text becomes a value by its column's suffix; what fits no form stays NULL."""

from __future__ import annotations

from importlib.resources import files

import duckdb

from ruralkpi.intake.contract import Column, Export
from ruralkpi.sql import literal, literals, name


def add_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Define the parsing macros of parse.sql for this connection's database."""
    con.execute((files("ruralkpi") / "intake" / "parse.sql").read_text(encoding="utf-8"))


def typed(con: duckdb.DuckDBPyConnection, exports: list[Export]) -> None:
    """Create typed.<export>: grain one raw row; `exports` are the built-in ones and the county's mappings."""
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
    texts = ",\n            ".join(f"{_text(column, form.date_order)} AS {name(column.name)}" for column in columns)
    values = ",\n        ".join(_value(column, column.name in form.month_end) for column in columns)
    named = ",\n    ".join(_named(column) for column in columns)
    place = "file_no, row, file, file_month, absent"
    return f"""SELECT {place},
    {named}
FROM (
    SELECT {place},
        {values}
    FROM (
        SELECT {place},
            {texts}
        FROM raw.{name(form.name)} JOIN source_file USING (file_no) WHERE mapping = {literal(form.origin)}
    )
)"""


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


def _value(column: Column, is_month_end: bool) -> str:
    text = name(column.name)
    if column.kind == "stamp":
        return f"time_at({text}) AS {text}, time_precision({text}) AS {name(precision(column.name))}"
    month = f"last_day(month_only({text}))" if is_month_end else f"month_only({text})"
    forms = {
        "day": f"coalesce(CAST(time_at({text}) AS DATE), {month})",
        "stamps": f"stamps({text})",
        "flag": _flag(column, text),
        "number": f"amount({text})",
        "count": f"try_cast({text} AS BIGINT)",
        "id": text,
        "text": f"free_text({text})",
    }
    return f"{forms[column.kind]} AS {text}"


def precision(column: str) -> str:
    """The companion of a time column that says how exact its stamp was."""
    return column.removesuffix("_at") + "_precision"


def _mapped(column: Column) -> str:
    """The column's text after the county's own words were put into the built-in ones."""
    if not column.values:
        return name(column.name)
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in sorted(column.values.items()))
    return f"CASE free_text({name(column.name)}) {cases} ELSE {name(column.name)} END"


def _flag(column: Column, text: str) -> str:
    true, false = literals(column.true), literals(column.false)
    return f"CASE WHEN {text} IN {true} OR is_true({text}) THEN true WHEN {text} IN {false} OR is_false({text}) THEN false END"
