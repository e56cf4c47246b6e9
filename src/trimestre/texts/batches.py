"""Batches: states, messages, tables, commands."""

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
    "left_out": "Quedan fuera por hoy {files}: nada de su conjunto se da por ausente",
    "left_unreadable": "no se pudo leer",
    "left_changing": "seguía cambiando",
    "left_more": "y {count} más",
    "gave_up": "interrumpido: su fuente se reconstruyó mientras tanto",
    "replayed": "reconstruido desde los archivos recibidos: lotes {first} a {last}",
    "withdraws": "retira el lote {batch}: {reason}",
    "withdraws_nothing": "retira el lote {batch}, sin cambios en lo vigente: lotes posteriores ya lo habían corregido: "
    "{reason}",
    "withdrawn": "retirado por el lote {batch}: {reason}",
}
"""What a batch says of itself, for the specialist."""

BATCH_LOG = {
    "landed": "Lote {batch}: archivos recibidos: {files}.",
    "no_files": "Lote {batch}: sin archivos nuevos.",
    "empty": "Lote {batch}: sin archivos nuevos; no cambia nada.",
    "merged": "Lote {batch} cargado. Filas recibidas: {landed}; nuevas: {new}, cambiadas: {changed}, retenidas: "
    "{quarantined}.",
    "rest": "Sin cambio: {unchanged}, de vuelta: {returned}.",
    "retained": "Los registros retenidos no cuentan hasta que alguien decide: vea «Calidad» en Trimestre.",
    "page": "Este lote en Trimestre: {address}",
}
"""What the log of an ingest tells."""

BATCH_COLUMNS = (
    "Lote", "Fuente", "Estado", "Inicio (UTC)", "Recibidas", "Cargadas", "Sin\ncambio", "Retenidas",
    "Fuera de\nalcance o\nrepetidas", "Mensaje",
)  # fmt: skip

ENTITIES = {
    "record": "registro ilegible",
    "period": "trimestre",
    "state": "entidad federativa",
    "institution": "institución",
    "alias": "nombre alterno",
    "edition_course": "curso de la fuente que entrega una edición",
    "milestone": "etapa de un hito",
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

PROGRESS_COLUMNS = (
    "Fuente", "Estado", "Entidad", "Recibidas", "Cargadas", "Sin cambio", "Retenidas", "Fuera de\nalcance o\nrepetidas",
)  # fmt: skip
"""Of a batch and its rows: what was received is the sum of what follows it."""

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
    "rules": (
        "Reglas que no se cumplieron",
        ("Entidad", "Regla", "Severidad", "Revisadas", "No cumplen", "Qué se revisa"),
    ),
}  # fmt: skip
"""Title and headings of each part of a batch."""
