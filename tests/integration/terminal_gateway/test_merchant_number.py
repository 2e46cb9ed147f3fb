"""会員番号 of the merchant's copy over the real link: sealed at once, opened by receipts alone."""

import asyncio
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from nacl.public import PrivateKey, SealedBox

from contracts.operations import Accepted, Outcome, UnknownTerminal
from contracts.slips import (
    MerchantNumberPending,
    NoMerchantNumber,
    ReadMerchantNumber,
    SealedMerchantNumber,
)
from ct6100.messages import AskMerchantNumber, LinkMessage, MerchantNumber, NotSupported
from ct6100.stimuli import Presented
from testkit.gateway_process import PATIENCE_S, Centre, GatewayProcess, configuration
from testkit.running import Nats
from testkit.terminal_server import TerminalServer

pytestmark = pytest.mark.usefixtures("centre")

ID = Presented(media="emoney", brand="iD", entry="contactless", number="6900111100230421")
SHOWN = "6900 1111 0023 0***"
KEY = PrivateKey.generate()

NumberReply = SealedMerchantNumber | MerchantNumberPending | NoMerchantNumber | UnknownTerminal


@pytest.fixture
async def box(nats_server: Nats, tmp_path: Path) -> AsyncIterator[GatewayProcess]:
    """A gateway with the public half of the key."""
    public = b64encode(bytes(KEY.public_key)).decode()
    gateway = GatewayProcess(tmp_path / "edge", nats_server.url, RENKEI_RECEIPTS_PUBLIC_KEY=public)
    yield gateway
    await gateway.kill()


async def touch(centre: Centre, terminal: TerminalServer, amount: int = 500) -> str:
    operation_id = centre.ids.uuid()
    assert await centre.start(operation_id, amount) == Accepted(operation_id=operation_id)
    await terminal.until_screen("choose_media")
    terminal.press("電子マネー", "iD", "確認")
    terminal.present(ID)
    return operation_id


async def read(centre: Centre, operation_id: str, terminal: str = "T1") -> Any:
    command = ReadMerchantNumber(operation_id=operation_id, terminal=terminal)
    return await centre.ask(command, NumberReply)


async def until_told(centre: Centre, operation_id: str) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await read(centre, operation_id)
            if not isinstance(answer, MerchantNumberPending):
                return answer
            await asyncio.sleep(0.02)


def opened(answer: SealedMerchantNumber) -> str:
    return SealedBox(KEY).decrypt(b64decode(answer.sealed)).decode()


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def merchants_digits_stand_in(folder: Path) -> bool:
    found = everything_in(folder)
    return b"6900 1111" in found or b"69001111" in found


async def test_it_is_sealed_as_soon_as_the_result_is_on_disk_and_stands_nowhere_open(
    centre: Centre, terminal: TerminalServer, box: GatewayProcess
) -> None:
    await box.start()
    operation_id = await touch(centre, terminal)
    said = await centre.conclusion(operation_id)
    assert said.slip is not None
    assert said.slip.member_number == "**** * 0421"
    answer = await until_told(centre, operation_id)
    assert answer.operation_id == operation_id
    assert opened(answer) == SHOWN
    assert not merchants_digits_stand_in(box.folder)
    assert not any("6900" in str(fact) for fact in centre.facts)


async def test_it_is_asked_for_once_and_after_the_result_was_stored(
    centre: Centre, terminal: TerminalServer, box: GatewayProcess
) -> None:
    await box.start()
    operation_id = await touch(centre, terminal)
    await until_told(centre, operation_id)
    await until_told(centre, operation_id)
    names = [type(each).__name__ for each in terminal.heard]
    assert names.count("AskMerchantNumber") == 1
    assert names.index("ResultStored") < names.index("AskMerchantNumber")


async def test_what_was_paid_before_the_box_was_told_to_seal_is_sealed_after_its_restart(
    centre: Centre, terminal: TerminalServer, box: GatewayProcess
) -> None:
    public = box.env.pop("RENKEI_RECEIPTS_PUBLIC_KEY")
    await box.start()
    operation_id = await touch(centre, terminal)
    await centre.conclusion(operation_id)
    assert isinstance(await read(centre, operation_id), NoMerchantNumber)
    assert not any(isinstance(each, AskMerchantNumber) for each in terminal.heard)
    await box.kill()
    box.env["RENKEI_RECEIPTS_PUBLIC_KEY"] = public
    await box.start()
    assert opened(await until_told(centre, operation_id)) == SHOWN


async def test_what_was_learnt_from_the_journal_is_sealed_too(
    centre: Centre, terminal: TerminalServer, box: GatewayProcess
) -> None:
    await box.start()
    terminal.centre = None
    operation_id = await touch(centre, terminal)
    await terminal.until_screen("centre")
    await box.kill()
    terminal.answer("approved")
    await box.start()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED
    assert opened(await until_told(centre, operation_id)) == SHOWN


async def test_of_a_card_a_decline_and_an_unknown_operation_there_is_none(
    centre: Centre, terminal: TerminalServer, box: GatewayProcess
) -> None:
    await box.start()
    card = centre.ids.uuid()
    await centre.start(card)
    await terminal.pay()
    await centre.conclusion(card)
    terminal.centre = "declined"
    declined = await touch(centre, terminal)
    await centre.conclusion(declined)
    for operation_id in (card, declined, centre.ids.uuid()):
        assert isinstance(await until_told(centre, operation_id), NoMerchantNumber)
    assert isinstance(await read(centre, card, terminal="T9"), UnknownTerminal)


@pytest.mark.parametrize("unmasked", ["6900 1111 0023 0421", "6900 1111 0023 042*", "\x1b@***"])
async def test_a_number_that_shows_more_than_it_may_is_not_kept(
    centre: Centre, terminal: TerminalServer, box: GatewayProcess, unmasked: str
) -> None:
    def too_much(message: LinkMessage) -> list[LinkMessage]:
        if isinstance(message, MerchantNumber):
            shown = unmasked.replace("\x1b", "%")
            message = MerchantNumber(request=message.request, number=message.number, mask=shown)
        return [message]

    terminal.outgoing = too_much
    await box.start()
    operation_id = await touch(centre, terminal)
    assert isinstance(await until_told(centre, operation_id), NoMerchantNumber)
    assert not merchants_digits_stand_in(box.folder)


async def test_a_link_that_lacks_it_says_so_and_payments_go_on(
    centre: Centre, terminal: TerminalServer, box: GatewayProcess
) -> None:
    def lacks(message: LinkMessage) -> list[LinkMessage]:
        if isinstance(message, MerchantNumber):
            return [NotSupported(ability="merchant_number", request=message.request)]
        return [message]

    terminal.outgoing = lacks
    await box.start()
    first = await touch(centre, terminal)
    assert isinstance(await until_told(centre, first), NoMerchantNumber)
    second = await touch(centre, terminal)
    assert (await centre.conclusion(second)).outcome is Outcome.APPROVED
    assert terminal.connections == 1


async def test_a_terminal_that_never_answers_it_keeps_its_link_and_its_payments(
    centre: Centre, terminal: TerminalServer, box: GatewayProcess
) -> None:
    terminal.outgoing = lambda message: [] if isinstance(message, MerchantNumber) else [message]
    await box.start()
    first = await touch(centre, terminal)
    await centre.conclusion(first)
    await terminal.until(
        lambda: any(isinstance(each, AskMerchantNumber) for each in terminal.heard), "the question"
    )
    second = await touch(centre, terminal)
    assert (await centre.conclusion(second)).outcome is Outcome.APPROVED
    assert isinstance(await read(centre, first), MerchantNumberPending)
    assert terminal.connections == 1


async def test_a_file_that_cannot_be_written_stops_no_payment_and_is_mended_by_a_restart(
    centre: Centre, terminal: TerminalServer, box: GatewayProcess
) -> None:
    box.folder.mkdir()
    numbers = box.folder / "numbers.sqlite3"
    numbers.mkdir()
    await box.start()
    operation_id = await touch(centre, terminal)
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED
    await box.kill()
    numbers.rmdir()
    await box.start()
    assert opened(await until_told(centre, operation_id)) == SHOWN
    await box.stop()
    numbers.write_bytes(b"no database at all, but long enough to be one" * 200)
    await box.start()
    assert opened(await until_told(centre, operation_id)) == SHOWN
    assert list(box.folder.glob("numbers.sqlite3.damaged-*"))


async def test_only_the_sealed_form_is_in_the_table(
    centre: Centre, terminal: TerminalServer, box: GatewayProcess
) -> None:
    await box.start()
    operation_id = await touch(centre, terminal)
    await until_told(centre, operation_id)
    await box.stop()
    with closing(sqlite3.connect(box.folder / "numbers.sqlite3")) as stranger:
        ((kept, sealed),) = stranger.execute("SELECT operation, sealed FROM merchant_number")
    assert kept == operation_id
    assert SealedBox(KEY).decrypt(sealed).decode() == SHOWN


async def test_a_terminal_of_another_serial_number_does_not_know_it(
    centre: Centre, terminal: TerminalServer, box: GatewayProcess
) -> None:
    terminal.outgoing = lambda message: [] if isinstance(message, MerchantNumber) else [message]
    await box.start()
    operation_id = await touch(centre, terminal)
    await centre.conclusion(operation_id)
    await centre.configure(configuration(terminal.port, version=2, serial="CT6100-S001-T7"))
    assert isinstance(await until_told(centre, operation_id), NoMerchantNumber)
