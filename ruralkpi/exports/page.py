"""docs/words.md: every closed list of words, printed from the exports that use them.

python -m ruralkpi.exports.page > docs/words.md
"""

from __future__ import annotations

from collections.abc import Iterator

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Column
from ruralkpi.exports.vocabulary import shared

_HEAD = """# 认得的词 / Words that are read

哪一列的哪个词是什么意思，全在这里：整个词相同才算（全角半角、大小写、空格不计），不按词的一部分去猜。
表里没有的词什么也不决定，运行结束时会逐列说出来，并给出映射文件里该写的一行；本页由 `ruralkpi/exports/*.toml` 印出。
*What each word means, column by column. Words are compared whole; one that is not here decides nothing and is told at the
end of the run, with the mapping's line that settles it. Printed from `ruralkpi/exports/*.toml`.*

一格写几样的列（“列”）先按顿号、逗号、分号、斜线、空格分开；`*_means` 是 typed 表里的意思。
*A column marked “列 list” is split at its separators first.*
"""


def page() -> str:
    """The page as Markdown: a table an export, a row a column and meaning; then the words that all columns share."""
    parts = [_HEAD]
    for export in built_in().values():
        rows = [row for column in export.columns.values() for row in _rows(column)]
        if rows:
            parts.append(f"## {export.title} `{export.name}`\n\n" + _table(rows))
    for section, title in (("flag", "所有是/否列 yes and no"), ("blank", "空 blanks"), ("hotline", "10000 号 the hotline")):
        lists = {key: words for key, words in shared()[section].items() if key != "columns"}
        parts.append(f"## {title}\n\n" + _table([("", key, words) for key, words in lists.items()]))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _rows(column: Column) -> Iterator[tuple[str, str, list[str]]]:
    common = {*shared()["flag"]["true"], *shared()["flag"]["false"], *shared()["hotline"]["words"]}
    for meaning, words in column.words.meanings.items() if column.words else ():
        own = [word for word in words if word not in common or meaning not in ("true", "false", "hotline")]
        if own:
            title = f"{column.title} `{column.name}`" + (" 列 list" if column.words and column.words.is_list else "")
            yield title, meaning, own


def _table(rows: list[tuple[str, str, list[str]]]) -> str:
    lines = ["| 列 column | 意思 meaning | 词 words |", "|---|---|---|"]
    for title, meaning, words in rows:
        shown = "　".join(word.replace("|", "\\|") for word in words)
        lines.append(f"| {title} | `{meaning}` | {shown} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(page(), end="")
