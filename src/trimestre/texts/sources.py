"""Sources: their kinds, and the commands that list, check, preview and make them."""

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
    "entity": "{entity}: filas: {count}",
    "out_of_scope": " ({count} que el proyecto no cuenta)",
    "record_column": "Fila",
    "hints": "Qué revisar",
    "hint": "{entity}: no se cumple «{what}». Filas: {count}",
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
