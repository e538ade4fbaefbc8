"""Builds the docs site: the repository's own Markdown, as it stands, with whatever its links lead to.

The pages keep their places, so that a link that works in the checkout works in the site and the other way round.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

from latex2mathml.converter import convert

PROJECT = Path(__file__).resolve().parents[2]
SITE = PROJECT / "docs/site"
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
MATH = re.compile(r"^```math\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
HTML_LINK = re.compile(r'(?:src|href|srcset)="([^"#\s]+)"')


def pages() -> list[Path]:
    """Every page of the site, by its path in the project."""
    found = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("synthetic_data/*.md")]
    return sorted(path.relative_to(PROJECT) for path in found)


def gather(folder: Path) -> None:
    """Copy the pages into the folder, and every file that a link of theirs leads to, pages among them in turn."""
    waiting = [*pages(), Path("docs/site/extra.css"), Path("docs/site/worker.js")]
    gathered: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in gathered:
            continue
        gathered.add(path)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            waiting += linked_files(path)
            (folder / path).write_text(draw_formulas((PROJECT / path).read_text(encoding="utf-8")), encoding="utf-8")
        else:
            shutil.copyfile(PROJECT / path, folder / path)


def linked_files(page: Path) -> list[Path]:
    """The files of the project that a page links to; what is not there is left to the strict build to tell."""
    text = (PROJECT / page).read_text(encoding="utf-8")
    targets = [(PROJECT / page).parent / link for link in LINK.findall(text) + HTML_LINK.findall(text)]
    return [target.resolve().relative_to(PROJECT) for target in targets if target.is_file()]


def draw_formulas(text: str) -> str:
    """A page with its `math` blocks as MathML, which a browser draws without a script."""
    return MATH.sub(lambda block: f'<div class="formula">{convert(block[1].strip(), display="block")}</div>\n', text)


def build(out: Path) -> int:
    """Gather the pages into the folder and build the site in `site` below it; return the builder's exit code."""
    shutil.rmtree(out, ignore_errors=True)
    gather(out / "pages")
    shutil.copyfile(SITE / "zensical.toml", out / "zensical.toml")
    shutil.copytree(SITE / "overrides", out / "overrides")
    return build_gathered(out)


def build_gathered(out: Path) -> int:
    """Build what is gathered, strictly: a link that leads nowhere ends it with a code that is not 0."""
    program = Path(sys.executable).with_name("zensical")
    code = subprocess.run([program, "build", "--strict"], cwd=out, check=False).returncode  # noqa: S603  # the locked one
    if code == 0:
        # It finds its style only where a server shows it.
        (out / "site/404.html").unlink()
    return code


def main() -> int:
    """Build the docs site; it needs no network, neither to be built nor to be read."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=PROJECT / "build/docs", metavar="FOLDER", help="where to build it")
    out = parser.parse_args().out.resolve()
    code = build(out)
    if code == 0:
        print(f"Docs: {out / 'site/index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
