"""The catalogue of the standard: its clauses with their rules, and the page that shows them."""
