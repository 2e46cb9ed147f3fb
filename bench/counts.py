"""What a sale costs the servers: counted by the servers themselves, before and after."""

import time
from collections.abc import Mapping
from pathlib import Path

import asyncpg
from msgspec import Struct

from bench.bare_nats import connected, jetstream_of

STREAMS = ("TERMINALS", "SALES")


class Counts(Struct, frozen=True, kw_only=True):
    """Totals since the servers were made."""

    commits: int
    """PostgreSQL transactions that wrote (transaction ids drawn)."""
    wal_fsyncs: int
    publishes: int
    """Messages in the streams."""

    def since(self, before: "Counts") -> "Counts":
        """Return the difference."""
        return Counts(
            commits=self.commits - before.commits,
            wal_fsyncs=self.wal_fsyncs - before.wal_fsyncs,
            publishes=self.publishes - before.publishes,
        )


async def count(nats_url: str, postgres_url: str, streams: tuple[str, ...] = STREAMS) -> Counts:
    """Ask both servers."""
    record = await asyncpg.connect(postgres_url)
    commits = await record.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    fsyncs = await record.fetchval(
        "SELECT coalesce(sum(fsyncs), 0)::bigint FROM pg_stat_io WHERE object = 'wal'"
    )
    await record.close()
    bus = await connected(nats_url)
    jetstream = jetstream_of(bus)
    publishes = 0
    for name in streams:
        publishes += (await jetstream.stream_info(name)).state.last_seq
    await bus.close()
    return Counts(commits=commits, wal_fsyncs=fsyncs, publishes=publishes)


def resident_mb(pid: int) -> float:
    """Return a process's resident memory."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def cpu_s(pid: int) -> float:
    """Return the processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def cpu_of(processes: Mapping[str, int]) -> dict[str, float]:
    """Return what each process has used, and this one: the terminals and the registers."""
    used = {name: cpu_s(pid) for name, pid in processes.items()}
    return used | {"terminals and registers (this process)": time.process_time()}
