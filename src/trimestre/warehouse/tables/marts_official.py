# ruff: noqa: E501 (one column a line, however long its comment)
"""The marts of what is official and of what stands behind it: versions, spans, targets, evidence, drift, verification.

Each is filled by ``sql/marts/<name>.sql`` (its columns have these names); see ``pipeline/marts/refreshing.py``.
"""

from typing import Any

import sqlalchemy as sa

from trimestre.warehouse.tables.mart_columns import (
    KINDS,
    MEASURES,
    NOT_ADDITIVE,
    OBS_NOTES,
    OBS_STATUS,
    SEXES,
    STATUSES,
    VINTAGE_STATES,
    amount,
    count,
    counting,
    day,
    flag,
    instant,
    key,
    mart,
    order,
    rule,
    text,
)

PROJECT_STATUSES = {
    "Logrado": "los indicadores llegaron a sus metas", "En camino": "cerca de ellas", "Con retraso": "por debajo",
}  # fmt: skip
CATEGORIES = "categorías de una misma desagregación"

vintage = mart(
    "vintage",
    "Una fila por propuesta de cifras de un trimestre que se aprobó (versión oficial) o que espera respuesta.",
    key("candidate_id", sa.BigInteger, "Propuesta."),
    text("period", "Trimestre."),
    text("fy_period", "El mismo trimestre en el año fiscal del donante."),
    order("vintage", "Número de la versión oficial en su trimestre, desde 1; vacío = aún no se aprueba."),
    text("state", "Estado de la propuesta (aquí no es entidad federativa).", codes={"pending": "espera la respuesta de quien aprueba", "vintage": "aprobada: es versión oficial"}),
    text("kind", "Qué clase de propuesta es.", codes={"close": "cierre del trimestre", "restatement": "rectificación de cifras publicadas", "inherited": "cifras de reportes anteriores"}),
    text("vintage_state", "En qué va el reporte.", codes=VINTAGE_STATES),
    flag("in_force", "Si es la versión oficial vigente de su trimestre: la de mayor número."),
    text("hash", "sha256 de valores, definiciones y registros: dos propuestas que dicen lo mismo tienen el mismo."),
    instant("known_at", "Hasta qué carga se conocía lo que dice."),
    flag("forced", "Si se preparó antes de las fechas límite del trimestre."),
    text("reason", "Motivo de la rectificación o de prepararla antes; de cifras anteriores, su procedencia."),
    text("comment", "Comentario de quien aprobó."),
    text("project_status", "Estado general del proyecto en el trimestre: el decidido; si no, el propuesto.", codes=PROJECT_STATUSES),
    flag("project_status_decided", "Si la coordinación decidió ese estado; falso = es el que proponen los indicadores."),
    text("project_status_reason", "Por qué la coordinación decidió ese estado."),
    text("prepared_by", "Quién la preparó."),
    instant("prepared_at", "Cuándo."),
    text("decided_by", "Quién la aprobó."),
    instant("decided_at", "Cuándo."),
    warning="Las devueltas y las que otra sustituyó no aparecen.",
)  # fmt: skip

span_value = mart(
    "span_value",
    "Una fila por versión de las cifras de un trimestre, indicador, periodo más amplio (semestre, año, proyecto), desagregación y categoría.",
    key("period", sa.Text, "Trimestre hasta el que se dice."),
    key("kind", sa.Text, "De dónde sale la cifra.", codes=KINDS),
    key("version", sa.BigInteger, "Número del cálculo o de la versión oficial, según kind."),
    key("indicator", sa.Text, "Indicador."),
    key("covers", sa.Text, "Lo que abarca hasta ese trimestre: 2020-H1 (semestre), 2020 (año), FY2020 (año fiscal del donante) o project (toda la vida del proyecto)."),
    key("disaggregation", sa.Text, "Desagregación; total = el indicador entero; a×b = cruzada."),
    key("category", sa.Text, "Categoría; total = el indicador entero."),
    order("vintage", "Número de la versión oficial; vacío en un cálculo."),
    flag("is_current", "Si es el cálculo vigente: lo que se sabe hoy."),
    flag("in_force", "Si es la cifra por usar: la oficial vigente del trimestre; si no la hay, el cálculo vigente."),
    text("fy_period", "El trimestre en el año fiscal del donante."),
    text("indicator_name", "Nombre del indicador."),
    text("unit", "Unidad."),
    text("measure", "Cómo se obtiene el valor de los registros.", codes=MEASURES),
    amount("value", "Valor de todo lo que abarca, con la precisión publicada; vacío = n. d. o n. a.", additive=f"{NOT_ADDITIVE}: cada fila ya abarca sus trimestres"),
    amount("num", "Numerador de una proporción o suma de un promedio.", additive=CATEGORIES),
    amount("den", "Denominador de una proporción o n de un promedio.", additive=CATEGORIES),
    count("n", "Registros contados.", additive=CATEGORIES),
    count("excluded", "Registros que no cuentan.", additive=CATEGORIES),
    count("late", "De los contados, extemporáneos.", additive=CATEGORIES),
    amount("accumulated", "Desde el inicio del proyecto, con lo que se sabía entonces.", additive=NOT_ADDITIVE),
    text("obs_status", "Qué clase de dato es.", codes=OBS_STATUS),
    text("obs_note", "Advertencia sobre el valor.", codes=OBS_NOTES),
    amount("target", "Meta de lo que abarca, vigente para el trimestre.", additive=NOT_ADDITIVE),
    amount("percent_of_target", "100 × value / target.", additive=NOT_ADDITIVE),
    amount("percent_of_progress", "Por ciento de avance desde la línea de base; vacío = no se puede calcular.", additive=NOT_ADDITIVE),
    text("status", "Estado frente a la meta (sólo el total).", codes=STATUSES),
    warning="Sólo la línea oficial. Las personas de un año son distintas en todo el año: no son la suma de los trimestres.",
)  # fmt: skip

target = mart(
    "target",
    "Una fila por indicador, periodo que abarca la meta, desagregación y categoría: las metas vigentes.",
    key("indicator", sa.Text, "Indicador."),
    key("covers", sa.Text, "Lo que abarca: un trimestre, 2020-H1, 2020, FY2020 o project (toda la vida del proyecto)."),
    key("disaggregation", sa.Text, "Desagregación; total = el indicador entero."),
    key("category", sa.Text, "Categoría; total = el indicador entero."),
    amount("target", "Meta vigente hoy.", additive=NOT_ADDITIVE, limits="Un trimestre cerrado conserva la que regía entonces: véala en indicator_target o en la cifra misma."),
)  # fmt: skip

target_revision = mart(
    "target_revision",
    "Una fila por indicador y revisión de una meta o de su línea de base, con el documento que la aprobó.",
    key("indicator", sa.Text, "Indicador."),
    key("revision", sa.BigInteger, "Número de la revisión en la definición, desde 1."),
    text("what", "Qué se revisó.", codes={"target": "una meta", "baseline": "la línea de base"}),
    text("covers", "De una meta: lo que abarca."),
    text("disaggregation", "De una meta: su desagregación; total = el indicador entero."),
    text("category", "De una meta: su categoría; total = el indicador entero."),
    amount("old_value", "Valor anterior; vacío = no había.", additive=NOT_ADDITIVE),
    amount("new_value", "Valor nuevo; vacío = ya no hay.", additive=NOT_ADDITIVE),
    text("effective_from", "Primer trimestre cuyas cifras se comparan con el valor nuevo."),
    text("letter", "Oficio o documento que la aprobó."),
    day("approved_on", "Día de la aprobación."),
    text("approved_by", "Quién la aprobó."),
)  # fmt: skip


def _nobodys(name: str, meaning: str) -> sa.Column[Any]:
    """The pseudonym of somebody, where a typed figure has none."""
    return sa.Column(name, sa.Uuid, comment=meaning, info={"meaning": meaning})


indicator_evidence = mart(
    "indicator_evidence",
    "Una fila por indicador y registro de respaldo de su línea oficial, cuente o no, en el trimestre en que cuenta con lo que se sabe hoy.",
    key("indicator", sa.Text, "Indicador."),
    key("evidence_key", sa.Text, "Registro, seudónimo."),
    rule(),
    text("source", "Fuente que lo entregó."),
    text("period", "Trimestre en que cuenta; vacío = en ninguno, porque no se sabe su fecha."),
    text("fy_period", "El mismo trimestre en el año fiscal del donante."),
    text("natural_period", "Trimestre al que pertenecería si ninguno se hubiera cerrado."),
    flag("late", "Si es un resultado extemporáneo: de una edición o un trimestre que ya había cerrado."),
    *counting("si el indicador lo cuenta en period (los acumulados, también en los siguientes)"),
    text("reason_text", "Por qué no cuenta, en una frase."),
    _nobodys("account_key", "Cuenta, seudónima; vacío = el registro no es de nadie."),
    _nobodys("person_key", "Persona, seudónima; vacío = el registro no es de nadie."),
    instant("at", "Cuándo ocurrió; vacío = no se sabe."),
    flag("at_estimated", "Si esa fecha se estimó."),
    amount("value", "Valor del registro, cuando lo tiene.", additive="registros que cuentan de un mismo indicador, para obtener una suma o un promedio"),
    flag("hit", "Si cumple lo que mide la proporción, cuando la hay."),
    text("course", "Curso."),
    text("edition", "Edición."),
    text("event", "Evento."),
    text("survey", "Encuesta."),
    text("module", "Módulo."),
    text("sex", "Sexo con que cuenta.", codes=SEXES),
    text("institution", "Institución con que cuenta; no_especificado = no se sabe."),
    text("state", "Entidad federativa con que cuenta: clave del INEGI; no_especificado = no se sabe."),
    text("organisation_type", "Tipo de organización con que cuenta; no_especificado = no se sabe."),
    order("vintage", "Versión oficial vigente de su trimestre, que lo contó; vacío = ninguna todavía."),
    order("batch_id", "Lote que lo trajo."),
    order("landed_file_id", "Archivo recibido en que vino."),
    text("dataset", "Conjunto de ese archivo."),
    text("sha256", "Huella de ese archivo."),
    text("position", "Dónde está en el archivo: número de registro desde 1, o ruta dentro de la respuesta."),
    warning="Filtre counted. En indicadores acumulados, el valor de un trimestre son sus filas y las de los anteriores; personas = distinct person_key. Lo que contó una versión anterior, y los valores heredados, están en results.evidence.",
)  # fmt: skip

drift = mart(
    "drift",
    "Una fila por trimestre cerrado, indicador y motivo: en cuánto difiere hoy el total oficial de lo publicado.",
    key("period", sa.Text, "Trimestre."),
    key("indicator", sa.Text, "Indicador."),
    key("reason", sa.Text, "Clave del motivo."),
    text("fy_period", "El mismo trimestre en el año fiscal del donante."),
    order("vintage", "Versión oficial vigente con que se compara."),
    text("reason_text", "El motivo en palabras."),
    amount("published", "Valor publicado.", additive=NOT_ADDITIVE),
    amount("now", "Valor con lo que se sabe y se define hoy.", additive=NOT_ADDITIVE),
    amount("amount", "Parte de la diferencia que se debe a este motivo.", additive="motivos de un mismo indicador y trimestre: dan now - published"),
    count("rows", "Registros que llegaron, se fueron o cambiaron.", additive="motivos de un mismo indicador y trimestre"),
    instant("seen_at", "Cuándo se comparó por última vez."),
    warning="La cifra publicada no cambia: para corregirla hace falta una rectificación.",
)  # fmt: skip

verification = mart(
    "verification",
    "Una fila por resultado registrado de una muestra de verificación.",
    key("decision_id", sa.BigInteger, "Decisión que lo registró."),
    text("indicator", "Indicador."),
    text("period", "Trimestre."),
    text("fy_period", "El mismo trimestre en el año fiscal del donante."),
    count("rows", "Registros cotejados con su medio de verificación.", additive="muestras de registros distintos"),
    count("agreed", "De ellos, cuántos coincidieron.", additive="muestras de registros distintos"),
    amount("percent_agreed", "100 × agreed / rows.", additive=f"{NOT_ADDITIVE}: sume agreed y rows"),
    text("comment", "Lo que se observó."),
    text("verified_by", "Quién lo registró."),
    instant("verified_at", "Cuándo."),
)  # fmt: skip
