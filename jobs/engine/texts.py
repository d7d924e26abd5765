"""The SQL texts (`.sql` files) of tables: where they are, what they read, and whether both engines can run
them. ``contract`` is always that of the table.

A table whose contract has `engine: sql` and inputs has a text: one SELECT in Spark SQL. It reads the input
`silver.shop` by the name `silver_shop`; the text of a silver table that sources deliver reads its accepted
rows as `bronze_<table>`. It may use the parameters `:as_of` (the day as of which the table is built),
`:nation` and `:currency` (codes of the deployment, such as CN and CNY), and, as a list, `:nation_spellings`
(how feeds write the nation, in small letters: `jobs.iso_codes.country_spellings` and its English name in the
deployment).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from jobs.contracts.model import Contract
from jobs.deployment import deployment
from jobs.engine.dialect import AS_OF, ONE_AT_A_TIME, parsed, to_duckdb
from jobs.engine.dispositions import SILVER_META, view
from jobs.engine.filed import filed_view
from jobs.engine.instead import function_problems
from jobs.environment import REPOSITORY
from jobs.iso_codes import country_spellings

# The names of the parameters for the deployment's country and currency codes, and for the nation's spellings.
NATION, CURRENCY, SPELLINGS = "nation", "currency", "nation_spellings"


def text_path(contract: Contract, root: Path = REPOSITORY) -> Path:
    """Return the path of a table's SQL text below the folder ``root``, whether it exists or not:
    `jobs/marts/<room>/<table>.sql` for gold, `jobs/conform/<table>.sql` for silver."""
    room = Path("marts") / contract.room if contract.tier == "gold" else Path("conform")
    return root / "jobs" / room / f"{contract.name}.sql"


def has_text(contract: Contract) -> bool:
    """Return whether the table has an SQL text. A derived table is made by its text; a table that sources
    deliver is completed by it."""
    return contract.engine == "sql" and bool(contract.inputs)


def table_text(contract: Contract, root: Path = REPOSITORY) -> str:
    """Return the table's SQL text, with the parameters of the deployment replaced by literals, since a view
    cannot have a parameter. ``root``: the folder of the repository. Raises FileNotFoundError where there is
    no such file."""
    text, nation = text_path(contract, root).read_text(encoding="utf-8"), deployment()
    spellings = {*country_spellings(nation.code), nation.name_en.lower()}
    literals = {NATION: [nation.code], CURRENCY: [nation.currency], SPELLINGS: sorted(spellings)}

    def literal(match: re.Match[str]) -> str:
        return ", ".join("'" + value.replace("'", "''") + "'" for value in literals[match.group(1)])

    return re.sub(rf"(?<![:\w]):({'|'.join(literals)})\b", literal, text)


def reads_filed(contract: Contract) -> bool:
    """Return whether the text of a silver table that sources deliver reads the view `filed`
    (jobs.engine.filed): every row that was ever delivered. False for any other table."""
    return contract.conformed and bool(
        re.search(rf"\b{filed_view(contract)}\b", _without_comments(table_text(contract)))
    )


def _without_comments(text: str) -> str:
    return re.sub(r"--[^\n]*", "", text)


def text_columns(contract: Contract, contracts: Mapping[str, Contract]) -> dict[str, frozenset[str]]:
    """Return the columns that the text of a table made of others reads of each input, also in joins and
    filters: input id (`silver.shop`) → names. ``contracts``: all contracts, by id. Raises
    sqlglot.errors.SqlglotError where the text cannot be parsed or names an unknown column, KeyError for a
    table with an input in bronze."""
    schema: dict[str, object] = {
        view(i): dict.fromkeys((*contracts[i].column_names, *SILVER_META), "string") for i in contract.inputs
    }
    read: dict[str, set[str]] = {view(i): set() for i in contract.inputs}
    with ONE_AT_A_TIME:
        tree = qualify(parsed(table_text(contract)), schema=schema, dialect="spark", quote_identifiers=False)
        for scope in traverse_scope(tree):
            for column in scope.columns:
                source = scope.sources.get(column.table)
                if isinstance(source, exp.Table):
                    read[source.name].add(column.name)
    return {i: frozenset(read[view(i)]) for i in contract.inputs}


def _kept_rows(contract: Contract, tree: exp.Query) -> list[str]:
    """Where a text does more with the rows of an input that the contract calls `streamed` than to add them up
    or to match them: in a SELECT without GROUP BY or inner join, or that numbers, sorts or compares them."""
    found = []
    streamed = {view(i) for i in contract.streamed}
    for table in tree.find_all(exp.Table):
        select = table.find_ancestor(exp.Select)
        if table.name not in streamed or select is None:
            continue
        joins = select.args.get("joins") or ()
        inner = any((not j.side or j.kind == "SEMI") and j.args.get("on") is not None for j in joins)
        if not (inner or select.args.get("group")):
            found.append(f"{table.name} is read by a SELECT without GROUP BY or inner join")
        windows = (w for w in select.find_all(exp.Window) if w.find_ancestor(exp.Select) is select)
        if select.args.get("order") or select.args.get("distinct") or any(windows):
            found.append(f"{table.name} is read by a SELECT with DISTINCT, ORDER BY or a window function")
    return found


def text_problems(contract: Contract, root: Path = REPOSITORY) -> list[str]:
    """Return the problems of a table's SQL text, each as `file: field: what`; [] where there is none or the
    table needs no text. ``root``: the folder of the repository.

    Problems: the text is absent, cannot be parsed or translated; it calls a function that it may not
    (jobs.engine.instead); its tables differ from the contract's inputs, its columns from the contract's; it
    does not only add up or match a `streamed` input; it has an unknown parameter; it has `:as_of` where the
    contract does not depend on the day, or lacks it where it does.
    """
    if not has_text(contract):
        return []
    path = text_path(contract, root)
    where = path.relative_to(root).as_posix()
    if not path.is_file():
        return [f"{where}: text: {contract.id} needs it and it is absent"]
    text = table_text(contract, root)
    try:
        tree = parsed(text)
        to_duckdb(text, date(2000, 1, 1))
    except (sqlglot.errors.SqlglotError, ValueError) as error:
        return [f"{where}: text: {' '.join(str(error).split())}"]
    if not isinstance(tree, exp.Query):
        return [f"{where}: text: is not a SELECT"]
    found = [f"{where}: function: {problem}" for problem in function_problems(text)]
    steps = {step.alias for step in tree.find_all(exp.CTE)}
    tables = {table.name for table in tree.find_all(exp.Table)} - steps
    known = {view(i): i for i in contract.inputs}
    allowed = {*known, *([filed_view(contract)] if contract.conformed else [])}
    found += [
        f"{where}: input: reads {name}, which is not among the contract's inputs"
        for name in sorted(tables - allowed)
    ]
    found += [
        f"{where}: input: {known[name]} is an input of the contract and not read"
        for name in sorted(set(known) - tables)
    ]
    parameters = {node.name for node in tree.find_all(exp.Placeholder)} - {AS_OF}
    may = f":{AS_OF} :{NATION} :{CURRENCY} :{SPELLINGS}"
    found += [f"{where}: parameter: :{name} (known are {may})" for name in sorted(parameters)]
    if (f":{AS_OF}" in text) != bool(contract.depends_on_day):
        found.append(f"{where}: parameter: :{AS_OF} and the contract's depends_on_day do not agree")
    found += [f"{where}: streamed: {problem}" for problem in _kept_rows(contract, tree)]
    columns = [select.alias_or_name for select in tree.selects]
    wanted = [*contract.column_names, *(SILVER_META if contract.conformed else [])]
    if columns != wanted:
        found.append(f"{where}: columns: {', '.join(columns)} are not the contract's: {', '.join(wanted)}")
    return found
