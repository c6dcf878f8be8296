"""Files of exports → raw.* → typed.* → clean.* and quarantine."""
