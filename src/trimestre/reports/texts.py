"""Every Spanish sentence of the outputs that does not stand in the project's YAML."""

from trimestre.contracts.expectations import Rule

COMMON_RULES = {
    "clave_en_conflicto": Rule(
        rule="clave_en_conflicto",
        severity="critical",
        what="Que no haya en el mismo lote dos filas con la misma clave y distinto contenido.",
        why="Si la fuente dice dos cosas distintas de lo mismo, elegir una al azar cambiaría las cifras sin que nadie "
        "lo supiera. Se retienen todas las filas en conflicto y se conserva la última versión válida.",
        how_to_fix="Revise en la fuente las filas señaladas y deje una sola, o bien corrija las que difieren. Las "
        "filas repetidas con el mismo contenido no son problema: se cuentan una vez.",
        unexpected_rows="FALSE",  # its predicate depends on the entity's key: trimestre.pipeline.validation
    ),
    "registro_ilegible": Rule(
        rule="registro_ilegible",
        severity="critical",
        what="Que cada registro recibido se pueda leer.",
        why="De un registro ilegible no se obtiene ninguna fila: lo que dice no se cuenta en ninguna cifra.",
        how_to_fix="Busque el registro en el archivo y la posición señalados, corríjalo en la fuente y "
        "vuelva a enviarlo.",
        unexpected_rows="FALSE",  # found while parsing, before there is any row
    ),
}
"""Rules that every entity has without any YAML, by code."""

STATUS = {
    "alcanzada": "Meta alcanzada",
    "conforme": "Conforme a lo programado",
    "con_rezago": "Con rezago",
    "sin_dato": "Sin dato",
    "sin_meta": "Sin meta del periodo",
}
"""Status of an indicator, as printed."""

NOT_AVAILABLE = "n. d."
NOT_APPLICABLE = "n. a."

COLUMNS = ("Clave", "Indicador", "Mujeres", "Hombres", "n. d.", "Valor", "Meta", "% meta", "Estado")
"""Headings of the table of indicators."""

FIGURES_TITLE = "Indicadores de {period} · preliminar{mark}"
ILLUSTRATIVE = " · metas y líneas de base ilustrativas"
BY_EVENT = "conciliación: por fecha del evento"
BY_EDITION = "conciliación: por edición"
NOT_REPRESENTATIVE = "no representativo (n = {n}, tasa de respuesta {rate})"

BATCH_STATES = {
    "landing": "recibiendo",
    "landed": "recibido",
    "staged": "preparado",
    "validated": "validado",
    "merged": "cargado",
    "empty": "sin archivos nuevos",
    "rejected": "rechazado",
    "abandoned": "interrumpido",
}
"""State of a batch, as printed."""

BATCH_COLUMNS = (
    "Lote", "Fuente", "Estado", "Inicio (UTC)", "Recibidas", "Cargadas", "Sin cambio", "Retenidas", "Mensaje",
)  # fmt: skip
ENTITIES = {
    "record": "registro ilegible",
    "course": "curso",
    "course_edition": "edición",
    "module": "módulo",
    "event": "evento",
    "survey": "encuesta",
    "indicator": "indicador",
    "question": "pregunta",
    "question_option": "opción de respuesta",
    "account": "cuenta",
    "account_identity": "identidad de la cuenta",
    "enrolment": "inscripción",
    "module_completion": "módulo concluido",
    "certificate": "certificado",
    "invitation": "invitación",
    "response": "cuestionario respondido",
    "answer": "respuesta",
    "attendance": "registro de asistencia",
    "reported_value": "dato de captura manual",
}
"""Entities, as printed."""

PROGRESS_COLUMNS = ("Fuente", "Estado", "Entidad", "Recibidas", "Cargadas", "Sin cambio", "Retenidas")

DEMO = {
    "postgres": "PostgreSQL embebido en marcha",
    "simulators": "Simuladores de Moodle y LimeSurvey en marcha; archivos en la carpeta de entrega",
    "airflow": "Airflow en marcha",
    "nothing_changed": "Nada cambió desde la corrida anterior: mismas cifras.",
    "changed": "{rows} filas nuevas o modificadas en {batches} lotes.",
    "where": "Airflow: {url}   usuario: {user}   contraseña: en {file}",
    "stay": "Ctrl-C detiene todo lo que este comando inició.",
    "stopping": "Deteniendo…",
    "elapsed": "Del arranque de Airflow a la tabla: {seconds:.0f} s.",
    "failed": "demo: found the run of {dag} failed, expected success. Its log is in Airflow: {url}",
}
"""What `trimestre demo` says."""

CLI = {
    "app": "Trimestre: indicadores trimestrales, cada cifra revisada, explicada y reproducible.",
    "check": "Revisa todos los archivos YAML del proyecto y las reglas entre ellos.",
    "migrate": "Crea o actualiza el esquema del almacén de datos y sus permisos.",
    "ingest": "Trae, valida y carga una fuente.",
    "night": "Trae todas las fuentes y calcula los trimestres que cambiaron, en un solo proceso.",
    "compute": "Calcula los indicadores de un trimestre.",
    "values": "Muestra los indicadores de un trimestre ya calculado.",
    "evidence": "Muestra los registros que respaldan un indicador.",
    "batches": "Muestra los lotes más recientes.",
    "demo": "Levanta todo en esta máquina con datos sintéticos y calcula 2020-Q2.",
    "checked": "Proyecto correcto: {sources} fuentes, {indicators} indicadores, {suites} conjuntos de reglas.",
    "unmoved": "{period}: nada cambió desde el último cálculo.",
    "computed": "{period}: {values} valores calculados.",
    "not_computed": "{period}: aún no hay cifras calculadas. Ejecute `trimestre compute {period}`.",
    "ingested": "{source}: lote {batch}, {state}; trimestres por recalcular: {quarters}.",
    "changed": "con cambios",
    "unchanged": "sin cambios",
    "none": "ninguno",
    "accepted": "{source}: se acepta la disminución de registros ({reason}).",
}
"""What the other commands say, and their help."""

TASKS = {
    "land": "Recibir",
    "stage": "Preparar lo que cambió",
    "validate": "Validar",
    "merge": "Cargar",
    "publish": "Avisar qué trimestres cambiaron",
    "compute": "Calcular el trimestre",
    "contract_error": "Configuración incorrecta",
}
"""Tasks of the DAGs, as Airflow shows them."""

INGEST_DOC = """
**Qué hace.** Cada noche trae todo lo que la fuente tiene, guarda los archivos tal como llegaron, prepara sólo los
registros que cambiaron, los valida y los carga con su historia. Lo que no pasa una regla crítica queda *retenido*, con
la regla que falló; lo demás sigue su camino.

**Si falla.** El mensaje de la tarea dice qué se encontró, qué se esperaba y qué hacer. Volver a correrla nunca duplica
nada. Las fallas de red se reintentan solas.

**A mano.** *Trigger* corre la ingesta ahora. Si nada cambió, la última tarea se omite y no se recalcula nada.
"""

INDICATORS_DOC = """
**Qué hace.** Calcula los indicadores de un trimestre a partir de sus registros de respaldo. Corre sola cuando una
ingesta avisa que el trimestre cambió y se omite cuando nada cambió.

**A mano.** *Trigger* → opciones avanzadas → *Partition Key*: el trimestre, por ejemplo `2020-Q2`.
"""

UNREADABLE = {
    # Tabular files
    "numero_de_celdas": "La fila tiene más o menos celdas que el encabezado; suele deberse a un separador dentro de un "
    "texto que no va entre comillas.",
    "comillas": "La fila tiene comillas que no se cierran, así que no se distingue dónde termina cada celda.",
    "caracter_no_valido": "La fila contiene un carácter que no es texto y que no se puede guardar.",
    # Moodle
    "persona_sin_id": "En la lista de personas inscritas llegó un registro sin identificador (id).",
    "curso_no_configurado": "El registro es de un curso que no corresponde a la edición configurada.",
    "respuesta_sin_estados": "La respuesta sobre la conclusión de actividades de una persona llegó sin la lista de "
    "actividades.",
    "estado_sin_actividad": "El estado de una actividad llegó sin el identificador de la actividad (cmid) o sin el "
    "estado.",
    # LimeSurvey
    "pregunta_sin_codigo": "Llegó una pregunta sin código, o una subpregunta cuya pregunta no está en la encuesta.",
    "respuesta_sin_id": "Llegó un cuestionario respondido sin identificador (id).",
    "participante_sin_tid": "Llegó una persona invitada sin identificador (tid).",
}
"""Why no rows could be made of a record, by the code that a connector gives."""
