"""Which page a register obeys: one at a time, so that two pages never ring up one sale."""

from datetime import datetime

from contracts.envelope import Message
from contracts.identifiers import OperatorCode, PageId, RegisterCode, StoreCode


class TakeRegister(Message, tag="take_register", frozen=True, kw_only=True):
    """Say that `Call.page` is the register's page from now on.

    Without `take_over` only where no other page has it: else 409 `register_taken_over`.
    """

    store: StoreCode
    register: RegisterCode
    take_over: bool = False


class SeatView(Message, frozen=True, kw_only=True):
    """Which page a register obeys, and who sits there since when."""

    store: StoreCode
    register: RegisterCode
    page: PageId
    operator: OperatorCode
    since: datetime


class RegisterTaken(Message, tag="register_taken", frozen=True, kw_only=True):
    """Live: the register obeys this page now. `live.<company>.<store>.seat.<register>`.

    The page that had it hears it on the register's stream, and learns it by its next command
    otherwise.
    """

    seat: SeatView
