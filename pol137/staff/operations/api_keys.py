"""Keys for programs."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal
from pol137.staff.models import ApiKey
from pol137.staff.queries import digest_of, forget_keys
from pol137.staff.vocabulary import KeyScope


@transaction.atomic
def create_api_key(*, name: str, scope: str, by: Actor, now: datetime) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret, which is shown this once and kept nowhere.

    Refuses when the name is taken or empty, or the scope is unknown.
    """
    if not name.strip():
        raise Refusal("key_name_missing", field="name")
    if scope not in set(KeyScope):
        raise Refusal("key_scope_unknown", field="scope", scope=scope, scopes=", ".join(KeyScope))
    if ApiKey.objects.filter(name=name).exists():
        raise Refusal("key_name_taken", field="name", name=name)
    secret = f"p137_{secrets.token_urlsafe(30)}"
    key = ApiKey.objects.create(
        name=name, scope=scope, prefix=secret[:10], digest=digest_of(secret), created_at=now
    )
    append_event(
        stream=f"key:{key.pk}", kind=EventKind.KEY_CREATED, at=now, by=by, body={"name": name, "scope": scope}
    )
    return key, secret


@transaction.atomic
def revoke_api_key(*, name: str, by: Actor, now: datetime) -> ApiKey:
    """End a key; what came in with it stays. Refuses when there is no such living key."""
    key = ApiKey.objects.select_for_update().filter(name=name, revoked_at__isnull=True).first()
    if key is None:
        raise Refusal("key_unknown", field="name", name=name)
    key.revoked_at = now
    key.save(update_fields=["revoked_at"])
    forget_keys()
    append_event(stream=f"key:{key.pk}", kind=EventKind.KEY_REVOKED, at=now, by=by, body={"name": name})
    return key
