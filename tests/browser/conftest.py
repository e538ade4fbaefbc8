"""Pages of two releases, a large one and one of which much is hidden, in a real headless Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_aggregates import make_aggregates
from playwright.sync_api import Browser, Page, sync_playwright

from dyadlink.disclosure import get_profile, protect_all, write_release
from dyadlink.report.build import build_report

CONTEXT = {
    "title": "A study",
    "is_synthetic": True,
    "profile": "strict",
    "definitions": {
        "Dyad": "One mother and one liveborn infant.",
        "O1": "Any children's social care involvement open between T1 and T2.",
        "O4": "Custody loss within 365 days after T2.",
    },
    "settings": {"study": {"follow_up_days": 365}, "linkage": {"seed": 1}},
}
LARGE, SMALL = 2000, 278
CHROMIUM = shutil.which("chromium") or "chromium"
# What the browser itself would ask of its maker is switched off; fonts are drawn alike on every machine.
FLAGS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb",
]  # fmt: skip

Opened = Callable[..., Page]


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Size of a cohort to the folder of its report."""
    folders = {}
    for n in (LARGE, SMALL):
        folder = tmp_path_factory.mktemp(f"report{n}")
        write_release(protect_all(make_aggregates(n), get_profile("strict")), CONTEXT, folder / "release")
        build_report(folder / "release", folder / "report" / "index.html")
        folders[n] = folder / "report"
    return folders


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, reports: dict[int, Path]) -> Iterator[Opened]:
    """Opens the report of a cohort of that size; further arguments are those of a browser's context."""
    contexts = []

    def open_page(n: int = LARGE, width: int = 1280, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []  # type: ignore[attr-defined]
        page.on("request", lambda request: page.asked.append(request.url))  # type: ignore[attr-defined]
        page.on("console", lambda message: page.said.append(message.text))  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.said.append(str(error)))  # type: ignore[attr-defined]
        page.goto((reports[n] / "index.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
