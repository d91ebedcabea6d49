"""How often a secret may be guessed: a technical limit, the same for citizens' proofs and staff's passwords.

Four digits stand five tries in a quarter of an hour for weeks; a person who mistyped waits a coffee long.
"""

from datetime import timedelta

TRIES = 5
REST = timedelta(minutes=15)
