"""Backup, restore, upgrade and rollback on a server of the city's own, as a role that is not its master."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from pol137.machine import backups, place, postgres
from pol137.machine.place import Place
from pol137.machine.server import started
from tests.machine.centre import Centre
from tests.machine.test_upgrade import ROOT, later_version, run

pytestmark = pytest.mark.kill


class OnOwnServer(Centre):
    """A centre whose database is somebody else's."""

    url = ""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "DATABASE_URL": self.url}


def as_master(server: Path, database: str, *statements: str) -> None:
    """What the server's master does."""
    url = postgres.url(server, database, postgres.SUPERUSER)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture
def centre(data_dir: Path, made: None, log: Path) -> Iterator[OnOwnServer]:
    """Its data folder beside a foreign server with an empty database, the extensions the master's."""
    found = OnOwnServer(data_dir.with_name("centre"))
    found.data.mkdir(mode=0o755)
    with started(data_dir, log=log, fast=True):
        as_master(
            data_dir,
            "postgres",
            "CREATE ROLE town LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD 'p@ss/wörd'",
            "CREATE DATABASE \"town-137\" OWNER town LOCALE 'C.UTF-8' TEMPLATE template0",
        )
        as_master(data_dir, "town-137", "CREATE EXTENSION pg_trgm", "CREATE EXTENSION unaccent")
        host = quote(str(postgres.socket_dir(data_dir)), safe="")
        found.url = f"postgresql://town:{quote('p@ss/wörd', safe='')}@/town-137?host={host}"
        place.ensure_secret_key(Place(found.data, "127.0.0.1", 8137, "", demo=False, database_url=found.url))
        yield found


def keys(centre: Centre) -> list[str]:
    """The names of the keys for programs, as this version tells them."""
    listed = run(centre, ROOT, "key", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    return [key["name"] for key in json.loads(listed.stdout)]


def done(centre: Centre, root: Path, *words: str) -> None:
    """Run a command that must succeed."""
    ended = run(centre, root, *words)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_road_back_works_as_the_owner_of_the_database_only(
    centre: OnOwnServer, tmp_path: Path, data_dir: Path
) -> None:
    folder = tmp_path / "backups"
    done(centre, ROOT, "upgrade")
    done(centre, ROOT, "key", "create", "sensor", "--scope", "open311")
    done(centre, ROOT, "backup", str(folder))
    done(centre, ROOT, "key", "create", "later", "--scope", "open311")
    done(centre, ROOT, "restore", str(folder), "--replace")
    assert keys(centre) == ["sensor"]

    newer = later_version(tmp_path, then="SELECT 1")
    done(centre, newer, "upgrade")
    done(centre, newer, "key", "create", "newer", "--scope", "api")
    done(centre, ROOT, "rollback")
    assert keys(centre) == ["sensor"]
    failing = later_version(tmp_path / "failing", then="SELECT 1/0")
    failed = run(centre, failing, "upgrade")
    assert failed.returncode == 1 and "everything is as it was" in failed.stderr
    assert keys(centre) == ["sensor"]
    assert not postgres.cluster_dir(centre.data).exists()

    as_master(data_dir, "town-137", "CREATE TABLE of_the_master (secret text)")
    refused = run(centre, ROOT, "backup", str(tmp_path / "other"))
    assert refused.returncode == 1 and "Traceback" not in refused.stderr
    assert "of_the_master" in refused.stderr.splitlines()[-1]
    assert backups.found(tmp_path / "other") == [] and not list((tmp_path / "other").glob("*.partial"))
