"""Footnotes of a Word file: the part that holds them, and a reference in the text.

Data flow: text -> footnote in its part -> run that refers to it.
"""

from lxml import etree

from trimestre.reports.word.controls import set_text
from trimestre.reports.word.package import Element, Package, W, serialized, w

_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_FIRST = 2
"""The number of the first footnote: those before it are the two lines that part notes from text."""


def add_footnote(package: Package, text: str) -> Element:
    """Write a footnote of the body and return the run that refers to it; its styles are Word's own."""
    tree = package.tree(_part(package))
    number = max((int(note.get(w("id"))) for note in tree), default=_FIRST - 1) + 1
    note = etree.SubElement(tree, w("footnote"))
    note.set(w("id"), str(max(number, _FIRST)))
    paragraph = etree.SubElement(note, w("p"))
    style = etree.SubElement(etree.SubElement(paragraph, w("pPr")), w("pStyle"))
    style.set(w("val"), _style(package, "footnote text", "FootnoteText"))
    paragraph.append(_referring(package, "footnoteRef"))
    run = etree.SubElement(paragraph, w("r"))
    set_text(etree.SubElement(run, w("t")), f" {text}")
    reference = _referring(package, "footnoteReference")
    reference[-1].set(w("id"), note.get(w("id")))
    return reference


def _part(package: Package) -> str:
    """The part of the footnotes; made where a file has none."""
    found = package.related(package.main, "footnotes")
    if found is None or found not in package.parts:
        tree = etree.Element(w("footnotes"), nsmap={"w": W})
        for number, kind in enumerate(("separator", "continuationSeparator")):
            note = etree.SubElement(tree, w("footnote"))
            note.set(w("type"), kind)
            note.set(w("id"), str(number))
            run = etree.SubElement(etree.SubElement(note, w("p")), w("r"))
            etree.SubElement(run, w(kind))
        package.add(package.main, "footnotes", "footnotes.xml", serialized(tree), _TYPE)
        found = package.related(package.main, "footnotes") or ""
    return found


def _referring(package: Package, kind: str) -> Element:
    """A run in the style of references."""
    run = etree.Element(w("r"), nsmap={"w": W})
    style = etree.SubElement(etree.SubElement(run, w("rPr")), w("rStyle"))
    style.set(w("val"), _style(package, "footnote reference", "FootnoteReference"))
    etree.SubElement(run, w(kind))
    return run


def _style(package: Package, name: str, default: str) -> str:
    """The id of one of Word's own styles: Word in Spanish gives them Spanish ids, and never another name."""
    styles = package.related(package.main, "styles")
    for style in package.tree(styles).iter(w("style")) if styles else ():
        called = style.find(w("name"))
        if called is not None and called.get(w("val"), "").lower() == name:
            found: str = style.get(w("styleId"))
            return found
    return default
