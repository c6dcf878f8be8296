"""Pages beside the cards: the catalogue of the standard."""
