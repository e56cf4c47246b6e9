"""What analysts take away: exported files with their dictionary, and log-ins for their tools."""

EXPORT_CLI = {
    "export": "Exporta las tablas para analistas a Parquet, CSV o un libro de Excel, con su diccionario.",
    "to": "parquet (con tipos y diccionario dentro), csv (UTF-8 con BOM) o xlsx (un libro, una hoja por tabla).",
    "folder": "Carpeta donde se escriben los archivos; se crea si no existe.",
    "table": "Solo esta tabla, como certificate; se puede repetir.",
    "exported": "{table}: {rows} filas",
    "done": "Escrito en {folder}; tablas: {tables}.",
    "title": "Tablas para analistas del proyecto {project}",
    "comments": "Exportado el {at}. Lotes incluidos: {pins}.",
}
"""What `trimestre export` says."""

EXPORT_FILES = {
    "file": "diccionario.csv",
    "sheet": "Diccionario",
    "workbook": "marts.xlsx",
}
"""Names of the dictionary and of the workbook."""

EXPORT_COLUMNS = ("tabla", "columna", "tipo", "significado", "aditiva", "códigos", "límites")
"""Headings of the dictionary; the row of a table itself has no column."""

DATA_KINDS = {
    "text": "texto",
    "uuid": "identificador (texto)",
    "integer": "número entero",
    "double": "número",
    "decimal": "número",
    "boolean": "sí / no",
    "date": "fecha",
    "instant": "fecha y hora ({zone})",
    "list": "lista (texto separado por ' | ')",
    "json": "JSON (texto)",
}
"""Kind of a column, for the dictionary of an export."""

LOGIN_CLI = {
    "analyst-login": "Crea un usuario de solo lectura para una herramienta de análisis (Power BI, DBeaver, R, Python).",
    "name": "Nombre del usuario: minúsculas, dígitos y guion bajo, como ana_bi.",
    "rotate": "Le da otra contraseña y otra vigencia.",
    "remove": "Lo elimina y termina sus sesiones.",
    "days": "Días que vale la contraseña.",
    "host": "Servidor tal como lo alcanza la herramienta; si no, el de la dirección del almacén.",
    "port": "Puerto tal como lo alcanza la herramienta.",
    "made": "Usuario {name}: solo lee warehouse, results y marts; su contraseña vale hasta el {until}.",
    "where": "Datos de conexión, con la contraseña: {path} (solo lo lee el usuario de este sistema).",
    "removed": "Usuario {name} eliminado.",
    "file": "Acceso de solo lectura al almacén de Trimestre. Contiene una contraseña: no lo envíe por correo.",
    "until": "La contraseña vale hasta el {until}. Se renueva con: trimestre analyst-login {name} --rotate",
    "service": "psql: PGSERVICEFILE={path} psql service={name}",
    "pgpass": "Línea para ~/.pgpass:",
    "url": "Dirección (psql, R, DuckDB):",
    "sqlalchemy": "Dirección para SQLAlchemy y pandas:",
}
"""What `trimestre analyst-login` says, and what stands in the file with the connection details."""
