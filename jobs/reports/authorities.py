"""Names of market regulation authorities, of a region or the nation. For China they are the official names;
in other deployments an authority is called by its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs import made_up
from jobs.deployment import CHINA, deployment
from jobs.place_names import said_once
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE
from jobs.reports.wording import Text

_NATIONAL = Text("国家市场监督管理总局", "State Administration for Market Regulation")
_SYNTHETIC = Text(made_up.ZH, made_up.EN)  # behind names that a program made
_HOUSE = Text("国家级", "national")
_OFFICE = Text("市场监督管理局", "Administration for Market Regulation")
# Courts of a region, which list defaulters: the ending of their name in the place of the office's.
_COURTS = (
    Text("中级人民法院", "Intermediate People's Court"),
    Text("高级人民法院", "High People's Court"),
    Text("人民法院", "People's Court"),
)


def national_authority() -> Text:
    """Return the name of the nation's market regulation authority; outside China 国家级 / "national"."""
    return _NATIONAL if deployment().code == CHINA else _HOUSE


def authority(known: Gathered, code: str) -> Text:
    """Return the name of the market regulation authority of a region, such as 浙江省市场监督管理局 / Zhejiang
    Administration for Market Regulation, or of the nation for ``code`` NATION_CODE. Outside China the
    region's name stands for its authority. The code takes the place of the region's name where silver.region
    lacks it; 不明 / "unknown" where it is missing."""
    if code == NATION_CODE:
        return national_authority()
    place = known.place(code)
    if place is None:
        return Text("不明", "unknown")
    return authority_of(known.about("silver.region", "region_code"), code, place)


def authority_of(regions: Mapping[str, Mapping[str, Any]], code: str, place: Text) -> Text:
    """Return the name of the market regulation authority of a region, as `authority` does; outside China it
    is ``place``. ``regions``: rows of silver.region by code; ``place``: the region's name after those above
    it (`gathered.placed`)."""
    if deployment().code != CHINA:
        return place
    en = f"{_OFFICE.en} of {place.en}" if "," in place.en else f"{place.en} {_OFFICE.en}"
    return Text(_full_name(regions, code) + _OFFICE.zh, en)


def filed_office(filed: str, office: Text | None) -> Text:
    """Return the name of an authority as it was filed, with an English one where it is that of ``office``,
    the market regulation authority of the region that was filed with it (None without one), or of a court of
    this region. Any other name, and each without ``office``, is in both languages as filed. A name that a
    program made keeps the mark of that."""
    if office is None:
        return Text(filed, filed)
    name, mark = filed.removesuffix(_SYNTHETIC.zh), _SYNTHETIC.en if filed.endswith(_SYNTHETIC.zh) else ""
    if name == office.zh:
        return Text(filed, office.en + mark)
    place = office.zh.removesuffix(_OFFICE.zh)
    for court in _COURTS:
        if name == place + court.zh:
            return Text(filed, office.en.replace(_OFFICE.en, court.en) + mark)
    return Text(filed, filed)


def _full_name(regions: Mapping[str, Mapping[str, Any]], code: str) -> str:
    """Return the Chinese name of a region as its authority bears it: a district (区) with its city
    in front."""
    row = regions.get(code)
    if row is None:
        return code
    above = regions.get(str(row["parent_code"]))
    if not str(row["name_zh"]).endswith("区") or row["level"] != "county" or above is None:
        return str(row["name_zh"])
    if collects(above):
        above = regions.get(str(above["parent_code"]), above)
    once = said_once(str(row["name_zh"]), str(above["name_zh"]))
    return f"{above['name_zh']}{row['name_zh']}" if once is None else once


def collects(region: Mapping[str, Any]) -> bool:
    """Return whether an administrative division only groups others (such as 市辖区) and so has no authority.
    ``region``: a row of silver.region."""
    return any(word in str(region["name_zh"]) for word in ("市辖区", "直辖", "重庆市县"))
