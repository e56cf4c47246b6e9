"""DAGs and tasks as Airflow shows them."""

TASKS = {
    "land": "Recibir",
    "divide": "Repartir los archivos",
    "stage": "Preparar lo que cambió",
    "complete": "Reunir lo preparado",
    "validate": "Validar",
    "merge": "Cargar",
    "publish": "Avisar qué trimestres cambiaron",
    "compute": "Calcular el trimestre",
    "refresh_marts": "Actualizar las tablas para analistas",
    "recheck_figures": "Comprobar las cifras contra todos los registros",
    "contract_error": "Configuración incorrecta",
    "retention": "Borrar lo que ya cumplió su plazo",
    "discard_uploads": "Descartar los archivos que nadie tomó",
    "summarise": "Resumir la candidata",
    "approve": "Aprobar o devolver",
    "decide": "Registrar la respuesta",
    "write_documents": "Escribir los documentos",
    "look": "Revisar todo",
    "tell": "Enviar los avisos",
}
"""Tasks of the DAGs, as Airflow shows them."""

HANDED_NOTHING = (
    "tarea «{task}»: no se encontró lo que debía dejarle {before}, se esperaba. Alguien la marcó como terminada (Mark "
    "success) sin que corriera: límpiela (Clear) con las que le siguen, y todo se hace en orden; nada se duplica."
)
"""What a task says that was left nothing by those before it."""

INGEST_DOC = """
**Qué hace.** Cada noche trae todo lo que la fuente tiene, guarda los archivos tal como llegaron, prepara sólo los
registros que cambiaron, los valida y los carga con su historia. Lo que no pasa una regla crítica queda *retenido*, con
la regla que falló; lo demás sigue su camino. Los archivos grandes se preparan al mismo tiempo, cada uno en su propia
tarea; los pequeños, juntos en una. El resultado no depende de cuál termine primero.

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
archivos subidos que nadie tomó en dos semanas, comprueba que las cifras calculadas sean las que dan todos los registros
de respaldo, y pone al día las tablas para analistas. Cada tarea se omite cuando no hay nada que hacer. Ninguna cifra
cambia, salvo que la comprobación encuentre una distinta: la corrige y la tarea falla para que alguien lo sepa.

**Si falla.** El mensaje de la tarea dice qué se encontró, qué se esperaba y qué hacer. Volver a correrla no daña.

**A mano.** *Trigger* la corre ahora. Para ver qué se borraría, sin borrarlo: `trimestre retention --dry-run`.
"""

WATCH_DOC = """
**Qué hace.** Cada hora revisa que las fuentes hayan llegado a tiempo y completas, que las cifras y las tablas para
analistas estén al día, que ninguna candidata espere de más y que quede disco. Lo que está mal se avisa *una vez* cuando
empieza y *una vez* cuando termina, por los canales de `framework/notifications.yaml`; sin ese archivo los avisos se ven
con `trimestre status`.

**Si falla.** «Revisar todo» falla cuando el proyecto no se puede leer o la base no contesta; «Enviar los avisos»,
cuando un servidor de correo o una dirección no los recibe: se reintenta, y lo que no salió sale en la siguiente hora.

**A mano.** *Trigger* revisa ahora. Para probar los canales: `trimestre watch --test`.
"""
