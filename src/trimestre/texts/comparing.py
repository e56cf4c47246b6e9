"""What differs: drift of published figures, two versions side by side, what an edited YAML would move."""

DRIFT_CLI = {
    "drift": "Muestra en qué difieren las cifras de hoy de las publicadas, y por qué.",
    "period": "Trimestre, como 2020-Q2 o FY2020-Q3; sin él, todos los cerrados.",
    "rows": "Lista también los registros que entraron, salieron o cambiaron.",
    "open": "{period}: aún no hay versión oficial, así que no hay diferencia contra lo publicado.",
    "none_closed": "Ningún trimestre tiene versión oficial con registros: no hay diferencia contra lo publicado.",
    "nothing": "{period}, versión oficial {vintage}: ninguna diferencia contra lo publicado.",
    "inherited": "{period}, versión oficial {vintage}: son valores heredados, sin registros; no se comparan.",
    "title": "{period}, versión oficial {vintage}: diferencia contra lo publicado",
    "part": "{reason}: {amount}{rows}",
    "counted": " (registros: {rows})",
    "unknown": "sin monto: una de las dos cifras no está disponible",
    "points": "{amount} puntos",
    "rows_title": "{code}: registros que entraron, salieron o cambiaron",
    "more": "{code}: se listan {shown} de {rows} registros.",
    "mend": "Nada de esto mueve lo publicado. Para incorporarlo: "
    '`trimestre close prepare {period} --restate --reason "…"`.',
}
"""What `trimestre drift` says, and its help."""

DRIFT_COLUMNS = ("Clave", "Indicador", "Publicado", "Hoy", "Diferencia", "Por qué")

DRIFT_ROW_COLUMNS = ("Por qué", "", "Registro", "Qué cambió", "Lote", "Archivo", "Posición")

DRIFT_REASONS = {
    "late_row": "llegó después del cierre",
    "correction": "corrección de los datos",
    "withdrawal": "lote retirado",
    "vanished": "la fuente ya no lo entrega",
    "merge": "cuentas que resultaron ser de la misma persona",
    "split": "cuentas que resultaron ser de personas distintas",
    "definition": "definición distinta",
    "other": "otra causa",
}
"""Why a published figure is another one today (`reason` of results.drift)."""

DRIFT_MOVEMENTS = {"came": "entró", "went": "salió", "changed": "cambió"}

SAID_OF_ROWS = {
    "value": "valor",
    "hit": "cumple",
    "excluded": "por qué no cuenta",
    "period": "trimestre",
    "sex": "sexo",
    "institution": "institución",
    "state": "entidad federativa",
    "organisation_type": "tipo de organización",
    "course": "curso",
    "edition": "edición",
    "event": "evento",
    "survey": "encuesta",
    "module": "módulo",
}
"""What is told of a row of evidence; dimensions of breakdowns are among them."""

COMPARE_CLI = {
    "compare": "Compara dos versiones o borradores de un trimestre, lado a lado.",
    "side": "v y su número (v1), vigente, preliminar, o candidata y su número (candidata:7).",
    "title": "{period}: {left} frente a {right}",
    "vintage": "versión oficial {number}",
    "candidate": "candidata {number}",
    "preliminary": "preliminar",
    "rehearsed": "con el YAML de hoy",
    "equal": "Cifras iguales: {equal}.",
    "same": "Ninguna cifra difiere: {equal} iguales.",
    "edits_title": "Definiciones que difieren",
    "whole": "(todo)",
    "methods": "Método distinto: {codes}. Las cifras de un lado y otro no miden lo mismo.",
    "reconciliation": "conciliación",
    "absent": "—",
    "change": "{before} → {after}",
    "nothing_stored": "{period}: aún no hay cifras guardadas con las cuales comparar; así quedarían.",
    "rehearsed_official": "Se compara con los datos de la versión oficial, que no se mueve; lo que llegó después está "
    "en `trimestre drift {period}`. No se guardó nada.",
    "rehearsed_preliminary": "Se compara con los datos del último cálculo. No se guardó nada.",
}
"""What `trimestre compare` and `trimestre compute --dry-run` say, and their help."""

COMPARE_COLUMNS = ("Clave", "Cubre", "Desglose", "{left}", "{right}", "Diferencia", "Registros", "Meta", "Estado")

EDIT_COLUMNS = ("De", "Clave del YAML", "{left}", "{right}")
