"""File names of a quarter's documents: which quarter, which version and which language, from the name alone.

Data flow: Quarter -> ``informe-2020-Q2-v1.docx``, ``iptt-2020-Q3-preliminar-en.xlsx``.
"""

from trimestre.reports.quarter import PRELIMINARY, Quarter


def file_name(stem: str, quarter: Quarter, language: str, extension: str) -> str:
    """Name of a document; ``stem`` and ``extension`` as in ``informe`` and ``docx``. Spanish is not marked."""
    parts = [stem, str(quarter.period), version_label(quarter)]
    if language != "es":
        parts.append(language)
    return f"{'-'.join(parts)}.{extension.removeprefix('.')}"


def version_label(quarter: Quarter) -> str:
    """``v1`` for an official version, ``preliminar`` else."""
    version = quarter.version
    return PRELIMINARY if version.kind == PRELIMINARY else f"v{version.vintage}"
