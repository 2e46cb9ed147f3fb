"""Every statement carries the company, or says here why it need not."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[2]

WITHOUT: Final[dict[str, str]] = {
    "checkout.PAID": "closes all companies' days; each sale is decided upon by its own",
    "checkout.EVENTS": "of a sale that was read with its company before",
    "checkout.PURGE_INBOX": "by age alone",
    "receipts.SLIP": "by an operation of a sale that was read with its company before",
    "receipts.CONTRARY": "the same",
    "receipts.KEEP_NUMBER": "the same",
    "receipts.NUMBER": "the same",
    "receipts.NUMBERS_DUE": "asks all companies' boxes, each about its own",
    "receipts.MOVE_JOB": "by a job that was read before, drawn by ourselves",
    "receipts.JOB": "the same",
    "receipts.OPEN_JOBS": "follows up all companies' jobs after a start",
    "store_config.TOUCH": "by the digest of a secret token, which says whose it is",
    "store_config.END_SESSION": "the same",
    "store_config.SWEEP_SESSIONS": "by age alone",
    "store_config.SWEEP_FAILURES": "by age alone",
    "store_config.SWEEP_ANSWERS": "by age alone",
    "store_config.SWEEP_BOXES": "by age alone",
    "store_config.KNOWS_KEY": "a key is one box's only, of whichever company",
    "store_config.ANY_TO_CUT_OFF": "the message server is told of all companies' keys",
    "store_config.ONE_AT_A_TIME": "the same",
    "store_config.CUT_OFF": "the same",
    "store_config.REVOKED": "the same",
}


class Statement(NamedTuple):
    """One statement of a service."""

    name: str
    sql: str


def statements() -> Iterator[Statement]:
    for path in sorted(ROOT.glob("services/*/src/*/*queries.py")):
        service = path.parent.name
        for name, value in vars(importlib.import_module(f"{service}.{path.stem}")).items():
            if name.isupper() and isinstance(value, str) and " " in value:
                yield Statement(f"{service}.{name}", value)


@pytest.mark.parametrize("statement", tuple(statements()), ids=lambda one: one.name)
def test_a_statement_names_the_company(statement: Statement) -> None:
    assert ("company" in statement.sql) != (statement.name in WITHOUT)


def test_no_exception_outlives_its_statement() -> None:
    assert set(WITHOUT) <= {one.name for one in statements()}
