"""Assign the headers of a sheet to the columns of a target, a silver table. Each header gets at most one
column and each column at most one header, so that the sum of the squares of their scores is the highest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Column
from jobs.errors import UsageError
from jobs.ingest.draft.folding import fold, parts_of
from jobs.ingest.draft.scoring import Candidate, Scorer
from jobs.ingest.draft.shapes import Shapes, look
from jobs.ingest.draft.sheets import Sheet
from jobs.ingest.draft.vocabulary import Vocabulary

PLACED = 0.5  # a column is given to a header from this score on
_SURE = 0.85  # from here on a name is known to have no column
_LIKELY = 0.6  # from here on another target is named for a header that has no column
_FIRST = (
    "test_result",
    "conclusion",
    "sample",
    "listing",
    "shop",
)  # targets that a name is looked for in first
_BARS = "║‖|丨｜"


@dataclass(frozen=True)
class Proposal:
    """What a header may be. ``header``: as in the file; ``label``: the part of it that is meant;
    ``candidates``: possible columns, the best first, where an empty column means that the name is known to
    have none; ``column``: the one assigned, None where nothing fits or another header fits better; ``part``:
    for a joined column (`检验结果║标准值`) the position of its part, from 0, and the number of parts;
    ``shapes``: the form of its values; ``filled``: share of values (0-1) that are not empty; ``elsewhere``:
    `table.column` (without `silver.`) of another target that has this name, '' where none has."""

    header: str
    label: str
    candidates: tuple[Candidate, ...]
    shapes: Shapes
    column: str | None = None
    part: tuple[int, int] | None = None
    filled: float = 0.0
    elsewhere: str = ""

    @property
    def given(self) -> Candidate | None:
        """The candidate that was assigned; None where none was."""
        return next((c for c in self.candidates if self.column and c.column == self.column), None)

    @property
    def first(self) -> Candidate | None:
        """The best candidate, assigned or not; None where there is none or the name is known to have no
        column."""
        return self.candidates[0] if self.candidates and self.candidates[0].column else None

    @property
    def runner_up(self) -> Candidate | None:
        """The best candidate other than the assigned one or, where none was assigned, other than `first`;
        None where there is none."""
        best = self.given or self.first
        return next((c for c in self.candidates if c.column and c != best), None)


class Drafter:
    """Proposes columns for headers. ``vocabulary``: the names of the columns of each target."""

    def __init__(self, catalog: Catalog, vocabulary: Vocabulary):
        self.catalog, self.vocabulary = catalog, vocabulary
        self._scorers: dict[str, Scorer] = {}
        order = {name: i for i, name in enumerate(_FIRST)}
        self._names: dict[str, list[tuple[str, str]]] = {}
        for target in sorted(vocabulary.terms, key=lambda name: (order.get(name, len(order)), name)):
            for term in vocabulary.terms[target]:
                for form in {term.folded.whole, term.folded.bare}:
                    self._names.setdefault(form, []).append((target, term.column))

    def knows(self, folded: str) -> bool:
        """Whether a folded name is in the vocabulary of any target."""
        return folded in self._names

    def scorer(self, target: str) -> Scorer:
        """The scorer of the headers for a target, made when it is first asked for."""
        if target not in self._scorers:
            columns = self.catalog.contracts[f"silver.{target}"].columns
            self._scorers[target] = Scorer(self.vocabulary, target, columns)
        return self._scorers[target]

    def propose(self, sheet: Sheet, target: str) -> list[Proposal]:
        """One proposal per header of a sheet (one per part of a joined header), in the file's order, for the
        columns of ``target``. The sheet must have a header."""
        assert sheet.names is not None, "a sheet without a header has no proposals"
        found = [p for i, name in enumerate(sheet.names) for p in self._parts(name, sheet.values[i], target)]
        columns = _assigned([p.candidates for p in found])
        return [
            _with(p, column, "" if column or _fits(p) else self._elsewhere(p, target))
            for p, column in zip(found, columns, strict=True)
        ]

    def target_of(self, sheet: Sheet) -> str:
        """The name of the target that the headers of a sheet fit best; the sheet must have a header. Raises
        UsageError where they fit none."""
        assert sheet.names is not None, "a sheet without a header has no target"
        worth: dict[str, float] = {}
        for target in self.catalog.targets():
            scorer = self.scorer(target)
            names = [part for name in sheet.names for part in parts_of(name)]
            candidates = [tuple(scorer.candidates(name)) for name in names]
            placed = _assigned(candidates)
            scores = [
                next(x.score for x in c if x.column == column)
                for c, column in zip(candidates, placed, strict=True)
                if column
            ]
            known = sum(1 for c in candidates if c and not c[0].column and c[0].score >= _SURE)
            columns = self.catalog.contracts[f"silver.{target}"].columns
            missing = sum(c.required and not c.key and c.name not in placed for c in columns)
            worth[target] = sum(scores) + 0.3 * known - 0.5 * missing if scores else 0.0
        best = max(worth, key=lambda target: worth[target])
        if worth[best] <= 0:
            tables = ", ".join(self.catalog.targets())
            raise UsageError(
                f"no table has columns for these headers: name one with --target, or several: {tables}"
            )
        return best

    def companions(self, sheet: Sheet, target: str) -> list[str]:
        """Names of further targets that a sheet fills: tables whose key refers to ``target`` (as results and
        conclusions refer to a sample), of which a column certainly fits a header that ``target`` has no
        column for, and of which every required column has a header or can be made."""
        left = {p.label for p in self.propose(sheet, target) if not p.column}
        key = self.catalog.contracts[f"silver.{target}"].key
        found: list[str] = []
        for other in self.catalog.targets():
            contract = self.catalog.contracts[f"silver.{other}"]
            refers = [
                c
                for c in contract.columns
                if c.key
                and c.foreign_key
                and (f"silver.{target}", key) == (c.foreign_key.table, (c.foreign_key.column,))
            ]
            if other == target or not refers:
                continue
            given = {p.column: p for p in self.propose(sheet, other) if p.column and p.label in left}
            sure = [p for p in given.values() if p.given and p.given.score >= _SURE]
            if sure and all(_had(c, given) for c in contract.columns if c.required and c not in refers):
                found.append(other)
        return found

    def _parts(self, name: str, values: Sequence[str | None], target: str) -> Iterable[Proposal]:
        parts = parts_of(name)
        filled = sum(1 for value in values if (value or "").strip()) / max(1, len(values))
        for i, part in enumerate(parts):
            mine = values if len(parts) == 1 else [_part(value, i) for value in values]
            shapes = look(mine)
            candidates = tuple(self.scorer(target).candidates(part, shapes))
            place = (i, len(parts)) if len(parts) > 1 else None
            yield Proposal(name, part, candidates, shapes, part=place, filled=filled)

    def _elsewhere(self, proposal: Proposal, target: str) -> str:
        """Another target's column that certainly has this name, or of the first ones one that likely has."""
        folded = fold(proposal.label)
        for form in folded:
            for other, column in self._names.get(form, ()):
                if other != target and column:
                    return f"{other}.{column}"
        likely = [
            (best.score, f"{other}.{best.column}")
            for other in _FIRST
            if other != target
            for best in self.scorer(other).candidates(proposal.label, proposal.shapes)[:1]
            if best.column and best.score >= _LIKELY
        ]
        return max(likely, key=lambda each: each[0], default=(0.0, ""))[1]


def _had(column: Column, given: Mapping[str, Proposal]) -> bool:
    """Whether a required column has a header, a name beside it, or one value of a closed list as its key."""
    named = f"{column.name.removesuffix('_code')}_name"
    return (
        column.name in given
        or named in given
        or (column.key and any(r.kind == "values" for r in column.rules))
    )


def _fits(proposal: Proposal) -> bool:
    return proposal.first is not None and proposal.first.score >= PLACED


def _with(proposal: Proposal, column: str | None, elsewhere: str) -> Proposal:
    values = {**vars(proposal), "column": column, "elsewhere": elsewhere}
    return Proposal(**values)


def _part(value: str | None, part: int) -> str | None:
    parts = re.split(f"[{_BARS}]+", value or "")
    return parts[part].strip() if part < len(parts) else None


def _assigned(candidates: Sequence[Sequence[Candidate]]) -> list[str | None]:
    """The column that each header is given, so that the sum of the scores is highest."""
    allowed = [_allowed(each) for each in candidates]
    columns = sorted({column for each in allowed for column in each})
    if not columns:
        return [None] * len(candidates)
    worth = np.zeros((len(candidates), len(columns)))
    for i, each in enumerate(allowed):
        for j, column in enumerate(columns):
            worth[i, j] = each.get(column, 0.0)
    # Squares: one sure pair goes before two that are guessed.
    from scipy.optimize import linear_sum_assignment  # here: the child that reads a file does not place

    rows, chosen = linear_sum_assignment(worth**2, maximize=True)
    given: list[str | None] = [None] * len(candidates)
    for i, j in zip(rows, chosen, strict=True):
        if worth[i, j] >= PLACED:
            given[i] = columns[j]
    return given


def _allowed(candidates: Sequence[Candidate]) -> Mapping[str, float]:
    """Columns that a header may be given, with their scores: at least PLACED and the score of no column."""
    none = max((c.score for c in candidates if not c.column), default=0.0)
    return {c.column: c.score for c in candidates if c.column and c.score >= max(PLACED, none)}
