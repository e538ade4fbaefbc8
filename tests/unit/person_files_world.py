"""Two files of invented persons with a known truth, and the commands of linkage run on them."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dyadlink.cli import main

PROJECT = Path(__file__).resolve().parents[2]
COLUMNS = ("id", "authority", "nhs", "first", "last", "born", "gender", "post")
FILE = (
    "id: id, columns: {nhs: nhs_number, first: forename, last: surname, born: birth_date, gender: sex, post: postcode}"
)
LINKAGE = "linkage: {ladder: dyadlink, max_u_pairs: 200000}"
SETTINGS = f"left: {{{FILE}}}\nright: {{{FILE}, group: authority}}\n{LINKAGE}\n"

Row = dict[str, Any]


def write_rows(path: Path, rows: list[Row], columns: tuple[str, ...] = COLUMNS) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_world(folder: Path, n: int, seed: int = 1) -> tuple[Path, Path, Path]:
    """The left file, the right file and the true pairs: seven in ten of the left are on the right, with errors."""
    rng = random.Random(seed)  # noqa: S311  # invented people, no secret
    syllables = [c + v for c in "BCDFGHJKLMNPRSTVW" for v in "AEIOU"]
    first, last = (
        sorted({"".join(rng.choices(syllables, k=k)) for _ in range(size)}) for k, size in ((3, 300), (4, 900))
    )
    left = [_person(rng, first, last, f"L{number:06}") for number in range(n)]
    known = rng.sample(left, int(0.7 * n))
    right = [{**_worn(rng, row, last), "id": f"R{number:06}"} for number, row in enumerate(known)]
    truth = [{"left_id": row["id"], "right_id": f"R{number:06}"} for number, row in enumerate(known)]
    right += [_person(rng, first, last, f"R{number:06}") for number in range(len(known), 3 * n)]
    rng.shuffle(right)
    return (
        write_rows(folder / "left.csv", left),
        write_rows(folder / "right.csv", right),
        write_rows(folder / "truth.csv", truth, ("left_id", "right_id")),
    )


def nhs_number(rng: random.Random) -> str:
    """One with a right check digit."""
    for digits in iter(lambda: f"{rng.randrange(400_000_000, 500_000_000)}", ""):
        check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11
        if check != 10:
            return f"{digits}{check % 11}"
    raise AssertionError


def _person(rng: random.Random, first: list[str], last: list[str], name: str) -> Row:
    return {
        "id": name,
        "authority": rng.choice(("301", "302", "303")),
        "nhs": nhs_number(rng),
        # Squared, so that some names are common.
        "first": first[int(len(first) * rng.random() ** 2)],
        "last": last[int(len(last) * rng.random() ** 2)],
        "born": date(2021, 1, 1) + timedelta(days=rng.randrange(700)),
        "gender": rng.choice("12"),
        "post": f"AB{rng.randrange(1, 60)} {rng.randrange(1, 9)}{rng.choice('ABDEFG')}{rng.choice('HJLNP')}",
    }


def _worn(rng: random.Random, row: Row, last: list[str]) -> Row:
    worn = dict(row)
    if rng.random() < 0.5:
        worn["nhs"] = ""
    if rng.random() < 0.2:
        worn["first"] = _typo(rng, worn["first"])
    if rng.random() < 0.05:
        worn["last"] = rng.choice(last)
    elif rng.random() < 0.2:
        worn["last"] = _typo(rng, worn["last"])
    if rng.random() < 0.06:
        worn["born"] += timedelta(days=rng.choice((-1, 1)))
    if rng.random() < 0.2:
        worn["post"] = f"AB{rng.randrange(1, 60)} {rng.randrange(1, 9)}XX"
    return worn


def _typo(rng: random.Random, name: str) -> str:
    place = rng.randrange(1, len(name))
    return name[:place] + rng.choice("ABCDEFGHIKLMNOPRSTUVY") + name[place + rng.randrange(2) :]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """The exit code of a command, and what it said on the error stream."""
    code = main([str(argument) for argument in arguments])
    return code, capsys.readouterr().err
