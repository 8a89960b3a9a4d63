"""Cards, their licences, and what is pulled: nothing is put in place that is not what was meant."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

import packshot.tasks.weights as pulling
from packshot.errors import FetchFailed, InputError, ModelRefused, UnknownName
from packshot.models.onnx.opening import LAYOUTS
from packshot.models.weights.card import WeightsCard, allows_commerce, check_licence, shipped
from packshot.models.weights.shelf import Shelf
from packshot.settings import Weights
from packshot.storage.addresses import Rules
from packshot.tasks.weights import PullWeights, pull_weights, verify_weights

NETWORK = b"\x08\x09" + bytes(5000)
DIGEST = hashlib.sha256(NETWORK).hexdigest()
ADDRESS = "https://example.com/u2netp.onnx"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(Weights(folder=tmp_path / "weights"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.onnx"
    path.write_bytes(NETWORK)
    return path


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What lies at which address; stands in for `fetch`, which has tests of its own."""
    known: dict[str, bytes] = {}

    def fetch(url: str, part: Path, rules: Rules, progress: Any) -> None:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(known[url])
        progress(len(known[url]), len(known[url]))

    monkeypatch.setattr(pulling, "fetch", fetch)
    return known


def test_every_shipped_card_says_where_it_is_from_and_what_it_allows() -> None:
    for card in shipped().values():
        assert card.layout in LAYOUTS
        assert card.licence
        assert card.licence_source.startswith("https://"), card.name
        assert card.origin.startswith("https://"), card.name
        said = allows_commerce(card.licence)
        assert said is None or card.commercial is None or said == card.commercial, card.name
        for file in card.files:
            assert file.url.startswith("https://") or card.notes, f"{card.name}: nobody publishes {file.file}"


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("(MIT OR GPL-3.0-only)", True),
        ("CC-BY-NC-4.0", False),
        ("MIT AND CC-BY-NC-SA-4.0", False),
        ("LicenseRef-bria-rmbg-1.4-non-commercial", False),
        ("proprietary", None),
        ("LicenseRef-whatever", None),
        ("", None),
    ],
)
def test_a_licence_says_yes_no_or_nothing(licence: str, allowed: bool | None) -> None:
    assert allows_commerce(licence) is allowed


def test_unknown_and_forbidding_licences_are_refused_with_a_way_out() -> None:
    for name, why in (("rmbg-1.4", "forbids commercial use"), ("orient-anything", "does not say")):
        with pytest.raises(ModelRefused, match=why) as caught:
            check_licence(shipped()[name], Weights())
        assert "PACKSHOT_WEIGHTS__ANY_LICENCE=true" in caught.value.hint
        check_licence(shipped()[name], Weights(any_licence=True))


def test_a_card_that_contradicts_its_licence_is_refused() -> None:
    card = shipped()["birefnet"].model_copy(update={"licence": "CC-BY-NC-4.0"})
    with pytest.raises(ModelRefused):
        check_licence(card, Weights())


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "Name", "a" * 65])
def test_names_that_could_leave_the_folder_are_no_names(name: str) -> None:
    data = shipped()["birefnet"].model_dump()
    with pytest.raises(InputError):
        WeightsCard.of(data | {"name": name})
    with pytest.raises(InputError):
        WeightsCard.of(data | {"files": [{"file": f"{name}/../../x"}]})


def test_ones_own_file_is_pinned_and_carded(shelf: Shelf, file: Path) -> None:
    request = PullWeights("mine", {"network": str(file)}, layout="u2net", licence="proprietary", commercial=True)
    done = pull_weights(request, shelf)

    assert done.paths == (shelf.folder / "mine" / "mine.onnx",)
    assert done.paths[0].read_bytes() == NETWORK
    [kept] = shelf.card("mine").files
    assert (kept.sha256, kept.bytes) == (DIGEST, len(NETWORK))
    assert shelf.card("mine").digest == f"sha256:{DIGEST}"
    assert sorted(path.name for path in done.paths[0].parent.iterdir()) == ["card.yaml", "mine.onnx"]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (PullWeights("mine", {"network": "x"}, layout="u2net"), "need their licence"),
        (PullWeights("mine", layout="u2net", licence="MIT"), "need their file"),
        (PullWeights("mine", {"network": "x"}, layout="u3net", licence="MIT"), "no layout is called 'u3net'"),
        (PullWeights("embedded", {"network": "x"}, layout="u2net", licence="MIT"), "is called 'embedded' already"),
        (PullWeights("mine", {"network": "/no/such/file"}, layout="u2net", licence="MIT"), "there is no file"),
        (PullWeights("evf-sam2"), "nobody publishes evf_sam2.encoder.onnx"),
        (PullWeights("birefnet-lite"), "nobody has pinned"),
    ],
)
def test_what_is_missing_is_asked_for(shelf: Shelf, request_: PullWeights, said: str) -> None:
    with pytest.raises(InputError, match=said):
        pull_weights(request_, shelf)
    assert not list(shelf.folder.glob("*/*.onnx"))


def test_a_misspelt_name_is_told_the_nearest(shelf: Shelf) -> None:
    with pytest.raises(UnknownName, match="birefnett") as caught:
        pull_weights(PullWeights("birefnett"), shelf)
    assert "birefnet" in caught.value.hint


def test_a_licence_is_looked_at_before_anything_is_fetched(shelf: Shelf, web: dict[str, bytes]) -> None:
    with pytest.raises(ModelRefused):
        pull_weights(PullWeights("rmbg-1.4", pin=True), shelf)
    assert not shelf.folder.exists()


def test_another_digest_than_was_meant_is_not_put_in_place(shelf: Shelf, web: dict[str, bytes]) -> None:
    web[shipped()["u2netp"].files[0].url] = NETWORK
    with pytest.raises(FetchFailed, match=f"its digest is {DIGEST}"):
        pull_weights(PullWeights("u2netp"), shelf)

    assert [path for path in shelf.folder.rglob("*") if path.is_file()] == []
    assert shelf.missing(shelf.card("u2netp"))


def test_a_known_digest_lets_a_file_in_and_the_second_time_nothing_comes(shelf: Shelf, web: dict[str, bytes]) -> None:
    web[ADDRESS] = NETWORK
    request = PullWeights("u2netp", {"network": ADDRESS}, {"network": DIGEST})
    first = pull_weights(request, shelf)
    web.clear()
    again = pull_weights(request, shelf)

    assert len(first.paths) == 1
    assert (again.paths, len(again.skipped)) == ((), 1)
    assert pull_weights(PullWeights("u2netp"), shelf).skipped == again.skipped  # the card remembers


def test_what_nobody_pinned_is_taken_when_that_is_said(shelf: Shelf, web: dict[str, bytes]) -> None:
    web[shipped()["birefnet-lite"].files[0].url] = NETWORK
    told: list[tuple[str, int, int | None]] = []
    pull_weights(PullWeights("birefnet-lite", pin=True), shelf, lambda *said: told.append(said))

    assert shelf.card("birefnet-lite").files[0].sha256 == DIGEST
    assert told == [(shipped()["birefnet-lite"].files[0].file, len(NETWORK), len(NETWORK))]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\x1f\x8brest", "a gzip archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (bytes(257) + b"ustar\x00" + bytes(250), "a tar archive"),
        (b"\x80\x02}q\x00", "a pickle, which is a program"),
        (b"", "empty"),
    ],
)
def test_archives_and_programs_are_not_taken(shelf: Shelf, tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "weights.onnx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=kind):
        pull_weights(PullWeights("mine", {"network": str(path)}, layout="u2net", licence="MIT"), shelf)
    assert not [each for each in shelf.folder.rglob("*") if each.is_file()]


def test_a_file_over_the_limit_is_not_copied(tmp_path: Path, file: Path) -> None:
    shelf = Shelf(Weights(folder=tmp_path / "weights", max_megabytes=0.001))
    with pytest.raises(InputError, match="at most 0 MB are taken"):
        pull_weights(PullWeights("mine", {"network": str(file)}, layout="u2net", licence="MIT"), shelf)


def test_a_file_that_was_changed_is_found_and_told(shelf: Shelf, file: Path) -> None:
    pull_weights(PullWeights("mine", {"network": str(file)}, layout="u2net", licence="MIT"), shelf)
    path = shelf.folder / "mine" / "mine.onnx"
    path.write_bytes(NETWORK[:-1] + b"x")

    found = verify_weights("mine", shelf)
    assert found.files == {"mine.onnx": "altered"}
    assert not found.is_fine
    path.unlink()
    assert verify_weights("mine", shelf).files == {"mine.onnx": "missing"}


def test_what_is_whole_but_no_network_does_not_fit(shelf: Shelf, file: Path) -> None:
    pytest.importorskip("onnxruntime", reason="no ONNX Runtime here: pip install 'packshot[onnx]'")
    pull_weights(PullWeights("mine", {"network": str(file)}, layout="u2net", licence="MIT"), shelf)

    found = verify_weights("mine", shelf)
    assert found.files == {"mine.onnx": "whole"}
    assert "cannot be opened as a network" in found.misfits[0]


def test_a_card_that_somebody_broke_says_where(shelf: Shelf) -> None:
    path = shelf.folder / "mine" / "card.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("name: mine\nkind: cutout\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        shelf.cards()
    assert caught.value.where == [str(path)]


def test_a_folder_cannot_pass_for_another_name(shelf: Shelf, file: Path) -> None:
    pull_weights(PullWeights("mine", {"network": str(file)}, layout="u2net", licence="MIT"), shelf)
    (shelf.folder / "mine").rename(shelf.folder / "birefnet")
    with pytest.raises(InputError, match="is that of mine"):
        shelf.cards()
