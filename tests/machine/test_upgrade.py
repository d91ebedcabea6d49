"""A newer version on an older centre's data, and the way back."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pol137.machine import backups, postgres
from tests.machine.centre import Centre

pytestmark = pytest.mark.kill
ROOT = Path(__file__).resolve().parents[2]
LATER = """
from django.db import migrations
class Migration(migrations.Migration):
    dependencies = [("journal", {last!r})]
    operations = [
        migrations.RunSQL("CREATE TABLE journal_later (id bigint)"),
        migrations.RunSQL({then!r}),
    ]
"""


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    """A centre of this version that has run and was stopped."""
    home = Path(tempfile.mkdtemp(prefix="p137-upgrade-"))
    home.chmod(0o755)
    made = Centre(home / "data")
    made.up()
    made.stop(signal.SIGINT)
    yield made
    shutil.rmtree(home)


def later_version(tmp_path: Path, then: str) -> Path:
    """A copy of the program with one more migration."""
    root = tmp_path / "later"
    shutil.copytree(ROOT / "pol137", root / "pol137", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("cities", "locale"):
        (root / name).symlink_to(ROOT / name)
    folder = root / "pol137" / "journal" / "migrations"
    last = max(path.stem for path in folder.glob("0*.py"))
    (folder / "9999_later.py").write_text(LATER.format(last=last, then=then))
    return root


def run(centre: Centre, root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command of the program under `root` on the centre's data."""
    surroundings = {**centre.environment, "PYTHONPATH": str(root)}
    return subprocess.run(
        [sys.executable, "-m", "pol137.commands.cli", *words],
        env=surroundings, cwd=root, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_up_to_date_means_nothing_to_do(centre: Centre) -> None:
    done = run(centre, ROOT, "upgrade")
    assert done.returncode == 0, done.stderr
    assert "up to date" in done.stdout
    assert backups.found(centre.data / "backups") == []


def test_a_migration_that_fails_leaves_everything_as_it_was(centre: Centre, tmp_path: Path) -> None:
    later = later_version(tmp_path, then="SELECT 1/0")
    failed = run(centre, later, "upgrade")
    assert failed.returncode == 1
    assert "everything is as it was" in failed.stderr
    assert "Traceback" not in failed.stderr
    listed = run(centre, ROOT, "key", "list")
    assert (listed.returncode, listed.stderr) == (0, "")


def test_upgrade_and_rollback(centre: Centre, tmp_path: Path) -> None:
    """The newer version backs up and changes the tables; the older refuses them, goes back, and works."""
    later = later_version(tmp_path, then="SELECT 1")
    assert run(centre, later, "key", "list").returncode == 1
    done = run(centre, later, "upgrade")
    assert done.returncode == 0, done.stderr
    assert "database + files: less than a minute" in done.stdout.partition("backup →")[0]
    assert run(centre, later, "key", "create", "newer", "--scope", "api").returncode == 0
    refused = run(centre, ROOT, "key", "list")
    assert refused.returncode == 1
    assert "journal.9999_later" in refused.stderr
    back = run(centre, ROOT, "rollback")
    assert back.returncode == 0, back.stderr
    listed = run(centre, ROOT, "key", "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "newer" not in listed.stdout
    aside = backups.found(centre.data / "backups-rolled-back")
    assert "journal.9999_later" in backups.read(aside[-1]).migrations


def test_there_is_no_way_back_without_a_backup(centre: Centre, tmp_path: Path) -> None:
    shutil.move(centre.data / "backups", tmp_path / "elsewhere")
    refused = run(centre, ROOT, "rollback")
    assert refused.returncode == 1
    assert "none at all" in refused.stderr
    assert postgres.running_pid(centre.data) is None
    assert (centre.data / "postgres").exists()
