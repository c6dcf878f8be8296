"""What the checks found: agreement with Great Expectations, signals, gate, report and the rows to mend."""

FOUND = ("validation", "signal", "signal_row")  # tables of the staging database that a check makes anew
PUBLISHED = ("flaw", "mended", "check_list", "note", "row_month", "signal", "signal_row")  # and those that the book takes over
