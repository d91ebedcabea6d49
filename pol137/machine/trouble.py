"""What the machinery says when it cannot go on."""

from __future__ import annotations

import errno


class CannotRun(Exception):
    """The machine cannot do what was asked; the text is one plain line for the operator, with the mend."""


_FULL = "53100"
"""PostgreSQL's code for a full disk."""


def of_the_disk(error: BaseException) -> CannotRun | None:
    """In one line, when what went wrong is that there is no room to write, or no right to; else nothing."""
    cause: BaseException | None = error
    while cause is not None:
        number = cause.errno if isinstance(cause, OSError) else None
        if number in (errno.ENOSPC, errno.EDQUOT) or getattr(cause, "sqlstate", None) == _FULL:
            where = getattr(cause, "filename", None)
            told = f" ({where})" if where else ""
            return CannotRun(f"the disk is full{told}: make room, see docs/runbook/disk-full.md")
        if isinstance(cause, OSError) and number in (errno.EACCES, errno.EROFS) and cause.filename:
            return CannotRun(f"{cause.filename} cannot be written or read: {cause.strerror}")
        cause = cause.__cause__
    return None
