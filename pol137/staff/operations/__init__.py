"""Writes of the staff room."""

from pol137.staff.operations.accounts import (
    change_password,
    record_login,
    record_login_failure,
    set_language,
    set_phone,
    unlock_account,
)
from pol137.staff.operations.api_keys import create_api_key, revoke_api_key
from pol137.staff.operations.appointments import appoint, end_appointment, name_substitute
from pol137.staff.operations.delegations import delegate_signing, revoke_signing
from pol137.staff.operations.demo_accounts import ensure_demo_accounts

__all__ = [
    "appoint",
    "change_password",
    "create_api_key",
    "delegate_signing",
    "end_appointment",
    "ensure_demo_accounts",
    "name_substitute",
    "record_login",
    "record_login_failure",
    "revoke_api_key",
    "revoke_signing",
    "set_language",
    "set_phone",
    "unlock_account",
]
