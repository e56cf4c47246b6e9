"""What an uploaded file may be called, and what it is: told from its content, never from its name alone.

Data flow: name and content as a browser sent them -> safe name, Content -> or a refusal in Spanish.
"""

import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from trimestre.errors import PermanentError
from trimestre.sources.tabular.drop import IGNORED_ENDINGS
from trimestre.texts import CAPTURE_REFUSALS, WORKBOOK_REFUSALS

NAME_BYTES = 180
"""A name longer than this is refused: file systems take 255 bytes, and programs add to it while they write."""

LARGEST_WORKBOOK = 2 * 1024 * 1024
"""Ten times what the fullest workbook of ours has: what is larger is no work of a person, and slow to read."""

UNPACKED_BYTES = 256 * 1024 * 1024
"""All parts of an Office file together, unpacked."""
PARTS = 4000
SHRUNK = 250
"""A part of more than a megabyte that shrank to less than one in so many of its bytes was made to do harm."""
_MEGABYTE = 1024 * 1024

_FORBIDDEN = frozenset('/\\:*?"<>|')
"""What a path is made of, here or on the machine of who opens the file later."""

_RESERVED = frozenset({"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)})
"""Names of devices in Windows."""


class UploadRefused(PermanentError):
    """An upload that is not taken; its text, in Spanish, is for who brought it."""


@dataclass(frozen=True)
class Content:
    """What a file is."""

    ending: str
    """As its name must end, with the point."""
    media_type: str


PDF = Content(".pdf", "application/pdf")
JPG = Content(".jpg", "image/jpeg")
PNG = Content(".png", "image/png")
DOCX = Content(".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
XLSX = Content(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
CSV = Content(".csv", "text/csv")

_MAGIC = {b"%PDF-": PDF, b"\xff\xd8\xff": JPG, b"\x89PNG\r\n\x1a\n": PNG}
_OFFICE = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}
_PROGRAMS = ("macroenabled", "vbaproject", "macrosheet")
"""In the content type of a part that is run."""
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, OSError, EOFError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENDINGS = {".jpeg": ".jpg"}
_KNOWN = {content.ending: content for content in (PDF, JPG, PNG, DOCX, XLSX)}


def safe_name(name: str) -> str:
    """The name as it may be written (NFC), or :class:`UploadRefused`: a path, a hidden file, signs that nobody sees."""
    plain = unicodedata.normalize("NFC", name).strip()
    if not plain:
        raise _refused("no_name")
    if any(sign in _FORBIDDEN or unicodedata.category(sign)[0] == "C" for sign in plain) or not plain.strip(". "):
        raise _refused("name_signs", name=shown(name))
    if len(plain.encode()) > NAME_BYTES:
        raise _refused("name_long", name=shown(name), limit=NAME_BYTES)
    if plain.startswith((".", "~$", "-")) or plain.endswith(".") or plain.casefold().endswith(IGNORED_ENDINGS):
        raise _refused("name_hidden", name=shown(name))
    if plain.partition(".")[0].casefold().strip() in _RESERVED:
        raise _refused("name_reserved", name=shown(name))
    return plain


def shown(name: str) -> str:
    """A name as it may stand in a sentence: visible signs, not longer than a line."""
    visible = "".join(sign if unicodedata.category(sign)[0] != "C" else "�" for sign in name)
    return visible if len(visible) <= 80 else f"{visible[:77]}…"


def content_of(path: Path, name: str, allowed: tuple[Content, ...]) -> Content:
    """What a file is; :class:`UploadRefused` for what is not ``allowed``, or not what its name says, or harmful.

    A CSV has no mark of its own: it is whatever its reader takes as one, if it is allowed and nothing else is found.
    """
    found = _found(path, name)
    wanted = ", ".join(content.ending.removeprefix(".").upper() for content in allowed)
    said = Path(name).suffix.casefold()
    ending = _ENDINGS.get(said, said)
    if found is None and CSV in allowed and ending not in _KNOWN:
        _check_text(path, name)
        return CSV
    if found is None and XLSX in allowed:
        _check_no_page(path, name)
    if found not in allowed:
        told = found.ending.removeprefix(".").upper() if found else CAPTURE_REFUSALS["unknown_content"]
        raise _refused("content", name=shown(name), found=told, wanted=wanted)
    if ending != found.ending:
        raise _refused("ending", name=shown(name), found=said or CAPTURE_REFUSALS["no_ending"], wanted=found.ending)
    return found


def check_workbook(path: Path) -> None:
    """Refuse what is too large, no workbook or made to do harm, before anything of a workbook of ours is parsed."""
    size = path.stat().st_size
    if size > LARGEST_WORKBOOK:
        found, most = size // _MEGABYTE, LARGEST_WORKBOOK // _MEGABYTE
        raise UploadRefused(WORKBOOK_REFUSALS["too_large"].format(name=shown(path.name), found=found, most=most))
    content_of(path, path.name, (XLSX,))


def _found(path: Path, name: str) -> Content | None:
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise _refused("empty", name=shown(name))
    for magic, content in _MAGIC.items():
        if head.startswith(magic):
            return content
    if head.startswith(b"PK\x03\x04"):
        return _office(path, name)
    return None


def _check_no_page(path: Path, name: str) -> None:
    """A page that asks to sign in is what one gets in place of a table, under the table's name."""
    if _head(path).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise _refused("web_page", name=shown(name))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _check_text(path: Path, name: str) -> None:
    """What is often taken for a CSV, told apart in words that help; the rest its reader says."""
    head = _head(path)
    if head.startswith(_OLD_WORKBOOK):
        raise _refused("old_workbook", name=shown(name))
    _check_no_page(path, name)
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refused("binary", name=shown(name))


def _office(path: Path, name: str) -> Content | None:
    """Which Office file a ZIP is; refused when it can't be opened, is locked, holds programs or is a bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            _check_size(parts, name)
            if any(part.flag_bits & 1 for part in parts):
                raise _refused("locked", name=shown(name))
            if any(_declares_entities(archive, part) for part in parts):
                raise _refused("entities", name=shown(name))
            if _holds_programs(archive, names):
                raise _refused("macros", name=shown(name))
    except _DAMAGED:
        raise _refused("damaged", name=shown(name)) from None
    return next((content for part, content in _OFFICE.items() if part in names), None)


def _check_size(parts: list[zipfile.ZipInfo], name: str) -> None:
    """What a ZIP claims is what its reader goes by: no part gives more bytes than it says."""
    unpacked = sum(part.file_size for part in parts)
    shrunk = any(part.file_size > _MEGABYTE and part.file_size > SHRUNK * part.compress_size for part in parts)
    if len(parts) > PARTS or unpacked > UNPACKED_BYTES or shrunk:
        raise _refused("bomb", name=shown(name), limit=UNPACKED_BYTES // _MEGABYTE)


def _declares_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a part has a document type, where XML bombs are declared; no Office program writes one.

    Whatever the part is called, however it is encoded and however much stands before: told by what an XML parser meets
    first. What it can't read is no XML, for the readers of a workbook neither.
    """
    met: list[bool] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: met.append(True)
    parser.StartElementHandler = lambda *_: met.append(False)
    with archive.open(part) as xml, suppress(expat.ExpatError):
        while not met and (block := xml.read(4096)):
            parser.Parse(block)
    return bool(met) and met[0]


def _holds_programs(archive: zipfile.ZipFile, names: Collection[str]) -> bool:
    """Whether a part is declared as a program, or lies where one is kept: its name may be any."""
    if any(part.casefold().endswith("/vbaproject.bin") or "/macrosheets/" in part.casefold() for part in names):
        return True
    met: list[str] = []

    def declared(_: str, attributes: Mapping[str, str]) -> None:
        kind = attributes.get("ContentType", "").casefold()
        met.extend(mark for mark in _PROGRAMS if mark in kind)

    for part in names:
        if part.casefold() == "[content_types].xml":
            parser = expat.ParserCreate()
            parser.StartElementHandler = declared
            with archive.open(part) as xml:
                parser.ParseFile(xml)
    return bool(met)


def _refused(why: str, **values: object) -> UploadRefused:
    return UploadRefused(CAPTURE_REFUSALS[why].format(**values))
