"""What SQLite cannot change in a table, it is made anew with."""

import sqlalchemy as sa
from alembic import op


def made_anew(table: str, was: str, is_now: str) -> None:
    """SQLite's table with one part declared otherwise. Foreign keys are to be off meanwhile."""
    told = op.get_bind()
    rows = told.execute(
        sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :table AND sql <> ''"), {"table": table}
    )
    kinds = rows.all()
    declared = next(sql for kind, sql in kinds if kind == "table")
    if was not in declared:
        raise ValueError(f"{table} is not declared as expected: no {was}")
    columns = ", ".join(column["name"] for column in sa.inspect(told).get_columns(table))
    op.execute(f"CREATE TABLE {table}_anew {declared[declared.index('(') :].replace(was, is_now)}")
    op.execute(f"INSERT INTO {table}_anew ({columns}) SELECT {columns} FROM {table}")  # noqa: S608
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for kind, sql in kinds:
        if kind == "index":
            op.execute(sql)
