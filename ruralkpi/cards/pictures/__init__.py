"""A card's pictures, as inline SVG: sparklines, intervals and bars, the cadence grid's cells, the funnel."""
