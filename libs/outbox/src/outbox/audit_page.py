"""The WHERE of one page of an audit log: only what is asked for stands in it. Pure.

A condition that may be off (`$3 IS NULL OR store = $3`) would keep PostgreSQL from the index of
the filter; so each combination of filters is a statement of its own, and there are few.
"""

from typing import Any, Final

from contracts.audit import AuditAsk
from contracts.identifiers import CompanyCode, StoreCode

ORDER: Final = "ORDER BY at DESC, id DESC"


def page_of(
    ask: AuditAsk,
    company: CompanyCode,
    stores: tuple[StoreCode, ...],
    people: tuple[str, ...] = ("operator",),
) -> tuple[str, tuple[Any, ...]]:
    """Return what follows `WHERE company = $1`, and all values.

    `stores` empty: all, and the company itself. `people` are the columns that hold an
    operator. Nothing that was typed is in the text.
    """
    values: list[Any] = [company]

    def value(given: Any) -> str:
        values.append(given)
        return f"${len(values)}"

    conditions: list[str] = []
    if stores:
        conditions.append(f"store = ANY({value(list(stores))})")
    if ask.store is not None:
        conditions.append(f"store = {value(ask.store)}")
    if ask.operator is not None:
        who = value(ask.operator)
        conditions.append(f"({' OR '.join(f'{column} = {who}' for column in people)})")
    if ask.action is not None:
        conditions.append(f"action = {value(ask.action)}")
    if ask.since is not None:
        conditions.append(f"at >= {value(ask.since)}")
    if ask.until is not None:
        conditions.append(f"at < {value(ask.until)}")
    if ask.before_at is not None:
        at, number = value(ask.before_at), value(ask.before_id)
        conditions.append(f"(at, id) < ({at}, {number})")
    told = "".join(f" AND {each}" for each in conditions)
    return f"{told} {ORDER} LIMIT {value(ask.limit)}", tuple(values)
