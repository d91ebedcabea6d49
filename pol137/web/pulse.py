"""The pulse of the doors: request figures for /metrics, a request id, and logs that tell no secrets."""

from __future__ import annotations

import json
import logging
import mmap
import os
import re
import secrets
import shutil
import struct
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

log = logging.getLogger("pol137.request")
request_id: ContextVar[str] = ContextVar("request_id", default="")

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SLOT = struct.Struct("=d120s")
SLOTS = 512

# --- what a process counts, in memory that its siblings can read ----------------------------------


class Tally:
    """Named sums in a mapped file, so that any worker can report for all; without a path, or without room on
    the disk, in memory only."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._slots: dict[str, int] = {}
        size = SLOT.size * SLOTS
        self._map = _room(path, size) if path is not None else mmap.mmap(-1, size)

    def add(self, name: str, amount: float = 1.0) -> None:
        """Add to a sum; once all slots are taken, new names are not counted."""
        with self._lock:
            slot = self._slots.get(name)
            if slot is None:
                slot = len(self._slots)
                if slot >= SLOTS:
                    return
                self._slots[name] = slot
                SLOT.pack_into(self._map, slot * SLOT.size, 0.0, name.encode()[:120])
            struct.pack_into("=d", self._map, slot * SLOT.size, self._value(slot) + amount)

    def _value(self, slot: int) -> float:
        return float(struct.unpack_from("=d", self._map, slot * SLOT.size)[0])

    def read(self) -> dict[str, float]:
        """The sums of this process."""
        return dict(_sums(self._map[:]))


def _room(path: Path, size: int) -> mmap.mmap:
    """So much of a file, in memory. The room is taken first: a page that the disk has no room for would kill
    the process that touches it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w+b") as file:
            os.posix_fallocate(file.fileno(), 0, size)
            return mmap.mmap(file.fileno(), size)
    except OSError:
        path.unlink(missing_ok=True)
        return mmap.mmap(-1, size)


def _sums(raw: bytes) -> Iterator[tuple[str, float]]:
    for amount, name in SLOT.iter_unpack(raw[: len(raw) // SLOT.size * SLOT.size]):
        if not name[0]:
            return
        yield name.rstrip(b"\0").decode(), amount


_tally: Tally | None = None
_tally_pid = 0


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "run" / "pulse" / str(os.getppid())


def tally() -> Tally:
    """This process's sums; a fork gets its own."""
    global _tally, _tally_pid
    if _tally is None or _tally_pid != os.getpid():
        _tally_pid = os.getpid()
        _tally = Tally() if settings.TESTING else Tally(_own_file())
    return _tally


def _own_file() -> Path:
    """A file beside the siblings'; folders of servers that are gone are swept away."""
    folder = _folder()
    for other in folder.parent.glob("*"):
        if other.name != folder.name and not Path(f"/proc/{other.name}").exists():
            shutil.rmtree(other, ignore_errors=True)
    return folder / f"{os.getpid()}.sums"


def sums() -> dict[str, float]:
    """The sums of all workers of this server since it started, those that have ended included."""
    if settings.TESTING:
        return tally().read()
    tally()
    total: dict[str, float] = defaultdict(float)
    for path in sorted(_folder().glob("*.sums")):
        for name, amount in _sums(path.read_bytes()):
            total[name] += amount
    return dict(total)


def exposition() -> str:
    """The figures in Prometheus's text format."""
    families = {
        "pol137_requests_total": ("counter", "Requests answered, by door, method and status."),
        "pol137_request_seconds": ("histogram", "Time to answer, by door."),
    }
    found = sums()
    lines: list[str] = []
    for family, (kind, text) in families.items():
        lines += [f"# HELP {family} {text}", f"# TYPE {family} {kind}"]
        lines += [f"{name} {amount:.17g}" for name, amount in found.items() if name.startswith(family)]
    return "\n".join(lines) + "\n"


def count(door: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    here = tally()
    here.add(f'pol137_requests_total{{door="{door}",method="{method}",status="{status}"}}')
    for bound in BOUNDS:
        here.add(
            f'pol137_request_seconds_bucket{{door="{door}",le="{bound}"}}', 1.0 if seconds <= bound else 0.0
        )
    here.add(f'pol137_request_seconds_bucket{{door="{door}",le="+Inf"}}')
    here.add(f'pol137_request_seconds_sum{{door="{door}"}}', seconds)
    here.add(f'pol137_request_seconds_count{{door="{door}"}}')


METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class PulseMiddleware:
    """Counts, times and names every request; the outermost of all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = secrets.token_hex(8)
        mark = request_id.set(name)
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            method = request.method if request.method in METHODS else "other"
            count(_door(request), method or "other", response.status_code, seconds)
            log.info(
                "answered",
                extra={
                    "method": method,
                    "route": _route(request),
                    "status": response.status_code,
                    "ms": round(seconds * 1000, 1),
                },
            )
        finally:
            request_id.reset(mark)
        response.headers["X-Request-ID"] = name
        return response


def _door(request: HttpRequest) -> str:
    """The package whose view answered: portal, desk, api, web, or other."""
    match = getattr(request, "resolver_match", None)
    module = getattr(match.func, "__module__", "") if match else ""
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == "pol137" else "other"


def _route(request: HttpRequest) -> str:
    """The pattern of the address, never the address: it may hold a code."""
    match = getattr(request, "resolver_match", None)
    return str(match.route) if match else ""


# --- logs -----------------------------------------------------------------------------------------

PLAIN = re.compile(r"[A-Za-z_][\w.:/-]{0,79}", re.ASCII)
QUERY = re.compile(r"\?\S*|\S*&\S*")
NUMBERS = re.compile(r"\+?\d[\d\s\u00a0-]{2,}\d")
FOREIGN = re.compile(r"[^\x00-\x7f]+(?:\s*[^\x00-\x7f]+)*")
KEYS = re.compile(r"\b[A-Za-z0-9_-]{24,}\b")
FIELDS = ("method", "route", "status", "ms", "event", "job", "count", "seconds", "unit")
HIDDEN = "…"


def discreet(text: str) -> str:
    """The text without query strings, long numbers, keys, or words that are not plain English letters."""
    for pattern in (QUERY, KEYS, NUMBERS, FOREIGN):
        text = pattern.sub(HIDDEN, text)
    return text


def _safe(value: object) -> object:
    """A value fit for a log: numbers, names of code, and nothing a person may have typed."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    return discreet(text) if PLAIN.fullmatch(text) else HIDDEN


class JsonFormatter(logging.Formatter):
    """One JSON object a line; never words, phones, codes, keys, query strings or an exception's message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": self._text(record),
        }
        if name := request_id.get():
            line["request"] = name
        line |= {field: _plain(record.__dict__[field]) for field in FIELDS if field in record.__dict__}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__qualname__
            line["where"] = [
                f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])[-12:]
            ]
        return json.dumps(line, ensure_ascii=False)

    @staticmethod
    def _text(record: logging.LogRecord) -> str:
        template = str(record.msg)
        if not record.args:
            return discreet(template)
        args: Any = record.args
        try:
            if isinstance(args, dict):
                return discreet(template) % {key: _safe(value) for key, value in args.items()}
            return discreet(template) % tuple(_safe(value) for value in args)
        except (TypeError, ValueError):
            return discreet(template)


def _plain(value: object) -> object:
    """A field set by our own code: routes and numbers as they are."""
    return value if isinstance(value, int | float | str) else str(value)
