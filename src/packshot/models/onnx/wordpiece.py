"""Words to numbers as BERT (uncased) has them: pieces of words, the longest first.

A vocabulary is a text file of one piece a line; its number is its line, from 0. A piece that goes on a word begins with
##. After Devlin et al. 2018 and Wu et al. 2016.
"""

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from packshot.errors import ModelUnavailable

_LONGEST_WORD = 100  # letters; a longer one is unknown


@dataclass(frozen=True)
class WordPiece:
    """A vocabulary: the number of each piece."""

    numbers: dict[str, int]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises ModelUnavailable where it is no vocabulary."""
        try:
            pieces = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ModelUnavailable(f"{path.name} is no vocabulary", hint="packshot models verify") from error
        vocabulary = cls({piece.strip(): number for number, piece in enumerate(pieces)})
        absent = [piece for piece in ("[CLS]", "[SEP]", "[UNK]", ".") if piece not in vocabulary.numbers]
        if absent:
            raise ModelUnavailable(
                f"{path.name} is no vocabulary of BERT: {', '.join(absent)} is not in it", hint="packshot models verify"
            )
        return vocabulary

    def encode(self, text: str, longest: int = 256) -> list[int]:
        """[CLS], the pieces, [SEP]; at most `longest` numbers."""
        pieces = [number for word in words(text) for number in self._pieces(word)]
        return [self.numbers["[CLS]"], *pieces[: longest - 2], self.numbers["[SEP]"]]

    def _pieces(self, word: str) -> list[int]:
        unknown = [self.numbers["[UNK]"]]
        if len(word) > _LONGEST_WORD:
            return unknown
        found: list[int] = []
        start = 0
        while start < len(word):
            ends = range(len(word), start, -1)
            mark = "##" if start else ""
            end = next((end for end in ends if mark + word[start:end] in self.numbers), None)
            if end is None:
                return unknown
            found.append(self.numbers[mark + word[start:end]])
            start = end
        return found


def words(text: str) -> list[str]:
    """Small letters without accents; every sign of punctuation and every Chinese letter is a word of its own."""
    plain = unicodedata.normalize("NFD", text.lower())
    apart: list[str] = []
    for letter in plain:
        kind = unicodedata.category(letter)
        if kind == "Mn" or (kind.startswith("C") and letter not in "\t\n\r") or letter == "�":
            continue
        if kind == "Zs" or letter in "\t\n\r":
            apart.append(" ")
        elif _is_punctuation(letter, kind) or _is_chinese(letter):
            apart.append(f" {letter} ")
        else:
            apart.append(letter)
    return "".join(apart).split()


def _is_punctuation(letter: str, kind: str) -> bool:
    """Also the signs of ASCII that Unicode does not count as punctuation, as $ and ~."""
    return kind.startswith("P") or 33 <= ord(letter) <= 47 or letter in ":;<=>?@[\\]^_`{|}~"


def _is_chinese(letter: str) -> bool:
    return any(
        first <= ord(letter) <= last
        for first, last in (
            (0x4E00, 0x9FFF),
            (0x3400, 0x4DBF),
            (0x20000, 0x2A6DF),
            (0x2A700, 0x2CEAF),
            (0xF900, 0xFAFF),
            (0x2F800, 0x2FA1F),
        )
    )
