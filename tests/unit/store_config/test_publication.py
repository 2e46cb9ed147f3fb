import asyncio

import pytest
from msgspec import structs

from contracts.stores import StoreConfiguration, StoreSettings
from store_config.memory import MemoryDocuments, MemoryStores
from store_config.ports import OutOfReach
from store_config.publication import AT_ONCE, Publication


def a_store(store: str, version: int) -> StoreConfiguration:
    return StoreConfiguration(
        company="DEMO",
        store=store,
        name=store,
        version=version,
        terminal_option=True,
        registers=(),
        terminals=(),
        settings=StoreSettings(),
    )


async def test_at_start_what_is_missing_or_older_is_shown_and_the_rest_is_left_alone() -> None:
    mine = (a_store("S001", 3), a_store("S002", 3), a_store("S003", 3))
    stores, documents = MemoryStores(mine), MemoryDocuments()
    documents.documents[("DEMO", "S001")] = a_store("S001", 3)
    documents.documents[("DEMO", "S002")] = a_store("S002", 2)
    assert await Publication(stores, documents).reconcile() == 2
    assert documents.puts == [mine[1], mine[2]]
    assert await stores.unpublished() == ()


@pytest.mark.parametrize(("name", "version"), [("later", 9), ("other", 3)])
async def test_a_bucket_that_is_ahead_of_a_restored_record_is_overtaken(
    name: str, version: int
) -> None:
    stores, documents = MemoryStores((a_store("S001", 3),)), MemoryDocuments()
    ahead = structs.replace(a_store("S001", version), name=name)
    documents.documents[("DEMO", "S001")] = ahead
    await Publication(stores, documents).reconcile()
    shown = documents.documents[("DEMO", "S001")]
    assert (shown.name, shown.version) == ("S001", version + 1)
    assert await stores.unpublished() == ()


async def test_a_bucket_out_of_reach_leaves_the_publication_pending() -> None:
    stores, documents = MemoryStores((a_store("S001", 1),)), MemoryDocuments()
    documents.away = True
    publication = Publication(stores, documents)
    with pytest.raises(OutOfReach):
        await publication.publish_pending()
    documents.away = False
    await publication.publish_pending()
    assert documents.puts == [a_store("S001", 1)]


async def test_a_poke_brings_what_was_committed_to_the_bucket() -> None:
    stores, documents = MemoryStores((a_store("S001", 1),)), MemoryDocuments()
    publication = Publication(stores, documents)
    running = asyncio.create_task(publication.run())
    await _until_shown(documents, 1)
    await stores.lift("DEMO", "S001", 2)
    publication.poke()
    await _until_shown(documents, 2)
    running.cancel()


class SlowDocuments(MemoryDocuments):
    """Lets others have their turn while it puts; one store of them cannot be put."""

    def __init__(self, stuck: str) -> None:
        super().__init__()
        self.under_way = self.most_under_way = 0
        self.stuck = stuck

    async def put(self, document: StoreConfiguration) -> None:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(0)
            if document.store == self.stuck:
                raise OutOfReach("not this one")
            await asyncio.sleep(0)
            await super().put(document)
        finally:
            self.under_way -= 1


async def test_a_chain_is_shown_many_at_once_and_a_failure_leaves_none_under_way() -> None:
    mine = tuple(a_store(f"S{number:03}", 1) for number in range(3 * AT_ONCE))
    stores, documents = MemoryStores(mine), SlowDocuments(stuck=mine[AT_ONCE].store)
    publication = Publication(stores, documents)
    with pytest.raises(OutOfReach):
        await publication.publish_pending()
    assert (documents.under_way, documents.most_under_way) == (0, AT_ONCE)
    documents.stuck = ""
    await publication.publish_pending()
    assert await stores.unpublished() == ()
    assert {one.store for one in documents.puts} == {one.store for one in mine}
    assert await publication.reconcile() == 0


async def _until_shown(documents: MemoryDocuments, version: int) -> None:
    for _ in range(100):
        if documents.puts and documents.puts[-1].version == version:
            return
        await asyncio.sleep(0)
    pytest.fail(f"version {version} was not shown")
