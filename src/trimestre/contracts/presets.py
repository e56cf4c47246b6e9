"""Presets of tabular datasets and the macro for wide files, expanded when a source's YAML is read.

Data flow: mapping of a dataset -> (``extends``: merged over its preset) -> (``wide`` and ``modules``: columns and rows
of each module) -> (``questions``: columns of each) -> mapping of a dataset with nothing but ordinary columns and rows.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from trimestre.contracts.base import Model, read_mapping
from trimestre.contracts.questions import Question, Questionnaire, alternatives, answer_columns, telling_columns
from trimestre.contracts.tabular import Wide
from trimestre.contracts.telling import Wrong, finding, told, told_of
from trimestre.errors import ContractError
from trimestre.texts import YAML_FILES_OF_SOURCES

_ABOUT = ("survey", "event", "edition")
"""Keys that say what the files are about; the first one given is the scope, where that is left out."""

FOLDER = Path(__file__).resolve().parents[1] / "sources" / "tabular" / "presets"


def preset_names() -> tuple[str, ...]:
    """The presets there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def preset_about(name: str) -> str:
    """What a preset is for, in Spanish."""
    return str(read_mapping(FOLDER / f"{name}.yaml").get("about", ""))


def preset_drop(name: Any) -> tuple[str, ...]:
    """Headings that the files of a preset have and no project may land, such as IP addresses."""
    if not isinstance(name, str) or name not in preset_names():
        return ()
    return tuple(read_mapping(FOLDER / f"{name}.yaml").get("drop", ()))


def expand(dataset: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The mapping of a dataset without ``extends``' work left to do; ``where`` begins the messages.

    The dataset's own keys win; ``format``, ``questionnaire``, ``columns`` (one by one) and ``values`` are merged,
    everything else is replaced. In a preset and in ``wide``, {scope} stands for what its files are about; in rows, a
    value $edition, $event, $survey or $pass_mark for the dataset's, and in ``hash_of`` $answers for the columns of its
    questions without free text. What has the wrong shape is left as it is: the model says so.
    """
    where = YAML_FILES_OF_SOURCES["dataset"].format(file=where, dataset=dataset.get("dataset"))
    found = dict(dataset)
    given = next((found[key] for key in _ABOUT if found.get(key) is not None), None)
    if "scope" not in found and given is not None:
        found["scope"] = given
    scope = {"{scope}": str(found.get("scope") if given is None else given)}
    if isinstance(name := found.get("extends"), str):
        found = _over(_filled(_preset(name, where), scope), found)
    if found.get("wide"):
        found = _widened(found, scope, where)
    elif found.get("modules"):
        raise ContractError(YAML_FILES_OF_SOURCES["modules_without_wide"].format(where=where))
    if isinstance(more := found.get("more_exclude"), list):
        found["exclude"] = [*(found.get("exclude") or []), *more]
        del found["more_exclude"]
    if isinstance(columns := found.get("columns"), dict):
        found["columns"] = {code: _with_more_headings(column) for code, column in columns.items()}
    found = _asked(found, where)
    if isinstance(rows := found.get("rows"), list | tuple):
        found["rows"] = [_named(row, found, where) for row in rows]
    return found


def _named(value: Any, dataset: Mapping[str, Any], where: str) -> Any:
    """A part of the rows in which $edition, $event, $survey and $pass_mark are the dataset's.

    A dataset that says nothing but its scope is about that.
    """
    if isinstance(value, dict):
        return {key: _named(part, dataset, where) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_named(part, dataset, where) for part in value]
    if not isinstance(value, str) or value[:1] != "$" or value[1:] not in (*_ABOUT, "pass_mark"):
        return value
    key = value[1:]
    if key in _ABOUT and dataset.get("scope") is not None and not any(dataset.get(about) for about in _ABOUT):
        return dataset["scope"]
    if dataset.get(key) is None:
        said = "about" if key in _ABOUT else "pass_mark"
        raise ContractError(YAML_FILES_OF_SOURCES[said].format(where=where, key=key))
    return dataset[key]


def _preset(name: str, where: str) -> dict[str, Any]:
    if name not in preset_names():
        known = ", ".join(preset_names())
        raise ContractError(YAML_FILES_OF_SOURCES["extends"].format(where=where, found=name, known=known))
    preset = read_mapping(FOLDER / f"{name}.yaml")
    preset.pop("about", None)
    preset.pop("drop", None)
    return preset


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A dataset's keys over those of its preset."""
    merged = {**base, **own}
    for key in ("format", "modules", "questionnaire"):
        merged |= {key: {**base[key], **own[key]}} if _both(base, own, key) else {}
    if _both(base, own, "columns"):
        columns = dict(base["columns"])
        for code, column in own["columns"].items():
            columns[code] = _column_over(columns.get(code), column)
        merged["columns"] = columns
    return merged


def _column_over(base: Any, own: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(own, dict):
        return own
    merged = {**base, **own}
    if _both(base, own, "values"):
        # The dataset's own come first: of two patterns the first decides.
        merged["values"] = {
            **own["values"],
            **{key: base["values"][key] for key in base["values"] if key not in own["values"]},
        }
    return merged


def _both(base: Mapping[str, Any], own: Mapping[str, Any], key: str) -> bool:
    return isinstance(base.get(key), dict) and isinstance(own.get(key), dict)


def _with_more_headings(column: Any) -> Any:
    if not isinstance(column, dict) or not isinstance(column.get("more_headings"), list):
        return column
    left = {key: value for key, value in column.items() if key != "more_headings"}
    return {**left, "headings": [*(column.get("headings") or []), *column["more_headings"]]}


def _widened(dataset: dict[str, Any], scope: dict[str, str], where: str) -> dict[str, Any]:
    """A dataset with the columns and rows of each of its modules."""
    modules = dataset.get("modules")
    if not isinstance(modules, dict) or not all(isinstance(headings, list) for headings in modules.values()):
        raise ContractError(YAML_FILES_OF_SOURCES["modules"].format(where=where, found=finding(modules)))
    own, rows = dataset.get("columns") or {}, dataset.get("rows") or []
    if not isinstance(own, dict) or not isinstance(rows, list | tuple):
        return {**dataset, "wide": ()}
    columns, rows = dict(own), list(rows)
    unused = set(modules)
    for block in _blocks(dataset["wide"], where):
        for code, headings in modules.items():
            if code in block.but or (block.only and code not in block.only):
                continue
            unused.discard(code)
            texts = scope | {"{code}": str(code), "{name}": re.sub(r"[^a-z0-9]+", "_", str(code).lower())}
            for name, column in _filled(block.columns, texts, headings).items():
                if name in columns and name not in own:
                    raise ContractError(YAML_FILES_OF_SOURCES["wide_twice"].format(where=where, column=name))
                # A column that the dataset gives itself is laid over the module's.
                columns[name] = _column_over(column, columns[name]) if name in columns else column
            rows += _filled(list(block.rows), texts, headings)
    if unused:
        found = ", ".join(sorted(map(str, unused)))
        raise ContractError(YAML_FILES_OF_SOURCES["modules_unused"].format(where=where, found=found))
    return {**{key: value for key, value in dataset.items() if key != "wide"}, "columns": columns, "rows": rows}


def _asked(dataset: dict[str, Any], where: str) -> dict[str, Any]:
    """A dataset with the columns of its questions; one that it gives itself is laid over the question's."""
    layout = _read(Questionnaire, dataset.get("questionnaire") or {}, f"{where}: questionnaire")
    given = enumerate(dataset.get("questions") or ())
    questions = [_read(Question, question, f"{where}: questions.{number}") for number, question in given]
    try:
        asked = answer_columns(questions, layout)
    except Wrong as error:
        raise ContractError("\n".join(told_of(f"{where}: questions", problem) for problem in error.problems)) from None
    found = (
        {**dataset, "rows": _hashed(dataset["rows"], telling_columns(questions, layout))}
        if "rows" in dataset
        else dict(dataset)
    )
    own = dataset.get("columns") or {}
    if not questions or not isinstance(own, dict):
        return found
    columns = {**own, **{name: _column_over(column, own.get(name, {})) for name, column in asked.items()}}
    groups = [*(dataset.get("at_least_one") or ()), *filter(None, (alternatives(one, layout) for one in questions))]
    return {**found, "columns": columns, "at_least_one": groups}


def _hashed(value: Any, answers: list[str]) -> Any:
    """Rows in which $answers among the columns of a hash are those of the questions."""
    if isinstance(value, dict):
        return {key: _hashed(part, answers) for key, part in value.items()}
    if isinstance(value, list | tuple):
        listed = [[*answers] if part == "$answers" else [_hashed(part, answers)] for part in value]
        return [part for parts in listed for part in parts]
    return value


def _blocks(blocks: Any, where: str) -> list[Wide]:
    listed = enumerate(blocks if isinstance(blocks, list | tuple) else [blocks])
    return [_read(Wide, block, f"{where}: wide.{number}") for number, block in listed]


def _read(model: type[Model], given: Any, where: str) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise ContractError("\n".join(told(where, error))) from None


def _filled(value: Any, texts: Mapping[str, str], headings: list[str] | None = None) -> Any:
    """A value in which the placeholders of every text are filled; a text with {heading} becomes one per heading."""
    if isinstance(value, str):
        for placeholder, text in texts.items():
            value = value.replace(placeholder, text)
        return value
    if isinstance(value, dict):
        return {_filled(key, texts): _filled(part, texts, headings) for key, part in value.items()}
    if not isinstance(value, list):
        return value
    filled: list[Any] = []
    for part in value:
        if headings is not None and isinstance(part, str) and "{heading}" in part:
            filled += [_filled(part, texts).replace("{heading}", str(heading)) for heading in headings]
        else:
            filled.append(_filled(part, texts, headings))
    return filled
