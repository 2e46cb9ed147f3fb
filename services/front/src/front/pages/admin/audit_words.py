"""What differs, in words: each fact of an audit line with its name, as it was and as it is. Pure.

A fact of a newer service that nobody here knows stands there under its own name: it is shown.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from contracts.audit import AuditLine
from front.audit import ZONE
from front.pages.words import Words

Value = Any
"""A fact: text, number, yes or no, or None; of a rule's parts also a list."""


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that differs; empty text: there was, or is, nothing."""

    name: str
    before: str
    after: str


FAMILIES: Final[Mapping[str, str]] = {
    "customer_slip": "store.customer_slip",
    "slip_reprint": "store.slip_reprint",
    "person.role": "role",
    "tender.method": "method",
    "tender.state": "state",
    "sale.state": "standing",
    "case.kind": "case",
    "case.state": "case_state",
    "case.way": "audit_way",
    "box.state": "box_state",
    "rule.reason": "rule_reason",
    "rule.media": "media",
}
"""Facts whose value is a word of ours, and the family that has its words."""

NAMES: Final[Mapping[str, str]] = {
    "support.contact": "support.contact",
    "support.site": "support.site",
    "person.name": "people.name",
    "person.role": "people.role",
    "person.stores": "people.stores",
    "person.active": "people.may_log_in",
    "person.password": "login.password",
    "box.state": "boxes.state",
    "box.hostname": "boxes.hostname",
    "rule.store": "rules.whose",
    "rule.brand": "rules.brand",
    "rule.media": "rules.media",
    "rule.valid_from": "rules.valid_from",
}
"""Facts that a form of ours names already."""

ID_SHOWN: Final = 6
"""Of a box's id: enough to see that two lines are about the same one."""

SETTINGS: Final = "store."
"""Where the words of a store's settings stand."""


def differences(words: Words, line: AuditLine) -> tuple[Difference, ...]:
    """Return what differs, in the order in which it was written."""
    found: list[Difference] = []
    for name in {**line.before, **line.after}:
        was, now = line.before.get(name), line.after.get(name)
        if name.startswith("brand_rule."):
            found += _of_rule(words, name, was, now)
        else:
            kind, thing = kind_of(name)
            found.append(_told(words, kind, thing, was, now))
    return tuple(found)


def kind_of(name: str) -> tuple[str, str]:
    """Return what kind of fact it is, and of which thing: `tender.2.state` is a state, of 2."""
    family, _, rest = name.partition(".")
    if family in {"person", "tender", "case", "box"}:
        thing, _, field = rest.rpartition(".")
        return f"{family}.{field}", thing
    if family in {"issuer", "support", "sale"} or not rest:
        return name, ""
    return family, rest


def _told(words: Words, kind: str, thing: str, was: Value, now: Value) -> Difference:
    if kind == "notice":
        thing = ""  # an id that nobody knows; the text says which
    if kind.startswith("box."):
        thing = thing[-ID_SHOWN:]
    name = name_of(words, kind)
    named = name.format(what=thing) if "{what}" in name else f"{name} {thing}".strip()
    return Difference(
        name=named,
        before=value_of(words, kind, was),
        after=value_of(words, kind, now),
    )


def name_of(words: Words, kind: str) -> str:
    """Return what a kind of fact is called."""
    for key in (NAMES.get(kind, ""), f"audit_fact.{kind}", f"{SETTINGS}{kind}", f"rules.{kind}"):
        if words.has(key):
            return words(key)
    return kind


def value_of(words: Words, kind: str, value: Value) -> str:
    """Return a fact's value in words."""
    if value is None or value in ("", []):
        return words("people.all_stores") if kind == "person.stores" and value == "" else ""
    if isinstance(value, bool):
        return words("audit.yes") if value else words("audit.no")
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(words, value)
    family = FAMILIES.get(kind)
    return str(value) if family is None else words.named(family, str(value))


def _ways(words: Words, ways: Value) -> str:
    return ", ".join(words.named("rule_way", str(each)) for each in ways)


def _money(_words: Words, amount: Value) -> str:
    return f"¥{amount:,}"


def _password(words: Words, _value: Value) -> str:
    return words("audit.new_password")


def _time(_words: Words, value: Value) -> str:
    try:
        return datetime.fromisoformat(str(value)).astimezone(ZONE).strftime("%Y/%m/%d %H:%M")
    except ValueError:
        return str(value)


def _notice(words: Words, value: Value) -> str:
    """`<from>/<to> <text>`, with the times as people in Japan say them."""
    told = str(value)
    times, _, text = told.partition(" ")
    try:
        begins, ends = times.split("/")
    except ValueError:
        return told
    begins, ends = (_time(words, each) for each in (begins, ends))
    return f"{begins} – {ends} {text}"


_SPECIAL: Final[Mapping[str, Callable[[Words, Value], str]]] = {
    "rule.ways": _ways,
    "sale.paid": _money,
    "tender.amount": _money,
    "person.password": _password,
    "notice": _notice,
    "box.token_expires_at": _time,
    "box.code_expires_at": _time,
}


def _of_rule(words: Words, name: str, was: Value, now: Value) -> list[Difference]:
    """A rule is written whole; only what differs of it is told, under the brand's name."""
    old, new = _fields(was), _fields(now)
    told = new or old
    if not told:
        return [_told(words, "brand_rule", name.partition(".")[2], was, now)]
    title = f"{told.get('brand', '')} {told.get('valid_from', '')}"
    return [
        Difference(
            name=f"{title} {name_of(words, f'rule.{field}' if field in _RULE_NAMES else field)}",
            before=value_of(words, f"rule.{field}", old.get(field)),
            after=value_of(words, f"rule.{field}", new.get(field)),
        )
        for field in {**old, **new}
        if old.get(field) != new.get(field) and not _says_nothing(field, told)
    ]


_RULE_NAMES: Final = frozenset(
    kind.removeprefix("rule.") for kind in NAMES if kind.startswith("rule.")
)


def _says_nothing(field: str, rule: Mapping[str, Value]) -> bool:
    """The title has said it, or the rule leaves it empty."""
    return field in {"brand", "valid_from"} or rule.get(field) in (None, "", [])


def _fields(value: Value) -> dict[str, Value]:
    if not isinstance(value, str):
        return {}
    try:
        return msgspec.json.decode(value, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}
