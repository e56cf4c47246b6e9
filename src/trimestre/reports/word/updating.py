"""Bringing the figures of an edited report up to date.

Only what a tagged control holds is changed: its text, its picture, the rows that a table lacks; tokens that people
typed become controls. Everything else (paragraphs, styles, tracked changes, comments, footnotes, every other part of
the file) stays as it is. A control in which somebody's tracked change stands is left to them, and told.

Data flow: .docx as people edited it + Quarter -> .docx with today's figures + what changed, was left and disagrees.
"""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from trimestre.errors import ContractError
from trimestre.indicators.small_cells.suppression import Audience
from trimestre.reports.documents import Language
from trimestre.reports.quarter import Quarter
from trimestre.reports.word.controls import (
    controls,
    fill,
    is_prompting,
    is_tracked,
    number_controls,
    tag_of,
    text_of,
)
from trimestre.reports.word.filling import fill_tokens
from trimestre.reports.word.footnotes import add_footnote
from trimestre.reports.word.package import Element, Package, save, w
from trimestre.reports.word.pictures import alternative_of, drawn, next_drawing, picture_run, replace_picture
from trimestre.reports.word.prose import Disagreement, disagreements
from trimestre.reports.word.values import RESTATED_TAG, VERSION_TAG, Values, values_of
from trimestre.texts.report_labels import REPORT_REFUSALS

_CHART, _TABLE = "chart:", "table:"
_REFERENCES = tuple(w(name) for name in ("footnoteReference", "endnoteReference", "commentReference"))
_MARKS = tuple(
    w(f"{name}{end}") for name in ("bookmark", "commentRange") for end in ("Start", "End")
)  # fmt: skip
_WORD_2010 = "http://schemas.microsoft.com/office/word/2010/wordml"
AUDIENCE_MARK = "trimestre: "
"""Before the audience in a report's category, a property that Word keeps."""
_CATEGORY = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}category"
_LANGUAGE = "{http://purl.org/dc/elements/1.1/}language"


@dataclass(frozen=True)
class Changed:
    """One figure that is another one now."""

    tag: str
    before: str
    after: str


@dataclass(frozen=True)
class Updated:
    """What an update did, and what people have to look at."""

    changed: tuple[Changed, ...] = ()
    """Figures that were set anew, tokens that were filled and rows that were added, in their order."""
    kept: tuple[Changed, ...] = ()
    """Figures that differ and were not set: somebody's tracked change stands in their control."""
    unknown: tuple[str, ...] = ()
    """Tags and tokens that the quarter has nothing for; they stayed as they were."""
    disagreeing: tuple[Disagreement, ...] = ()
    """Numbers that people typed and that are not those of the tables."""


def update(path_in: Path, quarter: Quarter, path_out: Path, language: Language | None = None) -> Updated:
    """Write a report that people edited with the figures of a quarter; the edited file stays as it is.

    ``language``: of names and words; ``None`` = that of the document. :class:`ContractError` when it is no Word file,
    or when both paths are the same.
    """
    if path_in.resolve() == path_out.resolve():
        raise ContractError(REPORT_REFUSALS["overwrite"].format(name=path_in.name))
    package = Package.read(path_in, path_in.name)
    values = values_of(quarter, language or language_of(package))
    changed, kept, unknown = [], [], []
    for part in dict.fromkeys(package.texts()):
        done = _Part(package, part, values)
        done.update(quarter)
        changed += done.changed
        kept += done.kept
        unknown += done.unknown
    if quarter.version.restates:
        _tell_restatement(package)
    filled, left = fill_tokens(package, values)
    changed += [Changed(tag, "", text) for tag, text in filled]
    disagreeing = dict.fromkeys(  # a text box stands twice in a file: for Word of today and for that of before
        found for part in dict.fromkeys(package.texts()) for found in disagreements(package.tree(part), quarter)
    )
    path_out.parent.mkdir(parents=True, exist_ok=True)
    save(package, path_in, path_out)
    return Updated(tuple(changed), tuple(kept), tuple(dict.fromkeys([*unknown, *left])), tuple(disagreeing))


def audience_of(path: Path) -> Audience:
    """Whom a report was written for, as its properties say: its figures are hidden from the same people again."""
    package = Package.read(path, path.name)
    core = package.parts.get("docProps/core.xml")
    said = package.tree("docProps/core.xml").findtext(_CATEGORY, "") if core is not None else ""
    known: tuple[Audience, ...] = ("public", "donor")
    return next((audience for audience in known if said == AUDIENCE_MARK + audience), "internal")


def _tell_restatement(package: Package) -> None:
    """A footnote beside the version of a report that was first written of one that restated nothing."""
    tags = [tag_of(control) for part in dict.fromkeys(package.texts()) for control in controls(package.tree(part))]
    version = next((item for item in controls(package.tree(package.main)) if tag_of(item) == VERSION_TAG), None)
    if version is None or RESTATED_TAG in tags:
        return
    version.addnext(add_footnote(package, f"{{{{{RESTATED_TAG}}}}}"))
    package.settle(package.main)


def language_of(package: Package) -> Language:
    """The language that a report was written in, as its properties say."""
    core = package.parts.get("docProps/core.xml")
    if core is None:
        return "es"
    said = package.tree("docProps/core.xml").findtext(_LANGUAGE, "")
    return "en" if said.lower().startswith("en") else "es"


class _Part:
    """One part of a file while its controls are brought up to date."""

    def __init__(self, package: Package, part: str, values: Values) -> None:
        self.package, self.part, self.values = package, part, values
        self.tree = package.tree(part)
        self.changed: list[Changed] = []
        self.kept: list[Changed] = []
        self.unknown: list[str] = []

    def update(self, quarter: Quarter) -> None:
        """Set every control; the tree becomes the part's content when one of them is another one now."""
        for control in list(controls(self.tree)):
            tag = tag_of(control)
            if tag.startswith(_TABLE):
                self._rows(control, tag, quarter)
            elif tag in self.values.charts:
                self._chart(control, tag)
            elif tag in self.values.texts:
                self._text(control, tag, self.values.texts[tag])
            elif tag.startswith(_CHART) or "/" in tag:
                self.unknown.append(tag)
        if self.changed:
            number_controls([self.tree])
            self.package.settle(self.part)

    def _text(self, control: Element, tag: str, text: str) -> None:
        before = text_of(control)
        if before == text and not is_prompting(control):
            return
        if is_tracked(control):
            self.kept.append(Changed(tag, before, text))
            return
        fill(control, text)
        self.changed.append(Changed(tag, before, text))

    def _chart(self, control: Element, tag: str) -> None:
        chart = self.values.charts[tag]()
        png = drawn(chart) if chart else None
        alt = alternative_of(control)
        if chart is None or png is None:
            self.unknown += [tag] if chart or alt else []
            return
        if is_tracked(control):
            self.kept += [Changed(tag, alt, chart.alt)] if alt != chart.alt else []
            return
        replaced = replace_picture(self.package, self.part, control, png, chart.alt)
        if replaced is None:  # there was nothing to draw when it was written, or somebody took the picture out
            before = text_of(control)
            content = control.find(w("sdtContent"))
            run = next(content.iter(w("r")), None)
            picture = picture_run(self.package, self.part, png, chart.alt, next_drawing(self.tree))
            if run is None:
                next(content.iter(w("p")), content).append(picture)
            else:
                run.getparent().replace(run, picture)
            self.changed.append(Changed(tag, before, chart.alt))
        elif replaced:
            self.changed.append(Changed(tag, alt, chart.alt))

    def _rows(self, control: Element, tag: str, quarter: Quarter) -> None:
        """Add a row for each indicator that the table of a line lacks, like its last one with figures."""
        line = tag.removeprefix(_TABLE)
        if line not in {item.line for item in quarter.project.framework.lines}:
            self.unknown.append(tag)
            return
        rows = {code: row for row in control.iter(w("tr")) if (code := _code_of(row))}
        pattern = next((row for row in reversed(rows.values()) if not is_tracked(row)), None)
        if pattern is None:
            return
        last = list(rows.values())[-1]
        for figure in quarter.figures:
            code = figure.indicator.code
            if figure.indicator.line == line and code not in rows:
                row = _row_like(pattern, _code_of(pattern), code, self.values)
                last.addnext(row)
                last = row
                self.changed.append(Changed(tag, "", code))


def _code_of(row: Element) -> str:
    """The indicator that a row is about: that of its first figure."""
    tags = (tag_of(control) for control in row.iter(w("sdt")))
    return next((tag.split("/")[0] for tag in tags if "/" in tag), "")


def _row_like(row: Element, code: str, wanted: str, values: Values) -> Element:
    """A row as another one, about another indicator: its controls, and its code where it stands as text."""
    made = deepcopy(row)
    for reference in list(made.iter(*_REFERENCES)):
        run = reference.getparent()
        run.getparent().remove(run)
    for mark in list(made.iter(*_MARKS)):
        mark.getparent().remove(mark)
    for element in made.iter():
        for name in ("paraId", "textId"):
            element.attrib.pop(f"{{{_WORD_2010}}}{name}", None)
    for control in list(made.iter(w("sdt"))):
        tag = f"{wanted}/{tag_of(control).partition('/')[2]}"
        for name in ("alias", "tag"):
            for item in control.iterfind(f"{w('sdtPr')}/{w(name)}"):
                item.set(w("val"), tag)
        fill(control, values.texts.get(tag, "–"))
    for text in made.iter(w("t")):
        if code in (text.text or "") and not any(above.tag == w("sdt") for above in text.iterancestors()):
            text.text = text.text.replace(code, wanted)
    return made
