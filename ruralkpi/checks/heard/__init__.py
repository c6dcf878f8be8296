"""How far the exports speak: the pace of their records, the last of them by export and county, months of silence."""
