"""Imported once by the clean process that workers are forked from: everything a card needs, no connection."""

from ruralkpi.light_import import without_options

with without_options():
    import duckdb  # noqa: F401
    import IPython.core.display  # noqa: F401
    import pandas  # noqa: F401
    import papermill  # noqa: F401

    from ruralkpi import Book  # noqa: F401
    from ruralkpi.cards import page, show  # noqa: F401
    from ruralkpi.cards.facts import agenda  # noqa: F401
    from ruralkpi.cards.pictures import draw  # noqa: F401
    from ruralkpi.pages import typography
    from ruralkpi.press import child, engine, verify, worker  # noqa: F401
    from ruralkpi.press.printing import cut, fonts, pdf  # noqa: F401

child.warm()
fonts.base()
typography.style()
for _name in (*show.SECTIONS, "page"):
    typography.environment("cards").get_template(f"{_name}.html.j2")
