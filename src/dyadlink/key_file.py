"""The secret key of a study: read from a file that its owner alone can read, outside the project, and never shown."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from dyadlink.errors import ConfigError

MINIMUM_BYTES = 32
"""A key shorter than the digest weakens HMAC (RFC 2104, section 3: "keys ... less than L bytes long")."""
MINIMUM_DISTINCT_BYTES = 8
"""Fewer different bytes are no random key. Of 64 random hexadecimal digits, fewer than 8 differ once in 10^18 keys."""
MAXIMUM_BYTES = 4096
_OTHERS = 0o077


@dataclass(frozen=True)
class SecretKey:
    """A key that is used and not shown: neither its text form nor an error of it holds its bytes."""

    _content: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, from which neither the key nor that of another purpose can be told."""
        return hmac.digest(self._content, f"dyadlink:{purpose}".encode(), hashlib.sha256)

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that tell two keys apart and say nothing of them."""
        return self.derive("fingerprint").hex()[:16]


def read_key(path: Path, *, project: Path) -> SecretKey:
    """The key in a file; blanks and line ends around it do not count.

    Args:
        path: The file.
        project: Folder in which a key may not lie: what is there is copied, committed and handed on.

    Raises:
        ConfigError: It is missing, no file, inside the project, readable by others, empty, too short or not random.
    """
    try:
        place = path.expanduser().resolve(strict=True)
        mode = place.stat().st_mode
        if not place.is_file():
            raise ConfigError("the key file is no file", where=str(path), mend="make one: openssl rand -hex 32")
        if place.is_relative_to(project.resolve()):
            raise ConfigError("the key file lies inside the project", where=str(path), mend="keep it elsewhere")
        if mode & _OTHERS:
            raise ConfigError("the key file can be read by others", where=str(path), mend="chmod 600 it, or renew it")
        with place.open("rb") as file:
            content = file.read(MAXIMUM_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError("the key file is missing", where=str(path), mend="make one: openssl rand -hex 32") from None
    except (OSError, RuntimeError) as error:
        kind = type(error).__name__
        raise ConfigError(f"the key file cannot be read ({kind})", where=str(path), mend="check its owner") from None
    _check_strength(content, str(path))
    return SecretKey(content.strip())


def _check_strength(content: bytes, where: str) -> None:
    if len(content) > MAXIMUM_BYTES:
        raise ConfigError(
            f"the key file holds more than {MAXIMUM_BYTES} bytes: it is no key",
            where=where,
            mend="make one: openssl rand -hex 32",
        )
    key = content.strip()
    if not key:
        raise ConfigError("the key file is empty", where=where, mend="make one: openssl rand -hex 32")
    if len(key) < MINIMUM_BYTES:
        raise ConfigError(
            f"the key is shorter than {MINIMUM_BYTES} bytes", where=where, mend="make one: openssl rand -hex 32"
        )
    if len(set(key)) < MINIMUM_DISTINCT_BYTES:
        raise ConfigError(
            "the key is not random: few of its bytes differ", where=where, mend="make one: openssl rand -hex 32"
        )
