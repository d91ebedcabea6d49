"""HTTPS: the centre's certificate, the city's own or one signed by an authority made on this machine.

<data>/tls/ca.pem      what every computer of the municipality installs once
<data>/tls/ca.key      signs; readable by its owner only
<data>/tls/server.pem  what the web server shows, and server.key
"""

from __future__ import annotations

import ipaddress
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pol137.machine.trouble import CannotRun

AUTHORITY_LASTS = timedelta(days=3650)
SERVER_LASTS = timedelta(days=397)
"""Longer, and browsers refuse it."""
_SKEW = timedelta(hours=1)


@dataclass(frozen=True)
class Certificate:
    """For which hosts the certificate is good, and until when."""

    hosts: list[str]
    ends_at: datetime


def read(path: Path) -> Certificate:
    """The server's certificate in the file. Refuses (CannotRun) a file that holds none."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise CannotRun(f"{path} holds no certificate ({error})") from error
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return Certificate([], found.not_valid_after_utc)
    hosts = [*names.get_values_for_type(x509.DNSName)]
    hosts += [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return Certificate(hosts, found.not_valid_after_utc)


def make(folder: Path, hosts: list[str], *, now: datetime) -> Path:
    """Sign a new certificate for the hosts (names or addresses) with this folder's authority; its file.

    Guarantees: the authority is made once and kept, so that computers which trust it go on doing so; a
    certificate in use is replaced whole, key first signed, or not at all.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, authority_key = _authority(folder, now)
    key = ec.generate_private_key(ec.SECP256R1())
    signed = (
        _begun(hosts[0], key, authority.subject, now, min(now + SERVER_LASTS, authority.not_valid_after_utc))
        .add_extension(x509.SubjectAlternativeName([_general(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write(folder / "server.key", _private(key))
    _write(folder / "server.pem", _pem(signed) + _pem(authority), mode=0o644)
    return folder / "server.pem"


def _authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    shown, secret = folder / "ca.pem", folder / "ca.key"
    if shown.exists():
        key = serialization.load_pem_private_key(secret.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise CannotRun(f"{secret} is not the key this software made")
        return x509.load_pem_x509_certificate(shown.read_bytes()), key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Pol137 {now:%Y-%m-%d}")])
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    made = (
        _begun(name, key, name, now, now + AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(secret, _private(key))
    _write(shown, _pem(made), mode=0o644)
    return made, key


def _begun(
    name: str | x509.Name, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    if isinstance(name, str):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(until)
    )


def _general(host: str) -> x509.GeneralName:
    with suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(host))
    try:
        return x509.DNSName(host.encode("idna").decode())
    except UnicodeError as error:
        raise CannotRun(f"{host!r} is neither a host's name nor an address") from error


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    fresh.rename(path)
