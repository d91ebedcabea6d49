"""Installing packages the way this machine's pip is told to, and lock files that name no registry."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pol137.machine import bootstrap


def test_uv_follows_pips_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    conf = tmp_path / "pip.conf"
    conf.write_text(
        "[global]\nindex-url = https://mirror.example/simple\n"
        "extra-index-url =\n  https://one.example/simple\n  https://two.example/simple\n"
        "find-links = /wheels\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(conf))
    monkeypatch.setenv("PIP_FIND_LINKS", "/other-wheels")
    meant = bootstrap.uv_environment(bootstrap.pip_settings())
    assert meant["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert meant["UV_INDEX"] == "https://one.example/simple https://two.example/simple"
    assert meant["UV_FIND_LINKS"] == "/other-wheels"


def test_what_is_set_for_uv_itself_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://chosen.example/simple")
    meant = bootstrap.uv_environment({"index-url": "https://mirror.example/simple"})
    assert meant["UV_DEFAULT_INDEX"] == "https://chosen.example/simple"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"])
def test_lock_files_pin_and_hash_everything_and_name_no_host(name: str) -> None:
    lines = (bootstrap.ROOT / name).read_text().splitlines()
    assert lines
    for line in lines:
        assert line.startswith("    --hash=sha256:") or "==" in line, line
        assert "://" not in line
