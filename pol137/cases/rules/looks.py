"""How alike two pictures look."""

LOOK_ALIKE = 4
"""Of the 64 marks of a look, so many may differ: the same picture, saved again or made smaller. A property of
how looks are made, no choice of a city's."""


def alike(one: str, other: str) -> bool:
    """Whether two looks (16 hexadecimal digits each) are of the same picture; never, where one is unknown."""
    return bool(one and other) and (int(one, 16) ^ int(other, 16)).bit_count() <= LOOK_ALIKE
