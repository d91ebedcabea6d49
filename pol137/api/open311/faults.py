"""What is wrong with a request, in the protocol's own form: a code and words for the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from pol137.city.rules.entries import ServiceEntry
from pol137.lib.refusal import Refusal
from pol137.web import refusals

WORDS = {
    "key_missing": _("An API key is needed: send it as api_key."),
    "key_wrong": _("This API key is not valid."),
    "service_code_missing": _("Please say what it is about: service_code is missing."),
    "service_unknown": _("There is no service with the code “%(code)s”."),
    "jurisdiction_unknown": _("This server does not speak for “%(jurisdiction)s”."),
    "number_unreadable": _("%(name)s is not a number."),
    "address_unknown": _("There is no place with the address_id “%(address)s”."),
    "date_unreadable": _("%(name)s must be a date with time and zone, as in 2026-11-01T00:00:00Z."),
    "dates_reversed": _("end_date lies before start_date."),
    "status_unknown": _("status can be open or closed."),
    "page_unreadable": _("%(name)s must be a whole number from 1 on."),
    "request_unknown": _("There is no public request with this number."),
    "token_unknown": _("This token is not known here."),
    "not_found": _("There is nothing at this address."),
    "method_not_allowed": _("This address cannot be used in this way (%(method)s)."),
    "unreadable": _("What was sent could not be read."),
    "too_large": _("What was sent is too large."),
    "too_many": _("Too many requests in a short time. Please try again a little later."),
    "our_fault": _("Something went wrong on our side. Please try again later."),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: its number (an HTTP status) and the words for the user."""

    code: int
    description: str


@dataclass(eq=False)
class Faults(Exception):
    """The request is answered with these faults and nothing else."""

    faults: Sequence[Fault]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """A missing or wrong key before unknown things before everything else."""
        codes = {fault.code for fault in self.faults}
        return next((code for code in (403, 404) if code in codes), self.faults[0].code)


def fault(name: str, code: int = 400, /, **values: object) -> Fault:
    """A fault of the protocol by its name in `WORDS`."""
    return Fault(code, str(WORDS[name]) % values)


def stop(name: str, code: int = 400, /, **values: object) -> Faults:
    """The one fault that ends the matter, to be raised."""
    return Faults([fault(name, code, **values)])


def fault_of(refusal: Refusal, service: ServiceEntry | None) -> Fault:
    """A refusal of the house as a fault; one about a question names the attribute and what it asks."""
    words = refusals.words(refusal)
    questions = service.questions if service else ()
    asked = next((one for one in questions if one.code == refusal.field), None)
    return Fault(400, f"attribute[{asked.code}] «{asked.question('fa')}»: {words}" if asked else words)
