"""What the checks found, for people: the gate, the month's report, the rows to mend."""
