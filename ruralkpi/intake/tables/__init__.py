"""Where the tables of a sheet stand, which export each is, and what around them is no record."""
