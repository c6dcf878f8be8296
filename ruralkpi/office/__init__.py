"""An office: the folder in which somebody works, apart from the program; how it is laid out, and what may be wrong with it."""
