"""Put on the path of every Python of a run: notes and refuses each socket that would reach off the machine."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

NOTED = "DYADLINK_TEST_SOCKETS"
"""Names the file in which they are noted."""
_REACHES_OUT = {"socket.connect", "socket.sendto", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname"}


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _REACHES_OUT:
        return
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        held, address = arguments
        if held.family not in {socket.AF_INET, socket.AF_INET6}:
            return
        host = address[0]
    if host in {None, "", "localhost", "127.0.0.1", "::1", socket.gethostname()}:
        return
    with Path(os.environ[NOTED]).open("a", encoding="utf-8") as file:
        file.write(f"{event} {host} by {sys.argv}\n")
    raise PermissionError(f"{event} of {host}: a run opens no socket off the machine")


if NOTED in os.environ:
    with Path(os.environ[NOTED]).open("a", encoding="utf-8") as noted:
        noted.write(f"watched {os.getpid()}\n")
    sys.addaudithook(_refuse)
