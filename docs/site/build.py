"""docs/ as a small site that needs no network: `make docs`. Both languages, one below the other's folder, each with its search.

Zensical makes the pages; the one script that it would fetch stands beside this file. Raises SystemExit where anything else would
be fetched.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).parent
DOCS = HOME.parent
SHIM = "iframe-worker.js"  # lets a page that is opened from a folder search in a worker
LANGUAGES = {"zh": "中文", "en": "English"}
GUIDES = [
    "index",
    "start",
    "card",
    "by-hand",
    "own-exports",
    "data-problems",
    "editions",
    "recipes",
    "limits",
    "provinces",
    "upgrade",
]
REFERENCE = [
    "rules",
    "commands",
    "settings",
    "errors",
    "exports",
    "words",
    "spellings",
    "tables",
    "python",
    "glossary",
    "developing",
]
PARTS = {"zh": ("读", "查"), "en": ("Read", "Look up")}
# what a page would fetch: addresses in what is loaded, not in links that a person may follow
_FETCHED = re.compile(
    r"""<(?:script|img|iframe|source)[^>]+src=["'](?:https?:)?//|<link[^>]+href=["'](?:https?:)?//(?![^>]*canonical)|@import|url\(["']?(?:https?:)?//"""
)
_SHIM = re.compile(r'src="https://unpkg\.com/iframe-worker/shim"')


def build(out: Path) -> None:
    """Write the site into `out`: index.html leads to zh/ and en/."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for lang in LANGUAGES:
        with tempfile.TemporaryDirectory() as folder:
            made = _one(Path(folder), lang)
            shutil.copytree(made, out / lang)
    for page in sorted(out.rglob("*.html")):
        deep = "../" * (len(page.relative_to(out).parts) - 1)
        text = _SHIM.sub(f'src="{deep}{SHIM}"', page.read_text(encoding="utf-8"))
        if found := _FETCHED.search(text):
            raise SystemExit(f"{page}: {found[0]} would be fetched")
        page.write_text(text, encoding="utf-8")
    shutil.copyfile(HOME / SHIM, out / SHIM)
    (out / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><title>ruralkpi</title><meta http-equiv="refresh" content="0; url=zh/index.html">'
        '<a href="zh/index.html">中文</a> · <a href="en/index.html">English</a>\n',
        encoding="utf-8",
    )


def _one(work: Path, lang: str) -> Path:
    """One language's site, made in `work`."""
    shutil.copytree(DOCS / lang, work / "docs")
    shutil.copytree(DOCS / "pictures", work / "docs" / "pictures")
    for page in (work / "docs").rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("../pictures/", "pictures/"), encoding="utf-8")
    shutil.copyfile(HOME / "site.css", work / "docs" / "site.css")
    (work / "zensical.toml").write_text(_settings(lang), encoding="utf-8")
    command = [sys.executable, "-m", "zensical", "build", "--clean"]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True)
    if done.returncode or not (work / "site" / "index.html").exists():
        raise SystemExit(done.stdout + done.stderr)
    return work / "site"


def _settings(lang: str) -> str:
    read, look_up = PARTS[lang]
    nav = f'nav = [{{ "{read}" = [{_listed(GUIDES)}] }}, {{ "{look_up}" = [{_listed(REFERENCE)}] }}]'
    others = "\n".join(
        f'[[project.extra.alternate]]\nname = "{name}"\nlink = "../{other}/index.html"\nlang = "{other}"'
        for other, name in LANGUAGES.items()
    )
    return f"""[project]
site_name = "ruralkpi"
use_directory_urls = false
extra_css = ["site.css"]
{nav}
[project.theme]
language = "{lang}"
font = false
features = ["navigation.indexes", "navigation.top", "search.highlight", "content.code.copy", "toc.follow"]
[project.plugins.offline]
[project.plugins.search]
separator = '[\\s\\u200b\\-_,:!=\\[\\]()"`/]+|\\.(?!\\d)|&[lg]t;'
{others}
"""


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{name}.md"' for name in names)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
