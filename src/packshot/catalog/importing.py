"""Rows into the catalogue, a thousand to a transaction: memory does not grow with the file, and what was kept stays
kept when it is cut off. The same file again adds nothing: an image is known by tenant, sku and address.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from packshot.catalog.rows import BadRow, Row
from packshot.database.base import new_id, now
from packshot.database.sessions import Sessions
from packshot.database.tables import ProductGroup, ProductImage, Sku, StoredAsset
from packshot.manifest import digest_of

CHUNK: Final = 1000
SHOWN: Final = 100  # bad rows that a report holds; of the rest it holds the number


@dataclass
class Imported:
    """What came of an import. `known` images were there before, or came twice; `changed` of these got another type,
    group or value."""

    read: int = 0
    added: int = 0
    known: int = 0
    changed: int = 0
    bad: int = 0
    groups: int = 0
    skus: int = 0
    problems: list[BadRow] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        counts = {name: value for name, value in vars(self).items() if name != "problems"}
        return {**counts, "problems": [vars(each) for each in self.problems]}


def import_rows(
    sessions: Sessions,
    rows: Iterable[Row | BadRow],
    *,
    tenant: str = "",
    told_of: Callable[[BadRow], None] = lambda bad: None,
    progress: Callable[[Imported], None] = lambda so_far: None,
) -> Imported:
    """Keep every row that can be kept. `told_of` hears every one that cannot, `progress` how far it is by chunks.

    A row that names bytes can be kept where they are the tenant's already.
    """
    done = Imported()
    for some in _chunks(_good(rows, done, told_of)):
        there = sessions.read(lambda session, some=some: _there(session, tenant, some))  # type: ignore[misc]
        chunk = [row for row in some if row.asset is None or row.asset in there]
        for row in some:
            if row.asset is not None and row.asset not in there:
                _refuse(BadRow(row.line, f"the photograph {row.url} is not kept here"), done, told_of)
        counts = sessions.write(lambda session, chunk=chunk: _kept(session, tenant, chunk))  # type: ignore[misc]
        for name, count in counts.items():
            setattr(done, name, getattr(done, name) + count)
        progress(done)
    return done


def count_rows(rows: Iterable[Row | BadRow], told_of: Callable[[BadRow], None] = lambda bad: None) -> Imported:
    """What an import would read, without keeping any of it."""
    done = Imported()
    for _ in _good(rows, done, told_of):
        pass
    return done


def _good(rows: Iterable[Row | BadRow], done: Imported, told_of: Callable[[BadRow], None]) -> Iterator[Row]:
    for row in rows:
        done.read += 1
        if isinstance(row, Row):
            yield row
            continue
        _refuse(row, done, told_of)


def _refuse(row: BadRow, done: Imported, told_of: Callable[[BadRow], None]) -> None:
    done.bad += 1
    if len(done.problems) < SHOWN:
        done.problems.append(row)
    told_of(row)


def _there(session: Session, tenant: str, rows: Sequence[Row]) -> set[str]:
    """Of the bytes that rows name those that this tenant keeps, or has a photograph with."""
    named = {row.asset for row in rows if row.asset is not None}
    if not named:
        return set()
    tables: tuple[type[StoredAsset | ProductImage], ...] = (StoredAsset, ProductImage)
    found: set[str] = set()
    for table in tables:
        found |= set(session.scalars(select(table.asset).where(table.tenant == tenant, table.asset.in_(named))))
    return found


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _kept(session: Session, tenant: str, chunk: Sequence[Row]) -> Counter[str]:
    counts: Counter[str] = Counter()
    groups = _groups(session, tenant, {row.group for row in chunk if row.group}, counts)
    skus = _skus(session, tenant, chunk, groups, counts)
    _images(session, tenant, chunk, groups, skus, counts)
    return counts


def _groups(session: Session, tenant: str, keys: set[str], counts: Counter[str]) -> dict[str, str]:
    """Ids by the shop's key; those that are not there are made."""
    if not keys:
        return {}

    def known(wanted: set[str]) -> dict[str, str]:
        rows = session.execute(
            select(ProductGroup.shop_key, ProductGroup.id).where(
                ProductGroup.tenant == tenant, ProductGroup.shop_key.in_(wanted)
            )
        )
        return {row.shop_key: row.id for row in rows}

    found = known(keys)
    if missing := sorted(keys - found.keys()):
        moment = now()
        rows = [
            {"id": new_id(), "tenant": tenant, "shop_key": key, "name": "", "created_at": moment} for key in missing
        ]
        counts["groups"] += _insert_new(session, ProductGroup, rows, ["tenant", "shop_key"])
        found |= known(set(missing))
    return found


def _skus(
    session: Session, tenant: str, chunk: Sequence[Row], groups: dict[str, str], counts: Counter[str]
) -> dict[str, str]:
    """Ids by the shop's key; those that are not there are made, those with another group or value are changed."""
    said: dict[str, tuple[str | None, float | None]] = {}
    for row in chunk:
        group, value = said.get(row.sku, (None, None))
        said[row.sku] = (groups.get(row.group, group), value if row.value is None else row.value)

    def known(wanted: Iterable[str]) -> dict[str, Any]:
        columns = select(Sku.shop_key, Sku.id, Sku.product_group_id, Sku.value)
        rows = session.execute(columns.where(Sku.tenant == tenant, Sku.shop_key.in_(wanted)))
        return {row.shop_key: row for row in rows}

    found = known(said)
    for key, row in found.items():
        group, value = said[key]
        wanted = (group or row.product_group_id, row.value if value is None else value)
        if wanted != (row.product_group_id, row.value):
            changed = update(Sku).where(Sku.id == row.id).values(product_group_id=wanted[0], value=wanted[1])
            session.execute(changed, execution_options={"synchronize_session": False})
            counts["changed"] += 1
    if missing := sorted(said.keys() - found.keys()):
        moment = now()
        rows = [
            {
                "id": new_id(),
                "tenant": tenant,
                "shop_key": key,
                "product_group_id": said[key][0],
                "value": said[key][1],
                "image_count": 0,
                "created_at": moment,
            }
            for key in missing
        ]
        counts["skus"] += _insert_new(session, Sku, rows, ["tenant", "shop_key"])
        found |= known(missing)
    return {key: row.id for key, row in found.items()}


def _images(
    session: Session,
    tenant: str,
    chunk: Sequence[Row],
    groups: dict[str, str],
    skus: dict[str, str],
    counts: Counter[str],
) -> None:
    wanted: dict[tuple[str, str], Row] = {}
    for row in chunk:
        key = skus[row.sku], digest_of(row.url.encode())
        counts["known"] += key in wanted
        wanted[key] = row
    image = ProductImage
    columns = select(image.id, image.sku_id, image.url_digest, image.image_type, image.product_group_id, image.version)
    of = {sku for sku, _ in wanted}
    here = columns.where(image.tenant == tenant, image.sku_id.in_(of))
    if len(of) < 10:  # of a few skus there may be very many; of many the server would look up every pair
        here = here.where(image.url_digest.in_({digest for _, digest in wanted}))
    for found in session.execute(here):
        here_too = wanted.pop((found.sku_id, found.url_digest), None)
        if here_too is None:
            continue
        counts["known"] += 1
        group = groups.get(here_too.group, found.product_group_id)
        if (here_too.image_type, group) != (found.image_type, found.product_group_id):
            changed = update(image).where(image.id == found.id, image.version == found.version)
            values = {"image_type": here_too.image_type, "product_group_id": group, "version": found.version + 1}
            session.execute(changed.values(**values), execution_options={"synchronize_session": False})
            counts["changed"] += 1
    moment = now()
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "tenant": tenant,
            "product_group_id": groups.get(row.group),
            "sku_id": sku,
            "image_url": row.url,
            "url_digest": digest,
            "image_type": row.image_type,
            "asset": row.asset,
            "status": "pending",
            "qc_status": "pending",
            "doubt": 0.0,
            "version": 1,
            "created_at": moment,
            "updated_at": moment,
        }
        for (sku, digest), row in wanted.items()
    ]
    if not rows:
        return
    added = _insert_new(session, ProductImage, rows, ["tenant", "sku_id", "url_digest"])
    if added < len(rows):  # somebody else imports the same
        ids = set(session.scalars(select(image.id).where(image.id.in_([row["id"] for row in rows]))))
        rows = [row for row in rows if row["id"] in ids]
        counts["known"] += len(wanted) - len(rows)
    counts["added"] += len(rows)
    _count(session, Counter(row["sku_id"] for row in rows))


def _count(session: Session, more: Counter[str]) -> None:
    """So many images more for each sku, one statement for all that get as many."""
    for count in sorted(set(more.values())):
        ids = sorted(sku for sku, number in more.items() if number == count)
        counted = update(Sku).where(Sku.id.in_(ids)).values(image_count=Sku.image_count + bindparam("more", count))
        session.execute(counted, execution_options={"synchronize_session": False})


def _insert_new(session: Session, table: type[Any], rows: Sequence[dict[str, Any]], unique: Sequence[str]) -> int:
    """Insert the rows but those that are there by their `unique` columns; how many were."""
    dialect = session.get_bind().dialect.name
    plain: Any = table.__table__
    statement: Any
    if dialect in ("mysql", "mariadb"):
        statement = insert(plain).prefix_with("IGNORE")
    else:
        kind = postgresql if dialect == "postgresql" else sqlite
        statement = kind.insert(plain).on_conflict_do_nothing(index_elements=list(unique))
    done = session.connection().execute(statement, list(rows), execution_options={"preserve_rowcount": True})
    return int(done.rowcount)
