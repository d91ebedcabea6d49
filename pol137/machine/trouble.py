"""What the machinery says when it cannot go on."""

from __future__ import annotations


class CannotRun(Exception):
    """The machine cannot do what was asked; the text is one plain line for the operator, with the mend."""
