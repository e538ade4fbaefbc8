"""The docs site: built strictly, whole, and without a word to another host.

Needs the extra `docs` and Chromium on the PATH (`make test-docs`), so `make test` leaves this folder out.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from build_site import PROJECT, SITE, build, build_gathered, pages
from lxml import html

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
    "--enable-logging=stderr",
    "--log-level=0",
)
SEARCH = """<script>
const later = (ms) => new Promise((go) => setTimeout(go, ms))
addEventListener("load", async () => {
  await later(1000)
  document.querySelector("button.md-search__button").click()
  await later(1500)
  const roots = [document, ...[...document.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean)]
  const field = roots.map((root) => root.querySelector("input[role=combobox]")).find(Boolean)
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, "custody loss")
  field.dispatchEvent(new Event("input", { bubbles: true }))
  await later(3000)
  document.body.dataset.found = field.getRootNode().textContent
})
</script></body>"""
"""Types into the search as a reader would, and keeps what it shows."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("docs")
    assert build(out) == 0
    return out / "site"


def test_every_page_is_built_and_has_its_place(site: Path) -> None:
    navigation = re.findall(r'"([^"]+\.md)"', (SITE / "zensical.toml").read_text(encoding="utf-8"))
    assert sorted(navigation) == sorted(map(str, pages()))
    assert len(navigation) == len(set(navigation))
    for page in pages():
        assert (site / page.with_suffix(".html")).is_file() or page.name == "README.md"


def test_a_link_that_leads_nowhere_ends_the_build(site: Path, tmp_path: Path) -> None:
    out = shutil.copytree(site.parent, tmp_path / "docs")
    page = out / "pages/docs/tutorial/first-run.md"
    written = page.read_text(encoding="utf-8")
    for lost in ("[there](nowhere.md)", "[there](#nowhere)", "[there](../explanation/limits.md#nowhere)"):
        page.write_text(f"{written}\n{lost}\n", encoding="utf-8")
        assert build_gathered(out) != 0


def test_no_page_asks_another_host_for_anything(site: Path) -> None:
    built = sorted(site.rglob("*.html"))
    assert len(built) >= len(pages())
    for page in built:
        tree = html.fromstring(page.read_text(encoding="utf-8"))
        asked = [
            value
            for element in tree.iter()
            if isinstance(element.tag, str) and element.tag != "a"
            for name, value in element.attrib.items()
            if name in {"src", "srcset", "href", "data", "action"} and re.match(r"(https?:)?//", value)
        ]
        assert asked == [], page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//|@import", style.read_text(encoding="utf-8")), style


def test_formulas_are_drawn(site: Path) -> None:
    written = (PROJECT / "docs/explanation/statistics.md").read_text(encoding="utf-8")
    drawn = (site / "docs/explanation/statistics.html").read_text(encoding="utf-8")
    assert drawn.count("<math ") == written.count("```math") > 10


def test_what_goes_on_in_a_list_stands_below_its_item(site: Path) -> None:
    """Fewer than four blanks end the item; after a paragraph of its own the next needs an empty line before it."""
    for page in pages():
        text = re.sub(r"^```.*?^```$", "", (PROJECT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        assert re.findall(r"\n\n {1,3}\S.*", text) == [], page
        # Code in an item wants eight.
        assert re.findall(r"\n(?:\d+\.|-) (?:.+\n)+\n {5,7}\S.*", text) == [], page
    for page in sorted(site.rglob("*.html")):
        tree = html.fromstring(page.read_text(encoding="utf-8"))
        told = [paragraph.text_content() for paragraph in tree.iterfind(".//article//p")]
        assert [words[:60] for words in told if re.search(r"```|\n(?:[2-9]\. |- |\| )", words)] == [], page


def test_the_search_finds_things_in_pages_opened_as_files(site: Path, tmp_path: Path) -> None:
    page = site / "docs/explanation/disclosure.html"
    probe = page.with_name("probe.html")
    probe.write_text(page.read_text(encoding="utf-8").replace("</body>", SEARCH), encoding="utf-8")
    log = tmp_path / "net.json"
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}"]
    done = subprocess.run(  # noqa: S603
        [*command, "--virtual-time-budget=15000", "--dump-dom", probe.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    probe.unlink()
    found = html.fromstring(done.stdout).find(".//body").get("data-found") or ""
    assert re.search(r"\b[1-9]\d* results", found), done.stderr
    assert "Data dictionary" in found
    assert "CONSOLE" not in done.stderr
    hosts = set(re.findall(r'"url":"https?://([^/"]+)', log.read_text(encoding="utf-8")))
    # The browser looks for its maker's services at every start, whatever the page.
    assert {host for host in hosts if not host.endswith((".google.com", ".googleapis.com", ".gvt1.com"))} == set()


def test_the_configuration_asks_for_no_font(site: Path) -> None:
    assert tomllib.loads((SITE / "zensical.toml").read_text(encoding="utf-8"))["project"]["theme"]["font"] is False
    assert "fonts." not in (site / "index.html").read_text(encoding="utf-8")
