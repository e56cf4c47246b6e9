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
    "correccion_por_revisar": Rule(
        rule="correccion_por_revisar",
        severity="warning",
        what="Que la fuente traiga todavía el valor que una corrección acordada espera encontrar.",
        why="Si la fuente ya lo cambió, aplicar la corrección taparía el valor nuevo: la fila se carga como llegó y la "
        "corrección queda en espera de una decisión.",
        how_to_fix="En framework/corrections.yaml, quite la corrección si la fuente ya se corrigió, o actualice lo que "
        "espera (`expect`) si aún hace falta.",
        unexpected_rows="FALSE",  # found while staging, by the correction itself
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
NOT_CALCULABLE = "no calculable"
"""A rate whose denominator nobody can know: the survey was open to whoever had its link."""

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
    "withdrawn": "retirado",
}
"""State of a batch, as printed."""

BATCH_MESSAGES = {
    "to_review": "Corrección por revisar: {rows} filas ({entity}) ya no traen el valor que la corrección esperaba y se "
    "cargaron como llegaron; quite o actualice la corrección.",
    "nothing_new": "sin archivos nuevos",
    "not_again": "No se toma de nuevo {dataset}{scope}: es el mismo contenido del lote {batch}, que se retiró.",
    "gave_up": "interrumpido: su fuente se reconstruyó mientras tanto",
    "replayed": "reconstruido desde los archivos recibidos: lotes {first} a {last}",
    "withdraws": "retira el lote {batch}: {reason}",
    "withdraws_nothing": "retira el lote {batch}, sin cambios en lo vigente: lotes posteriores ya lo habían corregido: "
    "{reason}",
    "withdrawn": "retirado por el lote {batch}: {reason}",
}
"""What a batch says of itself, for the specialist."""

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
    "attendance_interval": "intervalo de presencia en un evento",
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
    "replayed": "{source}: se reconstruyó desde los archivos recibidos, lotes {first} a {last} ({batches}). Lo "
    "registra el lote {batch}; trimestres por recalcular: {quarters}.",
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
    # Encuestas
    "pregunta_sin_codigo": "Llegó una pregunta sin código, o una subpregunta cuya pregunta no está en la encuesta.",
    "respuesta_sin_id": "Llegó un cuestionario respondido sin identificador (id).",
    "participante_sin_tid": "Llegó una persona invitada sin identificador (tid).",
}
"""Why no rows could be made of a record, by the code that a connector gives."""

SOURCE_CLI = {
    "app": "Fuentes: crearlas, revisarlas y ver cómo se leería un archivo.",
    "list": "Muestra las fuentes del proyecto.",
    "check": "Revisa que una fuente se pueda leer: conexión, permisos, carpeta y encabezados. No carga nada.",
    "preview": "Muestra qué se leería de un archivo CSV o XLSX, sin cargarlo ni necesitar una base de datos.",
    "new": "Crea el archivo de una fuente nueva; lo que no se da como opción, se pregunta.",
    "broken": "con error",
    "right": "✓ {source}: se puede leer; no falta nada.",
    "wrong": "✗ {source}: {count} por resolver.",
    "nothing_taken": "ningún archivo",
    "unreachable": "{message}\nNo se pudo terminar la revisión; intente de nuevo más tarde.",
}
"""What `trimestre source` says."""

SOURCE_COLUMNS = ("Fuente", "Nombre", "Tipo", "Carpeta o conexión", "Programación", "Zona horaria")
"""Headings of the list of sources."""

PREVIEW = {
    "file": "{file} como «{dataset}»",
    "csv": "CSV, codificación {encoding}, separador {separator}",
    "xlsx": "Libro de Excel",
    "header": "Encabezados en la fila {row}",
    "column": "Columna",
    "heading": "Encabezado",
    "no_heading": "(sin encabezado)",
    "missing": "Columnas opcionales que no trae: {columns}",
    "unknown": "Columnas que no se usan: {columns}",
    "records": "Registros: {parsed} leídos, {blank} en blanco, {repeated} repetidos, {unreadable} ilegibles",
    "repeated": "Repetidos",
    "unreadable": "Ilegibles. {why}",
    "at": "Posiciones (1 = primera fila debajo del encabezado): {positions}",
    "entity": "{entity}: {count} filas",
    "out_of_scope": " ({count} que el proyecto no cuenta)",
    "record_column": "Fila",
    "hints": "Qué revisar",
    "hint": "{entity}, {count} filas: no se cumple «{what}»",
    "values": "Valores: {values}",
    "clean": "No se encontró nada que revisar.",
    "masked": "Los nombres, correos, CURP y respuestas largas se muestran abreviados. "
    "Para verlos completos en esta terminal: --show-values.",
    "shown": "Atención: se muestran datos personales completos. No guarde ni comparta esta pantalla.",
    "only_terminal": "--show-values sólo vale en una terminal, no en un archivo ni en una tubería: "
    "los datos personales siguen abreviados.",
    "questions": "preguntas: {count}",
}
"""What `trimestre source preview` says."""

SEPARATORS = {",": "coma", ";": "punto y coma", "\t": "tabulador", "auto": "automático"}
"""Separators of a CSV, as printed."""

SOURCE_KINDS = {
    "moodle": "Moodle",
    "limesurvey": "LimeSurvey",
    "kobo": "KoboToolbox",
    "tabular": "Archivos CSV o Excel",
}
"""Kinds of source, as printed."""

SOURCE_NEW = {
    "kind": "Tipo de fuente",
    "code": "Clave de la fuente (minúsculas, números y guion bajo)",
    "name": "Nombre",
    "connection": "Nombre de la conexión de Airflow",
    "folder": "Carpeta (nombre debajo de la carpeta de entrega, ruta o dirección como s3://…)",
    "folder_connection": "Nombre de la conexión de Airflow para esa dirección (vacío: credenciales del entorno)",
    "schedule": "Programación (cron: minuto hora día mes día-de-la-semana)",
    "timezone": "Zona horaria",
    "preset": "Plantilla de archivo",
    "no_preset": "ninguna",
    "presets": "Plantillas:",
    "files": "Patrón del nombre de los archivos",
    "edition": "Clave de la edición",
    "event": "Clave del evento",
    "survey": "Clave de la encuesta",
    "scope": "Clave de la edición, el evento o la encuesta de que tratan los archivos",
    "platform_scope": "Clave de la edición o la encuesta que entrega (vacío: después)",
    "known": "Declaradas: {codes}",
    "about": "De qué tratan los archivos (edición, evento o encuesta)",
    "not_a_choice": "Escriba una de estas: {choices}",
    "modules": "Encabezado de {module} en el archivo",
    "certificate": "Encabezado del certificado en el archivo (vacío: no lo trae)",
    "modules_codes": "Claves de los módulos, separadas por comas",
    "written": "✓ Se creó sources/{code}.yaml.",
    "next": "Qué sigue:",
    "next_connection": "Cree la conexión «{connection}» en Airflow (Admin › Connections, tipo {kind}: {fields}), "
    "o defina AIRFLOW_CONN_{variable}.",
    "next_folder": "Ponga los archivos «{files}» en {folder}.",
    "next_course": "En framework/courses/, agregue a la edición {scope}:\n"
    'delivered_by:\n  - {{source: {code}, course: NOMBRE-CORTO, activities: {{M1: "Nombre de la actividad"}}}}',
    "next_delivered": "En framework/courses/, agregue a la edición {scope}: delivered_by: "
    "[{{source: {code}, course: {scope}}}]",
    "next_survey": 'En framework/surveys/, la encuesta {scope} lleva: source: {code}, survey_id: "…" y closes_on.',
    "next_event": "Declare el evento {scope} en framework/events/.",
    "next_check": "Revise con: trimestre check, trimestre source check {code}",
    "next_ingest": "Cargue con: trimestre ingest {code}",
    "fields_moodle": "dirección del sitio y token",
    "fields_limesurvey": "dirección, usuario y contraseña",
    "fields_kobo": "dirección del servidor y token",
    "fields_tabular": "usuario, contraseña y, en extra, opciones de fsspec",
    "sample": "Archivo de muestra, de cuyos encabezados salen las preguntas o columnas (vacío: ninguno)",
    "next_review": "Revise en sources/{code}.yaml lo que se propuso a partir de la muestra.",
}
"""What `trimestre source new` asks and says."""

BATCH_CLI = {
    "app": "Lotes: ver qué trajo uno y retirar el que se cargó por error.",
    "show": "Muestra un lote: estado, archivos, ámbitos, conteos y reglas que no se cumplieron.",
    "withdraw": "Retira un lote cargado por error: lo deshace con versiones posteriores y no se vuelve a tomar.",
    "withdrawn": "Lote {batch} retirado por el lote {by}; su archivo se conserva y no se tomará de nuevo. Trimestres "
    "por recalcular: {quarters}.",
    "withdrawn_without_change": "Lote {batch} retirado por el lote {by}, sin cambios en lo vigente: lotes posteriores "
    "ya lo habían corregido. Trimestres por recalcular: {quarters}.",
    "batch": "Lote {batch} · {source} · {state}",
    "started_at": "Inicio: {at} (UTC)",
    "landed_at": "Recibido: {at} (UTC)",
    "merged_at": "Cargado: {at} (UTC)",
    "replayed_at": "Reconstruido: {at} (UTC)",
    "quarters": "Trimestres que puede mover: {quarters}",
    "yes": "sí",
    "no": "no",
}
"""What `trimestre batch` says."""

SEVERITIES = {"critical": "crítica", "warning": "advertencia"}
"""Severities of a rule, as printed."""

BATCH_PARTS = {
    "files": ("Archivos", ("Número", "Conjunto", "Ámbito", "Nombre original", "Bytes", "Guardado en")),
    "scopes": ("Ámbitos", ("Conjunto", "Ámbito", "Completo", "Registros")),
    "records": ("Registros", ("Conjunto", "Recibidos", "En blanco", "Repetidos", "Sin cambio", "Leídos")),
    "rows": (
        "Filas",
        (
            "Entidad", "Recibidas", "Nuevas", "Cambiadas", "De vuelta", "Ausentes", "Sin cambio", "Repetidas",
            "Retenidas", "Fuera de alcance", "Vigentes",
        ),
    ),
    "rules": ("Reglas que no se cumplieron", ("Entidad", "Regla", "Severidad", "Revisadas", "No cumplen")),
}  # fmt: skip
"""Title and headings of each part of a batch."""
