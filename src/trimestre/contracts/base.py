"""What every contract shares: the strict model, the code pattern, and reading a YAML file with a useful error."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import available_timezones

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from trimestre.errors import ContractError

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,79}$")]
"""A code a person types in YAML: becomes a value in tables, never an SQL identifier."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
"""A name that may become part of a DAG id, a file name or a column name."""

PeriodLabel = Annotated[str, StringConstraints(pattern=r"^\d{4}-Q[1-4]$")]
"""A quarter."""

CoversLabel = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if isinstance(value, int) and not isinstance(value, bool) else value),
    StringConstraints(pattern=r"^(\d{4}(-Q[1-4]|-H[12])?|FY\d{4}|project)$"),
]
"""What a figure covers: a quarter, semester, year, fiscal year, or the project's life (see ``periods.covering``)."""


def _no_yes_or_no(value: Any) -> Any:
    # YAML reads yes, no, on and off as true and false, and a number field would take those for 1 and 0.
    if isinstance(value, bool):
        raise ValueError("a number (YAML reads yes, no, on and off as true and false)")
    return value


Number = Annotated[float, BeforeValidator(_no_yes_or_no)]
"""A number a person types in YAML; `no` is not a zero."""


@dataclass(frozen=True)
class Problem:
    """What is wrong between the keys of one file."""

    key: str
    """Key below the place of the model, such as ``category_targets.0.category``."""
    found: object
    """Its value; a text is told in quotes."""
    expected: str
    mend: str = "Correct the value."


class Wrong(ValueError):
    """Raised by the validators of models: one or more problems, each told with its own key and value."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.key}: {problem.expected}" for problem in problems))
        self.problems = tuple(problems)


class Contract(BaseModel):
    """Base of every model: unknown keys are errors, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=Contract)


@cache
def known_zones() -> frozenset[str]:
    """The names of the tz database, which lies in some hundred folders: looked through once a process."""
    return frozenset(available_timezones())


_MOST_NODES = 1_000_000
"""Values of one YAML file, those behind aliases counted each time."""
_DEEPEST = 100
"""Lists and mappings within each other."""
_USERINFO = re.compile(r"(?<=://)[^/@\s'\"]*@")


PlainLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml reads ten times as fast; its wheel has it everywhere, and a build without it reads the same."""


class _Values(PlainLoader):
    """YAML in which a date or number that is none (31 June) stays text, for the model to refuse by its key."""


def _as_written(construct: Any) -> Any:
    def value(loader: Any, node: yaml.ScalarNode) -> Any:
        try:
            return construct(loader, node)
        except ValueError:
            return loader.construct_scalar(node)

    return value


for _kind in ("timestamp", "int", "float"):
    _tag = f"tag:yaml.org,2002:{_kind}"
    _Values.add_constructor(_tag, _as_written(PlainLoader.yaml_constructors[_tag]))


class _Loader(_Values):
    """YAML in which a key may stand once (the plain reader takes the last one and says nothing), and without bombs."""

    def get_single_node(self) -> yaml.Node | None:
        """The tree of a document, in which aliases may not multiply what stands there, nor lead into themselves."""
        root: yaml.Node | None = super().get_single_node()
        if root is not None:
            _check_aliases(root)
        return root

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} twice in one place", node.start_mark
                )
        return super().construct_mapping(node, deep=deep)


def _check_depth(text: str) -> None:
    """Raise for text that nests deeper than :data:`_DEEPEST`, which libyaml's reader would end the process with."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                place: Any = event.start_mark
                raise yaml.MarkedYAMLError(problem="values nested too deep", problem_mark=place)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _check_aliases(root: yaml.Node) -> None:
    """Raise when a document of aliases would grow beyond :data:`_MOST_NODES`: a few lines may mean billions."""
    sizes: dict[int, int | None] = {}

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            known = sizes[id(node)]
            if known is None:
                raise yaml.constructor.ConstructorError(None, None, "an alias of what holds it", node.start_mark)
            return known
        sizes[id(node)] = None
        below = [one for pair in node.value for one in pair] if isinstance(node, yaml.MappingNode) else node.value
        total = 1 + sum(map(size, below if isinstance(below, list) else ()))
        if total > _MOST_NODES:
            raise yaml.constructor.ConstructorError(None, None, "aliases that multiply too much", node.start_mark)
        sizes[id(node)] = total
        return total

    size(root)


def read_yaml(path: Path, model: type[Model]) -> Model:
    """Validate one YAML file; every problem becomes one :class:`ContractError` naming file, key and value."""
    return validated(path, read_mapping(path), model)


def read_mapping(path: Path) -> dict[str, Any]:
    """The keys and values of one YAML file, not yet validated."""
    try:
        text = path.read_text(encoding="utf-8")
        _check_depth(text)
        # _Loader is yaml.SafeLoader with more checks.
        data = yaml.load(text, Loader=_Loader)  # noqa: S506
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{path.name}: found an unreadable file ({error}), expected UTF-8 YAML.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ContractError(
            f"{path.name}{where}: found text that is not YAML ({getattr(error, 'problem', error)}), "
            "expected YAML. Check indentation and quotes there."
        ) from None
    if not isinstance(data, dict):
        raise ContractError(f"{path.name}: found {type(data).__name__}, expected keys and values at the top.")
    return data


def read_documents(text: str) -> list[Any]:
    """The documents of a text that was landed from files that :func:`read_mapping` took; :class:`yaml.YAMLError`."""
    _check_depth(text)
    loader, documents = _Values(text), []
    try:
        while loader.check_data():
            documents.append(loader.get_data())
    finally:
        loader.dispose()
    return documents


def validated(path: Path, data: dict[str, Any], model: type[Model]) -> Model:
    """The model of what a file holds."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        told = [line for problem in error.errors() for line in _describe(path, problem)]
        raise ContractError("\n".join(told)) from None


def _describe(path: Path, problem: Any) -> list[str]:
    """One pydantic problem as ``file: key: found <value>, expected <rule>. <Mend.>``; one of ours may be several."""
    place = [str(part) for part in problem["loc"]]
    key = ".".join(place) or "(top)"
    if problem["type"] == "extra_forbidden":
        return [f"{path.name}: {key}: found an unknown key, expected only documented keys. Remove or rename it."]
    if problem["type"] == "missing":
        return [f"{path.name}: {key}: found nothing, expected a value. Add the key."]
    raised = problem.get("ctx", {}).get("error")
    if isinstance(raised, Wrong):
        return [
            f"{path.name}: {'.'.join([*place, one.key])}: found {shown(one.found)}, expected {one.expected}. {one.mend}"
            for one in raised.problems
        ]
    found = _USERINFO.sub("…@", repr(problem["input"]))  # a password typed into an address is in no message
    return [f"{path.name}: {key}: found {found}, expected: {problem['msg']}. Correct the value."]


def shown(value: object) -> str:
    """A value as a message tells it; a whole number without its zero decimals."""
    if value is None or value == ():
        return "nothing"
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)


_ASCII_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def comparable(name: str) -> str:
    """A name as it is compared: upper case, letters and digits without accents, single blanks between words.

    ``warehouse.comparable`` in the database does the same.
    """
    plain = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", name)).translate(_ASCII_UPPER)
    return re.sub("[^A-Z0-9]+", " ", plain).strip(" ")


def digest(value: Any) -> str:
    """sha256 of a JSON-able value in canonical form: the same content gives the same 64 hex digits."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
