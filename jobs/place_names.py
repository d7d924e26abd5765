"""Names of places in China as an address or an office bears them."""

from __future__ import annotations


def names_its_city(district: str, city: str) -> bool:
    """Whether the name of a division begins with that of its city, as 焦作城乡一体化示范区 does: an address
    says it once. 淮安区 is the district's own name: it lies in 淮安市."""
    stem = city.removesuffix("市")
    if not city.endswith("市") or district == f"{stem}区":
        return False
    return district == city or (district.endswith(("区", "新城")) and district.startswith(stem))
