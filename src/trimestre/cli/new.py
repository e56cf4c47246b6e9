"""What `trimestre source new` asks, and what it says comes next.

Data flow: options + answers at the terminal -> NewSource; NewSource -> steps in Spanish.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast, get_args

import typer

from trimestre import texts
from trimestre.cli.terminal import console
from trimestre.contracts import Project
from trimestre.contracts.presets import preset_about, preset_names
from trimestre.errors import ContractError
from trimestre.sources.tabular.drop import shown
from trimestre.sources.wizard import (
    About,
    Kind,
    NewSource,
    about_of,
    modules_of,
    preset_asks,
    preset_knows_certificates,
    preset_wants_modules,
)
from trimestre.texts import ASKED

SAY = texts.SOURCE_NEW


class _Questions:
    """Answers given as options, proposed ones that are accepted, and the person at the terminal, in this order."""

    def __init__(self, given: Mapping[str, str | None], *, accept: bool) -> None:
        self._given = given
        self._accept = accept

    def ask(
        self, name: str, default: str | None = None, choices: Sequence[str] = (), question: str | None = None
    ) -> str:
        """The answer to a question. :class:`ContractError` for an option that is none of the choices."""
        given = self._given.get(name)
        if given is not None:
            if choices and given not in choices:
                raise ContractError(ASKED["choice"].format(name=name, found=given, choices=", ".join(choices)))
            return given
        if self._accept:
            if default is None:
                raise ContractError(ASKED["nothing"].format(name=name))
            return default
        text = SAY[question or name] + (f" [{' | '.join(choices)}]" if choices else "")
        while choices and (answer := _asked(text, default)) not in choices:
            console.print(SAY["not_a_choice"].format(choices=", ".join(choices)), markup=False, highlight=False)
        return answer if choices else _asked(text, default)

    def given(self, name: str) -> bool:
        """Whether it was given as an option."""
        return bool(self._given.get(name))

    def heading(self, module: str, default: str) -> str:
        """The heading of a module, or of the certificate, in the file; blank = the file has none."""
        if self._accept:
            return default
        text = SAY["certificate"] if module == "certificate" else SAY["modules"].format(module=module)
        return _asked(text, default)


def _asked(text: str, default: str | None) -> str:
    return str(typer.prompt(text, default=default, show_default=bool(default))).strip()


def ask_for(
    project: Project, given: Mapping[str, str | None], modules: dict[str, list[str]], *, accept: bool
) -> NewSource:
    """Everything that has to be known of a new source."""
    questions = _Questions(given, accept=accept)
    kind = cast(Kind, questions.ask("kind", choices=get_args(Kind)))
    code = questions.ask("code")
    name = questions.ask("name", texts.SOURCE_KINDS[kind])
    if kind != "tabular":
        if questions.given("sample"):
            raise ContractError(ASKED["sample_of_platform"].format(kind=kind))
        return NewSource(
            kind=kind,
            code=code,
            name=name,
            connection=questions.ask("connection", code),
            schedule=questions.ask("schedule", "0 3 * * *"),
            timezone=questions.ask("timezone", project.framework.timezone),
            scope=questions.ask("scope", "", question="platform_scope"),
            about="edition" if kind == "moodle" else "survey",
        )
    folder = questions.ask("folder", code)
    connection = questions.ask("connection", "", question="folder_connection") if "://" in folder else ""
    schedule = questions.ask("schedule", "0 3 * * *")
    timezone = questions.ask("timezone", project.framework.timezone)
    preset = _preset(questions, accept=accept)
    about = (about_of(preset) if preset else None) or cast(About, questions.ask("about", "edition", get_args(About)))
    wants_modules = bool(preset) and preset_wants_modules(preset)
    codes = _codes(project, about)
    if codes and not accept and given.get("scope") is None:
        console.print(SAY["known"].format(codes=", ".join(codes)), markup=False, highlight=False)
    scope = questions.ask("scope", codes[0] if len(codes) == 1 else None, question=about)
    sample = _sample(questions, preset)
    return NewSource(
        kind=kind,
        code=code,
        name=name,
        connection=given.get("connection") or connection,
        schedule=schedule,
        timezone=timezone,
        folder=folder,
        files=questions.ask("files", "*"),
        preset=preset,
        scope=scope,
        about=about,
        modules=modules or (_modules(project, questions, preset, scope) if wants_modules else {}),
        sample=sample,
    )


def _preset(questions: _Questions, *, accept: bool) -> str:
    """The preset that fits, or none."""
    if preset_names() and not accept:
        console.print(SAY["presets"])
        for name in preset_names():
            console.print(f"  {name}: {' '.join(preset_about(name).split())}", markup=False, highlight=False)
    nothing = SAY["no_preset"]
    chosen = questions.ask("preset", nothing, (*preset_names(), nothing))
    return "" if chosen == nothing else chosen


def _sample(questions: _Questions, preset: str) -> Path | None:
    """A file from whose headings questions or columns are proposed; a preset of lists leaves nothing to propose."""
    if preset and not preset_asks(preset):
        if questions.given("sample"):
            raise ContractError(ASKED["sample_of_preset"].format(preset=preset))
        return None
    name = questions.ask("sample", "")
    if name and not Path(name).expanduser().is_file():
        raise ContractError(ASKED["sample"].format(name=Path(name).name))
    return Path(name).expanduser() if name else None


def _codes(project: Project, about: About) -> list[str]:
    return {
        "edition": list(project.editions()),
        "event": [event.event for event in project.events],
        "survey": [survey.survey for survey in project.surveys],
    }[about]


def _modules(project: Project, questions: _Questions, preset: str, scope: str) -> dict[str, list[str]]:
    """Heading of each module; those of a declared edition are proposed."""
    known = modules_of(project, scope)
    if not known:
        codes = questions.ask("modules_codes").split(",")
        known = {code.strip(): [code.strip()] for code in codes if code.strip()}
    modules = {code: [questions.heading(code, headings[0])] for code, headings in known.items()}
    certificate = questions.heading("certificate", "") if preset_knows_certificates(preset) else ""
    return modules | ({"certificate": [certificate]} if certificate else {})


def next_steps(project: Project, source: NewSource, drop: Path | str) -> Iterator[str]:
    """What a person has to do before the first night of a new source."""
    if source.connection:
        yield SAY["next_connection"].format(
            connection=source.connection,
            kind=texts.SOURCE_KINDS[source.kind],
            fields=SAY[f"fields_{source.kind}"],
            variable=source.connection.upper(),
        )
    if source.kind == "tabular":
        yield SAY["next_folder"].format(files=source.files, folder=_place(source.folder, drop))
    if source.sample is not None:
        yield SAY["next_review"].format(code=source.code)
    scope = source.scope
    if source.kind == "moodle":
        yield SAY["next_course"].format(scope=scope or "…", code=source.code)
    elif source.about == "edition":
        yield SAY["next_delivered"].format(scope=scope, code=source.code)
    elif source.about == "survey":
        yield SAY["next_survey"].format(scope=scope or "…", code=source.code)
    elif scope not in _codes(project, "event"):
        yield SAY["next_event"].format(scope=scope)
    yield SAY["next_check"].format(code=source.code)
    yield SAY["next_ingest"].format(code=source.code)


def _place(folder: str, drop: Path | str) -> str:
    if "://" in folder:
        return shown(folder)
    if folder.startswith("/"):
        return folder
    return str(drop / folder) if isinstance(drop, Path) else f"{shown(drop).rstrip('/')}/{folder}"
