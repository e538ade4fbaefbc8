"""The key file: refused where it is not safe, and its content never shown."""

from __future__ import annotations

import hashlib
import hmac
import traceback
from pathlib import Path

import pytest

from dyadlink.errors import ConfigError
from dyadlink.key_file import SecretKey, read_key

KEY = bytes(range(32)).hex()


def _write(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_key_is_read_without_the_blanks_around_it(tmp_path: Path) -> None:
    bare = read_key(_write(tmp_path / "a", KEY.encode()), project=tmp_path / "project")
    with_line_end = read_key(_write(tmp_path / "b", f"{KEY}\r\n".encode()), project=tmp_path / "project")
    assert bare == with_line_end
    assert bare.derive("x") == hmac.new(KEY.encode(), b"dyadlink:x", hashlib.sha256).digest()
    assert bare.derive("x") != bare.derive("y")


@pytest.mark.parametrize(
    ("content", "mode", "problem"),
    [
        pytest.param(b"", 0o600, "the key file is empty", id="empty"),
        pytest.param(b" \n\t\n", 0o600, "the key file is empty", id="blank"),
        pytest.param(KEY.encode()[:31], 0o600, "shorter than 32 bytes", id="31 bytes"),
        pytest.param(b"01" * 40, 0o600, "not random", id="two bytes over and over"),
        pytest.param(KEY.encode() * 100, 0o600, "more than 4096 bytes", id="too long"),
        pytest.param(KEY.encode(), 0o640, "can be read by others", id="group may read"),
        pytest.param(KEY.encode(), 0o604, "can be read by others", id="world may read"),
        pytest.param(KEY.encode(), 0o620, "can be read by others", id="group may write"),
    ],
)
def test_an_unsafe_key_is_refused_in_a_line_that_does_not_tell_it(
    tmp_path: Path, content: bytes, mode: int, problem: str
) -> None:
    path = _write(tmp_path / "key", content, mode)
    with pytest.raises(ConfigError, match=problem) as caught:
        read_key(path, project=tmp_path / "project")
    text = str(caught.value)
    assert text.startswith(str(path))
    assert "\n" not in text
    assert not content.strip() or content.decode().strip()[:16] not in text


def test_32_bytes_are_enough(tmp_path: Path) -> None:
    key = read_key(_write(tmp_path / "key", KEY.encode()[:32]), project=tmp_path / "project")
    assert len(key.derive("x")) == 32


def test_a_missing_key_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the key file is missing"):
        read_key(tmp_path / "key", project=tmp_path / "project")
    tmp_path.chmod(0o700)
    with pytest.raises(ConfigError, match="the key file is no file"):
        read_key(tmp_path, project=tmp_path / "project")


def test_a_key_inside_the_project_is_refused_also_behind_a_link(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    inside = _write(project / "key", KEY.encode())
    link = tmp_path / "link"
    link.symlink_to(inside)
    for path in (inside, link):
        with pytest.raises(ConfigError, match="lies inside the project"):
            read_key(path, project=project)


def test_a_key_shows_itself_nowhere() -> None:
    key = SecretKey(KEY.encode())
    shown = [repr(key), str(key), key.fingerprint()]
    try:
        raise ValueError(key)
    except ValueError as error:
        shown += traceback.format_exception(error)
    assert not any(KEY[:12] in text for text in shown)
    assert key.fingerprint() != SecretKey(KEY.encode()[::-1]).fingerprint()
