"""Names of districts and cities in China, as addresses and names of offices write them."""

from __future__ import annotations


def names_its_city(district: str, city: str) -> bool:
    """Return whether the name of a district (ending in 区 or 新城) begins with the name of its city, so that
    an address states the city only once, as in 焦作城乡一体化示范区; also where both names are the same.
    ``city``: with its ending 市, else the result is False. False for a name that only looks so: 淮安区 is a
    district of 淮安市."""
    stem = city.removesuffix("市")
    if not city.endswith("市") or district == f"{stem}区":
        return False
    return district == city or (district.endswith(("区", "新城")) and district.startswith(stem))


def said_once(district: str, city: str) -> str | None:
    """Return the part of a district's name that begins with the name of its city: of 河北唐山海港经济开发区
    in 唐山市 it is 唐山海港经济开发区. None where the name does not contain the city's, only looks so
    (`names_its_city`) or does not end in 区; an address then writes the city before it."""
    if names_its_city(district, city):
        return district
    stem = city.removesuffix("市")
    if not city.endswith("市") or not district.endswith("区"):
        return None
    at = district.find(stem)
    return district[at:] if at > 0 else None
