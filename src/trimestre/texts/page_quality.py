"""The view *Calidad*: what arrived, what was judged, what is held back, and how it is mended."""

from collections.abc import Mapping
from typing import Any

PAGE_QUALITY: Mapping[str, Any] = {
    "title": "Calidad",
    "intro": "Qué entregó cada fuente, qué reglas no se cumplieron y qué registros esperan una decisión. Aquí nunca se "
    "muestran los valores de un registro retenido: sólo la regla, la columna y la posición.",
    "retained": "Registros retenidos que esperan decisión",
    "none_retained": "Ningún registro espera decisión.",
    "counts_headings": ("Fuente y conjunto", "Entidad", "Qué se revisa", "Registros", "Por qué importa",
                        "Cómo se corrige"),
    "list": "Registros retenidos, uno por renglón",
    "list_headings": ("Número", "Fuente y conjunto", "Entidad", "Regla", "Columna", "Lote", "Archivo", "Posición",
                      "Desde"),
    "list_link": "Ver los registros uno por uno",
    "mend": "Aceptarlos, corregirlos o volver a intentarlos: abrir el formulario en Airflow",
    "mend_note": "El formulario pide los números de esta lista. Nombres, correos y CURP se corrigen en la fuente o, en "
    "la línea de comandos, con `trimestre retained correct`.",
    "failed": "Reglas que no se cumplieron en el último lote de cada fuente",
    "failed_headings": ("Regla", "Fuente", "Entidad", "Gravedad", "Revisadas", "No cumplen", "Por qué importa",
                        "Cómo se corrige"),
    "none_failed": "En el último lote de cada fuente se cumplieron todas las reglas.",
    "batches": "Lotes",
    "batches_headings": ("Lote", "Fuente", "Estado", "Inicio", "Recibidas", "Nuevas", "Cambiadas", "Sin cambio",
                         "Retenidas", "Mensaje"),
    "batches_note": "En filas. Sin cambio = iguales a lo que ya se tenía.",
    "no_batches": "Todavía no hay lotes. Corra la ingesta de una fuente en Airflow.",
    "every_source": "Todas las fuentes",
    "source": "Fuente",
    "no_source": "No hay lotes de la fuente pedida. Elija una de la lista.",
    "institutions": "Instituciones por reconocer",
    "institutions_count": "{texts} textos de institución no están en la lista revisada; los llevan {accounts} cuentas. "
    "Para que cuenten con su clave, agregue esos nombres a framework/institutions/.",
    "institutions_headings": ("Institución, como llegó", "Fuente", "Cuentas"),
    "none_institutions": "Todas las instituciones están en la lista revisada.",
    "more": "Se muestran las primeras {shown} de {total}.",
    "persons": "Personas por revisar",
    "persons_link": "Ver las cuentas que podrían ser de la misma persona, o que se contradicen, y lo decidido",
}  # fmt: skip

PAGE_BATCH: Mapping[str, Any] = {
    "title": "Lote {batch}",
    "none": "No hay un lote con ese número. Elija uno en «Calidad».",
    "source": "Fuente",
    "state": "Estado",
    "started_at": "Inicio",
    "landed_at": "Recibido",
    "merged_at": "Cargado",
    "replayed_at": "Reconstruido",
    "quarters": "Trimestres que puede mover",
    "withdraws": "Retira el lote",
    "message": "Mensaje",
    "records": "Cuentas de los registros",
    "records_headings": ("Conjunto", "Recibidos", "En blanco", "Repetidos", "Sin cambio", "Leídos"),
    "records_note": "Recibidos = en blanco + repetidos + sin cambio + leídos.",
    "rows": "Cuentas de las filas",
    "rows_headings": ("Entidad", "Recibidas", "Nuevas", "Cambiadas", "De vuelta", "Sin cambio", "Retenidas",
                      "Repetidas", "Fuera de alcance"),
    "rows_note": "Recibidas = nuevas + cambiadas + de vuelta + sin cambio + retenidas + repetidas + fuera de alcance.",
    "current": "Vigentes antes y después",
    "current_headings": ("Entidad", "Antes", "Nuevas", "De vuelta", "Ausentes", "Después"),
    "current_note": "Después = antes + nuevas + de vuelta − ausentes.",
    "rules": "Reglas que no se cumplieron",
    "passed": "Reglas que se cumplieron",
    "passed_count": "Reglas que se cumplieron: {count}",
    "rules_headings": ("Regla", "Entidad", "Gravedad", "Revisadas", "No cumplen", "Por qué importa",
                       "Cómo se corrige"),
    "files": "Archivos recibidos",
    "files_headings": ("Archivo", "Conjunto", "Bytes", "sha256", "Nombre original", "Eliminado por retención"),
    "scopes": "Ámbitos",
    "scopes_headings": ("Conjunto", "Ámbito", "Completo", "Registros"),
    "retained": "Registros que retuvo",
    "withdraw": "Se cargó por error: abrir el formulario para retirarlo",
    "back": "Volver a «Calidad»",
    "empty": "No trajo nada que contar.",
}  # fmt: skip
"""One batch."""

PAGE_PERSONS: Mapping[str, Any] = {
    "title": "Personas por revisar",
    "intro": "Cuentas que podrían ser de la misma persona, o que se contradicen. Aquí no hay nombres: de quién es cada "
    "cuenta se ve en el archivo que alguien entregó, en la posición indicada. Lo que llegó por conexión a una "
    "plataforma lleva sólo un número de archivo, que abre su lote; sus nombres se ven con la orden de abajo.",
    "cases": "Casos por revisar",
    "cases_headings": ("Caso", "Cuenta", "Fuente", "Unida por", "Archivo", "Posición", "Institución"),
    "none_cases": "Ningún caso por revisar.",
    "decide": "Unir, separar o decir que son personas distintas: abrir el formulario en Airflow",
    "decide_note": "El formulario pide las claves de esta lista. En la línea de comandos, `trimestre identity pairs "
    "--names` muestra también los nombres, y cada consulta queda registrada.",
    "decisions": "Decisiones vigentes sobre personas",
    "decisions_headings": ("Número", "Decisión", "Cuentas", "Motivo", "Quién", "Cuándo"),
    "none_decisions": "Nadie ha decidido nada sobre personas.",
    "revoke": "Anular una de ellas, por su número: abrir el formulario en Airflow",
}  # fmt: skip
"""Cases of identity, and what was decided about them."""
