"""Under which account the private server runs: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pol137.machine.trouble import CannotRun


@dataclass(frozen=True)
class Account:
    """How to become the account: words put before a command, or a user to change to."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def become(self) -> None:
        """Change this very program to the account, for good."""
        if self.uid is not None and self.gid is not None:
            os.setgroups([])
            os.setresgid(self.gid, self.gid, self.gid)
            os.setresuid(self.uid, self.uid, self.uid)

    def give(self, folder: Path) -> None:
        """Make `folder` and all in it the account's own."""
        if self.uid is None or self.gid is None or folder.stat().st_uid == self.uid:
            return
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def check_reach(self, folder: Path) -> None:
        """Refuse (CannotRun) a folder the account cannot get to."""
        if self.uid is None:
            return
        for parent in reversed(folder.resolve().parents):
            if parent.exists() and not parent.stat().st_mode & 0o001 and parent.stat().st_uid != self.uid:
                raise CannotRun(
                    "the database cannot run as root, and the account "
                    f"{pwd.getpwuid(self.uid).pw_name} may not enter {parent}: "
                    "keep the checkout and POL137_DATA outside it, or run as a normal user"
                )


def choose(cluster: Path) -> Account:
    """A normal user stays who he is; root uses a user namespace, else `nobody`.

    Root opening data that belongs to another account runs the server as that account, so that its
    owner can go on using it.
    """
    if os.geteuid() != 0:
        return Account()
    nobody = _nobody()
    owner = cluster.stat().st_uid if cluster.exists() else 0
    if owner != 0:
        return _other(owner)
    if (unshare := shutil.which("unshare")) is not None:
        prefix = (unshare, "--user", f"--map-user={nobody.pw_uid}")
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return Account(prefix=prefix)
    return _other(nobody.pw_uid)


def _other(uid: int) -> Account:
    return Account(uid=uid, gid=pwd.getpwuid(uid).pw_gid)


def _nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        return next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)
