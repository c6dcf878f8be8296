"""Commands about the office itself: making one, its mappings, and what is wrong with it."""
