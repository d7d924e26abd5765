"""The project's own advice for buyers: each product is given only what is written for it, and no item that
concerns health and safety fails without advice."""

from __future__ import annotations

import pandas as pd
import pytest
from guidance_frames import guidance, own_advice, own_categories

from jobs.environment import SCHEMAS
from jobs.simulate.country.authorities.items import Item, items_of

# Products: the advice that their tested items may lead to, beside labelling, which is for all.
FOR = """
HA01 HA02 HA03 HA04 HA05 HA07 HA08 LT01 LT03: earthing interference leakage power_input
HA06: earthing interference leakage_uncertified power_input
EL01: battery battery_capacity interference
EL02: adapter_heat adapter_output interference leakage
EL03: extension_lead_choose extension_lead_use leakage_socket socket_flame
EL04 EL05: earphone_loud interference small_battery small_battery_capacity
LT02: earthing_fixed interference leakage power_input
LT04: earthing_fixed interference leakage_uncertified power_input
TX01 TX02 TX03 CL03 CL04 CL05 CL06: azo_dyes colour_fastness fibre_content formaldehyde_textile ph_value
TX04 CL02 SP02: azo_dyes colour_fastness fibre_content formaldehyde_filled ph_value
FW01 FW02 FW03 FW04: shoe_build shoe_dyes shoe_lead
BG01 BG02: bag_build bag_dyes formaldehyde_leather
BG03: formaldehyde_leather leather_garment_build leather_garment_dyes
TY01 TY03: cords_toy lead_toy phthalates small_parts_toy strength_toy
TY02: cords_toy lead_toy phthalates small_parts_toy strength_soft_toy
TY04: magnet_build magnet_coating magnet_swallowed
IC01: cords_pram lead_toy phthalates small_parts_pram strength_pram
IC02: restraint_build restraint_flame
IC03 PC02: hygiene skin_ph weight
IC04: feeding_bottle heat_plastic volume
IC05: cords_school lead_toy phthalates small_parts_school strength_school
FN01 FN03: formaldehyde_board lead_coating moisture strength_furniture
FN02: formaldehyde_upholstery lead_surface strength_furniture
FN04: formaldehyde_upholstery lead_surface strength_mattress
HM01: flask_metal insulation_heat volume
HM02: cookware_metal heat_cookware volume
HM05: cookware_metal heat_cookware pressure_release volume
HM03 HM04: gas_power gas_safety
HM06: ceramic_metal heat_ceramic
PC01 PC03 PC04: hygiene_other skin_ph weight
BD01: lead_coating paint paint_strength
BD02: formaldehyde_board lead_surface moisture strength_panel
BD03: tap_build tap_lead
BD04: lock_electric lock_electronics lock_strength
BD05: cable
VH01: braking vehicle_battery
VH02: helmet helmet_view
VH03: brake_pads car_part_fit wipers
VH04: scooter_braking vehicle_battery
SP01: pinching_fitness strength_fitness
SP03: pinching_skates skate_wheels strength_skates
PP01: mask_breathing mask_filter mask_residue
PP02: extinguisher
PP03: gas_alarm gas_alarm_fitting
JW01: jewellery_fineness jewellery_metal jewellery_nickel
JW02: jewellery_metal jewellery_nickel
FC01 FC02: heat_plastic plastic_tableware volume
FC03: food_wrap heat_plastic
FD01 FD02 FD03 FD04: food_germs food_lead food_preservative weight
CL01: azo_dyes colour_fastness cords_clothing fibre_content formaldehyde_textile ph_value
CM01 CM02: cosmetics_germs cosmetics_metal skin_ph weight
"""
# An item of real reports on children's clothes that the synthetic country does not test.
CORDS = Item("T99", "绳带要求", "A", "", "", "", (0.0, 0.0), (0.0, 0.0))
# Words of advice → the products of which they may be said, by the beginning of their codes.
SAID_OF = {
    "children's clothes": "CL01",
    "remove the cords": "CL01",
    "battery covers": "TY01 TY02 TY03",
    "under 14": "TY04",
    "press joints and moving parts": "TY01 TY03",
    "never cut or remove straps": "IC02",
    "on bare feet": "FW",
    "pull at handles": "BG01 BG02",
    "food-contact mark": "FC HM01 HM02 HM05 HM06 IC04",
    "weigh it on receipt": "PC IC03 FD CM",
    "nothing too hot or oily": "FC01 FC02",
    "three-pin plug": "HA LT01 LT03",
    "E1 E0 ENF": "FN01 FN03 BD02",
    "brake": "IC01 VH01 VH03 VH04 SP03",
    "e-bike": "VH01 VH02",
    "power bank": "EL01",
    "extension lead": "EL03",
}


def _tested() -> list[tuple[str, Item]]:
    """All pairs of a product below a group and an item that the synthetic country tests it for, and CORDS."""
    below = [c["category_code"] for c in own_categories() if c["level"] == 2 and c["parent_code"] != "XX"]
    return [*((code, item) for code in below for item in items_of(code)), ("CL01", CORDS)]


@pytest.fixture(scope="module")
def shown() -> pd.DataFrame:
    """Advice where each item of each product failed in a separate batch."""
    samples = [
        {"category_code": code, "items": {item.name: True}, "class_a": [item.name] * (item.item_class == "A")}
        for code, item in _tested()
    ]
    found = guidance(samples, product_category=own_categories(), buying_advice=own_advice())
    return found[found["part"].eq("look_at")]


def test_a_product_is_given_only_advice_that_is_written_for_it(shown: pd.DataFrame) -> None:
    allowed = {
        code: {*advice.split(), "labelling"}
        for products, advice in (line.split(": ") for line in FOR.strip().splitlines())
        for code in products.split()
    }
    below = shown[shown["category_code"].isin(allowed)]
    assert below.groupby("category_code")["item"].agg(set).to_dict() == allowed


def test_what_fits_some_goods_only_is_said_of_those_alone(shown: pd.DataFrame) -> None:
    below = shown[shown["category_code"].str.len().eq(4)]
    for words, products in SAID_OF.items():
        of = set(below.loc[below["text_en"].str.contains(words, regex=False), "category_code"])
        assert of and all(code.startswith(tuple(products.split())) for code in of), (words, of)


def test_the_mark_of_compulsory_certification_is_named_only_where_the_law_asks_for_it(
    shown: pd.DataFrame,
) -> None:
    types = pd.read_csv(SCHEMAS / "reference" / "certificate_type.csv").set_index("certificate_type")
    due = set(types.loc["ccc", "category_codes"].split(";"))
    below = shown[shown["category_code"].str.len().eq(4)]
    assert set(below.loc[below["text_en"].str.contains("CCC"), "category_code"]) <= due
    assert below["text_en"].str.contains("CCC").equals(below["text_zh"].str.contains("CCC"))


def test_where_some_goods_alone_need_the_mark_advice_says_which(shown: pd.DataFrame) -> None:
    scopes = pd.read_csv(SCHEMAS / "reference" / "certificate_scope.csv")
    for code in scopes.loc[scopes["certificate_type"].eq("ccc"), "category_code"]:
        marked = shown[shown["category_code"].eq(code) & shown["text_zh"].str.contains("CCC")]
        assert len(marked) and not marked["text_zh"].str.contains(r"(?:^|[；，])认准CCC").any(), code
        assert marked["text_en"].str.contains("the CCC mark on ", regex=False).all(), code


def test_each_item_of_class_a_leads_to_exactly_one_piece_of_advice() -> None:
    advice = own_advice()
    for code, item in _tested():
        given = [
            a["advice"]
            for a in advice
            if any(word in item.name for word in a["match"])
            and (a["category_codes"] is None or {code, code[:2]} & set(a["category_codes"]))
        ]
        assert len(given) == 1 if item.item_class == "A" else len(given) <= 1, (code, item.name, given)


def test_a_group_names_the_products_that_its_advice_is_for(shown: pd.DataFrame) -> None:
    toys = shown[shown["category_code"].eq("TY")].set_index("item")
    assert toys.loc["magnet_swallowed", "text_en"].startswith("Magnetic balls: give none to children")
    assert toys.loc["strength_toy", "text_zh"].startswith("塑胶玩具、电玩具：")
    assert toys.loc["labelling", "text_en"].startswith("see that the maker's name")
    balls = shown[shown["category_code"].eq("TY04")].set_index("item")
    assert balls.loc["magnet_swallowed", "text_en"].startswith("give none to children")


def test_advice_for_several_items_names_all_of_them_and_counts_a_batch_once() -> None:
    both = {"items": {"外部短路": True, "过充电保护": True}, "category_code": "EL01"}
    found = guidance([both], product_category=own_categories(), buying_advice=own_advice())
    mine = found[found["part"].eq("look_at") & found["category_code"].eq("EL01")].iloc[0]
    assert (mine["item"], mine["name_zh"], mine["n_failed"]) == ("battery", "外部短路、过充电保护", 1)


def test_advice_that_is_not_on_labels_or_the_maker_names_its_products() -> None:
    general = [a["advice"] for a in own_advice() if a["category_codes"] is None]
    assert general == ["labelling", "no_maker", "counterfeit"]
    level = {c["category_code"]: c["level"] for c in own_categories()}
    assert all(level[code] == 2 for a in own_advice() for code in a["category_codes"] or ())


def test_advice_on_the_use_of_extension_leads_stands_no_matter_what_failed_and_at_no_other_goods() -> None:
    """Where the earth alone had failed, guidance on plugs and sockets had nothing on loads or chaining."""
    wanted = {"extension_lead_choose", "extension_lead_use"}
    for samples in ([], [{"category_code": "EL03", "items": {"接地措施": False}}]):
        found = guidance(samples, product_category=own_categories(), buying_advice=own_advice())
        use = found[found["item"].isin(wanted)]
        assert use["category_code"].tolist() == ["EL03", "EL03"] and set(use["item"]) == wanted
        assert use["n_failed"].isna().all() and use["design"].eq("").all()
        text = " ".join([*use["text_zh"], *use["text_en"]])
        words = ("功率之和", "接在另一个上", "地毯", "卷盘", "the sum", "into another", "carpet", "unwind")
        assert all(word in text for word in words)
