"""Asking a terminal to stop: what becomes of the operation is its word alone."""

import asyncio
from typing import Final

from contracts.operations import (
    Aborting,
    AbortNotSupported,
    AbortOperation,
    AlreadyRead,
    NotOpen,
    Unreachable,
)
from terminal_gateway import decide
from terminal_gateway.desk import Desk
from terminal_gateway.errors import LinkDownError

ABORT_ANSWER_S: Final = 0.4
"""A terminal says at once whether it takes an abort; the centre waits `COMMAND_TIMEOUT_S`."""


async def abort(
    desk: Desk, command: AbortOperation
) -> Aborting | AlreadyRead | AbortNotSupported | NotOpen | Unreachable:
    """Hand the wish to the terminal."""
    answer = await _ask(desk, command)
    if not isinstance(answer, asyncio.Future):
        return answer
    await asyncio.wait({answer}, timeout=ABORT_ANSWER_S)
    desk.abort_answers.pop(command.operation_id, None)
    match answer.result() if answer.done() else "":
        case "already_read":
            return AlreadyRead()
        case "not_supported":
            return AbortNotSupported()
        case "concluded" | "not_this":
            return NotOpen(known=True)
        case _:
            return Aborting()


async def _ask(
    desk: Desk, command: AbortOperation
) -> asyncio.Future[str] | AlreadyRead | AbortNotSupported | NotOpen | Unreachable:
    async with desk.lock:
        link = desk.link
        can_abort = _can_abort(desk)
        refusal = decide.refuse_abort(
            desk.find(command.operation_id), can_abort=can_abort, linked=link is not None
        )
        if refusal is not None:
            return refusal
        if not can_abort or link is None:
            return AbortNotSupported()
        answer = desk.abort_answers.get(command.operation_id)
        if answer is None:
            answer = asyncio.get_running_loop().create_future()
            desk.abort_answers[command.operation_id] = answer
        try:
            link.abort(command.operation_id)
        except LinkDownError:
            return Unreachable()
    return answer


def _can_abort(desk: Desk) -> bool:
    declared = desk.entry.abilities.abort
    return declared and (desk.link is None or desk.link.greeted.abilities.abort)
