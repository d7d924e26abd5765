"""The articles by which a platform has to take goods down in good time, those on its liability where it does
not act, the one by which an authority publishes results, and how far all of them were read. No number of days
is in them: that for takedowns is the deployment's (deadline `takedown`)."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.deployment import CHINA, deployment

# All are cited from memory: no text of the law was at hand.
UNREAD = "unverified"
FAILED, COUNTERFEIT = "E-commerce Law art 38", "E-commerce Law art 42"
# Results of spot checks: announced regularly, and published by law.
PUBLICATION = "Product Quality Law art 24; SAMR order 18 art 44"
NOTICE = "XJ-"  # begins the number of an order to take goods down; the number of their batch follows
NO_DAYS = "no_legal_days"  # value of `undated`: the law names no number of days


@dataclass(frozen=True)
class Liability:
    """What an article says of a platform that does not act. ``omission``: what it did not do, in Chinese and
    English; ``fine``, ``serious``: least and most of the fine, and of that in serious cases, in yuan;
    ``may``: the fine may be imposed along with the order to correct, else it follows where that is not
    obeyed; ``suspends``: a serious case also suspends the business for rectification."""

    citation: str
    omission: tuple[str, str]
    fine: tuple[int, int]
    serious: tuple[int, int]
    may: bool = True
    suspends: bool = True


_LIABILITIES = (
    Liability(
        "E-commerce Law art 80",
        (
            "对平台内违法的商品未依法采取必要的处置措施",
            "does not take the measures required against unlawful goods",
        ),
        (20_000, 100_000),
        (100_000, 500_000),
        may=False,
    ),
    Liability(
        "E-commerce Law art 83",
        (
            "知道或者应当知道商品不符合保障人身、财产安全的要求而未采取必要措施",
            "does not take the necessary measures though it knows or should know that goods do not meet the "
            "requirements of safety",
        ),
        (50_000, 500_000),
        (500_000, 2_000_000),
    ),
    Liability(
        "E-commerce Law art 84",
        (
            "对侵犯知识产权的行为未依法采取必要措施（第四十二条、第四十五条）",
            "does not take the measures required against infringements of intellectual property (Articles 42 "
            "and 45)",
        ),
        (50_000, 500_000),
        (500_000, 2_000_000),
        may=False,
        suspends=False,
    ),
)


def liabilities() -> tuple[Liability, ...]:
    """Return what the law says of a platform that does not act, all of it UNREAD; nothing where the
    deployment's nation is not the one that has this law."""
    return _LIABILITIES if deployment().code == CHINA else ()


def based_on(citation: str) -> dict[str, str | None]:
    """Return the columns rule_status and citation of a duty to take goods down or to publish: both None where
    the deployment's nation is not the one that has this law. ``citation``: FAILED, of goods that failed a
    test or left before it for a violation, COUNTERFEIT, or PUBLICATION of a result."""
    if deployment().code != CHINA:
        return {"rule_status": None, "citation": None}
    return {"rule_status": UNREAD, "citation": citation}


def untimed(citation: str) -> dict[str, str | None]:
    """Return the columns rule_status, citation and undated of a duty, as `based_on` does: ``undated`` is
    NO_DAYS where the law applies, else None."""
    based = based_on(citation)
    return based | {"undated": None if based["citation"] is None else NO_DAYS}
