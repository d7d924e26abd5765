"""A person's values are found in every spelling and cut out whole, and nothing else is touched
(definitions.md#forget)."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.deployment import Telephone, read_deployment
from jobs.environment import SCHEMAS
from jobs.ingest.personal import pseudonyms
from jobs.upkeep.spellings import Datum, clusters, fold
from jobs.upkeep.traces import Names, Traces

KEY = b"k" * 32
MOBILE = "13812345678"
CHINA = read_deployment(SCHEMAS / "deployment.yaml").telephone
NETHERLANDS = SCHEMAS / "deployments" / "nl.yaml"


def cleaned(kind: str, value: str, text: str, *, free: bool = False) -> str:
    """The text without the value. Cell, column and search agree on whether the value is there."""
    traces = Traces([Datum(kind, value)], KEY)
    after = traces.cleaned(text, free=free)
    column = traces.clean_column(pa.chunked_array([["", None], [text, text]]), free=free)
    assert (None if column is None else column.to_pylist()) == (
        None if after == text else ["", None, after, after]
    )
    if kind != "name":
        assert traces.in_text(text) is (after != text)
    return after


def served(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setenv("QUALITY_DEPLOYMENT", str(path))


def with_telephones(folder: Path, telephone: str) -> Path:
    text = NETHERLANDS.read_text(encoding="utf-8")
    before = 'telephone: {country_code: "31", trunk_prefix: "0"}'
    assert before in text
    path = folder / "other.yaml"
    path.write_text(text.replace(before, f"telephone: {telephone}"), encoding="utf-8")
    return path


@pytest.mark.parametrize("given", [MOBILE, f"+86 {MOBILE}", f"86{MOBILE}", f"0086-{MOBILE}", "138 1234 5678"])
@pytest.mark.parametrize(
    "spelling",
    [
        MOBILE,
        "138-1234-5678",
        f"+86{MOBILE}",
        f"86{MOBILE}",
        f"0086{MOBILE}",
        "0086 138 1234 5678",
        "+86 138-1234-5678",
        "(+86) 138 1234 5678",
        "(86)13812345678",
        "＋８６　１３８－１２３４－５６７８",
        f"0{MOBILE}",
        f"+86 (0){MOBILE}",
    ],
)
def test_a_telephone_is_removed_with_its_country_code_however_it_was_given(given: str, spelling: str):
    assert cleaned("phone", given, f"请打{spelling}，（急）") == "请打〔电话〕，（急）"


@pytest.mark.parametrize("given", [MOBILE, f"+86{MOBILE}", f"86{MOBILE}"])
@pytest.mark.parametrize(
    "text",
    [
        f"订单20261{MOBILE}",
        f"订单{MOBILE}9",
        f"订单186{MOBILE}",
        f"订单86{MOBILE}01",
        f"订单88{MOBILE}",
        f"订单000086{MOBILE}",
        f"订单8686{MOBILE}",
        f"+44{MOBILE}",
    ],
)
def test_a_longer_number_that_holds_the_telephone_stays(given: str, text: str):
    assert cleaned("phone", given, text) == text


@pytest.mark.parametrize("before", ["7\n", "86\n", "86\t", "86,", "0 "])
def test_a_number_in_the_cell_or_line_before_is_no_country_code(before: str):
    assert cleaned("phone", MOBILE, f"{before}{MOBILE}") == f"{before}〔电话〕"


@pytest.mark.parametrize("given", ["010-12345678", "+86 10 12345678", "0086 (0)10 1234 5678"])
def test_a_landline_keeps_no_area_code_and_is_another_number_without_one(given: str):
    for spelling in ("010-12345678", "01012345678", "+86 10 1234 5678", "861012345678", "+86 (0)10 12345678"):
        assert cleaned("phone", given, f"电话{spelling}。") == "电话〔电话〕。"
    for other in ("单号1012345678", "单号9901012345678"):
        assert cleaned("phone", given, other) == other


@pytest.mark.parametrize("given", ["06 12345678", "+31612345678", "0031 6 12345678", "31612345678"])
def test_another_nations_telephones_have_its_country_code(monkeypatch: pytest.MonkeyPatch, given: str):
    served(monkeypatch, NETHERLANDS)
    for spelling in ("0612345678", "06-1234 5678", "+31612345678", "0031612345678", "31612345678"):
        assert cleaned("phone", given, f"bel {spelling}.") == "bel 〔电话〕."
    assert cleaned("phone", given, "bel +31 (0)6 1234 5678.") == "bel 〔电话〕."
    for other in ("order 86612345678", "order 3131612345678", "order 131612345678", "+86 612345678"):
        assert cleaned("phone", given, other) == other


def test_a_nation_without_trunk_prefix_writes_numbers_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    served(monkeypatch, with_telephones(tmp_path, '{country_code: "1", trunk_prefix: ""}'))
    for given in ("(212) 555-0123", "+1 212 555 0123", "1-212-555-0123"):
        for spelling in ("2125550123", "1 212 555 0123", "+1 212-555-0123", "0012125550123"):
            assert cleaned("phone", given, f"call {spelling} now") == "call 〔电话〕 now"
        assert cleaned("phone", given, "order 992125550123") == "order 992125550123"


def test_a_number_of_another_country_is_found_with_its_code_alone():
    for spelling in ("+44 7911 123456", "0044 7911 123456", "447911123456"):
        assert cleaned("phone", "+44 7911 123456", f"call {spelling}") == "call 〔电话〕"
    for other in ("8607911123456", "07911123456", "1447911123456"):
        assert cleaned("phone", "+44 7911 123456", other) == other


@pytest.mark.parametrize("value", ["+86 1234", "861234", "001234", "+86 001234"])
def test_no_part_of_a_short_number_is_searched_for(value: str):
    assert cleaned("phone", value, "12341 01234 1234") == "12341 01234 1234"


def test_rows_that_were_filed_with_another_spelling_of_the_telephone_are_the_persons(
    monkeypatch: pytest.MonkeyPatch,
):
    served(monkeypatch, NETHERLANDS)
    filed = ["0612345678", "+31 6 12345678", "0031612345678", "+31 (0)6 12345678", "31612345678"]
    stored = pa.chunked_array([pseudonyms(pa.array([*filed, "0687654321"]), "phone", KEY)])
    for given in filed:
        traces = Traces([Datum("phone", given)], KEY)
        after = traces.clean_column(stored, free=False)
        assert after is not None and not set(after.to_pylist()[:-1]) & set(stored.to_pylist())
        assert after.to_pylist()[-1] == stored.to_pylist()[-1]


@pytest.mark.parametrize(
    ("kind", "value", "text", "after"),
    [
        ("account", "abc12345", "ＡＢＣ１２３４５", "〔账号〕"),
        ("account", "ＡＢＣ12345", "微信ａｂｃ１２３４５，（旧）ﾊﾞ①", "微信〔账号〕，（旧）ﾊﾞ①"),
        ("address", "朝阳路3号楼501", "住朝阳路３号楼　５０１，　急！\r\n", "住〔地址〕，　急！\r\n"),
        ("address", "Hauptstraße 5", "wohnt Hauptstraße 5, é e\u0301", "wohnt 〔地址〕, é e\u0301"),
        ("address", "Hauptstraße 5", "HAUPTSTRASSE\u2028５", "〔地址〕"),
        ("address", "HAUPTSTRASSE 5", "Hauptstraße 5", "〔地址〕"),
        ("address", "Café 12b", "le Cafe\u0301 １２ｂ！", "le 〔地址〕！"),
        ("id", "11010519880605001X", "（１１０１０５１９８８０６０５００１ｘ）", "（〔证件号〕）"),
        ("account", "kg12345", "重2㎏12345", "重2〔账号〕"),
    ],
)
def test_a_value_is_cut_out_in_any_width_and_the_rest_keeps_its_bytes(
    kind: str, value: str, text: str, after: str
):
    assert cleaned(kind, value, text) == after


def test_a_name_is_cut_out_in_any_width_where_it_is_looked_for():
    assert cleaned("name", "Li Wei", "Ｌｉ　Ｗｅｉ，（店主）", free=True) == "〔姓名〕，（店主）"
    assert cleaned("name", "Li Wei", "　Ｌｉ　Ｗｅｉ") == "　〔姓名〕"
    assert cleaned("name", "Li Wei", "Ｌｉ　Ｗｅｉ　Ｓｔｏｒｅ") == "Ｌｉ　Ｗｅｉ　Ｓｔｏｒｅ"
    assert cleaned("name", "张三", "找张　三。", free=True) == "找〔姓名〕。"
    assert Names([Datum("name", "Weiß")], KEY).in_text("shop of ＷＥＩＳＳ")


@pytest.mark.parametrize(
    ("kind", "value", "other", "same"),
    [
        ("account", "123456", "订单2026123456789", "QQ123456号"),
        ("account", "abc12345", "abc123456", "wxabc12345x"),
        ("address", "5 Main St 12", "15 Main St 12, 5 Main St 123", "at5 Main St 12b"),
    ],
)
def test_an_account_or_address_with_a_further_digit_is_another(kind: str, value: str, other: str, same: str):
    assert cleaned(kind, value, other) == other
    assert "〔" in cleaned(kind, value, same)


def test_a_parquet_file_holds_a_value_in_full_width_until_it_is_cleaned(tmp_path: Path):
    traces = Traces([Datum("account", "abc12345"), Datum("name", "Li Wei")], KEY)
    rows = pa.table({"seller": ["ＡＢＣ１２３４５", "b"], "texts": [["Ｌｉ　Ｗｅｉ，ok"], ["好，"]]})
    pq.write_table(rows, tmp_path / "before.parquet")
    after, changed = traces.clean_table(rows, ["texts"])
    pq.write_table(after, tmp_path / "after.parquet")
    assert changed == 1 and after.to_pylist() == [
        {"seller": "〔账号〕", "texts": ["〔姓名〕，ok"]},
        {"seller": "b", "texts": ["好，"]},
    ]
    found = [traces.in_parquet(tmp_path / f"{n}.parquet", ["texts"]) for n in ("before", "after")]
    assert found == [True, False]


def test_parts_that_are_folded_one_by_one_make_the_folded_text():
    random.seed(7)
    combining = "\u1100\u1161\u11a8\u0301\u0323\u0345\u3099\u0bc6\u0bbe\u0f71\u0f72"
    hostile = "aßİſǅéＡ１ﾊﾞﾟｶ㎏…½①ﬁ가각か은ȧ\r\n\u2126" + combining
    for _ in range(3_000):
        text = "".join(random.choices(hostile, k=random.randint(0, 8)))
        parts = [*clusters(text)]
        assert "".join(parts) == text and "".join(map(fold, parts)) == fold(text)


def test_spellings_of_a_telephone_that_have_one_pseudonym_are_named_once():
    assert Datum("phone", MOBILE).values(CHINA) == [MOBILE, f"0{MOBILE}", f"860{MOBILE}", f"00860{MOBILE}"]
    assert Datum("account", MOBILE).values(CHINA) == [MOBILE]
    assert Datum("phone", "+4479111234").values(Telephone(country_code="31", trunk_prefix="0")) == [
        "+4479111234",
        "004479111234",
    ]
