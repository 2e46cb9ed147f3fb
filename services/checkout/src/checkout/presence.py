"""Which gateways are within reach, by their heartbeats; and what stamps our commands. No I/O."""

from typing import Final

from msgspec import Struct

from contracts.identifiers import CompanyCode, StoreCode
from contracts.operations import PRESENCE_LAPSES_S, CommandStamp, Heartbeat

LINK_UP: Final = "connected"


class _Beat(Struct, frozen=True, kw_only=True):
    epoch: int
    number: int
    heard: float
    links: frozenset[str]


class Presence:
    """What this process heard of every store's gateway, in memory: lost with it, heard anew."""

    def __init__(self) -> None:
        self._beats: dict[tuple[CompanyCode, StoreCode], _Beat] = {}
        self._epochs: dict[tuple[CompanyCode, StoreCode], int] = {}

    def epoch_taken(self, company: CompanyCode, store: StoreCode, epoch: int) -> None:
        """A gateway has taken this epoch; what older ones say no longer counts as presence."""
        known = self._epochs.get((company, store), 0)
        self._epochs[company, store] = max(known, epoch)

    def epoch(self, company: CompanyCode, store: StoreCode) -> int:
        """Return the newest epoch known, 0 for none."""
        beat = self._beats.get((company, store))
        known = self._epochs.get((company, store), 0)
        return known if beat is None else max(known, beat.epoch)

    def heard(self, company: CompanyCode, store: StoreCode, beat: Heartbeat, now: float) -> bool:
        """Take note of a heartbeat; return whether something came back: the box or a link."""
        if beat.epoch < self.epoch(company, store):
            return False
        links = frozenset(seen.terminal for seen in beat.terminals if seen.link == LINK_UP)
        old = self._beats.get((company, store))
        back = (
            old is None
            or now - old.heard > PRESENCE_LAPSES_S
            or old.epoch != beat.epoch
            or bool(links - old.links)
        )
        number = beat.number
        if old is not None and old.epoch == beat.epoch:
            number = max(number, old.number)
        self._beats[company, store] = _Beat(epoch=beat.epoch, number=number, heard=now, links=links)
        return back

    def greeted(
        self, company: CompanyCode, store: StoreCode, epoch: int, number: int, now: float
    ) -> None:
        """A gateway answered our greeting: as good as a heartbeat."""
        if epoch >= self.epoch(company, store):
            old = self._beats.get((company, store))
            links = frozenset[str]() if old is None else old.links
            self._beats[company, store] = _Beat(epoch=epoch, number=number, heard=now, links=links)

    def stamp(self, company: CompanyCode, store: StoreCode, now: float) -> CommandStamp | None:
        """Return the stamp for a command, or None while the store is out of reach."""
        beat = self._beats.get((company, store))
        if beat is None or now - beat.heard > PRESENCE_LAPSES_S:
            return None
        if beat.epoch < self.epoch(company, store):
            return None
        return CommandStamp(epoch=beat.epoch, heartbeat=beat.number)

    def known(self, company: CompanyCode, store: StoreCode) -> bool:
        """Whether this process ever heard of the store's gateway."""
        return (company, store) in self._beats
