"""The draft of a mapping as TOML: in force what is certain, behind # what somebody has to decide, with what is known of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ruralkpi.drafts.dates import Order, order_of
from ruralkpi.drafts.nearest import Guess, fitting, guesses
from ruralkpi.drafts.shown import samples
from ruralkpi.drafts.tables import Seen
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Column
from ruralkpi.exports.vocabulary import UNKNOWN, Reader
from ruralkpi.intake.readers.delimited import DELIMITERS
from ruralkpi.intake.words import settling
from ruralkpi.masking import mask_phone
from ruralkpi.masking import told as shown
from ruralkpi.texts import say

_DATED = re.compile(r"20\d\d[-_.年]?\s*\d{1,2}(?:月(?:\d{1,2}日)?|[-_.]\d{1,2})?(?!\d)|\d+")
_OTHERS, _WORDS = 3, 6
_NAMES = re.compile(r"人$|姓名|名称|员$|name", re.IGNORECASE)  # headers under which people may stand
_LISTED = 40  # different texts beyond which a column holds no words


@dataclass(frozen=True)
class Draft:
    """A draft: the name of its file, its text, what is still to be decided (0: nothing), the export it was taken for."""

    name: str
    text: str
    open_n: int
    export: str


def draft(seen: Seen, wanted: str = "", lang: str = "zh") -> Draft | None:
    """What a mapping of this table would be; None for a table that is read as it is and about which there is nothing to say."""
    best, *rest = guesses(seen, wanted)
    order = order_of(seen.cells, seen.sheet.source.named.month)
    is_sure = best.is_said and not (rest and rest[0].is_said)
    blocks = [
        *([] if is_sure else [[f"# {say('map.is_draft', lang)}", "draft = true"]]),
        _export(best, rest, is_sure, lang),
        _files(seen, lang),
        *([_date_order(order, lang)] if order else []),
        *([_delimiter(seen, lang)] if seen.sheet.delimiter not in ("", *DELIMITERS) else []),
        ["[columns]", *_columns(seen, best, is_sure, lang)],
    ]
    words = list(_words(seen, best, lang))
    if words:
        blocks.append(words)
    open_n = sum(1 for block in blocks for line in block if re.match(r"#[a-z_]+ = ", line))
    if seen.is_understood and not wanted and not order and not words and not best.offered:
        return None
    head = say("map.head", lang, file=_shown(seen.sheet.title), row=seen.header_row, encoding=seen.sheet.encoding or "—")
    text = "\n\n".join("\n".join(block) for block in [[f"# {line}" for line in head.split("\n")], *blocks]) + "\n"
    return Draft(_name(seen), text, open_n, best.export.name)


def _name(seen: Seen) -> str:
    """The file's own name without its dates, as a mapping's."""
    stem = _stem(seen).replace("*", "")
    page = f"-{seen.sheet.name}" if seen.sheet.name else ""
    return (re.sub(r"[^\w-]+", "", f"{stem}{page}").strip("-_") or "mapping") + ".toml"


def _stem(seen: Seen) -> str:
    """The file's name with * for what changes from month to month and for whom it names."""
    stem = shown.hidden(seen.sheet.source.name.rsplit("/", 1)[-1].rsplit(".", 1)[0])
    return re.sub(r"[\[\]?]", "*", re.sub(r"\*+", "*", _DATED.sub("*", stem).strip(" _-.")))


def _shown(text: str) -> str:
    return mask_phone(shown.hidden(text))


def _export(best: Guess, rest: Sequence[Guess], is_sure: bool, lang: str) -> list[str]:
    if is_sure:
        why = say("map.export_said", lang)
        return [f"# {why}", f"export = {_quoted(best.export.name)}"]
    lines = [f"# {say('map.export_open', lang)}"]
    for one in [best, *rest[: _OTHERS - 1]]:
        counts = {"sure": len(one.sure), "near": len(one.offered), "lacking": len(one.lacking)}
        lines.append(f"#export = {_quoted(one.export.name)}  # {one.export.title}：{say('map.export_why', lang, **counts)}")
    others = [name for name in sorted(built_in()) if name not in {one.export.name for one in [best, *rest[: _OTHERS - 1]]}]
    return [*lines, f"# {say('map.export_others', lang, names='、'.join(others))}"]


def _files(seen: Seen, lang: str) -> list[str]:
    stem = _stem(seen)
    pattern = f"{stem}*".replace("**", "*") if stem.strip("*") else seen.sheet.source.name.rsplit("/", 1)[-1]
    lines = [f"# {say('map.files', lang)}", f"files = [{_quoted(pattern)}]"]
    if seen.sheet.name:
        lines += [f"# {say('map.sheets', lang)}", f"#sheets = [{_quoted(seen.sheet.page)}]"]
    return lines


def _date_order(order: Order, lang: str) -> list[str]:
    why = [say("map.order_ruled", lang, order=other, row=row, value=text) for other, (row, text) in sorted(order.ruled.items())]
    if not order.possible:
        return [f"# {say('map.order_none', lang)}", *(f"# {line}" for line in why)]
    if order.is_certain:
        return [f"# {say('map.order_sure', lang)}", *(f"# {line}" for line in why), f"date_order = {_quoted(order.possible[0])}"]
    lines = [f"# {say('map.order_open', lang)}", *(f"# {line}" for line in why)]
    return [*lines, *(f"#date_order = {_quoted(one)}  # {say(f'map.order.{one}', lang)}" for one in order.possible)]


def _delimiter(seen: Seen, lang: str) -> list[str]:
    return [f"# {say('map.delimiter', lang)}", f"#delimiter = {_quoted(seen.sheet.delimiter)}"]


def _columns(seen: Seen, best: Guess, is_sure: bool, lang: str) -> Iterator[str]:
    """A line for each header: in force where both it and the export are sure."""
    at = {place: column for column, place in best.sure.items()}
    for place, title in enumerate(seen.titles):
        if not title:
            continue
        head = _quoted(title)
        if place in at:
            column = best.export.columns[at[place]]
            yield f"{'' if is_sure else '#'}{column.name} = [{head}]"
            continue
        if place in best.offered or not seen.is_understood:
            yield f"# {say('map.header', lang, header=' '.join(title.split()), samples=_samples(seen, place))}"
        for name in best.offered.get(place, ()):
            column = best.export.columns[name]
            line = f"{name} = [{head}]"
            if unknown := _unknown(column, seen.texts(place)) if not _NAMES.search(title) else []:
                line = _with_headers(settling(column, list(map(_short, unknown[:_WORDS]))), title)
            yield f"#{line}  # {_told(column, lang)}"
    if best.joined:
        day, clock = (_quoted(seen.titles[place]) for place in best.joined)
        free = [name for name, column in best.export.columns.items() if column.kind == "stamp" and name not in best.sure]
        yield f"# {say('map.joined', lang)}"
        yield from (f"#{name} = {{ join = [{day}, {clock}] }}" for name in free[:_OTHERS])
    for name in best.lacking:
        column = best.export.columns[name]
        yield f"# {say('map.lacking', lang, column=name, title=column.title, headers='、'.join(column.headers[:4]))}"
        if not any(name in near for near in best.offered.values()):
            yield from (f"#{name} = [{_quoted(seen.titles[place])}]" for place in fitting(seen, best, name))
            yield f'#{name} = {{ constant = "…" }}'


def _told(column: Column, lang: str) -> str:
    kind = say(f"map.kind.{column.kind}", lang)
    return f"{column.title}（{kind}）" + (f" {say('map.required', lang)}" if column.required else "")


def _samples(seen: Seen, place: int) -> str:
    return "、".join(samples(seen.texts(place))) or "—"


def _words(seen: Seen, best: Guess, lang: str) -> Iterator[str]:
    """The words of deciding columns that stand in no list, each with the line that would settle them."""
    for name, place in best.sure.items():
        column = best.export.columns[name]
        if unknown := _unknown(column, seen.texts(place)):
            counts = seen.by_place[place].set_index("text")["n"]
            said = "、".join(f"{_short(text)} {counts[text]}" for text in unknown[:_WORDS])
            yield f"# {say('map.words', lang, column=column.title, words=said)}"
            yield "#" + _with_headers(settling(column, list(map(_short, unknown[:_WORDS]))), seen.titles[place])


def _unknown(column: Column, texts: Sequence[str]) -> list[str]:
    """The texts that are no words of a deciding column; none where so many stand there that they are no words at all."""
    if column.words is None or column.words.is_open or column.words.record or not 0 < len(texts) <= _LISTED:
        return []
    reader = Reader(column.words)
    return [text for text in texts if UNKNOWN in (reader.means(text) or "")]


def _with_headers(line: str, title: str) -> str:
    return line.replace("= { ", f"= {{ headers = [{_quoted(title)}], ", 1)


def _short(text: str) -> str:
    return mask_phone(" ".join(text.split()))[:24]


def _quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
