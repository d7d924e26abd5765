"""Who gave an acknowledgement: a code names a recipient, a number of another register names none."""

from __future__ import annotations

import pandas as pd
import pytest

from jobs.marts.overview.answered_by import by_their_recipients, gives

ONE, OTHER = "91440300MA5DA1234X", "91330100MA2B56789K"


@pytest.mark.parametrize(
    ("recipient", "name", "given"),
    [
        ("lab_L01", "CNAS-L0552", True),  # the number of its accreditation
        ("lab_L01", "L01", True),
        ("lab_L01", "L02", False),
        ("lab_L01", "lab_L02", False),
        ("platform_P07", "p07", True),
        ("platform_P07", "SF2", True),  # how it names itself
        ("platform_P07", "p08", False),
        ("platform_P07", "region_330000", False),
        ("platform_P07", "330000", True),  # no code of a platform looks like it
        ("region_330000", "440000", False),
        ("region_330000", "浙江省市场监督管理局", True),
        (f"enterprise_{ONE}", ONE.lower(), True),
        (f"enterprise_{ONE}", OTHER, False),
        ("platform_P07", OTHER, True),  # a platform's credit code is not the code of its outbox
        ("platform_P07", None, True),
        ("platform_P07", "  ", True),
    ],
)
def test_a_name_denies_an_answer_only_where_it_is_the_code_of_another_outbox(
    recipient: str, name: str | None, given: bool
) -> None:
    assert gives(None, name, recipient) is given
    answer = {"item_id": f"MF-{recipient}-20260628-0a1b", "recipient": name, "recipient_code": None}
    assert len(by_their_recipients(pd.DataFrame([answer]))) == given


@pytest.mark.parametrize(
    ("code", "given"), [("p07", True), ("platform_p07", True), ("SF2", False), ("P08", False)]
)
def test_a_recipient_code_is_compared_without_case_and_outweighs_the_name(code: str, given: bool) -> None:
    assert gives(code, "P07" if not given else "P08", "platform_P07") is given


def test_a_bare_code_of_another_kind_denies_where_it_is_that_of_a_known_outbox() -> None:
    assert gives(None, "P07", "region_330000")
    assert not gives(None, "P07", "region_330000", {"platform_P07", "region_330000"})
