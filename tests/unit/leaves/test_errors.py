"""An error is one line that says what is wrong, where, and how to mend it."""

from __future__ import annotations

import pytest

from dyadlink.errors import ConfigError, ContractError, DyadlinkError, SourceError


def test_the_three_parts_make_one_line() -> None:
    error = DyadlinkError("is\nempty", where="file.csv, line 1", mend="export it\nagain")
    assert str(error) == "file.csv, line 1: is empty -> export it again"


def test_parts_may_be_left_out() -> None:
    assert str(DyadlinkError("is empty")) == "is empty"


@pytest.mark.parametrize(("kind", "code"), [(DyadlinkError, 1), (ConfigError, 2), (SourceError, 3), (ContractError, 4)])
def test_each_kind_has_its_exit_code(kind: type[DyadlinkError], code: int) -> None:
    assert kind("x").exit_code == code
