"""How far two readings of one label are apart: the character error rate, and the characters that were not there."""

import unicodedata
from typing import NamedTuple

import numpy as np

_KEPT = "%&+€$£¥"  # beside letters and digits; points and dashes are too small for any reader to be sure of
_ALIKE = str.maketrans("01i", "oll")  # nobody can tell O from 0 or I from l in most of the letters that labels use


class Edits(NamedTuple):
    """The fewest insertions, deletions and substitutions from one text to another, and what they bring in."""

    distance: int
    new: str


def letters(text: str) -> str:
    """What counts of a reading: letters and digits, small, without spaces, alike ones the same."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in folded if each.isalnum() or each in _KEPT).translate(_ALIKE)


def edits(reference: str, reading: str) -> Edits:
    """Levenshtein's distance by the table of Wagner and Fischer; `new` are the characters `reading` adds or puts in."""
    rows, columns = len(reference) + 1, len(reading) + 1
    cost = np.zeros((rows, columns), int)
    cost[:, 0], cost[0] = range(rows), range(columns)
    for row in range(1, rows):
        for column in range(1, columns):
            same = reference[row - 1] == reading[column - 1]
            cost[row, column] = min(
                cost[row - 1, column - 1] + (not same), cost[row - 1, column] + 1, cost[row, column - 1] + 1
            )
    new = []
    row, column = rows - 1, columns - 1
    while column > 0:
        if row > 0 and cost[row, column] == cost[row - 1, column - 1] + (reference[row - 1] != reading[column - 1]):
            if reference[row - 1] != reading[column - 1]:
                new.append(reading[column - 1])
            row, column = row - 1, column - 1
        elif row > 0 and cost[row, column] == cost[row - 1, column] + 1:
            row -= 1
        else:
            new.append(reading[column - 1])
            column -= 1
    return Edits(int(cost[-1, -1]), "".join(reversed(new)))


def error_rate(reference: str, reading: str) -> float:
    """Edits per character of the reference (Levenshtein 1966), over what `letters` leaves. 0 for two empty texts."""
    wanted = letters(reference)
    return edits(wanted, letters(reading)).distance / max(1, len(wanted))
