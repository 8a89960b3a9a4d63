"""Words to numbers, as BERT and SentencePiece have them."""

import json
from pathlib import Path

import numpy as np
import pytest

from packshot.errors import ModelUnavailable
from packshot.models.onnx.grounding import apart, caption
from packshot.models.onnx.unigram import Unigram
from packshot.models.onnx.wordpiece import WordPiece, words

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", "?", "un", "##aff", "##able", "cafe", "table", "##s", "tab", "茶"]


@pytest.fixture
def bert(tmp_path: Path) -> WordPiece:
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(PIECES), encoding="utf-8")
    return WordPiece.read(path)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("unaffable", ["un", "##aff", "##able"]),  # the example of the paper
        ("Tables", ["table", "##s"]),  # the longest piece first, and small letters
        ("Café.", ["cafe", "."]),
        ("tab.cafe?", ["tab", ".", "cafe", "?"]),
        ("茶茶", ["茶", "茶"]),
        ("tab xyz", ["tab", "[UNK]"]),
        ("t" * 101, ["[UNK]"]),
        ("", []),
        (" \t\n ", []),
        ("ta\u0000b\u200b", ["tab"]),
    ],
)
def test_words_are_cut_as_bert_cuts_them(bert: WordPiece, text: str, pieces: list[str]) -> None:
    numbers = bert.encode(text)

    assert [PIECES[number] for number in numbers] == ["[CLS]", *pieces, "[SEP]"]


def test_signs_are_words_of_their_own() -> None:
    assert words("it's $5—now") == ["it", "'", "s", "$", "5", "—", "now"]


def test_a_long_text_keeps_its_end_mark(bert: WordPiece) -> None:
    numbers = bert.encode("tab " * 400, longest=10)
    assert len(numbers) == 10
    assert PIECES[numbers[-1]] == "[SEP]"


@pytest.mark.parametrize("content", [b"", b"only\nwords\n", b"\xff\xfe"])
def test_what_is_no_vocabulary_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vocab.txt"
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match="is no vocabulary"):
        WordPiece.read(path)


def test_every_phrase_reads_only_itself() -> None:
    # [CLS] red mug . table . [SEP]: two phrases, each with the full stop that ends it.
    numbers = [101, 1, 2, 1012, 3, 1012, 102]
    seen, places = apart(numbers, {101, 102, 1012})

    groups = np.asarray([0, 1, 1, 1, 2, 2, 3])
    assert np.array_equal(seen, groups[:, None] == groups[None, :])
    assert places.tolist() == [0, 0, 1, 2, 0, 1, 0]


def test_a_caption_is_small_and_ends_in_a_full_stop() -> None:
    assert caption("  A Red  Mug ") == "a red mug."
    assert caption("mug.") == "mug."


@pytest.fixture
def beit(tmp_path: Path) -> Unigram:
    vocabulary = {
        "<s>": 0,
        "<pad>": 0,
        "</s>": 0,
        "<unk>": 0,
        "▁": -4,
        "▁m": -4,
        "ug": -4,
        "▁mug": -7,
        "s": -5,
        "▁mugs": -13,
    }
    path = tmp_path / "tokenizer.json"
    model = {"type": "Unigram", "unk_id": 3, "vocab": [list(each) for each in vocabulary.items()]}
    path.write_text(json.dumps({"model": model}), encoding="utf-8")
    return Unigram.read(path)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("mug", [0, 7, 2]),  # -7 in one piece, -8 in two
        ("mugs", [0, 7, 8, 2]),  # -12 in two pieces, -13 in one
        ("mug  mug", [0, 7, 7, 2]),
        ("ｍｕｇ", [0, 7, 2]),  # full-width letters are the same letters
        ("mugxyz", [0, 7, 3, 2]),
        ("", [0, 2]),
    ],
)
def test_the_likeliest_cut_is_taken(beit: Unigram, text: str, numbers: list[int]) -> None:
    assert beit.encode(text) == numbers


def test_another_kind_of_vocabulary_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({"model": {"type": "BPE", "vocab": {}}}), encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="no unigram vocabulary"):
        Unigram.read(path)
