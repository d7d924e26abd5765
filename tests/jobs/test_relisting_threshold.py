"""The measurement behind `title_threshold` of schemas/reference/counterfeit_setting.csv: precision and
recall of pairs that only their titles can identify, over seeded countries, by threshold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from counterfeit_country import country

from jobs.contracts.catalog import load_catalog
from jobs.engine.embedded import Embedded
from jobs.environment import SCHEMAS
from jobs.lake.tables import Lake
from jobs.marts.counterfeit.relisting import matched
from jobs.marts.counterfeit.titles import codes, plain, similarity

pytestmark = pytest.mark.proof
SEEDS = range(1, 9)
RECORDS = 200_000
STEPS = [round(float(t), 2) for t in np.arange(0.5, 0.96, 0.05)]
FILLERS = list("男女士加厚家用大号纯棉夏季百搭")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pd.DataFrame]:
    """Candidates that neither bar code nor brand and model bring together, and whether each is true."""
    catalog, engine = load_catalog(), Embedded(Lake(tmp_path_factory.mktemp("lake")))
    parts = []
    for seed in SEEDS:
        made = country(seed, RECORDS, catalog, engine)
        rows = matched(made.tables["relisting_candidate"], 0.0)
        true = set(zip(made.relistings["listing_id"], made.relistings["relisted_as"], strict=True))
        named = zip(rows["first_listing_id"], rows["listing_id"], strict=True)
        parts.append(rows.assign(true=[pair in true for pair in named]))
    engine.close()
    found = pd.concat(parts, ignore_index=True)
    yield found[~found["same_barcode"] & ~found["same_model"]].reset_index(drop=True)


def table(alike: np.ndarray, true: np.ndarray) -> pd.DataFrame:
    """Precision and recall by threshold."""
    rows = [
        {
            "threshold": step,
            "pairs": int((alike >= step).sum()),
            "precision": float(true[alike >= step].mean()) if (alike >= step).any() else np.nan,
            "recall": float((true & (alike >= step)).sum() / true.sum()),
        }
        for step in STEPS
    ]
    return pd.DataFrame(rows).set_index("threshold")


def stated() -> float:
    setting = pd.read_csv(SCHEMAS / "reference" / "counterfeit_setting.csv")
    return float(setting.loc[setting["setting"] == "title_threshold", "value"].iloc[-1])


def test_at_most_one_pair_in_ten_is_wrong_and_only_where_one_title_names_no_model(
    pairs: pd.DataFrame,
) -> None:
    """Titles that are the same but for a model that one of them leaves out are of the same goods or not: a
    person verifies."""
    true = pairs["true"].to_numpy(bool)
    measured = table(pairs["similarity"].to_numpy(), true)
    print(f"{len(pairs)} pairs, {true.sum()} of them the same goods\n{measured.round(3).to_string()}")
    assert measured.loc[stated(), "precision"] >= 0.9
    assert measured.loc[stated(), "recall"] >= 0.7
    wrong = pairs[(pairs["similarity"] >= stated()) & ~true]
    titles = zip(plain(wrong["first_title"]), plain(wrong["title"]), strict=True)
    assert all(bool(codes(first)) != bool(codes(other)) for first, other in titles), wrong


def test_titles_changed_elsewhere_than_in_their_models_are_still_told_rightly(pairs: pd.DataFrame) -> None:
    """One in ten Chinese characters left out, replaced or followed by another."""
    rng = np.random.default_rng(17)
    changed = plain(pairs["title"].map(lambda title: _changed(title, rng)))
    alike = [similarity(a, b) for a, b in zip(plain(pairs["first_title"]), changed, strict=True)]
    measured = table(np.array(alike), pairs["true"].to_numpy(bool))
    print(f"one in ten characters changed\n{measured.round(3).to_string()}")
    assert measured.loc[stated(), "precision"] >= 0.9 and measured.loc[stated(), "recall"] >= 0.7


def _changed(title: str, rng: np.random.Generator) -> str:
    luck, other = rng.random(len(title)), rng.choice(FILLERS, len(title))
    out = []
    for char, chance, filler in zip(title, luck, other, strict=True):
        if not "一" <= char <= "龥" or chance >= 0.1:
            out.append(char)
        elif chance < 0.033:
            continue
        else:
            out.append(filler if chance < 0.067 else char + filler)
    return "".join(out)
