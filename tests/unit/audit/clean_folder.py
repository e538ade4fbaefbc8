"""Folders without a leak: a small study's tables as a profile asks for them, in several shapes."""

from __future__ import annotations

import csv
import json
import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from dyadlink.profiles import Profile

Row = Sequence[object]


def write_csv(path: Path, header: Row, rows: Iterable[Row], delimiter: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(["" if cell is None else cell for cell in row] for row in rows)


def png(texts: dict[str, str] | None = None) -> bytes:
    """A picture of one pixel, with texts in its file."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))]
    chunks += [(b"tEXt", f"{name}\0{text}".encode("latin-1")) for name, text in (texts or {}).items()]
    chunks += [(b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


def cells(people: int, profile: Profile) -> dict[tuple[str, str, str], int | str]:
    """Number or status of each (variable, level, group); of ethnicity two levels are hidden in each column."""
    small = {"yes": (profile.threshold - 1) // 3, "no": (profile.threshold - 1) // 2}
    counts: dict[tuple[str, str, str], int] = {}
    for group, share in (("yes", 0.4), ("no", 0.6)):
        n = int(people * share)
        black = n // 5
        counts |= {
            ("total", "total", group): n,
            ("sex", "girl", group): n // 2,
            ("sex", "boy", group): n - n // 2,
            ("ethnicity", "white", group): n - black - small[group],
            ("ethnicity", "black", group): black,
            ("ethnicity", "other", group): small[group],
        }
    for variable, level, _ in list(counts)[:6]:
        counts[variable, level, "all"] = counts[variable, level, "yes"] + counts[variable, level, "no"]
    hidden = {"other": "suppressed_primary", "black": "suppressed_secondary"}
    return {key: hidden.get(key[1], profile.round_count(n)) for key, n in counts.items()}


def percent(n: int | str, total: int | str) -> float | None:
    return round(100 * n / total, 1) if isinstance(n, int) and isinstance(total, int) else None


def clean_folder(folder: Path, profile: Profile, people: int = 2000) -> Path:
    """A release in long tables: characteristics, flow, curve, models, medians, rates, a picture and a manifest."""
    tables = folder / "tables"
    shown = cells(people, profile)
    write_csv(
        tables / "characteristics.csv",
        ["table", "variable", "level", "group", "status", "n", "percent"],
        (
            ("characteristics", *key, "rounded", n, percent(n, shown["total", "total", key[2]]))
            if isinstance(n, int)
            else ("characteristics", *key, n, None, None)
            for key, n in shown.items()
        ),
    )
    _write_flow(tables, profile, people)
    _write_curve(tables, profile, people)
    _write_models(tables, profile, people)
    (folder / "figure.png").write_bytes(png({"Software": "a plotting library, version 3.1"}))
    manifest = {
        "title": "A study",
        "definitions": {
            "Dyad": "One mother and one infant. Twins are two dyads; mothers with two infants count twice."
        },
        "settings": {"follow_up_days": 365, "seed": 7, "minimum_rows": 20, "window": "within 3 days of each other"},
        "files": [{"path": p.name, "rows": 3, "sha256": "0123456789abcdef" * 4} for p in sorted(tables.glob("*.csv"))],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _write_flow(tables: Path, profile: Profile, people: int) -> None:
    steps = [("Births", "box", 2 * people), ("Not in the window", "exclusion", people), ("Dyads", "box", people)]
    write_csv(
        tables / "cohort_flow.csv",
        ["order", "unit", "step", "kind", "status", "n"],
        ((i, "dyads", step, kind, "rounded", profile.round_count(n)) for i, (step, kind, n) in enumerate(steps, 1)),
    )


def _write_curve(tables: Path, profile: Profile, people: int) -> None:
    rounding = profile.for_survival()
    rows = []
    for i, day in enumerate((0, 90, 180, 365)):
        events = rounding.round_count(i * people // 10)
        at_risk = rounding.round_count(people - i * people // 8)
        estimate = round(events / rounding.round_count(people), 3)
        rows.append(("o4", "custody_loss", day, "rounded", estimate, at_risk, events if i else None))
    header = ["outcome", "cause", "time_days", "status", "estimate", "n_at_risk", "n_events"]
    write_csv(tables / "cumulative_incidence.csv", header, rows)


def _write_models(tables: Path, profile: Profile, people: int) -> None:
    n, events = profile.round_count(people), profile.round_count(people // 4)
    write_csv(
        tables / "estimates.csv",
        ["model", "term", "level", "reference", "status", "estimate", "std_error", "n", "n_events", "parameters"],
        [
            ("o1", "deprivation", "", "", "shown", 0.128, 0.045, n, events, 13),
            ("o1", "has_trauma", "yes", "no", "shown", 0.841, 0.124, n, events, 13),
            ("o1", "ethnicity", "other", "white", "suppressed_primary", None, None, n, events, 13),
        ],
    )
    write_csv(
        tables / "medians.csv",
        ["variable", "group", "status", "n", "median", "lower_quartile", "upper_quartile"],
        [("maternal_age_years", "all", "rounded", n, 29, 25, 34)],
    )
    years = round(people * 0.8, 1)
    write_csv(
        tables / "rates.csv",
        ["group", "status", "n", "mean_days", "person_years", "n_events", "rate"],
        [("all", "rounded", n, 292, years, events, round(100 * events / years, 1))],
    )


def wide_folder(folder: Path, profile: Profile, people: int = 2000, sign: str = "[c]", delimiter: str = ",") -> Path:
    """What another tool might make: cross tables with the groups side by side, signs in place of hidden counts."""
    shown = cells(people, profile)
    groups = ("yes", "no", "all")
    rows = [
        [f"{variable}: {level}", *(n if isinstance(n := shown[variable, level, g], int) else sign for g in groups)]
        for variable, level in dict.fromkeys(key[:2] for key in shown)
        if variable == "ethnicity"
    ]
    rows.append(["Total", *(shown["total", "total", g] for g in groups)])
    write_csv(folder / "Table 1.csv", ["Ethnic group", "Custody lost", "Custody kept", "Total"], rows, delimiter)
    body = [["Sex", "", ""], *([level.title(), shown["sex", level, "all"], "50.0"] for level in ("girl", "boy"))]
    write_csv(folder / "Table 2.csv", ["Characteristic", "Infants", "% of infants"], body, delimiter)
    return folder


def hidden_folder(folder: Path, profile: Profile) -> Path:
    """A release of which nothing could be shown."""
    keys = list(cells(100, profile))
    rows = ((*key, "suppressed_secondary", None, None) for key in keys)
    write_csv(folder / "tables/all_hidden.csv", ["variable", "level", "group", "status", "n", "percent"], rows)
    return folder


def summed_folder(folder: Path, profile: Profile) -> Path:
    """A total that is the sum of its rounded groups, beside a hidden one: 247 of 276 people are shown as 245."""
    del profile
    rows = [
        ("total", "total", "all", "suppressed", None),
        *(("total", "total", group, "rounded", n) for group, n in (("yes", 95), ("no", 180))),
        ("is_preterm", "yes", "all", "rounded", 25),
        *(("is_preterm", "no", group, "rounded", n) for group, n in (("all", 245), ("yes", 85), ("no", 160))),
        ("is_preterm", "missing", "all", "rounded", 10),
    ]
    write_csv(folder / "tables/summed.csv", ["variable", "level", "group", "status", "n"], rows)
    return folder


def rate_folder(folder: Path, profile: Profile) -> Path:
    """A rate and its exact interval, worked out from the 400 events and the person-years that are shown."""
    del profile
    header = ["group", "status", "n_events", "person_years", "rate", "conf_low", "conf_high"]
    write_csv(folder / "tables/rates.csv", header, [("all", "rounded", 400, 276.7, 144.6, 130.7, 159.4)])
    return folder


def stepped_folder(folder: Path, profile: Profile) -> Path:
    """Shares of some 279 dyads in steps of .03, most of them of one state: of the other two days round to one step."""
    del profile
    away = [(0, 0.9, 0.84, 0.96), (157, 0.84, 0.78, 0.9), (222, 0.81, 0.75, 0.87), (365, 0.78, 0.69, 0.84)]
    back = [(0, 0.0, None, None), (222, 0.03, 0.0, 0.06), (365, 0.03, 0.0, 0.06)]
    rows = [
        (state, day, "rounded", *figures, 279 if day == 0 else None)
        for state, days in (("with_mother", away), ("returned", back))
        for day, *figures in days
    ]
    header = ["state", "time_days", "status", "estimate", "conf_low", "conf_high", "n"]
    write_csv(folder / "tables/state_occupation.csv", header, rows)
    return folder
