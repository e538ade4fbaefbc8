"""Small sources for tests: a table of two columns, and a whole folder of the English returns without rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dyadlink.config import Csv, Resources, Sources
from dyadlink.sources.catalogue import SourceFile
from dyadlink.sources.csv_files import load_csv
from dyadlink.sources.layout import Table, load_layout
from dyadlink.sources.store import Store
from dyadlink.sources.target import Target, make_file_type
from dyadlink.sql import connect

SQL = Path(__file__).parents[2] / "workflow/sql"
PEOPLE: dict[str, Any] = {
    "name": "people",
    "path": "people",
    "description": "People.",
    "columns": [{"name": "Person_ID", "description": "Id."}, {"name": "PostCode", "description": "Postcode."}],
}
CENSUS_HEADER = """<Header>
  <CollectionDetails><Collection>CIN</Collection><Year>2022</Year></CollectionDetails>
  <Source><SourceLevel>L</SourceLevel><LEA>301</LEA></Source>
</Header>"""


def people(**changes: Any) -> Table:
    """The table of two columns, or one like it."""
    return Table.model_validate({**PEOPLE, **changes})


def make_target(table: Table, store: Store | None = None, **changes: Any) -> Target:
    """A table to load into, in a store of its own if none is given."""
    options: dict[str, Any] = {"wildcards": table.wildcards, "stage": "linkage", "local": {}, "values": {}}
    return Target(store or Store(connect(Resources())), "study", table, **{**options, **changes})


def source_file(path: Path, **wildcards: str) -> SourceFile:
    """A file as the catalogue finds it."""
    form = next(form for form in (".csv.gz", ".csv", ".parquet", ".xml") if path.name.endswith(form))
    return SourceFile(path, form, wildcards)


def loaded_rows(target: Target) -> list[dict[str, Any]]:
    """What was loaded, in order."""
    target.finish()
    make_file_type(target.store.connection, [target])
    query = f"from ({target.select()}) order by source_file, source_row"
    return target.store.connection.sql(query).pl().to_dicts()


def load_people(*paths: Path, options: Csv | None = None, **changes: Any) -> list[tuple[Any, ...]]:
    """Id, postcode and number of each row of CSV files."""
    target = make_target(people(**changes))
    load_csv(target, [source_file(path) for path in paths], options or Csv())
    return [(row["Person_ID"], row["PostCode"], row["source_row"]) for row in loaded_rows(target)]


def write(path: Path, content: str | bytes) -> Path:
    """A file with that content; its folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def table_path(table: Table) -> str:
    """Where a file of the table may stand."""
    text = table.path or (table.xml.path if table.xml else "")
    return text.format(la_code="301", return_year="2022", census_year="2022").replace("*", "301")


def complete_returns(folder: Path) -> Path:
    """A folder that has every file the English returns cannot do without, none with a row."""
    for table in load_layout("england_returns").tables:
        if table.may_be_missing:
            continue
        if table.path is None:
            write(folder / f"{table_path(table)}.xml", f"<Message>{CENSUS_HEADER}<Children/></Message>")
        else:
            names = ",".join(column.name for column in table.columns)
            write(folder / f"{table_path(table)}.csv", f"{names}\n")
    return folder


def sources(folder: Path, *inputs: Mapping[str, Any]) -> Sources:
    """A configuration of sources."""
    return Sources.model_validate({"directory": folder, "inputs": inputs})
