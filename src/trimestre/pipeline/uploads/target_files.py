"""Targets and baselines that people decided are written into the YAML of their indicators, comments and order kept.

The changed files are checked with the whole project before any of them replaces its predecessor; then all do, or none.

Data flow: revisions -> framework/indicators/*.yaml (ruamel.yaml) -> copy of the project, checked -> replaced.
"""

import io
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from trimestre import texts
from trimestre.contracts import load_project
from trimestre.contracts.base import read_mapping
from trimestre.contracts.indicators import TOTAL
from trimestre.errors import ContractError
from trimestre.periods import PROJECT

TARGET, BASELINE = "target", "baseline"


@dataclass(frozen=True)
class Revised:
    """A target or baseline that was decided."""

    indicator: str
    what: str
    covers: str | None
    """What a target covers; ``None`` for a baseline."""
    disaggregation: str
    category: str
    old: Decimal | None
    new: Decimal | None
    effective_from: str
    letter: str
    approved_on: date
    approved_by: str
    measured_on: date | None = None
    """Of a baseline; ``None`` = as it was."""


def write_targets(root: Path, revised: Sequence[Revised], today: date) -> Callable[[], None]:
    """Write revisions into the files of their indicators; returns what puts the files back as they were.

    :class:`ContractError`, and nothing written, when the project would be wrong with them or its folder is closed.
    """
    folder = root / "framework" / "indicators"
    files = _files(folder)
    after: dict[Path, bytes] = {}
    for code in dict.fromkeys(item.indicator for item in revised):
        path = files[code]
        own = [item for item in revised if item.indicator == code]
        after[path] = _revised(path.read_bytes(), own, today)
    _check(root, folder, after)
    before = {path: path.read_bytes() for path in after}

    def undo() -> None:
        for path, content in before.items():
            _replace(path, content)

    try:
        for path, content in after.items():
            _replace(path, content)
    except OSError as error:
        with suppress(OSError):
            undo()
        said = {"folder": folder, "why": error.strerror or type(error).__name__}
        raise ContractError(texts.WORKBOOK_REFUSALS["framework_unwritable"].format(**said)) from None
    return undo


def _files(folder: Path) -> dict[str, Path]:
    """Indicator -> its file; a file may be called otherwise than its indicator."""
    return {str(read_mapping(path).get("code")): path for path in sorted(folder.glob("*.yaml"))}


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, with the rights it had."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_bytes(content)
        shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _check(root: Path, folder: Path, after: Mapping[Path, bytes]) -> None:
    """Load the project as it would be: a copy of its YAML with the new files in it."""
    with tempfile.TemporaryDirectory(prefix="trimestre-") as name:
        copy = Path(name)
        for part in ("framework", "sources", "expectations"):
            for path in (root / part).rglob("*.yaml"):
                target = copy / path.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        for path, content in after.items():
            (copy / path.relative_to(root)).write_bytes(content)
        checked = load_project(copy, lenient_sources=True)
        if checked.broken_indicators:
            raise ContractError("\n".join(checked.broken_indicators.values()))


# ---------------------------------------------------------------- one file
def _revised(content: bytes, revised: Sequence[Revised], today: date) -> bytes:
    text = content.decode("utf-8")
    yaml = _yaml(text)
    data: CommentedMap = yaml.load(text)
    for item in revised:
        _in_force(data, item)
        revision = _revision(item)
        if "revisions" not in data:
            place = list(data).index("updated_on") if "updated_on" in data else len(data)
            data.insert(place, "revisions", CommentedSeq())
        data["revisions"].append(revision)
    data["updated_on"] = today
    written = io.StringIO()
    yaml.dump(data, written)
    return written.getvalue().encode("utf-8")


def _yaml(text: str) -> YAML:
    """A reader and writer that leaves what it does not change as it stands."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096  # lines stay as people broke them
    yaml.allow_unicode = True
    yaml.representer.add_representer(type(None), _null)
    if any(line.startswith("  - ") for line in text.splitlines()) or "\n- " not in text:
        yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _null(representer: Any, value: None) -> Any:
    """«null», as people write it; ruamel.yaml would leave the place empty."""
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _in_force(data: CommentedMap, item: Revised) -> None:
    """Put the new value where the old one stands."""
    new = _number(item.new)
    if item.what == BASELINE:
        known = data.get("baseline") or CommentedMap()
        known["value"] = new
        if item.measured_on is not None:
            known["measured_on"] = item.measured_on
        data["baseline"] = known
    elif item.disaggregation != TOTAL:
        _of_category(data, item, new)
    elif item.covers == PROJECT:
        _set(data, "life_of_project_target", new)
    else:
        targets = data.get("targets")
        if targets is None:
            targets = data["targets"] = CommentedMap()
        place = next((key for key in targets if str(key) == item.covers), item.covers)  # 2020 may be a number
        _set(targets, place, new)


def _of_category(data: CommentedMap, item: Revised, new: int | float | None) -> None:
    place = {"period": item.covers, "disaggregation": item.disaggregation, "category": item.category}
    items = data.get("category_targets")
    if items is None:
        items = data["category_targets"] = CommentedSeq()
    for number, found in enumerate(items):
        if all(str(found.get(name)) == value for name, value in place.items()):
            if new is None:
                del items[number]
            else:
                found["target"] = new
            return
    if new is not None:
        items.append(CommentedMap({**place, "target": new}))


def _set(data: CommentedMap, key: Any, new: int | float | None) -> None:
    if new is None:
        data.pop(key, None)
    else:
        data[key] = new


def _revision(item: Revised) -> CommentedMap:
    revision = CommentedMap({"what": item.what})
    if item.what == TARGET:
        revision["period"] = item.covers
        if item.disaggregation != TOTAL:
            revision["disaggregation"], revision["category"] = item.disaggregation, item.category
    revision["old"], revision["new"] = _number(item.old), _number(item.new)
    revision["effective_from"] = item.effective_from
    revision["letter"] = item.letter
    revision["approved_on"] = item.approved_on
    revision["approved_by"] = item.approved_by
    return revision


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
