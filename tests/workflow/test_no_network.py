"""The guard that runs are watched by refuses a planted socket that reaches off the machine, notes it, and no other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GUARD = Path(__file__).with_name("no_network")
SOCKETS = "import socket, urllib.request; tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM); "


def _run(tmp_path: Path, code: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """A Python that ran the code under the guard, and what the guard noted."""
    noted = tmp_path / "sockets.txt"
    environment = {**os.environ, "PYTHONPATH": str(GUARD), "DYADLINK_TEST_SOCKETS": str(noted)}
    command = [sys.executable, "-c", SOCKETS + code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603
    first, *others = noted.read_text(encoding="utf-8").splitlines()
    assert first.startswith("watched ")
    return done, others


# Addresses that are kept for examples (RFC 5737, RFC 3849, RFC 2606): nobody is there.
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("tcp.connect(('192.0.2.1', 80))", "socket.connect 192.0.2.1"),
        ("tcp.connect_ex(('192.0.2.1', 80))", "socket.connect 192.0.2.1"),
        ("socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))", "socket.connect 2001:db8::1"),
        ("udp.sendto(b'x', ('192.0.2.1', 53))", "socket.sendto 192.0.2.1"),
        ("udp.sendmsg([b'x'], [], 0, ('192.0.2.1', 53))", "socket.sendmsg 192.0.2.1"),
        ("socket.getaddrinfo('records.example', 443)", "socket.getaddrinfo records.example"),
        ("socket.gethostbyname('records.example')", "socket.gethostbyname records.example"),
        ("socket.gethostbyaddr('192.0.2.1')", "socket.gethostbyaddr 192.0.2.1"),
        ("socket.getnameinfo(('192.0.2.1', 80), 0)", "socket.getnameinfo 192.0.2.1"),
        ("urllib.request.urlopen('http://records.example')", "socket.getaddrinfo records.example"),
        ("tcp.bind(('', 0))", "socket.bind "),
        ("tcp.bind(('0.0.0.0', 0))", "socket.bind 0.0.0.0"),
    ],
)
def test_a_socket_that_reaches_off_the_machine_is_refused_and_noted(tmp_path: Path, code: str, told: str) -> None:
    done, noted = _run(tmp_path, code)
    assert done.returncode == 1
    assert "a run opens no socket off the machine" in done.stderr
    assert [line.startswith(f"{told} by ") for line in noted] == [True]


def test_one_that_the_code_keeps_quiet_about_is_noted_all_the_same(tmp_path: Path) -> None:
    done, noted = _run(tmp_path, "\ntry: tcp.connect(('192.0.2.1', 80))\nexcept OSError: pass")
    assert done.returncode == 0
    assert len(noted) == 1


def test_what_stays_on_the_machine_is_let_through(tmp_path: Path) -> None:
    code = (
        "tcp.bind(('127.0.0.1', 0)); tcp.listen(); socket.create_connection(tcp.getsockname()); "
        "socket.getaddrinfo('localhost', 80); socket.socketpair(); socket.socket(socket.AF_UNIX).bind('socket')"
    )
    done, noted = _run(tmp_path, f"import os; os.chdir({str(tmp_path)!r}); {code}")
    assert (done.returncode, noted) == (0, []), done.stderr
