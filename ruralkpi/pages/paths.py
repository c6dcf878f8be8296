"""File names from ids that anybody may have typed."""

from __future__ import annotations

import hashlib
import re
import unicodedata

COUNTIES, RULES = "counties", "rules"  # the folders of the counties' and the rules' pages
_LONGEST, _BYTES = 60, 180  # with its endings a name stays below the 255 bytes that file systems take
_OURS = {"INDEX", "SUMMARY", "QUALITY", "COUNTIES", "BUNDLES", "RULES"}  # what stands beside the areas and cards
_SYSTEM = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))}  # also with ¹ for 1


def safe(name: str) -> str:
    """A file name that can't leave its folder; different ids give different names, on any file system.

    An id of letters without lower case, digits, `-` and `_` stays as it is. Any other is cleaned and gets `~` and
    its hash: `~` is never kept, so a cleaned id can't meet another one; lower case is hashed because some file
    systems don't tell it from upper case.
    """
    kept = re.sub(r"[^\w-]", "_", unicodedata.normalize("NFC", name))[:_LONGEST].encode()[:_BYTES].decode("utf-8", "ignore")
    is_one_case = name == name.upper() == name.casefold().upper()
    if kept == name and name and is_one_case and unicodedata.normalize("NFKC", name).upper() not in _OURS | _SYSTEM:
        return name
    return f"{kept}~{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
