"""Means of verification: the document behind a typed figure, kept as a file with its sha256.

Data flow: received file + figure (indicator, quarter, category) -> checked by content -> ops.upload and
results.verification_file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.indicators import TOTAL
from trimestre.periods import Period
from trimestre.pipeline.uploads.upload_checks import DOCX, JPG, PDF, PNG, XLSX, UploadRefused, content_of, shown
from trimestre.pipeline.uploads.uploading import TAKEN, VERIFICATION, Received, keep
from trimestre.texts import CAPTURE_REFUSALS
from trimestre.warehouse.database import transaction
from trimestre.warehouse.tables.by_hand import upload, verification_file

ALLOWED = (PDF, JPG, PNG, DOCX, XLSX)


@dataclass(frozen=True)
class Place:
    """Which figure of an indicator: its total, or a category of a breakdown."""

    indicator: str
    disaggregation: str = TOTAL
    category: str = TOTAL


def places(connection: sa.Connection, project: Project) -> list[Place]:
    """The figures that people type: the total of each such indicator, and the categories that somebody has typed."""
    typed = [item.code for item in project.indicators if item.evidence == "reported_values"]
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT indicator, disaggregation, category FROM warehouse.reported_value"
            " WHERE valid_to = 'infinity' AND indicator = ANY(:typed)"
        ),
        {"typed": typed},
    )
    found = {Place(code) for code in typed} | {Place(*row) for row in rows}
    return sorted(found, key=lambda place: (place.indicator, place.disaggregation != TOTAL, place.category))


def store(
    engine: sa.Engine,
    project: Project,
    uploads: Path,
    file: Received,
    place: Place,
    period: Period,
    *,
    who: str,
    now: datetime,
) -> int:
    """Keep a means of verification; returns the number of its upload.

    :class:`UploadRefused` for a file of another kind, a figure that nobody types, or the same file twice.
    """
    project.expect_quarter(period)
    content = content_of(file.path, file.name, ALLOWED)
    figure = {
        "indicator": place.indicator,
        "period": str(period),
        "disaggregation": place.disaggregation,
        "category": place.category,
    }
    with transaction(engine) as connection:
        if place not in places(connection, project):
            raise UploadRefused(CAPTURE_REFUSALS["figure"].format(found=shown(" ".join(figure.values()))))
        # Of two who bring the same file at once the second one is told, and leaves no file without a row.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:mark, 0))"), {"mark": file.sha256})
        same = sa.and_(
            verification_file.c.sha256 == file.sha256,
            *(verification_file.c[name] == value for name, value in figure.items()),
        )
        if connection.execute(sa.select(verification_file.c.upload_id).where(same)).first() is not None:
            raise UploadRefused(CAPTURE_REFUSALS["same_file"].format(name=shown(file.name), **figure))
        number = keep(connection, uploads, file, VERIFICATION, {"figure": figure}, who=who, now=now, state=TAKEN)
        connection.execute(
            sa.insert(verification_file).values(
                sha256=file.sha256,
                **figure,
                file_name=file.name,
                media_type=content.media_type,
                bytes=file.size,
                upload_id=number,
            )
        )
    return number


def kept(connection: sa.Connection, limit: int) -> Sequence[Mapping[str, Any]]:
    """The newest means of verification with who brought them and when."""
    rows = connection.execute(
        sa.select(verification_file, upload.c.uploaded_by, upload.c.uploaded_at)
        .join(upload, upload.c.upload_id == verification_file.c.upload_id)
        .order_by(verification_file.c.upload_id.desc())
        .limit(limit)
    )
    return [dict(row._mapping) for row in rows]


def media_type_of(connection: sa.Connection, upload_id: int) -> str | None:
    """The media type of a means of verification by its upload; ``None`` = the upload is something else."""
    found: str | None = connection.execute(
        sa.select(verification_file.c.media_type).where(verification_file.c.upload_id == upload_id).limit(1)
    ).scalar()
    return found
