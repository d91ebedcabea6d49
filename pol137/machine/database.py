"""The database inside a server: waiting for it, making it, and checking that it can handle Persian."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from pol137.machine import postgres
from pol137.machine.logfiles import last_words
from pol137.machine.trouble import CannotRun


def wait_and_prepare(
    data_dir: Path, *, log: Path, process: subprocess.Popen[bytes] | None = None, seconds: float = 60
) -> None:
    """Wait for the private server (that of `process`, if told), then have its role and its database.

    Refuses (CannotRun) with the server's last words when it dies or stays away, and a database that
    cannot handle Persian.
    """
    end = time.monotonic() + seconds
    while not _try_to_prepare(data_dir, process):
        if process is not None and process.poll() is not None:
            raise CannotRun(f"the database did not start: {last_words(log)}")
        if time.monotonic() > end:
            raise CannotRun(f"the database did not answer within {seconds:.0f} s: {last_words(log)}")
        time.sleep(0.05)
    check_persian(postgres.url(data_dir))


def _try_to_prepare(data_dir: Path, process: subprocess.Popen[bytes] | None) -> bool:
    if process is not None and postgres.running_pid(data_dir) != process.pid:
        return False
    address = postgres.url(data_dir, "postgres", postgres.SUPERUSER)
    try:
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            _make_database(connection)
    except psycopg.OperationalError:
        return False
    return True


def _make_database(connection: psycopg.Connection) -> None:
    role, database = sql.Identifier(postgres.ROLE), sql.Identifier(postgres.DATABASE)
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [postgres.ROLE]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [postgres.DATABASE]).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))


def check_persian(database_url: str) -> None:
    """Refuse (CannotRun) a database whose trigrams are blind to Persian, or that lacks pg_trgm."""
    try:
        with psycopg.connect(database_url, autocommit=True, connect_timeout=10) as connection:
            if not connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").fetchone():
                connection.execute("CREATE EXTENSION pg_trgm")
            row = connection.execute("SELECT similarity('آب', 'آب') = 1").fetchone()
    except psycopg.Error as error:
        raise CannotRun(f"the database cannot be used: {_first_line(error)}") from error
    if row is None or row[0] is not True:
        raise CannotRun(
            "the database's locale is blind to Persian letters (it was probably made with the locale C): "
            "make it with CREATE DATABASE pol137 LOCALE 'C.UTF-8' TEMPLATE template0"
        )


def check_reach(database_url: str) -> None:
    """Refuse (CannotRun), in one line, a database that does not answer."""
    try:
        psycopg.connect(database_url, connect_timeout=10).close()
    except psycopg.Error as error:
        raise CannotRun(f"the database of DATABASE_URL does not answer: {_first_line(error)}") from error


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
