"""Who acts: the one value every operation takes as `by`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What kind of party acts."""

    STAFF = "staff"
    CITIZEN = "citizen"
    CLIENT = "client"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Seat:
    """A role held now: a dated appointment to a position of a unit.

    `reach` are the ids of the departments the seat answers for (the unit and all below it; for a deputy
    the offices put under him); None reaches the whole city, as the centre's seats do. `services` are the ids
    of those it is limited to, as signing for a head is; None: no limit.
    """

    role: str
    position_id: int
    department_id: int
    reach: frozenset[int] | None = None
    services: frozenset[int] | None = None

    def reaches(self, department_id: int | None) -> bool:
        """Whether a matter of this department lies within the seat's reach."""
        return self.reach is None or department_id in self.reach

    def treats(self, service_id: int) -> bool:
        """Whether a matter of this service lies within the seat's limits."""
        return self.services is None or service_id in self.services


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a client program, a citizen or the system, with the seats held at this moment."""

    kind: ActorKind
    ref: str
    seats: tuple[Seat, ...] = ()

    @property
    def roles(self) -> frozenset[str]:
        """The roles this actor can act in."""
        if self.kind is ActorKind.STAFF:
            return frozenset(seat.role for seat in self.seats)
        return frozenset({str(self.kind)})

    @property
    def staff_id(self) -> int | None:
        """The staff member's number, or None for anybody else."""
        return int(self.ref) if self.kind is ActorKind.STAFF else None

    def __str__(self) -> str:
        return f"{self.kind}:{self.ref}"


def system(ref: str) -> Actor:
    """The software itself, named by the part that acts ("ladder", "router")."""
    return Actor(ActorKind.SYSTEM, ref)


def client(ref: str) -> Actor:
    """A program that came with an API key of this name."""
    return Actor(ActorKind.CLIENT, ref)


def citizen(ref: str) -> Actor:
    """A citizen acting for himself on a case, proved by code and second factor, or an anonymous visitor."""
    return Actor(ActorKind.CITIZEN, ref)
