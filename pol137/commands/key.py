"""`pol137 key`: keys for programs (Open311 clients, the typed API)."""

from __future__ import annotations

import argparse
import getpass
import json


def arguments(parser: argparse.ArgumentParser) -> None:
    """create NAME --scope, list, revoke NAME."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|list|revoke")
    create = verbs.add_parser("create", help="print a new key, this once")
    create.add_argument("name")
    create.add_argument("--scope", required=True, choices=["open311", "api"])
    listing = verbs.add_parser("list", help="the keys, without their secrets")
    revoke = verbs.add_parser("revoke", help="end a key")
    revoke.add_argument("name")
    for verb in (create, listing, revoke):
        verb.add_argument("--json", action="store_true", help="for programs")


def run(asked: argparse.Namespace) -> int:
    """Do what the verb says. Refuses (Refusal) a taken or unknown name."""
    return {"create": _create, "list": _list, "revoke": _revoke}[asked.verb](asked)


def _create(asked: argparse.Namespace) -> int:
    from django.utils import timezone

    from pol137.lib.actor import system
    from pol137.staff.operations import create_api_key

    by = system(f"pol137 key ({getpass.getuser()})")
    key, secret = create_api_key(name=asked.name, scope=asked.scope, by=by, now=timezone.now())
    print(json.dumps({"name": key.name, "scope": key.scope, "key": secret}) if asked.json else secret)
    return 0


def _list(asked: argparse.Namespace) -> int:
    from pol137.staff.queries import api_keys

    rows = [
        {
            "name": key.name,
            "scope": key.scope,
            "begins": key.prefix,
            "created_at": key.created_at.isoformat(),
            "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        }
        for key in api_keys()
    ]
    if asked.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        state = f"revoked {row['revoked_at']}" if row["revoked_at"] else "in force"
        print(f"{row['name']:<24} {row['scope']:<8} {row['begins']}…  created {row['created_at']}  {state}")
    return 0


def _revoke(asked: argparse.Namespace) -> int:
    from django.utils import timezone

    from pol137.lib.actor import system
    from pol137.staff.operations import revoke_api_key

    key = revoke_api_key(name=asked.name, by=system(f"pol137 key ({getpass.getuser()})"), now=timezone.now())
    at = key.revoked_at.isoformat() if key.revoked_at else None
    print(json.dumps({"name": key.name, "revoked_at": at}) if asked.json else f"revoked: {key.name}")
    return 0
