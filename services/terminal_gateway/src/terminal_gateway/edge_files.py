"""What an enrolled box has on its disk, in one folder of its own.

- `pending.json`: the key that is being enrolled, on the disk before anybody hears of it;
- `boxes/<box>/`: credentials and authority of one enrolment;
- `box.json`: whose box this is, written last: until then the box is what it was before;
- `stores/<company>/<store>/`: the journal, which stays when a box is enrolled anew.

A folder is one store's for good: what its journal has not sent yet would stay behind unseen.
"""

import hashlib
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from contracts.boxes import Enrolled
from contracts.identifiers import BoxId, CompanyCode, StoreCode
from messaging.address import with_authority, with_credentials
from messaging.nkeys import Credentials, Key, Kind, claims, key_of, new_key, write_credentials
from servicekit import settings
from terminal_gateway import config
from terminal_gateway.decide_renewal import Life

BOX: Final = "box.json"
PENDING: Final = "pending.json"
CREDENTIALS: Final = "box.creds"
AUTHORITY: Final = "ca.pem"

_Kept = TypeVar("_Kept")

_MISREAD: Final = str.maketrans("OIL", "011")
"""A code has none of these."""


class Pending(Struct, frozen=True, kw_only=True):
    """The key for a code: asked again, the same code goes with the same key."""

    code_sha256: str
    seed: str


class BoxFile(Struct, frozen=True, kw_only=True):
    """Whose box this is, and where its centre is."""

    company: CompanyCode
    store: StoreCode
    box: BoxId
    centre: str
    """Where it was enrolled."""
    nats_url: str
    own_authority: bool
    receipts_public_key: str
    enrolled_at: datetime


class AnotherStoreError(Exception):
    """The folder is another store's; `str()` says whose it is, for the person at the box."""


class EdgeFolder:
    """The folder of one box. Everything in it is its owner's alone. Methods raise OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> BoxFile | None:
        """Return whose box it is; None: nobody's yet. `msgspec.MsgspecError`: it is damaged."""
        return _read(self.path / BOX, BoxFile)

    def key_for(self, code: str) -> Key:
        """Return the key to enrol with this code: on the disk, and the same for the same code."""
        digest = hashlib.sha256(_plain(code).encode()).hexdigest()
        pending = _read(self.path / PENDING, Pending)
        if pending is not None and pending.code_sha256 == digest:
            return key_of(pending.seed)
        key = new_key(Kind.USER)
        _make(self.path)
        made = Pending(code_sha256=digest, seed=key.seed)
        keep(self.path / PENDING, msgspec.json.encode(made).decode())
        return key

    def adopt(self, told: Enrolled, key: Key, centre: str, now: datetime) -> BoxFile:
        """Be this box from now on; the keys of former ones are deleted: the centre lets none in.

        Raises `AnotherStoreError` before anything is written.
        """
        was = self.read()
        if was is not None and (was.company, was.store) != (told.company, told.store):
            raise AnotherStoreError(
                f"{self.path} is the folder of store {was.company}/{was.store}, whose journal may "
                f"hold what is not sent yet; this code is for {told.company}/{told.store}"
            )
        folder = self.credentials(told.box).parent
        for part in (self.path, folder.parent, folder):
            _make(part)
        keep(folder / CREDENTIALS, write_credentials(Credentials(told.token, key)))
        keep(folder / AUTHORITY, told.ca)
        box = BoxFile(
            company=told.company,
            store=told.store,
            box=told.box,
            centre=centre,
            nats_url=told.nats_url,
            own_authority=bool(told.ca),
            receipts_public_key=told.receipts_public_key,
            enrolled_at=now,
        )
        keep(self.path / BOX, msgspec.json.encode(box).decode())
        (self.path / PENDING).unlink(missing_ok=True)
        for former in folder.parent.iterdir():
            if former != folder:
                shutil.rmtree(former, ignore_errors=True)
        return box

    def credentials(self, box: BoxId) -> Path:
        """Return where a box's credentials are."""
        return self.path / "boxes" / box / CREDENTIALS

    def environment(self, box: BoxFile) -> dict[str, str]:
        """Return what this box's gateway is told."""
        credentials = self.credentials(box.box)
        url = box.nats_url
        if box.own_authority:
            url = with_authority(url, credentials.with_name(AUTHORITY))
        return {
            settings.NATS_URL: with_credentials(url, credentials),
            config.COMPANY: box.company,
            config.STORE: box.store,
            config.EDGE_DIR: str(self.journal(box)),
            config.RECEIPTS_KEY: box.receipts_public_key,
        }

    def journal(self, box: BoxFile) -> Path:
        """Return where the box's journal is: of its store, whatever box it was enrolled as."""
        return self.path / "stores" / box.company / box.store


def life_of(token: str) -> Life | None:
    """Return from when to when a token counts; None: it has no end. `KeyUnreadableError`."""
    said = claims(token)
    issued, ends = said.get("iat"), said.get("exp")
    if not isinstance(issued, int) or not isinstance(ends, int):
        return None
    return Life(datetime.fromtimestamp(issued, UTC), datetime.fromtimestamp(ends, UTC))


def keep(path: Path, text: str) -> None:
    """Write a file of our own alone, whole or not at all, also when the power goes. OSError."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with open(unfinished, "w", encoding="utf-8", opener=_private) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _plain(code: str) -> str:
    """Return the code as the centre reads it, however a person typed it."""
    return "".join(sign for sign in code.upper() if sign.isalnum()).translate(_MISREAD)


def _read(path: Path, shape: type[_Kept]) -> _Kept | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except FileNotFoundError:
        return None
