"""`pol137 tls HOST ...`: HTTPS with a certificate made on this machine."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from pol137.machine import certificates, place
from pol137.machine.progress import say


def arguments(parser: argparse.ArgumentParser) -> None:
    """The names and addresses people type."""
    parser.description = (
        "Make a certificate for these names and addresses, or renew it, signed by this machine's own "
        "authority. Install the file ca.pem once on the municipality's computers. A certificate bought "
        "elsewhere goes into POL137_TLS_CERT and POL137_TLS_KEY instead."
    )
    parser.add_argument("hosts", metavar="HOST", nargs="+")


def run(asked: argparse.Namespace) -> int:
    """Make it and say what to do next."""
    here = place.read()
    made = certificates.make(here.data_dir / "tls", asked.hosts, now=datetime.now(UTC))
    until = certificates.read(made).ends_at
    say(f"  ✓ {made} → {until:%Y-%m-%d}")
    say(f"  روی رایانه‌ها نصب کنید · install on computers: {made.with_name('ca.pem')}")
    say(f"  سپس · then: POL137_PUBLIC_URL=https://{asked.hosts[0]}:{here.port} make up")
    return 0
