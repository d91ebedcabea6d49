"""Copies the few front-end files that are served from node_modules to the git-ignored vendor folder."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "node_modules"
VENDOR = Path(__file__).resolve().parent / "vendor"

FILES = {
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "htmx.org/LICENSE": "htmx/LICENSE",
    "leaflet/dist/leaflet.js": "leaflet/leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet/leaflet.css",
    "leaflet/dist/images/layers.png": "leaflet/images/layers.png",
    "leaflet/dist/images/layers-2x.png": "leaflet/images/layers-2x.png",
    "leaflet/dist/images/marker-icon.png": "leaflet/images/marker-icon.png",
    "leaflet/dist/images/marker-icon-2x.png": "leaflet/images/marker-icon-2x.png",
    "leaflet/dist/images/marker-shadow.png": "leaflet/images/marker-shadow.png",
    "leaflet/LICENSE": "leaflet/LICENSE",
    "vazirmatn/fonts/webfonts/Vazirmatn[wght].woff2": "vazirmatn/Vazirmatn-wght.woff2",
    "vazirmatn/OFL.txt": "vazirmatn/OFL.txt",
}


def _served(source: Path) -> bytes:
    """The file's bytes, a script without its pointer to a source map that is not shipped."""
    content = source.read_bytes()
    if source.suffix != ".js":
        return content
    lines = content.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"//# sourceMappingURL="))


def copy_assets(packages: Path = PACKAGES, vendor: Path = VENDOR) -> int:
    """Copy what differs; returns how many files were written.

    Refuses (FileNotFoundError) when a package is not installed, before anything is written.
    """
    missing = [name for name in FILES if not (packages / name).is_file()]
    if missing:
        raise FileNotFoundError(f"not installed, run npm ci first: {', '.join(missing)}")
    written = 0
    for name, target in FILES.items():
        content, path = _served(packages / name), vendor / target
        if path.is_file() and path.read_bytes() == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        written += 1
    return written


def main() -> int:
    try:
        written = copy_assets()
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"{written} of {len(FILES)} front-end files written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
