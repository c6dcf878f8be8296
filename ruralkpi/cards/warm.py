"""Imported once by the clean process that workers are forked from: everything a card needs, no connection."""

from ruralkpi.light_import import without_address_grammar

with without_address_grammar():
    import duckdb  # noqa: F401
    import IPython.core.display  # noqa: F401
    import pandas  # noqa: F401
    import papermill  # noqa: F401

    import ruralkpi  # noqa: F401
    from ruralkpi.cards import agenda, child, cut, draw, engine, fonts, page, pdf, show, typography, verify, worker  # noqa: F401

child.warm()
fonts.base()
typography.style()
for _name in (*show.SECTIONS, "page"):
    typography.environment().get_template(f"{_name}.html.j2")
