"""Put on the path of every Python of a run: notes and refuses each socket that would reach off the machine.

What compiled code opens by itself is not seen here; `make test-offline` unplugs the network for that.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

NOTED = "DYADLINK_TEST_SOCKETS"
"""Names the file in which they are noted."""
_ASKS_FOR_A_HOST = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
_REACHES_OUT = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind", *_ASKS_FOR_A_HOST}
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1", socket.gethostname()}


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _REACHES_OUT:
        return
    here = set(_THIS_MACHINE)
    if event in _ASKS_FOR_A_HOST:
        host = arguments[0][0] if event == "socket.getnameinfo" else arguments[0]
        here |= {None, ""}
    else:
        held, address = arguments[:2]
        if held.family not in {socket.AF_INET, socket.AF_INET6} or address is None:
            return
        host = address[0]  # to listen at "" is to listen to everybody
    if (host.decode() if isinstance(host, bytes) else host) in here:
        return
    with Path(os.environ[NOTED]).open("a", encoding="utf-8") as file:
        file.write(f"{event} {host} by {sys.argv}\n")
    raise PermissionError(f"{event} of {host}: a run opens no socket off the machine")


if NOTED in os.environ:
    with Path(os.environ[NOTED]).open("a", encoding="utf-8") as noted:
        noted.write(f"watched {os.getpid()}\n")
    sys.addaudithook(_refuse)
