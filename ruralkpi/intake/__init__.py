"""Files into raw and typed tables: readers · headers, match, kinds, tables, beside · load, batch, large, larger, remarks,
leftovers · typed."""
