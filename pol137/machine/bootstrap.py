"""Fills the virtual environment from the lock files. Runs before any package is there: standard library only.

    python -m pol137.machine.bootstrap install requirements.lock
    python -m pol137.machine.bootstrap lock

uv does the work, or pip where uv cannot be had. Both follow the machine's own pip settings, so no file
of the project names where packages come from.
"""

from __future__ import annotations

import argparse
import ast
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UV_LOCK = ROOT / "requirements-uv.lock"
WHEELS = ROOT / "wheels"
_LEVELS = ("global", "user", "site", "install", ":env:")
_LAUNCHER = """\
#!{python}
import sys

from pol137.commands.cli import main

sys.exit(main())
"""


def main(words: list[str] | None = None) -> int:
    """Install the named lock files, or make the lock files anew; the exit status of the tool used."""
    parser = argparse.ArgumentParser(prog="pol137.machine.bootstrap")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("install").add_argument("lock", nargs="+", type=Path)
    verbs.add_parser("lock")
    asked = parser.parse_args(words)
    if asked.verb == "lock":
        return make_locks()
    status = install(asked.lock)
    if status == 0:
        link_package()
    return status


def install(locks: list[Path]) -> int:
    """Install what the lock files pin, every file checked by its hash; in a bundle, from its own files."""
    files = [word for lock in locks for word in ("-r", str(lock))]
    if WHEELS.is_dir():
        own = ["--no-index", "--find-links", str(WHEELS)]
        return subprocess.run(
            _pip("install", "--quiet", "--require-hashes", *own, *files), check=False
        ).returncode
    environment = uv_environment(pip_settings())
    if uv := _uv():
        words = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--require-hashes", *files]
        if subprocess.run(words, env=environment, check=False).returncode == 0:
            return 0
        print("uv could not install the packages; trying pip", file=sys.stderr)
    return subprocess.run(_pip("install", "--quiet", "--require-hashes", *files), check=False).returncode


def make_locks() -> int:
    """Write the lock files from pyproject.toml."""
    uv = _uv() or "uv"
    environment = uv_environment(pip_settings())
    for output, source, extra in (
        ("requirements.lock", "pyproject.toml", []),
        ("requirements-dev.lock", "pyproject.toml", ["--extra", "dev"]),
        ("requirements-uv.lock", "-", []),
    ):
        words = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
        words += ["--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate", *extra]
        done = subprocess.run(
            [*words, source, "-o", output], env=environment, input="uv\n", text=True, check=False, cwd=ROOT
        )
        if done.returncode != 0:
            return done.returncode
    return 0


def link_package() -> None:
    """Make `pol137` importable in this environment and put its command beside the interpreter."""
    site = Path(sysconfig.get_path("purelib"))
    (site / "pol137.pth").write_text(f"{ROOT}\n")
    command = Path(sys.executable).parent / "pol137"
    command.write_text(_LAUNCHER.format(python=sys.executable))
    command.chmod(0o755)


def _uv() -> str | None:
    """This environment's uv, installed first if need be; None where it cannot be had."""
    uv = Path(sys.executable).parent / "uv"
    if not uv.exists() and UV_LOCK.exists():
        subprocess.run(
            _pip("install", "--quiet", "--require-hashes", "-r", str(UV_LOCK)),
            check=False,
            stderr=subprocess.DEVNULL,
        )
    return str(uv) if uv.exists() else None


def _pip(*words: str) -> list[str]:
    return [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]


def pip_settings() -> dict[str, str]:
    """pip's settings on this machine (files and environment), the nearest level winning."""
    listed = subprocess.run(_pip("config", "list"), capture_output=True, text=True, check=False).stdout
    rows = []
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        level, _, option = name.rpartition(".")
        if level in _LEVELS and value:
            rows.append((_LEVELS.index(level), option, str(ast.literal_eval(value))))
    return {option: value for _, option, value in sorted(rows)}


def uv_environment(settings: dict[str, str]) -> dict[str, str]:
    """The environment that has uv fetch packages as pip would; what the user set for uv stays."""
    meant = {
        "UV_DEFAULT_INDEX": settings.get("index-url"),
        "UV_INDEX": " ".join(settings.get("extra-index-url", "").split()),
        "UV_FIND_LINKS": ",".join(settings.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(settings.get("trusted-host", "").split()),
        "UV_NO_INDEX": "1" if settings.get("no-index", "").lower() in {"1", "true", "yes", "on"} else None,
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": settings.get("cert"),
        "UV_HTTP_TIMEOUT": settings.get("default-timeout") or settings.get("timeout"),
    }
    return {**{name: value for name, value in meant.items() if value}, **os.environ}


if __name__ == "__main__":
    sys.exit(main())
