"""Retained rows: what their batches say, states, tables, commands."""

RETAINED_MESSAGES = {
    "accepts": "acepta los registros retenidos {rows}: {reason}",
    "corrects": "corrige el registro retenido {rows} ({fields}): {reason}",
    "replays": "vuelve a leer los registros retenidos de la fuente",
    "replays_because": "vuelve a leer los registros retenidos de la fuente: {reason}",
    "takes_back": "anula la decisión {decision}: {reason}",
}
"""What a batch says that a decision about retained rows wrote."""

RETAINED_STATES = {
    "open": "abierto",
    "mended_at_source": "corregido en la fuente",
    "corrected": "corregido por decisión",
    "accepted": "aceptado",
}
"""State of a retained row, as printed."""

RETAINED_COLUMN_NAMES = {"account_ref": "Cuenta (account_ref)"}
"""Columns that a rule looks at and no form corrects, as printed."""

RETAINED_COLUMNS = ("Número", "Fuente y conjunto", "Entidad", "Regla", "Archivo y posición", "Retenido", "Estado")
"""Headings of the list."""

RETAINED_FIELDS = ("Campo", "Valor")
"""Headings of what a row says."""

RETAINED_CLI = {
    "app": "Registros retenidos: verlos, aceptarlos, corregirlos y volver a leerlos.",
    "list": "Lista los registros retenidos, sin sus valores.",
    "show": "Muestra un registro retenido: regla, archivo, posición y campos (los valores, tapados).",
    "accept": "Deja entrar registros aunque no cumplan la regla que los retiene; solo en reglas que lo permiten.",
    "correct": "Deja entrar un registro con otros valores en algunos campos.",
    "replay": "Vuelve a leer los registros retenidos de una fuente, por ejemplo después de corregir un archivo YAML.",
    "revoke": "Anula una decisión de aceptar o corregir: la fuente queda como si no se hubiera tomado.",
    "source": "{source}\n{dataset}",
    "failed": "{rule} ({severity})\n{what}",
    "where": "{file}, {position}",
    "since": "{first} a\n{last}",
    "none": "No hay registros retenidos con esas condiciones.",
    "row": "Registro retenido {number} · {source} · {dataset} · {entity} · {state}",
    "rule": "Regla: {rule} ({severity})",
    "what": "Qué se revisa: {text}",
    "why": "Por qué importa: {text}",
    "how_to_fix": "Cómo se corrige: {text}",
    "acceptable": "Se puede aceptar: {yes}",
    "place": "Archivo recibido {file}{name}, posición {position}",
    "seen": "Retenido desde el {first} (lote {first_batch}); la última vez, el {last} (lote {last_batch})",
    "decision": "Decisión {decision}: {who}, {at}: {reason}",
    "only_terminal": "Los valores solo se muestran en una terminal: aquí van tapados.",
    "reason_needed": "--values: no se encontró --reason, se esperaba por qué se miran los valores. No se mostró nada.",
    "entered": "Entraron los registros {rows}. Trimestres por recalcular: {quarters}.",
    "held": "Siguen retenidos {rows}: los detiene otra regla u otro registro que dice lo contrario.",
    "again": "Lo que ahora dicen está retenido con los números {rows}: véalos en «Calidad» o con "
    "`trimestre retained show N`.",
    "decisions": "Con qué número se anula: {decisions}.",
    "already": "Ya estaba decidido así: {rows}. No se hizo nada.",
    "nothing": "Ningún registro retenido entró.",
    "revoked": "Decisión {decision} anulada por el lote {batch}. Trimestres por recalcular: {quarters}.",
}
"""What `trimestre retained` says."""
