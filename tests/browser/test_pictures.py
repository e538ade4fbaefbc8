"""The page as it looks: parts of it at a phone's, a laptop's and a page's width, beside pictures that were looked at.

The pictures are small and grey: a browser of another version may set a letter half a dot elsewhere, which is not what a
reader sees. Words and boxes that move are. `make browser-references` draws them again, to be looked at before they are
kept.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from conftest import Opened
from PIL import Image
from playwright.sync_api import Page

REFERENCES = Path(__file__).parent / "references"
IS_NEW = bool(os.environ.get("DYADLINK_NEW_REFERENCES"))
SHRINK = 4
HEIGHT = 1400
MEAN_DIFFERENCE = 3.0
"""Of 255, over the whole picture. Another version of the browser stays below 1; a line that moved is beyond 5."""
FAR, SHARE_FAR = 60, 0.02
"""A dot differs where it is that far off; that share of the dots may."""
WIDTHS = {"phone": 400, "laptop": 1280, "paper": 680}
PARTS = ("summary", "characteristics", "models", "sensitivity")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_part_looks_as_it_did_when_it_was_looked_at(opened: Opened, width: str, part: str) -> None:
    seen = _picture(opened(width=WIDTHS[width]), part, is_paper=width == "paper")
    path = REFERENCES / f"{width}-{part}.png"
    if IS_NEW:
        REFERENCES.mkdir(exist_ok=True)
        Image.fromarray(seen).save(path, optimize=True)
    with Image.open(path) as image:
        kept = np.asarray(image.convert("L"), dtype=np.int16)
    assert seen.shape == kept.shape
    apart = np.abs(seen.astype(np.int16) - kept)
    assert apart.mean() < MEAN_DIFFERENCE
    assert (apart > FAR).mean() < SHARE_FAR


def _picture(page: Page, part: str, *, is_paper: bool) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """The upper part of a section in grey, shrunk; in the one font that every machine of the tests has."""
    page.add_style_tag(content="* { font-family: 'DejaVu Sans' !important; scroll-behavior: auto !important; }")
    if is_paper:
        page.emulate_media(media="print")
    page.locator(f"#{part}").evaluate("(e) => e.scrollIntoView()")
    top = page.locator(f"#{part}").evaluate("(e) => e.getBoundingClientRect().top + window.scrollY")
    width = page.viewport_size["width"]  # type: ignore[index]
    clip = {"x": 0, "y": top, "width": width, "height": HEIGHT}
    content = page.screenshot(full_page=True, clip=clip, animations="disabled")  # type: ignore[arg-type]
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("L").reduce(SHRINK))
