"""Leaks, one of each kind: what is planted into a clean folder, and the rule and file that must be named."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from clean_folder import Row, png, write_csv
from office_files import comment, core, pdf, write_docx, write_xlsx

from dyadlink.ledger import Entry, ReleasedCount


@dataclass(frozen=True)
class Leak:
    """What `plant` puts into a folder.

    Args:
        rule: Code that must be found.
        file: File in which it must be found.
        kind: In a few words.
        plant: Puts it there.
        profile: Under which it is one.
        earlier: What was released before.
        place: Words of the place that must be named.
    """

    rule: str
    file: str
    kind: str
    plant: Callable[[Path], object]
    profile: str = "strict"
    earlier: tuple[Entry, ...] = ()
    place: str = ""


def table(header: Row, *rows: Row) -> Callable[[Path], None]:
    return lambda path: write_csv(path, header, rows)


def text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content, encoding="utf-8")


def page(body: str) -> Callable[[Path], object]:
    return text(f"<!DOCTYPE html><html><head><title>Results</title></head><body>{body}</body></html>")


def drawing(body: str) -> Callable[[Path], object]:
    return text(f'<svg xmlns="http://www.w3.org/2000/svg">{body}</svg>')


def _leak(rule: str, file: str, kind: str, plant: Callable[[Path], object], profile: str = "strict") -> Leak:
    return Leak(rule, file, kind, lambda folder: plant(folder / file), profile)


def _two(
    one: tuple[str, Callable[[Path], object]], other: tuple[str, Callable[[Path], object]]
) -> Callable[[Path], None]:
    def plant(folder: Path) -> None:
        one[1](folder / one[0])
        other[1](folder / other[0])

    return plant


def _hidden(*levels: tuple[str, object], total: int, status: str = "suppressed_primary") -> Callable[[Path], None]:
    rows = [(level, "shown" if n is not None else status, n) for level, n in levels]
    return table(["smoking", "status", "n"], *rows, ("total", "shown", total))


def _persons(*columns: tuple[str, Sequence[object]]) -> Callable[[Path], None]:
    return table([name for name, _ in columns], *zip(*(values for _, values in columns), strict=True))


STEPS = "M0 0" + "".join(f" H{10 * i} V{3 * i}" for i in range(1, 41))
X = "tables/extra.csv"
EARLIER = Entry(
    release="first",
    date=date(2026, 1, 1),
    study="A study",
    profile="ukllc",
    counts=(
        ReleasedCount(table="extra", variable="total", level="total", n=160, status="shown"),
        ReleasedCount(table="extra", variable="smoking", level="never", n=100, status="shown"),
        ReleasedCount(table="extra", variable="smoking", level="former", n=53, status="shown"),
        ReleasedCount(table="extra", variable="smoking", level="current", status="suppressed_primary"),
    ),
    files={},
)
LEDGER_TABLE = table(
    ["variable", "level", "status", "n"],
    ("total", "total", "shown", 160),
    ("smoking", "never", "shown", 100),
    ("smoking", "former", "suppressed_secondary", None),
    ("smoking", "current", "suppressed_primary", None),
)
MEANS = ["smoking", "n", "mean_days"]

GALLERY = [
    _leak("A01", X, "a small count", table(["smoking", "n"], ("never", 200), ("current", 7))),
    _leak(
        "A01",
        X,
        "a small count in a wide table",
        table(["Smoking", "Lost", "Kept", "Total"], ("Yes", 4, 60, 60), ("Total", 100, 200, 300)),
    ),
    _leak("A01", X, "a range below the threshold", table(["smoking", "n"], ("never", 200), ("current", "1-4"))),
    _leak("A02", X, "a zero", table(["smoking", "n"], ("never", 200), ("current", 0))),
    _leak("A03", X, "an unrounded count", table(["smoking", "n"], ("never", 203), ("current", 40))),
    _leak("A03", X, "a count of half a person", table(["smoking", "n"], ("never", 200.5), ("current", 40))),
    _leak("A04", X, "one hidden count and the total", _hidden(("never", 100), ("current", None), total=107), "ukllc"),
    _leak(
        "A04",
        X,
        "two hidden counts of few together",
        _hidden(("never", 100), ("former", None), ("current", None), total=103),
        "ukllc",
    ),
    _leak("A04", X, "rounding that narrows a hidden count", _hidden(("never", 100), ("current", None), total=110)),
    _leak(
        "A04",
        X,
        "what the listed levels leave of the total",
        table(["smoking", "n"], ("never", 97), ("total", 100)),
        "ukllc",
    ),
    _leak(
        "A04",
        X,
        "a hidden count in a wide table",
        table(["Smoking", "Lost", "Kept", "Total"], ("Yes", "*", 50, 53), ("No", 90, 60, 150), ("Total", 93, 110, 203)),
        "ukllc",
    ),
    _leak(
        "A04",
        X,
        "a step of the flow",
        table(
            ["order", "step", "kind", "n"],
            (1, "Births", "box", 300),
            (2, "No record", "exclusion", "*"),
            (3, "Dyads", "box", 296),
        ),
        "ukllc",
    ),
    Leak(
        "A05",
        "tables/one.csv",
        "a count that another table shows",
        _two(
            (
                "tables/one.csv",
                _hidden(("never", 100), ("former", None), ("current", None), total=160, status="suppressed"),
            ),
            (
                "tables/other.csv",
                _hidden(("never", 100), ("former", 53), ("current", None), total=160, status="suppressed"),
            ),
        ),
        "ukllc",
    ),
    Leak(
        "A05",
        "tables/one.csv",
        "a level that one table leaves out",
        _two(
            (
                "tables/one.csv",
                _hidden(("never", 100), ("former", None), ("current", None), total=160, status="suppressed"),
            ),
            ("tables/other.csv", table(["smoking", "n"], ("never", 100), ("former", 55), ("total", 160))),
        ),
        "ukllc",
    ),
    Leak(
        "A06",
        "tables/other.csv",
        "a population within another",
        _two(
            (
                "tables/one.csv",
                table(["smoking", "n"], ("never", 100), ("former", 60), ("current", 40), ("total", 200)),
            ),
            (
                "tables/other.csv",
                table(["smoking", "n"], ("never", 98), ("former", 59), ("current", 40), ("total", 197)),
            ),
        ),
        "ukllc",
    ),
    Leak("A07", X, "a count that was released before", lambda folder: LEDGER_TABLE(folder / X), "ukllc", (EARLIER,)),
    Leak(
        "A07",
        X,
        "a count that has changed by few",
        lambda folder: table(["variable", "level", "n"], ("total", "total", 160), ("smoking", "never", 97))(folder / X),
        "ukllc",
        (EARLIER,),
    ),
    _leak(
        "A08",
        X,
        "a hidden row with its percentage",
        table(
            ["smoking", "status", "n", "percent"],
            ("never", "rounded", 200, 80.0),
            ("former", "suppressed_primary", None, 1.2),
        ),
    ),
    _leak(
        "B01",
        X,
        "percentage times total",
        table(
            ["smoking", "n", "percent"],
            ("never", "*", 3.0),
            ("former", "*", 17.0),
            ("current", 160, 80.0),
            ("total", 200, 100.0),
        ),
    ),
    _leak(
        "B02",
        X,
        "a percentage of unrounded numbers",
        table(["smoking", "n", "percent"], ("never", 60, 28.7), ("current", 140, 71.3), ("total", 200, 100.0)),
    ),
    _leak(
        "B02",
        X,
        "a percentage of many decimals",
        table(["smoking", "n", "percent"], ("never", 4060, 28.7213), ("current", 9940, 71.2787)),
    ),
    _leak(
        "B03", X, "a sum over a mean", table([*MEANS, "sum_days"], ("never", 60, 2.37, 135), ("current", 140, 3.1, 430))
    ),
    _leak("B03", X, "a mean of whole numbers", table(MEANS, ("never", 30, 2.3704), ("current", 140, 3.1))),
    _leak(
        "B04",
        X,
        "a rate times person-time",
        table(
            ["smoking", "person_years", "n_events", "rate_per_100"],
            ("never", 1000.0, 60, 5.70),
            ("current", 2000.0, 90, 4.5),
        ),
    ),
    _leak("B05", X, "a maximum", table(["variable", "n", "median", "max"], ("length_of_stay", 200, 12, 391))),
    _leak(
        "B05", X, "the earliest date", table(["variable", "n", "earliest_admission"], ("admission", 200, "2021-03-04"))
    ),
    _leak("B06", X, "a median of few", table(["smoking", "n", "median"], ("never", 200, 12), ("current", 10, 9))),
    _leak(
        "B07",
        X,
        "two who give nearly all",
        table(["service", "sum", "largest", "second_largest"], ("a", 1000, 800, 150)),
    ),
    _leak(
        "B08",
        X,
        "one row for each contributor",
        table(["service", "contributor", "contribution"], ("a", "x", 800), ("a", "y", 150), ("a", "z", 20)),
    ),
    _leak(
        "B09",
        X,
        "hardly more people than parameters",
        table(["model", "term", "level", "estimate", "n", "parameters"], ("m", "age", "", 0.2, 20, 15)),
    ),
    _leak(
        "B10",
        X,
        "as many parameters as cells",
        table(
            ["model", "term", "level", "estimate", "n"],
            ("m", "(Intercept)", "", -1.2, 200),
            ("m", "smoking", "current", 0.4, 200),
        ),
    ),
    _leak(
        "B10",
        X,
        "an odds ratio beside its table",
        table(["smoking", "lost_n", "kept_n", "odds_ratio"], ("never", 50, 100, "ref"), ("current", "*", 40, 0.25)),
        "ukllc",
    ),
    _leak(
        "B11",
        X,
        "a share and its standard error",
        table(["smoking", "n", "percent", "se"], ("never", 200, 30.00, 3.2404), ("current", "*", 20.0, 8.0)),
    ),
    _leak(
        "B12",
        X,
        "the mean of those left",
        table(MEANS, ("never", 100, 2.31), ("former", 90, 2.52), ("current", "*", None), ("total", 194, 2.94)),
        "ukllc",
    ),
    _leak(
        "C01",
        X,
        "a step for each event",
        table(["time_days", "survival", "n_at_risk"], (0, 1.0, 200), (30, 0.995, 180), (60, 0.8, 150)),
    ),
    _leak(
        "C01",
        X,
        "cumulative events",
        table(["time_days", "estimate", "n_events"], (0, 0.0, 0), (30, 0.1, 200), (60, 0.2, 203)),
        "ukllc",
    ),
    _leak("C01", X, "a curve of many decimals", table(["t", "surv"], (0, 1.0), (30, 0.987654), (60, 0.9))),
    _leak(
        "C02",
        X,
        "numbers at risk close together",
        table(["time_days", "survival", "n_at_risk"], (0, 1.0, 200), (30, 0.8, 100), (60, 0.7, 97)),
        "ukllc",
    ),
    _leak(
        "C03",
        X,
        "all causes less one",
        table(
            ["cause", "time_days", "estimate", "n_at_risk"],
            *(("any", t, e, n) for t, e, n in ((0, 0.0, 200), (30, 0.2, 150), (60, 0.4, 100))),
            *(("loss", t, e, n) for t, e, n in ((0, 0.0, 200), (30, 0.19, 150), (60, 0.38, 100))),
        ),
    ),
    _leak("D01", X, "a long table", table(["area", "n"], *((f"a{i}", 20) for i in range(5001)))),
    _leak("D02", "large.png", "a large file", lambda path: path.write_bytes(png() + b"\0" * (17 * 1024 * 1024))),
    _leak("D03", "figure.svg", "a drawing where none may leave", drawing("<title>Curve</title>"), "sacro"),
    _leak("D04", "model.rds", "a file that nobody can look into", lambda path: path.write_bytes(b"\x1f\x8b\0\0")),
    _leak("E01", "report.html", "a sentence", page("<p>Of these, 7 mothers died.</p>"), "opensafely"),
    _leak("E01", "report.html", "a spelt number", page("<p>Only three mothers died in the year.</p>"), "opensafely"),
    _leak(
        "E01",
        "report.html",
        "the alternative text of a figure",
        page('<img src="a.png" alt="Curve; n = 3 at risk">'),
        "opensafely",
    ),
    _leak(
        "E01",
        "report.html",
        "a title",
        text("<html><head><title>Deaths (n=4)</title></head><body></body></html>"),
        "opensafely",
    ),
    _leak(
        "E01",
        X,
        "the title above a table",
        text("Table 3: deaths among 6 infants,\nsmoking,n\nnever,200\ncurrent,40\n"),
    ),
    _leak(
        "E01",
        X,
        "a remark beside a row",
        table(["smoking", "n", "note"], ("never", 200, ""), ("current", 40, "excludes 3 mothers who moved")),
    ),
    _leak(
        "E01",
        "notes.md",
        "an unrounded count in a note",
        text("# Notes\n\nThe cohort holds 1,203 dyads.\n"),
        "opensafely",
    ),
    _leak("E02", "run.log", "a line of a log", text("INFO fitted\nINFO n_dyads: 1203\n"), "opensafely"),
    _leak(
        "E03", "tables/deaths_n=3.csv", "the name of a file", table(["smoking", "n"], ("never", 200), ("current", 40))
    ),
    _leak(
        "E04", "figure.png", "a text chunk of a picture", lambda path: path.write_bytes(png({"Title": "deaths, n = 7"}))
    ),
    _leak("E04", "figure.svg", "the description of a drawing", drawing("<desc>7 infants died</desc>"), "opensafely"),
    _leak("E04", "figure.svg", "a number on a mark", drawing('<circle data-n="7" r="1"/>'), "opensafely"),
    _leak(
        "E05",
        "report.pdf",
        "the title of a PDF",
        lambda path: path.write_bytes(pdf("Deaths, n = 7", "Results")),
        "sacro",
    ),
    _leak(
        "E05",
        "report.docx",
        "the subject of a document",
        lambda path: write_docx(path, ["Results"], core(subject="7 mothers died")),
    ),
    _leak(
        "E06",
        "book.xlsx",
        "a hidden sheet",
        lambda path: write_xlsx(path, {"a": [["x", "n"], ["b", 20]], "raw": [["x"], ["y"]]}, state="hidden"),
    ),
    _leak(
        "E06",
        "book.xlsx",
        "a comment on a cell",
        lambda path: write_xlsx(path, {"a": [["x", "n"], ["b", 20]]}, more=comment("was 7 mothers")),
    ),
    _leak(
        "E06",
        "book.xlsx",
        "a formula with its value",
        lambda path: write_xlsx(path, {"a": [["x", "n"], ["b", "=raw!A1"]]}),
    ),
    _leak("E07", "report.html", "a comment in a page", page("<!-- 7 mothers, check --><p>Results</p>"), "opensafely"),
    _leak("E07", "report.html", "a hidden element", page('<p style="display: none">7 mothers died</p>'), "opensafely"),
    _leak("E08", "figure.svg", "a curve with every event", drawing(f'<path d="{STEPS}"/>'), "opensafely"),
    _leak("F01", "report.html", "an NHS number", page("<p>Excluded: 943 476 5919.</p>"), "opensafely"),
    _leak("F02", X, "a postcode", table(["area", "n"], ("SW1A 1AA", 20), ("other", 300))),
    _leak("F03", X, "dates of birth", _persons(("person_birth_date", ["2021-01-02", "2021-03-04"]), ("n", [20, 30]))),
    _leak("F04", X, "names", _persons(("forename", ["Ada", "Eve"]), ("n", [20, 30]))),
    _leak("F05", X, "a code on each row", _persons(("pseudonym", [f"a{i}f9{i}c" for i in range(6)]), ("n", [20] * 6))),
    _leak(
        "F06",
        X,
        "rows of persons",
        _persons(
            ("age", [21, 22, 23, 21, 25]),
            ("ethnicity", list("abcab")),
            ("parity", [0, 1, 0, 2, 1]),
            ("o1", ["yes", "no"] * 2 + ["no"]),
        ),
    ),
    _leak("F07", X, "numbers of dyads", _persons(("dyad_id", [1, 2, 3]), ("n", [20, 30, 40]))),
    _leak("F08", "manifest.json", "a path", text(json.dumps({"title": "A study", "source": "/home/jsmith/data.csv"}))),
    _leak(
        "F09",
        "report.docx",
        "the author of a document",
        lambda path: write_docx(path, ["Results"], core(creator="J Smith")),
    ),
    _leak("F09", "run.log", "a host", text("host=node17 started\n"), "opensafely"),
    _leak(
        "F10", "manifest.json", "a password", text(json.dumps({"title": "A study", "db": "password=hunter2hunter2"}))
    ),
]
