"""Copies of stores only grow newer."""

from typing import Any


async def test_an_older_document_is_never_taken(house: Any) -> None:
    await house.with_store(version=3, paired="R1")
    await house.with_store(version=2, paired=None)
    store = house.stores.find("C", "S")
    assert (store.version, store.terminals[0].paired_register) == (3, "R1")


async def test_a_store_that_is_taken_away_is_gone(house: Any) -> None:
    await house.with_store()
    await house.stores.on_change("C.S", None, 2)
    assert house.stores.find("C", "S") is None
