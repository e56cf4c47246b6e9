"""What a reader can work out who knows more than sums: that no number is below zero, and none that is marked is zero.

Sums alone leave several values to a hidden number; together with these floors they may leave one. Among the numbers
that fit the sums and the floors (a polytope that holds the true ones) a number is pinned down when it is less than one
apart from the truth everywhere. Found by linear programs (HiGHS, by scipy).

Data flow: sums + floors of hidden numbers -> hidden numbers that have one possible value.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trimestre.errors import PermanentError
from trimestre.indicators.small_cells.sums import Node, Sum
from trimestre.texts import REFUSALS

if TYPE_CHECKING:
    import numpy as np

_APART = 0.99
"""Two values of a count that are that far apart are two counts."""

_FAR = 1_000
"""How far from the truth a number is looked for: beyond, it is as good as unbounded."""


def pinned_down(
    known: Iterable[Sum],
    floors: Mapping[Node, Decimal],
    number: Callable[[Node], Decimal],
    guarded: Collection[Node],
) -> dict[Node, set[Node]]:
    """Guarded numbers that have one possible value -> the numbers, told or not, by whose sums it is worked out.

    ``known``: sums with hidden numbers, all with which these hang together; ``floors``: hidden number -> the least it
    may be; ``number``: the true one; ``guarded``: hidden ones to look at.
    """
    known = list(known)
    hidden = {node for one in known for node in one.nodes() if node in floors}
    left = sorted(hidden.intersection(guarded))
    program = _Program(known, {node: floors[node] for node in hidden}, number)

    def stay(values: Mapping[Node, float]) -> list[Node]:
        return [node for node in left if abs(values[node] - float(number(node))) < _APART]

    # Most have many values. Whatever moves in a program of many is none to look at by itself; in one sum few move at
    # a time, so that those that are left are moved again.
    for sign in (1, -1):
        before = len(left) + 1
        while left and len(left) < before:
            before = len(left)
            values, _ = program.furthest({node: sign * (1 + place / before) for place, node in enumerate(left)})
            left = stay(values)
    found = {}
    while left:
        node = left[0]
        (most, above), (least, below) = program.furthest({node: 1}), program.furthest({node: -1})
        if most[node] - least[node] < _APART:
            found[node] = above | below
        left = [other for other in left[1:] if other in stay(most) and other in stay(least)]
    return found


class _Program:
    """What a reader knows of the hidden numbers, as a linear program."""

    def __init__(self, known: list[Sum], floors: Mapping[Node, Decimal], number: Callable[[Node], Decimal]) -> None:
        import numpy as np
        from scipy.sparse import csr_array

        self._sums, self._hidden = known, sorted(floors)
        self._places = {node: place for place, node in enumerate(self._hidden)}
        entries: list[tuple[int, int, int]] = []
        self._sides = np.zeros(len(known))
        for row, one in enumerate(known):
            for node, sign in (*((part, 1) for part in one.parts), (one.whole, -1)):
                if node in self._places:
                    entries.append((sign, row, self._places[node]))
                else:
                    self._sides[row] -= sign * float(number(node))
        signs, rows, columns = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(known), len(self._hidden))
        self._matrix = csr_array((np.array(signs, dtype=float), (rows, columns)), shape=shape) if entries else None
        self._bounds = [(float(floors[node]), float(number(node)) + _FAR) for node in self._hidden]

    def furthest(self, weights: Mapping[Node, float]) -> tuple[dict[Node, float], set[Node]]:
        """The hidden numbers where the weighted sum is largest, and all in the sums that keep it from being larger."""
        import numpy as np
        from scipy.optimize import linprog

        goal = np.zeros(len(self._hidden))
        for node, weight in weights.items():
            goal[self._places[node]] = -weight
        found: Any = linprog(goal, A_eq=self._matrix, b_eq=self._sides, bounds=self._bounds, method="highs")
        if found.status != 0:  # the true numbers fit, and all is bounded: it can't be
            raise PermanentError(REFUSALS["hidden_numbers"].format(status=found.status))
        return dict(zip(self._hidden, found.x.tolist(), strict=True)), self._binding(found.eqlin.marginals)

    def _binding(self, marginals: "np.ndarray") -> set[Node]:
        binding = (one for one, weight in zip(self._sums, marginals, strict=True) if abs(weight) > 1e-9)
        return {node for one in binding for node in one.nodes()}
