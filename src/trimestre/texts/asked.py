"""Why a command was not carried out: options that don't go together, names and files that are not there."""

ASKED = {
    "rotate_remove": "--rotate: se encontró junto con --remove, se esperaba una de las dos. Ejecute una después de la "
    "otra.",
    "login_folder": "analyst-login: se encontró {why} en {where}, se esperaba una carpeta en la que se pueda "
    "escribir. No se hizo nada; elija otra con TRIMESTRE_HOME.",
    "airflow_url": "backup --airflow: no se encontró AIRFLOW__DATABASE__SQL_ALCHEMY_CONN, se esperaba la URL de la "
    "base de Airflow. Defínala.",
    "batch": "lote {batch}: no se encontró, se esperaba uno de `trimestre batches`.",
    "account": "cuenta {key}: no se encontró, se esperaba una de `trimestre identity pairs`.",
    "no_account_key": "cuenta: se encontró otra cosa, se esperaba la clave de una cuenta. No se muestra nada.",
    "sample": "--sample: no se encontró el archivo {name}, se esperaba uno CSV o XLSX. Revise la ruta.",
    "sample_of_platform": "--sample: se encontró con el tipo {kind}, se esperaba tabular: una plataforma no tiene "
    "archivos.",
    "sample_of_preset": "--sample: se encontró con la plantilla {preset}, se esperaba una de encuestas o ninguna: "
    "ésta ya conoce sus columnas. Vea qué lee con: trimestre source preview ARCHIVO --preset {preset}.",
    "choice": "--{name}: se encontró «{found}», se esperaba una de: {choices}. Corríjala.",
    "nothing": "--{name}: no se encontró, se esperaba un valor. Délo, o quite --yes.",
    "since": "--since: se encontró sin --replay, se esperaban los dos. Agregue --replay o quite --since.",
    "replay": "--replay: se encontró junto con --accept-shrink, se esperaba una de las dos. Ejecute una después de la "
    "otra.",
    "field_twice": "--set: se encontró un campo dos veces, se esperaba una. No se hizo nada.",
    "no_field": "--set: no se encontraron campo y valor, se esperaba campo=valor. No se hizo nada.",
    "row": "registro retenido {number}: no se encontró, se esperaba uno de `trimestre retained list --state all`.",
    "preview": "preview: no se encontró ninguno de --source y --preset, o los dos; se esperaba uno. Dé uno.",
    "modules": "--preset {preset}: no se encontraron módulos, se esperaba el encabezado de cada uno. Dé --module "
    "M1=Módulo 1 por cada uno, o el --scope de una edición declarada.",
    "source_of_platform": "fuente {source}: se encontró el tipo {kind}, se esperaba tabular: no tiene archivos.",
    "module": "--module: se encontró «{text}», se esperaba una clave y un encabezado, como M1=Módulo 1.",
    "code": "fuente: se encontró la clave «{code}», se esperaban minúsculas, dígitos y _. Elija otra.",
    "code_taken": "fuente: se encontró la clave «{code}», se esperaba otra: ésa la usa Trimestre. Elija otra.",
    "source_there": "{name}: ya existe, se esperaba una clave nueva. Elija otra, o edite el archivo.",
    "source_read_only": "{name}: no se puede escribir ({why}), se esperaba un archivo nuevo en sources/. Corrija los "
    "permisos de esa carpeta.",
    "file": "{name}: no se encontró el archivo, se esperaba uno CSV o XLSX. Revise la ruta.",
    "dataset": "fuente {source}: para {name} se encontró «{found}», se esperaba uno de: {known}. Dígalo con --dataset.",
    "no_header": "{name}: no se encontró encabezado en las primeras {rows} filas, se esperaba una fila con dos "
    "encabezados al menos. Dé la muestra de una tabla.",
    "export_to": "export: se encontró «{found}», se esperaba uno de: {known}. Corrija --to.",
    "export_table": "export: se encontró «{found}», se esperaba una de: {known}. Corríjala.",
    "export_folder": "export: se encontró {why} en {where}, se esperaba una carpeta con espacio en la que se pueda "
    "escribir. Elija otra.",
    "export_rows": "{table}: se encontraron {rows} filas, se esperaban cuando más {most}, las que caben en una hoja "
    "de Excel. Expórtela con --to parquet o --to csv.",
    "template_name": "plantilla: se encontró «{name}», se esperaba un nombre que termine en .xlsx. Corríjalo.",
    "template_there": "plantilla: ya existe {path}, no se esperaba ningún archivo. Dé otro nombre.",
    "template_read_only": "plantilla: no se puede escribir {path} ({error}), se esperaba una carpeta en la que se "
    "pueda escribir.",
    "path": "{where}: se encontró «{why}», se esperaba una ruta que se pueda leer o escribir. Corrija la ruta, o sus "
    "permisos.",
    "several_datasets": "varios conjuntos",
}
"""Refusals of the command line, of exports and of new files."""
