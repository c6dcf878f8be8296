"""Scorecards: one agent, one month, from the published tables through notebooks/scorecard.ipynb to HTML and PDF.

engine, child: papermill's engine · content, figures, grid, agenda: what a card says · show, draw, templates: how it
looks · page, pdf, fonts: its files · plan, pool, worker, verify, batch, index: a month of them.
"""
