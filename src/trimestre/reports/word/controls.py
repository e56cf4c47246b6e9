"""Content controls: the boxes of Word that hold a figure and know by their tag which one it is.

A control is ``<w:sdt>`` with a tag. What it holds may be set anew as often as figures move; comments and bookmarks of
people inside of it stay, and one in which somebody's tracked change stands is not touched.

Data flow: tag + text -> control; control + text -> the same control with that text.
"""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from hashlib import sha256

from lxml import etree

from trimestre.reports.word.package import Element, w

MOST = 64
"""Letters a tag may have: Word calls a file with a longer one damaged."""

_DELETED = (w("del"), w("moveFrom"))
_TRACKED = (w("del"), w("ins"), w("moveFrom"), w("moveTo"))
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Signs that no XML may hold; a text box of a browser gives them away now and then."""

_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def fitting(tag: str) -> str:
    """A tag of at most 64 letters: of a longer one the end is told by its sha256."""
    return tag if len(tag) <= MOST else f"{tag[: MOST - 9]}~{sha256(tag.encode()).hexdigest()[:8]}"


def fit_for_xml(text: str) -> str:
    """A text without the signs that no XML may hold."""
    return _NO_XML.sub("", text)


def tag_of(control: Element) -> str:
    """The tag of a control; empty without one."""
    found = control.find(f"{w('sdtPr')}/{w('tag')}")
    return found.get(w("val"), "") if found is not None else ""


def controls(tree: Element) -> Iterator[Element]:
    """The tagged controls of a part, those in deleted text left out, outer ones before inner ones."""
    for control in tree.iter(w("sdt")):
        if tag_of(control) and not any(above.tag in _DELETED for above in control.iterancestors()):
            yield control


def control_around(tag: str, content: Element) -> Element:
    """A control that holds a run."""
    control = etree.Element(w("sdt"), nsmap=content.nsmap)
    properties = etree.SubElement(control, w("sdtPr"))
    for name in ("alias", "tag"):
        etree.SubElement(properties, w(name)).set(w("val"), fitting(tag))
    etree.SubElement(properties, w("id")).set(w("val"), "0")
    etree.SubElement(control, w("sdtContent")).append(content)
    return control


def number_controls(trees: Iterable[Element]) -> None:
    """Give every control of a file an id of its own; one that is alone with its id keeps it."""
    every = [control.find(f"{w('sdtPr')}/{w('id')}") for tree in trees for control in tree.iter(w("sdt"))]
    identified = [item for item in every if item is not None]
    taken = {item.get(w("val")) for item in identified} | {"0"}
    seen = {"0"}
    free = (str(number) for number in range(1, 2**31) if str(number) not in taken)
    for item in identified:
        if item.get(w("val")) in seen:
            item.set(w("val"), next(free))
        seen.add(item.get(w("val")))


def run_like(run: Element, text: str = "") -> Element:
    """A run with the format of another."""
    made = etree.Element(w("r"), nsmap=run.nsmap)
    properties = run.find(w("rPr"))
    if properties is not None:
        made.append(deepcopy(properties))
    if text:
        set_text(etree.SubElement(made, w("t")), text)
    return made


def set_text(element: Element, text: str) -> None:
    """Set the text of a ``<w:t>``; spaces at its ends count."""
    element.text = text = fit_for_xml(text)
    if text != text.strip():
        element.set(_XML_SPACE, "preserve")


def paragraph_texts(paragraph: Element) -> list[Element]:
    """The ``<w:t>`` of a paragraph that are its text today: not what is deleted, nor what is in a text box in it."""
    found = []
    for element in paragraph.iter(w("t")):
        above = list(element.iterancestors())
        inner = above[: above.index(paragraph)]
        if not any(item.tag in _DELETED or item.tag == w("p") for item in inner):
            found.append(element)
    return found


def text_of(control: Element) -> str:
    """What a control says today."""
    return "".join(element.text or "" for element in _visible(control))


def is_tracked(control: Element) -> bool:
    """Whether somebody's tracked change stands inside of a control."""
    return next(control.iter(*_TRACKED), None) is not None


def is_prompting(control: Element) -> bool:
    """Whether Word takes what a control says for its prompt."""
    mark = control.find(f"{w('sdtPr')}/{w('showingPlcHdr')}")
    return mark is not None and mark.get(w("val"), "1") not in {"0", "false", "off"}


def fill(control: Element, text: str) -> None:
    """Let a control say a text: in the format of its first run; what is no text stays."""
    _end_prompt(control)
    visible = _visible(control)
    if not visible:
        content = control.find(w("sdtContent"))
        if content is None:
            content = etree.SubElement(control, w("sdtContent"))
        inside = next(content.iter(w("p")), content)
        run = next(content.iter(w("r")), None)
        inside.append(run_like(run, text) if run is not None else _run(text))
        return
    first, *others = visible
    set_text(first, text)
    for element in others:
        remove_text(element)


def _end_prompt(control: Element) -> None:
    """Take away the prompt that Word shows in an emptied control («Haga clic aquí…») and that what it says is one.

    Left there, Word would take the figure for the prompt: grey, and gone with the first letter typed.
    """
    if not is_prompting(control):
        return
    properties = control.find(w("sdtPr"))
    properties.remove(properties.find(w("showingPlcHdr")))
    for style in list(control.iter(w("rStyle"))):
        style.getparent().remove(style)


def remove_text(element: Element) -> None:
    """Remove a ``<w:t>``, and its run when nothing else is in it."""
    run = element.getparent()
    run.remove(element)
    if run.tag == w("r") and all(item.tag == w("rPr") for item in run):
        run.getparent().remove(run)


def _visible(control: Element) -> list[Element]:
    content = control.find(w("sdtContent"))
    if content is None:
        return []
    return [
        element
        for element in content.iter(w("t"))
        if not any(above.tag in _DELETED for above in element.iterancestors())
    ]


def _run(text: str) -> Element:
    run = etree.Element(w("r"))
    set_text(etree.SubElement(run, w("t")), text)
    return run
