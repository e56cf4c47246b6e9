"""Retained rows: what their batches say, states, tables, commands."""

RETAINED_MESSAGES = {
    "accepts": "acepta las filas retenidas {rows}: {reason}",
    "corrects": "corrige la fila retenida {rows} ({fields}): {reason}",
    "replays": "vuelve a leer las filas retenidas de la fuente",
    "replays_because": "vuelve a leer las filas retenidas de la fuente: {reason}",
    "takes_back": "anula la decisión {decision}: {reason}",
}
"""What a batch says that a decision about retained rows wrote."""

RETAINED_STATES = {
    "open": "abierta",
    "mended_at_source": "corregida en la fuente",
    "corrected": "corregida por decisión",
    "accepted": "aceptada",
}
"""State of a retained row, as printed."""

RETAINED_COLUMN_NAMES = {"account_ref": "Cuenta (account_ref)"}
"""Columns that a rule looks at and no form corrects, as printed."""

RETAINED_COLUMNS = ("Número", "Fuente y conjunto", "Entidad", "Regla", "Archivo y posición", "Retenida", "Estado")
"""Headings of the list."""

RETAINED_FIELDS = ("Campo", "Valor")
"""Headings of what a row says."""

RETAINED_CLI = {
    "app": "Filas retenidas: verlas, aceptarlas, corregirlas y volver a leerlas.",
    "list": "Lista las filas retenidas, sin sus valores.",
    "show": "Muestra una fila retenida: regla, archivo, posición y campos (los valores, tapados).",
    "accept": "Deja entrar filas aunque no cumplan la regla que las retiene; solo en reglas que lo permiten.",
    "correct": "Deja entrar una fila con otros valores en algunos campos.",
    "replay": "Vuelve a leer las filas retenidas de una fuente, por ejemplo después de corregir un archivo YAML.",
    "revoke": "Anula una decisión de aceptar o corregir: la fuente queda como si no se hubiera tomado.",
    "source": "{source}\n{dataset}",
    "failed": "{rule} ({severity})\n{what}",
    "where": "{file}, {position}",
    "since": "{first} a\n{last}",
    "none": "No hay filas retenidas con esas condiciones.",
    "row": "Fila retenida {number} · {source} · {dataset} · {entity} · {state}",
    "rule": "Regla: {rule} ({severity})",
    "what": "Qué se revisa: {text}",
    "why": "Por qué importa: {text}",
    "how_to_fix": "Cómo se corrige: {text}",
    "acceptable": "Se puede aceptar: {yes}",
    "place": "Archivo recibido {file}{name}, posición {position}",
    "seen": "Retenida desde el {first} (lote {first_batch}); la última vez, el {last} (lote {last_batch})",
    "decision": "Decisión {decision}: {who}, {at}: {reason}",
    "only_terminal": "Los valores solo se muestran en una terminal: aquí van tapados.",
    "reason_needed": "--values: no se encontró --reason, se esperaba por qué se miran los valores. No se mostró nada.",
    "entered": "Entraron las filas {rows}. Trimestres por recalcular: {quarters}.",
    "held": "Siguen retenidas {rows}: las detiene otra regla u otra fila que dice lo contrario.",
    "again": "Lo que ahora dicen está retenido con los números {rows}: véalos en «Calidad» o con "
    "`trimestre retained show N`.",
    "decisions": "Con qué número se anula: {decisions}.",
    "already": "Ya estaba decidido así: {rows}. No se hizo nada.",
    "nothing": "Ninguna fila retenida entró.",
    "revoked": "Decisión {decision} anulada por el lote {batch}. Trimestres por recalcular: {quarters}.",
}
"""What `trimestre retained` says."""
