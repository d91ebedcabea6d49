"""`make up` on a machine without a network: `unshare -n python alone.py PORT`, in the unpacked bundle.

Prints what the first page answered and how long it took, then stops the centre.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1


def main(port: int) -> int:
    """Have the loopback, and nothing but it; start the centre and ask for its first page."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))
    routes = Path("/proc/net/route").read_text().splitlines()[1:]
    assert [line for line in routes if not line.startswith("lo")] == [], "there is a way out"
    began = time.monotonic()
    centre = subprocess.Popen(["make", "up"], start_new_session=True)
    try:
        status, page = first_page(port, centre)
    finally:
        os.killpg(centre.pid, signal.SIGINT)
        ended = centre.wait(300)
    print(f"first page: {status} after {time.monotonic() - began:.0f} s, then ended with {ended}")
    return 0 if status == 200 and "۱۳۷" in page else 1


def first_page(port: int, centre: subprocess.Popen[bytes]) -> tuple[int, str]:
    """What / answers, once it answers."""
    while centre.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            time.sleep(0.5)
        finally:
            connection.close()
    return 0, ""


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
