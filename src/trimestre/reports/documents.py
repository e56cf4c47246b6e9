"""The documents of a quarter: which there are, and writing them.

Data flow: Quarter -> writers (one module each) -> files in a folder.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal

from trimestre.errors import ContractError
from trimestre.reports.quarter import Quarter
from trimestre.reports.texts import REFUSALS

Language = Literal["es", "en"]
Writer = Callable[..., list[Path]]
"""``write(quarter, folder, language="es")`` -> the files that it wrote."""

DOCUMENTS: Mapping[str, str] = {
    "informe": "trimestre.reports.quarterly",
    "iptt": "trimestre.reports.iptt",
    "pirs": "trimestre.reports.pirs",
    "iati": "trimestre.reports.iati",
    "dqa": "trimestre.reports.dqa",
}
"""Document -> module with its ``write``; imported only when it is asked for."""


def write_documents(
    quarter: Quarter, folder: Path, *, only: Sequence[str] = (), language: Language = "es"
) -> list[Path]:
    """Write documents of a quarter (all, or ``only`` some) into a folder; returns the files.

    :class:`ContractError` for a document that there is not.
    """
    asked = list(only) or list(DOCUMENTS)
    for name in asked:
        if name not in DOCUMENTS:
            raise ContractError(REFUSALS["document"].format(found=name, known=", ".join(DOCUMENTS)))
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for name in asked:
        write: Writer = import_module(DOCUMENTS[name]).write
        files += write(quarter, folder, language=language)
    return files
