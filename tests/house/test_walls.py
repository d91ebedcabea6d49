"""The house keeps itself honest: what a linter cannot see."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "pol137"
ORDER = [
    "wiring",
    "commands",
    "desk",
    "portal",
    "api",
    "web",
    "history",
    "simulation",
    "contacts",
    "dispatch",
    "oversight",
    "referrals",
    "notices",
    "cases",
    "messaging",
    "citizens",
    "staff",
    "packs",
    "city",
    "journal",
    "machine",
    "lib",
]
REFUSED_NAMES = {"utils", "helpers", "manager", "data", "info", "process", "handle", "common"}
"""`service` is not among them: it is the field's own word for what can be reported (Open311)."""
FUNCTION_WALL, FILE_WALL, ROOM_WALL = 60, 600, 5000
LARGE_ROOMS = {"cases": 8500, "desk": 8500}
"""Why: docs/adr/0016-two-large-rooms.md, docs/adr/0022-the-city-holds-its-packs.md."""


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def with_bench() -> Iterator[tuple[Path, ast.Module]]:
    """The program's sources, and those of its benchmarks: they are read, and mended, as much."""
    yield from sources()
    for path in sorted((ROOT / "bench").rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def place(path: Path, node: ast.AST | None = None) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name]


def test_functions_files_and_rooms_stay_within_their_walls() -> None:
    long = [
        f"{place(path, node)} {node.name}"
        for path, tree in with_bench()
        for node in functions(tree)
        if (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_WALL
    ]
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path, _ in with_bench()}
    rooms: dict[str, int] = {}
    for path, count in lines.items():
        room = path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT).parts[0]
        rooms[room] = rooms.get(room, 0) + count
    assert long == []
    assert {place(path): count for path, count in lines.items() if count > FILE_WALL} == {}
    walls = {room: LARGE_ROOMS.get(room, ROOM_WALL) for room in rooms}
    assert {room: count for room, count in rooms.items() if count > walls[room]} == {}


def test_depth_below_the_package_is_at_most_three() -> None:
    deep = [place(path) for path, _ in sources() if len(path.relative_to(PACKAGE).parts) > 3]
    assert deep == []


def test_names_say_something() -> None:
    found = [
        f"{place(path, node)} {node.name}"
        for path, tree in with_bench()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name.lower() in REFUSED_NAMES
    ]
    assert found + [place(path) for path, _ in with_bench() if path.stem in REFUSED_NAMES] == []


def test_public_functions_are_typed() -> None:
    bare = []
    for path, tree in with_bench():
        for node in functions(tree):
            given = [*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs]
            missing = [one.arg for one in given if one.annotation is None and one.arg not in ("self", "cls")]
            if not node.name.startswith("_") and (missing or node.returns is None):
                bare.append(f"{place(path, node)} {node.name} {missing}")
    assert bare == []


def test_operations_queries_rules_and_lib_say_what_they_guarantee() -> None:
    silent = []
    for path, tree in sources():
        inside = path.relative_to(PACKAGE).parts
        if inside[0] != "lib" and not {"operations", "queries", "rules"} & {*inside, path.stem}:
            continue
        silent += [
            f"{place(path, node)} {node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
    assert silent == []


def test_foreign_keys_point_down_and_leave_no_trace_above() -> None:
    faults = []
    for model in apps.get_models():
        room = model._meta.app_label
        if room not in ORDER:
            continue
        for field in model._meta.get_fields():
            if not isinstance(field, models.ForeignKey | models.ManyToManyField | models.OneToOneField):
                continue
            target = field.related_model._meta.app_label
            if target not in ORDER or target == room:
                continue
            if ORDER.index(target) < ORDER.index(room):
                faults.append(f"{model.__name__}.{field.name} points up to {target}")
            if not str(field.remote_field.related_name).endswith("+"):
                faults.append(f"{model.__name__}.{field.name} shows itself in {target}")
    assert faults == []


def test_addresses_are_made_only_by_doors_and_web() -> None:
    using = {
        path.relative_to(PACKAGE).parts[0]
        for path, _ in sources()
        if re.search(r"\breverse\(|\bredirect\(|resolve_url\(", path.read_text(encoding="utf-8"))
    }
    assert using <= {"desk", "portal", "api", "web"}


def test_there_are_no_signals_of_our_own() -> None:
    using = [
        place(path)
        for path, _ in sources()
        if re.search(
            r"django\.(db\.models|core|dispatch).*(signals|Signal|receiver)", path.read_text(encoding="utf-8")
        )
    ]
    assert using == []


def test_the_clock_is_an_argument() -> None:
    """Rules, queries and operations never read the time themselves."""
    reading = [
        place(path)
        for path, _ in sources()
        if {"operations", "rules", "queries"} & {*path.relative_to(PACKAGE).parts, path.stem}
        and path.name != "book.py"
        and re.search(
            r"timezone\.now\(|datetime\.now\(|date\.today\(|time\.time\(", path.read_text(encoding="utf-8")
        )
    ]
    assert reading == []


def test_nothing_committed_names_a_package_registry_or_a_path_of_some_machine() -> None:
    hosts = ["pythonhosted" + ".org", "pypi" + ".org", "npmjs" + ".", "deb." + "debian"]
    paths = ["/" + name + "/" for name in ("work", "root", "farm")]
    faults = []
    for path in tracked():
        if not path.is_file() or path.suffix in {".png", ".woff2", ".ico", ".jpg"}:
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        faults += [f"{path.relative_to(ROOT)}: {word}" for word in hosts + paths if word in text]
    assert faults == []


def test_unfinished_words_are_nowhere() -> None:
    words = [
        "TO" + "DO",
        "FIX" + "ME",
        "X" + "XX ",
        "coming" + " soon",
        "Not" + "Implemented",
        "به" + " زودی",
    ]
    faults = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in tracked()
        if path.is_file() and path.suffix in {".py", ".html", ".js", ".css", ".md", ".toml", ".po"}
        for word in words
        if word in path.read_text(encoding="utf-8")
    ]
    assert faults == []


@pytest.mark.parametrize("name", ["rooms.md", "glossary.md", "settings.md"])
def test_the_pages_that_tests_read_exist(name: str) -> None:
    assert (ROOT / "docs" / name).is_file()


def test_every_room_has_a_paragraph() -> None:
    text = (ROOT / "docs" / "rooms.md").read_text(encoding="utf-8")
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert {room for room in rooms if f"`{room}`" not in text} == set()


def test_every_setting_is_documented_and_every_documented_one_is_used() -> None:
    pattern = re.compile(r"\b(POL137_[A-Z0-9_]+|DATABASE_URL)\b")
    used = {
        name
        for path in [*PACKAGE.rglob("*.py"), ROOT / "Makefile"]
        for name in pattern.findall(path.read_text(encoding="utf-8"))
    }
    documented = set(pattern.findall((ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))
    assert {name for name in used if not name.endswith("_")} == documented


def test_every_word_of_the_process_stands_in_the_glossary() -> None:
    from pol137.cases import vocabulary

    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = [
        *vocabulary.Status, *vocabulary.Action, *vocabulary.AnswerType, *vocabulary.PromiseKind,
        *vocabulary.MessageKind, *vocabulary.Verdict, *vocabulary.ObjectionGround,
    ]  # fmt: skip
    assert {str(word) for word in words if f"`{word}`" not in text} == set()


def test_links_in_the_docs_lead_somewhere() -> None:
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "cities").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if (
                "://" not in target
                and not target.startswith("mailto:")
                and not (page.parent / target).exists()
            ):
                broken.append(f"{page.relative_to(ROOT)} -> {target}")
    assert broken == []
