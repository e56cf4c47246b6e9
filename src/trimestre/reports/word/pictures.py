"""Charts in a Word file: a picture with its text alternative, and another one in its place.

Data flow: PNG + text alternative -> part + drawing; control + PNG -> the same drawing, its size by the new picture.
"""

import struct

from lxml import etree

from trimestre.reports.charts import Chart
from trimestre.reports.word.package import Element, Package, R, w

_WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_PIC = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_WIDTH = 5_580_000
"""Width of a chart: 15.5 cm in EMU, 360,000 a centimetre."""


def drawn(chart: Chart) -> bytes | None:
    """The PNG of a chart; ``None`` when it can't be drawn, which must not keep a report from being written."""
    try:
        return chart.png()
    except ValueError:  # what vl-convert raises, whatever went wrong
        return None


def picture_run(package: Package, part: str, png: bytes, alternative: str, number: int) -> Element:
    """A run with a picture, which becomes a part of the file. ``number``: its id among the drawings."""
    relation = package.add(part, "image", "media/chart.png", png, "image/png")
    width, height = str(_WIDTH), str(_height(png, _WIDTH))
    run = etree.Element(w("r"), nsmap={"w": w("")[1:-1], "wp": _WP, "a": _A, "pic": _PIC, "r": R})
    inline = _under(_under(run, w("drawing")), f"{{{_WP}}}inline", distT="0", distB="0", distL="0", distR="0")
    _under(inline, f"{{{_WP}}}extent", cx=width, cy=height)
    _under(inline, f"{{{_WP}}}docPr", id=str(number), name=f"Chart {number}", descr=alternative)
    data = _under(_under(inline, f"{{{_A}}}graphic"), f"{{{_A}}}graphicData", uri=_PIC)
    picture = _under(data, f"{{{_PIC}}}pic")
    described = _under(picture, f"{{{_PIC}}}nvPicPr")
    _under(described, f"{{{_PIC}}}cNvPr", id=str(number), name=f"chart{number}.png")
    _under(described, f"{{{_PIC}}}cNvPicPr")
    fill = _under(picture, f"{{{_PIC}}}blipFill")
    _under(fill, f"{{{_A}}}blip").set(f"{{{R}}}embed", relation)
    _under(_under(fill, f"{{{_A}}}stretch"), f"{{{_A}}}fillRect")
    shape = _under(picture, f"{{{_PIC}}}spPr")
    frame = _under(shape, f"{{{_A}}}xfrm")
    _under(frame, f"{{{_A}}}off", x="0", y="0")
    _under(frame, f"{{{_A}}}ext", cx=width, cy=height)
    _under(_under(shape, f"{{{_A}}}prstGeom", prst="rect"), f"{{{_A}}}avLst")
    return run


def replace_picture(package: Package, part: str, control: Element, png: bytes, alternative: str) -> bool | None:
    """Show another picture in a control; whether it is another one. ``None`` = there is no picture in the control.

    The width that somebody gave it stays.
    """
    blip = next(control.iter(f"{{{_A}}}blip"), None)
    held = package.target(part, blip.get(f"{{{R}}}embed", "")) if blip is not None else None
    if blip is None or held is None:
        return None
    if package.parts[held] == png:
        return False
    # A new part, not other bytes in the old one: the same picture may stand elsewhere, on purpose.
    blip.set(f"{{{R}}}embed", package.add(part, "image", "media/chart.png", png, "image/png"))
    for described in control.iter(f"{{{_WP}}}docPr"):
        described.set("descr", alternative)
    for extent in (*control.iter(f"{{{_WP}}}extent"), *control.iter(f"{{{_A}}}ext")):
        if extent.get("cx"):
            extent.set("cy", str(_height(png, int(extent.get("cx")))))
    return True


def alternative_of(control: Element) -> str:
    """The text alternative of the picture in a control; empty without one."""
    return next((item.get("descr", "") for item in control.iter(f"{{{_WP}}}docPr")), "")


def next_drawing(tree: Element) -> int:
    """A number that no drawing of a part has."""
    return 1 + max((int(item.get("id", 0)) for item in tree.iter(f"{{{_WP}}}docPr")), default=0)


def _height(png: bytes, width: int) -> int:
    """The height that goes with a width: the first chunk of a PNG tells its size."""
    wide, high = struct.unpack(">II", png[16:24])
    return int(width * high / wide)


def _under(parent: Element, tag: str, /, **attributes: str) -> Element:
    return etree.SubElement(parent, tag, attributes)
