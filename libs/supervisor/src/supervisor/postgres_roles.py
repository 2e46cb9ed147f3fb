"""One role and schema for each service, no way from one to another. Pure: names in, SQL out.

Said anew at every start: it brings a database of an older version into the same state, whose tables
still belong to the server's own user.
"""

from collections.abc import Mapping


def roles_sql(database: str, passwords: Mapping[str, str]) -> str:
    """Return the statements for all services, given each one's password.

    A service owns its schema, makes and changes its own tables there, and may do nothing else in
    the database. Nobody else may look into it, but the server's own user.
    """
    return "\n".join(
        [
            f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC;',
            "REVOKE ALL ON SCHEMA public FROM PUBLIC;",
            *(_role(database, name, password) for name, password in passwords.items()),
        ]
    )


def _role(database: str, name: str, password: str) -> str:
    assert name.isidentifier(), name  # noqa: S101 - house style 12
    assert password.isalnum(), "it stands in a statement"  # noqa: S101 - the same
    rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT"
    return f"""
DO $$
DECLARE
    relation regclass;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN
        CREATE ROLE "{name}";
    END IF;
    ALTER ROLE "{name}" WITH {rights} PASSWORD '{password}';
    GRANT CONNECT ON DATABASE "{database}" TO "{name}";
    CREATE SCHEMA IF NOT EXISTS "{name}" AUTHORIZATION "{name}";
    ALTER SCHEMA "{name}" OWNER TO "{name}";
    REVOKE ALL ON SCHEMA "{name}" FROM PUBLIC;
    FOR relation IN
        SELECT one.oid::regclass FROM pg_class AS one
        WHERE one.relnamespace = '{name}'::regnamespace AND one.relkind IN ('r', 'p', 'v', 'm')
          AND one.relowner <> '{name}'::regrole
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO "{name}"', relation);
    END LOOP;
END
$$;"""  # noqa: S608 - the names are our own services', checked above
