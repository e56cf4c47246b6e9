"""The specialist's page about indicators: it names every key there is, and its example is right."""

import re
import shutil
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from trimestre.contracts import load_project
from trimestre.contracts.base import Contract, read_yaml
from trimestre.contracts.framework import Framework, Periods, Results
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.fitting import misfits, pirs_gaps

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "indicadores.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)


def keys(model: type[Contract]) -> set[str]:
    """Every key of a model and of the models in it."""
    found = set(model.model_fields)
    for field in model.model_fields.values():
        for kind in models_in(field.annotation):
            found |= keys(kind)
    return found


def models_in(annotation: Any) -> list[type[Contract]]:
    if isinstance(annotation, type) and issubclass(annotation, Contract):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


@pytest.mark.parametrize("model", [Indicator, Framework, Periods, Results])
def test_the_page_names_every_key(model: type[Contract]) -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE)) | set(re.findall(r"\b([a-z_]+):", "\n".join(EXAMPLES)))
    named |= set(re.findall(r"`([a-z_]+): ", PAGE)) | set(re.findall(r"[{,] ?([a-z_]+): ", PAGE))
    assert sorted(keys(model) - named) == []


def test_the_page_names_every_evidence_and_measure() -> None:
    evidence = {path.stem for path in (ROOT / "sql" / "evidence").glob("[a-z]*.sql")}
    measures = set(get_args(Indicator.model_fields["measure"].annotation))
    assert sorted((evidence | measures) - set(re.findall(r"^\| `([a-z_]+)`", PAGE, flags=re.MULTILINE))) == []


def test_the_example_shows_every_key_of_an_indicator() -> None:
    assert sorted(set(Indicator.model_fields) - set(yaml.safe_load(EXAMPLES[0]))) == ["representative"]


def test_the_example_can_be_copied_as_it_stands(tmp_path: Path) -> None:
    for folder in ("framework", "sources", "expectations"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "framework" / "indicators" / "L2-11.yaml").write_text(EXAMPLES[0], encoding="utf-8")
    indicator = load_project(tmp_path).indicator("L2-11")
    assert misfits(indicator) == []
    assert pirs_gaps(indicator) == []


@pytest.mark.parametrize(("first_key", "model"), [("results", Results), ("first", Periods)])
def test_the_other_examples_are_right(tmp_path: Path, first_key: str, model: type[Contract]) -> None:
    (example,) = (text for text in EXAMPLES if text.startswith(f"{first_key}:"))
    (tmp_path / "example.yaml").write_text(example, encoding="utf-8")
    assert read_yaml(tmp_path / "example.yaml", model)


@pytest.mark.parametrize("key", ["revisions:", "changes:"])
def test_the_parts_of_a_sheet_are_right(key: str) -> None:
    (part,) = (text for text in EXAMPLES[1:] if key in text)
    whole = yaml.safe_load(EXAMPLES[0]) | {"revisions": [], "category_targets": []} | yaml.safe_load(part)
    assert Indicator(**whole)
