"""How Alembic runs the migrations: on the connection it is given, in one transaction."""

from alembic import context

from packshot.database.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    compare_type=True,
    transactional_ddl=context.config.attributes["connection"].dialect.name in ("sqlite", "postgresql"),
)
with context.begin_transaction():
    context.run_migrations()
