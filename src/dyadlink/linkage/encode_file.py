"""The encoding of a file of persons, where it stands, so that who links it never sees a name."""

from __future__ import annotations

from pathlib import Path

from dyadlink.config import Resources
from dyadlink.errors import ConfigError
from dyadlink.key_file import read_key
from dyadlink.linkage.bloom import BloomParameters
from dyadlink.linkage.encoded_files import encoding_note
from dyadlink.linkage.encoding import encode_persons
from dyadlink.linkage.file_settings import GROUP, PersonFile
from dyadlink.linkage.link_files import linking_connection
from dyadlink.linkage.person_files import load_persons
from dyadlink.linkage.persons import standardise
from dyadlink.linkage.table_files import write_table
from dyadlink.sources.store import Store
from dyadlink.storage import new_file


def encode_file(  # noqa: PLR0913  # what the command is given
    path: Path,
    settings: PersonFile,
    out: Path,
    *,
    key_file: Path,
    parameters: BloomParameters,
    project: Path,
    is_forced: bool = False,
) -> int:
    """Write the persons of a file without names: see `encoding.encode_persons`.

    The group of the settings stays as it is: the code of an authority says nothing of a person.

    Args:
        path: CSV or Parquet file of persons.
        settings: What its columns are.
        out: Parquet file to write; its owner alone can read it.
        key_file: Key that both sides share and that who links them does not have; see `read_key`.
        parameters: Of the Bloom filters.
        project: Holds workflow/sql and config/codelists; the key may not lie there.
        is_forced: Whether a file that stands there may be replaced.

    Returns:
        The number of persons.

    Raises:
        ConfigError: The key file is not safe, or a file is in the way.
        SourceError: The file is missing or unreadable, or names a person twice.
    """
    key = read_key(key_file, project=project)
    if out.exists() and not is_forced:
        raise ConfigError("exists", where=str(out), mend="give another name, or --force to replace it")
    if settings.encoded:
        raise ConfigError("the file is encoded already", where=str(path), mend="give the clear file")
    with linking_connection(project, Resources(), None) as connection:
        load_persons(Store(connection), path, settings, "left")
        standardise(connection, project / "workflow/sql", "left")
        encode_persons(connection, key, parameters, kept=[GROUP] if settings.group else [])
        with new_file(out) as aside:
            write_table(connection, "encoded_persons", aside, encoding_note(key, parameters))
        return int(connection.table("encoded_persons").shape[0])
