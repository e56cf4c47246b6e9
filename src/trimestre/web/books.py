"""Workbooks as the view *Capturar* sends them out and takes them back.

Data flow: kind + quarter -> workbook with what holds today -> edited -> read and compared -> taken.
"""

import tempfile
from pathlib import Path
from typing import Any

from fastapi.responses import Response

from trimestre.periods import Period
from trimestre.pipeline.plant import Plant
from trimestre.pipeline.uploads import uploading
from trimestre.pipeline.uploads.upload_checks import XLSX, UploadRefused, content_of, shown
from trimestre.reports.workbooks import KINDS, preview, read, write
from trimestre.texts import CAPTURE_REFUSALS
from trimestre.warehouse.database import one_state


def sent(plant: Plant, kind: str, period: Period, partner: str | None) -> Response:
    """A workbook with what holds today."""
    _check_kind(kind)
    with tempfile.TemporaryDirectory(prefix="trimestre-") as room, one_state(plant.engine) as connection:
        name = f"{kind}-{period}.xlsx"
        content = write(kind, connection, plant.project, period, Path(room) / name, partner=partner).read_bytes()
    return Response(
        content, media_type=XLSX.media_type, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def looked_into(plant: Plant, kind: str, file: uploading.Received, who: str) -> dict[str, Any]:
    """What a workbook would change, as it is stored: ``changes``, ``unchanged``, ``problems``, ``warnings``."""
    _check_kind(kind)
    content_of(file.path, file.name, (XLSX,))
    sheet = read(kind, file.path, plant.project)
    with one_state(plant.engine) as connection:
        return preview(kind, connection, plant.project, sheet, who).as_dict()


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise UploadRefused(CAPTURE_REFUSALS["book"].format(found=shown(kind), known=", ".join(KINDS)))
