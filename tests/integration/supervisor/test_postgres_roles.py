import secrets
from urllib.parse import urlsplit

import asyncpg
import pytest

from supervisor.postgres_roles import roles_sql


async def test_tables_of_a_version_without_roles_become_their_services(database: str) -> None:
    parts = urlsplit(database)
    name, other = f"a_{secrets.token_hex(4)}", f"b_{secrets.token_hex(4)}"
    passwords = {name: secrets.token_hex(8), other: secrets.token_hex(8)}
    owner = await asyncpg.connect(database)
    await owner.execute(f"CREATE SCHEMA {name}")
    await owner.execute(
        f"CREATE TABLE {name}.sale (id bigint GENERATED ALWAYS AS IDENTITY, amount integer)"
    )
    await owner.execute(f"CREATE INDEX ON {name}.sale (amount)")
    put = f"INSERT INTO {name}.sale (amount) VALUES ($1)"  # noqa: S608 - the name is the test's own
    await owner.execute(put, 165)
    total = f"SELECT sum(amount) FROM {name}.sale"  # noqa: S608 - the name is the test's own
    for _ in range(2):  # each start says it anew
        await owner.execute(roles_sql(parts.path.removeprefix("/"), passwords))
    for role, own in ((name, True), (other, False)):
        url = f"postgresql://{role}:{passwords[role]}@{parts.hostname}:{parts.port}{parts.path}"
        service = await asyncpg.connect(url)
        if own:
            await service.execute(f"ALTER TABLE {name}.sale ADD COLUMN note text")
            await service.execute(put, 1)
            assert await service.fetchval(total) == 166
        else:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await service.fetchval(total)
        await service.close()
    await owner.execute(f"DROP SCHEMA {name} CASCADE; DROP SCHEMA {other}")
    for role in passwords:
        await owner.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')
    await owner.close()
