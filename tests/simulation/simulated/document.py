"""What is configured for a store: registers, terminals, and what its brands allow."""

import random

from contracts.stores import (
    BrandRule,
    RegisterEntry,
    StoreConfiguration,
    StoreSettings,
    TerminalEntry,
)
from simulated.shop import COMPANY, STORE


def document(registers: int, rng: random.Random, port: int) -> StoreConfiguration:
    """Return a store's configuration; the terms of its brands differ from seed to seed."""
    numbers = range(1, registers + 1)
    return StoreConfiguration(
        company=COMPANY,
        store=STORE,
        name="渋谷店",
        version=1,
        terminal_option=True,
        registers=tuple(RegisterEntry(register=f"R{n}", name=f"レジ{n}") for n in numbers),
        terminals=tuple(
            TerminalEntry(
                terminal=f"T{n}",
                model="CT-6100",
                serial=f"CT6100-{STORE}-T{n}",
                host="terminal",
                port=port + n,
                paired_register=f"R{n}",
            )
            for n in numbers
        ),
        settings=StoreSettings(refund_needs_manager=rng.random() < 0.2),
        brand_rules=_rules(rng),
    )


def _rules(rng: random.Random) -> tuple[BrandRule, ...]:
    in_cash = ("cash", "support")
    return (
        BrandRule(brand="VISA", media="card", window_days=rng.choice((None, None, 1))),
        BrandRule(brand="iD", media="emoney"),
        # A provider may forbid what its terminal would do all the same.
        BrandRule(brand="QUICPay", media="emoney", cancellable=rng.random() < 0.5, ways=in_cash),
        BrandRule(brand="nanaco", media="emoney", cancellable=False, reason="brand", ways=in_cash),
        BrandRule(
            brand="PayPay",
            media="code",
            last_only=rng.random() < 0.3,
            needs_card=False,
            prints_slip=False,
        ),
    )
