"""Reading on a cluster: whatever reads files on one machine reads them on Spark's workers, some files a task."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ruralkpi.errors import UserError


def spread(session: Any, read: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """What `read` gives for the arguments of each job, in their order; each is a task of its own, on any worker.

    `read` is a function of a module that the workers have, too. Raises UserError with the line of the first that a worker raised.
    """
    from pyspark.sql.functions import udf  # after a session has been made, so that it is there

    frame = session.createDataFrame([(n, pickle.dumps((read, job))) for n, job in enumerate(jobs)], "n INT, job BINARY")
    done = frame.repartition(max(1, len(jobs))).select("n", udf(_task, "BINARY", useArrow=False)("job").alias("reply"))
    for _, reply in sorted((row[0], pickle.loads(bytes(row[1]))) for row in done.collect()):
        if isinstance(reply, UserError):
            raise reply
        yield reply


def _task(job: bytes) -> bytes:
    read, given = pickle.loads(bytes(job))
    try:
        return pickle.dumps(read(*given))
    except UserError as fault:  # of a folder or a file; anything else ends the run with its traceback
        return pickle.dumps(UserError(str(fault)))
