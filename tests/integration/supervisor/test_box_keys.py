"""Boxes' tokens on a real server that asks for them: let in, taken out at once, and kept out."""

import asyncio
import random
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
import pytest
from nacl.signing import SigningKey

from messaging import trust
from messaging.address import Address, read_address, with_authority, with_credentials
from messaging.nkeys import Credentials, Kind, key_of, new_key, read_credentials, write_credentials
from messaging.wire import Wire
from supervisor import certificates
from supervisor.addresses import free_port
from supervisor.nats_server import NatsServer
from supervisor.nats_trust import Seeds, Trust, new_seeds
from testkit.running import Nats, ServerProcess

COMPANY: Final = "DEMO"
STORE: Final = "S001"
WAIT_S: Final = 30.0


def now_s() -> int:
    return int(time.time())  # noqa: TID251 - the server has a real clock


class Guarded:
    """A server that lets nobody in without a token, on one folder for all its lives."""

    def __init__(self, folder: Path, box_host: str = "") -> None:
        self.folder = folder
        self._box_host = box_host
        self.seeds: Seeds = new_seeds()
        self.authority = SigningKey.generate()
        self._port = free_port(random.SystemRandom())
        self._start()

    def _start(self) -> None:
        # As a start of the whole system: signed anew, on the folder of before.
        trusted = Trust(self.seeds, [], now_s())
        self.server = NatsServer(
            self.folder,
            port=self._port,
            trust=trusted,
            authority=self.authority,
            box_host=self._box_host,
        )
        self.server.prepare()
        self._process = ServerProcess("nats-server", self.server.command, self.server.is_ready)
        self._process.start()

    def restart(self) -> None:
        self._process.end(signal.SIGKILL)
        self._start()

    def end(self) -> None:
        self._process.end(signal.SIGKILL)

    @property
    def keys(self) -> trust.BoxKeys:
        return msgspec.json.decode(self.server.box_keys.read_bytes(), type=trust.BoxKeys)

    def box(self, path: Path, *, life_s: int = 3600, store: str = STORE) -> Credentials:
        """Make a box's credentials and write them to `path`."""
        keys, key = self.keys, new_key(Kind.USER)
        at_s = now_s()
        token = trust.box_token(
            key_of(keys.boxes),
            account=keys.account,
            user=key.public,
            company=COMPANY,
            store=store,
            at_s=at_s,
            until_s=at_s + life_s,
        )
        made = Credentials(token, key)
        path.write_text(write_credentials(made), encoding="utf-8")
        return made

    async def revoke(self, *users: str) -> bytes:
        keys = self.keys
        token = trust.account_token(
            key_of(keys.operator),
            account=keys.account,
            boxes=key_of(keys.boxes).public,
            revoked=dict.fromkeys(users, now_s() + 1),
            at_s=now_s(),
        )
        wire = Wire("revoker")
        await wire.open(Address(self.server.url, read_credentials(keys.revoker), None))
        try:
            answer = await wire.request(trust.CLAIMS_UPDATE, token.encode(), timeout_s=WAIT_S)
        finally:
            await wire.close()
        return answer.data


@pytest.fixture
def guarded() -> Iterator[Guarded]:
    folder = Path(tempfile.mkdtemp(prefix="renkei-guarded-"))
    made = Guarded(folder)
    yield made
    made.end()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def for_other_machines() -> Iterator[Guarded]:
    folder = Path(tempfile.mkdtemp(prefix="renkei-guarded-"))
    made = Guarded(folder, box_host="localhost")
    yield made
    made.end()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def wires() -> AsyncIterator[Callable[[str], Wire]]:
    made: list[Wire] = []

    def new(name: str) -> Wire:
        made.append(Wire(name))
        return made[-1]

    yield new
    for wire in made:
        await wire.close()


async def eventually(what: Callable[[], bool], words: str) -> None:
    async with asyncio.timeout(WAIT_S):
        while not what():  # noqa: ASYNC110 - many conditions, one wait
            await asyncio.sleep(0.02)
    assert what(), words


async def refused(address: Address, wire: Wire) -> None:
    """Return once the server has turned this address away, and never let it in."""
    told: list[int] = []
    wire.on_refused = told.append
    opening = asyncio.create_task(wire.open(address))
    await eventually(lambda: len(told) > 1 or opening.done(), "an answer")
    assert not opening.done(), "it was let in"
    opening.cancel()


async def stays_outside(url: str, wire: Wire, caplog: pytest.LogCaptureFixture) -> str:
    """Return what was said about the failed try to connect."""
    caplog.clear()
    opening = asyncio.create_task(wire.open(read_address(url)))
    await eventually(lambda: "still trying" in caplog.text or opening.done(), "a failed try")
    assert not opening.done(), "it connected"
    opening.cancel()
    return caplog.text


async def test_a_box_that_trusts_our_authority_connects_by_tls(
    guarded: Guarded, tmp_path: Path, wires: Callable[[str], Wire]
) -> None:
    guarded.box(tmp_path / "box.creds")
    url = with_authority(guarded.server.box_url, guarded.server.ca)
    wire = wires("box")
    async with asyncio.timeout(WAIT_S):
        await wire.open(read_address(with_credentials(url, tmp_path / "box.creds")))
    guarded.restart()
    async with asyncio.timeout(WAIT_S):
        await wires("with the certificate of before").open(
            read_address(with_credentials(url, tmp_path / "box.creds"))
        )


async def test_where_boxes_of_other_machines_come_in_nobody_speaks_in_plain_text(
    for_other_machines: Guarded, tmp_path: Path, wires: Callable[[str], Wire]
) -> None:
    server = for_other_machines.server
    for_other_machines.box(tmp_path / "box.creds")
    assert server.box_url.startswith("tls://localhost:")
    for name, url in (("box", with_authority(server.box_url, server.ca)), ("here", server.url)):
        async with asyncio.timeout(WAIT_S):
            await wires(name).open(read_address(with_credentials(url, tmp_path / "box.creds")))
    where = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    assert b'"tls_required":true' in await reader.readline()
    writer.write(b'CONNECT {"verbose":false}\r\nPING\r\n')
    with suppress(ConnectionError):
        assert b"PONG" not in await asyncio.wait_for(reader.read(), WAIT_S)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def test_a_server_whose_certificate_nobody_we_trust_has_signed_is_not_spoken_to(
    guarded: Guarded,
    tmp_path: Path,
    wires: Callable[[str], Wire],
    caplog: pytest.LogCaptureFixture,
) -> None:
    guarded.box(tmp_path / "box.creds")
    plain = with_credentials(guarded.server.box_url, tmp_path / "box.creds")
    said = await stays_outside(plain, wires("without the authority"), caplog)
    assert "certificate verify failed" in said
    other = tmp_path / "other.pem"
    other.write_text(certificates.authority(SigningKey.generate()), encoding="ascii")
    said = await stays_outside(with_authority(plain, other), wires("with another"), caplog)
    assert "certificate verify failed" in said


async def test_a_server_that_says_it_has_no_tls_is_not_spoken_to_in_plain_text(
    nats_server: Nats, wires: Callable[[str], Wire], caplog: pytest.LogCaptureFixture
) -> None:
    url = nats_server.url.replace("nats://", "tls://")
    assert "SSL" in await stays_outside(url, wires("box"), caplog)


async def test_a_box_believes_nothing_that_is_said_before_the_handshake(
    wires: Callable[[str], Wire],
) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun = await reader.read(1)  # and we say nothing
        if not heard.done():
            heard.set_result(begun)
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as quiet:
        port = quiet.sockets[0].getsockname()[1]
        opening = asyncio.create_task(wires("box").open(read_address(f"tls://localhost:{port}")))
        async with asyncio.timeout(WAIT_S):
            assert await heard == b"\x16", "a handshake"
        opening.cancel()


async def test_a_revoked_box_is_cut_off_and_kept_out_through_restarts(
    guarded: Guarded, tmp_path: Path, wires: Callable[[str], Wire]
) -> None:
    path, other_path = tmp_path / "box.creds", tmp_path / "other.creds"
    box, other = guarded.box(path), wires("other")
    guarded.box(other_path, store="S002")
    address = read_address(with_credentials(guarded.server.url, path))
    other_address = read_address(with_credentials(guarded.server.url, other_path))
    wire = wires("box")
    await wire.open(address)
    await other.open(other_address)
    told: list[int] = []
    wire.on_refused = told.append
    assert b'"code":200' in await guarded.revoke(box.key.public)
    # The first word comes over the living connection, the second at the door.
    await eventually(lambda: len(told) > 1, "being cut off")
    assert not wire.connected
    assert await other.ping(WAIT_S), "who was not revoked hears nothing of it"
    await refused(address, wires("again"))
    guarded.restart()
    await eventually(lambda: other.connected, "the other one to be back")
    await refused(address, wires("after a restart"))
    guarded.restart()
    await refused(address, wires("after another"))
    # Whoever was revoked by mistake is let in by a list that does not name it.
    assert b'"code":200' in await guarded.revoke()
    back = wires("back")
    async with asyncio.timeout(WAIT_S):
        await back.open(address)


async def test_a_replaced_signing_key_locks_nobody_out_and_lets_nobody_revoked_in(
    guarded: Guarded, tmp_path: Path, wires: Callable[[str], Wire]
) -> None:
    paths = [tmp_path / name for name in ("revoked.creds", "other.creds")]
    revoked, _ = guarded.box(paths[0]), guarded.box(paths[1], store="S002")
    out, other = (read_address(with_credentials(guarded.server.url, path)) for path in paths)
    await guarded.revoke(revoked.key.public)
    # An older version keeps no signing key, so the one after it makes its own.
    guarded.seeds = msgspec.structs.replace(guarded.seeds, signing=new_key(Kind.OPERATOR).seed)
    for again in ("first start", "second"):
        guarded.restart()
        async with asyncio.timeout(WAIT_S):
            await wires(f"other, {again}").open(other)
        await refused(out, wires(f"revoked, {again}"))
    assert b'"code":200' in await guarded.revoke(), "it takes accounts of the new key"
    async with asyncio.timeout(WAIT_S):
        await wires("let in again").open(out)


async def test_an_account_that_was_torn_on_the_disk_locks_nobody_out(
    guarded: Guarded, tmp_path: Path, wires: Callable[[str], Wire]
) -> None:
    guarded.box(tmp_path / "box.creds")
    (kept,) = (guarded.folder / "accounts").glob(f"{guarded.keys.account}.jwt")
    kept.write_text("")
    guarded.restart()
    address = read_address(with_credentials(guarded.server.url, tmp_path / "box.creds"))
    async with asyncio.timeout(WAIT_S):
        await wires("box").open(address)


async def test_a_new_key_of_the_same_store_is_let_in(
    guarded: Guarded, tmp_path: Path, wires: Callable[[str], Wire]
) -> None:
    old_path, new_path = tmp_path / "old.creds", tmp_path / "new.creds"
    old = guarded.box(old_path)
    await guarded.revoke(old.key.public)
    guarded.box(new_path)
    async with asyncio.timeout(WAIT_S):
        await wires("new").open(read_address(with_credentials(guarded.server.url, new_path)))
    await refused(read_address(with_credentials(guarded.server.url, old_path)), wires("old"))


async def test_a_token_that_ran_out_is_replaced_at_the_next_connect(
    guarded: Guarded, tmp_path: Path, wires: Callable[[str], Wire]
) -> None:
    path, ended = tmp_path / "box.creds", tmp_path / "ended.creds"
    guarded.box(ended, life_s=-1)
    guarded.box(path, life_s=4)
    wire, told, back = wires("box"), list[int](), asyncio.Event()
    wire.on_refused = told.append
    wire.on_reconnect.append(back.set)
    await wire.open(read_address(with_credentials(guarded.server.url, path)))
    guarded.box(path)  # as its renewal writes it
    await eventually(lambda: bool(told), "the old token to end")
    async with asyncio.timeout(WAIT_S):
        await back.wait()
    assert await wire.ping(WAIT_S)
    await refused(read_address(with_credentials(guarded.server.url, ended)), wires("ended"))


async def test_who_hands_over_accounts_can_say_and_hear_nothing_else(
    guarded: Guarded, wires: Callable[[str], Wire]
) -> None:
    wire, told = wires("revoker"), list[str]()
    held = read_credentials(guarded.keys.revoker)
    await wire.open(Address(guarded.server.url, held, None))

    async def on_error(error: Exception) -> None:
        told.append(str(error).lower())

    wire.client._error_cb = on_error  # pyright: ignore[reportPrivateUsage]  # to hear what is refused
    for subject in ("$SYS.REQ.SERVER.PING", "$SYS.REQ.CLAIMS.DELETE", "cmd.DEMO.S001.terminal.T1"):
        told.clear()
        await wire.publish(subject)
        await eventually(lambda: any("permissions violation" in one for one in told), subject)
    told.clear()
    await wire.client.subscribe("$SYS.>")  # pyright: ignore[reportUnknownMemberType]  # a future
    await eventually(lambda: any("permissions violation" in one for one in told), "a refusal")


def test_the_keys_are_their_owners_alone(guarded: Guarded) -> None:
    assert guarded.server.box_keys.stat().st_mode & 0o077 == 0
    secrets = (guarded.keys.operator, guarded.keys.boxes, guarded.keys.revoker)
    assert not any(secret in repr(guarded.keys) for secret in secrets)
