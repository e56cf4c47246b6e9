"""DAGs and tasks as Airflow shows them."""

TASKS = {
    "land": "Recibir",
    "stage": "Preparar lo que cambió",
    "validate": "Validar",
    "merge": "Cargar",
    "publish": "Avisar qué trimestres cambiaron",
    "compute": "Calcular el trimestre",
    "refresh_marts": "Actualizar las tablas para analistas",
    "contract_error": "Configuración incorrecta",
    "retention": "Borrar lo que ya cumplió su plazo",
    "discard_uploads": "Descartar los archivos que nadie tomó",
    "summarise": "Resumir la candidata",
    "approve": "Aprobar o devolver",
    "decide": "Registrar la respuesta",
    "write_documents": "Escribir los documentos",
}
"""Tasks of the DAGs, as Airflow shows them."""

INGEST_DOC = """
**Qué hace.** Cada noche trae todo lo que la fuente tiene, guarda los archivos tal como llegaron, prepara sólo los
registros que cambiaron, los valida y los carga con su historia. Lo que no pasa una regla crítica queda *retenido*, con
la regla que falló; lo demás sigue su camino.

**Si falla.** El mensaje de la tarea dice qué se encontró, qué se esperaba y qué hacer. Volver a correrla nunca duplica
nada. Las fallas de red se reintentan solas.

**A mano.** *Trigger* corre la ingesta ahora. Si nada cambió, la última tarea se omite y no se recalcula nada.
"""

INDICATORS_DOC = """
**Qué hace.** Calcula los indicadores de un trimestre a partir de sus registros de respaldo. Corre sola cuando una
ingesta avisa que el trimestre cambió y se omite cuando nada cambió. Después actualiza las tablas para analistas
(`marts`).

**A mano.** *Trigger* → opciones avanzadas → *Partition Key*: el trimestre, por ejemplo `2020-Q2`.
"""

UPKEEP_DOC = """
**Qué hace.** Cada noche borra lo que ya cumplió su plazo de conservación (`framework/privacy.yaml`), descarta los
archivos subidos que nadie tomó en dos semanas, y pone al día las tablas para analistas. Cada tarea se omite cuando no
hay nada que hacer. Ninguna cifra cambia.

**Si falla.** El mensaje de la tarea dice qué se encontró, qué se esperaba y qué hacer. Volver a correrla no daña.

**A mano.** *Trigger* la corre ahora. Para ver qué se borraría, sin borrarlo: `trimestre retention --dry-run`.
"""
