"""What a shop files with its platform about its operator: true values with the noise (spellings, gaps, wrong
codes) that the linking of shops to operators must survive."""

from __future__ import annotations

import re

import numpy as np
import opencc
import pandas as pd

from jobs.simulate.country import identities, words
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import picked

_WIDE = {i: i + 0xFEE0 for i in range(0x21, 0x7F)}
# Kind of noise → share of the shops of companies and individual businesses.
NAME_NOISE = {
    "traditional": 0.04,
    "full_width": 0.03,
    "abbreviated": 0.04,
    "no_suffix": 0.05,
    "branch": 0.03,
    "brand_word": 0.03,
}
MOST_A_MONTH = 10_000  # shops that open in a month, at most


def filed(seed: int, block: str, shops: pd.DataFrame, enterprises: pd.DataFrame) -> pd.DataFrame:
    """Return what each shop files, one row per shop in the order of ``shops``.

    Columns: filed_name filed_uscc filed_address filed_phone filed_representative filed_person_id filed_type
    licence_verified (bool) how (the kinds of noise, `;` between). Individual businesses and persons file
    their operator's identity number. A code that is missing or wrong, or a changed telephone, never comes
    with a rewritten address as well, so that the rest still identifies the operator. ``block``: name of the
    block, for the random numbers; ``shops``: of `market.shops`; ``enterprises``: World.enterprises.
    """
    rng, size = stream(seed, "filing", block), len(shops)
    true = enterprises.iloc[shops.enterprise.to_numpy()].reset_index(drop=True)
    person = (true.type == "natural_person").to_numpy()
    hows: list[np.ndarray] = []

    def some(share: float | np.ndarray, word: str, among: np.ndarray) -> np.ndarray:
        chosen = (rng.random(size) < share) & among
        hows.append(np.where(chosen, f"{word};", "").astype(object))
        return chosen

    name, uscc = true.name.to_numpy(object).copy(), true.uscc.to_numpy(object).copy()
    missing = some(0.13, "uscc_missing", ~person)
    wrong = some(0.03, "uscc_wrong", ~person & ~missing)
    uscc[missing] = None
    uscc[wrong] = identities.wrong_check(uscc[wrong])
    wide = some(0.01, "uscc_full_width", ~person & ~missing & ~wrong)
    uscc[wide] = [code.translate(_WIDE) for code in uscc[wide]]
    free = ~person
    for word, share in NAME_NOISE.items():
        chosen = some(share, word, free)
        free &= ~chosen
        name[chosen] = _noisy(word, name[chosen], true.iloc[np.flatnonzero(chosen)], rng)
    changed = some(0.08, "phone_changed", np.ones(size, bool))
    phone = np.where(changed, _new_phones(block, size), true.phone)
    spelled = some(0.15, "phone_spelled", ~changed)
    phone = np.where(spelled, [f"+86 {p[:3]}-{p[3:7]}-{p[7:]}" for p in phone], phone)
    rewritten = some(0.12, "address_rewritten", ~missing & ~wrong & ~changed)
    address = true.address.to_numpy(object).copy()
    address[rewritten] = [_shorter(a) for a in address[rewritten]]
    unsaid = some(0.04, "representative_missing", ~person & ~missing & ~wrong)
    identity = some(0.05, "person_id_missing", person & ~changed)
    shown = (true.type != "company").to_numpy() & ~identity
    return pd.DataFrame(
        {
            "filed_name": name,
            "filed_uscc": uscc,
            "filed_address": address,
            "filed_phone": phone,
            "filed_representative": np.where(unsaid, None, true.representative),
            "filed_person_id": np.where(shown, true.person_id, None),
            "filed_type": true.type,
            "licence_verified": ~person & ~missing & ~wrong & (rng.random(size) < 0.85),
            "how": [h.rstrip(";") for h in sum(hows[1:], hows[0])],
        }
    )


def _new_phones(block: str, size: int) -> np.ndarray:
    """Telephone numbers of shops that changed theirs, one per shop of a block: no enterprise's, and no shop's
    of another block."""
    if block == "history":
        return identities.phones(np.arange(size) + 100_000 * (len(block) + size), 5)
    month = int(block[:4]) * 12 + int(block[4:])
    return identities.phones(np.arange(size) + MOST_A_MONTH * (month % 1000), 6)


def _noisy(word: str, names: np.ndarray, true: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """The names with one kind of noise."""
    bare = [n.removesuffix(words.SYNTHETIC) for n in names]
    if word == "traditional":
        script = opencc.OpenCC("s2t")
        return [script.convert(n) for n in names]
    if word == "full_width":
        return [f"{n[:2]}\u3000{n[2:]}（合成）" for n in bare]
    if word == "abbreviated":  # without its city
        return [n.removeprefix(city) for n, city in zip(bare, true.city, strict=True)]
    if word == "no_suffix":
        return [next((n.removesuffix(end) for end in words.ENDS if n.endswith(end)), n) for n in bare]
    if word == "branch":
        return [f"{n}{b}" for n, b in zip(bare, picked(rng, words.BRANCH_WORDS, len(bare)), strict=True)]
    return [f"{n}（{b}）" for n, b in zip(bare, picked(rng, words.SHOP_WORDS, len(bare)), strict=True)]


def _shorter(address: str) -> str:
    """The same place, written otherwise: without its province, figures full width, 号 as 號."""
    short = re.sub(r"^.{2,3}?(?:省|自治区)|^(?:内蒙古|广西壮族|宁夏回族|新疆维吾尔)自治区", "", address)
    return re.sub(r"[0-9]+", lambda f: f[0].translate(_WIDE), short).replace("号", "號")
