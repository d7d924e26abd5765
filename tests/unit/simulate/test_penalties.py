"""A penalty of the simulated country is one that the article has which it cites; a list holds those whom its
rules are for."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd

from jobs.marts.law_names import in_both
from jobs.simulate.country.authorities.enforcement import BASIS, PENALTIES, _penalties
from jobs.simulate.country.authorities.registers import dishonesty
from jobs.simulate.country.streams import stream


def test_a_penalty_is_one_that_the_cited_article_has_and_a_person_loses_no_licence():
    size = 4_000
    basis = np.resize(np.array(list(BASIS), object), size)
    table = pd.DataFrame(
        {
            "result": "penalised",
            "closed_on": np.full(size, np.datetime64("2026-01-05")),
            "case_id": "AJ",
            "operator_uscc": None,
            "_name": "甲",
            "_type": np.where(np.arange(size) % 8 < 4, "natural_person", "company"),
            "region_code": "110101",
            "legal_basis": pd.Series(basis).map(BASIS),
            "_basis": basis,
            "_office": "110000",
        }
    )
    made = _penalties(stream(1, "penalties"), table, "202601")
    found = made.groupby("legal_basis")["kind"].agg(set).to_dict()
    assert found == {BASIS[name]: set(kinds) for name, kinds in PENALTIES.items()}
    assert found["产品质量法第四十九条"] == {"fine", "confiscation", "suspension", "licence_revoked"}
    assert set(made.loc[made["kind"] == "licence_revoked", "operator_type"]) == {"company"}
    commerce = made["legal_basis"] == BASIS["commerce"]
    assert made.loc[commerce, "amount"].max() == 10_000 < made.loc[~commerce, "amount"].max()
    assert not [b for b in BASIS.values() if re.search("[\u3400-\u9fff]", in_both(b)[1])]  # in English too
    assert made["amount"].notna().all() and all(re.search("第.+条$", x) for x in made["legal_basis"])


def test_only_enterprises_are_on_the_list_of_abnormal_operation_and_courts_list_defaulters():
    size = 600
    enterprises = pd.DataFrame(
        {
            "type": np.resize(["company", "individual_business", "natural_person"], size),
            "dishonest_from": np.datetime64("2026-01-05"),
            "ring": np.where(np.arange(size) < 6, 0, -1),
            "region_code": "110101",
            "uscc": None,
            "name": "甲",
            "person_id": "p",
        }
    )
    names = SimpleNamespace(names={"110101": ("东城区", "Dongcheng")})
    rows = dishonesty(SimpleNamespace(enterprises=enterprises, seed=1, references=names))
    abnormal = rows["list"] == "abnormal_operation"
    assert set(rows.loc[abnormal, "operator_type"]) == {"company"}
    assert set(rows.loc[abnormal, "legal_basis"]) == {"企业信息公示暂行条例"}
    assert rows["list"].nunique() == 3 and set(rows["list"].head(6)) == {"serious_violation"}
    assert not [b for b in set(rows["legal_basis"]) if re.search("[\u3400-\u9fff]", in_both(b)[1])]
    court = rows["authority"].str.contains("人民法院")
    assert (court == (rows["list"] == "judgement_defaulter")).all() and court.any()
