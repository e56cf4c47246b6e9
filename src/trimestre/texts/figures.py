"""Tables of indicators: headings, statuses, marks."""

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

SAMPLE = "n = {n}, tasa de respuesta {rate}"

SUPPRESSED_MARK = "(c)"
"""In place of a figure that is not told to the public; it does not say whether it is small itself."""

SUPPRESSED_NOTE = "(c) confidencial: de 1 a {most} personas, o una cifra con la que se podrían deducir."

SPAN_TITLE = "Indicadores de {covers}, hasta {period} · preliminar{mark}"

NOTES = {
    "title": "Notas",
    "explained": "· {code}, explicación: {text}",
    "flow": "· {code}: {parts}.",
    "method": "· {code}, método cambiado: versión {version} de la definición desde {day}. {change}",
    "official": "· Estas son las cifras de hoy. Las oficiales son la versión {vintage}: `trimestre close show "
    "{candidate}`; en qué difieren: `trimestre drift {period}`.",
}
"""What stands below the figures of a quarter."""
