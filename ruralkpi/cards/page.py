"""An executed notebook becomes one page: its sections in our own frame, the style once.

nbconvert would wrap each output in its own markup and 300 KB of style; the sections are all that is wanted.
"""

from __future__ import annotations

import re

from markupsafe import Markup
from nbformat import NotebookNode

from ruralkpi.pages.imprint import Imprint
from ruralkpi.pages.typography import environment, keep, masked, sheet, style
from ruralkpi.texts import cut_off, say


def page(notebook: NotebookNode, agent_id: str, month: str, imprint: Imprint, lang: str = "zh") -> str:
    """The card as a standalone HTML page, for the screen and for the PDF."""
    foot = " · ".join(
        [
            f"{agent_id}_{month}",
            say("card.until", lang, as_of=cut_off(imprint.as_of)),
            say("card.edition", lang, version=imprint.rules_version),
            *([imprint.standing] if imprint.standing else []),
            masked(lang),
        ]
    )
    return (
        environment("cards")
        .get_template("page.html.j2")
        .render(
            lang=lang,
            title=f"{agent_id}_{month}",
            agent_id=agent_id,
            month=month,
            style=Markup(style()),
            page_css=Markup(sheet("page")),
            foot=css_text(foot),
            body=Markup(body := "\n".join(_with_moved(sections(notebook), agent_id, imprint, lang))),
            is_explored='class="rk-plot"' in body,
            **{name: css_text(say(f"card.{name}", lang)) for name in ("page_before", "page_between", "page_after")},
        )
        + "\n"
    )


def _with_moved(shown: list[str], agent_id: str, imprint: Imprint, lang: str) -> list[str]:
    """The sections, behind the first what is another than published."""
    if agent_id not in imprint.moved:
        return shown
    text = keep(imprint.moved[agent_id])
    block = environment("cards").get_template("moved.html.j2")
    words = block.render(text=text, has_changes=imprint.has_changes, say=lambda key: say(key, lang)).strip()
    return [*shown[:1], words, *shown[1:]]


def sections(notebook: NotebookNode) -> list[str]:
    """The HTML that the notebook's cells displayed, without the style that each brings along."""
    shown = [
        output["data"]["text/html"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "text/html" in output.get("data", {})
    ]
    return ["".join(html).removeprefix(style()) for html in shown]


def css_text(text: str) -> Markup:
    """Text inside a CSS string: whatever could end the string or the element is written as a code point."""
    return Markup(re.sub(r"""[\x00-\x1f"'\\<>&{}]""", lambda found: f"\\{ord(found[0]):06x}", text))
