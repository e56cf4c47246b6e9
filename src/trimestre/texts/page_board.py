"""The view *Tablero*."""

BOARD = {
    "heading": "Tablero de {period}",
    "state": "Estado del trimestre",
    "owed": "Lo que falta, y quién lo tiene",
    "nothing_owed": "Nada: no falta ningún dato, explicación ni respuesta.",
    "sources": "Fuentes: qué llegó y cuándo",
    "notices": "Avisos abiertos",
    "no_line": "Esta línea no tiene indicadores en este trimestre.",
    "empty_title": "Todavía no hay cifras",
    "empty": "Las cifras aparecen después de la primera noche: cargue las fuentes con el DAG de cada una, o con "
    "«trimestre night», y vuelva a esta página.",
    "empty_quarter": "De este trimestre no hay cifras: no se ha calculado. Elija otro arriba, o cargue sus fuentes.",
    # state of the quarter
    "shown": "Cifras que se muestran",
    "report": "Informe al donante",
    "candidate": "Candidata",
    "candidate_waits": "{number}, preparada por {by}: espera respuesta de {who}",
    "project_status": "Estado del proyecto",
    "decided": "{status}, decidido por {by}. {reason}",
    "proposed": "{status} (propuesto: {achieved} con meta alcanzada y {as_planned} conforme a lo programado, de "
    "{indicators} con meta)",
    "proposed_only": "{status} (propuesto)",
    "not_proposed": "Sin propuesta: ningún indicador tiene meta en el trimestre.",
    "statuses": "Indicadores por estado",
    "quarter_end": "Fin del trimestre",
    "reception_end": "Fin de la recepción",
    "edition_end": "Cierre de la edición {edition}",
    "past": "{day}, ya pasó",
    "today": "{day}, es hoy",
    "left": "{day}, en {days} días",
    "left_one": "{day}, mañana",
    # cards
    "target": "Meta: {target}",
    "no_target": "Sin meta del periodo",
    "of_target": "{percent} de la meta",
    "illustrative": "meta ilustrativa",
    "change": "{change} frente a {period}",
    "no_change": "Igual que en {period}",
    "spark": "Evolución de {first} ({first_value}) a {last} ({last_value})",
    "stale": "Definición versión {version}",
    "explained": "Explicación: {text}",
    # what is owed
    "owed_explanations": "Explicar desviaciones",
    "owed_errors": "Corregir cifras con errores de coherencia",
    "owed_retained": "Decidir sobre registros retenidos",
    "retained_rows": "{source}: {rows}",
    "owed_candidate": "Responder a la candidata {number}",
    "owed_report": "Informe al donante: {state}",
    "owed_remarks": "Contestar observaciones del donante",
    "owed_reported": "Capturar datos que faltan",
    "owed_uploads": "Tomar o descartar archivos subidos",
    "uploads": "{count} por revisar",
    "owed_sources": "Revisar fuentes tardías o que fallaron",
    "owed_close": "Preparar el cierre",
    "close_ready": "los plazos del trimestre ya pasaron",
    "somebody": "quien da seguimiento al proyecto",
    "operator": "quien opera la instalación (rol «op»)",
    "coordination": "coordinación del proyecto",
    # freshness
    "never": "nunca",
    "broken": "YAML mal escrito",
    "framework": "Marco de resultados",
    "on_time": "a tiempo",
    "late": "tardía: sin carga desde el fin del trimestre",
    "unloaded": "nunca ha corrido",
    "failed": "tardía: la última corrida no terminó",
    "local": "Horas de {zone}.",
}
"""Sentences of the board."""

STATUS_MARKS = {"alcanzada": "✓", "conforme": "●", "con_rezago": "▲", "sin_dato": "?", "sin_meta": "○"}
"""A shape for each status, beside its words: colour alone tells nobody."""

BOARD_COLUMNS = {
    "owed": ("Qué falta", "De qué", "Quién"),
    "sources": (
        "Fuente", "Última corrida", "Estado", "Última carga", "Recibidas", "Cargadas", "Retenidas", "¿A tiempo?",
    ),
}  # fmt: skip
