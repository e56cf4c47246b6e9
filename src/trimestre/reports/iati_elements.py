"""Elements of an IATI file: attributes and narratives that any XML reader takes.

Data flow: texts and numbers of a project -> lxml elements.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(value: Decimal) -> str:
    """A number without exponent, grouping or idle zeros."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def narratives(element: Any, texts: Mapping[str, str], instead: str = "") -> None:
    """A narrative a language; ``instead`` stands for one that says nothing, which the standard does not allow."""
    for language, text in texts.items():
        narrative(element, text if clean(text).strip() else instead, language)


def narrative(element: Any, text: str, language: str) -> None:
    """Add a text in one language."""
    child = add(element, "narrative")
    child.set(LANG, language)
    child.text = clean(text)


def add(parent: Any, tag: str, /, **attributes: str) -> Any:
    """Add an element."""
    from lxml import etree

    return etree.SubElement(parent, tag, {key: clean(value) for key, value in attributes.items()})


def clean(text: str) -> str:
    """A text without what XML can't hold."""
    return _NOT_XML.sub("", text)
