"""The generator of the benchmark's nights: same bytes, a truth that a naive reader agrees with, night 2's changes."""

import csv
import hashlib
import importlib.util
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "generate.py"
LEARNERS = 4000
BAD_EVERY = 20
"""Far more bad records than in the benchmark: every kind is there, and some are mended in night 2."""
STATES = {
    "Completed": True, "Completed (achieved pass grade)": True, "Completed (set by Dora Docente)": True,
    "Completed (did not achieve pass grade)": False, "Not completed": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_generate", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def nights(generate: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("nights")
    return folder, generate.generate(folder, generate.Shape(LEARNERS, bad_every=BAD_EVERY))


def checksums(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        next(reader)
        yield from reader


def real(text: str) -> bool:
    """Whether a cell holds a time that may have been."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").year == 2020  # noqa: DTZ007
    except ValueError:
        return False


def by_key(path: Path, key: int) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for row in rows(path):
        lines = found.setdefault(row[key], [])
        if row not in lines or row[key] == "":
            lines.append(row)
    return found


def counted_learners(path: Path) -> tuple[Counter[str], int]:
    """The figures of learners and the rows retained, from the file alone."""
    persons: dict[str, tuple[set[int], str, str]] = {}
    retained = 0
    for username, lines in by_key(path, 1).items():
        if not username:
            retained += 8 * len(lines)
            continue
        passed = set()
        for place in range(5):
            cells = {(line[6 + 2 * place], line[7 + 2 * place]) for line in lines}
            state, at = next(iter(cells))
            if len(cells) > 1 or state not in STATES or (at and not real(at)):
                retained += len(lines)
            elif STATES[state]:
                passed.add(place)
        sex, institution = lines[0][4:6]
        if sex not in ("Mujer", "Hombre", ""):
            retained += 1
            sex = institution = ""
        before = persons.get(lines[0][3] or username, (set(), "", ""))[0]
        persons[lines[0][3] or username] = (before | passed, sex.lower(), institution)
    figures = Counter({"enrolled": len(persons), "persons": len(persons)})
    for passed, sex, institution in persons.values():
        names = ["entered"] * bool(passed) + [f"module/M{place + 1}" for place in passed if place < 4]
        names += ["certificates", "certified"] * (4 in passed)
        figures.update(names)
        figures.update(f"{name}/sex/{sex}" for name in names if sex)
        figures.update([f"certified/institution/{institution}"] * (4 in passed and bool(institution)))
    return figures, retained


def counted_responses(path: Path) -> tuple[list[int], int]:
    """The scores of the complete responses (0 = skipped) and the rows retained."""
    scores, retained = [], 0
    for lines in by_key(path, 0).values():
        if not lines[0][5]:
            retained += 11
        elif lines[0][1] and not real(lines[0][1]):
            retained += 1
        elif lines[0][1]:
            contradicted = len(lines) > 1
            retained += 2 * contradicted
            scores.append(0 if contradicted else int(lines[0][9][1:] or 0))
    return scores, retained


def test_the_same_seed_gives_the_same_bytes_whatever_the_block(
    generate: ModuleType, nights: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    generate.generate(tmp_path / "again", generate.Shape(LEARNERS, bad_every=BAD_EVERY), block=777)
    generate.generate(tmp_path / "other", generate.Shape(LEARNERS, bad_every=BAD_EVERY, seed=2021))
    assert checksums(tmp_path / "again") == checksums(nights[0])
    assert not set(checksums(tmp_path / "other").values()) & set(checksums(nights[0]).values())


@pytest.mark.parametrize("night", ["night1", "night2"])
def test_the_truth_is_what_a_naive_reader_counts(nights: tuple[Path, dict[str, Any]], night: str) -> None:
    folder, truth = nights
    figures, retained = counted_learners(folder / night / "avance.csv")
    scores, retained_responses = counted_responses(folder / night / "encuesta.csv")
    answered = [score for score in scores if score]
    assert truth[night]["figures"] == dict(figures) | {
        "responses": len(scores),
        "mean_p01": round(sum(answered) / len(answered), 6),
        "retained_rows": retained + retained_responses,
    }


def test_every_kind_of_bad_record_is_there(generate: ModuleType, nights: tuple[Path, dict[str, Any]]) -> None:
    for night in ("night1", "night2"):
        files = nights[1][night]["files"]
        assert set(files["avance.csv"]["bad"]) == set(generate.LEARNER_FAULTS)
        assert set(files["encuesta.csv"]["bad"]) == set(generate.RESPONSE_FAULTS)
    assert sum(nights[1]["night1"]["files"]["avance.csv"]["bad"].values()) == LEARNERS // BAD_EVERY


@pytest.mark.parametrize(("name", "count"), [("avance.csv", LEARNERS), ("encuesta.csv", LEARNERS // 5)])
def test_night_2_brings_one_in_a_hundred_changed_and_one_in_two_hundred_new(
    nights: tuple[Path, dict[str, Any]], name: str, count: int
) -> None:
    folder, truth = nights
    first, second = (Counter(map(tuple, rows(folder / night / name))) for night in ("night1", "night2"))
    told = truth["night2"]["files"][name]
    assert first.total() == truth["night1"]["files"][name]["records"]
    assert second.total() == told["records"]
    assert told["new"] == count // 200
    assert 0.005 < told["changed"] / count < 0.02
    # A bad record of two lines that was mended, or is new, is one record and up to two lines.
    assert abs((first - second).total() - told["changed"]) <= 2
    assert abs((second - first).total() - told["changed"] - told["new"]) <= 2


def test_moodles_own_headings(generate: ModuleType, tmp_path: Path) -> None:
    generate.generate(tmp_path, generate.Shape(1000, blank_headings=True))
    with (tmp_path / "night1" / "avance.csv").open(encoding="utf-8", newline="") as file:
        first = file.readline()
    assert first.startswith(',"Username","Email address","ID number","Sexo","Institución","Módulo 1","","Módulo 2",""')
    assert first.endswith('"Certificado",""\n')


def test_a_size_that_can_not_be_is_refused(generate: ModuleType) -> None:
    with pytest.raises(SystemExit, match="multiple of 1000"):
        generate.Shape(1500)
