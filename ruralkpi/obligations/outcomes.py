"""The outcomes (section 2), and the sets of them that are asked for by name."""

OUTCOMES = ("met", "missed_late", "missed_open", "pending", "unknown", "exempt", "void")
DECIDED, MISSED = OUTCOMES[:3], OUTCOMES[1:3]  # what a rate counts, and what of it was not kept
ASKED = (*MISSED, "unknown")  # of which a correction may be asked for
