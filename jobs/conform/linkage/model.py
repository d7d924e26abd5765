"""Splink on DuckDB: from records to scored pairs, by the model of Fellegi and Sunter (1969), in which each
level at which two records agree adds to the weight of the pair. The database is in memory and loads no
extensions; what DuckDB spills to disk goes to a temporary folder that is deleted at the end."""

from __future__ import annotations

import copy
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from splink import DuckDBAPI, Linker

from jobs.conform.linkage.configuration import Configuration

RECORD = "record_id"
BLOCK = "block_"  # prefix of the key columns without values that too many records share or that make no pair
_DIGITS = 4  # of trained parameters: sums of floats may differ in the last places from run to run
_LEAST = 1e-8
_LIKELIEST = 0.1
_MEMORY = "4GB"


@dataclass(frozen=True)
class Model:
    """A trained model. ``comparisons``: those of Splink's settings, with the m and u probabilities of each
    level; ``prior``: the probability that two random records match."""

    comparisons: tuple[dict[str, Any], ...]
    prior: float


def trained(records: pd.DataFrame, configuration: Configuration) -> Model:
    """Train a model on ``records``, one row per record with the columns that `scored_pairs` needs. Their
    order does not matter.

    Fewer than ``configuration.least_records`` train nothing: the model then has the m, u and prior of the
    configuration and does not use how common a value is.
    """
    if len(records) < configuration.least_records:
        return Model(tuple(_without_frequencies(c) for c in configuration.comparisons), configuration.prior)
    with _database() as database:
        _create(database, records, configuration, blocks=False)
        prior = _prior(database, len(records), configuration)
        start = Model(configuration.comparisons, prior)
        linker = Linker(
            database.register("records", table_name="input"), _settings(start, ()), log_level=None
        )
        linker.training.estimate_u_using_random_sampling(
            max_pairs=configuration.random_pairs,
            seed=configuration.seed,
            min_count_per_level=None,
            num_chunks=1,
        )
        for rule in configuration.training:
            # A rule that no pair meets is skipped: Splink would lose the comparisons that it should train.
            if _meet(database, rule):
                linker.training.estimate_parameters_using_expectation_maximisation(
                    rule,
                    estimate_without_term_frequencies=True,
                    max_pairs=configuration.training_pairs,
                    record_sample_proportion=0.1,
                )
        found = linker.misc.save_model_to_json()
    both = zip(configuration.comparisons, found["comparisons"], strict=True)
    return Model(tuple(_with_trained(c, t) for c, t in both), prior)


def scored_pairs(records: pd.DataFrame, model: Model, configuration: Configuration) -> pd.DataFrame:
    """Score the pairs of records that meet a blocking rule, and keep those whose probability is at least
    ``configuration.candidate``.

    ``records``: one row per record: `record_id` (unique) and the configuration's columns, text or null; their
    order does not matter; ``model``: the probabilities by which pairs are scored (`trained`). Returns one row
    per pair, sorted by left and right, with the columns left < right (record ids), weight (bits),
    probability, and for each comparison the label of the level that applies to the pair."""
    rules = tuple(f"({rule}) AND {configuration.only}" for rule in configuration.blocking)
    with _database() as database:
        _create(database, records, configuration, blocks=True)
        linker = Linker(
            database.register("records", table_name="input"), _settings(model, rules), log_level=None
        )
        _tell_frequencies(database, linker, model, configuration.unit)
        found = linker.inference.predict(
            threshold_match_probability=configuration.candidate, warning_mode="never"
        )
        pairs = database.duckdb_con.execute(_labelled(found.physical_name, configuration)).df()
    return pairs.sort_values(["left", "right"], ignore_index=True)


def no_pairs(configuration: Configuration) -> pd.DataFrame:
    """An empty frame with the columns that `scored_pairs` returns, for where there is nothing to compare.
    ``configuration``: names the comparisons."""
    columns = {"left": "object", "right": "object", "weight": "float64", "probability": "float64"}
    names = {c["output_column_name"]: "object" for c in configuration.comparisons}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in (columns | names).items()})


def block_sizes(records: pd.DataFrame, configuration: Configuration) -> dict[str, int]:
    """How many pairs each blocking rule (its SQL) would compare if it were the only one; used by a scale
    test. ``records``: as of `scored_pairs`."""
    with _database() as database:
        con = database.duckdb_con
        _create(database, records, configuration, blocks=True)
        return {
            rule: con.execute(
                f"SELECT count(*) FROM records l JOIN records r ON l.{RECORD} < r.{RECORD} AND {rule} "
                f"AND {configuration.only}"
            ).fetchall()[0][0]
            for rule in configuration.blocking
        }


def _create(
    database: DuckDBAPI, records: pd.DataFrame, configuration: Configuration, *, blocks: bool
) -> None:
    """Create the table `records`, all columns as text, in the order of the record ids. ``blocks``: also
    create the columns that blocking rules compare, null for a value that too many records share or that
    makes no pair."""
    columns = (RECORD, *configuration.columns)
    given = pa.table({name: pa.array(records[name], pa.string(), from_pandas=True) for name in columns})
    database.duckdb_con.register("given", given)
    more = [
        f", CASE WHEN {c} IN (SELECT {c} FROM given GROUP BY {c} HAVING count({c}) BETWEEN 2 AND "
        f"{configuration.largest_block} AND bool_or({configuration.undecided})) "
        f"THEN {c} END AS {BLOCK}{c}"
        for c in configuration.blocks
    ]
    database.duckdb_con.execute(
        f"CREATE TABLE records AS SELECT *{''.join(more if blocks else [])} FROM given ORDER BY {RECORD}"
    )


def _tell_frequencies(database: DuckDBAPI, linker: Linker, model: Model, unit: str) -> None:
    """Give Splink the frequency of each value, counted among units (``unit``: an SQL expression), not among
    records: the telephone number of one firm with fifty shops is not a common one."""
    levels = [level for comparison in model.comparisons for level in comparison["comparison_levels"]]
    for name in sorted(
        {level["tf_adjustment_column"] for level in levels if "tf_adjustment_column" in level}
    ):
        database.duckdb_con.execute(
            f"CREATE TABLE frequency_{name} AS SELECT {name}, count(DISTINCT {unit}) / "
            f"sum(count(DISTINCT {unit})) OVER () AS tf_{name} "
            f"FROM records WHERE {name} IS NOT NULL GROUP BY {name}"
        )
        linker.table_management.register_term_frequency_lookup(
            database.register(f"frequency_{name}", table_name=f"frequencies_{name}"), name
        )


@contextmanager
def _database() -> Iterator[DuckDBAPI]:
    """Splink's interface to a new in-memory DuckDB, which is closed at the end of the block."""
    logging.getLogger("splink").setLevel(logging.ERROR)  # it logs progress and advice
    with tempfile.TemporaryDirectory(prefix="linkage-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": folder,
            "memory_limit": _MEMORY,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        con = duckdb.connect(":memory:", config=settings)
        try:
            con.execute("SET enable_progress_bar = false")
            yield DuckDBAPI(con)
        finally:
            con.close()


def _prior(database: DuckDBAPI, n_records: int, configuration: Configuration) -> float:
    """How probable it is that two random records match, from the pairs that certainly do. Splink's own count
    ends with an error, or a probability of 0, where all of them or none are alike."""
    rules = " OR ".join(f"({rule})" for rule in configuration.certain)
    query = f"SELECT count(*) FROM records l JOIN records r ON l.{RECORD} < r.{RECORD} AND ({rules})"
    matches = database.duckdb_con.execute(query).fetchall()[0][0]
    return _rounded(
        min(max(matches, 1) / configuration.recall / (n_records * (n_records - 1) / 2), _LIKELIEST)
    )


def _meet(database: DuckDBAPI, rule: str) -> bool:
    """Whether any pair of records meets ``rule`` (SQL)."""
    query = f"SELECT 1 FROM records l JOIN records r ON l.{RECORD} < r.{RECORD} AND {rule} LIMIT 1"
    return bool(database.duckdb_con.execute(query).fetchall())


def _with_trained(comparison: dict[str, Any], trained: dict[str, Any]) -> dict[str, Any]:
    """The comparison with the trained m and u of each level. A level at which no pair was seen keeps its
    configured values; then the m and the u of all levels are scaled to add up to 1."""
    found = copy.deepcopy(comparison)
    for name in ("m_probability", "u_probability"):
        both = zip(found["comparison_levels"], trained["comparison_levels"], strict=True)
        levels = [(mine, learnt.get(name)) for mine, learnt in both if name in mine]
        for mine, value in levels:
            mine[name] = value if isinstance(value, float) and value > _LEAST else mine[name]
        total = sum(mine[name] for mine, _ in levels)
        for mine, _ in levels:
            mine[name] = _rounded(mine[name] / total)
    return found


def _without_frequencies(comparison: dict[str, Any]) -> dict[str, Any]:
    """A copy of the comparison that does not use how common a value is: among few records each looks
    common."""
    plain = copy.deepcopy(comparison)
    for level in plain["comparison_levels"]:
        level.pop("tf_adjustment_column", None)
    return plain


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _settings(model: Model, rules: tuple[str, ...]) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": RECORD,
        "probability_two_random_records_match": model.prior,
        "comparisons": copy.deepcopy(list(model.comparisons)),
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in rules],
        "retain_matching_columns": True,  # with them come the levels
    }


def _labelled(table: str, configuration: Configuration) -> str:
    """SQL that selects the scored pairs from ``table``, with the label of the level of each comparison."""
    columns = []
    for comparison in configuration.comparisons:
        name = comparison["output_column_name"]
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        cases = " ".join(
            f"WHEN {len(levels) - 1 - place} THEN '{level['label_for_charts']}'"
            for place, level in enumerate(levels)
        )
        columns.append(f'CASE gamma_{name} {cases} END AS "{name}"')
    ids = f'least({RECORD}_l, {RECORD}_r) AS "left", greatest({RECORD}_l, {RECORD}_r) AS "right"'
    return (
        f"SELECT {ids}, round(match_weight, 6) AS weight, round(match_probability, 9) AS "
        f"probability, {', '.join(columns)} FROM {table}"
    )
