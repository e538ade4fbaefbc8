"""A SLURM of one machine, on loopback, of the tests' own: started, and stopped when they end."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIGURATION = Path("/etc/slurm/slurm.conf")
"""The plugin drops SLURM_CONF inside jobs: it must stand here."""
PROGRAMS = ("munged", "slurmctld", "slurmd", "sinfo", "sbatch", "setpriv")
_MEGABYTES = 64_000
_MARK = "# A SLURM of dyadlink's tests; they take it away at their end."
_TEXT = """{mark}
ClusterName=dyadlink
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={node_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# The node says that it has more memory than the machine: what jobs ask for is tested, not whether it is there.
SlurmdParameters=config_overrides
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MinJobAge=3600
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class CannotStartError(RuntimeError):
    """There can be no SLURM of the tests' own here; the message says why."""


def check_possible() -> None:
    """Nothing, if a SLURM can be started.

    Raises:
        CannotStartError: A program is missing, the user is not root, or the machine has a SLURM already.
    """
    missing = [program for program in PROGRAMS if _program(program) is None]
    if missing:
        raise CannotStartError(
            f"{', '.join(missing)} not found: apt-get install -y --no-install-recommends slurm-wlm munge"
        )
    if os.geteuid() != 0:
        raise CannotStartError("SLURM's daemons are started by root alone: run this as root, on a machine of its own")
    if CONFIGURATION.exists():
        raise CannotStartError(f"{CONFIGURATION} is there: this machine has a SLURM of its own, which is not touched")


@contextmanager
def one_node() -> Iterator[Path]:
    """The folder of the daemons' logs, while SLURM runs.

    Raises:
        CannotStartError: See `check_possible`; or it does not start.
    """
    check_possible()
    folder = Path(tempfile.mkdtemp(prefix="dyadlink-slurm-"))
    started: list[subprocess.Popen[bytes]] = []
    try:
        # The user `munge` reads its key there.
        folder.chmod(0o755)
        for name in ("state", "spool"):
            (folder / name).mkdir()
        started.append(_start_munge(folder))
        CONFIGURATION.parent.mkdir(parents=True, exist_ok=True)
        with CONFIGURATION.open("x", encoding="utf-8") as file:
            file.write(_configuration(folder))
        started.append(_start(folder, "slurmctld", "-D"))
        started.append(_start(folder, "slurmd", "-D"))
        _wait_until_idle(folder)
        yield folder
    finally:
        for process in reversed(started):
            _stop(process)
        if CONFIGURATION.is_file() and CONFIGURATION.read_text(encoding="utf-8").startswith(_MARK):
            CONFIGURATION.unlink()
        shutil.rmtree(folder, ignore_errors=True)


def _configuration(folder: Path) -> str:
    return _TEXT.format(
        mark=_MARK,
        host=socket.gethostname().partition(".")[0],
        port=_free_port(),
        node_port=_free_port(),
        folder=folder,
        cores=os.cpu_count(),
        memory=_MEGABYTES,
    )


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _start_munge(folder: Path) -> subprocess.Popen[bytes]:
    own = folder / "munge"
    own.mkdir(mode=0o700)
    (own / "key").write_bytes(secrets.token_bytes(128))
    (own / "key").chmod(0o400)
    for path in (own, own / "key"):
        shutil.chown(path, "munge", "munge")
    # Others connect to it by this name.
    (folder / "munge.socket").symlink_to(folder / "socket/munge")
    (folder / "socket").mkdir(mode=0o755)
    shutil.chown(folder / "socket", "munge", "munge")
    options = {
        "key-file": own / "key",
        "socket": folder / "socket/munge",
        "pid-file": own / "pid",
        "log-file": own / "log",
        "seed-file": own / "seed",
    }
    as_munge = ("setpriv", "--reuid=munge", "--regid=munge", "--clear-groups")
    return _start(
        folder, *as_munge, str(_program("munged")), "--foreground", *(f"--{k}={v}" for k, v in options.items())
    )


def _start(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    log = (folder / "started.log").open("ab")
    try:
        return subprocess.Popen(  # noqa: S603
            [str(_program(command[0])), *command[1:]], stdout=log, stderr=log, start_new_session=True
        )
    finally:
        log.close()


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin{os.pathsep}/sbin")


def _wait_until_idle(folder: Path, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        told = subprocess.run(["sinfo", "--noheader", "-o", "%T"], capture_output=True, text=True, check=False)  # noqa: S607
        if told.stdout.split() == ["idle"]:
            return
        time.sleep(0.3)
    log = (folder / "started.log").read_text(encoding="utf-8", errors="replace")
    raise CannotStartError(f"SLURM did not start within {seconds:.0f} s: {told.stdout} {told.stderr} {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
