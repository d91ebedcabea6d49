"""`pol137 steps`: the table of steps as a diagram, a list and a matrix, for docs/rules/steps.md."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from pol137.cases.rules.steps import STEPS
from pol137.cases.vocabulary import Status
from pol137.city.vocabulary import Role
from pol137.lib.actor import ActorKind
from pol137.staff.vocabulary import SIGNER

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules" / "steps.md"
BEGIN, END = "<!-- printed by `pol137 steps` -->", "<!-- end of what is printed -->"
OTHERS = (SIGNER, ActorKind.CITIZEN, ActorKind.CLIENT, ActorKind.SYSTEM)


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--write` puts it into the page; without, it is printed."""
    parser.add_argument("--write", action="store_true", help="write it into docs/rules/steps.md")


def run(asked: argparse.Namespace) -> int:
    """Print the table, or write it into its page."""
    if asked.write:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(printed())
    return 0


def with_table(page: str) -> str:
    """The page with what the code says between its marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{printed()}\n\n{END}{rest.partition(END)[2]}"


def printed() -> str:
    """Diagram, list and matrix of the table of steps."""
    return "\n\n".join(["\n".join(lines()) for lines in (_diagram, _list, _matrix)])


def _diagram() -> Iterator[str]:
    """Which step leads from which state to which; the steps that keep the state are in the list only."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    arrows: dict[tuple[str, str], list[str]] = {}
    for step in STEPS.values():
        for target in map(str, step.targets):
            for source in _in_order(step.sources) or ["[*]"]:
                if source != target:
                    arrows.setdefault((source, target), []).append(str(step.action))
    for (source, target), actions in arrows.items():
        yield f"    {source} --> {target}: {', '.join(actions)}"
    yield "```"


def _list() -> Iterator[str]:
    yield "| step | from | by | to | event |"
    yield "|---|---|---|---|---|"
    for step in STEPS.values():
        sources = _words(_in_order(step.sources)) or "—"
        targets = _words(str(target) for target in step.targets) or "stays"
        roles = _words([role for role in (*Role, *OTHERS) if role in step.roles])
        yield f"| `{step.action}` | {sources} | {roles} | {targets} | `{step.event}` |"


def _matrix() -> Iterator[str]:
    """Roles by steps: who may take which."""
    roles = [str(role) for role in (*Role, *OTHERS)]
    yield "| step |" + "".join(f" {role.replace('_', ' ')} |" for role in roles)
    yield "|---|" + ":-:|" * len(roles)
    for step in STEPS.values():
        yield f"| {step.action} |" + "".join(" ● |" if role in step.roles else "  |" for role in roles)


def _in_order(sources: Iterable[Status]) -> list[str]:
    return [str(status) for status in Status if status in set(sources)]


def _words(values: Iterable[str]) -> str:
    return " ".join(f"`{value}`" for value in values)
