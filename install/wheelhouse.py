"""The lock of a folder of wheels: that of the project, and the hashes of wheels that were built of hashed sources.

`make wheelhouse` writes the second into the folder, `make install-offline` joins the two. What comes as a wheel is held
against requirements.lock alone, at both ends. Uses the standard library alone: it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from pathlib import Path

BUILT = "built-from-source.lock"
"""Names, versions and hashes of the wheels that were built: the lock knows the hashes of their sources."""
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")
"""The line of a lock that names a package and its version."""
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def hashes_of_lock(lock: str) -> dict[str, set[str]]:
    """The SHA-256 hashes that a lock allows, by package (`name==version`)."""
    found: dict[str, set[str]] = {}
    package = ""
    for line in lock.splitlines():
        if pin := PIN.match(line):
            package = f"{_plain(pin.group(1))}=={pin.group(2)}"
        if package and not line.lstrip().startswith("#"):
            found.setdefault(package, set()).update(_HASH.findall(line))
    return found


def built_wheels(lock: str, folder: Path) -> list[str]:
    """A line of a lock for each wheel in the folder whose hash the lock does not hold.

    Raises:
        SystemExit: A package of the lock has no wheel, or a wheel is of no package of the lock.
    """
    allowed, lines = hashes_of_lock(lock), []
    missing = set(allowed)
    for wheel in sorted(folder.glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        package, digest = f"{_plain(name)}=={version}", hashlib.sha256(wheel.read_bytes()).hexdigest()
        if package not in allowed:
            sys.exit(f"{wheel}: no package of the lock -> delete the folder, and make it anew")
        missing.discard(package)
        if digest not in allowed[package]:
            lines.append(f"{package} --hash=sha256:{digest}")
    if missing:
        sys.exit(f"{folder}: no wheel of {sorted(missing)[0]} -> make the folder anew")
    return lines


def joined_lock(lock: str, built: str) -> str:
    """The lock with the hashes of the built wheels in it."""
    joined = lock
    for package, hashes in hashes_of_lock(built).items():
        name, version = package.split("==")
        written = re.compile(rf"^({name.replace('-', '[-_.]')}=={re.escape(version)})", re.MULTILINE | re.IGNORECASE)
        joined, n = written.subn(rf"\1 --hash=sha256:{sorted(hashes)[0]}", joined)
        if n != 1:
            sys.exit(f"{package}: stands in {BUILT} and not in the lock -> bring the wheelhouse of this version")
    return joined


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Write the one or the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("built", "joined"))
    parser.add_argument("lock", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    lock = options.lock.read_text(encoding="utf-8")
    if options.what == "built":
        lines = built_wheels(lock, options.folder)
        (options.folder / BUILT).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    elif not (options.folder / BUILT).is_file():
        sys.exit(f"{options.folder}: no wheelhouse -> make one with `make wheelhouse` where there is a network")
    else:
        print(joined_lock(lock, (options.folder / BUILT).read_text(encoding="utf-8")), end="")


if __name__ == "__main__":
    main()
