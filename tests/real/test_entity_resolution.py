"""The linker on records that no one here wrote: real organisations of Chicago, FEBRL 1, real codes and short
names of Chinese firms."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from jobs.conform.linkage.clusters import Clusters, joined
from jobs.conform.linkage.configuration import read_configuration
from jobs.conform.linkage.model import scored_pairs, trained
from jobs.conform.linkage.names import name_parts
from jobs.conform.linkage.regions import read_regions
from jobs.conform.linkage.script import folded
from jobs.conform.linkage.uscc import checked
from jobs.environment import SCHEMAS

WORDS = {
    **dict.fromkeys(
        (
            "st street ave avenue av blvd boulevard rd road dr drive pl place pkwy parkway ct ln chicago il"
        ).split(),
        "",
    ),
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
}


def clusters_of(records: pd.DataFrame, name: str) -> pd.Series:
    """The cluster of each record by the settings of that name."""
    configuration = read_configuration(name)
    pairs = scored_pairs(records, trained(records, configuration), configuration)
    clusters = Clusters({})
    joined(pairs[pairs["probability"] >= configuration.threshold], clusters)
    return records["record_id"].map(clusters.top)


def figures(found: pd.Series, truth: pd.Series) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of records."""
    right, said, true = (
        int((n * (n - 1) // 2).sum())
        for n in ((found + "|" + truth).value_counts(), found.value_counts(), truth.value_counts())
    )
    return right / said, right / true, 2 * right / (said + true)


def nulled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype("object").where(frame.notna() & (frame != ""), None)


def test_real_organisations_of_several_lists_are_found(shared: Path) -> None:
    rows = pd.read_csv(shared / "data" / "er_org_names" / "csv_example_input_with_true_ids.csv", dtype=str)
    plain = {
        c: folded(rows[c]).str.replace(r"[^a-z0-9]+", " ", regex=True).str.strip()
        for c in ("Site name", "Address")
    }
    words = plain["Address"].map(lambda text: [WORDS.get(w, w) for w in text.split()])
    street = words.map(
        lambda found: " ".join(
            w for w in found[1:] if w not in ("", "n", "s", "e", "w") and not re.fullmatch(r"6\d{4}", w)
        )
    )
    records = nulled(
        pd.DataFrame(
            {
                "record_id": rows["Id"],
                "name": plain["Site name"],
                "number": words.map(lambda found: found[0] if found and found[0].isdigit() else None),
                "street": street,
                "zip": rows["Zip"].str[:5],
                "phone": rows["Phone"].str.replace(r"\D", "", regex=True),
            }
        )
    )
    precision, recall, f1 = figures(clusters_of(records, "organisations"), rows["True Id"])
    print(f"\ner_org_names: precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f}")
    assert f1 >= 0.85


@pytest.mark.slow  # quick: the organisations of the test before
def test_the_persons_of_febrl_1_are_found(shared: Path) -> None:
    rows = pd.read_csv(
        shared / "data" / "er_febrl1" / "dataset1.csv", dtype=str, skipinitialspace=True
    ).rename(columns=str.strip)
    records = nulled(rows.apply(lambda cells: cells.str.strip()).rename(columns={"rec_id": "record_id"}))
    precision, recall, f1 = figures(clusters_of(records, "febrl"), records["record_id"].str.split("-").str[1])
    print(f"\nFEBRL 1: precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f}")
    assert f1 >= 0.95


def test_real_codes_are_valid_and_wrong_ones_are_not(shared: Path) -> None:
    folder = shared / "data" / "uscc_numbers"
    valid = pd.Series((folder / "uscc_valid.txt").read_text(encoding="utf-8").split())
    assert len(valid) == 200 and checked(valid)["uscc"].equals(valid)
    wrong = pd.read_csv(folder / "uscc_invalid.csv", dtype=str)
    assert checked(wrong["value"])["uscc"].isna().all()
    changed = valid.str[:-1] + valid.str[-1].map(lambda c: "1" if c == "0" else "0")
    assert (checked(changed)["problem"] == "check_digit").all()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("杭州", "有限公司"),
        pytest.param("浙江省义乌市", "股份有限公司", marks=pytest.mark.slow),
        ("", "（广东）集团有限公司"),
        pytest.param("", "旗舰店", marks=pytest.mark.slow),
    ],
)
def test_the_short_name_of_a_real_firm_is_found_in_its_long_one(
    shared: Path, before: str, after: str
) -> None:
    """Of 20,000 short names; those that begin with a region or end with a form themselves lose it alone,
    too."""
    lines = (
        (shared / "data" / "cn_company_short_names" / "company_short_names.txt")
        .read_text(encoding="utf-8")
        .split("\n")[3:]
    )
    short = pd.Series(lines[::13][:20_000])
    short = short[short.str.fullmatch(r"[\u4e00-\u9fff]{2,8}")].reset_index(drop=True)
    regions = read_regions(pd.read_csv(SCHEMAS / "reference" / "region.csv", dtype=str))
    alone, long = name_parts(short, regions)["core"], name_parts(before + short + after, regions)["core"]
    assert len(short) > 15_000 and (alone == long).mean() > 0.995, pd.DataFrame(
        {"short": alone, "long": long}
    )[alone != long].head(20)
