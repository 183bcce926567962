"""The rows of a whole database, kept in memory and put back: what takes seconds to build is built once.

PostgreSQL only, as the superuser that the tests' own server has: guards and foreign keys do not look at rows that are
put back, which they have all seen before. Sequences stay where they are, ahead of every key that was kept.
"""

# What migrations wrote stands outside every test.
KEPT_OUT = "django_migrations"

Rows = dict[str, bytes]


def take(cursor) -> Rows:
    """Every table that holds rows, by its name. `cursor` is psycopg's."""
    rows = {}
    for table in _tables(cursor):
        with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
            rows[table] = b"".join(copy)
    return {table: content for table, content in rows.items() if content}


def put_back(cursor, rows: Rows) -> None:
    """The database as it was when `rows` were taken; what was written since is gone. Inside a transaction."""
    tables = _tables(cursor)
    # Whoever is writing ends first, and nobody writes between the deletion and the copy.
    cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
    cursor.execute("SET LOCAL session_replication_role = replica")
    # Quicker than TRUNCATE, which makes a file anew for each of a hundred tables, full or not.
    for table in tables:
        cursor.execute(f'DELETE FROM "{table}"')
    add(cursor, rows)


def add(cursor, rows: Rows) -> None:
    """These rows beside those that are there. Inside a transaction."""
    cursor.execute("SET LOCAL session_replication_role = replica")
    for table, content in rows.items():
        with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
            copy.write(content)
    cursor.execute("SET LOCAL session_replication_role = origin")


def _tables(cursor) -> list[str]:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return [table for (table,) in cursor.fetchall() if table != KEPT_OUT]
