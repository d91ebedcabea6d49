"""The Chromium the tests drive: the one named, the one npm brought, else the system's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium"
UNPACK = """
const fs = require("node:fs"), zlib = require("node:zlib"), { pipeline } = require("node:stream/promises");
const [from, to] = process.argv.slice(1);
pipeline(fs.createReadStream(from), zlib.createBrotliDecompress(), fs.createWriteStream(to));
"""
FLAGS = ("--no-sandbox", "--disable-gpu", "--font-render-hinting=none", "--disable-dev-shm-usage")


@dataclass(frozen=True)
class Chromium:
    """A browser's program and what must stand in its environment."""

    program: Path
    environment: dict[str, str] = field(default_factory=dict)


def find() -> Chromium:
    """A Chromium to run. Refuses (FileNotFoundError) when there is none anywhere."""
    named = os.environ.get("POL137_CHROMIUM")
    if named:
        return Chromium(Path(named))
    if PACKAGE.is_dir():
        return _unpacked()
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Chromium(Path(found))
    raise FileNotFoundError("no Chromium: run npm ci, install chromium, or name one in POL137_CHROMIUM")


def _unpacked() -> Chromium:
    """npm's Chromium, unpacked once for each version, with the libraries it brings along."""
    version = json.loads((PACKAGE / "package.json").read_text())["version"]
    place = ROOT / "build" / f"chromium-{version}"
    if not place.is_dir():
        place.parent.mkdir(exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=place.parent, prefix="chromium-new-"))
        _inflate("chromium.br", fresh / "chromium")
        _inflate("al2023.tar.br", fresh / "libraries.tar")
        subprocess.run(["tar", "-xf", "libraries.tar"], cwd=fresh, check=True)
        (fresh / "libraries.tar").unlink()
        (fresh / "chromium").chmod(0o755)
        try:
            fresh.rename(place)
        except OSError:  # another worker was quicker
            shutil.rmtree(fresh)
    return Chromium(place / "chromium", {"LD_LIBRARY_PATH": str(place / "lib")})


def _inflate(name: str, target: Path) -> None:
    subprocess.run(["node", "-e", UNPACK, str(PACKAGE / "bin" / name), str(target)], check=True)
