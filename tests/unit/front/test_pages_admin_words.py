"""Every word of 管理画面 is in both catalogues."""

import re
from importlib import resources
from typing import Final, get_args

import pytest

from contracts.boxes import BoxState
from front.fleet import TROUBLES
from front.pages.admin.fleet import Enrolment
from front.pages.admin.frame import MENU
from front.pages.admin.places import BAD_CODES
from front.pages.admin.rules import FLAGS, REASONS, STATES, WAYS
from front.pages.admin.staff import ROLES
from front.pages.admin.store import CHOICES, ISSUER, NUMBERS, TEXTS
from front.pages.words import LANGUAGES, load

USED: Final = re.compile(r"""\bt\(\s*["']([a-z_.0-9]+)["']\s*[,)]""")


def keys_in_templates() -> set[str]:
    folder = resources.files("front").joinpath("templates", "admin")
    found: set[str] = set()
    for file in folder.iterdir():
        found |= set(USED.findall(file.read_text(encoding="utf-8")))
    return found


def keys_made_from_values() -> set[str]:
    places = {place for _, group in MENU for place, _ in group}
    made = {f"{family}.{one}" for family in ("admin", "admin_explains") for one in places}
    made |= {f"admin_group.{group}" for group, _ in MENU}
    made |= {f"store.{one}" for one in (*TEXTS, *NUMBERS, *(f"issuer.{each}" for each in ISSUER))}
    made |= {f"box_state.{one}" for one in get_args(BoxState)}
    made |= {f"fleet_box.{one}" for one in get_args(Enrolment)}
    made |= {f"trouble.{one}" for one in TROUBLES}
    made |= {f"csv_bad.{one}" for one in BAD_CODES}
    made |= {f"role.{one}" for one in ROLES}
    made |= {f"rules.{one}" for one in FLAGS} | {f"rule_reason.{one}" for one in REASONS}
    made |= {f"rule_way.{one}" for one in WAYS} | {f"rule_state.{one}" for one in STATES}
    made |= {f"store.{one}_explains" for one in CHOICES}
    made |= {f"store.customer_slip.{one}" for one in ("auto", "manual")}
    return made | {f"store.slip_reprint.{one}" for one in ("terminal_only", "register")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_an_admin_page_says_is_in_the_catalogue(language: str) -> None:
    words = load()[language]
    wanted = keys_in_templates() | keys_made_from_values()
    assert len(wanted) > 50
    assert sorted(key for key in wanted if not words.has(key)) == []
