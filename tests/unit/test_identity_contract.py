"""``framework/identity.yaml``: what a project may say of identifiers."""

import re
from pathlib import Path

import pytest
import yaml
from the_case import new_world

from trimestre.contracts.base import read_yaml
from trimestre.contracts.identity import Identity
from trimestre.errors import ContractError
from trimestre.simulators.people import is_valid_curp

PROJECT = Path(__file__).parents[2]


def read(tmp_path: Path, **keys: object) -> Identity:
    path = tmp_path / "identity.yaml"
    path.write_text(yaml.safe_dump({"keys": ["legal_id"], "sex_order": []} | keys), encoding="utf-8")
    return read_yaml(path, Identity)


def test_the_projects_curp_is_anybodys_and_nothing_else() -> None:
    pattern = read_yaml(PROJECT / "framework/identity.yaml", Identity).legal_id_pattern
    assert pattern
    people = [person.curp for person in new_world().people.values() if person.curp]
    assert len(people) > 100
    for curp in people:
        assert is_valid_curp(curp)
        assert re.fullmatch(pattern, curp)
        assert re.fullmatch(pattern, f"{curp[:10]}X{curp[11:]}")  # neither man nor woman
        for other in (curp[:-1], f"{curp}0", f"{curp[:10]}F{curp[11:]}", curp.replace("NE", "N1"), "NO TENGO"):
            assert not re.fullmatch(pattern, other)


def test_the_projects_tax_number_is_a_persons() -> None:
    pattern = read_yaml(PROJECT / "framework/identity.yaml", Identity).employee_id_everywhere
    assert pattern
    for mine in ("GOMA800101AB1", "ÑAÑ&800101AB1", "GOMA800101ABA"):
        assert re.fullmatch(pattern, mine)
    # ten signs, a company, a number, another last sign
    for other in ("GOMA800101", "GOM800101AB1", "1007", "GOMA800101ABB"):
        assert not re.fullmatch(pattern, other)


def test_a_project_of_another_country_has_neither_digit_nor_number_that_holds_everywhere(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert (found.legal_id_pattern, found.legal_id_check_digit, found.employee_id_everywhere) == (None, None, None)
    assert found.employee_id_within == "institution"
    with pytest.raises(ContractError, match="legal_id_check_digit"):
        read(tmp_path, legal_id_check_digit="rut")


@pytest.mark.parametrize("key", ["legal_id_pattern", "employee_id_everywhere"])
@pytest.mark.parametrize("pattern", ["[A-Z", "(?i)[a-z]+", "(?P<state>[A-Z]{2})"])
def test_a_pattern_that_the_database_would_refuse_at_night_is_refused_when_read(
    tmp_path: Path, key: str, pattern: str
) -> None:
    with pytest.raises(ContractError, match=key):
        read(tmp_path, **{key: pattern})
    assert read(tmp_path, legal_id_pattern="(?:A|B)[0-9]{6}").legal_id_pattern == "(?:A|B)[0-9]{6}"


def test_placeholders_may_be_written_as_numbers(tmp_path: Path) -> None:
    assert read(tmp_path, ignored_ids=[1, "POR ASIGNAR"]).ignored_ids == ("1", "POR ASIGNAR")
