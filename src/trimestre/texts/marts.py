"""The tables for analysts: sentences that stand in them, the frame of the data dictionary, the commands."""

from trimestre.texts.exclusions import EXCLUSIONS
from trimestre.texts.figures import STATUS

MART_SENTENCES = {
    "how": {
        "count": "%1$s: registros que cuentan.",
        "persons": "%1$s: personas distintas, por %4$s registros que cuentan.",
        "new_persons": "%1$s: personas que llegan por primera vez, por %4$s registros que cuentan.",
        "share": "%1$s%%: %2$s de %3$s.",
        "response_rate": "%1$s%%: respondieron %2$s de %3$s.",
        "top_two_box": "%1$s%%: %2$s de %3$s respuestas con uno de los dos puntajes más altos.",
        "mean": "%1$s: promedio de %3$s respuestas que suman %2$s.",
        "sum": "%1$s: suma de los registros que cuentan (%4$s).",
        "latest": "%1$s: el último dato de los registros que cuentan (%4$s).",
        "milestone": "Etapa %1$s (%7$s): el último dato de los registros que cuentan (%4$s).",
        "heredado": "%1$s: tomado de un reporte anterior.",
        "n_insuficiente": "n. d.: son menos respuestas (%4$s) de las que se publican.",
        "n_d": "n. d.: no hay registros de los que se sepa.",
        "n_a": "n. a.: sumar las categorías no significa nada.",
        "no_calculable": "n. d.: se llegó por enlace abierto y nadie puede conocer el denominador.",
    },
    "left_out": {
        "none": "Ningún registro se deja fuera.",
        "some": "Registros que no cuentan: %5$s.",
        "reasons": "Registros que no cuentan: %5$s, de ellos %6$s.",
    },
    "rule": {
        "edition": "Por edición: el trimestre en que abrió, con lo ocurrido antes de su cierre.",
        "event": "Por fecha del hecho, en la hora local.",
    },
    "span": {
        "cumulative": "Acumula desde el inicio del proyecto.",
        "latest": "Es el último trimestre con datos.",
    },
    "late": "De ellos, extemporáneos: %8$s.",
    "method": "Método cambiado: versión %1$s; hasta %2$s se publicó con la versión %3$s.",
    "project": {"achieved": "Logrado", "on_track": "En camino", "off_track": "Con retraso"},
    "drift": {
        "late_row": "Registros que llegaron después.",
        "correction": "Datos corregidos.",
        "merge": "Cuentas que resultaron ser de la misma persona.",
        "split": "Cuentas que resultaron ser de personas distintas.",
        "withdrawal": "Lotes retirados.",
        "vanished": "Registros que la fuente dejó de entregar.",
        "definition": "La definición del indicador cambió.",
        "other": "Otro motivo.",
    },
    "note": {"no_representativo": "No es representativo: la tasa de respuesta es menor que la mínima."},
    "status": STATUS,
}  # fmt: skip
"""Parts of an explanation, put together and filled in by sql/marts/indicator_value.sql: 1 value, 2 numerator,
3 denominator, 4 rows counted, 5 rows left out, 6 reasons, 7 stage, 8 late rows."""

MART_REASONS = {**EXCLUSIONS, "sin_inscripcion": "Se le convocó y no está inscrita."}
"""Why a row of a mart does not count."""

MARTS_CLI = {
    "app": "Tablas para analistas.",
    "refresh": "Actualiza las tablas para analistas con lo que cambió.",
    "full": "Revisa todas las filas, y no sólo las de quienes cambiaron.",
    "refreshed": "Tablas para analistas: {rows} filas escritas o borradas en {tables}.",
    "unmoved": "Tablas para analistas: nada cambió.",
    "written": "Diccionario de datos: {path}.",
}
"""What the commands say, and their help."""

DICTIONARY = {
    "title": "# Diccionario de datos",
    "intro": (
        "Generado por `trimestre dictionary` a partir de las tablas mismas; los comentarios también están en "
        "PostgreSQL (`\\d+ marts.enrolment` en psql).\n\n"
        "Empiece por las tablas de `marts`: son estables y están pensadas para consultarse. «Aditiva sobre …» dice "
        "sobre qué se puede sumar una medida. **n. d.** (no disponible) no es cero, y **n. a.** es no aplica. Las "
        "cifras son preliminares mientras su trimestre no tenga una versión oficial. Los conjuntos `warehouse` y "
        "`results` son para "
        "quien necesita ir más a fondo: guardan la historia de cada dato y sus comentarios están en inglés.\n\n"
        "Ninguna de estas tablas contiene nombres, correos ni CURP: `account_key` y `person_key` son "
        "seudónimos."
    ),
    "marts": "Tablas para analistas (`marts`)",
    "warehouse": "Dimensiones y hechos con su historia (`warehouse`)",
    "results": "Cálculos y valores (`results`)",
    "reasons": "## Motivos por los que una fila no cuenta (`excluded`, `reason`)",
    "history": (
        "Cada tabla guarda la historia: una versión vale de `valid_from` a `valid_to` (`infinity` = vigente). Para lo "
        "de hoy filtre `valid_to = 'infinity'`; `vanished_at` vacío = la fuente la sigue entregando."
    ),
    "grain": "**Grano.** {grain}",
    "warning": "**Cuidado.** {warning}",
    "key": "**Llave.** {columns}",
    "headings": "| columna | tipo | significado | aditiva sobre | valores | límites |",
    "headings_short": "| columna | tipo | significado |",
}
"""The frame of docs/diccionario.md."""
