"""The seal of an approver's answer: between the task that hears it and the task that acts on it lies Airflow's XCom,
which whoever operates may edit there. A seal can be made only with the installation's key.

Data flow: answer + candidate + key -> seal -> compared before anything is decided.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from trimestre import texts
from trimestre.errors import PermanentError
from trimestre.keys import older_keys

_PARTS = ("chosen_options", "params_input", "responded_by_user")
"""What is decided by."""


def sealed(key: bytes, candidate: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer about a candidate (its number) with its ``seal``."""
    return {**answer, "seal": _seal(key, candidate, answer)}


def check_seal(key: bytes, candidate: str, answer: Mapping[str, Any]) -> None:
    """Raise :class:`PermanentError` unless the answer is one that Airflow's question got, about this candidate."""
    found = str(answer.get("seal")).encode()
    made = (_seal(one, candidate, answer) for one in (key, *older_keys(key)))
    if not any(hmac.compare_digest(one.encode(), found) for one in made):
        said = texts.CLOSING_MESSAGES["not_sealed"]
        raise PermanentError(said.format(candidate=candidate, task=texts.TASKS["approve"]))


def _seal(key: bytes, candidate: str, answer: Mapping[str, Any]) -> str:
    told = json.dumps([candidate, *(answer[part] for part in _PARTS)], sort_keys=True)
    return hmac.digest(key, b"trimestre answer\x1f" + told.encode(), "sha256").hex()
