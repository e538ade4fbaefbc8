"""The report in a real browser: it renders, says nothing on the console, and asks nothing of the network.

Needs Chromium on the PATH (`make test-browser`; CI installs it), so `make test` leaves this folder out.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from fake_aggregates import make_aggregates
from lxml import html
from PIL import Image

from dyadlink.disclosure import get_profile, protect_all, write_release
from dyadlink.report.build import build_report

CHROMIUM = shutil.which("chromium") or "chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--log-level=0",
)


@pytest.fixture(scope="module", params=[2000, 278])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    context = {"title": "A study", "is_synthetic": True, "profile": "strict"}
    tables = protect_all(make_aggregates(request.param), get_profile("strict"))
    write_release(tables, context, folder / "release")
    build_report(folder / "release", folder / "index.html")
    return folder / "index.html"


def _chromium(page: Path, profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *arguments, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)  # noqa: S603


def test_the_page_renders_whole_and_the_console_stays_silent(page: Path, tmp_path: Path) -> None:
    done = _chromium(page, tmp_path, "--dump-dom")
    rendered = html.fromstring(done.stdout)
    written = html.fromstring(page.read_text(encoding="utf-8"))
    for element in ("table", "svg", "h2", "tr"):
        assert len(rendered.findall(f".//{element}")) == len(written.findall(f".//{element}")) > 0
    assert "CONSOLE" not in done.stderr


def test_the_page_asks_nothing_of_the_network(page: Path, tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    _chromium(page, tmp_path / "profile", f"--log-net-log={log}", "--dump-dom")
    hosts = set(re.findall(r'"url":"https?://([^/"]+)', log.read_text(encoding="utf-8")))
    # The browser looks for its maker's services at every start, whatever the page.
    assert {host for host in hosts if not host.endswith((".google.com", ".googleapis.com", ".gvt1.com"))} == set()
    assert "google" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_is_wider_than_the_window(page: Path, tmp_path: Path, width: int) -> None:
    picture = tmp_path / "page.png"
    _chromium(page, tmp_path / "profile", f"--window-size={width},3000", f"--screenshot={picture}")
    with Image.open(picture) as image:
        assert image.size == (width, 3000)
        # Something is drawn, and the outermost columns are margin alone: nothing runs out of the page.
        assert len(image.convert("L").getcolors(256) or []) > 10
        edge = image.convert("L").crop((width - 2, 200, width, 3000))
        assert len(edge.getcolors(256) or []) == 1
