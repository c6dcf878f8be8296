"""The steps by which a column's cells become values, as SQL: what they say, in one spelling, as values, under their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ruralkpi.exports.form import Column, Export, means, precision
from ruralkpi.exports.vocabulary import UNKNOWN, shared
from ruralkpi.intake.values.spelling import Spelled, one_spelling, stamps_of
from ruralkpi.intake.values.spoken import Few
from ruralkpi.sql import literal, literals, name

_NOT_OWN = ("rule_id", "area_id", "county_id")


def word_joined(form: Export, column: Column, as_enum: bool) -> str:
    """SQL: the join with what a column's words say and mean; `as_enum`: with their meanings as ENUM."""
    alias, meant = name(f"word_{column.name}"), "CAST(means AS meaning) AS means" if as_enum else "means"
    if column.words is not None and column.words.is_list:
        meant = "string_split(means, chr(32)) AS means"
    return (
        f"\n    LEFT JOIN (SELECT text, said, {meant} FROM word WHERE source_table = {literal(form.name)} "
        f"AND mapping = {literal(form.origin)} AND column_name = {literal(column.name)}) AS {alias} "
        f"ON {alias}.text = raw.{name(column.name)}"
    )


def meant(column: Column, few: Mapping[str, Few]) -> str:
    """SQL: what a cell means, from the join or, where its words are few, from themselves."""
    return few[column.name].means(f"raw.{name(column.name)}") if column.name in few else f"{name(f'word_{column.name}')}.means"


def said(column: Column, form: Export) -> str:
    """SQL: what a cell says: after the county's own words for values, its own words for nothing (X29)."""
    text = _mapped(column)
    if form.blank and column.kind != "text" and column.words is None:
        text = f"CASE WHEN lower(tidy({text})) IN {literals([word.lower() for word in form.blank])} THEN NULL ELSE {text} END"
    if column.join and column.kind in ("stamp", "day"):
        return f"joined_time({text})"
    forms = {"flag": "tidy", "number": "number_said", "count": "number_said", "id": "id_said"}
    return f"{forms[column.kind]}({text})" if column.kind in forms else text


def texts(column: Column, form: Export, spelled: Spelled) -> list[str]:
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


def joined(column: Column, form: Export, spelled: Spelled) -> str:
    """SQL: the join with the spellings of a column's odd texts."""
    odd, text = _odd(column), f"said.{name(column.name)}"
    if column.kind == "stamps":
        rows = stamps_of(column, literal(form.date_order), spelled.place)
        return f"\nLEFT JOIN ({rows}) AS {odd} ON {odd}.file_no = said.file_no AND {odd}.row = said.row"
    return f"\nLEFT JOIN {spelled.table(column)} AS {odd} ON {odd}.text = {text}"


def value(column: Column, form: Export) -> str:
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


def named(column: Column, as_enum: bool) -> str:
    """SQL: the column's value under its name, and what stands beside it."""
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


def unread(columns: Iterable[Column]) -> str:
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
