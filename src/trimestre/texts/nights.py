"""Why a step of the night, a replay or the deletion of what is past its time was not done, and what to do."""

NIGHT = {
    "sums": "lote {batch}, {entity}: se encontraron cuentas que no cuadran ({rows}), se esperaba que las dos sumas "
    "cuadraran. No se cargó nada. Es un defecto de Trimestre: avise a quien lo mantiene.",
    "correction_fields": "corrections.yaml: se encontraron para {entity} los campos {unknown}, se esperaban algunos "
    "de: {known}. Corrija `entity` o el campo.",
    "expectation": "expectations: {rule}: se encontró {found}, se esperaba una expectativa de columna que Great "
    "Expectations conozca. Corrija el nombre.",
    "lost": "validación: se encontró perdida la conexión con el almacén, se esperaba que durara. Vuelva a intentarlo "
    "más tarde.",
    "inside_expectations": "validación: se encontró {kind} dentro de Great Expectations, se esperaba que juzgara el "
    "lote. Revise expectations/ y la conexión con el almacén.",
    "taken_over": "fuente {source}: se encontró el lote {batch} dado por perdido por otra corrida de la fuente, se "
    "esperaba una corrida a la vez. La más nueva trae lo mismo: deje que termine.",
    "read_only": "fuente {source}: se encontró {landing} sin permiso de escritura ({why}), se esperaba una carpeta en "
    "la que se pueda escribir. Corrija sus permisos o defina TRIMESTRE_LANDING.",
    "no_room": "fuente {source}: no se encontró espacio en {landing} o para archivos temporales ({why}), se esperaba "
    "para lo que llega. No se recibió nada. Libere espacio y vuelva a correr la fuente.",
    "other_content": "archivo recibido {file}: se encontró otro contenido que el que se recibió, se esperaba la "
    "huella {sha}… (sha256). Recupere de un respaldo la carpeta de archivos recibidos, o vuelva a correr la fuente.",
    "unreadable": "archivo recibido {file}: no se puede leer ({kind}), se esperaba como se recibió. Recupere de un "
    "respaldo la carpeta de archivos recibidos, o vuelva a correr la fuente.",
    "staging_lost": "lote {batch}: no se encontró ninguno de sus {count} registros preparados, se esperaban todos. "
    "PostgreSQL se cayó desde entonces y vació sus tablas de preparación; no se cargó nada. Vuelva a correr la "
    "fuente.",
    "state": "lote {batch}: se encontró «{found}», se esperaba «{expected}». Vuelva a correr su fuente.",
    "judged": "lote {batch}: se encontró «{found}», se esperaba «{expected}». Vuelva a correr su fuente; lo que juzgó "
    "a un lote se queda como está.",
    "files_removed": "lote {batch} de {source}: sus archivos recibidos se borraron el {day}, al cumplir su plazo de "
    "conservación; se esperaban todos los de la fuente. No se cambió nada y lo cargado se queda; ya no se puede "
    "rehacer, ni retirar un lote.",
    "nothing_to_replay": "fuente {source}: no se encontró ningún lote cargado que se haya recibido desde {since}, se "
    "esperaba uno que repetir. No se hizo nada; `trimestre batches` muestra los que hay.",
    "not_deleted": "conservación: archivos recibidos que no se pueden borrar: {count}; se esperaba una carpeta en la "
    "que este usuario pueda escribir. Corrija sus permisos y vuelva a ejecutar `trimestre retention`.",
    "no_suite": "expectations: no se encontraron reglas de {missing}, se esperaba un archivo de cada una. Agréguelo.",
    "no_rule": "expectations/{entity}.yaml: no se encontró la regla «{rule}», se esperaba una. Revise el nombre.",
    "no_result": "regla {entity}.{rule}: no se encontró resultado de Great Expectations, se esperaba uno. Avise a "
    "quien mantiene Trimestre.",
    "error_of_rule": "regla {entity}.{rule}: se encontró un error al juzgarla, se esperaba un resultado. Revise su "
    "columna, sus argumentos y su condición en expectations/{entity}.yaml.",
    "lost_at_rule": "regla {entity}.{rule}: se encontró perdida la conexión con el almacén, se esperaba que durara. "
    "Vuelva a intentarlo.",
    "condition": "regla {entity}.{rule}: se encontró {kind} en su condición, se esperaba que se pudiera ejecutar. "
    "Revísela en expectations/{entity}.yaml.",
    "counts": "regla {entity}.{rule}: se encontraron {marked} filas por su condición y {counted} por su cuenta, se "
    "esperaba el mismo número. Vuelva a correr la fuente; si se repite, avise a quien mantiene Trimestre.",
    "partition": "indicadores: no se encontró la clave de partición, se esperaba un trimestre como 2020-Q2. Corra el "
    "DAG con «Partition Key», en las opciones avanzadas.",
    "framework_file": "{name}: no se puede leer ({kind}), se esperaba YAML en UTF-8. Corríjalo.",
    "framework_dataset": "archivo recibido {name}: se encontró el conjunto «{found}», se esperaba uno de: {known}. "
    "Vuelva a correr el marco de resultados.",
    "framework_empty": "archivo recibido {name}: no se encontró ningún documento, se esperaba framework.yaml como el "
    "primero. Vuelva a correr el marco de resultados.",
    "framework_damaged": "archivo recibido {name}: se encontró un contenido dañado ({kind}), se esperaba el que se "
    "recibió. Recupérelo de un respaldo, o vuelva a correr el marco de resultados.",
    "framework_keys": "archivo recibido {name}, documento {ordinal}: se encontraron claves que {model} ya no admite "
    "({keys}), se esperaba el YAML de esta versión. Vuelva a correr el marco de resultados para recibir los archivos "
    "de hoy.",
    "ever": "siempre",
    "repeated": "lote {batch} de {source}, repetido: {error} Todo se queda como estaba; corrija el YAML de la fuente, "
    "o retire ese lote.",
}
"""Refusals that stand in the log of a task, in the list of batches and in notices."""
