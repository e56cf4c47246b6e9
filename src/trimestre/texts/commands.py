"""The command line beside batches and sources, and the demo."""

DEMO = {
    "postgres": "PostgreSQL embebido en marcha",
    "simulators": "Simuladores de Moodle y LimeSurvey en marcha; archivos en la carpeta de entrega",
    "airflow": "Airflow en marcha",
    "nothing_changed": "Nada cambió desde la corrida anterior: mismas cifras.",
    "changed": "{rows} filas nuevas o modificadas en {batches} lotes.",
    "documents": "Documentos preliminares de {period}, en {folder}:",
    "more": " y {count} más",
    "page": "Tablero, documentos y captura: {url}/trimestre/   (con el mismo usuario de Airflow)",
    "where": "Airflow: {url}   usuario: {user}   contraseña: en {file}",
    "approver": "Para responder a un cierre que preparó {user}: usuario {approver}, contraseña en el mismo archivo.",
    "stay": "Ctrl-C detiene todo lo que este comando inició.",
    "once": "Airflow se detiene ahora; la página y Airflow contestan mientras corre `make demo` sin ONCE=1.",
    "stopping": "Deteniendo…",
    "elapsed": "Del arranque de Airflow a la tabla: {seconds:.0f} s.",
    "failed": "demo: la corrida de {dag} falló, se esperaba que terminara bien. Su bitácora está en Airflow: {url}",
}
"""What `trimestre demo` says."""

CLI = {
    "app": "Trimestre: indicadores trimestrales, cada cifra revisada, explicada y reproducible.",
    "check": "Revisa todos los archivos YAML del proyecto y las reglas entre ellos.",
    "dictionary": "Escribe el diccionario de datos (docs/diccionario.md).",
    "migrate": "Crea o actualiza el esquema del almacén de datos y sus permisos.",
    "encoding": "almacén: se encontró la base «{database}» con la codificación {found}, se esperaba UTF8: en otra los "
    "nombres no caben o quedan ilegibles, y la de una base ya hecha no se cambia. No se creó nada. Haga otra base con "
    "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0 y dé su URL en TRIMESTRE_WAREHOUSE_URL (docs/server.md).",
    "ingest": "Trae, valida y carga una fuente.",
    "night": "Trae todas las fuentes y calcula los trimestres que cambiaron, en un solo proceso.",
    "compute": "Calcula los indicadores de un trimestre.",
    "recheck": "Comprueba que las cifras calculadas sean las que dan todos los registros de respaldo.",
    "rechecked": "Las cifras de {quarters} son las que dan todos los registros.",
    "nothing_to_recheck": "Nada cambió desde la última comprobación de las cifras.",
    "differed": "Cifras de {quarters}: se encontraron distintas de las que dan todos los registros de respaldo, se "
    "esperaban iguales. Ya se calcularon de nuevo; avise a quien mantiene el sistema.",
    "values": "Muestra los indicadores de un trimestre ya calculado.",
    "evidence": "Muestra los registros que respaldan un indicador.",
    "batches": "Muestra los lotes más recientes.",
    "demo": "Levanta todo en esta máquina con datos sintéticos y calcula 2020-Q2.",
    "checked": "Proyecto correcto: {sources} fuentes, {indicators} indicadores, {suites} conjuntos de reglas, "
    "{institutions} instituciones, {states} entidades federativas.",
    "unmoved": "{period}: nada cambió desde el último cálculo.",
    "computed": "{period}: {values} valores calculados.",
    "not_computed": "{period}: aún no hay cifras calculadas. Ejecute `trimestre compute {period}`.",
    "ingested": "{source}: lote {batch}, {state}; trimestres por recalcular: {quarters}.",
    "retained": "{source}: registros retenidos en este lote: {rows}. Véalos con "
    "`trimestre retained list --source {source}`.",
    "changed": "con cambios",
    "unchanged": "sin cambios",
    "none": "ninguno",
    "accepted": "{source}: se acepta la disminución de registros ({reason}).",
    "replayed": "{source}: se reconstruyó desde los archivos recibidos, lotes {first} a {last} ({batches}). Lo "
    "registra el lote {batch}; trimestres por recalcular: {quarters}.",
}
"""What the other commands say, and their help."""
