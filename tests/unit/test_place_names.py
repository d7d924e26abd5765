"""Names of divisions that have their city's name in them."""

from __future__ import annotations

import pytest

from jobs.place_names import said_once


@pytest.mark.parametrize(
    ("district", "city", "said"),
    [
        ("焦作城乡一体化示范区", "焦作市", "焦作城乡一体化示范区"),
        ("河北唐山海港经济开发区", "唐山市", "唐山海港经济开发区"),
        ("淮安区", "淮安市", None),
        ("滨江区", "杭州市", None),
        ("云和县", "丽水市", None),
        ("东城区", "北京市市辖区", None),
    ],
)
def test_a_citys_name_is_said_once(district: str, city: str, said: str | None) -> None:
    assert said_once(district, city) == said
