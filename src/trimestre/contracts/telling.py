"""How a wrong value of a YAML file is told: place, value, rule and mend, in Spanish also where pydantic found it.

Data flow: ValidationError -> lines ``file: key: se encontró …, se esperaba …. Mend.``
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pydantic import ValidationError

from trimestre.texts import PATTERN_RULES, VALUE_RULES, YAML_FILE

_LONGEST = 200
"""Signs of a value that a message tells: of a whole block, that is enough to find it."""

_USERINFO = re.compile(r"(?<=://)[^/@\s'\"]*@")
_FORM = re.compile(
    r"(?:literal|tuple|dict|function-[a-z]+)\[.*\]|constrained-str|str|int"
    r"|Constant|FilledOrBlank|ColumnWhere|Chosen|Threshold|FirstOf|Joined|PlainName|HashOf",
    re.DOTALL,
)
"""What pydantic puts into the place of a problem for a form that a value may have."""
_CHOICES = re.compile(r"'([^']*)'|(\d+)")


@dataclass(frozen=True)
class Problem:
    """What is wrong between the keys of one file."""

    key: str
    """Key below the place of the model, such as ``category_targets.0.category``."""
    value: object
    """What stands there."""
    expected: str
    mend: str = YAML_FILE["correct"]


class Wrong(ValueError):
    """Raised by the validators of models: one or more problems, each told with its own key and value."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.key}: {problem.expected}" for problem in problems))
        self.problems = tuple(problems)


def told(file: str, error: ValidationError) -> list[str]:
    """Every problem of a file, a line each."""
    return list(_each(file, [problem for problem in error.errors() if not _counted_short(problem)]))


def _counted_short(problem: Any) -> bool:
    """pydantic leaves wrong values out of a list and then says that it is too short."""
    return problem["type"] == "too_short" and len(problem["input"]) >= problem["ctx"]["min_length"]


def _each(file: str, problems: Sequence[Any]) -> Iterator[str]:
    for _, group in groupby(enumerate(problems), key=lambda one: _above_forms(one[1]["loc"]) or one[0]):
        alike = [problem for _, problem in group]
        if (above := _above_forms(alike[0]["loc"])) is None:
            yield from _lines(file, alike[0])
        else:
            yield from _of_forms(file, len(above), alike)


def _above_forms(place: tuple[int | str, ...]) -> tuple[int | str, ...] | None:
    """The place of a value that may have several forms, where a problem is about one of these."""
    found = next((depth for depth, part in enumerate(place) if _FORM.fullmatch(str(part))), None)
    return None if found is None else place[:found]


def _of_forms(file: str, depth: int, problems: Sequence[Any]) -> Iterator[str]:
    """pydantic tells a problem for every form; told is what is wrong within the one that was meant, else all forms."""
    within = [problem for problem in problems if len(problem["loc"]) > depth + 1]
    if len({problem["loc"][depth] for problem in within}) == 1:
        meant = [{**problem, "loc": (*problem["loc"][:depth], *problem["loc"][depth + 1 :])} for problem in within]
        yield from _each(file, meant)
        return
    whole = [problem for problem in problems if len(problem["loc"]) == depth + 1]
    rules = [*map(rule_of, whole), *([VALUE_RULES["form"]] if within else [])]
    place = ".".join(map(str, problems[0]["loc"][:depth]))
    value = whole[0]["input"] if whole else problems[0]["input"]
    yield told_of(file, Problem(place, value, YAML_FILE["or"].join(dict.fromkeys(rules))))


def told_of(where: str, problem: Problem) -> str:
    """One problem; ``where`` is the file, and the place in it above the problem's key."""
    return YAML_FILE["problem"].format(
        place=f"{where}: {problem.key}",
        found=finding(problem.value),
        expected=problem.expected,
        mend=problem.mend,
    )


def _lines(file: str, problem: Any) -> Iterator[str]:
    """One pydantic problem; one of ours may be several."""
    above = [str(part) for part in problem["loc"] if part != "[key]"]
    place = f"{file}: {'.'.join(above) or YAML_FILE['top']}"
    raised = problem.get("ctx", {}).get("error")
    if problem["type"] == "extra_forbidden":
        yield YAML_FILE["unknown_key"].format(place=place)
    elif problem["type"] == "missing":
        yield YAML_FILE["missing"].format(place=place)
    elif isinstance(raised, Wrong):
        for one in raised.problems:
            yield told_of(file, Problem(".".join([*above, one.key]), one.value, one.expected, one.mend))
    else:
        yield told_of(file, Problem(".".join(above) or YAML_FILE["top"], problem["input"], rule_of(problem)))


def rule_of(problem: Any) -> str:
    """What pydantic expected, in Spanish; a rule of ours says so itself."""
    context = problem.get("ctx", {})
    if isinstance(raised := context.get("error"), ValueError):
        return str(raised)
    named = dict(context)
    if problem["type"] == "literal_error":
        choices = _CHOICES.findall(str(context["expected"]))
        named["expected"] = ", ".join(text or number for text, number in choices)
    if problem["type"] == "string_pattern_mismatch":
        named["pattern"] = PATTERN_RULES.get(str(context["pattern"]), VALUE_RULES[""])
    return VALUE_RULES.get(problem["type"], VALUE_RULES[""]).format(**named)


def finding(value: object) -> str:
    """«se encontró …», or that nothing was."""
    if value is None or value in ((), [], {}, ""):
        return YAML_FILE["found_nothing"]
    return YAML_FILE["found"].format(value=shown(value))


def shown(value: object) -> str:
    """A value as a message tells it: a text in quotes, a list as in YAML, a whole number without its zero decimals."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool | int | float | list | tuple | dict):
        text = json.dumps(value, ensure_ascii=False, default=str)
    else:
        text = f"«{value}»"
    text = _USERINFO.sub("…@", text)  # a password typed into an address is in no message
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
