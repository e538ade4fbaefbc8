"""The study that each case begins with."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_study import SmallStudy


@pytest.fixture
def small(tmp_path: Path) -> SmallStudy:
    """One mother, one infant, one month on a ward in July 2021; nothing known to social care."""
    study = SmallStudy(tmp_path)
    study.mother()
    study.birth()
    study.spell()
    return study
