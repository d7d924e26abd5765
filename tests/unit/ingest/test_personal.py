"""The key of the pseudonyms, and names of natural persons where a company's name is expected
(definitions.md#personal-data)."""

from __future__ import annotations

import dataclasses
import hmac
import stat
from pathlib import Path

import ingest_world
import pytest
from ingest_world import SOURCE, World, contract_of

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.contracts.rules import allowed_values
from jobs.errors import UsageError
from jobs.ingest.personal import FINGERPRINT, normalised, open_key

PERSONAL = SOURCE + "      phone_ref: {from: tel}\n"
ROWS = "id,made,name,tel\n1,2026-01-01,a,13800001111\n"
MORE = ROWS.replace("1,2026", "2,2026")
SHOP = """\
source: acme
publisher: {name_zh: 某厂, name_en: Acme}
feeds:
  things:
    target: shop
    files: "shops*.csv"
    format: csv
    key: [shop_id]
    columns:
      shop_id:       {from: id}
      operator_name: {from: owner}
      address_text:  {from: place}
      operator_type: {from: kind, map: {企业: company, 自然人: natural_person}}
"""


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        (
            "phone",
            [
                "13800001111",
                "+86 138-0000-1111",
                "0086 138 0000 1111",
                "１３８００００１１１１",
                "(138)0000-1111",
            ],
        ),
        ("id", ["11010519491231002X", "110105 19491231 002x", "１１０１０５１９４９１２３１００２Ｘ"]),
        ("name", ["张 三", "张三", " 张　三"]),
    ],
)
def test_spellings_of_one_datum_have_one_pseudonym(kind: str, spellings: list[str]):
    assert len({normalised(kind, spelling) for spelling in spellings}) == 1


def test_the_key_is_made_once_for_its_owner_only_and_its_fingerprint_lies_beside_the_landed_rows(
    world: World,
):
    world.source(PERSONAL)
    world.drop("things.csv", ROWS)
    world.land()
    path = world.environment.key_file
    key = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and len(key) == 32
    assert world.column("phone_ref") == [hmac.new(key, b"phone:13800001111", "sha256").hexdigest()]
    assert open_key(path, world.environment.landing) == (key, [])
    known = world.environment.landing / FINGERPRINT
    assert known.read_text().strip() and key.hex() not in known.read_text()


@pytest.mark.drill(fault="another HMAC key", invariant="noticed before anything lands")
def test_another_key_is_noticed_before_anything_is_landed_with_it(world: World):
    world.source(PERSONAL)
    world.drop("things.csv", ROWS)
    world.land()
    old = world.environment.key_file.read_bytes()
    world.environment.key_file.write_bytes(b"x" * 32)
    world.drop("things_more.csv", MORE)
    with pytest.raises(UsageError, match="not the key that made the existing pseudonyms") as error:
        world.land()
    assert error.value.exit_code == 2 and "密钥" in str(error.value) and len(world.ledger()) == 1
    world.environment.key_file.write_bytes(old)
    assert world.land().landed == 1


def test_a_key_that_is_gone_is_noticed_and_not_replaced(world: World):
    world.source(PERSONAL)
    world.drop("things.csv", ROWS)
    world.land()
    world.environment.key_file.unlink()
    world.drop("things_more.csv", MORE)
    with pytest.raises(UsageError, match="is gone"):
        world.land()
    assert not world.environment.key_file.exists()


def test_a_night_without_personal_columns_needs_no_key(world: World):
    world.source()
    world.drop("things.csv", ROWS)
    world.land()
    assert not world.environment.key_file.exists() and not (world.environment.landing / FINGERPRINT).exists()


def test_a_key_that_others_can_read_is_closed_and_told(world: World):
    path = world.environment.key_file
    path.parent.mkdir()
    path.write_bytes(b"k" * 32)
    path.chmod(0o644)
    world.source(PERSONAL)
    world.drop("things.csv", ROWS)
    report = world.land()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "now only its owner can" in report.warnings[0] and "已改为仅本人可读" in report.warnings[0]


def test_a_short_key_and_one_that_cannot_be_made_are_refused(tmp_path: Path):
    short = tmp_path / "short"
    short.write_bytes(b"secret")
    with pytest.raises(UsageError, match="at least 32 bytes"):
        open_key(short, tmp_path)
    with pytest.raises(UsageError, match="cannot be read or made"):
        open_key(short / "below-a-file", tmp_path)
    assert not (tmp_path / FINGERPRINT).exists()


@pytest.fixture
def shops(world: World, monkeypatch) -> World:
    """A world whose catalogue holds shops as in schemas/silver/shop.odcs.yaml."""
    others = dict.fromkeys(("operator_name", "address_text", "operator_type", "representative_ref"), "string")
    contract = contract_of("shop", {"shop_id": "string"}, others)
    columns = tuple(
        dataclasses.replace(c, personal="name") if c.name == "representative_ref" else c
        for c in contract.columns
    )
    monkeypatch.setattr(
        ingest_world, "CATALOG", Catalog({"silver.shop": dataclasses.replace(contract, columns=columns)})
    )
    return world


def _ref(world: World, name: str) -> str:
    return hmac.new(world.environment.key_file.read_bytes(), f"name:{name}".encode(), "sha256").hexdigest()


def test_name_and_address_of_a_natural_person_never_land_as_a_companys(shops: World):
    shops.source(SHOP)
    shops.drop("shops.csv", "id,owner,kind,place\n1,张三,自然人,桃源里3号\n2,甲公司,企业,长江路1号\n3,乙,,\n")
    shops.land()
    rows = [
        (r["shop_id"], r["operator_name"], r["address_text"], r["representative_ref"]) for r in shops.rows()
    ]
    assert rows == [
        ("1", None, None, _ref(shops, "张三")),
        ("2", "甲公司", "长江路1号", None),
        ("3", "乙", None, None),
    ]


def test_every_table_that_names_an_operator_can_say_that_it_is_a_natural_person():
    tables = [
        c for c in load_catalog().contracts.values() if c.conformed and "operator_name" in c.column_names
    ]
    assert {"shop", "penalty", "dishonesty_entry"} <= {c.name for c in tables}
    assert [
        c.id for c in tables if "natural_person" not in (allowed_values(c.column("operator_type")) or ())
    ] == []


def test_a_stated_representative_goes_before_the_operators_own_name(shops: World):
    shops.source(SHOP + "      representative_ref: {from: boss}\n")
    shops.drop("shops.csv", "id,owner,kind,boss\n1,张三,自然人,李四\n2,王五,自然人,\n")
    shops.land()
    assert [(r["operator_name"], r["representative_ref"]) for r in shops.rows()] == [
        (None, _ref(shops, "李四")),
        (None, _ref(shops, "王五")),
    ]


def test_no_original_keeps_the_name_of_a_natural_person(shops: World):
    shops.source(SHOP.replace("{from: owner}", '{extract: [owner, "^(..)"]}'))
    shops.drop("shops.csv", "id,owner,kind\n1,张三（个人）,自然人\n2,甲乙公司,企业\n")
    shops.land()
    assert shops.column("_original_operator_name") == [None, "甲乙公司"]
