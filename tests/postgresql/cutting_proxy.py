"""A relay between a client and a server that cuts connections after so many bytes, as a bad network does."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self


class CuttingProxy:
    """Relays connections to a port of loopback; the n-th is cut when the server has sent `cuts[n]` bytes.

    Connections after the last of `cuts` are left alone.
    """

    def __init__(self, port: int, cuts: Sequence[int]) -> None:
        """Prepare the relay."""
        self._server_port, self._cuts = port, list(cuts)
        self.n_connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        # Closing a socket does not wake who waits on it: a last connection does.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join(timeout=10)
        self._listener.close()

    def _accept(self) -> None:
        relays: list[threading.Thread] = []
        while True:
            client, _ = self._listener.accept()
            first = client.recv(1 << 16)
            if not first:
                client.close()
                break
            limit = self._cuts[self.n_connections] if self.n_connections < len(self._cuts) else None
            self.n_connections += 1
            server = socket.create_connection(("127.0.0.1", self._server_port))
            server.sendall(first)
            relays += [
                threading.Thread(target=_relay, args=(client, server, None), daemon=True),
                threading.Thread(target=_relay, args=(server, client, limit), daemon=True),
            ]
            for relay in relays[-2:]:
                relay.start()
        for relay in relays:
            relay.join(timeout=10)


def _relay(source: socket.socket, sink: socket.socket, limit: int | None) -> None:
    n_sent = 0
    try:
        while chunk := source.recv(1 << 14):
            if limit is not None and n_sent + len(chunk) > limit:
                break
            sink.sendall(chunk)
            n_sent += len(chunk)
    except OSError:
        pass
    finally:
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
