"""Tokens in prose: ``{{L2-01}}`` becomes a content control with the figure, ``{{chart:L2-01}}`` one with a chart.

Word cuts a line that somebody typed into runs wherever it likes: a token is found however it is cut.

Data flow: paragraphs -> tokens -> what stands for them, in the format of the first letter of each.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from trimestre.reports.word.controls import paragraph_texts, remove_text, run_like, set_text
from trimestre.reports.word.package import Element, w

TOKEN = re.compile(r"\{\{\s*([^{}\n]{1,400}?)\s*\}\}")

Make = Callable[[str, Element], Element | None]
"""What stands for a token: its name and the run it was typed in -> element; ``None`` = leave it as it is."""


_TYPED = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-") | dict.fromkeys("“”„\"«»'‘’ \u00a0"))
"""What Word makes of hyphens, and quotes and blanks that people put around a name."""


@dataclass(frozen=True)
class _Piece:
    """The part of a token that one ``<w:t>`` holds."""

    element: Element
    start: int
    end: int


def folded(token: str) -> str:
    """A token as it is compared where nothing is called so exactly: ``l2–01.Meta`` is L2-01.meta."""
    return token.translate(_TYPED).casefold()


def replace_tokens(tree: Element, make: Make) -> list[str]:
    """Put something in the place of the tokens of a part; returns those that were left, in their order."""
    left: list[str] = []
    for paragraph in list(tree.iter(w("p"))):
        left += _in_paragraph(paragraph, make)
    return left


def _in_paragraph(paragraph: Element, make: Make) -> list[str]:
    texts = paragraph_texts(paragraph)
    whole = "".join(element.text or "" for element in texts)
    left = []
    for found in reversed(list(TOKEN.finditer(whole))):  # from the last on, so that places before it stay
        pieces = _pieces(texts, found.start(), found.end())
        made = make(found[1], pieces[0].element.getparent())
        if made is None:
            left.append(found[0])
        else:
            _put(pieces, made)
    return left[::-1]


def _pieces(texts: list[Element], start: int, end: int) -> list[_Piece]:
    """Where a stretch of the joined texts stands in each of them."""
    pieces, at = [], 0
    for element in texts:
        length = len(element.text or "")
        low, high = max(start - at, 0), min(end - at, length)
        if low < high:
            pieces.append(_Piece(element, low, high))
        at += length
    return pieces


def _put(pieces: list[_Piece], made: Element) -> None:
    """Put an element in the place of the pieces; what stood behind the first one in its run gets a run of its own."""
    first, *others = pieces
    run, text = first.element.getparent(), first.element.text
    rest = run_like(run, text[first.end :])
    for item in list(first.element.itersiblings()):
        rest.append(item)
    run.addnext(made)
    if any(item.tag != w("rPr") for item in rest):
        made.addnext(rest)
    if first.start:
        set_text(first.element, text[: first.start])
    else:
        remove_text(first.element)
    for piece in others:
        before = piece.element.text
        kept = before[: piece.start] + before[piece.end :]
        if kept:
            set_text(piece.element, kept)
        else:
            remove_text(piece.element)
