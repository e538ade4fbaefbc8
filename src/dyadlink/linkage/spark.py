"""Splink on Spark: the same model scores the same pairs, on as many machines as the Spark session has."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import duckdb
import pyarrow as pa

from dyadlink.errors import ConfigError
from dyadlink.linkage.comparisons import gamma_of
from dyadlink.linkage.scoring import weighed_columns
from dyadlink.sql import NO_EXTENSIONS, word

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql._typing import UserDefinedFunctionLike
    from splink.internals.splink_dataframe import SplinkDataFrame

_LOOPBACK = "127.0.0.1"


def score_on_spark(connection: duckdb.DuckDBPyConnection, model: dict[str, Any], pairs: str, scored: str) -> None:
    """Make the table `scored` as `scoring.score` does, its pairs compared by Spark.

    Args:
        connection: Holds `left_scoring`, `right_scoring`, the frequencies of terms and the table `pairs` (l, r).
        model: Splink settings with all probabilities, their conditions written for DuckDB.
        pairs: Name of the table of pairs.
        scored: Name of the table that is made.

    Raises:
        ConfigError: The extra `spark` or Java is missing, Spark does not start, or Bloom filters are compared.
    """
    _check_comparisons(model)
    ((threads,),) = connection.execute("select current_setting('threads')").fetchall()
    with _session(int(threads)) as session:
        found = _predict(session, connection, model, pairs)
    gammas = [gamma_of(comparison["output_column_name"]) for comparison in model["comparisons"]]
    kept = "".join(f", {word(name)}::tinyint as {word(name)}" for name in gammas)
    connection.register("found_on_spark", found)
    connection.execute(
        f"create or replace table {scored} as select unique_id_l as l, unique_id_r as r, match_weight, "
        f"match_probability{kept} from found_on_spark order by l, r"
    )
    connection.unregister("found_on_spark")


def _check_comparisons(model: dict[str, Any]) -> None:
    if "bit_count" in str(model["comparisons"]):
        raise ConfigError(
            "Bloom filters are compared by DuckDB alone", where="linkage.backend: spark", mend="set it to duckdb"
        )


def _predict(
    session: SparkSession, connection: duckdb.DuckDBPyConnection, model: dict[str, Any], pairs: str
) -> pa.Table:
    """What Splink says of each pair, by its own names."""
    from splink import Linker  # noqa: PLC0415  # half a second that only this step needs
    from splink.backends.spark import SparkAPI  # noqa: PLC0415  # needs the extra

    # Persisted and not written out between steps: what Spark spills is encrypted, what Splink writes is not.
    database = SparkAPI(  # type: ignore[no-untyped-call]
        spark_session=session, break_lineage_method="persist", register_udfs_automatically=False
    )
    for name in _FUNCTIONS:
        session.udf.register(f"duckdb_{name}", _function_of_duckdb(name))

    def give(query: str, shown: str) -> SplinkDataFrame:
        rows = session.createDataFrame(connection.sql(query).to_arrow_table())
        return database.register(rows, dataset_display_name=shown)

    sides = [give(f"from {side}_scoring", side) for side in ("left", "right")]
    # What Splink reports of single records must not reach a log.
    linker = Linker(sides, for_spark(model), log_level=logging.ERROR)
    for column in weighed_columns(model):
        terms = give(_terms(column), f"dyadlink_terms_{column}")
        linker.table_management.register_term_frequency_lookup(terms, column)
    keys = "'0' as match_key, 'left-__-' || l as join_key_l, 'right-__-' || r as join_key_r"
    blocked = give(f"select {keys} from {pairs}", "dyadlink_pairs")
    linker.table_management.register_blocked_pairs_for_predict(blocked)
    with warnings.catch_warnings():
        # Splink warns of levels that no training of its own has seen: the model was learnt elsewhere.
        warnings.simplefilter("ignore")
        found = linker.inference.predict(warning_mode="never")
    return found.as_pyarrow_table()  # type: ignore[no-untyped-call]


def _terms(column: str) -> str:
    """How frequent among all persons each value is that a person to be scored holds."""
    sides = " union ".join(f"select {word(column)} from {side}_scoring" for side in ("left", "right"))
    return f"select * from {word(f'terms_{column}')} where {word(column)} in ({sides})"


def for_spark(model: dict[str, Any]) -> dict[str, Any]:
    """The same model with its conditions in Spark's SQL."""
    comparisons = [
        {**comparison, "comparison_levels": [_level_for_spark(level) for level in comparison["comparison_levels"]]}
        for comparison in model["comparisons"]
    ]
    return {**model, "comparisons": comparisons, "sql_dialect": "spark"}


def _level_for_spark(level: dict[str, Any]) -> dict[str, Any]:
    condition = level["sql_condition"]
    if condition == "ELSE":
        return level
    import sqlglot  # noqa: PLC0415  # comes with Splink; only this step needs it

    for name in _FUNCTIONS:
        condition = condition.replace(f"{name}(", f"duckdb_{name}(")
    (translated,) = sqlglot.transpile(condition, read="duckdb", write="spark")
    return {**level, "sql_condition": translated}


_FUNCTIONS = ("jaro_winkler_similarity", "damerau_levenshtein")
"""Likeness of texts as DuckDB has it. Those of Splink's jar give some pairs of names another value."""


def _function_of_duckdb(name: str) -> UserDefinedFunctionLike:
    """A function of DuckDB for Spark: its workers hand over a batch of pairs at a time."""
    from pyspark.sql.functions import arrow_udf  # noqa: PLC0415  # needs the extra

    def compare(left: pa.Array, right: pa.Array) -> pa.Array:
        with duckdb.connect(config=NO_EXTENSIONS) as connection:
            connection.register("pairs", pa.table({"l": left, "r": right}))
            found = connection.sql(f"select {name}(l, r)::double as alike from pairs").to_arrow_table()
        return pa.concat_arrays(found["alike"].chunks) if found.num_rows else pa.array([], pa.float64())

    return cast("UserDefinedFunctionLike", arrow_udf(compare, "double"))


@contextmanager
def _session(threads: int) -> Iterator[SparkSession]:
    """A Spark session: that of the environment (`SPARK_REMOTE`, spark-defaults.conf), else one on this machine.

    Args:
        threads: Cores that it may use on this machine.
    """
    try:
        from pyspark.errors import PySparkException, PySparkRuntimeError  # noqa: PLC0415  # needs the extra
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError:
        raise ConfigError(
            "Spark is not installed", where="linkage.backend: spark", mend="pip install 'dyadlink[spark]'"
        ) from None
    # Spark listens on loopback alone unless the environment says otherwise.
    os.environ.setdefault("SPARK_LOCAL_IP", _LOOPBACK)
    # What Spark goes by where neither its settings nor the call name a master.
    os.environ.setdefault("MASTER", f"local[{threads}]")
    # Its workers need DuckDB: the Python of this program has it, the first one on the path may not.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with TemporaryDirectory(prefix="dyadlink-spark-") as folder:
        Path(folder).chmod(0o700)
        builder = SparkSession.builder.appName("dyadlink")
        for key, value in _SETTINGS.items():
            builder = builder.config(key, value)
        try:
            session = builder.config("spark.local.dir", folder).getOrCreate()
        except (PySparkException, PySparkRuntimeError, OSError) as error:
            raise ConfigError(
                f"Spark does not start ({type(error).__name__})",
                where="linkage.backend: spark",
                mend="install Java 17 or later and set JAVA_HOME; see docs/how-to/link-with-spark.md",
            ) from None
        session.sparkContext.setLogLevel("ERROR")
        try:
            yield session
        finally:
            session.stop()


_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.io.encryption.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.shuffle.partitions": "4",
}
"""No page that others could open, what spills to disk encrypted, and no more parts than a machine has use for."""
