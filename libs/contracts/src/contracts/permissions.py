"""Who may say and hear what on NATS: deny by default, and the rest drawn from the tables.

Nothing here names a subject of its own. A message that is not in `contracts.registry` can be
neither sent nor heard, and what a row says of sender and receiver is what the server allows.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from contracts import subjects
from contracts.registry import (
    CHECKOUT,
    EVERY,
    FRONT,
    GATEWAY,
    MESSAGES,
    RECEIPTS,
    STORES,
    STREAM_OF,
    Entry,
    Way,
)
from contracts.streams import BUCKETS, CONSUMERS, STREAMS, BucketSpec, bucket_stream

CENTRAL: Final = (CHECKOUT, STORES, RECEIPTS, FRONT)
"""The services of the centre; each connects under its own name."""

PROVISIONERS: Final = (CHECKOUT, STORES)
"""Who makes streams and buckets; the others wait for them."""

OPERATIONS: Final = "operations"
"""People who look after the system: under a key of their own they see and repair everything."""

INBOX: Final = "_INBOX"

PROBE: Final = "RENKEI_PROBE"
PROBE_SUBJECTS: Final = "_renkei.probe.*"
"""A small stream in memory on which provisioners find out what the server can do."""

COMPANY_TAG: Final = "{{tag(company)}}"
STORE_TAG: Final = "{{tag(store)}}"
"""Filled in by the server from a box's own token: one template serves all stores."""

ANSWER_S: Final = 10
"""An answer that takes longer than this comes to nobody: whoever asked has given up after three.
The server keeps a note for each that is due, and looks through them all when there are many."""


class Rights(NamedTuple):
    """What one identity may publish and subscribe to; an answer to what it heard, once, besides."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def box_identity(company: str, store: str) -> str:
    """Return the name of a store's box: each code a token, so that no two boxes share one."""
    return f"{GATEWAY}.{company}.{store}"


def inbox(identity: str) -> str:
    """Return the prefix of an identity's own reply subjects, which nobody else may listen on."""
    return f"{INBOX}.{identity}"


def rights_of_operations() -> Rights:
    """Return what operations may do: everything."""
    return Rights((">",), (">",))


def rights_of(service: str) -> Rights:
    """Return what a central service may do, in all companies and stores."""
    assert service in CENTRAL, service  # noqa: S101 - house style 12
    return _rights(service, service, "*", "*")


def rights_of_box(company: str, store: str) -> Rights:
    """Return what a store's box may do: its own store's subjects, and no other's."""
    return _rights(GATEWAY, box_identity(company, store), company, store)


def _rights(service: str, identity: str, company: str, store: str) -> Rights:
    publish = {subjects.dead(identity)}
    subscribe = {f"{inbox(identity)}.>"}
    for entry in MESSAGES:
        subject = _filled(entry.subject, company, store)
        if service in entry.sender:
            publish |= set(_sent(entry, subject))
        if service in entry.receiver or EVERY in entry.receiver:
            asked, heard = _received(entry, service, subject, _key(company, store))
            publish |= set(asked)
            subscribe |= set(heard)
    for consumer in CONSUMERS:
        if consumer.service == service:
            publish.add(subjects.dead(consumer.durable))
    if service in PROVISIONERS:
        publish |= set(_provisioning())
    return Rights(tuple(sorted(publish)), tuple(sorted(subscribe)))


def _sent(entry: Entry, subject: str) -> Iterator[str]:
    if entry.way is Way.DOCUMENT:
        bucket, _, key = subject.partition(": ")
        yield f"$KV.{bucket}.{key}"
        yield from _read(_bucket(bucket), key)
    else:
        yield subject


def _received(
    entry: Entry, service: str, subject: str, key: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a receiver asks of JetStream, and what it subscribes to."""
    if entry.way is Way.DOCUMENT:
        bucket = _bucket(subject.partition(": ")[0])
        return tuple(_read(bucket, key)), (f"$KV.{bucket.name}.{key}",)
    if entry.way is Way.COMMAND:  # one subscription takes all verbs
        return (), (subject.rpartition(".")[0] + ".*",)
    if entry.way in STREAM_OF:
        asked = tuple(_consumed(service, STREAM_OF[entry.way]))
        stream = next(spec for spec in STREAMS if spec.name == STREAM_OF[entry.way])
        return asked, () if asked else stream.subjects
    return (), (subject,)


def _consumed(service: str, stream: str) -> Iterator[str]:
    for spec in CONSUMERS:
        if (spec.service, spec.stream) == (service, stream):
            yield f"$JS.API.CONSUMER.CREATE.{stream}.{spec.durable}.{spec.subject}"
            yield f"$JS.API.CONSUMER.INFO.{stream}.{spec.durable}"
            yield f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{spec.durable}"
            yield f"$JS.API.STREAM.INFO.{stream}"
            yield f"$JS.ACK.{stream}.{spec.durable}.>"


def _read(bucket: BucketSpec, key: str) -> Iterator[str]:
    """Yield what a reader asks: one key's value, and the list of keys who may read them all.

    Not the plain `DIRECT.GET` or `STREAM.INFO` for a box: their payload names whatever it likes.
    """
    stream = bucket_stream(bucket)
    yield f"$JS.API.DIRECT.GET.{stream}.$KV.{bucket.name}.{key}"
    if key == ">":
        yield f"$JS.API.STREAM.INFO.{stream}"


def _provisioning() -> Iterator[str]:
    yield "$JS.API.INFO"
    yield PROBE_SUBJECTS
    for name in (*(one.name for one in STREAMS), *(bucket_stream(one) for one in BUCKETS), PROBE):
        for call in ("CREATE", "UPDATE", "INFO"):
            yield f"$JS.API.STREAM.{call}.{name}"


def _filled(template: str, company: str, store: str) -> str:
    filled = template.replace("<company>", company).replace("<store>", store)
    return ".".join("*" if token.startswith("<") else token for token in filled.split("."))


def _key(company: str, store: str) -> str:
    return ">" if company == "*" else f"{company}.{store}"


def _bucket(name: str) -> BucketSpec:
    return next(spec for spec in BUCKETS if spec.name == name)
