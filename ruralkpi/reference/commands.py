"""Every command with its example and options, and every setting of ruralkpi.toml."""

from __future__ import annotations

from typing import Any

import click

from ruralkpi.commands.options import declared, told_in, whole_help
from ruralkpi.commands.program import cli
from ruralkpi.office.declared import settings
from ruralkpi.office.layout import settings_file
from ruralkpi.reference.markdown import anchor, code, heading, heads, page, table
from ruralkpi.texts import say


def of_commands(lang: str) -> str:
    """commands.md: a section a command."""
    common = {option.opts[0]: option for option in _options(cli.commands["ingest"]) if option.opts[0] != "--help"}
    shared = [_row("", option, lang) for option in common.values()]
    words = declared()
    blocks = [heading(2, say("reference.common", lang), "common"), table(heads(lang, "option", "default", "meaning"), shared)]
    for name, command in sorted(cli.commands.items()):
        own = [_row(name, option, lang) for option in _options(command) if option.opts[0] not in common]
        takes = " ".join(one.make_metavar(click.Context(command)) for one in command.params if isinstance(one, click.Argument))
        blocks += [
            heading(2, code(f"ruralkpi {name}{f' {takes}' if takes else ''}"), name),
            told_in(whole_help(command), lang),
            table(heads(lang, "option", "default", "meaning"), own) if own else "",
            _example(name, words),
        ]
    return page("commands", lang, *blocks)


def _example(name: str, words: dict[str, Any]) -> str:
    """As it is typed; as plain text where no office of one machine could run it."""
    kind = "text" if name in words["apart"]["commands"] else "sh"
    return f"```{kind}\n" + "\n".join(words["example"].get(name, ())) + "\n```"


def _options(command: click.Command) -> list[click.Option]:
    return [one for one in command.params if isinstance(one, click.Option)]


def _row(command: str, option: click.Option, lang: str) -> list[str]:
    return [
        f"{anchor(f'{command}{option.opts[0]}')}{code(_usage(option))}",
        code(_default(option)),
        told_in(whole_help(option), lang),
    ]


def _usage(option: click.Option) -> str:
    if option.is_flag:
        return option.opts[0]
    kind: Any = option.type
    takes = "|".join(kind.choices) if isinstance(kind, click.Choice) else option.metavar or kind.name.upper().split()[0]
    return f"{option.opts[0]} {takes}"


def _default(option: click.Option) -> str:
    """What holds where the option is not given, in words that are the same on any machine."""
    if isinstance(option.show_default, str):
        return option.show_default
    return str(option.default) if option.show_default else ""


def of_settings(lang: str) -> str:
    """settings.md: every setting, then the file as `init` writes it."""
    rows = [
        [f"{anchor(one.name)}{code(one.name)}", code(one.value), code(one.default or one.value.strip('"')), one.told(lang)]
        for one in settings()
    ]
    whole = f"```toml\n{settings_file(lang)}```"
    file = heading(2, say("reference.whole_file", lang), "file")
    return page("settings", lang, table(heads(lang, "setting", "example", "default", "meaning"), rows), file, whole)
