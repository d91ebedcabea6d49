"""Sends whoever comes by plain HTTP to the same page by HTTPS. `python -m pol137.machine.redirect`."""

from __future__ import annotations

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pol137.machine import place


class Redirect(BaseHTTPRequestHandler):
    """Answers every question with the address of the same page behind the public address."""

    target = ""
    timeout = 10

    def do_GET(self) -> None:
        """Point to the HTTPS page; what is no path leads to the first page."""
        path = self.path if self.path.startswith("/") else "/"
        self.send_response(HTTPStatus.PERMANENT_REDIRECT)
        self.send_header("Location", self.target + path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_HEAD(self) -> None:
        """As for GET."""
        self.do_GET()

    def do_POST(self) -> None:
        """As for GET: a form goes where its page is."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: addresses hold codes of cases."""


def main() -> None:
    """Serve until asked to stop."""
    here = place.read()
    Redirect.target = here.public_url
    ThreadingHTTPServer((here.host, here.plain_port or 80), Redirect).serve_forever()


if __name__ == "__main__":
    main()
