"""A Word file as parts: what of it is text, and how its parts refer to each other.

Only a part that was changed is written anew; every other one goes out with the bytes it came with.

Data flow: .docx -> parts (bytes), texts (trees) -> .docx.
"""

import struct
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from lxml import etree

from trimestre.errors import ContractError
from trimestre.reports.packing import CONTENT_TYPES
from trimestre.texts.report_labels import REPORT_REFUSALS

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_MOST = 200_000_000
"""Bytes that the parts of a file may have together: a report has some millions."""

_DAMAGED = (
    BadZipFile, zlib.error, struct.error, EOFError, LookupError, StopIteration, TypeError, ValueError, RuntimeError,
    etree.XMLSyntaxError,
)  # fmt: skip
"""What reading a file raises that is no zip, a damaged or a protected one, or one of other parts than Word's."""

Element = Any
"""An element of lxml, which has no types of its own."""


def w(name: str) -> str:
    """A name of WordprocessingML as lxml writes it."""
    return f"{{{W}}}{name}"


def parse(content: bytes) -> Element:
    """The tree of a part; nothing outside of it is read."""
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))


def serialized(tree: Element) -> bytes:
    """A tree as the part of a package."""
    written: bytes = etree.tostring(tree, encoding="UTF-8", xml_declaration=True, standalone=True)
    return written


class Package:
    """The parts of a Word file by name, in their order."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = parts
        self._trees: dict[str, Element] = {}

    @classmethod
    def read(cls, file: Path | IO[bytes], name: str) -> "Package":
        """Read a file; :class:`ContractError` when it is no Word file. ``name``: what messages call it."""
        try:
            with ZipFile(file) as packed:
                if sum(info.file_size for info in packed.infolist()) > _MOST:
                    raise ContractError(REPORT_REFUSALS["too_large"].format(name=name))
                package = cls({info.filename: packed.read(info) for info in packed.infolist() if not info.is_dir()})
            roots = [package.tree(part).tag for part in package.texts()]
            if roots[0] != w("document") or package.tree(CONTENT_TYPES).tag != f"{{{_TYPES}}}Types":
                raise ContractError(REPORT_REFUSALS["no_word"].format(name=name))
        except _DAMAGED:
            raise ContractError(REPORT_REFUSALS["no_word"].format(name=name)) from None
        except OSError as error:
            raise ContractError(REPORT_REFUSALS["unread"].format(name=name, error=error.strerror)) from None
        return package

    @property
    def main(self) -> str:
        """Name of the part with the document's body."""
        kind = f"{R}/officeDocument"
        return next(target for kinds, target in self._relations("").values() if kinds == kind)

    def texts(self) -> Iterator[str]:
        """The parts in which people write: body, headers, footers, notes."""
        yield self.main
        written = ("header", "footer", "footnotes", "endnotes")
        for kind, target in self._relations(self.main).values():
            if kind.removeprefix(f"{R}/") in written and target in self.parts:
                yield target

    def tree(self, part: str) -> Element:
        """The tree of a part, the same one every time; a change of it is written by :meth:`settle`."""
        if part not in self._trees:
            self._trees[part] = parse(self.parts[part])
        return self._trees[part]

    def settle(self, part: str) -> None:
        """Take the tree of a part as its content."""
        self.parts[part] = serialized(self.tree(part))

    def target(self, part: str, relation: str) -> str | None:
        """The part that a relation (``rId7``) of a part leads to; ``None`` when there is no such one."""
        found = self._relations(part).get(relation)
        return found[1] if found and found[1] in self.parts else None

    def related(self, part: str, kind: str) -> str | None:
        """The first part that a part refers to as ``kind``, such as ``footnotes``."""
        return next((target for found, target in self._relations(part).values() if found == f"{R}/{kind}"), None)

    def add(self, part: str, kind: str, name: str, content: bytes, content_type: str) -> str:
        """Add a part beside another, which refers to it; returns the relation.

        ``name``: as in ``media/chart.png``; a number is added to one that is taken.
        """
        folder = PurePosixPath(part).parent
        path, number = folder / name, 1
        while str(path) in self.parts:
            number += 1
            path = (folder / name).with_stem(f"{PurePosixPath(name).stem}{number}")
        self.parts[str(path)] = content
        self._declare(path, content_type)
        rels = self._rels_name(part)
        if rels not in self.parts:
            self.parts[rels] = serialized(etree.Element(f"{{{_RELS}}}Relationships", nsmap={None: _RELS}))
        tree = self.tree(rels)
        taken = {item.get("Id") for item in tree}
        relation = next(f"rId{n}" for n in range(1, len(taken) + 2) if f"rId{n}" not in taken)
        target = relpath(str(path), str(folder))
        etree.SubElement(tree, f"{{{_RELS}}}Relationship", Id=relation, Type=f"{R}/{kind}", Target=target)
        self.settle(rels)
        return relation

    def _declare(self, path: PurePosixPath, content_type: str) -> None:
        types = self.tree(CONTENT_TYPES)
        extension = path.suffix.removeprefix(".")
        if extension == "xml":
            etree.SubElement(types, f"{{{_TYPES}}}Override", PartName=f"/{path}", ContentType=content_type)
        elif all((item.get("Extension") or "").lower() != extension for item in types):
            types.insert(0, etree.Element(f"{{{_TYPES}}}Default", Extension=extension, ContentType=content_type))
        self.settle(CONTENT_TYPES)

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Relation -> kind and part it leads to; what leads out of the file is left out."""
        rels = self._rels_name(part)
        if rels not in self.parts:
            return {}
        folder = PurePosixPath(part).parent
        return {
            item.get("Id"): (item.get("Type"), normpath(str(folder / item.get("Target"))).lstrip("/"))
            for item in self.tree(rels).iterfind(f"{{{_RELS}}}Relationship")
            if item.get("TargetMode") != "External"
        }

    @staticmethod
    def _rels_name(part: str) -> str:
        path = PurePosixPath(part)
        return str(path.parent / "_rels" / f"{path.name}.rels").removeprefix("./")


def save(package: Package, source: Path, path: Path) -> None:
    """Write the parts of a file that was read from ``source``: order, dates and packing of each stay as they were."""
    with ZipFile(source) as before:
        infos = [info for info in before.infolist() if not info.is_dir()]
    known = {info.filename for info in infos}
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as made:
        temporary = Path(made.name)
    with ZipFile(temporary, "w") as packed:
        for info in infos:
            packed.writestr(info, package.parts[info.filename])
        for name in sorted(package.parts.keys() - known):
            packed.writestr(name, package.parts[name])
    temporary.replace(path)
