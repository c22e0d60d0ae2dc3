"""How Alembic runs a step: on the connection and in the transaction that `inbox.storage.migrate` opened."""

from alembic import context

from inbox.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a column by copying the table
    transactional_ddl=True,  # migrate.py begins SQLite's transactions itself, so schema changes are inside
)
with context.begin_transaction():
    context.run_migrations()
