"""Identifiers that nobody else has, planted among the records of a simulated study, and the search for them."""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Event, Thread
from urllib.parse import unquote_to_bytes

import duckdb
import polars as pl

NAMES = ("zephyrwyn", "quillfeather")
"""How the forename and the surname of every canary begin."""
EVERY = 7
"""One person in so many of each file of identifiers is a canary."""
_NAME_COLUMNS = ("GivenName", "Forename", "FamilyName", "Surname")


@dataclass(frozen=True)
class Identifiers:
    """What must not be found: the canaries' names, and of everybody whatever else identifies."""

    nhs_numbers: frozenset[str]
    postcodes: frozenset[str]
    birth_dates: frozenset[str]
    """Days on which mothers, or children older than the study, were born: no other date of the study is like them."""
    infants_birth_dates: frozenset[str]
    """Every window of the study begins at these: they stand among its records, and nowhere else."""


def plant(sources: Path, study_days: frozenset[str]) -> Identifiers:
    """Rename every seventh person of each file of identifiers, and return what identifies anybody in them.

    Args:
        sources: The simulated records.
        study_days: Dates that the configuration names: nobody is known by them.
    """
    found: dict[str, set[str]] = {"NHSNumber": set(), "Postcode": set(), "PersonBirthDate": set()}
    for path in sorted([sources / "nhs/identifiers.csv", *sources.glob("authorities/*/identifiers.csv")]):
        table = pl.read_csv(path, infer_schema=False).with_row_index("_row")
        is_canary = pl.col("_row") % EVERY == 0
        # Each canary has a name of its own: else they would all be candidates of each other.
        ends = pl.col("_row").cast(pl.String).str.replace_many(list("0123456789"), list("abcdefghij"))
        for column in (name for name in _NAME_COLUMNS if name in table.columns):
            name = NAMES[_NAME_COLUMNS.index(column) // 2].capitalize()
            table = table.with_columns(
                pl.when(is_canary).then(pl.lit(name) + ends).otherwise(pl.col(column)).alias(column)
            )
        table.drop("_row").write_csv(path)
        for column, values in found.items():
            values |= {value.replace(" ", "") for value in table[column].drop_nulls()}
    days = {day for day in found["PersonBirthDate"] if re.fullmatch(r"\d{4}-\d\d-\d\d", day)}
    return Identifiers(
        # What stands for a number that is not known, like 0000000000, stands elsewhere too.
        frozenset(text for text in found["NHSNumber"] if re.fullmatch(r"\d{10}", text) and len(set(text)) > 3),
        frozenset(code for code in found["Postcode"] if re.fullmatch(_POSTCODE, code.encode())),
        frozenset(day for day in days if "1930" < day < "2000"),
        frozenset(day for day in days if day >= "2020") - study_days,
    )


NOTES = "LocalNotes"
"""A column that no layout knows, as a local system adds them, filled with what must not be carried along."""
_OWN_COLUMNS = {
    "NHSNumber": r"nhs_?number|common_child_id",
    "Postcode": "postcode",
    "PersonBirthDate": "birth_?date|dob",
}


def plant_notes(sources: Path) -> Identifiers:
    """Add `NOTES` to each table of any route's simulated records, and return what identifies anybody in them.

    Every seventh child that an authority's own system knows by name is renamed too; `plant` does so in the returns.
    """
    found: dict[str, set[str]] = {kind: set() for kind in _OWN_COLUMNS}
    note = f"{NAMES[0].capitalize()} {NAMES[1].capitalize()}, NHS {NOTED_NUMBER}, {NOTED_POSTCODE}, born {NOTED_DAY}"
    for path in sorted(path for path in sources.rglob("*") if path.suffix in {".csv", ".parquet"}):
        if "truth" in path.parts:
            continue
        is_csv = path.suffix == ".csv"
        table = pl.read_csv(path, infer_schema=False) if is_csv else pl.read_parquet(path)
        for kind, pattern in _OWN_COLUMNS.items():
            for column in (name for name in table.columns if re.search(pattern, name, re.IGNORECASE)):
                found[kind] |= {value.replace(" ", "") for value in table[column].cast(pl.String).drop_nulls()}
        is_canary = pl.int_range(pl.len()) % EVERY == 0
        for name, column in zip(NAMES, ("pers_forename", "pers_surname"), strict=True):
            if column in table.columns:
                name_of_canary = pl.when(is_canary).then(pl.lit(name.capitalize()))
                table = table.with_columns(name_of_canary.otherwise(pl.col(column)).alias(column))
        table = table.with_columns(pl.lit(note).alias(NOTES))
        table.write_csv(path) if is_csv else table.write_parquet(path)
    return Identifiers(
        frozenset(text for text in found["NHSNumber"] if re.fullmatch(r"\d{10}", text) and len(set(text)) > 3)
        | {NOTED_NUMBER},
        frozenset(code for code in found["Postcode"] if re.fullmatch(_POSTCODE, code.encode()))
        | {NOTED_POSTCODE.replace(" ", "")},
        frozenset(day for day in found["PersonBirthDate"] if re.fullmatch(r"19[3-9]\d-\d\d-\d\d", day)) | {NOTED_DAY},
        frozenset(),
    )


NOTED_NUMBER, NOTED_POSTCODE, NOTED_DAY = "9994837261", "QX7 9ZJ", "1931-07-19"
_POSTCODE = rb"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_DAY = rb"(?<!\d)(\d{4})(-?)(\d\d)\2(\d\d)(?!\d)|(?<!\d)(\d\d)/(\d\d)/(\d{4})(?!\d)"


def search(content: bytes, canaries: Identifiers) -> set[str]:
    """The kinds of identifiers that some bytes hold, in whatever of the usual encodings."""
    found = {kind for view in (*views(content), content[::-1]) for kind in search_plain(view, canaries)}
    return found | ({"birth date"} if _has_days_as_numbers(content, canaries) else set())


def search_plain(content: bytes, canaries: Identifiers) -> Iterator[str]:
    """The same of the bytes as they are."""
    lower = content.lower()
    if any(name.encode() in lower for name in NAMES):
        yield "name"
    numbers = re.findall(rb"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)", content)
    if any(re.sub(rb"\D", b"", number).decode() in canaries.nhs_numbers for number in numbers):
        yield "NHS number"
    codes = re.findall(rb"(?<![A-Z\d])" + _POSTCODE + rb"(?![A-Z\d])", content.upper())
    if any(code.replace(b" ", b"").decode() in canaries.postcodes for code in codes):
        yield "postcode"
    days = {
        b"-".join((year or uk_year, month or uk_month, day or uk_day)).decode()
        for year, _, month, day, uk_day, uk_month, uk_year in re.findall(_DAY, content)
    }
    if days & canaries.birth_dates:
        yield "birth date"
    if days & canaries.infants_birth_dates:
        yield "birth date of an infant"


def views(content: bytes, depth: int = 2) -> Iterator[bytes]:
    """The bytes, and what they say where they are an archive, a table, or an encoding of other bytes."""
    yield content
    yield from _table(content)
    if content[8:12] == b"DUCK":
        yield from _database(content)
    if b"\0" in content:
        yield content.replace(b"\0", b"")  # UTF-16 and UTF-32, either way round
    if b"%" in content:
        yield unquote_to_bytes(content)
    if b"&" in content:
        yield html.unescape(content.decode("latin-1")).encode("latin-1", "replace")
    if b"\\u" in content:
        yield re.sub(rb"\\u00([0-9a-fA-F]{2})", lambda found: bytes.fromhex(found.group(1).decode()), content)
    if depth:
        for inner in _inner(content):
            yield from views(inner, depth - 1)


def _table(content: bytes) -> Iterator[bytes]:
    """The values of a Parquet file, whatever compresses them; names, key-value metadata and statistics are plain."""
    if content.startswith(b"PAR1") and content.endswith(b"PAR1"):
        frame = pl.read_parquet(io.BytesIO(content))
        nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
        for name in nested:
            yield frame[name].explode().drop_nulls().to_frame().write_ndjson().encode()
        yield frame.drop(nested).write_csv().encode()


def _has_days_as_numbers(content: bytes, canaries: Identifiers) -> bool:
    """Whether a column of whole numbers in a Parquet file is one of days since 1970 that mothers were born on."""
    if not (content.startswith(b"PAR1") and content.endswith(b"PAR1")):
        return False
    epoch = date(1970, 1, 1)
    days = {(date.fromisoformat(day) - epoch).days for day in canaries.birth_dates}
    numbers = pl.read_parquet(io.BytesIO(content)).select(pl.selectors.integer())
    told = [set(column.drop_nulls().unique()) for column in numbers]
    return any(len(values) > 20 and len(values & days) > 0.9 * len(values) for values in told)


def _database(content: bytes) -> Iterator[bytes]:
    """The rows of every table of a DuckDB file: it compresses texts, so that its bytes do not tell them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "found.duckdb"
        path.write_bytes(content)
        with duckdb.connect(str(path), read_only=True) as connection:
            for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall():
                yield connection.table(name).pl().write_csv().encode()


def _inner(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    for match in re.finditer(rb"stream\r?\n(.+?)\r?\nendstream", content, re.DOTALL):  # of a PDF
        try:
            yield zlib.decompress(match.group(1))
        except zlib.error:
            continue
    # Each on a line of its own: joined, they would be searched as one.
    coded = set(re.findall(rb"[A-Za-z0-9+/_-]{12,}={0,2}", content))
    hexadecimal = [word for word in coded if len(word) % 2 == 0 and re.fullmatch(rb"[0-9a-fA-F]+", word)]
    if coded:
        yield b"\n".join(filter(None, map(_from_base64, sorted(coded))))
    if hexadecimal:
        yield b"\n".join(bytes.fromhex(word.decode()) for word in sorted(hexadecimal))


def _from_base64(word: bytes) -> bytes:
    plain = word.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4))
    except binascii.Error:
        return b""


class Watch:
    """Looks, while a run is at work, at its processes and at what stands in its folders for a while only."""

    def __init__(self, canaries: Identifiers, mark: str, folders: list[Path]) -> None:
        """Watch processes whose environment holds the mark, and files in the folders, from `__enter__` on."""
        self.canaries, self.mark, self.folders = canaries, mark.encode(), folders
        self.leaks: set[str] = set()
        self.commands: set[bytes] = set()
        self.files: set[Path] = set()
        self.open_to_others: set[Path] = set()
        self._end, self._thread = Event(), Thread(target=self._run)

    def __enter__(self) -> Watch:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        seen: dict[Path, int] = {}
        while not self._end.wait(0.3):
            self._look_at_processes()
            for folder in self.folders:
                for path in list(_walk(folder)):
                    self._look_at_file(path, seen)

    def _look_at_processes(self) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environment, command = (process / "environ").read_bytes(), (process / "cmdline").read_bytes()
            except OSError:
                continue
            if self.mark in environment and command + environment not in self.commands:
                self.commands.add(command + environment)
                self._search(f"process {process.name}", command.replace(b"\0", b"\n") + environment)

    def _look_at_file(self, path: Path, seen: dict[Path, int]) -> None:
        try:
            told = path.stat()
            if seen.get(path) == told.st_size or told.st_size > 50_000_000:
                return
            seen[path] = told.st_size
            self.files.add(path)
            if told.st_mode & 0o077:
                self.open_to_others.add(path)
            content = path.read_bytes()
        except OSError:
            return
        self.leaks |= {f"{kind} in {path}" for kind in search_plain(content, self.canaries)}

    def _search(self, place: str, content: bytes) -> None:
        self.leaks |= {f"{kind} in {place}" for kind in search(content, self.canaries)}


def _walk(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place) / name for name in names)
