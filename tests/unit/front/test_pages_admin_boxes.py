"""How a store's box is enrolled, in one word."""

from datetime import UTC, datetime

import pytest

from contracts.boxes import BoxState, BoxView
from front.pages.admin.fleet import Enrolment, enrolments

AT = datetime(2026, 5, 25, 9, 0, tzinfo=UTC)


def a_box(state: BoxState, *, ever: bool = True) -> BoxView:
    return BoxView(
        box="01890000-0000-7000-8000-000000000001",
        store="S001",
        state=state,
        created_at=AT,
        created_by="admin",
        code_expires_at=AT,
        enrolled_at=AT if ever and state in {"enrolled", "revoked", "replaced"} else None,
    )


@pytest.mark.parametrize(
    ("boxes", "told"),
    [
        ((), "none"),
        ((a_box("expired"),), "none"),
        ((a_box("revoked", ever=False),), "none"),
        ((a_box("awaiting"),), "awaiting"),
        ((a_box("awaiting"), a_box("enrolled"), a_box("replaced")), "enrolled"),
        ((a_box("revoked"), a_box("expired")), "over"),
        ((a_box("revoked"), a_box("awaiting")), "awaiting"),
    ],
)
def test_a_store_is_told_by_the_box_that_stands_for_it(
    boxes: tuple[BoxView, ...], told: Enrolment
) -> None:
    heard = {"S001": False, "S002": False, "S003": True}
    assert enrolments(heard, boxes) == {"S001": told, "S002": "none", "S003": "elsewhere"}
