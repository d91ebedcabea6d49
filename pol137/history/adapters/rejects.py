"""The file of refused rows: what stood there, where, and why, in both languages."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from pol137.history.adapters.files import Read
from pol137.history.vocabulary import LINE_COLUMN, OURS
from pol137.lib.refusal import Refusal

ADDED = (LINE_COLUMN, f"{OURS}reason", f"{OURS}reason_fa", f"{OURS}reason_en")

Words = Callable[[Refusal, str], str]
"""The words of a refusal in a language."""


class RejectFile:
    """Refused rows as CSV (UTF-8 with a mark), for its owner's eyes only: it holds what citizens said.

    `keep(size)` cuts it to what it was at the last commit; after `flush` what was added is on the disk.
    With no path nothing is written.
    """

    def __init__(self, path: Path | None, header: Sequence[str], delimiter: str, words: Words) -> None:
        self._path, self._header, self._words = path, [one for one in header if one != LINE_COLUMN], words
        self._delimiter = delimiter
        self._file: io.BufferedRandom | None = None

    def __enter__(self) -> RejectFile:
        if self._path is not None:
            number = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            self._file = io.BufferedRandom(io.FileIO(number, "r+b"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            if kind is None and self._path is not None and not self._path.stat().st_size:
                with suppress(OSError):
                    self._path.unlink()

    def keep(self, size: int) -> bool:
        """Go back to this size; False, and emptied, when the file is shorter: it is another one."""
        if self._file is None:
            return True
        there = self._file.seek(0, io.SEEK_END)
        self._file.truncate(size if there >= size else 0)
        self._file.seek(0, io.SEEK_END)
        return there >= size

    def add(self, refused: Sequence[tuple[Read, Refusal]]) -> int:
        """Write these rows down; the size of the file now."""
        if self._file is None:
            return 0
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self._delimiter)
        if refused and not self._file.tell():
            text.write("\ufeff")
            writer.writerow([*self._header, *ADDED])
        for row, refusal in refused:
            cells = [row.cells.get(name, "") for name in self._header]
            why = [refusal.code, self._words(refusal, "fa"), self._words(refusal, "en")]
            writer.writerow([*cells, str(row.line), *why, *row.rest])
        self._file.write(text.getvalue().encode("utf-8", "backslashreplace"))
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()
