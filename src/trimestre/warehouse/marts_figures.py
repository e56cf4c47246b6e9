# ruff: noqa: E501 (one column a line, however long its comment)
"""The marts of figures and of what stands behind them: surveys, events, editions, values, targets, changes, batches.

Each is filled by ``sql/marts/<name>.sql`` (its columns have these names); see ``pipeline/refreshing.py``.
"""

import sqlalchemy as sa

from trimestre.reports.texts import ENTITIES
from trimestre.warehouse.mart_columns import (
    NOT_ADDITIVE,
    OBS_STATUS,
    amount,
    count,
    day,
    flag,
    instant,
    key,
    mart,
    order,
    quarter,
    rule,
    text,
)

OBS_NOTES = {
    "no_representativo": "tasa de respuesta menor que la mínima", "no_calculable": "nadie puede conocer el denominador (enlace abierto)",
}  # fmt: skip
RETAINED_STATES = {
    "open": "abierta", "mended_at_source": "corregida en la fuente", "corrected": "corregida aquí", "accepted": "aceptada con motivo",
}  # fmt: skip
STATUSES = {
    "Meta alcanzada": "llegó a la meta", "Conforme a lo programado": "cerca de la meta", "Con rezago": "por debajo",
    "Sin dato": "no hay valor", "Sin meta del periodo": "no hay meta",
}  # fmt: skip

survey = mart(
    "survey",
    "Una fila por encuesta, con n y tasa de respuesta.",
    key("survey", sa.Text, "Encuesta."),
    text("name", "Nombre."),
    text("edition", "Edición cuyas personas responden."),
    text("event", "Evento cuyas personas responden."),
    text("reached_by", "Cómo se llegó a quienes podían responder.", codes={"invitation": "invitación enviada", "attendance": "asistencia al evento", "enrolment": "ingreso a la edición", "open_link": "enlace abierto: nadie sabe a cuántas"}),
    day("closes_on", "Último día local cuyas respuestas cuentan."),
    count("reached", "Personas que podían responder: el denominador; vacío = no se sabe.", additive="encuestas distintas; no son personas únicas"),
    count("invited", "Invitaciones enviadas; vacío = la encuesta no se envió por invitación.", additive="encuestas"),
    count("responded", "Cuestionarios completos, a tiempo y no repetidos.", additive="encuestas; no son personas únicas"),
    count("reached_responded", "De quienes podían responder, cuántas respondieron: el numerador; vacío = no se sabe.", additive="encuestas"),
    count("incomplete", "Cuestionarios sin terminar.", additive="encuestas"),
    count("repeated_out", "Cuestionarios completos que no cuentan por repetidos.", additive="encuestas"),
    count("late", "Cuestionarios completos enviados después del cierre.", additive="encuestas"),
    amount("response_rate", "Tasa de respuesta en por ciento: 100 × reached_responded / reached; vacío = no se sabe.", additive=f"{NOT_ADDITIVE}: sume numerador y denominador"),
    *quarter("la encuesta: el de su edición, su evento o su cierre"),
    text("obs_status", "Qué clase de dato es la tasa.", codes=OBS_STATUS),
    text("obs_note", "Advertencia sobre la tasa.", codes=OBS_NOTES),
    warning="n. d. no es cero.",
)  # fmt: skip

event = mart(
    "event",
    "Una fila por evento.",
    key("event", sa.Text, "Evento."),
    text("name", "Nombre."),
    day("held_on", "Día local en que se realizó."),
    text("line", "Línea de acción."),
    text("period", "Trimestre del día del evento."),
    text("fy_period", "El mismo trimestre en el año fiscal del donante."),
    count("registered", "Registros de asistencia entregados.", additive="eventos"),
    count("attended", "Personas que asistieron.", additive="eventos como asistencias; no son personas únicas"),
    count("left_out_presence", "Registros que no cuentan por permanencia insuficiente.", additive="eventos"),
    count("women", "De quienes asistieron, mujeres; vacío = n. d., a nadie se le preguntó.", additive="eventos donde se preguntó"),
    count("men", "De quienes asistieron, hombres; vacío = n. d.", additive="eventos donde se preguntó"),
    count("sex_unknown", "De quienes asistieron, sin sexo especificado.", additive="eventos"),
    count("organisations", "Instituciones distintas de quienes asistieron.", additive=f"{NOT_ADDITIVE}: una institución puede ir a varios eventos"),
    text("survey", "Encuesta del evento; de varias, la primera por su clave."),
    count("responded", "De quienes asistieron, cuántas respondieron a tiempo; vacío = no se sabe.", additive="eventos"),
    amount("response_rate", "Tasa de respuesta en por ciento; vacío = no se sabe.", additive=f"{NOT_ADDITIVE}: sume responded y attended"),
    warning="Mujeres y hombres vacíos son n. d., no cero.",
)  # fmt: skip

edition = mart(
    "edition",
    "Una fila por edición de un curso, con su embudo de inscripciones que cuentan.",
    key("edition", sa.Text, "Edición."),
    text("name", "Nombre."),
    text("course", "Curso."),
    text("course_name", "Nombre del curso."),
    text("line", "Línea de acción."),
    day("opens_on", "Primer día local."),
    day("closes_on", "Último día local según el plan."),
    day("cutoff_on", "Último día local cuyos resultados cuentan."),
    text("cutoff_reason", "Por qué el cierre difiere del plan."),
    text("period", "Trimestre de la apertura."),
    text("fy_period", "El mismo trimestre en el año fiscal del donante."),
    text("population", "Si se sabe quiénes fueron convocadas.", codes={"enrolled": "todas las convocadas están inscritas", "unknown": "no se sabe: sin cobertura"}),
    text("source_courses", "Cursos de las fuentes que la entregan (fuente: curso), separados por comas."),
    count("enrolled", "Inscripciones que cuentan.", additive="ediciones; no son personas únicas"),
    count("entered", "De ellas, ingresaron al curso.", additive="ediciones"),
    count("passed_any", "Aprobaron al menos un módulo.", additive="ediciones"),
    count("passed_all", "Aprobaron todos los módulos.", additive="ediciones"),
    text("passed_by_module", "Cuántas aprobaron cada módulo, como «M1: 387 · M2: 382»; por fila en enrolment_module."),
    count("certified", "Obtuvieron el certificado antes del cierre.", additive="ediciones como certificados; no son personas únicas"),
    count("certified_late", "Lo obtuvieron después del cierre.", additive="ediciones"),
    warning="No sume ediciones para contar personas: quien concluyó dos cuenta en ambas.",
)  # fmt: skip

unmatched_institution = mart(
    "unmatched_institution",
    "Una fila por fuente y texto de institución que la lista revisada no conoce.",
    key("source", sa.Text, "Fuente."),
    key("institution", sa.Text, "Texto tal como llegó."),
    count("accounts", "Cuentas que lo llevan.", additive="textos y fuentes; una persona puede tener varias cuentas"),
    warning="Agregue el nombre a framework/institutions/ para que cuente con su clave.",
)  # fmt: skip

indicator_value = mart(
    "indicator_value",
    "Una fila por versión de las cifras de un trimestre, indicador, regla de atribución, desagregación y categoría.",
    key("period", sa.Text, "Trimestre."),
    key("version", sa.BigInteger, "Versión de las cifras del trimestre, desde 1; la mayor es la vigente."),
    key("indicator", sa.Text, "Indicador."),
    rule(in_key=True),
    key("disaggregation", sa.Text, "Desagregación; total = el indicador entero; a×b = cruzada."),
    key("category", sa.Text, "Categoría; total = el indicador entero."),
    flag("is_current", "Si es la versión vigente del trimestre."),
    instant("computed_at", "Cuándo se calculó por primera vez con estas cifras."),
    instant("known_at", "Hasta qué carga se conocía lo que la versión dice."),
    flag("definitions_changed", "Si desde la versión anterior cambió alguna definición, meta o regla de cálculo."),
    text("indicator_name", "Nombre del indicador."),
    text("line", "Línea de acción."),
    text("unit", "Unidad."),
    text("measure", "Cómo se obtiene el valor de los registros.", codes={"count": "cuenta de registros", "persons": "personas distintas", "share": "proporción en por ciento", "mean": "promedio", "sum": "suma", "latest": "último dato", "milestone": "etapa"}),
    text("span", "Qué trimestres abarca.", codes={"period": "sólo el trimestre", "cumulative": "del inicio del proyecto al trimestre"}),
    text("fy_period", "El mismo trimestre en el año fiscal del donante."),
    flag("official", "Si es la línea oficial; falso = conciliación por la otra regla."),
    amount("value", "Valor con la precisión publicada (una proporción en por ciento); vacío = n. d. o n. a.", additive=f"{NOT_ADDITIVE}, salvo cuentas (measure = count) de span = period: sobre trimestres y categorías de una misma desagregación"),
    amount("num", "Numerador de una proporción o suma de un promedio.", additive="categorías de una misma desagregación; sobre trimestres si span = period"),
    amount("den", "Denominador de una proporción o n de un promedio.", additive="categorías de una misma desagregación; sobre trimestres si span = period"),
    count("n", "Registros contados.", additive="categorías de una misma desagregación; sobre trimestres si span = period"),
    count("excluded", "Registros que no cuentan, con su motivo en exclusion.", additive="categorías de una misma desagregación; sobre trimestres si span = period"),
    amount("response_rate", "En promedios de encuestas: tasa de respuesta en por ciento.", additive=NOT_ADDITIVE),
    text("obs_status", "Qué clase de dato es.", codes=OBS_STATUS),
    text("obs_note", "Advertencia sobre el valor.", codes=OBS_NOTES),
    amount("target", "Meta del trimestre (sólo el total oficial).", additive=NOT_ADDITIVE),
    amount("percent_of_target", "100 × value / target.", additive=NOT_ADDITIVE),
    text("status", "Estado frente a la meta (sólo el total oficial).", codes=STATUSES),
    order("target_version", "Versión de las metas que regía; vea indicator_target."),
    order("definition_version", "Versión de la definición que regía."),
    text("explanation", "Cómo sale el valor de sus registros, en una frase.", limits="Los motivos de exclusión se detallan en el total de la versión vigente."),
    order("vintage", "Número de la versión oficial; vacío mientras no haya ninguna."),
    text("vintage_state", "Estado de la versión.", codes={"preliminar": "aún no hay versión oficial"}),
    warning="Filtre is_current y official para las cifras de hoy. No sume categorías de desagregaciones distintas ni personas entre trimestres.",
)  # fmt: skip

indicator_target = mart(
    "indicator_target",
    "Una fila por indicador, trimestre y versión de sus metas.",
    key("indicator", sa.Text, "Indicador."),
    key("period", sa.Text, "Trimestre."),
    key("target_version", sa.BigInteger, "Versión de las metas y la línea de base del indicador, desde 1."),
    amount("target", "Meta del trimestre; vacío = sin meta.", additive=NOT_ADDITIVE),
    amount("life_of_project_target", "Meta de toda la vida del proyecto.", additive=NOT_ADDITIVE),
    amount("baseline", "Línea de base; vacío = no disponible o no aplica.", additive=NOT_ADDITIVE),
    flag("in_force", "Si es la versión vigente."),
    instant("valid_from", "Desde qué carga rige."),
    warning="Filtre in_force para las metas de hoy.",
)  # fmt: skip

BRIDGE = "trimestres seguidos del mismo indicador"
quarter_bridge = mart(
    "quarter_bridge",
    "Una fila por total oficial de un indicador y trimestre: cómo se llega desde el trimestre anterior.",
    key("indicator", sa.Text, "Indicador."),
    key("period", sa.Text, "Trimestre."),
    rule(),
    text("previous_period", "Trimestre anterior; vacío = es el primero del proyecto."),
    amount("previous_value", "Valor del trimestre anterior como se conoció al terminar ese trimestre: su primera versión calculada después de su último día.", additive=NOT_ADDITIVE, limits="Mientras no haya versiones oficiales; después será el de la versión oficial."),
    amount("added", "Lo que se atribuye a este trimestre.", additive=BRIDGE),
    amount("corrected", "Lo que cambió en el valor del trimestre anterior desde entonces.", additive=NOT_ADDITIVE),
    amount("value", "Valor vigente del trimestre.", additive=NOT_ADDITIVE),
    text("obs_note", "Por qué no hay suma.", codes={"no_aditivo": "proporciones, promedios, etapas y últimos datos no se suman", "del_periodo": "cada trimestre vale por sí solo", "sin_dato": "falta alguno de los valores"}),
    warning="previous_value + added + corrected = value, sólo en indicadores acumulados que se suman (obs_note vacío).",
)  # fmt: skip

exclusion = mart(
    "exclusion",
    "Una fila por indicador, trimestre, regla de atribución, fuente y motivo: registros que no cuentan y su efecto.",
    key("indicator", sa.Text, "Indicador."),
    key("period", sa.Text, "Trimestre de las cifras (en indicadores acumulados, con los anteriores)."),
    rule(in_key=True),
    key("source", sa.Text, "Fuente de los registros."),
    key("reason", sa.Text, "Clave del motivo."),
    flag("official", "Si es la línea oficial del indicador."),
    count("rows", "Registros que no cuentan por ese motivo.", additive="fuentes y motivos; sobre trimestres si el indicador no es acumulado"),
    text("reason_text", "El motivo en una frase."),
    amount("value", "Valor vigente del total.", additive=NOT_ADDITIVE),
    amount("value_if_counted", "Valor que tendría el total si esos registros contaran; vacío = no se puede decir.", additive=f"{NOT_ADDITIVE}: cada fila supone sólo su propio motivo"),
)  # fmt: skip

retained = mart(
    "retained",
    "Una fila por fuente, conjunto, entidad, regla y estado: registros retenidos, sin sus datos.",
    key("source", sa.Text, "Fuente."),
    key("dataset", sa.Text, "Conjunto."),
    key("entity", sa.Text, "Entidad.", codes=ENTITIES),
    key("rule", sa.Text, "Regla que no pasaron."),
    key("state", sa.Text, "Estado del registro retenido (aquí no es entidad federativa).", codes=RETAINED_STATES),
    count("rows", "Registros.", additive="fuentes, conjuntos, entidades y estados; un registro que falla dos reglas aparece en ambas"),
    text("severity", "Gravedad de la regla.", codes={"critical": "crítica: se retiene", "warning": "aviso: pasa y se cuenta"}),
    text("what", "Qué se revisa."),
    text("why", "Por qué importa."),
    text("how_to_fix", "Cómo se corrige."),
)  # fmt: skip

batch = mart(
    "batch",
    "Una fila por lote y entidad: qué trajo y qué hizo.",
    key("batch_id", sa.BigInteger, "Lote."),
    key("entity", sa.Text, "Entidad; vacío = el lote no trajo filas.", codes=ENTITIES),
    text("source", "Fuente."),
    instant("started_at", "Cuándo empezó."),
    instant("merged_at", "Cuándo se cargó; vacío = no se cargó."),
    text("state", "Estado del lote (aquí no es entidad federativa).", codes={"merged": "cargado", "empty": "sin novedades", "rejected": "rechazado completo", "withdrawn": "retirado", "abandoned": "abandonado", "landing": "recibiendo", "landed": "recibido", "staged": "preparado", "validated": "validado"}),
    count("landed", "Filas recibidas.", additive="lotes y entidades; lo mismo vuelve a llegar cada noche"),
    count("new", "Filas nuevas.", additive="lotes y entidades"),
    count("changed", "Filas que cambiaron.", additive="lotes y entidades"),
    count("returned", "Filas que habían desaparecido y volvieron.", additive="lotes y entidades"),
    count("vanished", "Filas que la fuente dejó de entregar.", additive="lotes y entidades"),
    count("unchanged", "Filas iguales a lo que ya se tenía.", additive="lotes y entidades; lo mismo vuelve a llegar cada noche"),
    count("quarantined", "Filas retenidas.", additive="entidades; un registro retenido puede volver en otro lote"),
    count("repeated", "Filas iguales a otra del lote.", additive="lotes y entidades"),
    count("out_of_scope", "Filas de lo que el proyecto no cuenta.", additive="lotes y entidades; lo mismo vuelve a llegar cada noche"),
    warning="landed = new + changed + returned + unchanged + quarantined + repeated + out_of_scope.",
)  # fmt: skip

rule_result = mart(
    "rule_result",
    "Una fila por lote, entidad y regla: filas revisadas y filas que no la pasaron.",
    key("batch_id", sa.BigInteger, "Lote."),
    key("entity", sa.Text, "Entidad.", codes=ENTITIES),
    key("rule", sa.Text, "Regla."),
    text("source", "Fuente."),
    instant("merged_at", "Cuándo se cargó el lote; vacío = no se cargó."),
    text("severity", "Gravedad.", codes={"critical": "crítica: la fila se retiene", "warning": "aviso: la fila pasa"}),
    count("checked", "Filas revisadas.", additive="lotes, para una misma entidad y regla"),
    count("failed", "Filas que no la pasaron.", additive="lotes, para una misma entidad y regla; la misma fila puede volver"),
    text("what", "Qué se revisa."),
    text("why", "Por qué importa."),
    text("how_to_fix", "Cómo se corrige."),
)  # fmt: skip

change = mart(
    "change",
    "Una fila por trimestre, versión de sus cifras (desde la 2), lote y entidad: qué se cargó entre la versión anterior y ésta.",
    key("period", sa.Text, "Trimestre."),
    key("version", sa.BigInteger, "Versión de las cifras."),
    key("batch_id", sa.BigInteger, "Lote."),
    key("entity", sa.Text, "Entidad; vacío = el lote no trajo filas (una decisión, un retiro o una reconstrucción).", codes=ENTITIES),
    text("source", "Fuente."),
    instant("merged_at", "Cuándo se cargó."),
    flag("moves_quarter", "Si el lote pudo mover las cifras de este trimestre."),
    count("new", "Filas nuevas.", additive="lotes y entidades de una versión"),
    count("changed", "Filas que cambiaron.", additive="lotes y entidades de una versión"),
    count("returned", "Filas que volvieron.", additive="lotes y entidades de una versión"),
    count("vanished", "Filas que la fuente dejó de entregar.", additive="lotes y entidades de una versión"),
    warning="El mismo lote aparece en cada trimestre que movió: no sume entre trimestres. La diferencia de cada cifra se ve en indicator_value, uniendo dos versiones.",
)  # fmt: skip
