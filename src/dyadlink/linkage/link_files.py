"""The linkage of any two files of persons, from files to files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb

from dyadlink.config import Resources
from dyadlink.errors import ConfigError, SourceError
from dyadlink.linkage.encoded_files import check_same_encoding, check_same_length, use_filters
from dyadlink.linkage.file_settings import FileLinkage, PersonFile
from dyadlink.linkage.keys import parse_rule
from dyadlink.linkage.links import link_persons
from dyadlink.linkage.model import save_model
from dyadlink.linkage.person_files import load_persons
from dyadlink.linkage.persons import IDENTIFIERS, Side, standardise
from dyadlink.linkage.table_files import write_table
from dyadlink.linkage_settings import Linkage
from dyadlink.sources.columns import nearest
from dyadlink.sources.store import Store
from dyadlink.sql import add_views, codelists_of, connect
from dyadlink.storage import new_file, working_folder

Tell = Callable[[str], None]


class Outputs(NamedTuple):
    """What a linkage of two files writes."""

    links: Path
    scored_pairs: Path | None = None
    model: Path | None = None
    """Used if it is there, else learnt and written."""


def link_files(  # noqa: PLR0913  # what the command is given
    left: Path,
    right: Path,
    settings: FileLinkage,
    outputs: Outputs,
    *,
    project: Path,
    resources: Resources,
    is_forced: bool = False,
    working: Path | None = None,
    tell: Tell = lambda _: None,
) -> int:
    """Link the persons of two files and write the links.

    Args:
        left: CSV or Parquet file of persons.
        right: The other one.
        settings: What their columns are, and how they are linked.
        outputs: Where links (`left_id`, `right_id`, `step`, `match_weight`, `match_probability`) go, and the rest.
        project: Holds workflow/sql and config/codelists.
        resources: Threads and memory.
        is_forced: Whether files that stand there may be replaced.
        working: Folder in which tables that do not fit in memory may go; none: no identifier is written anywhere.
        tell: Is told of each step, and of what is left out.

    Returns:
        The number of links.

    Raises:
        ConfigError: A setting does not fit the files, a rule would compare too many pairs, or a file is in the way.
        SourceError: A file is missing or unreadable, names a person twice, or holds nothing to link by.
    """
    if left.resolve() == right.resolve():
        raise ConfigError("LEFT and RIGHT are one file", where=str(left), mend="give the two files to link")
    _check_outputs(outputs, is_forced)
    _check_columns(settings)
    linkage = _without_absent_defaults(settings)
    if outputs.model is not None and outputs.model.exists() and not is_forced:
        linkage = linkage.model_copy(update={"model": outputs.model})
    with linking_connection(project, resources, working) as connection:
        store = Store(connection)
        tell(f"reading {left.name}")
        _load_side(store, left, settings, "left", project)
        tell(f"reading {right.name}")
        _load_side(store, right, settings, "right", project)
        _use_encoded(connection, settings, left, right)
        tell("linking")
        linked = link_persons(connection, linkage)
        for note in linked.notes:
            tell(f"note: {note}")
        with new_file(outputs.links) as aside:
            write_table(connection, "links", aside)
        if outputs.scored_pairs is not None:
            with new_file(outputs.scored_pairs) as aside:
                write_table(connection, "scored_pairs", aside)
        if outputs.model is not None and linked.model is not None and linkage.model is None:
            with new_file(outputs.model) as aside:
                save_model(linked.model, aside)
        return int(connection.table("links").shape[0])


@contextmanager
def linking_connection(
    project: Path, resources: Resources, working: Path | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the macros and code lists that standardising needs.

    Args:
        project: Holds workflow/sql and config/codelists.
        resources: Threads and memory.
        working: Where a folder is made for tables that do not fit in memory, and taken away at the end; none: nothing
            is written.
    """
    with ExitStack() as stack:
        folder = None if working is None else stack.enter_context(working_folder(working / ".dyadlink-working"))
        connection = stack.enter_context(closing(connect(resources, folder)))
        connection.execute((project / "workflow/sql/macros.sql").read_text(encoding="utf-8"))
        add_views(connection, codelists_of(project))
        yield connection


def _check_outputs(outputs: Outputs, is_forced: bool) -> None:
    written = [path for path in (outputs.links, outputs.scored_pairs) if path is not None]
    if len({path.resolve() for path in outputs if path is not None}) < len([path for path in outputs if path]):
        raise ConfigError("two outputs have one name", where=str(outputs.links), mend="give each its own")
    for path in written:
        if path.exists() and not is_forced:
            raise ConfigError("exists", where=str(path), mend="give another name, or --force to replace it")
    for output in outputs:
        if output is not None and not output.parent.is_dir():
            raise ConfigError("its folder does not exist", where=str(output), mend="make the folder first")


def _check_columns(settings: FileLinkage) -> None:
    """Nothing, if every column that the linkage names is one that files hold, or an identifier that they may lack."""
    held = {name for side in (settings.left, settings.right) for name in (*side.columns.values(), *side.encoded)}
    encoded = {*settings.left.encoded, *settings.right.encoded}
    for where, column, form in _named_columns(settings.linkage):
        if column not in {*held, *IDENTIFIERS}:
            near = nearest(column, sorted({*held, *IDENTIFIERS}))
            raise ConfigError(
                f"column '{column}' is in neither file",
                where=where,
                mend=f"is it {near}?" if near else "name it under columns of left and right",
            )
        if form is not None and column in encoded:
            raise ConfigError(
                f"no form '{form}' of the encoded column {column}", where=where, mend="compare it as it is"
            )
    for comparison in settings.linkage.comparisons:
        filters = {*settings.left.bloom, *settings.right.bloom}
        if (comparison.kind == "bloom") != (comparison.column in filters):
            raise ConfigError(
                "a comparison of kind bloom and a column of Bloom filters go together",
                where=f"linkage.comparisons, {comparison.column}",
                mend="list the column under bloom of left and right, and give kind: bloom",
            )


def _without_absent_defaults(settings: FileLinkage) -> Linkage:
    """The settings of the linkage; what they leave to the defaults is only what the files hold."""
    linkage = settings.linkage
    held = {*settings.left.columns.values()} & {*settings.right.columns.values()}
    own: dict[str, object] = {}
    if "comparisons" not in linkage.model_fields_set:
        own["comparisons"] = tuple(one for one in linkage.comparisons if one.column in held)
    if "blocking" not in linkage.model_fields_set:
        rules = ((rule, {key.column for key in parse_rule(rule)}) for rule in linkage.blocking)
        own["blocking"] = tuple(rule for rule, columns in rules if columns <= held)
    return linkage.model_copy(update=own)


def _named_columns(linkage: Linkage) -> Iterator[tuple[str, str, str | None]]:
    """Each column that the settings name: where, which, and in what form."""
    rules = [(f"linkage.ladder, step {step.name}", (*step.keys, *step.unless_different)) for step in linkage.ladder]
    rules += [("linkage.blocking", rule) for rule in linkage.blocking]
    for where, written in rules:
        for key in parse_rule(written):
            yield where, key.column, key.form
    for comparison in linkage.comparisons:
        yield "linkage.comparisons", comparison.column, None


def _load_side(store: Store, path: Path, settings: FileLinkage, side: Side, project: Path) -> None:
    own, other = (settings.left, settings.right) if side == "left" else (settings.right, settings.left)
    try:
        load_persons(store, path, own, side)
    except SourceError as error:
        if own != other and _fits(store, path, other):
            raise error.with_more(
                "it has the columns of the other side: are LEFT and RIGHT the wrong way round?"
            ) from None
        raise
    standardise(store.connection, project / "workflow/sql", side)
    _check_usable(store.connection, side, path, own)


def _fits(store: Store, path: Path, settings: PersonFile) -> bool:
    try:
        load_persons(store, path, settings, "left")
    except SourceError:
        return False
    return True


def _check_usable(connection: duckdb.DuckDBPyConnection, side: Side, path: Path, settings: PersonFile) -> None:
    columns = sorted({*settings.columns.values(), *settings.encoded})
    counts = ", ".join(f'count("{name}")' for name in columns)
    (filled,) = connection.execute(f"select {counts or 0} from {side}_persons").fetchall()
    if not any(filled):
        raise SourceError(
            "holds no usable identifier: every column is empty or cannot be read",
            where=str(path),
            mend="check what was exported, and the columns in the settings",
        )


def _use_encoded(connection: duckdb.DuckDBPyConnection, settings: FileLinkage, left: Path, right: Path) -> None:
    check_same_encoding(left, right)
    use_filters(connection, "left", settings.left.bloom, str(left))
    use_filters(connection, "right", settings.right.bloom, str(right))
    check_same_length(connection, sorted({*settings.left.bloom} & {*settings.right.bloom}))
