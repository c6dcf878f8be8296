"""raw.* → typed.*: each text becomes a value by its column's suffix."""
