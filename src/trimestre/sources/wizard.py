"""A new source: from a few answers to a short, commented, valid ``sources/<code>.yaml``.

Data flow: NewSource (+ headings of a sample) -> yaml_of -> validated by the contract -> sources/<code>.yaml, never over
a file that is there.
"""

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from trimestre.contracts import Project
from trimestre.contracts.base import read_mapping
from trimestre.contracts.presets import FOLDER, preset_about, preset_names
from trimestre.contracts.reading import load_source
from trimestre.errors import ContractError
from trimestre.sources.templates import NAMES, QUESTIONS, TEMPLATES
from trimestre.sources.yaml_text import as_yaml
from trimestre.texts import ASKED
from trimestre.warehouse.entities import RESERVED_SOURCES

Kind = Literal["moodle", "limesurvey", "kobo", "tabular"]
About = Literal["edition", "event", "survey"]


@dataclass(frozen=True)
class NewSource:
    """What has to be known of a source; ``connection`` may be blank for files, the last six are for files only."""

    kind: Kind
    code: str
    name: str
    connection: str
    schedule: str
    timezone: str
    folder: str = ""
    files: str = ""
    preset: str = ""
    """Blank = a list of columns to be adapted, after what the files are about."""
    scope: str = ""
    about: About = "edition"
    modules: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sample: Path | None = None
    """A file as they will come: its headings become the questions, or the columns."""


def written(source: NewSource, root: Path) -> Path:
    """Write the file of a new source. :class:`ContractError` where one is there, or where it would not be valid."""
    path = root / "sources" / f"{source.code}.yaml"
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", source.code):
        raise ContractError(ASKED["code"].format(code=source.code))
    if source.code in RESERVED_SOURCES:
        raise ContractError(ASKED["code_taken"].format(code=source.code))
    if path.exists():
        raise ContractError(ASKED["source_there"].format(name=path.name))
    text = yaml_of(source)
    with tempfile.TemporaryDirectory(prefix="trimestre-") as workroom:
        draft = Path(workroom) / path.name
        draft.write_text(text, encoding="utf-8")
        _check(draft)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ContractError(ASKED["source_read_only"].format(name=path.name, why=error.strerror)) from None
    return path


def _check(draft: Path) -> None:
    contract = load_source(draft)
    if contract.kind == "tabular":
        from trimestre.sources.tabular.contract import check_dataset

        for dataset in contract.datasets:
            check_dataset(contract, dataset)


def yaml_of(source: NewSource) -> str:
    """The text of the file. :class:`PermanentError` where the sample can't be read."""
    connection = (
        f"connection: {as_yaml(source.connection)}  # {_CONNECTIONS[source.kind]}\n" if source.connection else ""
    )
    head = (
        f"# {_ABOUT[source.kind]}\n"
        f"source: {as_yaml(source.code)}  # igual al nombre de este archivo\n"
        f"name: {as_yaml(source.name)}\n"
        f"kind: {source.kind}\n"
    )
    times = (
        f"schedule: {as_yaml(source.schedule)}  # minuto hora día mes día-de-la-semana\n"
        f"timezone: {as_yaml(source.timezone)}  # del horario y de las fechas sin zona\n"
    )
    if source.kind != "tabular":
        return head + connection + times + _PLATFORMS[source.kind]
    folder = f"folder: {as_yaml(source.folder)}  # debajo de la carpeta de entrega, ruta absoluta o dirección s3://…\n"
    return head + folder + connection + times + _delivers() + _dataset(source)


def preset_wants_modules(preset: str) -> bool:
    """Whether a preset describes modules, whose headings only the source knows. False for one that there is not."""
    return preset in preset_names() and "wide" in read_mapping(FOLDER / f"{preset}.yaml")


def preset_asks(preset: str) -> bool:
    """Whether a preset is one of surveys, whose questions only the source knows. False for one that there is not."""
    return preset in preset_names() and "questionnaire" in read_mapping(FOLDER / f"{preset}.yaml")


def preset_knows_certificates(preset: str) -> bool:
    """Whether one of a preset's modules may be the certificate."""
    return '"certificate"' in json.dumps(read_mapping(FOLDER / f"{preset}.yaml").get("wide", ""))


def modules_of(project: Project, edition: str) -> dict[str, list[str]]:
    """Module -> the heading that its column may have, for an edition that is declared; else nothing."""
    if edition not in project.editions():
        return {}
    course, _ = project.editions()[edition]
    return {module.module: [module.name] for module in course.modules}


def about_of(preset: str) -> About | None:
    """What the files of a preset are about, as far as its rows tell by the field that its scope fills."""
    text = json.dumps(read_mapping(FOLDER / f"{preset}.yaml"))
    kinds: tuple[About, ...] = ("edition", "event", "survey")
    by_scope = r'"{}": {{"value": "{{scope}}"'.format
    return next((kind for kind in kinds if f"${kind}" in text or by_scope(kind) in text), None)


def _delivers() -> str:
    return "delivers: snapshot per file scope  # cada entrega trae la lista completa; additions = sólo lo nuevo\n"


def _dataset(source: NewSource) -> str:
    name = source.preset or NAMES[source.about]
    lines = [
        "datasets:",
        f"  - dataset: {as_yaml(name)}",
        *(
            [f"    extends: {as_yaml(source.preset)}  # {_one_line(preset_about(source.preset))}"]
            if source.preset
            else []
        ),
        f"    files: {as_yaml(source.files)}  # patrón del nombre de los archivos",
        _subject(source),
    ]
    if source.modules:
        lines.append("    modules:  # módulo: encabezados de su columna en el archivo")
        lines += [
            f"      {as_yaml(module)}: [{', '.join(map(as_yaml, headings))}]"
            for module, headings in source.modules.items()
        ]
    return "\n".join(lines) + "\n" + _contents(source)


def _subject(source: NewSource) -> str:
    """What the files are about; the questions of a preset of surveys need to know their survey."""
    if source.preset and preset_asks(source.preset):
        return f"    survey: {as_yaml(source.scope)}  # clave de la encuesta en framework/surveys"
    return f"    scope: {as_yaml(source.scope)}  # de qué es la lista completa"


def _contents(source: NewSource) -> str:
    """What the preset leaves to be said: questions; without a preset, columns and rows."""
    if source.preset:
        if not preset_asks(source.preset):
            return ""
        return QUESTIONS if source.sample is None else _sampled_questions(source, source.sample)
    template = TEMPLATES[source.about].replace("{scope}", as_yaml(source.scope))
    if source.sample is None:
        return template
    from trimestre.sources.proposed_columns import columns_yaml
    from trimestre.sources.sample import columns_in

    return columns_yaml(template, columns_in(source.sample))


def _sampled_questions(source: NewSource, sample: Path) -> str:
    from trimestre.sources.preview import source_of_preset
    from trimestre.sources.proposals import questions_from, questions_yaml
    from trimestre.sources.sample import questions_in

    contract = source_of_preset(source.preset, source.scope, {})
    proposals = questions_from(questions_in(contract, sample), contract.datasets[0].questionnaire)
    return questions_yaml(proposals) if proposals else QUESTIONS


def _one_line(text: str) -> str:
    return " ".join(text.split())


_ABOUT = {
    "moodle": "Plataforma Moodle. Qué cursos entrega se dice en framework/courses/ (delivered_by).",
    "limesurvey": "Sitio LimeSurvey. Qué encuestas entrega se dice en framework/surveys/ (source).",
    "kobo": "Servidor KoboToolbox. Qué encuestas entrega se dice en framework/surveys/ (source).",
    "tabular": "Archivos CSV o Excel que se ponen en una carpeta.",
}

_CONNECTIONS = {
    "moodle": "conexión de Airflow: dirección del sitio y token",
    "limesurvey": "conexión de Airflow: dirección, usuario y contraseña",
    "kobo": "conexión de Airflow: dirección del servidor y token",
    "tabular": "conexión de Airflow: usuario y contraseña de la carpeta",
}

_PLATFORMS = {
    "moodle": "delivers: snapshot per course  # quien ya no aparece en un curso, salió de él\n"
    "drop: [profileimageurl, profileimageurlsmall]  # esto nunca se guarda\n"
    "# Nombre corto de los campos de perfil propios del sitio; quite # a los que existan:\n"
    "# profile_fields: {sex: sexo, institution: institucion, legal_id: curp}\n"
    "# sex_values: {Mujer: mujer, Hombre: hombre}\n",
    "limesurvey": "delivers: snapshot per survey  # las respuestas borradas en la plataforma dejan de contar\n"
    "drop: [ipaddr, refurl]  # esto nunca se guarda\n"
    "# Atributos de participante con la institución y el tipo de organización; quite # si existen:\n"
    "# institution_attribute: attribute_1\n"
    "# organisation_type_attribute: attribute_2\n",
    "kobo": "delivers: snapshot per survey  # los envíos borrados en la plataforma dejan de contar\n"
    "# not_approved: excluded  # quite # para no contar los envíos marcados como no aprobados\n",
}
