"""What people read when something goes wrong is in Spanish, in one place, and its sentences get what they name."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from string import Formatter
from typing import Any

from trimestre import errors, texts

PACKAGE = Path(texts.__file__).parents[1]
FROM_ELSEWHERE = ("simulators/",)
"""What Moodle, LimeSurvey and KoboToolbox say is in English, and so do the servers that behave as they do."""

REFUSALS = {name for name, one in vars(errors).items() if isinstance(one, type)}

MODULES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}


def sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is no docstring; what an f-string puts in is left out."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in prose | parts:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))


def tables(tree: ast.AST) -> dict[str, Any]:
    """Name -> texts, of those that a module imports."""
    return {
        name.asname or name.name: getattr(import_module(node.module), name.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(texts.__name__)
        for name in node.names
        if node.module
    }


def formatted(tree: ast.AST) -> Iterator[tuple[int, str, set[str]]]:
    """Line, template and names given, of every ``TEXTS["key"].format(…)``."""
    known = tables(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or any(word.arg is None for word in node.keywords):
            continue
        template: Any = None
        match node:
            case ast.Call(
                func=ast.Attribute(
                    attr="format", value=ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=key))
                )
            ):
                template = known.get(name, {}).get(key)
        if isinstance(template, str):
            yield node.lineno, template, {str(word.arg) for word in node.keywords}


def test_no_refusal_in_english_reaches_the_specialist() -> None:
    found = [
        f"{place}:{line}: {text}"
        for place, tree in MODULES.items()
        if not place.startswith(FROM_ELSEWHERE)
        for line, text in sentences(tree)
        if re.search(r"\bfound\b.*\bexpected\b", re.sub(r"{[^}]*}", "", text), re.DOTALL)
    ]
    assert found == []


def test_the_words_of_a_refusal_stand_with_the_texts() -> None:
    found = [
        f"{place}:{node.lineno}"
        for place, tree in MODULES.items()
        if not place.startswith(FROM_ELSEWHERE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS
        if any(isinstance(word, ast.JoinedStr | ast.Constant) for word in node.args[:1])
    ]
    assert found == []


def test_the_rules_of_the_yaml_stand_with_the_texts() -> None:
    """They are told by `trimestre check`, on the page and in notices, to whoever writes no code."""
    found = [
        f"{place}:{node.lineno}"
        for place, tree in MODULES.items()
        if place.startswith("contracts/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        for said in {"ValueError": node.args[:1], "Problem": node.args[2:]}.get(node.func.id, ())
        if isinstance(said, ast.JoinedStr | ast.Constant)
    ]
    assert found == []


def test_a_sentence_gets_all_that_it_names() -> None:
    """Else the refusal itself fails, in the night in which it is needed."""
    lacking = [
        f"{place}:{line}: {sorted(asked - given)}"
        for place, tree in MODULES.items()
        for line, template, given in formatted(tree)
        if (asked := {name.partition(".")[0] for _, name, _, _ in Formatter().parse(template) if name}) - given
    ]
    assert lacking == []
