"""One style for every figure, and what becomes of a drawing: SVG in the page, SVG and PNG as files."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, QUIET, SHADE = "#1b1f24", "#c9d0d7", "#f4f6f8"
# Okabe & Ito's palette (2008), which colour-blind readers can tell apart; marks, dashes and hatches say the same
# again for a print in grey. Each colour becomes a variable of the page's style sheet, so that dark mode recolours it.
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
MARKS = ("o", "s", "D", "^")
DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
HATCHES = ("", "////", "---", "\\\\\\\\")
PNG_DPI = 200
"""At this resolution a figure that is printed at a column's width has more than 400 dots an inch."""

_VARIABLES = {INK: "var(--ink)", QUIET: "var(--rule)", SHADE: "var(--shade)"} | {
    colour: f"var(--series-{i})" for i, colour in enumerate(SERIES, start=1)
}
_FONTS = "'DejaVu Sans', Verdana, Arial, sans-serif"
_COLOURS_OF_PNG = 128
_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11,
    "svg.fonttype": "none",
    "hatch.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Drawing:
    """A drawing; the same bytes each time.

    Args:
        svg: To stand in a page, whose style sheet gives colours and fonts.
        file: The same as a file of its own.
        png: The same on white, as PNG.
    """

    svg: str
    file: str
    png: bytes


class canvas:  # noqa: N801 - used as a function in `with`
    """A figure of that size in inches, and its axes, under the project's drawing style."""

    def __init__(self, width: float, height: float) -> None:
        """Width and height in inches."""
        from matplotlib import rc_context  # noqa: PLC0415 - heavy

        self.size = (width, height)
        # The salt and the missing date keep the bytes the same from run to run.
        self.context = rc_context({**_STYLE, "svg.hashsalt": "dyadlink"})

    def __enter__(self) -> tuple[Any, Axes]:
        """The figure and its axes."""
        from matplotlib.figure import Figure  # noqa: PLC0415 - heavy

        self.context.__enter__()
        figure = Figure(figsize=self.size, layout="constrained")
        return figure, figure.add_subplot()

    def __exit__(self, *error: object) -> None:
        """Leave the drawing style."""
        self.context.__exit__(*error)  # type: ignore[arg-type]


def multiples(of: int) -> Any:
    """A locator of ticks at the multiples of a number."""
    from matplotlib.ticker import MultipleLocator  # noqa: PLC0415 - heavy

    return MultipleLocator(of)


def finish(figure: Any, name: str, *, is_narrow: bool = False) -> Drawing:
    """The drawing of a figure.

    Args:
        figure: What was drawn within a `canvas`.
        name: Unique name of the figure in the page.
        is_narrow: Whether the page may show it at a phone's width.
    """
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    # The layout is settled: the second drawing need not look for it again.
    figure.set_layout_engine("none")
    written = _without_prologue(buffer.getvalue())
    return Drawing(_for_page(written, name, is_narrow=is_narrow), _as_file(written), _png(figure))


def _without_prologue(svg: str) -> str:
    body = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    # A style element inside a page would apply to the whole page.
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    return re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1", body)


def _as_file(svg: str) -> str:
    styled = svg.replace("<svg ", f'<svg font-family="{_FONTS}" fill="{INK}" stroke-linejoin="round" ', 1)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{styled}'


def _for_page(svg: str, name: str, *, is_narrow: bool) -> str:
    """The drawing alone: no name spaces, ids that no other figure has, the page's colours."""
    body = svg.replace("xlink:href", "href")
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", body)
    narrow = 'class="narrow" ' if is_narrow else ""
    opened = rf'<svg {narrow}\1 aria-hidden="true" focusable="false">'
    body = re.sub(r'<svg[^>]*?(viewBox="[^"]*")[^>]*>', opened, body, count=1)
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, variable)
    return body


def _png(figure: Any) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - heavy
    from PIL import Image  # noqa: PLC0415 - comes with matplotlib

    figure.set_dpi(PNG_DPI)
    figure.patch.set_facecolor("white")
    drawn = FigureCanvasAgg(figure)
    drawn.draw()  # type: ignore[no-untyped-call]
    image = Image.frombuffer("RGBA", drawn.get_width_height(), bytes(drawn.buffer_rgba()))  # type: ignore[no-untyped-call]
    # Line art has few colours: a palette takes a quarter of the bytes, and none of what is seen.
    few = image.convert("RGB").quantize(_COLOURS_OF_PNG, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    few.save(buffer, "png", dpi=(PNG_DPI, PNG_DPI))
    return buffer.getvalue()
