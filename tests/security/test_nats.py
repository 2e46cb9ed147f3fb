"""Who is turned away on NATS: each probe an identity, what it tries, and whether that is refused.

The system is the one that `make run` starts, its keys and rights are those that it made.
"""

import asyncio
import json
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.permissions import inbox
from messaging import nkeys
from messaging.address import read_address
from messaging.nkeys import Credentials, Kind, claims, new_key, read_credentials, signed
from testkit import operations
from testkit.system import RunningSystem

BOX: Final = "terminal_gateway.DEMO.S001"
FOREIGN: Final = "terminal_gateway.OTHER.S901"


class Does(Enum):
    """What is tried."""

    SAY = "publish to"
    HEAR = "subscribe to"


class Probe(NamedTuple):
    """One try."""

    identity: str
    does: Does
    subject: str
    refused: bool = True


def _each(identity: str, does: Does, *subjects: str, refused: bool = True) -> tuple[Probe, ...]:
    return tuple(Probe(identity, does, subject, refused) for subject in subjects)


PROBES: Final = (
    # A box, in another store of its company, and in another company.
    *_each(
        BOX,
        Does.SAY,
        "evt.DEMO.S002.terminal.T1.operation_concluded",
        "evt.OTHER.S901.terminal.T1.operation_concluded",
        "evt.DEMO.S001.sale.00000000-0000-7000-8000-000000000001.tender_approved",
        "live.DEMO.S002.heartbeat",
        "live.DEMO.S002.screen.T1",
        "live.OTHER.S901.print.P1",
        "live.DEMO.S001.seat.R1",
        "live.DEMO.S001.doubt.X",
        "live.DEMO.S001.paper.X",
        "cmd.DEMO.S001.terminal.T1.start_operation",
        "cmd.DEMO.S002.terminal.T1.start_operation",
        "cmd.OTHER.S901.printer.P1.print_paper",
        "svc.checkout.resolve_tender",
        "svc.store_config.log_in",
        "svc.receipts.draw_slip",
        "svc.all.read_health",
        "$KV.store_config.DEMO.S001",
        "$KV.store_config.DEMO.S002",
        "$KV.gateway_epochs.DEMO.S002",
        "$KV.gateway_epochs.OTHER.S901",
        "dead.checkout",
        "dead.terminal_gateway.DEMO.S002",
    ),
    # A box, and what JetStream would do for it.
    *_each(
        BOX,
        Does.SAY,
        "$JS.API.INFO",
        "$JS.API.STREAM.NAMES",
        "$JS.API.STREAM.INFO.TERMINALS",
        "$JS.API.STREAM.INFO.KV_store_config",
        "$JS.API.STREAM.CREATE.SPY",
        "$JS.API.STREAM.UPDATE.TERMINALS",
        "$JS.API.STREAM.DELETE.TERMINALS",
        "$JS.API.STREAM.PURGE.TERMINALS",
        "$JS.API.STREAM.MSG.GET.TERMINALS",
        "$JS.API.STREAM.MSG.DELETE.TERMINALS",
        "$JS.API.DIRECT.GET.TERMINALS",
        "$JS.API.DIRECT.GET.KV_store_config",
        "$JS.API.DIRECT.GET.KV_store_config.$KV.store_config.DEMO.S002",
        "$JS.API.DIRECT.GET.KV_gateway_epochs.$KV.gateway_epochs.OTHER.S901",
        "$JS.API.CONSUMER.CREATE.TERMINALS.spy",
        "$JS.API.CONSUMER.MSG.NEXT.TERMINALS.checkout",
        "$JS.ACK.TERMINALS.checkout.1.1.1.1.0",
        "$SYS.REQ.SERVER.PING",
    ),
    # A box that would answer, or listen, in another one's place.
    *_each(
        BOX,
        Does.SAY,
        "_INBOX.checkout.AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB",
        "_INBOX.front.AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB",
        "_INBOX.terminal_gateway.DEMO.S002.A.B",
        "_R_.AAAAAA",
    ),
    *_each(
        BOX,
        Does.HEAR,
        ">",
        "cmd.>",
        "cmd.DEMO.S002.>",
        "cmd.DEMO.*.terminal.T1.start_operation",
        "cmd.OTHER.S901.terminal.*.*",
        "evt.>",
        "evt.DEMO.S001.>",
        "evt.DEMO.S002.terminal.T1.operation_concluded",
        "live.>",
        "svc.>",
        "svc.store_config.log_in",
        "svc.checkout.add_tender",
        "$KV.>",
        "$KV.store_config.>",
        "$KV.store_config.DEMO.S002",
        "_INBOX.>",
        "_INBOX.checkout.>",
        "_INBOX.terminal_gateway.DEMO.S002.>",
        "_INBOX.terminal_gateway.OTHER.S901.>",
        "$JS.EVENT.>",
        "$SYS.>",
        "dead.>",
    ),
    # The door speaks to services and boxes, and is no box, no record and no store's settings.
    *_each(
        "front",
        Does.SAY,
        "evt.DEMO.S001.terminal.T1.operation_concluded",
        "evt.DEMO.S001.sale.X.tender_approved",
        "cmd.DEMO.S001.terminal.T1.start_operation",
        "cmd.DEMO.S001.terminal.T1.abort_operation",
        "cmd.DEMO.S001.gateway.replay_facts",
        "cmd.DEMO.S001.printer.P1.print_paper",
        "live.DEMO.S001.heartbeat",
        "$KV.store_config.DEMO.S001",
        "$KV.gateway_epochs.DEMO.S001",
        "$JS.API.STREAM.UPDATE.SALES",
        "$JS.API.STREAM.DELETE.SALES",
        "$JS.API.CONSUMER.MSG.NEXT.SALES.receipts_sales",
        "$JS.ACK.TERMINALS.checkout.1.1.1.1.0",
    ),
    *_each("front", Does.HEAR, ">", "svc.store_config.log_in", "cmd.>", "_INBOX.checkout.>"),
    # Paper is no payment.
    *_each(
        "receipts",
        Does.SAY,
        "cmd.DEMO.S001.terminal.T1.start_operation",
        "cmd.DEMO.S001.terminal.T1.abort_operation",
        "evt.DEMO.S001.sale.X.tender_approved",
        "svc.checkout.resolve_tender",
        "svc.store_config.change_store",
        "$KV.store_config.DEMO.S001",
        "$JS.API.STREAM.CREATE.TERMINALS",
        "$JS.API.CONSUMER.MSG.NEXT.TERMINALS.checkout",
    ),
    *_each("receipts", Does.HEAR, "svc.store_config.log_in", "svc.checkout.>", "live.>", "cmd.>"),
    # Settings are no sales; sales are no settings.
    *_each(
        "store_config",
        Does.SAY,
        "cmd.DEMO.S001.terminal.T1.start_operation",
        "evt.DEMO.S001.terminal.T1.operation_concluded",
        "evt.DEMO.S001.sale.X.tender_approved",
        "svc.checkout.settle_case",
        "$JS.API.STREAM.DELETE.KV_store_config",
    ),
    *_each("store_config", Does.HEAR, "svc.checkout.>", "evt.>", "live.DEMO.S001.screen.T1"),
    *_each(
        "checkout",
        Does.SAY,
        "$KV.store_config.DEMO.S001",
        "$KV.gateway_epochs.DEMO.S001",
        "evt.DEMO.S001.terminal.T1.operation_concluded",
        "cmd.DEMO.S001.printer.P1.print_paper",
        "svc.store_config.log_in",
        "$JS.API.STREAM.DELETE.SALES",
        "$JS.API.STREAM.PURGE.SALES",
    ),
    *_each("checkout", Does.HEAR, "svc.store_config.log_in", "svc.receipts.>", "cmd.>", "_INBOX.>"),
    # What they are there for, or the refusals above would show nothing.
    *_each(
        BOX,
        Does.SAY,
        "live.DEMO.S001.screen.T9",
        "dead.terminal_gateway.DEMO.S001",
        "$JS.API.DIRECT.GET.KV_store_config.$KV.store_config.DEMO.S001",
        refused=False,
    ),
    *_each(
        BOX,
        Does.HEAR,
        "$KV.store_config.DEMO.S001",
        "_INBOX.terminal_gateway.DEMO.S001.>",
        refused=False,
    ),
    *_each(FOREIGN, Does.HEAR, "$KV.store_config.OTHER.S901", refused=False),
    *_each("front", Does.SAY, "svc.all.read_health", refused=False),
    *_each("front", Does.HEAR, "evt.*.*.sale.>", "live.*.*.screen.*", refused=False),
    *_each("operations", Does.HEAR, ">", refused=False),
)


@pytest.mark.parametrize(
    "probe", PROBES, ids=lambda one: f"{one.identity} {one.does.value} {one.subject}"
)
async def test_an_identity_may_what_the_table_says_and_nothing_else(
    system: RunningSystem, probe: Probe
) -> None:
    told: list[Exception] = []

    async def on_error(error: Exception) -> None:
        told.append(error)

    client = await operations.connect(system.nats_as(probe.identity), error_cb=on_error)
    try:
        await tried(client, probe)
        await client.flush()  # the server answers in order: a refusal comes before this
    finally:
        await client.close()
    refused = any("permissions violation" in str(error) for error in told)
    assert refused == probe.refused, told


async def tried(client: Client, probe: Probe) -> None:
    if probe.does is Does.SAY:
        await client.publish(probe.subject, b"")
    else:
        await client.subscribe(probe.subject)  # pyright: ignore[reportUnknownMemberType]  # a future
    await asyncio.sleep(0)  # a round trip can overtake a SUB


def forged(system: RunningSystem, tmp_path: Path, how: str) -> str:
    """Write credentials that are not quite right, and return where one would use them."""
    path = system.data_dir / "nats" / "credentials" / f"{BOX}.creds"
    real = read_credentials(path.read_text(encoding="utf-8"))
    said = claims(real.token)
    account = new_key(Kind.ACCOUNT)
    if how == "somebody else's key":
        made = Credentials(real.token, new_key(Kind.USER))
    elif how == "signed by an account of our own":
        token = signed(account, real.key.public, BOX, said["nats"], said["iat"])
        made = Credentials(token, real.key)
    elif how == "more rights written in":
        head, _, signature = real.token.split(".")
        wide = said["nats"] | {"tags": ["company:OTHER", "store:S901"]}
        body = signed(account, said["sub"], BOX, wide, said["iat"]).split(".")[1]
        made = Credentials(f"{head}.{body}.{signature}", real.key)
    else:
        assert how == "a service's token with a box's key"
        front = system.data_dir / "nats" / "credentials" / "front.creds"
        made = Credentials(read_credentials(front.read_text(encoding="utf-8")).token, real.key)
    written = tmp_path / "forged.creds"
    written.write_text(nkeys.write_credentials(made), encoding="utf-8")
    return str(written)


async def turned_away(url: str) -> bool:
    """Knock as a client does, and say whether the server closed the door."""
    address = read_address(url)
    where = urlsplit(address.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    greeting = json.loads((await reader.readline()).removeprefix(b"INFO "))
    said = {"verbose": False, "user": where.username, "pass": where.password}
    if address.credentials is not None:
        options = address.options()
        said["jwt"] = options["user_jwt_cb"]().decode()
        said["sig"] = options["signature_cb"](greeting["nonce"]).decode()
    writer.write(b"CONNECT " + json.dumps(said).encode() + b"\r\nPING\r\n")
    answer = b""
    with suppress(ConnectionError):  # it closes on us with our PING unread: that is an answer, too
        answer = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    assert answer == b"" or answer.startswith((b"PONG", b"-ERR 'Authorization Violation'")), answer
    return not answer.startswith(b"PONG")


@pytest.mark.parametrize(
    "how",
    [
        "somebody else's key",
        "signed by an account of our own",
        "more rights written in",
        "a service's token with a box's key",
    ],
)
async def test_forged_credentials_open_nothing(
    system: RunningSystem, tmp_path: Path, how: str
) -> None:
    url, _, _ = system.endpoints().nats.partition("?")
    assert await turned_away(f"{url}?credentials={forged(system, tmp_path, how)}")


async def test_nobody_gets_in_without_a_name(system: RunningSystem) -> None:
    url, _, _ = system.endpoints().nats.partition("?")
    assert await turned_away(url)
    assert await turned_away(url.replace("nats://", "nats://renkei:renkei@"))
    assert not await turned_away(system.nats_as(BOX)), "or nobody would get in at all"


def test_keys_are_their_owners_alone(system: RunningSystem) -> None:
    folder = system.data_dir / "nats" / "credentials"
    assert folder.stat().st_mode & 0o077 == 0
    kept = [*folder.iterdir(), system.data_dir / "secrets.json"]
    assert len(kept) > len(("operations", "front"))
    for path in kept:
        assert path.stat().st_mode & 0o077 == 0, path


async def test_a_box_has_no_answer_written_into_anothers_request(system: RunningSystem) -> None:
    """It names the reply subject, and store_config may publish where the box may not."""
    heard: list[str] = []
    arrived = asyncio.Event()

    async def hear(message: Msg) -> None:
        heard.append(message.subject)
        if message.subject == last:
            arrived.set()

    own, last = f"{inbox(BOX)}.asked", f"{inbox('front')}.last"
    operator = await operations.connect(system.nats_as("operations"))
    box = await operations.connect(system.nats_as(BOX))
    try:
        await operator.subscribe(f"{inbox('front')}.>", cb=hear)  # pyright: ignore[reportUnknownMemberType]  # a future
        answers = await box.subscribe(own)  # pyright: ignore[reportUnknownMemberType]  # a future
        await asyncio.sleep(0)  # a round trip can overtake a SUB
        await operator.flush()
        asked = b'{"type":"renew_box","public_key":"' + new_key(Kind.USER).public.encode() + b'"}'
        subject = "svc.store_config.DEMO.S001.renew_box"
        for number, body in enumerate((asked, b"garbage")):
            await box.publish(subject, body, reply=f"{inbox('front')}.pending.{number}")
        for _ in range(3):  # requests are worked on side by side: those before are done by then
            await box.publish(subject, asked, reply=own)
            answer = json.loads((await answers.next_msg(timeout=30)).data)
            assert answer["outcome"] == "not_present_box"
        await operator.publish(last)
        async with asyncio.timeout(30):
            await arrived.wait()
    finally:
        await box.close()
        await operator.close()
    assert [one for one in heard if one != last] == []
