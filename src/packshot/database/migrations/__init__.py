"""Every change to the schema, in order. Alembic runs them; `packshot.database.migrate` starts it."""
