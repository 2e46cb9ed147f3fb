"""A chain of a thousand stores in a running system: brought in by its own CSV import.

What a file cannot say (the option contracted, who holds which terminal, that boxes were enrolled)
is written into the record in one step, versions raised as the product raises them; its publisher
shows the stores to the edge.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import aiohttp
import asyncpg

from contracts.places import COLUMNS
from supervisor.endpoints import Endpoints
from testkit.system import RunningSystem

COMPANY: Final = "DEMO"
STORES: Final = 1_000
REGISTERS: Final = 3

PATIENCE_S: Final = 120.0

CONTRACT: Final = """
UPDATE store_config.stores SET terminal_option = true, version = version + 1 WHERE store LIKE 'F%'
"""

PAIR: Final = """
INSERT INTO store_config.pairings (company, store, register, terminal, paired_at, paired_by)
SELECT company, store, 'R' || substr(terminal, 2), terminal, now(), 'bench'
  FROM store_config.terminals WHERE store LIKE 'F%'
"""

ENROL: Final = """
INSERT INTO store_config.boxes
       (box, company, store, state, version, created_at, created_by, code_digest, code_expires_at,
        public_key, hostname, enrolled_at, key_issued_at, token_expires_at)
SELECT gen_random_uuid(), company, store, 'enrolled', 1, now(), 'bench',
       sha256(convert_to(store, 'UTF8')), now(), 'bench-' || store, 'box', now(), now(), now()
  FROM store_config.stores WHERE store LIKE 'F%'
"""
"""For the pages to show: these keys are nobody's."""

UNSHOWN: Final = "SELECT count(*) FROM store_config.stores WHERE published_version < version"


def store_code(number: int) -> str:
    """Return a store of the chain, from 1."""
    return f"F{number:04}"


def file_of(stores: int = STORES, registers: int = REGISTERS) -> str:
    """Return the chain as the file that the import takes."""
    lines = [",".join(COLUMNS)]
    for number in range(1, stores + 1):
        store = store_code(number)
        lines.append(f"store,{store},駅前{number}号店,,,,,,")
        for one in range(1, registers + 1):
            lines.append(f"register,{store},レジ{one},R{one},,,,,")
            serial = f"CT6100-{store}-{one}"
            lines.append(f"terminal,{store},,,,T{one},{serial},10.0.{number % 250}.{one},9000")
    return "\r\n".join(lines) + "\r\n"


class Chain:
    """The running system that has the chain, and its administrator."""

    def __init__(self, data_dir: Path) -> None:
        self.system = RunningSystem(data_dir)
        self.import_s = 0.0
        self._admin: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator["Chain"]:
        """Start the system and bring the chain in."""
        try:
            await asyncio.to_thread(self.system.start)
            async with await self._log_in("admin") as self._admin:
                await self._import()
                await self._contract()
                yield self
        finally:
            await asyncio.to_thread(self.system.stop)
            self.system.discard()

    @property
    def endpoints(self) -> Endpoints:
        """Where everything is."""
        return self.system.endpoints()

    async def get(self, path: str) -> bytes:
        """Return what the front answers the administrator: a page, or the API's JSON."""
        assert self._admin is not None, "it runs"
        async with self._admin.get(f"{self.system.api}{path}") as answer:
            body = await answer.read()
            assert answer.status < HTTPStatus.INTERNAL_SERVER_ERROR, f"{path}: {answer.status}"
            return body

    async def send(self, method: str, path: str, body: object = None) -> Any:
        """Return what the API answers a change."""
        assert self._admin is not None, "it runs"
        key = {"Idempotency-Key": f"bench-{time.perf_counter_ns()}"}
        url = f"{self.system.api}/api/v1{path}"
        async with self._admin.request(method, url, json=body, headers=key) as answer:
            told = await answer.json()
            assert answer.status < HTTPStatus.BAD_REQUEST, f"{path}: {told}"
            return told

    async def _log_in(self, operator: str) -> aiohttp.ClientSession:
        found = next(
            one
            for one in self.endpoints.operators
            if (one.company_code, one.operator_code) == (COMPANY, operator)
        )
        body = {
            "company_code": found.company_code,
            "operator_code": found.operator_code,
            "password": found.password,
        }
        url = f"{self.system.api}/api/v1/login"
        async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
            token = (await answer.json())["token"]
        return aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})

    async def _import(self) -> None:
        began = time.perf_counter()
        told = await self.send("POST", "/places/import", {"csv": file_of(), "dry_run": False})
        self.import_s = time.perf_counter() - began
        assert told["applied"], told["bad"][:3]

    async def _contract(self) -> None:
        record = await asyncpg.connect(self.endpoints.postgres)
        try:
            async with record.transaction():
                await record.execute(CONTRACT)
                await record.execute(PAIR)
                await record.execute(ENROL)
            async with asyncio.timeout(PATIENCE_S):
                while await record.fetchval(UNSHOWN):  # noqa: ASYNC110 - asked of the record
                    await asyncio.sleep(0.1)
        finally:
            await record.close()
