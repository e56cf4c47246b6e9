"""The night of N learners, twice: the files that the platforms export, and the figures that must come out.

``night1/avance.csv``    activity completion with identity columns, as Moodle's ``format=csv`` writes it: N learners
``night1/encuesta.csv``  responses with codes, as LimeSurvey's administration writes them: N / 5 responses
``night2/…``             the full exports again: 1 % of the records changed, 0.5 % new
``truth.json``           per night the figures, and per kind of bad record how many there are

One record in a thousand is bad, and each kind of bad has a known consequence (:data:`LEARNER_FAULTS`,
:data:`RESPONSE_FAULTS`); a bad record that is among the changed ones of night 2 was mended by the platform.

Everything about record i is a hash of (seed, field, i): the bytes depend on nothing else, no file is held in memory,
and night 2 needs nothing from night 1. The truth is counted from what was decided about a record, never from the files.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np

NIGHTS = ("night1", "night2")
LEARNERS_FILE, RESPONSES_FILE, TRUTH_FILE = "avance.csv", "encuesta.csv", "truth.json"
BLOCK = 20_000
"""Records made at a time."""

ACTIVITIES = ("Módulo 1", "Módulo 2", "Módulo 3", "Módulo 4", "Certificado")
MODULES = ("M1", "M2", "M3", "M4")
CERTIFICATE = len(MODULES)
PASSED = ("Completed", "Completed", *["Completed (achieved pass grade)"] * 2, "Completed")
FAILED, OVERRIDDEN, NOT_YET = (
    "Completed (did not achieve pass grade)",
    "Completed (set by Dora Docente)",
    "Not completed",
)

LEARNER_FAULTS = (
    "bad_date", "unknown_sex", "missing_account", "repeated", "conflict",
    "future_date", "missing_email", "unknown_state", "bad_email",
)  # fmt: skip
"""In the order in which they take turns.

``bad_date``, ``future_date``, ``unknown_state``: of the activity passed last; that row is retained and not counted.
``unknown_sex``: the account's row is retained: the learner counts, but neither by sex nor by institution.
``missing_account``: no user name and no e-mail: all eight rows are retained. ``missing_email``: nothing is retained.
``bad_email``: a warning. ``repeated``: the same line twice counts once. ``conflict``: two lines that contradict each
other about the first module: both rows of that module are retained.
"""
RESPONSE_FAULTS = ("bad_date", "repeated", "missing_account", "conflict", "future_date", "unknown_sex")
"""``bad_date``, ``future_date`` (of submission): the response is retained. ``missing_account``: no token or e-mail: all
its rows are retained. ``conflict``: two lines contradict each other about P01: both answers are retained.
``unknown_sex``: a warning. ``repeated``: counts once."""

LEARNER_ROWS = 3 + len(ACTIVITIES)
"""Rows of one learner: account, account_identity, enrolment and one per activity."""
ANSWERS = ("P01", "P02[SQ001]", "P02[SQ002]", "P02[SQ003]", "P02[SQ004]", "P07", "P08", "P10")
RESPONSE_ROWS = 3 + len(ANSWERS)

INSTITUTIONS = (
    "Secretaría de la Función Pública", "Servicio de Administración Tributaria", "CONDUSEF",
    "Comisión Nacional Bancaria y de Valores", "Secretaría de Medio Ambiente y Recursos Naturales",
    "Instituto Mexicano del Seguro Social", "Secretaría de Hacienda y Crédito Público", "Secretaría de Salud",
    "Guardia Nacional, Comisaría General", "Unidad de Inteligencia Financiera", "Secretaría de Economía", "INEGI",
)  # fmt: skip
_GIVEN = (
    "Leticia", "Óscar", "José", "María", "Guadalupe", "Ángel", "Sofía", "Raúl", "Ximena", "Iván", "Begoña", "Luis",
    "Noemí", "Martín", "Inés", "Hugo", "Verónica", "Andrés", "Lucía", "Tomás",
)  # fmt: skip
_FAMILY = (
    "Argüello", "Cuauhtémoc", "García", "Hernández", "Nuñez", "Pérez", "Ibáñez", "Ramírez", "Zúñiga", "Ochoa", "Solís",
    "Vega", "Treviño", "Ávila", "Muñoz", "de la Cruz", "Quiñones", "Flores", "Rivas", "Castro",
)  # fmt: skip
_COMMENTS = ("", "", "Muy útil.", 'Dijo: ""muy útil"", pero largo; faltó práctica', "Más ejemplos, por favor ✔", "N/A")
_OPENING = np.datetime64("2020-04-07T08:00:00")

NEW_EVERY = 200
"""Night 2 brings one new record per this many."""
CHANGED_EVERY = 100


@dataclass(frozen=True)
class Shape:
    """What a pair of nights is made of."""

    learners: int
    seed: int = 2020
    bad_every: int = 1000
    blank_headings: bool = False
    """True = headings as Moodle writes them: none over the name, none over the dates."""

    def __post_init__(self) -> None:
        if self.learners <= 0 or self.learners % 1000 or self.bad_every <= 0 or self.bad_every % 10:
            raise SystemExit(
                f"generate: found {self.learners} learners and one bad record in {self.bad_every}, expected a multiple "
                "of 1000 and one of 10. Choose others."
            )

    @property
    def responses(self) -> int:
        """Responses of night 1."""
        return self.learners // 5


@dataclass
class Count:
    """What one file holds."""

    records: int = 0
    changed: int = 0
    new: int = 0
    bad: Counter[str] = field(default_factory=Counter)

    def written(self) -> dict[str, Any]:
        """As it stands in ``truth.json``."""
        return {
            "records": self.records,
            "changed": self.changed,
            "new": self.new,
            "bad": dict(sorted(self.bad.items())),
        }


@dataclass
class Truth:
    """The figures of one night, counted while its records are made."""

    persons: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    """(bits of the activities passed, sex, institution) -> persons with an enrolment."""
    retained: int = 0
    scores: Counter[int] = field(default_factory=Counter)
    """Score of P01 -> complete responses; 0 = it was skipped."""

    def figures(self) -> dict[str, int | float | None]:
        """Every figure by its name; sexes and institutions that are not known stay in the totals only."""
        found: Counter[str] = Counter()
        for (passed, sex, institution), persons in self.persons.items():
            names = ["enrolled", "persons"]
            if passed:
                names += ["entered", f"entered/sex/{sex}"]
            for bit, module in enumerate(MODULES):
                if passed >> bit & 1:
                    names += [f"module/{module}", f"module/{module}/sex/{sex}"]
            if passed >> CERTIFICATE & 1:
                names += ["certificates", f"certificates/sex/{sex}", "certified", f"certified/sex/{sex}"]
                names.append(f"certified/institution/{institution}")
            for name in names:
                found[name] += persons
        answered = sum(count for score, count in self.scores.items() if score)
        total = sum(score * count for score, count in self.scores.items())
        return {
            **{name: found[name] for name in sorted(found) if not name.endswith("/")},
            "responses": sum(self.scores.values()),
            "mean_p01": round(total / answered, 6) if answered else None,
            "retained_rows": self.retained,
        }


def generate(folder: Path, shape: Shape, *, block: int = BLOCK) -> dict[str, Any]:
    """Write both nights and their truth below ``folder``; return the truth."""
    truth: dict[str, Any] = {
        "learners": shape.learners, "seed": shape.seed, "bad_every": shape.bad_every,
        "blank_headings": shape.blank_headings,
    }  # fmt: skip
    for second, night in enumerate(NIGHTS):
        (folder / night).mkdir(parents=True, exist_ok=True)
        figures = Truth()
        counts = {LEARNERS_FILE: Count(), RESPONSES_FILE: Count()}
        for name, write in ((LEARNERS_FILE, _write_learners), (RESPONSES_FILE, _write_responses)):
            with (folder / night / name).open("w", encoding="utf-8", newline="") as file:
                write(file, shape, bool(second), figures, counts[name], block)
        truth[night] = {
            "files": {name: count.written() for name, count in counts.items()},
            "figures": figures.figures(),
        }
    (folder / TRUTH_FILE).write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return truth


# -- what is decided about a record ------------------------------------------------------------------------------


def _draw(shape: Shape, name: str, index: Any, below: int) -> Any:
    """A number from 0 to ``below`` - 1 for each index: splitmix64 of seed, field and index."""
    salt = sum(byte << (8 * (place % 7)) for place, byte in enumerate(name.encode()))
    start = (shape.seed * 0xA0761D6478BD642F + salt * 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF
    with np.errstate(over="ignore"):
        z = np.uint64(start) + index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) % np.uint64(below)).astype(np.int64)


def _blocks(count: int, *, second: bool, block: int) -> Iterator[Any]:
    """The indices of a night in the order of its file: new ones stand between the old ones."""
    for start in range(0, count, block):
        old = np.arange(start, min(start + block, count), dtype=np.int64)
        if not second:
            yield old
            continue
        after = old[old % NEW_EVERY == NEW_EVERY - 1]
        yield np.insert(old, after - start + 1, count + after // NEW_EVERY)


def _moments(start: Any, gaps: Any) -> list[list[str]]:
    """Local times ``YYYY-MM-DD HH:MM:SS``, one list per column of gaps (seconds, added up)."""
    times = _OPENING + (start[:, None] + np.cumsum(gaps, axis=1)).astype("timedelta64[s]")
    return [[text.replace("T", " ") for text in column.astype(str).tolist()] for column in times.T]


# -- activity completion -----------------------------------------------------------------------------------------


def _write_learners(file: TextIO, shape: Shape, second: bool, truth: Truth, count: Count, block: int) -> None:
    headings = ["Username", "Email address", "ID number", "Sexo", "Institución"]
    first = "" if shape.blank_headings else '"Nombre completo"'
    for activity in ACTIVITIES:
        headings += [activity, "" if shape.blank_headings else f"{activity} (fecha)"]
    file.write(",".join([first, *(f'"{heading}"' for heading in headings)]) + "\n")
    waiting: dict[int, int] = {}
    for index in _blocks(shape.learners, second=second, block=block):
        file.write("".join(_learner_lines(shape, index, second, truth, count, waiting)))


@dataclass
class _Learner:
    """What is decided about one learner; ``passed`` = bits of the activities that count."""

    identity: list[str]
    """Name, user name, e-mail, employee number, sex and institution as they stand in the file."""
    cells: list[str]
    stage: int
    """Activities passed."""
    passed: int
    sex: str
    institution: str


def _learner_lines(
    shape: Shape, index: Any, second: bool, truth: Truth, count: Count, waiting: dict[int, int]
) -> Iterator[str]:
    """The lines of some learners; each person is counted once its last account was seen."""
    turn = index % 200
    changes = (_draw(shape, "changed", index, CHANGED_EVERY) == 0) & (turn != 6) & (turn != 7)
    changes &= second & (index < shape.learners)
    bad = (index % shape.bad_every == shape.bad_every // 2).tolist()
    make = _learner_maker(shape, index)
    for at, (i, changed) in enumerate(zip(index.tolist(), changes.tolist(), strict=True)):
        kind = LEARNER_FAULTS[i // shape.bad_every % len(LEARNER_FAULTS)] if bad[at] else ""
        learner = make(at, progress=changed and not kind, bad=bool(kind))
        count.records += 1
        count.changed += changed
        count.new += i >= shape.learners
        fault = "" if changed else kind  # mended by the platform: that is its change
        if fault:
            count.bad[fault] += 1
            other = _spoil_learner(fault, learner, truth)
            if fault in ("repeated", "conflict"):
                count.records += 1
                yield _line([*learner.identity, *other])
        if turn[at] == 6:
            waiting[i] = learner.passed
        elif fault != "missing_account":
            seen = learner.passed | (waiting.pop(i - 1, 0) if turn[at] == 7 else 0)
            truth.persons[seen, learner.sex, learner.institution] += 1
        yield _line([*learner.identity, *learner.cells])


def _learner_maker(shape: Shape, index: Any) -> Callable[..., _Learner]:
    """A function that makes the learner at a place of ``index``; what is drawn is drawn for all of them at once."""
    # Of every 200 learners two are accounts of one person: the same employee number, another user name and e-mail.
    paired = (index % 200 == 6) | (index % 200 == 7)
    person = np.where(index % 200 == 7, index - 1, index)
    given, family, mother, sexes, places, employees = (
        _draw(shape, name, person, below).tolist()
        for name, below in (
            ("given", len(_GIVEN)), ("family", len(_FAMILY)), ("mother", len(_FAMILY)), ("sex", 100),
            ("institution", len(INSTITUTIONS)), ("employee", 10),
        )
    )  # fmt: skip
    upper, failures, overrides, undone = (
        _draw(shape, name, index, below).tolist()
        for name, below in (("upper", 50), ("failed", 25), ("override", 200), ("undone", 300))
    )
    steps = np.array(
        [_draw(shape, f"step{place}", index, 100) < odds for place, odds in enumerate((80, 85, 90, 92, 93))]
    )
    stages = np.minimum.accumulate(steps, axis=0).sum(axis=0).tolist()
    gaps = np.stack([_draw(shape, f"gap{place}", index, 820_000) + 43_200 for place in range(5)], axis=1)
    dates = list(zip(*_moments(_draw(shape, "start", index, 1_700_000), gaps), strict=True))
    persons, accounts, pairs = person.tolist(), index.tolist(), paired.tolist()

    def make(at: int, *, progress: bool, bad: bool) -> _Learner:
        """``progress``: passed one activity more or, with all of them, moved to another institution."""
        stage = max(stages[at], 1) if bad else stages[at]
        moved = progress and stage == len(ACTIVITIES)
        failed = not bad and not progress and failures[at] == 0 and stage in (2, 3)
        stage += progress and not moved
        institution = INSTITUTIONS[(places[at] + moved) % len(INSTITUTIONS)]
        sex = "mujer" if sexes[at] < 52 else "hombre" if sexes[at] < 97 else ""
        mail = learner_email(accounts[at])
        identity = [
            f"{_GIVEN[given[at]]} {_FAMILY[family[at]]} {_FAMILY[mother[at]]}",
            f"p{accounts[at]:07d}",
            mail if upper[at] else mail.upper(),
            f"E{persons[at]:08d}" if pairs[at] or employees[at] else "",
            {"mujer": "Mujer", "hombre": "Hombre", "": ""}[sex],
            institution,
        ]
        cells = []
        for place in range(stage):
            cells += [PASSED[place], dates[at][place]]
        if stage and overrides[at] == 0:
            cells[0] = OVERRIDDEN
        if failed:
            cells += [FAILED, dates[at][stage]]
        elif stage < len(ACTIVITIES) and undone[at] == 0:
            cells += [NOT_YET, dates[at][stage]]  # marked and unmarked again: the date stays
        cells += [NOT_YET, ""] * (len(ACTIVITIES) - len(cells) // 2)
        return _Learner(identity, cells, stage, (1 << stage) - 1, sex, institution)

    return make


def _spoil_learner(fault: str, learner: _Learner, truth: Truth) -> list[str]:
    """Make a record bad and say what still counts of it; returns the activities of its other line, if it has one."""
    cells, last = learner.cells, learner.stage - 1
    other = list(cells)
    if fault in ("bad_date", "future_date", "unknown_state"):
        if fault == "unknown_state":
            cells[2 * last] = "Terminado"
        else:
            cells[2 * last + 1] = "30/02/2020 25:61" if fault == "bad_date" else "2120" + cells[2 * last + 1][4:]
        truth.retained += 1
        learner.passed &= ~(1 << last)
    elif fault == "unknown_sex":
        learner.identity[4] = "Mujr"
        truth.retained += 1
        learner.sex = learner.institution = ""
    elif fault == "missing_account":
        learner.identity[1] = learner.identity[2] = ""
        truth.retained += LEARNER_ROWS
    elif fault == "missing_email":
        learner.identity[2] = ""
    elif fault == "bad_email":
        learner.identity[2] = learner.identity[2].replace("@", "(at)")
    elif fault == "conflict":
        other[0:2] = [NOT_YET, ""]
        truth.retained += 2
        learner.passed &= ~1
    return other


def _line(cells: list[str]) -> str:
    return '"' + '","'.join(cells) + '"\n'


def learner_email(index: int) -> str:
    """The e-mail of a learner, as the survey writes it."""
    return f"p{index:07d}@correo.example.test"


# -- survey ------------------------------------------------------------------------------------------------------

SURVEY_COLUMNS = (
    "id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate", "datestamp", "email",
    "P01", "P02[SQ001]", "P02[SQ002]", "P02[SQ003]", "P02[SQ004]", "P04", "P06", "P07", "P08", "P10", "P10[other]",
)  # fmt: skip


def _write_responses(file: TextIO, shape: Shape, second: bool, truth: Truth, count: Count, block: int) -> None:
    file.write("\ufeff" + ",".join(f'"{name}"' for name in SURVEY_COLUMNS) + "\r\n")
    for index in _blocks(shape.responses, second=second, block=block):
        file.write("".join(_response_lines(shape, index, second, truth, count)))


def _response_lines(shape: Shape, index: Any, second: bool, truth: Truth, count: Count) -> Iterator[str]:
    changes = (_draw(shape, "response-changed", index, CHANGED_EVERY) == 0) & second & (index < shape.responses)
    bad = (index % shape.bad_every == shape.bad_every // 2).tolist()
    make = _response_maker(shape, index)
    for at, (r, changed) in enumerate(zip(index.tolist(), changes.tolist(), strict=True)):
        kind = RESPONSE_FAULTS[r // shape.bad_every % len(RESPONSE_FAULTS)] if bad[at] else ""
        row, complete, score = make(at, progress=changed and not kind, bad=bool(kind))
        count.records += 1
        count.changed += changed
        count.new += r >= shape.responses
        fault = "" if changed else kind
        if fault:
            count.bad[fault] += 1
            complete, score, other = _spoil_response(fault, row, complete, score, truth)
            if other:
                count.records += 1
                yield _response_line(other)
        if complete:
            truth.scores[score] += 1
        yield _response_line(row)


def _response_maker(shape: Shape, index: Any) -> Callable[..., tuple[list[str], bool, int]]:
    """A function that makes the response at a place of ``index``: its cells, whether it is complete, its score."""
    draw = {
        name: _draw(shape, f"response-{name}", index, below).tolist()
        for name, below in (
            ("incomplete", 100), ("p01", 20), ("p02a", 6), ("p02b", 6), ("p02c", 6), ("p02d", 6), ("p04", 41),
            ("sex", 100), ("comment", len(_COMMENTS)), ("p08", 3), ("p10", 8), ("seed", 1 << 30),
        )
    }  # fmt: skip
    gaps = np.stack([_draw(shape, "response-took", index, 1_800) + 120], axis=1)
    begun = _draw(shape, "response-start", index, 6_000_000)
    started, submitted = _moments(begun, np.zeros_like(gaps))[0], _moments(begun, gaps)[0]
    numbers = index.tolist()

    def make(at: int, *, progress: bool, bad: bool) -> tuple[list[str], bool, int]:
        """``progress``: an incomplete one was sent, a complete one changed its answer to P01."""
        r = numbers[at]
        complete = bad or draw["incomplete"][at] >= 12
        score = min((draw["p01"][at] + 3) // 4, 5)
        if bad:
            score = max(score, 1)
        elif progress and complete:
            score = score % 5 + 1
        complete = complete or progress
        sex = "F" if draw["sex"][at] < 52 else "M" if draw["sex"][at] < 95 else ""
        scale = [f"A{value}" if value else "" for value in (draw[f"p02{part}"][at] for part in "abcd")]
        p10 = draw["p10"][at]
        # Whoever was invited answers under the e-mail of a learner: that links both accounts.
        row = [
            str(r + 1), submitted[at] if complete else "", "2" if complete else "1", "es-MX", str(draw["seed"][at]),
            f"tk{r:07d}", started[at], submitted[at], learner_email(5 * r + 2),
            f"A{score}" if score else "", *scale, str(draw["p04"][at] / 4) if draw["p04"][at] else "", sex,
            _COMMENTS[draw["comment"][at]], ("Y", "N", "")[draw["p08"][at]],
            "-oth-" if p10 == 7 else f"B{p10}" if p10 else "", "Otra, distinta" if p10 == 7 else "",
        ]  # fmt: skip
        return row, complete, score

    return make


def _spoil_response(
    fault: str, row: list[str], complete: bool, score: int, truth: Truth
) -> tuple[bool, int, list[str]]:
    """Make a response bad: whether it still counts, its score, and its other line if it has one."""
    other: list[str] = []
    if fault in ("bad_date", "future_date"):
        row[1] = "2020-13-45 10:00:00" if fault == "bad_date" else "2120" + row[1][4:]
        truth.retained += 1
        complete = False
    elif fault == "missing_account":
        row[5] = row[8] = ""
        truth.retained += RESPONSE_ROWS
        complete = False
    elif fault == "unknown_sex":
        row[SURVEY_COLUMNS.index("P06")] = "X"
    else:
        other = list(row)
        if fault == "conflict":
            other[SURVEY_COLUMNS.index("P01")] = f"A{score % 5 + 1}"
            truth.retained += 2
            score = 0
    return complete, score, other


def _response_line(cells: list[str]) -> str:
    return '"' + '","'.join(cells) + '"\r\n'


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("learners", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=2020)
    parser.add_argument("--bad-every", type=int, default=1000)
    parser.add_argument("--blank-headings", action="store_true", help="headings exactly as Moodle writes them")
    given = parser.parse_args()
    shape = Shape(given.learners, given.seed, given.bad_every, given.blank_headings)
    truth = generate(given.folder, shape)
    print(json.dumps({night: truth[night]["files"] for night in NIGHTS}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
