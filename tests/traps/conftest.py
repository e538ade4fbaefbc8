"""The study that each trap begins with."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_study import SmallStudy


@pytest.fixture
def study(tmp_path: Path) -> SmallStudy:
    """One mother, one infant, one month on a ward in July 2021; nothing known to social care."""
    small = SmallStudy(tmp_path)
    small.mother()
    small.birth()
    small.spell()
    return small
