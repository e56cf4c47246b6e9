"""Rules that stand in no suite, and why a record could not be read."""

COMMON_RULE_WORDS = {
    "clave_en_conflicto": {
        "what": "Que no haya en el mismo lote dos filas con la misma clave y distinto contenido.",
        "why": "Si la fuente dice dos cosas distintas de lo mismo, elegir una al azar cambiaría las cifras sin que "
        "nadie lo supiera. Se retienen todas las filas en conflicto y se conserva la última versión válida.",
        "how_to_fix": "Revise en la fuente las filas señaladas y deje una sola, o bien corrija las que difieren. Las "
        "filas repetidas con el mismo contenido no son problema: se cuentan una vez.",
    },
    "registro_ilegible": {
        "what": "Que cada registro recibido se pueda leer.",
        "why": "De un registro ilegible no se obtiene ninguna fila: lo que dice no se cuenta en ninguna cifra.",
        "how_to_fix": "Busque el registro en el archivo y la posición señalados, corríjalo en la fuente y "
        "vuelva a enviarlo.",
    },
    "correccion_por_revisar": {
        "what": "Que la fuente traiga todavía el valor que una corrección acordada espera encontrar.",
        "why": "Si la fuente ya lo cambió, aplicar la corrección taparía el valor nuevo: la fila se carga como llegó y "
        "la corrección queda en espera de una decisión.",
        "how_to_fix": "En framework/corrections.yaml, quite la corrección si la fuente ya se corrigió, o actualice lo "
        "que espera (`expect`) si aún hace falta.",
    },
}
"""What the rules say that every entity has without any YAML, by code; see ``contracts.common_rules``."""

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

SEVERITIES = {"critical": "crítica", "warning": "advertencia"}
"""Severities of a rule, as printed."""
