"""`pol137 hook`: where gateways hand in messages."""

from __future__ import annotations

import argparse
import json
import sys


def arguments(parser: argparse.ArgumentParser) -> None:
    """url CHANNEL, list."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="url|list")
    url = verbs.add_parser("url", help="the address a gateway of this channel posts to; it is a secret")
    url.add_argument("channel")
    listing = verbs.add_parser("list", help="the channels that a gateway brings messages for")
    for verb in (url, listing):
        verb.add_argument("--json", action="store_true", help="for programs")


def run(asked: argparse.Namespace) -> int:
    """Do what the verb says. Status 1 for a channel without a gateway."""
    from pol137.api.webhooks import hook_url, hooked_channels

    known = hooked_channels()
    if asked.verb == "list":
        print(json.dumps(known) if asked.json else "\n".join(known))
        return 0
    if asked.channel not in known:
        print(f"pol137: no gateway brings messages for {asked.channel}: {', '.join(known)}", file=sys.stderr)
        return 1
    url = hook_url(asked.channel)
    print(json.dumps({"channel": asked.channel, "url": url}) if asked.json else url)
    return 0
