"""What every contract shares: the strict model, the code pattern, and reading a YAML file with a useful error."""

import hashlib
import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import available_timezones

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, ValidationInfo

from trimestre.contracts.telling import told
from trimestre.errors import ContractError
from trimestre.texts import YAML_FILE, YAML_SYNTAX

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
        raise ValueError(YAML_FILE["number"])
    return value


Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_no_yes_or_no)]
"""A number a person types in YAML; `no` is not a zero, and `.nan` or `.inf` is none."""


class Contract(BaseModel):
    """Base of every model: unknown keys are errors, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=Contract)

_STORED = {"stored": True}


def stored(model: type[Model], data: Any) -> Model:
    """What was valid when it was stored: rules that came since are no concern of it, nor that a key is known no more.

    A published quarter is read for ever, and nobody can mend its definitions.
    """
    return model.model_validate(data, extra="ignore", context=_STORED)


def is_stored(info: ValidationInfo) -> bool:
    """Whether a validator looks at what :func:`stored` reads."""
    return info.context is _STORED


@cache
def known_zones() -> frozenset[str]:
    """The names of the tz database, which lies in some hundred folders: looked through once a process."""
    return frozenset(available_timezones())


_MOST_NODES = 1_000_000
"""Values of one YAML file, those behind aliases counted each time."""
_DEEPEST = 100
"""Lists and mappings within each other."""


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


class _Unwanted(yaml.MarkedYAMLError):
    """YAML that no file of a project should hold; its ``problem`` is in Spanish."""


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
                raise _Unwanted(problem=YAML_SYNTAX["twice"].format(key=key), problem_mark=node.start_mark)
        return super().construct_mapping(node, deep=deep)


def _check_depth(text: str) -> None:
    """Raise for text that nests deeper than :data:`_DEEPEST`, which libyaml's reader would end the process with."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                place: Any = event.start_mark
                raise _Unwanted(problem=YAML_SYNTAX["deep"], problem_mark=place)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _check_aliases(root: yaml.Node) -> None:
    """Raise when a document of aliases would grow beyond :data:`_MOST_NODES`: a few lines may mean billions."""
    sizes: dict[int, int | None] = {}

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            known = sizes[id(node)]
            if known is None:
                raise _Unwanted(problem=YAML_SYNTAX["alias_of_itself"], problem_mark=node.start_mark)
            return known
        sizes[id(node)] = None
        below = [one for pair in node.value for one in pair] if isinstance(node, yaml.MappingNode) else node.value
        total = 1 + sum(map(size, below if isinstance(below, list) else ()))
        if total > _MOST_NODES:
            raise _Unwanted(problem=YAML_SYNTAX["aliases"], problem_mark=node.start_mark)
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
    except OSError as error:
        raise ContractError(_unopened(path, error)) from None
    except UnicodeDecodeError as error:
        raise ContractError(YAML_FILE["not_utf8"].format(file=path.name, offset=error.start)) from None
    except yaml.YAMLError as error:
        raise ContractError(_not_yaml(path, error)) from None
    if not isinstance(data, dict):
        kind = "empty" if data is None else "list" if isinstance(data, list) else "text"
        raise ContractError(YAML_FILE["not_keys"].format(file=path.name, found=YAML_FILE[kind]))
    return data


def _unopened(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return YAML_FILE["no_file"].format(file=path.name, folder=path.parent.name)
    return YAML_FILE["unreadable"].format(file=path.name, kind=type(error).__name__)


def _not_yaml(path: Path, error: yaml.YAMLError) -> str:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if not isinstance(error, _Unwanted):
        problem = next((here for said, here in YAML_SYNTAX.items() if str(problem).startswith(said)), None)
    return YAML_FILE["not_yaml"].format(
        file=path.name,
        line=YAML_FILE["line"].format(line=mark.line + 1) if mark else "",
        problem=YAML_FILE["syntax"].format(problem=problem) if problem else "",
    )


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
        raise ContractError("\n".join(told(path.name, error))) from None


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
