"""Words to numbers as SentencePiece's unigram model has them, from the tokenizer.json that comes with weights.

Of all ways to cut a text into pieces of the vocabulary the likeliest is taken (Kudo 2018): the one whose logarithms of
probability add up to the most. A space is written as a low line.
"""

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from packshot.errors import ModelUnavailable

_SPACE = "▁"
_RARER = 10.0  # an unknown letter is that much less likely than the rarest piece


@dataclass(frozen=True)
class Unigram:
    """A vocabulary: the number and the logarithm of the probability of each piece."""

    pieces: dict[str, tuple[int, float]]
    first: int
    last: int
    unknown: int

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises ModelUnavailable where it is no such vocabulary."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))["model"]
            if told["type"] != "Unigram":
                raise ValueError("not a unigram model")
            pieces = {str(piece): (number, float(score)) for number, (piece, score) in enumerate(told["vocab"])}
            return cls(pieces, pieces["<s>"][0], pieces["</s>"][0], int(told["unk_id"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnavailable(
                f"{path.name} is no unigram vocabulary", hint="it is the tokenizer.json beside the original weights"
            ) from error

    def encode(self, text: str, longest: int = 64) -> list[int]:
        """<s>, the pieces, </s>; at most `longest` numbers."""
        plain = " ".join(unicodedata.normalize("NFKC", text).split())
        found = self._cut(_SPACE + plain.replace(" ", _SPACE)) if plain else []
        return [self.first, *found[: longest - 2], self.last]

    def _cut(self, text: str) -> list[int]:
        width = max(map(len, self.pieces))
        rarest = min(score for _, score in self.pieces.values()) - _RARER
        best: list[tuple[float, int, int]] = [(0.0, 0, self.unknown)]  # to each place: sum, where from, the piece
        for end in range(1, len(text) + 1):
            ways = [(best[end - 1][0] + rarest, end - 1, self.unknown)]
            for start in range(max(0, end - width), end):
                piece = self.pieces.get(text[start:end])
                if piece is not None:
                    ways.append((best[start][0] + piece[1], start, piece[0]))
            best.append(max(ways))
        numbers: list[int] = []
        place = len(text)
        while place:
            _, place, number = best[place]
            if number != self.unknown or numbers[-1:] != [self.unknown]:  # unknown letters in a row are one piece
                numbers.append(number)
        return numbers[::-1]
