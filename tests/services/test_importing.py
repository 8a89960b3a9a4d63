"""Rows into the catalogue, the same on every server."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from packshot.catalog.importing import CHUNK, import_rows
from packshot.catalog.rows import BadRow, Row, checked
from packshot.database.base import now
from packshot.database.sessions import Sessions
from packshot.database.tables import ProductGroup, ProductImage, Sku, StoredAsset


def row(number: int, sku: str = "S1", **more: object) -> Row:
    return Row(number, sku, f"https://cdn.example.com/{number}.jpg", **more)  # type: ignore[arg-type]


def count(sessions: Sessions, table: type) -> int:
    return sessions.read(lambda session: session.scalar(select(func.count()).select_from(table)) or 0)


def counted_images(sessions: Sessions, tenant: str = "") -> dict[str, int]:
    wanted = select(Sku.shop_key, Sku.image_count).where(Sku.tenant == tenant)
    return sessions.read(lambda session: {row.shop_key: row.image_count for row in session.execute(wanted)})


def test_groups_skus_and_images_are_made_once_and_counted(sessions: Sessions) -> None:
    rows: list[Row | BadRow] = [
        row(1, group="G"),
        row(2, group="G", image_type="side"),
        row(3, "S2"),
        BadRow(4, "it is bad"),
    ]
    done = import_rows(sessions, rows)
    assert (done.read, done.added, done.known, done.bad, done.groups, done.skus) == (4, 3, 0, 1, 1, 2)
    assert done.problems == [BadRow(4, "it is bad")]
    assert counted_images(sessions) == {"S1": 2, "S2": 1}
    image = sessions.read(lambda session: session.scalars(select(ProductImage).order_by(ProductImage.id)).all())[1]
    assert (image.image_type, image.status, image.qc_status) == ("side", "pending", "pending")


def test_the_same_file_again_adds_nothing(sessions: Sessions) -> None:
    rows = [row(1), row(2), row(2)]
    assert (import_rows(sessions, rows).added, import_rows(sessions, rows).added) == (2, 0)
    again = import_rows(sessions, rows)
    assert (again.known, again.changed) == (3, 0)
    assert counted_images(sessions) == {"S1": 2}


def test_a_corrected_file_changes_type_group_and_value(sessions: Sessions) -> None:
    import_rows(sessions, [row(1, group="G", value=5.0)])
    done = import_rows(sessions, [row(1, group="H", image_type="back", value=9.0)])
    assert (done.added, done.known, done.changed) == (0, 1, 2)

    def found(session):  # type: ignore[no-untyped-def]
        image, sku, group = session.execute(
            select(ProductImage, Sku, ProductGroup)
            .join(Sku, Sku.id == ProductImage.sku_id)
            .join(ProductGroup, ProductGroup.id == ProductImage.product_group_id)
        ).one()
        return image.image_type, image.version, sku.value, group.shop_key, sku.product_group_id == group.id

    assert sessions.read(found) == ("back", 2, 9.0, "H", True)


def test_what_a_later_file_does_not_say_stays(sessions: Sessions) -> None:
    import_rows(sessions, [row(1, group="G", value=5.0)])
    assert import_rows(sessions, [row(1)]).changed == 0
    value, group = sessions.read(lambda session: session.execute(select(Sku.value, Sku.product_group_id)).one())
    assert value == 5.0
    assert group is not None


def test_the_catalogues_of_tenants_are_apart(sessions: Sessions) -> None:
    for tenant in ("one", "two"):
        assert import_rows(sessions, [row(1, group="G")], tenant=tenant).added == 1
    assert count(sessions, ProductImage) == count(sessions, Sku) == count(sessions, ProductGroup) == 2


def test_skus_that_differ_in_case_or_accent_are_different(sessions: Sessions) -> None:
    assert import_rows(sessions, [row(1, key) for key in ("a1", "A1", "Müller", "Muller")]).skus == 4


def test_more_than_a_chunk_is_kept_whole(sessions: Sessions) -> None:
    so_far = []
    rows = [row(number, f"S{number // 3}") for number in range(2 * CHUNK + 5)]
    done = import_rows(sessions, rows, progress=lambda done: so_far.append(done.added))
    assert done.added == count(sessions, ProductImage) == 2 * CHUNK + 5
    assert so_far == [CHUNK, 2 * CHUNK, 2 * CHUNK + 5]
    assert sum(counted_images(sessions).values()) == 2 * CHUNK + 5


def test_of_several_who_import_the_same_at_once_each_image_is_added_once(sessions: Sessions) -> None:
    rows = [row(number, f"S{number % 40}", group=f"G{number % 7}") for number in range(1500)]
    orders = [rows, rows[::-1], rows[700:] + rows[:700]]
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda each: import_rows(sessions, each), orders))
    assert sum(each.added for each in done) == count(sessions, ProductImage) == 1500
    assert sum(each.known for each in done) == 3000
    assert sum(counted_images(sessions).values()) == 1500


def test_a_row_that_names_bytes_is_kept_where_they_are_the_tenants(sessions: Sessions) -> None:
    asset = f"sha256:{'a' * 64}"
    named = checked(1, {"sku_id": "S1", "image_url": f"urn:{asset}"})
    assert isinstance(named, Row)
    assert import_rows(sessions, [named], tenant="one").problems == [
        BadRow(1, f"the photograph urn:{asset} is not kept here")
    ]
    at = now()
    mine = StoredAsset(tenant="one", asset=asset, size=1, keeping="lasting", created_at=at, used_at=at)
    sessions.write(lambda session: session.add(mine))
    assert import_rows(sessions, [named], tenant="one").added == 1
    assert sessions.read(lambda session: session.scalars(select(ProductImage.asset)).one()) == asset
    assert import_rows(sessions, [named], tenant="two").bad == 1
