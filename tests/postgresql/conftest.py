"""A PostgreSQL server of the tests' own on loopback, from Debian's package, in a temporary folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from adbc_driver_postgresql import dbapi

BINARIES = Path("/usr/lib/postgresql")
PASSWORD = "correct-horse"  # noqa: S105  # of a server that lives as long as the tests
USER = "analyst"


class Server(NamedTuple):
    """A running server."""

    port: int

    def address(self, *, password: str = PASSWORD, port: int | None = None, database: str = "postgres") -> str:
        """Its address, as people write it."""
        return f"postgresql://{USER}:{password}@127.0.0.1:{port or self.port}/{database}"

    def execute(self, *statements: str) -> None:
        """Run statements."""
        with dbapi.connect(self.address(), autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _account() -> str | None:
    """The server refuses root: the package's own account runs it then."""
    return "postgres" if os.geteuid() == 0 else None


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    versions = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    assert versions, "install Debian's postgresql: apt-get install postgresql"
    binaries = versions[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="dyadlink-postgresql-"))
    word = folder / "password"
    word.write_text(PASSWORD, encoding="utf-8")
    if _account():
        shutil.chown(folder, "postgres")
        shutil.chown(word, "postgres")
    data, port = folder / "data", free_port()
    try:
        _run(
            str(binaries / "initdb"),
            *("--pgdata", str(data), "--username", USER, "--pwfile", str(word)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-sync"),
        )
        options = ("-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-F")
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  # the package's own program
                [str(binaries / "postgres"), *options], user=_account(), cwd=folder, stdout=log, stderr=log
            )
        try:
            _wait_for(binaries, port, process)
            yield Server(port)
        finally:
            process.terminate()
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, user=_account(), cwd="/", stdout=subprocess.DEVNULL)  # noqa: S603


def _wait_for(binaries: Path, port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended at once"
        ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-U", USER]
        if subprocess.run(ready, check=False).returncode == 0:  # noqa: S603
            return
        time.sleep(0.1)
    raise AssertionError("the server did not start")
