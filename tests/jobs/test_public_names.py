"""Names of organisations are shown, names that may be a person's are not, in free text neither."""

from __future__ import annotations

import pandas as pd
import pytest

from jobs.marts import public_names as names_module
from jobs.marts.public_names import WITHHELD, kind_of_code, may_be_shown, public_names, without_names


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("杭州某某电器有限公司", None),
        ("余杭区张三服装店", "natural_person"),
        ("某某商行", None),
        ("某某食品厂（杭州）", None),
        ("Acme Co., Ltd.", None),
        ("Smith & Sons", None),
        ("Tesco PLC", None),
        ("Northern Goods LLP", "natural_person"),
        ("Müller GmbH", None),
        ("Foo B.V.", None),
        ("Widgets Inc.", None),
        ("宏峰服饰优选", "company"),
        ("百度", "company"),
        ("青源家具", "company"),
        ("云里服饰优选", "individual_business"),
        ("Acme Home 旗舰", "individual_business"),
    ],
)
def test_the_name_of_an_organisation_is_shown(name: str, kind: str | None):
    assert may_be_shown(name, kind)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("张三", None),
        ("张三", "natural_person"),
        ("张三", "individual_business"),
        ("欧阳小丽（经营者）", "individual_business"),
        ("阿依古丽·买买提江", "individual_business"),
        ("Li Ming", "individual_business"),
        ("John Smith", None),
        ("Jan de Vries", None),
        ("Maria Incze", "individual_business"),
        ("源美优选", "natural_person"),
        ("云里服饰优选", None),
        ("王 五", "individual_business"),
        (None, "company"),
    ],
)
def test_a_name_that_may_be_a_persons_is_not_shown(name: str | None, kind: str | None):
    assert not may_be_shown(name, kind)


def test_a_withheld_name_says_so_and_a_missing_one_stays_missing():
    names = pd.Series(["张三", "某某商行", None], index=[7, 8, 9], dtype=object)
    shown = public_names(names, pd.Series([None, None, None], index=names.index))
    assert shown.where(shown.notna(), None).to_dict() == {7: WITHHELD, 8: "某某商行", 9: None}


def test_a_code_says_whether_its_holder_is_a_company_or_an_individual_business():
    codes = pd.Series(["91330100MA27XXXX0A", "92330100MA27XXXX0A", "51330100MA27XXXX0A", None])
    kinds = kind_of_code(codes)
    assert kinds.where(kinds.notna(), None).tolist() == ["company", "individual_business", None, None]


def test_withheld_names_are_taken_out_of_a_text_the_longest_first():
    assert without_names("张三丰与张三不是一人", {"张三", "张三丰"}) == f"{WITHHELD}与{WITHHELD}不是一人"
    assert without_names(None, {"张三"}) is None


def test_the_rules_of_names_are_looked_up_once_for_all_names(monkeypatch: pytest.MonkeyPatch):
    real, asked = names_module.deployment, []
    monkeypatch.setattr(names_module, "deployment", lambda: asked.append(1) or real())
    names = pd.Series(["张三", "王五", "李四", "杭州某某电器有限公司"])
    found = public_names(names, pd.Series(["individual_business"] * 4))
    assert found.tolist() == [WITHHELD] * 3 + [names[3]]
    assert len(asked) == 1
