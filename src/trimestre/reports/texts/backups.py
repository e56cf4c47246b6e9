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
    "drop_elsewhere": "La carpeta de entrega es una dirección ({place}): no está en el respaldo.",
    "skipped": "Se omitieron {skipped} enlaces: copie aparte aquello a lo que apuntan.",
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
