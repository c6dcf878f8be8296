"""The stages of a run, each usable alone: exports → staging database → checked rows → book."""
