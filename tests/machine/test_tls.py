"""HTTPS by an authority of this machine: a real client that trusts it, renewal, and plain HTTP sent on."""

from __future__ import annotations

import http.client
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pol137.machine import certificates, place, proc
from pol137.machine.trouble import CannotRun
from tests.machine.centre import free_port

NOW = datetime.now(UTC).replace(microsecond=0)
HOSTS = ["localhost", "127.0.0.1", "137.shahr.example"]
SERVE = """
import http.server, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[3])), http.server.SimpleHTTPRequestHandler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def answer(port: int, host: str, trust: Path) -> int:
    """The status a careful client gets, which checks the chain and the host's name."""
    context = ssl.create_default_context(cafile=str(trust))
    client = http.client.HTTPSConnection(host, port, timeout=10, context=context)
    client.request("GET", "/")
    return client.getresponse().status


def test_a_client_that_trusts_the_authority_gets_in_and_another_does_not(tmp_path: Path) -> None:
    made = certificates.make(tmp_path / "tls", HOSTS, now=NOW)
    other = certificates.make(tmp_path / "other", HOSTS, now=NOW)
    port = free_port()
    words = [sys.executable, "-c", SERVE, str(made), str(made.with_name("server.key")), str(port)]
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.DEVNULL) as server:
        try:
            assert proc.wait_until(lambda: server.poll() is None and _listens(port), 20)
            assert answer(port, "localhost", made.with_name("ca.pem")) == 200
            assert answer(port, "127.0.0.1", made.with_name("ca.pem")) == 200
            with pytest.raises(ssl.SSLCertVerificationError):
                answer(port, "localhost", other.with_name("ca.pem"))
        finally:
            server.kill()


def _listens(port: int) -> bool:
    try:
        http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
    except OSError:
        return False
    return True


def test_renewing_keeps_the_authority_and_the_keys_are_for_the_owner_only(tmp_path: Path) -> None:
    first = certificates.make(tmp_path, HOSTS, now=NOW)
    authority, old = (tmp_path / "ca.pem").read_bytes(), first.read_bytes()
    again = certificates.make(tmp_path, HOSTS[:1], now=NOW + timedelta(days=300))
    assert (tmp_path / "ca.pem").read_bytes() == authority
    assert again.read_bytes() != old
    assert certificates.read(again).hosts == ["localhost"]
    assert certificates.read(again).ends_at == NOW + timedelta(days=300) + certificates.SERVER_LASTS
    for name in ("ca.key", "server.key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_what_is_no_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("no certificate")
    with pytest.raises(CannotRun, match="holds no certificate"):
        certificates.read(tmp_path / "x.pem")
    with pytest.raises(CannotRun, match="neither"):
        certificates.make(tmp_path, ["a" * 300], now=NOW)


def test_the_place_speaks_https_once_a_certificate_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POL137_DATA", str(tmp_path))
    monkeypatch.delenv("POL137_PUBLIC_URL", raising=False)
    assert place.read().public_url.startswith("http://")
    made = certificates.make(tmp_path / "tls", HOSTS, now=NOW)
    assert place.read().tls == (made, made.with_name("server.key"))
    assert place.read().public_url.startswith("https://")
    monkeypatch.setenv("POL137_TLS_CERT", str(made))
    with pytest.raises(CannotRun, match="go together"):
        place.read()
    monkeypatch.setenv("POL137_TLS_KEY", str(tmp_path / "none"))
    with pytest.raises(CannotRun, match="cannot be read"):
        place.read()


def test_who_comes_by_plain_http_is_sent_to_the_same_page(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("POL137_PLAIN_PORT", str(port))
    monkeypatch.setenv("POL137_PUBLIC_URL", "https://137.shahr.example")
    with subprocess.Popen([sys.executable, "-m", "pol137.machine.redirect"]) as server:
        try:
            assert proc.wait_until(lambda: _listens(port), 20)
            for path, target in (("/track?code=1", "/track?code=1"), ("//evil.example/", "/evil.example/")):
                client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                client.request("GET", path)
                reply = client.getresponse()
                assert reply.status == 308
                assert reply.headers["Location"] == f"https://137.shahr.example{target}"
        finally:
            server.kill()
