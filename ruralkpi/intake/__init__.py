"""Files into raw and typed tables: readers · match, headers, leftovers · load, large, remarks, typed."""
