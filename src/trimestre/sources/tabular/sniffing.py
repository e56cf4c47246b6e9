"""What a delivered file is: CSV or workbook, its encoding and its separator, by its content.

Data flow: first bytes -> kind (or a refusal that says what it is instead) -> marks and bytes -> encoding; rows at the
top with each separator -> the one with which the header is found.
"""

import codecs
import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from trimestre.contracts.sources import TabularDataset
from trimestre.errors import PermanentError
from trimestre.sources.tabular.contract import Opener
from trimestre.texts import DELIVERED

SEPARATORS = (",", ";", "\t")
_HEAD = 4096
_BLOCK = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_OF_MACINTOSH = re.compile(rb"[A-Za-z][\x87\x8e\x9c]|[a-z][\x96\x97][a-z]|[A-Z][\x83\x84][A-Z]")
"""á, é, ú; ó, ñ; É, Ñ where letters are: in cp1252 these bytes are ‡, Ž, œ, dashes, ƒ and a low quote."""
_OF_WINDOWS = re.compile(rb"[A-Za-z][\xe1\xe9\xed\xf3\xfa\xf1]|[A-Z][\xc1\xc9\xcd\xd3\xda\xd1][A-Z]")
"""á, é, í, ó, ú, ñ; the capitals within words."""
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body|meta|table|div|style)\b",
    re.IGNORECASE | re.DOTALL,
)
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Layout(NamedTuple):
    """How the bytes of a file are to be read; encoding and separator are those of a CSV."""

    type: Literal["csv", "xlsx"]
    encoding: str = ""
    separator: str = ""


Score = Callable[[Layout], tuple[bool, int]]
"""Whether the header is found with a layout, and how many columns are."""


def sniff(dataset: TabularDataset, opener: Opener, name: str, score: Score) -> Layout:
    """The layout of a file: as its dataset declares it, and the rest by its content.

    :class:`PermanentError` for what is neither CSV nor workbook, whatever was declared.
    """
    with opener() as raw:
        head = raw.read(_HEAD)
    kind = _kind(dataset, head, name)
    if kind == "xlsx":
        return Layout("xlsx")
    encoding = _marked(head) or dataset.format.encoding
    if encoding == "auto":
        encoding = encoding_of(opener, DELIVERED["where"].format(name=name, dataset=dataset.dataset))
    if dataset.format.separator != "auto":
        return Layout("csv", encoding, dataset.format.separator)
    # The first of those that do equally well.
    return max((Layout("csv", encoding, separator) for separator in SEPARATORS), key=score)


def _kind(dataset: TabularDataset, head: bytes, name: str) -> Literal["csv", "xlsx"]:
    declared, where = dataset.format.type, DELIVERED["where"].format(name=name, dataset=dataset.dataset)
    html = _HTML.match(_as_text(head))
    if html and (html.group().casefold().endswith("<table") or name.casefold().endswith((".xls", ".xlsx"))):
        raise PermanentError(DELIVERED["web_table"].format(where=where))
    if html:
        raise PermanentError(DELIVERED["web_page"].format(where=where))
    if _as_text(head).lstrip().startswith("<?xml"):
        raise PermanentError(DELIVERED["xml"].format(where=where))
    if declared != "xlsx" and head.startswith(_OLD_WORKBOOK):
        raise PermanentError(DELIVERED["old_workbook"].format(where=where))
    if declared == "csv" and head.startswith(b"PK\x03\x04"):
        raise PermanentError(DELIVERED["workbook_for_csv"].format(where=where))
    if declared != "auto":
        return declared
    return "xlsx" if head.startswith(b"PK") else "csv"


def _as_text(head: bytes) -> str:
    """The beginning of a file as text, as far as marks of HTML are concerned."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return head.decode(encoding, errors="ignore")
    return head.decode("latin-1")


def _marked(head: bytes) -> str:
    """The encoding that a mark at the beginning tells, whatever was declared: no other begins so. Empty without."""
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "")


def _is_of_macintosh(opener: Opener) -> bool:
    """Whether a file that is no UTF-8 is a CSV of Excel for Mac: as cp1252 its «Institución» would be «Instituci—n».

    It has letters of Spanish as Mac OS Roman writes them, and none as cp1252 does.
    """
    found = False
    with opener() as raw:
        tail = b""
        while block := raw.read(_BLOCK):
            window = tail + block
            if _OF_WINDOWS.search(window):
                return False
            found = found or bool(_OF_MACINTOSH.search(window))
            tail = window[-2:]
    return found


def encoding_of(opener: Opener, where: str) -> str:
    """The encoding of a file: as its mark says, else UTF-8 if the whole file is, else cp1252 (Excel in Spanish) or Mac
    OS Roman (Excel for Mac), by the letters that it holds.

    :class:`PermanentError` for a UTF-8 file that is damaged, or a mixture: as cp1252 every accent of it would be wrong.
    """
    with opener() as raw:
        marked = _marked(raw.read(3))
    if marked:
        return marked
    offset = bad_byte(opener, "utf-8")
    if offset is None:
        return "utf-8"
    if not _foreign_before(opener, offset):
        if _is_of_macintosh(opener):
            return "mac_roman"
        if bad_byte(opener, "cp1252") is None:
            return "cp1252"
    raise PermanentError(DELIVERED["neither_encoding"].format(where=where, offset=offset))


def _foreign_before(opener: Opener, offset: int) -> bool:
    """Whether what stands before an offset is UTF-8 that is not just ASCII."""
    read = 0
    with opener() as raw:
        while block := raw.read(min(_BLOCK, offset - read)):
            if not block.isascii():
                return True
            read += len(block)
    return False


def bad_byte(opener: Opener, encoding: str) -> int | None:
    """Offset of the first byte that an encoding does not know, or null; 0 where the decoder can't tell."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    with opener() as raw:
        while True:
            block = raw.read(_BLOCK)
            read += len(block)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                # What the decoder looked at may begin with bytes it had kept from the block before.
                return read - len(error.object) + error.start
            except UnicodeError:
                return 0
            if not block:
                return None
