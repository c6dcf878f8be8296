"""What the commands share: the options that every stage takes, forms of output, a line of progress."""

from __future__ import annotations

import os
import re
import textwrap
import tomllib
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from ruralkpi import settings as configuration
from ruralkpi import spoken
from ruralkpi.commands.streams import told
from ruralkpi.errors import UserError
from ruralkpi.exports.declared import built_in
from ruralkpi.masking import told as shown
from ruralkpi.masking import unmasked
from ruralkpi.settings import Settings
from ruralkpi.texts import LANGUAGES, say
from ruralkpi.toml_text import misnamed, read_toml

Tell = Callable[..., None]
FORMS = click.Choice(["table", "csv", "json"])
LANG = click.option(  # read before the command line is: messages about it are in the language, too
    "--lang", type=click.Choice(LANGUAGES), expose_value=False, help="文字的语言 language of messages, sentences and cards"
)
STRICT = click.option("--strict", "is_strict", is_flag=True, help="有须知就以 3 退出 exit 3 if anything is told at the end")
EDITION = click.option("--edition", type=click.IntRange(1), metavar="N", help="发布过的第几版 of what was published")
PATH = click.Path(path_type=Path)
_COLUMNS = 80
_EXAMPLE = re.compile("(?<=\b\n)[^\n]*(?=\n)")
_WHOLE: dict[int, str] = {}  # help as it was written, Chinese before English
_ENGLISH = re.compile(r"^.*[\u3000-\u9fff\uff00-\uffef]", re.DOTALL)


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every stage takes; the command gets them as one Settings."""

    def with_settings(
        raw: Path | None, db: Path | None, out: Path | None, as_of: str | None, config: Path | None, **rest: Any
    ) -> Any:
        path = config or Path(configuration.CONFIG_NAME)
        for hidden in misnamed(path) if path.exists() else ():
            tell("cli.remark", line=say("error.toml_txt", file=hidden, name=path.name))
        if as_of is not None:  # refused at once, whether or not the command would look at it
            from ruralkpi.checks.cutoff import parse_as_of

            parse_as_of(as_of)
        chosen = configuration.load(config).with_options(raw=raw, db=db, out=out, as_of=as_of, lang=spoken.language())
        shown.know(chosen.staging, chosen.db)
        return command(chosen, **rest)

    with_settings.__name__, with_settings.__doc__ = command.__name__, command.__doc__
    with_settings.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in (
        LANG,
        click.option("--config", type=PATH, help="设置文件 settings file (ruralkpi.toml)"),
        click.option("--as-of", metavar="TIME", help="数据截止 cut-off: 2026-10-31 (24:00) or 2026-10-31 18:00"),
        click.option("--out", type=PATH, help="报告文件夹 folder of reports"),
        click.option("--db", type=PATH, help="数据集 marts, a DuckDB file"),
        click.option("--raw", type=PATH, help="导出文件夹 folder of exports"),
    ):
        with_settings = option(with_settings)
    return with_settings


def may_unmask(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --unmasked, below `common`: names and phones as they are stored; its use is logged beside the book."""

    def with_flag(settings: Settings, is_unmasked: bool, **rest: Any) -> Any:
        if not is_unmasked:
            return command(settings, **rest)
        asked = click.get_current_context()
        given = {name: str(value) for name, value in asked.params.items() if value not in (None, False, ())}
        with unmasked.shown(settings.db, f"{asked.info_name} {given}") as log:
            tell("cli.unmasked", log=log)
            return command(settings, **rest)

    with_flag.__name__, with_flag.__doc__ = command.__name__, command.__doc__
    with_flag.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    words = "姓名与电话照原样显示，并记入日志 names and phones as they are stored; logged"
    return click.option("--unmasked", "is_unmasked", is_flag=True, help=words)(with_flag)


def tell(key: str, **values: Any) -> None:
    """One line of progress on standard error, or where values are lists a line for each of them; names of files and what they
    hold as they may be shown."""
    lists = {name: value for name, value in values.items() if isinstance(value, list)}
    lines = [values | dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)] if lists else [values]
    as_shown = shown.all_masked(str(value) for line in lines for value in line.values() if isinstance(value, str | Path))
    for line in lines:
        masked = {name: as_shown[str(value)] if isinstance(value, str | Path) else value for name, value in line.items()}
        told(spoken.spoken(key, **masked))


def tell_settings(settings: Settings, book: Any, aside: tuple[str, ...] = ()) -> None:
    """One line where the book was built under other settings than these."""
    from ruralkpi.stages.in_force import disagreement

    if line := disagreement(book.con, settings, aside):
        tell("cli.remark", line=line)


def language_of(arguments: Sequence[str]) -> str:
    """The language for a command line: its --lang, RURALKPI_LANG, or `lang` of the settings; Chinese where nothing says so.

    Raises UserError for a variable that names another; what is wrong with an option or the settings is told by those who
    read them.
    """
    given = {name: value for name in ("--lang", "--config") if (value := _given(arguments, name))}
    if given.get("--lang") in LANGUAGES:
        return given["--lang"]
    if named := os.environ.get(spoken.VARIABLE):
        if named not in LANGUAGES:
            raise UserError(say("error.lang_variable", variable=spoken.VARIABLE, value=named, known="、".join(LANGUAGES)))
        return named
    path = Path(given.get("--config", configuration.CONFIG_NAME))
    try:
        wanted = read_toml(path, "error.config_bad").get("lang") if path.exists() else None
    except (UserError, OSError):
        wanted = None
    return wanted if wanted in LANGUAGES else "zh"


def speak(lang: str) -> None:
    """The console speaks `lang`, and knows what exports and columns are called in it."""
    spoken.speak(lang)
    if lang != "zh":
        built_in()


def _given(arguments: Sequence[str], name: str) -> str:
    """The last value that a command line gives an option."""
    found = ""
    for before, own in zip(["", *arguments], arguments, strict=False):
        found = own if before == name else own.partition("=")[2] if own.startswith(f"{name}=") else found
    return found


def help_in(command: click.Command, lang: str) -> None:
    """The help of a command, its options and commands: both languages, or the English part alone."""
    for one in (command, *command.params):
        if isinstance(one, click.Command | click.Option):
            whole = _WHOLE.setdefault(id(one), one.help or "")
            one.help = whole if lang == "zh" else _ENGLISH.sub("", whole).strip()
    if command.epilog:
        command.epilog = _EXAMPLE.sub(say("cli.example", lang), command.epilog)
    for inner in getattr(command, "commands", {}).values():
        help_in(inner, lang)


def whole_help(one: click.Command | click.Option) -> str:
    """A command's or an option's help in both languages, whichever is spoken."""
    return _WHOLE.get(id(one), one.help or "").strip()


def told_in(help_text: str, lang: str) -> str:
    """What a command or option says of itself, in one language; what is in no Chinese stands for both."""
    english = _ENGLISH.sub("", help_text).strip()
    chinese = help_text.strip().removesuffix(english).strip()
    return english if lang != "zh" else chinese if chinese.endswith("。") else help_text.strip()


def declared() -> dict[str, Any]:
    """told.toml: what is said beside the commands' own words."""
    return tomllib.loads((files("ruralkpi") / "commands" / "told.toml").read_text(encoding="utf-8"))


def tell_of(group: click.Group) -> None:
    """Give each command its example and each option that has no words of its own those that it has everywhere (told.toml)."""
    words = declared()
    for name, command in group.commands.items():
        lines = "\n".join(f"  {line}" for line in words["example"].get(name, ()))
        command.epilog = f"\b\n{say('cli.example')}\n{lines}" if lines else None
        for option in command.params:
            if isinstance(option, click.Option) and not option.help:
                option.help = words["option"].get(option.opts[0])


def write_commands(group: click.Group, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """The list of commands, each with all that it says of itself, a line a language: click cuts it at the end of the line."""
    names = group.list_commands(ctx)
    wide = max(map(len, names)) + 2
    with formatter.section("Commands"):
        for name in names:
            whole = (group.commands[name].help or "").strip()
            chinese, english = (told_in(whole, lang) if _ENGLISH.search(whole) else "" for lang in LANGUAGES)
            english = english or whole
            lines = [*([chinese] if chinese else []), *textwrap.wrap(english, _COLUMNS - wide - 2)]
            for start, line in zip([name, *[""] * len(lines)], lines, strict=False):
                formatter.write(f"  {start:<{wide}}{line}\n")
