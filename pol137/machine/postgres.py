"""The private PostgreSQL server under the data folder: made, started, looked after, stopped.

It listens on a unix socket only, in a short folder of its own that nobody else can enter. It is
durable unless a test asks for `fast`. `python -m pol137.machine.postgres DATA` *becomes* the server
(the program is replaced), which is how the supervisor and the tests start it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from pol137.machine import account, binaries, proc
from pol137.machine.trouble import CannotRun

DATABASE = "pol137"
ROLE = "pol137"
SUPERUSER = "postgres"
_SOCKET_LIMIT = 107
_SOCKET_NAME = ".s.PGSQL.5432"
_PARENT = "POL137_PARENT"

_SETTINGS = """\
# Written by pol137 at every start. Put your own settings in postgresql.conf, below the include.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = {shared_buffers}
effective_cache_size = {cache}
maintenance_work_mem = {maintenance}
work_mem = 8MB
max_wal_size = 2GB
checkpoint_timeout = 15min
wal_compression = on
random_page_cost = 1.1
max_parallel_workers_per_gather = 1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_destination = 'stderr'
logging_collector = off
# Statements and details hold people's words and phones: they stay out of the log.
log_min_error_statement = panic
log_error_verbosity = terse
log_checkpoints = off
cluster_name = 'pol137'
update_process_title = off
"""
_FAST = """\
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
"""


def cluster_dir(data_dir: Path) -> Path:
    """The server's own folder inside the data folder."""
    return data_dir.resolve() / "postgres"


def socket_dir(data_dir: Path) -> Path:
    """The short folder of the server's socket, the same for the same data folder.

    A running server's own word goes first, so that root finds the server of another account.
    """
    cluster = cluster_dir(data_dir)
    told = _pid_file(cluster)
    if len(told) > 4 and told[4]:
        return Path(told[4])
    mark = hashlib.sha256(str(cluster).encode()).hexdigest()[:12]
    base = Path("/run") if os.geteuid() == 0 and os.access("/run", os.W_OK) else Path("/tmp")  # noqa: S108 - checked when made
    return base / f"pol137-{os.geteuid()}-{mark}"


def url(data_dir: Path, database: str = DATABASE, role: str = ROLE) -> str:
    """The address of a database of the private server, as DATABASE_URL takes it."""
    return f"postgresql://{role}@/{database}?host={quote(str(socket_dir(data_dir)), safe='')}"


def remove_socket_dir(data_dir: Path) -> None:
    """Remove the socket's folder after the server has stopped; one still in use stays."""
    with suppress(OSError):
        socket_dir(data_dir).rmdir()


def running_pid(data_dir: Path) -> int | None:
    """The pid of the live server of this data folder, if there is one."""
    cluster = cluster_dir(data_dir)
    lines = _pid_file(cluster)
    if lines and lines[0].isdigit() and proc.works_in(int(lines[0]), cluster, "postgres"):
        return int(lines[0])
    return None


def command(data_dir: Path, *, fast: bool = False) -> list[str]:
    """The command that becomes the server of this data folder, making it first if need be."""
    return [sys.executable, "-m", __name__, str(data_dir), *(["--fast"] if fast else [])]


def child_environment() -> dict[str, str]:
    """This program's environment for a server that shall end when this program ends."""
    return {**python_environment(), _PARENT: str(os.getpid())}


def python_environment() -> dict[str, str]:
    """This program's environment for another Python: it finds this package, and keeps what it compiles."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": path}


def ensure_cluster(data_dir: Path, *, fast: bool = False) -> tuple[binaries.Binaries, account.Account]:
    """Have a whole cluster under the data folder, with its settings written anew and its socket folder.

    A cluster half made by a run that died is made again. Refuses (CannotRun) with the mend.
    """
    cluster = cluster_dir(data_dir)
    cluster.parent.mkdir(parents=True, exist_ok=True)
    version = cluster / "PG_VERSION"
    programs = binaries.find(int(version.read_text()) if version.exists() else None)
    who = account.choose(cluster)
    if not version.exists():
        _make_cluster(cluster, programs, who, fast=fast)
    who.check_reach(cluster)
    who.check_reach(programs.folder / "postgres")
    sockets = _make_socket_dir(socket_dir(data_dir), who)
    settings = cluster / "pol137.conf"
    settings.write_text(_settings(sockets, fast=fast))
    if who.uid is not None and who.gid is not None:
        os.chown(settings, who.uid, who.gid)
    return programs, who


def _make_cluster(cluster: Path, programs: binaries.Binaries, who: account.Account, *, fast: bool) -> None:
    fresh = cluster.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(cluster, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    who.check_reach(fresh)
    who.give(fresh)
    words = [programs["initdb"], "-D", str(fresh), "-U", SUPERUSER, "--locale=C.UTF-8", "--encoding=UTF8"]
    words += [
        "--data-checksums",
        "--auth-local=trust",
        "--auth-host=reject",
        *(["--no-sync"] if fast else []),
    ]
    made = subprocess.run(
        [*who.prefix, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=_c_locale(),
        user=who.uid,
        group=who.gid,
        extra_groups=None if who.uid is None else [],
    )
    if made.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise CannotRun(f"the database could not be made: {(made.stderr or made.stdout).strip()}")
    with (fresh / "postgresql.conf").open("a") as conf:
        conf.write("\ninclude 'pol137.conf'\n# Your own settings go below this line.\n")
    fresh.rename(cluster)


def _c_locale() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PG"))}
    return {**kept, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def _make_socket_dir(sockets: Path, who: account.Account) -> Path:
    if len(str(sockets / _SOCKET_NAME).encode()) > _SOCKET_LIMIT:
        raise CannotRun(f"the socket's path under {sockets} is longer than {_SOCKET_LIMIT} characters")
    owner = os.geteuid() if who.uid is None else who.uid
    try:
        sockets.mkdir(mode=0o700)
        if who.uid is not None and who.gid is not None:
            os.chown(sockets, who.uid, who.gid)
    except FileExistsError:
        found = sockets.lstat()
        if sockets.is_symlink() or not sockets.is_dir() or found.st_uid not in {owner, os.geteuid()}:
            raise CannotRun(f"{sockets} belongs to somebody else: remove it and start again") from None
        os.chown(sockets, owner, -1)
        sockets.chmod(0o700)
    return sockets


def _settings(sockets: Path, *, fast: bool) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    text = _SETTINGS.format(
        sockets=sockets,
        shared_buffers=f"{max(32, min(256, memory // 16))}MB",
        cache=f"{max(128, memory // 2)}MB",
        maintenance=f"{max(32, min(256, memory // 32))}MB",
    )
    return text + (_FAST if fast else "")


def _pid_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, PermissionError):
        return []


def clear_remains(data_dir: Path, seconds: float = 30) -> None:
    """End what an earlier, killed run left behind, so that a new server can start.

    A server still alive is stopped in good order. A zombie or a foreign program that got the old
    number is no server: its lock files are removed once no old backend is left.
    """
    cluster = cluster_dir(data_dir)
    sockets = socket_dir(data_dir)
    for number, patience in ((signal.SIGINT, seconds), (signal.SIGQUIT, seconds), (signal.SIGKILL, 5.0)):
        if (pid := running_pid(data_dir)) is not None:
            proc.send(pid, number)
        if proc.wait_until(lambda: not any(proc.programs_in(cluster, "postgres")), patience):
            break
        for left in proc.programs_in(cluster, "postgres"):
            proc.send(left, number)
    else:
        raise CannotRun(f"an old server of {cluster} does not end: stop its postgres programs by hand")
    for lock in (cluster / "postmaster.pid", sockets / f"{_SOCKET_NAME}.lock", sockets / _SOCKET_NAME):
        lock.unlink(missing_ok=True)


def become_server(data_dir: Path, *, fast: bool = False) -> None:
    """Turn this program into the server of the data folder. Does not return."""
    clear_remains(data_dir)
    programs, who = ensure_cluster(data_dir, fast=fast)
    os.chdir("/")
    who.become()
    if parent := os.environ.pop(_PARENT, None):
        proc.die_with_parent(signal.SIGINT, int(parent))
    words = [*who.prefix, programs["postgres"], "-D", str(cluster_dir(data_dir))]
    os.execve(words[0], words, _c_locale())


def main(words: list[str] | None = None) -> int:
    """Become the server named on the command line."""
    parser = argparse.ArgumentParser(prog="pol137.machine.postgres")
    parser.add_argument("data", type=Path)
    parser.add_argument("--fast", action="store_true", help="for tests: not durable")
    asked = parser.parse_args(words)
    try:
        become_server(asked.data, fast=asked.fast)
    except CannotRun as refusal:
        print(refusal, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
