-- grain: one row per fact about the edition.
SELECT key, value FROM meta ORDER BY key
