"""What judges rows: the checks, the verdict on each row, the cut-off, Great Expectations' second opinion, signals."""

FOUND = ("validation", "signal", "signal_row")  # tables of the staging database that a check makes anew
PUBLISHED = (
    "flaw",
    "mended",
    "check_list",
    "note",
    "row_month",
    "signal",
    "signal_row",
    "taken_off",
    "told",
    "freshness",
    "silent_month",
)  # and those that the book takes over
