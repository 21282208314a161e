"""Arithmetic of the scorecard: pure functions over plain values, no environment.

A customer is judged in three dimensions by the letters A (best), B and C. The 27
combinations are the cells of a matrix; its rows are levels, tried in sequence.
"""

from fractions import Fraction
from itertools import product

LETTERS = ("A", "B", "C")
#: Order in which the letters of a cell are written.
DIMENSIONS = ("possibility", "foundation", "potential")
CELLS = tuple(product(LETTERS, repeat=len(DIMENSIONS)))
SEPARATORS = " ,;/+、，；和"


def quarter_start(day):
    """Return the first day of the quarter a date lies in."""
    return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)


def normalize_letters(text):
    """Write a set of letters in one way: ``"c / a"`` is ``"AC"``; what is no letter stays."""
    found = {char for char in (text or "").upper() if char not in SEPARATORS}
    return "".join(sorted(found))


def matrix_cells(levels):
    """Say which level each of the 27 combinations gives.

    :param levels: rules of the levels in sequence, with ``catch_all`` and the letters that
        each dimension may have in ``possibility_letters`` …; the first that fits is taken
    :return: ``{(possibility, foundation, potential): index of the level, or None}``
    """
    return {
        cell: next((index for index, level in enumerate(levels) if _takes(level, cell)), None)
        for cell in CELLS
    }


def _takes(level, cell):
    return level["catch_all"] or all(
        letter in (level.get(f"{dimension}_letters") or "")
        for dimension, letter in zip(DIMENSIONS, cell, strict=True)
    )


def matrix_problems(levels):
    """Find what keeps a matrix from working.

    :return: list of ``(code, values)``: ``letters_wrong`` (level), ``catch_all_not_last``
        (level), ``cell_missing`` (possibility, foundation, potential, others),
        ``never_reached`` (level)
    """
    problems = [
        ("letters_wrong", {"level": level["name"]})
        for level in levels
        if not level["catch_all"] and not _has_letters(level)
    ]
    problems += [
        ("catch_all_not_last", {"level": level["name"]})
        for level in levels[:-1]
        if level["catch_all"]
    ]
    if problems:
        return problems
    cells = matrix_cells(levels)
    missing = [cell for cell in CELLS if cells[cell] is None]
    if missing:
        values = dict(zip(DIMENSIONS, missing[0], strict=True))
        problems.append(("cell_missing", {**values, "others": len(missing) - 1}))
    reached = set(cells.values())
    problems += [
        ("never_reached", {"level": level["name"]})
        for index, level in enumerate(levels)
        if index not in reached
    ]
    return problems


def _has_letters(level):
    """Whether a level names letters, and nothing else, in every dimension."""
    sets = [set(level.get(f"{dimension}_letters") or "") for dimension in DIMENSIONS]
    return all(letters and letters <= set(LETTERS) for letters in sets)


def mean_score(answers):
    """Return the weighted mean of answers as an exact fraction.

    :param answers: list of ``(weight, score)``, whole numbers, weights above 0
    :return: Fraction, or None without answers
    """
    weights = sum(weight for weight, _score in answers)
    if not weights:
        return None
    return Fraction(sum(weight * score for weight, score in answers), weights)


def letter_of(mean, a_from, b_from):
    """Return the letter of a mean score: A from ``a_from`` on, B from ``b_from`` on, else C."""
    # a float is taken by its shortest text: 3.3 is 3.3
    if mean >= Fraction(str(a_from)):
        return "A"
    return "B" if mean >= Fraction(str(b_from)) else "C"
