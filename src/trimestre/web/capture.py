"""The view *Capturar*: what people bring in, looked at before it counts.

Data flow: file -> received and checked -> preview (ops.upload) -> taken or discarded by a second POST.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from trimestre.contracts import Project
from trimestre.errors import ContractError, TransientError, TrimestreError
from trimestre.indicators.placing import vintages_in_force
from trimestre.periods import Period
from trimestre.pipeline.plant import Plant
from trimestre.pipeline.uploads import dropping, uploading, verifying
from trimestre.pipeline.uploads.taking import take_upload
from trimestre.pipeline.uploads.upload_checks import UploadRefused
from trimestre.reports.words import category_name, told
from trimestre.reports.workbooks import KINDS, partners
from trimestre.texts import CAPTURE as SAID
from trimestre.texts import CAPTURE_REFUSALS
from trimestre.warehouse.database import SqlRefused, transaction
from trimestre.web import books
from trimestre.web.asking import read_quarter
from trimestre.web.context import page, plant_of, surroundings_of
from trimestre.web.receiving import Form, field, file_in
from trimestre.web.visitors import Role, require, visitor_of

router = APIRouter(dependencies=[Depends(require(Role.OP))])

SHOWN = 20
"""So many of the newest are listed."""
_BETWEEN = "|"
"""Between the parts of an option; no code holds it."""

Number = Annotated[int, Path(ge=1, lt=10**9)]
"""Number of an upload, as far as the database counts."""


@router.get("/capturar", response_class=HTMLResponse)
def capture(request: Request) -> HTMLResponse:
    """What can be brought in, what waits, and what was brought lately."""
    with plant_of(request) as plant:
        return _overview(request, plant, filled=request.query_params)


@router.post("/capturar/archivo")
def bring_file(request: Request, form: Form) -> Response:
    """Look into a file for the drop folder of a source."""
    with plant_of(request) as plant:
        try:
            source, _, dataset = field(form, "destino").partition(_BETWEEN)
            with uploading.received(_uploads(request), *file_in(form)) as file:
                look = dropping.look_into(plant, source, dataset, file)
                number = _keep(request, plant, file, uploading.FILE, look)
        except UploadRefused as error:
            return _overview(request, plant, refused=str(error), filled=form)
    return _to(request, f"/capturar/{number}")


@router.post("/capturar/verificacion")
def bring_verification(request: Request, form: Form) -> Response:
    """Keep the document behind a typed figure."""
    with plant_of(request) as plant:
        try:
            place = verifying.Place(*_parts(field(form, "dato"), 3))
            period = read_quarter(field(form, "trimestre"), plant.project)
            with uploading.received(_uploads(request), *file_in(form)) as file:
                verifying.store(
                    plant.engine, plant.project, _uploads(request), file, place, period,
                    who=visitor_of(request).name, now=datetime.now(UTC),
                )  # fmt: skip
        except UploadRefused as error:
            return _overview(request, plant, refused=str(error), filled=form)
    # The next document is mostly of the same quarter; one under the wrong figure could not be taken back.
    place_of_it = {"dato": field(form, "dato"), "trimestre": str(period)}
    return _to(request, f"/capturar?{urlencode(place_of_it)}#verificacion")


@router.get("/capturar/verificacion/{number}")
def verification(request: Request, number: Number) -> FileResponse:
    """A means of verification as it came."""
    with plant_of(request) as plant, transaction(plant.engine) as connection:
        media_type = verifying.media_type_of(connection, number)
        if media_type is None:
            raise HTTPException(404, CAPTURE_REFUSALS["not_verification"].format(number=number))
        found = uploading.upload_of(connection, number)
    return FileResponse(uploading.file_of(_uploads(request), found), media_type=media_type, filename=found["file_name"])


@router.get("/capturar/libro/{name}.xlsx")
def book(request: Request, name: str) -> Response:
    """A workbook with what holds today."""
    with plant_of(request) as plant:
        period = read_quarter(request.query_params.get("trimestre", ""), plant.project)
        return books.sent(plant, name, period, request.query_params.get("contraparte", "").strip() or None)


@router.post("/capturar/libro/{name}")
def bring_book(request: Request, name: str, form: Form) -> Response:
    """Read a workbook that came back and show what it would change; one with problems is not kept."""
    with plant_of(request) as plant:
        try:
            with uploading.received(_uploads(request), *file_in(form)) as file:
                found = books.looked_into(plant, name, file, visitor_of(request).name)
                if found["problems"]:
                    return _problems(request, name, file, found)
                number = _keep(request, plant, file, name, found)
        except UploadRefused as error:
            return _overview(request, plant, refused=str(error))
    return _to(request, f"/capturar/{number}")


@router.get("/capturar/{number}", response_class=HTMLResponse)
def upload(request: Request, number: Number) -> HTMLResponse:
    """What an upload would change, or what became of it."""
    with plant_of(request) as plant, transaction(plant.engine) as connection:
        return _shown(request, plant.project, _found(connection, number))


@router.post("/capturar/{number}/tomar")
def take(request: Request, number: Number) -> Response:
    """Do what an upload was shown to do; of two who send it, one takes it and the other is told."""
    who, now = visitor_of(request).name, datetime.now(UTC)
    with plant_of(request) as plant:
        with transaction(plant.engine) as connection:
            kind = _found(connection, number)["kind"]
        try:
            if kind == uploading.FILE:
                _take_file(request, plant, number, who, now)
            else:
                take_upload(plant, _uploads(request), number, who=who, now=now)
        except (TransientError, SqlRefused):  # nothing that whoever asks could mend
            raise
        except TrimestreError as error:
            with transaction(plant.engine) as connection:
                return _shown(request, plant.project, _found(connection, number), refused=str(error))
    return _to(request, f"/capturar/{number}")


@router.post("/capturar/{number}/descartar")
def discard(request: Request, number: Number) -> Response:
    """Leave everything as it is; the file goes."""
    with plant_of(request) as plant:
        with transaction(plant.engine) as connection:
            _found(connection, number)
        uploading.discard(
            plant.engine, _uploads(request), number, who=visitor_of(request).name, now=datetime.now(UTC)
        )  # fmt: skip
    return _to(request, f"/capturar/{number}")


def _take_file(request: Request, plant: Plant, number: int, who: str, now: datetime) -> None:
    uploads = _uploads(request)
    with transaction(plant.engine) as connection:
        found = uploading.hold(connection, number)
        path, look = uploading.file_of(uploads, found), found["preview"]
        # Of two files of one name that are taken at once the second one is told.
        place = {"mark": f"{look['source']}/{found['file_name']}"}
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:mark, 0))"), place)
        dropping.put(plant, look, found["file_name"], path)
        uploading.decide(connection, number, uploading.TAKEN, who=who, now=now)
    uploading.forget(uploads, found, uploading.TAKEN)


def _keep(request: Request, plant: Plant, file: uploading.Received, kind: str, preview: Mapping[str, Any]) -> int:
    now = datetime.now(UTC)
    uploading.discard_forgotten(plant.engine, _uploads(request), now=now)
    with transaction(plant.engine) as connection:
        return uploading.keep(
            connection, _uploads(request), file, kind, preview, who=visitor_of(request).name, now=now
        )  # fmt: skip


def _overview(
    request: Request, plant: Plant, refused: str = "", filled: Mapping[str, Any] = MappingProxyType({})
) -> HTMLResponse:
    """The whole view; what was ``filled`` in before is chosen still."""
    project = plant.project
    with transaction(plant.engine) as connection:
        chosen = _worked_on(connection, project)
        values = {
            "waiting": uploading.uploads_of(connection, SHOWN, waiting=True),
            "history": uploading.uploads_of(connection, SHOWN, waiting=False),
            "verifications": verifying.kept(connection, SHOWN),
            "figures": _figures(connection, project),
        }
    return page(
        request,
        "capture.html",
        status=422 if refused else 200,
        title=SAID["title"],
        refused=refused,
        limit=uploading.MAX_BYTES // 1024 // 1024,
        sources=[(source, dataset) for source in dropping.tabular_sources(project) for dataset in source.datasets],
        books=KINDS,
        partners=partners(project),
        quarters=[str(period) for period in reversed(project.periods.all())],
        chosen=str(chosen),
        filled=filled,
        zone=project.framework.zone,
        figure_name=lambda row: _figure_name(project, row["indicator"], row["disaggregation"], row["category"]),
        **values,
    )


def _worked_on(connection: sa.Connection, project: Project) -> Period:
    """The quarter that people bring things for: the one after the newest closed one."""
    closed, quarters = vintages_in_force(connection), project.periods.all()
    return next((period for period in quarters if str(period) > max(closed, default="")), quarters[-1])


def _figures(connection: sa.Connection, project: Project) -> list[tuple[str, str]]:
    """The figures that people type, as options of a form."""
    return [
        (
            _BETWEEN.join((place.indicator, place.disaggregation, place.category)),
            _figure_name(project, place.indicator, place.disaggregation, place.category),
        )
        for place in verifying.places(connection, project)
    ]


def _figure_name(project: Project, code: str, disaggregation: str, category: str) -> str:
    found = next((item for item in project.indicators if item.code == code), None)
    name = told(found.name, "es") if found else ""
    whole = category == disaggregation == "total"
    return f"{code} {name} · {SAID['whole'] if whole else category_name(project, disaggregation, category)}"


def _shown(request: Request, project: Project, found: Mapping[str, Any], refused: str = "") -> HTMLResponse:
    return page(
        request,
        "upload.html",
        status=409 if refused else 200,
        title=SAID["title"],
        upload=found,
        preview=found["preview"],
        source=project.sources.get(found["preview"].get("source", "")),
        zone=project.framework.zone,
        refused=refused,
    )


def _problems(request: Request, name: str, file: uploading.Received, found: Mapping[str, Any]) -> HTMLResponse:
    """What has to be mended in a workbook, which is not kept."""
    told_of = {"upload_id": None, "kind": name, "file_name": file.name, "state": None}
    return page(
        request, "upload.html", status=422, title=SAID["title"], upload=told_of, preview=found, source=None,
        zone=None, refused="",
    )  # fmt: skip


def _found(connection: sa.Connection, number: int) -> dict[str, Any]:
    """An upload, or 404."""
    try:
        return uploading.upload_of(connection, number)
    except ContractError as error:
        raise HTTPException(404, str(error)) from None


def _parts(text: str, count: int) -> list[str]:
    parts = text.split(_BETWEEN)
    if len(parts) != count:
        raise HTTPException(422, CAPTURE_REFUSALS["form"])
    return parts


def _uploads(request: Request) -> Any:
    return surroundings_of(request).uploads


def _to(request: Request, path: str) -> RedirectResponse:
    return RedirectResponse(f"{surroundings_of(request).prefix}{path}", 303)
