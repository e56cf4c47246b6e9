"""What can go wrong with the calls to a simulated site, always at the same calls for the same settings.

Data flow: request -> number of its call -> kind of fault or none -> ``server`` spoils the answer.
"""

import random
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

FaultKind = Literal[
    "unavailable", "unavailable_later", "too_many", "broken", "slow", "dropped", "cut", "truncated", "page", "shift",
    "expired",
]  # fmt: skip
"""
The answer is replaced: ``unavailable``, HTTP 503 with a page; ``unavailable_later``, HTTP 503 with a text and
Retry-After; ``too_many``, HTTP 429 with Retry-After; ``broken``, HTTP 500; ``page``, a proxy's HTML with HTTP 200.
Or spoilt: ``slow``, it comes ``delay`` seconds late; ``dropped``, the connection ends without it; ``cut``, it ends in
the middle of the body; ``truncated``, half the JSON with HTTP 200. Or what is around it changes: ``shift``, after it
somebody goes from the lists, and is back after the next shift; ``expired``, before it the session key became invalid.
"""

_RPC_ID = re.compile(rb'"id": ?\d+')
"""JSON-RPC numbers each attempt anew, at random."""


@dataclass
class Faults:
    """Which calls fail and how; hand it to ``start()`` or set ``simulator.faults`` at any time.

    Calls are counted without their repetitions, so that a patient client sees the same faults however many calls it
    makes at a time. The call ``first`` fails, then each ``every``-th after it, ``most`` in all (None = no limit); of
    each the first ``times`` attempts. The ``kinds`` come in turn, in an order drawn by ``seed``; ``happened`` counts.
    """

    kinds: tuple[FaultKind, ...]
    every: int = 5
    first: int = 2
    times: int = 1
    most: int | None = None
    retry_after: str = "0"
    delay: float = 0.5
    seed: int = 0
    happened: Counter[FaultKind] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._order = random.Random(self.seed).sample(self.kinds, len(self.kinds))  # noqa: S311 - guards nothing
        self._calls = self._failed = 0
        self._left: dict[bytes, tuple[FaultKind, int]] = {}

    def of(self, call: bytes) -> FaultKind | None:
        """The fault of this attempt of a call; ``call`` is all that tells it from others."""
        call = _RPC_ID.sub(b"", call)
        with self._lock:
            kind = self._repeated(call) if call in self._left else self._next(call)
            if kind:
                self.happened[kind] += 1
            return kind

    def _repeated(self, call: bytes) -> FaultKind | None:
        kind, left = self._left[call]
        if left == 0:
            del self._left[call]
            return None
        self._left[call] = (kind, left - 1)
        return kind

    def _next(self, call: bytes) -> FaultKind | None:
        self._calls += 1
        beyond = self._calls - self.first
        if beyond < 0 or beyond % self.every or self._failed == self.most:
            return None
        kind = self._order[self._failed % len(self._order)]
        self._failed += 1
        if kind not in ("shift", "expired"):  # the client has no reason to repeat these
            self._left[call] = (kind, self.times - 1)
        return kind
