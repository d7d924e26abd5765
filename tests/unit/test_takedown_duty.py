"""Which nation's law a duty to take goods down cites."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobs.marts import takedown_duty
from jobs.marts.takedown_duty import FAILED, NO_DAYS, untimed


@pytest.mark.parametrize(("nation", "undated"), [("CN", NO_DAYS), ("XX", None)])
def test_only_the_law_that_is_cited_is_said_to_name_no_days(
    monkeypatch: pytest.MonkeyPatch, nation: str, undated: str | None
) -> None:
    monkeypatch.setattr(takedown_duty, "deployment", lambda: SimpleNamespace(code=nation))
    duty = untimed(FAILED)
    assert duty["undated"] == undated and (duty["citation"] is None) == (undated is None)
