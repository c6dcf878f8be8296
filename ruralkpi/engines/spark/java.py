"""The Java that Spark runs on: found, or named in one line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from ruralkpi.errors import UserError
from ruralkpi.texts import say

NEWEST_NEEDED = 17


def find_java() -> int:
    """The version of the Java that Spark will start: that of JAVA_HOME, else the first on the path.

    Raises UserError where there is none, where it does not run, and where it is older than Spark needs.
    """
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not Path(java).exists():
        raise UserError(say("error.java_missing", needed=NEWEST_NEEDED, place=home or "PATH"))
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=True, timeout=60).stderr
    except (OSError, subprocess.SubprocessError) as fault:
        raise UserError(say("error.java_broken", java=java, fault=fault)) from None
    version = version_of(told)
    if version < NEWEST_NEEDED:
        raise UserError(say("error.java_old", java=java, version=version, needed=NEWEST_NEEDED))
    return version


def version_of(told: str) -> int:
    """The number by which a Java goes, of what `java -version` says; 0 where it says none.

    >>> version_of('openjdk version "17.0.15" 2025-04-15'), version_of('java version "1.8.0_402"'), version_of("?")
    (17, 8, 0)
    """
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found[1]) if found else 0
