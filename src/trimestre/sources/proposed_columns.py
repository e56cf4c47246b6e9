"""The columns of a list without a preset, proposed from a sample, for a person to review.

Data flow: template of columns and rows + sampled columns -> the template's columns with the headings of the sample,
then all others with a guess of their type -> lines of YAML. No cell gets there.
"""

import re
from collections.abc import Sequence
from typing import Any

import yaml

from trimestre.sources.guessing import guess, says_who
from trimestre.sources.sample import SampledColumn
from trimestre.sources.tabular.matching import plain
from trimestre.sources.yaml_text import as_yaml

_QUESTION = "p01"
"""Column of the template that is the first question, whatever its heading."""


def columns_yaml(template: str, columns: Sequence[SampledColumn]) -> str:
    """``columns:`` of a sample and the rows of a template, whose columns keep the names that the rows use."""
    wanted: dict[str, dict[str, Any]] = yaml.safe_load(template)["columns"]
    matched = _matched(wanted, columns)
    lines = ["    columns:  # encabezados de la muestra; no importan mayúsculas ni acentos"]
    for name, column in wanted.items():
        found = matched.get(name)
        if found is not None:
            lines.append(_line(name, _with_heading(column, found)))
        else:
            lines.append(_line(name, column) + "  # la muestra no la trae: corrija el encabezado, o bórrela de rows")
    left = [column for column in columns if column not in matched.values()]
    lines += ["      # Las demás columnas de la muestra; úselas en rows o bórrelas:"] if left else []
    taken = set(wanted)
    for sampled in left:
        name = _name(sampled.heading, taken)
        taken.add(name)
        lines.append(_line(name, _with_heading({"required": False}, sampled)))
    return "\n".join(lines) + "\n" + template[template.index("    rows:") :]


def _matched(wanted: dict[str, dict[str, Any]], columns: Sequence[SampledColumn]) -> dict[str, SampledColumn]:
    """Columns of the template in the sample: called so or, failing that, beginning so («Correo oficial»), or with it
    among their words («Dirección de correo»)."""
    matched: dict[str, SampledColumn] = {}
    for before, after in ("", ""), ("", r"\b.*"), (r".*\b", r"\b.*"):
        for name, column in wanted.items():
            if name in matched or name == _QUESTION or (after and name == "id"):
                continue
            texts = [plain(heading) for heading in column["headings"]]
            pattern = re.compile(f"{before}(?:{'|'.join(map(re.escape, texts))}){after}")
            called = (one for one in columns if pattern.fullmatch(plain(one.heading)) and one not in matched.values())
            if (found := next(called, None)) is not None:
                matched[name] = found
    if _QUESTION in wanted:
        left = (one for one in columns if one not in matched.values() and not says_who(one.heading))
        if (first := next(left, None)) is not None:
            matched[_QUESTION] = first
    return matched


def _with_heading(column: dict[str, Any], sampled: SampledColumn) -> dict[str, Any]:
    """A column with the heading of the sample, and the type that its cells seem to have."""
    found = {**column, "headings": [sampled.heading]}
    if sampled.occurrence is not None:
        found["occurrence"] = sampled.occurrence
    guessed = guess(sampled.heading, sampled.cells)
    if guessed.type == "date":
        found.setdefault("type", "instant" if guessed.has_time else "date")
        formats = list(dict.fromkeys((*guessed.formats, *column.get("formats", ()))))
        found |= {"formats": formats} if formats else {}
    elif guessed.type == "number" and set(column) == {"required"}:
        found["type"] = "number"
    return found


def _line(name: str, column: dict[str, Any]) -> str:
    keys = ("headings", "occurrence", "required", "type", "formats")
    return f"      {name}: {{{', '.join(f'{key}: {_value(column[key])}' for key in keys if key in column)}}}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(as_yaml, value))}]"
    return as_yaml(value) if isinstance(value, str) else str(value).lower()


def _name(heading: str, taken: set[str]) -> str:
    """The name of a column, made of its heading."""
    name = re.sub(r"[^a-z0-9]+", "_", plain(heading)).strip("_")[:40].rstrip("_")
    # YAML takes a bare «no» for false.
    name = name if re.match(r"[a-z]", name) and as_yaml(name) == name else f"c_{name}".rstrip("_")
    number, tried = 2, name
    while tried in taken:
        tried, number = f"{name}_{number}", number + 1
    return tried
