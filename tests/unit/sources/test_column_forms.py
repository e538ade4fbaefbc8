"""A column in two date forms, or of something else altogether, stops the run; a slip is left to the rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from sources_world import make_target, people, source_file, write

from dyadlink.config import Csv
from dyadlink.errors import SourceError
from dyadlink.sources.column_forms import MANY, form_errors
from dyadlink.sources.csv_files import load_csv

DATES = [{"name": "Day", "type": "date", "description": "A day."}]
NUMBERS = [{"name": "Day", "type": "integer", "description": "A number."}]
SECRET = "ROBERTA"  # noqa: S105  # a value of a person, which no message may tell


def _check(folder: Path, *files: list[str], options: Csv | None = None, **changes: object) -> None:
    paths = [write(folder / f"people_{number}.csv", "\n".join(["Day", *rows, ""])) for number, rows in enumerate(files)]
    target = make_target(people(**changes))
    load_csv(target, [source_file(path) for path in paths], options or Csv())
    target.finish()
    for _, error in form_errors(target):
        raise error


def _told(folder: Path, *files: list[str], **changes: object) -> str:
    with pytest.raises(SourceError) as caught:
        _check(folder, *files, **changes)
    assert SECRET not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("dates", ["year_first", "day_first", "either"])
def test_two_date_forms_in_one_column_are_told_by_file_and_row(tmp_path: Path, dates: str) -> None:
    told = _told(tmp_path, ["2021-04-01"], ["2021-04-01", "2021-04-02", "03/04/2021"], columns=DATES, dates=dates)
    row = 1 if dates == "day_first" else 3
    assert told == (
        f"{tmp_path}/people_1.csv, row {row}: column Day holds dates in two forms, year first and day first -> "
        "export the file again with dates in one form"
    )


def test_two_files_may_each_have_their_own_form_where_the_layout_takes_either(tmp_path: Path) -> None:
    _check(tmp_path, ["2021-04-01"] * MANY, ["01/04/2021"] * MANY, columns=DATES, dates="either")


@pytest.mark.parametrize(
    ("dates", "value", "declared"),
    [
        ("year_first", "01/04/2021", "written day first, not year first"),
        ("day_first", "2021-04-01", "written year first, not day first"),
    ],
)
def test_a_column_in_the_other_form_is_told_with_what_to_declare(
    tmp_path: Path, dates: str, value: str, declared: str
) -> None:
    told = _told(tmp_path, [value] * MANY, columns=DATES, dates=dates)
    form = "%d/%m/%Y" if "/" in value else "%Y-%m-%d"
    assert f"row 1: column Day holds dates {declared} -> declare csv.date_format: '{form}'" in told
    _check(tmp_path, [value] * MANY, columns=DATES, dates=dates, options=Csv(date_format=form))


def test_a_column_of_no_dates_at_all_is_told(tmp_path: Path) -> None:
    told = _told(tmp_path, ["", *[f"{SECRET}{n}" for n in range(MANY)]], columns=DATES)
    assert "row 2: column Day holds no dates that can be read -> declare csv.date_format, or " in told


def test_a_column_of_text_where_numbers_should_be_is_told(tmp_path: Path) -> None:
    told = _told(tmp_path, ["1", "2", *[SECRET] * MANY], columns=NUMBERS)
    assert "people_0.csv, row 3: column Day holds text where numbers should be -> " in told


@pytest.mark.parametrize(
    ("columns", "sound", "slip"),
    [(DATES, "2021-04-01", "unknown"), (DATES, "2021-04-01T10:00:00", "1801"), (NUMBERS, "1459", SECRET)],
)
def test_slips_are_left_to_the_rules(tmp_path: Path, columns: object, sound: str, slip: str) -> None:
    _check(tmp_path, [sound] * MANY + [slip] * MANY, columns=columns)
    _check(tmp_path, [slip] * (MANY - 1), columns=columns)


def test_dates_beyond_the_calendar_are_left_to_the_rules(tmp_path: Path) -> None:
    _check(tmp_path, ["31/02/2021"] * MANY, columns=DATES, dates="day_first")


def test_a_file_without_rows_is_sound(tmp_path: Path) -> None:
    _check(tmp_path, [], columns=DATES)
