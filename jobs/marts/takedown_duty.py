"""The articles by which a platform has to take goods down in good time, and how far they were read. No number
of days is in them: that is the deployment's (deadline `takedown`)."""

from __future__ import annotations

from jobs.deployment import deployment

# Both are cited from memory: no text of the law was at hand.
UNREAD = "unverified"
FAILED, COUNTERFEIT = "E-commerce Law art 38", "E-commerce Law art 42"
_CHINA = "CN"


def based_on(citation: str) -> dict[str, str | None]:
    """Return the columns rule_status and citation of a duty to take goods down: both None where the
    deployment's nation is not the one that has this law. ``citation``: FAILED, of goods that failed a test or
    left before it for a violation, or COUNTERFEIT."""
    if deployment().code != _CHINA:
        return {"rule_status": None, "citation": None}
    return {"rule_status": UNREAD, "citation": citation}
