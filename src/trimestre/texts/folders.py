"""What goes wrong at a drop folder and with what lies in it, and what a night leaves out of it."""

FOLDER = {
    "password": "{source}.yaml: folder: se encontró una contraseña en {folder}, no se esperaba ninguna en un archivo "
    "YAML. Ponga usuario y contraseña en una conexión de Airflow y escriba su nombre en `connection`.",
    "missing": "fuente {source}: no se encontró la carpeta «{folder}» en la carpeta de entrega, se esperaba una. "
    "Créela y ponga ahí los archivos.",
    "closed": "fuente {source}: se encontró una carpeta «{folder}» cuya lista no se puede leer ({why}), se esperaba "
    "una que sí. Dé al usuario de Airflow permiso de leerla.",
    "read_only": "fuente {source}: se encontró una carpeta «{folder}» en la que no se puede escribir ({why}), se "
    "esperaba una en la que sí. Dé al usuario de Airflow permiso de escribir ahí.",
    "missing_or_empty": "fuente {source}: no se encontró la carpeta {folder}, o está vacía; se esperaba una con "
    "archivos. Corrija la dirección, o ponga ahí los archivos (en un almacén de objetos una carpeta existe sólo "
    "mientras tiene alguno).",
    "where": "fuente {source}: carpeta {folder}",
    "forbidden": "{where}: se encontró cerrada para esta cuenta ({kind}), se esperaba que se pudiera leer. Corrija "
    "usuario y contraseña de la `connection` de la fuente (o las credenciales del entorno), y los permisos de la "
    "cuenta.",
    "options": "{where}: se encontraron una dirección u opciones que su sistema de archivos rechaza ({kind}), se "
    "esperaban las de fsspec. Corrija `folder`, o usuario, contraseña y extra de la `connection` de la fuente.",
    "unreachable": "{where}: no se encontró respuesta ({kind}), se esperaba una. Vuelva a intentarlo más tarde.",
    "no_package": "fuente {source}: no se encontró el paquete que lee {protocol}://, se esperaba instalado. {mend}",
    "install": "Ejecute `pip install 'trimestre[{extra}]'`.",
    "install_other": "Instálelo; la documentación de fsspec dice cuál es.",
    "links": "fuente {source}: enlaces que llevan fuera de su carpeta de entrega, donde se esperaban archivos: "
    "{count}. No se leen: ponga ahí los archivos mismos.",
    "signs": "{name}: se encontraron en su nombre signos que no se ven. No se lee mientras no cambie de nombre.",
    "stranger": "fuente {source}: el archivo {name} no corresponde a ningún conjunto. No se lee.",
    "unreadable": "{name}: no se pudo leer ({why}). Se queda para la siguiente noche.",
    "changed": "{name}: cambió mientras se copiaba. Se queda para la siguiente noche.",
    "changing": "{name}: todavía está cambiando. Se queda para la siguiente noche.",
    "headings": "{name}: encabezados que no son de ninguna columna: {headings}.",
    "dataset": "archivo recibido {name}: se encontró el conjunto «{found}», se esperaba uno de: {known}. Devuelva el "
    "conjunto a sources/{source}.yaml.",
    "dates": "{name}: en las fechas de {columns} no se distinguen días de meses; se esperaba una con día mayor que "
    "12, o el día del evento. Se tomó el formato que está primero en el YAML de la fuente.",
    "cells_beyond": "{name}: se encontraron celdas a la derecha del último encabezado. No se leen.",
}
"""Refusals of a folder, and warnings about its files: in the log of a task, the list of batches and notices."""
