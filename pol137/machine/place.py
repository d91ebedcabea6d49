"""Where and how the centre runs on this machine: the environment variables, read without Django."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from pol137.machine.trouble import CannotRun

ROOT = Path(__file__).resolve().parents[2]
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Place:
    """The data folder, the address to listen on, and where the database is.

    `demo_days`: so many days of history a demo is filled with, none = as the city is; `tls`: the files of
    certificate and key when the web server speaks HTTPS; `plain_port`: where plain HTTP is sent on.
    """

    data_dir: Path
    host: str
    port: int
    public_url: str
    demo: bool
    database_url: str
    demo_days: float | None = None
    tls: tuple[Path, Path] | None = None
    plain_port: int | None = None

    @property
    def log_dir(self) -> Path:
        """The folder of the log files."""
        return self.data_dir / "log"

    @property
    def lock_file(self) -> Path:
        """The file locked by whoever runs the private server."""
        return self.data_dir / "up.lock"


def read() -> Place:
    """The place the environment describes. Refuses (CannotRun) a port that is none, and unsafe mixes."""
    host = os.environ.get("POL137_HOST", "127.0.0.1")
    port = _port("POL137_PORT", "8137")
    data_dir = (ROOT / os.environ.get("POL137_DATA", "var")).resolve()
    tls = find_tls(data_dir)
    place = Place(
        data_dir=data_dir,
        host=host,
        port=port,
        public_url=public_url(host, port, tls=tls is not None),
        demo=is_on(os.environ.get("POL137_DEMO", "off")),
        database_url=os.environ.get("DATABASE_URL", ""),
        demo_days=_days(os.environ.get("POL137_DEMO_DAYS", "")),
        tls=tls,
        plain_port=_port("POL137_PLAIN_PORT") if os.environ.get("POL137_PLAIN_PORT") else None,
    )
    if host not in _LOOPBACK:
        _check_open_to_others(place)
    return place


def find_tls(data_dir: Path) -> tuple[Path, Path] | None:
    """The certificate and key to serve HTTPS with: POL137_TLS_CERT and _KEY, else those of `pol137 tls`.

    Refuses (CannotRun) one without the other, and files that cannot be read.
    """
    told = [os.environ.get(name, "") for name in ("POL137_TLS_CERT", "POL137_TLS_KEY")]
    if not any(told):
        made = (data_dir / "tls" / "server.pem", data_dir / "tls" / "server.key")
        return made if made[0].exists() and made[1].exists() else None
    if not all(told):
        raise CannotRun("POL137_TLS_CERT and POL137_TLS_KEY go together: give both files, or neither")
    for path in told:
        if not os.access(path, os.R_OK):
            raise CannotRun(f"{path} cannot be read: name the certificate's file and its key's")
    return Path(told[0]).resolve(), Path(told[1]).resolve()


def public_url(host: str, port: int, *, tls: bool) -> str:
    """The address people reach the centre by."""
    own = f"{'https' if tls else 'http'}://{host}:{port}"
    return os.environ.get("POL137_PUBLIC_URL", own).rstrip("/")


def _port(name: str, default: str = "") -> int:
    written = os.environ.get(name, default)
    if not written.isdecimal() or not 0 < int(written) < 65536:
        raise CannotRun(f"{name}={written!r} is no port: give a number from 1 to 65535")
    return int(written)


def _check_open_to_others(place: Place) -> None:
    if place.demo:
        raise CannotRun(
            f"demo accounts are only for this machine, and POL137_HOST={place.host} is open to others: "
            "set POL137_DEMO=off, or leave POL137_HOST out"
        )
    for name in ("POL137_RATE_LIMITS", "POL137_MODERATION"):
        if not is_on(os.environ.get(name, "on")):
            raise CannotRun(
                f"{name}=off is only for tests on this machine, and POL137_HOST={place.host} is open to "
                f"others: leave {name} or POL137_HOST out"
            )


def _days(written: str) -> float | None:
    if not written.strip():
        return None
    if not written.strip().isdecimal():
        raise CannotRun(f"POL137_DEMO_DAYS={written!r} is no number of days: give 0 or more")
    return float(written)


def is_on(value: str) -> bool:
    """Whether a switch written like that is on."""
    return value.lower() in {"1", "on", "true", "yes"}


def ensure_secret_key(place: Place) -> None:
    """Have `secret-key` under the data folder, made once, readable by its owner only."""
    path = place.data_dir / "secret-key"
    if path.exists():
        path.chmod(0o600)
        return
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(64) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
