"""Forms and files that a browser sends, read only after it is known who sends them.

FastAPI reads a form before it asks who is there; so views take :data:`Form` instead of its ``Form()`` and ``File()``.
A body is counted as it comes and written to a temporary file: nobody can send more than is taken.

Data flow: body -> counted blocks -> fields and a file on disk -> view -> gone.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, BinaryIO

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from trimestre.pipeline.uploads.upload_checks import UploadRefused
from trimestre.pipeline.uploads.uploading import MAX_BYTES
from trimestre.texts import CAPTURE_REFUSALS

FIELDS = 20
FIELD_BYTES = 16 * 1024
_FRAME = FIELDS * FIELD_BYTES
"""What a body may be longer than its file."""
_DRAINED = 4
"""So many times the limit is read and thrown away: a browser shows an answer only once it has sent everything."""


async def received_form(request: Request) -> AsyncIterator[FormData]:
    """The form of a request, its file removed afterwards; 413 for too much, 422 for what is no form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            stream = _counted(request, MAX_BYTES + _FRAME)
            form = await MultiPartParser(
                request.headers, stream, max_files=1, max_fields=FIELDS, max_part_size=FIELD_BYTES
            ).parse()
        elif kind == "application/x-www-form-urlencoded":
            form = await FormParser(request.headers, _counted(request, _FRAME)).parse()
        else:
            raise HTTPException(422, CAPTURE_REFUSALS["form"])
    except MultiPartException:
        raise HTTPException(422, CAPTURE_REFUSALS["form"]) from None
    try:
        yield form
    finally:
        await form.close()


Form = Annotated[FormData, Depends(received_form)]
"""A form as a view takes it: after the dependencies of its route, such as ``require``."""


def field(form: FormData, name: str) -> str:
    """A field that must be there; 422 without it."""
    found = form.get(name)
    if not isinstance(found, str) or not found.strip():
        raise HTTPException(422, CAPTURE_REFUSALS["field"].format(field=name))
    return found.strip()


def file_in(form: FormData) -> tuple[str, BinaryIO]:
    """Name and content of the file; :class:`UploadRefused` when none was chosen."""
    found = form.get("archivo")
    if not isinstance(found, UploadFile) or not found.filename:
        raise UploadRefused(CAPTURE_REFUSALS["no_file"])
    return found.filename, found.file


async def _counted(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for block in request.stream():
        size += len(block)
        if size <= limit:
            yield block
        elif size > _DRAINED * limit:
            break
    if size > limit:
        raise HTTPException(413, CAPTURE_REFUSALS["large_form"].format(limit=MAX_BYTES // 1024 // 1024))
