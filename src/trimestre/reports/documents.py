"""The documents of a quarter: which there are, who is told what in them, and writing them.

Data flow: quarter + version -> Quarter, as the audience of a document sees it -> writers (one module each) -> files.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.errors import ContractError
from trimestre.indicators.small_cells.suppression import Audience
from trimestre.periods import Period
from trimestre.reports.facts import with_facts
from trimestre.reports.history import with_earlier, with_former
from trimestre.reports.quarter import PRELIMINARY, Quarter, quarter_of
from trimestre.texts import REFUSALS

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
"""Document -> module with its ``write``; imported only when it is asked for. Names of its files begin with it."""

OVER_TIME = frozenset({"iptt", "iati"})
"""Documents that tell the quarters before, too."""

ON_RECORD = frozenset({"dqa"})
"""Documents that tell how the figures came to be."""

IN_BOTH_LANGUAGES = frozenset({"pirs"})
"""Documents that the donor asks for in both languages: they are always written in both."""

PUBLISHED = frozenset({"iati"})
"""Documents that go out to everybody: they are told what the public is told, whoever asks for them."""


def document_of(file: str) -> str | None:
    """Which document a file is, by its name; ``None`` = none of them."""
    stem = file.partition("-")[0]
    return stem if stem in DOCUMENTS else None


def documents_of(project: Project) -> list[str]:
    """The documents that a project has: IATI only where ``framework.yaml`` says how it is published."""
    return [name for name in DOCUMENTS if name != "iati" or project.framework.iati is not None]


def version_folder(documents: Path, period: Period, vintage: int | None) -> Path:
    """Where the documents of a version are kept: ``2020-Q2/v1``, or ``2020-Q2/preliminar`` without a vintage."""
    return documents / str(period) / (PRELIMINARY if vintage is None else f"v{vintage}")


def write_version(
    connection: sa.Connection,
    project: Project,
    period: Period,
    folder: Path,
    *,
    only: Sequence[str] = (),
    vintage: int | None = None,
    preliminary: bool = False,
    language: Language = "es",
    audience: Audience = "internal",
) -> list[Path]:
    """Write documents (all, or ``only`` some) of a version of a quarter, which is chosen as :func:`quarter_of` does.

    A file appears whole or not at all, and takes the place of an older one; returns the files in their order.
    :class:`ContractError` for a document, quarter, version or audience that there is not.
    """
    asked = _known(only) if only else documents_of(project)
    quarters: dict[str, Quarter] = {}
    for seen_by in dict.fromkeys("public" if name in PUBLISHED else audience for name in asked):
        quarter = quarter_of(connection, project, period, vintage=vintage, preliminary=preliminary, audience=seen_by)
        quarter = with_former(connection, quarter)
        quarter = with_facts(connection, quarter) if ON_RECORD & set(asked) else quarter
        quarters[seen_by] = with_earlier(connection, quarter) if OVER_TIME & set(asked) else quarter
    files: list[Path] = []
    for name in asked:
        quarter = quarters["public" if name in PUBLISHED else audience]
        files += write_documents(quarter, folder, only=[name], language=language)
    return files


def write_documents(
    quarter: Quarter, folder: Path, *, only: Sequence[str] = (), language: Language = "es"
) -> list[Path]:
    """Write documents of a quarter (all, or ``only`` some) into a folder; returns the files.

    :class:`ContractError` for a document that there is not.
    """
    asked = _known(only)
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for name in asked:
        write: Writer = import_module(DOCUMENTS[name]).write
        # Two who write the same version at once write the same bytes: nobody reads half a file of either.
        with tempfile.TemporaryDirectory(prefix=".", dir=folder) as workroom:
            languages: tuple[Language, ...] = ("es", "en") if name in IN_BOTH_LANGUAGES else (language,)
            written = [file for said in languages for file in write(quarter, Path(workroom), language=said)]
            files += [file.replace(folder / file.name) for file in written]
    return files


def _known(only: Sequence[str]) -> list[str]:
    """The documents that were asked for, each once; all when nothing was."""
    for name in only:
        if name not in DOCUMENTS:
            raise ContractError(REFUSALS["document"].format(found=name, known=", ".join(DOCUMENTS)))
    return list(dict.fromkeys(only)) or list(DOCUMENTS)
