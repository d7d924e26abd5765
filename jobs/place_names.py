"""Names of places in China as an address or an office bears them."""

from __future__ import annotations


def names_its_city(district: str, city: str) -> bool:
    """Whether the name of a division begins with that of its city, as 焦作城乡一体化示范区 does: an address
    says it once. 淮安区 is the district's own name: it lies in 淮安市."""
    stem = city.removesuffix("市")
    if not city.endswith("市") or district == f"{stem}区":
        return False
    return district == city or (district.endswith(("区", "新城")) and district.startswith(stem))


def said_once(district: str, city: str) -> str | None:
    """The name of a division that has its city's in it, from there on: 河北唐山海港经济开发区 of 唐山市 is
    唐山海港经济开发区. None: the city is said before it."""
    if names_its_city(district, city):
        return district
    stem = city.removesuffix("市")
    if not city.endswith("市") or not district.endswith("区"):
        return None
    at = district.find(stem)
    return district[at:] if at > 0 else None
