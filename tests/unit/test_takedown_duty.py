"""Which nation's law a duty to take goods down, or to publish a result, cites."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobs.marts import takedown_duty
from jobs.marts.takedown_duty import COUNTERFEIT, FAILED, NO_DAYS, PUBLICATION, untimed


@pytest.mark.parametrize("rule", [FAILED, COUNTERFEIT, PUBLICATION])
@pytest.mark.parametrize(("nation", "undated"), [("CN", NO_DAYS), ("XX", None)])
def test_only_the_law_that_is_cited_is_said_to_name_no_days(
    monkeypatch: pytest.MonkeyPatch, nation: str, undated: str | None, rule: str
) -> None:
    monkeypatch.setattr(takedown_duty, "deployment", lambda: SimpleNamespace(code=nation))
    duty = untimed(rule)
    assert duty["undated"] == undated and duty["citation"] == (rule if undated else None)
