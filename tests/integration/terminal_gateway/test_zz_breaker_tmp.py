import asyncio
import random
import sys

import pytest

from ct6100 import codec
from ct6100.messages import *
from ct6100.records import *
from testkit.gateway_process import Centre, GatewayProcess, configuration
from testkit.terminal_server import TerminalServer


@pytest.mark.parametrize("seed", range(6))
async def test_fuzz(nats_server, tmp_path, seed):
    draw = random.Random(seed)
    terminal = TerminalServer()
    await terminal.power_on()
    centre = await Centre.connect(nats_server.url)
    await centre.configure(configuration(terminal.port))
    p = GatewayProcess(tmp_path / "edge", nats_server.url)
    await p.start()
    await centre.until_linked()

    def mutate(m):
        if draw.random() < 0.5:
            return [m]
        for _ in range(20):
            raw = bytearray(codec.encode(m))
            for _ in range(draw.choice([1, 1, 2, 4])):
                i = draw.randrange(1, len(raw))
                raw[i] = draw.choice([0, 0xFF, 0x30, 0x39, 0x2D, draw.randrange(256)])
            try:
                x = codec.decode(bytes(raw))
                codec.encode(x)
            except Exception:
                continue
            return [x] * draw.choice([1, 1, 2])
        return [m]

    terminal.outgoing = mutate
    ops = 0
    charged = 0
    for k in range(40):
        op = centre.ids.uuid()
        try:
            r = await centre.start(op)
        except Exception as e:
            r = e
        try:
            await asyncio.wait_for(terminal.until_screen("choose_media"), 0.3)
            if draw.random() < 0.8:
                await terminal.pay()
        except Exception:
            pass
        if draw.random() < 0.2:
            terminal.drop()
        if draw.random() < 0.1:
            terminal.press("リセット")
        await asyncio.sleep(0.05)
        assert p.process.returncode is None, f"gateway died at {k}"
    terminal.outgoing = lambda m: [m]
    terminal.drop()
    await asyncio.sleep(1.5)
    assert p.process.returncode is None
    # now truth
    ids = {}
    for e in terminal.approved():
        said = await centre.inquire(e.operation_id)
        ids[e.operation_id] = (
            type(said).__name__,
            getattr(said, "outcome", None),
            getattr(said, "amount", None),
            getattr(said, "evidence", None) and said.evidence.source,
        )
    bad = {k: v for k, v in ids.items() if v[1] != "approved"}
    print(seed, len(ids), "charged; not approved:", bad, file=sys.stderr)
    await p.kill()
    await terminal.power_off()
    await centre.bus.drain()
