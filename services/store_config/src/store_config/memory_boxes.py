"""Twins in memory of the ports `Boxes` and `Keys`; see `memory`."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from store_config.box_model import Box, BoxStep, Ended, RevokedKey
from store_config.decide_box import NEVER_USED_KEPT_S
from store_config.memory import MemoryStores
from store_config.model import AuditEntry, KeptAnswer
from store_config.ports import Issued, Outdated, OutOfReach


class MemoryBoxes:
    """The port `Boxes`; `audit` and kept answers are the stores'."""

    def __init__(self, stores: MemoryStores) -> None:
        """Begin empty."""
        self._stores = stores
        self._boxes: dict[str, Box] = {}

    async def of_company(
        self, company: str, stores: tuple[str, ...] | None = None
    ) -> tuple[Box, ...]:
        """Return a company's boxes, or those of some stores, by store, the newest first."""
        newest_first = sorted(self._boxes.values(), key=_age, reverse=True)
        mine = [each for each in newest_first if each.company == company]
        if stores is not None:
            mine = [each for each in mine if each.store in stores]
        return tuple(sorted(mine, key=lambda each: each.store))

    async def standing(self, company: str, store: str) -> tuple[Box, ...]:
        """Return the boxes of a store that are not over."""
        return tuple(
            each
            for each in await self.of_company(company)
            if each.store == store and each.state in {"awaiting", "enrolled"}
        )

    async def ended(self, company: str, store: str, horizon: datetime) -> Ended:
        """Count the keys that are over and given by `cutting_off(horizon)`."""
        named = [each for each in self._boxes.values() if _named(each, horizon)]
        mine = [each for each in named if (each.company, each.store) == (company, store)]
        return Ended(len(mine), len(named))

    async def read(self, company: str, box: str) -> Box | None:
        """Return a box of a company."""
        found = self._boxes.get(box)
        return found if found is not None and found.company == company else None

    async def by_code(self, digest: bytes) -> Box | None:
        """Return the box that a code was made for."""
        found = (each for each in self._boxes.values() if each.code_digest == digest)
        return next(found, None)

    async def knows_key(self, public_key: str) -> bool:
        """Tell whether any box, of whomever, has or had this key."""
        return any(each.public_key == public_key for each in self._boxes.values())

    async def save(
        self,
        steps: tuple[BoxStep, ...],
        audits: tuple[AuditEntry, ...],
        kept: KeptAnswer | None,
    ) -> None:
        """Write all steps, their audit entries and the answer, all or nothing."""
        changed = dict(self._boxes)
        for step in steps:
            standing = changed.get(step.after.box)
            if (standing and standing.version) != (step.before and step.before.version):
                raise Outdated
            changed[step.after.box] = step.after
        _one_of_each(changed)
        if kept is not None:
            await self._stores.keep(kept)
        self._boxes = changed
        self._stores.audit.extend(audits)

    async def any_to_cut_off(self) -> bool:
        """Tell whether there is a key that is over and was not told yet."""
        return any(not each.cut_off for each in self._boxes.values() if _over(each))

    @asynccontextmanager
    async def cutting_off(self, horizon: datetime) -> AsyncGenerator[tuple[RevokedKey, ...]]:
        """Give all keys that are over; they are told once the block has ended well."""
        told = [each for each in self._boxes.values() if _named(each, horizon)]
        yield tuple(
            RevokedKey(box=each.box, public_key=each.public_key, at=each.ended_at)
            for each in told
            if each.public_key is not None and each.ended_at is not None
        )
        for each in told:
            self._boxes[each.box] = structs.replace(self._boxes[each.box], cut_off=True)

    async def sweep(self, now: datetime) -> None:
        """Delete boxes whose code nobody used, long after it ended."""
        horizon = now - timedelta(seconds=NEVER_USED_KEPT_S)
        self._boxes = {
            code: each
            for code, each in self._boxes.items()
            if each.public_key is not None or each.code_expires_at > horizon
        }


class MemoryKeys:
    """The port `Keys`: a token is its own arguments; `away` makes the message server so."""

    LIFE: Final = timedelta(days=30)

    def __init__(self) -> None:
        """Nobody is revoked."""
        self.revoked: Mapping[str, datetime] = {}
        self.pushes = 0
        self.away = False

    def issue(self, company: str, store: str, box: str, public_key: str, at: datetime) -> Issued:
        """Return a token by which this key stands for the store, issued at this time."""
        token = f"{company} {store} {box} {public_key} {at.isoformat()}"
        return Issued(token, at + self.LIFE)

    async def revoke(self, revoked: Mapping[str, datetime]) -> None:
        """Let none of these keys in any more."""
        if self.away:
            raise OutOfReach("away")
        self.pushes += 1
        self.revoked = dict(revoked)


def _age(box: Box) -> tuple[datetime, str]:
    return box.created_at, box.box


def _over(box: Box) -> bool:
    return box.ended_at is not None and box.public_key is not None


def _named(box: Box, horizon: datetime) -> bool:
    return _over(box) and (not box.cut_off or (box.token_expires_at or horizon) > horizon)


def _one_of_each(boxes: Mapping[str, Box]) -> None:
    """Hold what the indexes of the real one hold."""
    unique: list[tuple[object, ...]] = []
    for each in boxes.values():
        if each.state in {"awaiting", "enrolled"}:
            unique.append((each.company, each.store, each.state))
        if each.public_key is not None:
            unique.append((each.public_key,))
        unique.append((each.code_digest,))
    if len(set(unique)) < len(unique):
        raise Outdated
