"""One agent's card: facts (what it says) · pictures (its SVG) · show (its sections, from templates) · page (their frame)."""
