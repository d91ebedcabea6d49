"""One file from which `make up` works on a machine of the same kind that has no network.

    make bundle        →  build/pol137-0.3.0-linux-x86_64-py311.tar.gz

It holds the project's own files as git knows them, the Python packages as the lock file pins them, and the
front-end files. Standard library only, so that it runs wherever `make` does.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path

import pol137
from pol137.machine.progress import complain, say, step
from pol137.machine.trouble import CannotRun

ROOT = Path(__file__).resolve().parents[2]
WHEELS = "wheels"
VENDOR = "pol137/web/vendor"
_LIGHTLY = 1
"""Most of it is packed already."""


def name() -> str:
    """What the bundle is for: version, system, Python."""
    system = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    return f"pol137-{pol137.__version__}-{system}-py{sys.version_info.major}{sys.version_info.minor}"


def make(target: Path) -> None:
    """Write the bundle. It gets its name when it is whole. Refuses (CannotRun) outside a git checkout."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    with (
        tempfile.TemporaryDirectory() as folder,
        tarfile.open(partial, "w:gz", compresslevel=_LIGHTLY) as bundle,
    ):
        wheels = Path(folder)
        with step("بسته‌های پایتون · Python packages"):
            _download(wheels)
        with step("فایل‌ها · files"):
            for path in _tracked():
                bundle.add(ROOT / path, f"{name()}/{path}", recursive=False)
            bundle.add(ROOT / VENDOR, f"{name()}/{VENDOR}")
            for wheel in sorted(wheels.iterdir()):
                bundle.add(wheel, f"{name()}/{WHEELS}/{wheel.name}")
    partial.rename(target)


def _tracked() -> list[str]:
    asked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode != 0:
        raise CannotRun("a bundle is made in a git checkout of the project")
    return [path for path in asked.stdout.split("\0") if path and (ROOT / path).exists()]


def _download(folder: Path) -> None:
    words = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    words += ["--require-hashes", "--only-binary", ":all:", "--dest", str(folder)]
    for lock in ("requirements.lock", "requirements-uv.lock"):
        done = subprocess.run(
            [*words, "-r", str(ROOT / lock)], capture_output=True, text=True, check=False, cwd=ROOT
        )
        if done.returncode != 0:
            raise CannotRun(
                f"the packages of {lock} could not be had: {done.stderr.strip().splitlines()[-1]}"
            )


def main() -> int:
    """Make the bundle under build/."""
    target = ROOT / "build" / f"{name()}.tar.gz"
    try:
        make(target)
    except CannotRun as refusal:
        complain(f"bundle: {refusal}")
        return 1
    say(f"  {target.relative_to(ROOT)}  {target.stat().st_size / 2**20:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
