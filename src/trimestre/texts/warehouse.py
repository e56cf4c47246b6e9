"""Why the database did not do what was asked of it, and what is wrong with the key of the accounts."""

WAREHOUSE = {
    "no_sql": "sql: no se encontró sql/{name}.sql, se esperaba junto al paquete. Restaure el archivo.",
    "token": "sql/{name}.sql: se encontró {token} sin sustituir, no se esperaba. Avise a quien mantiene Trimestre.",
    "interrupted": "almacén: se encontró interrumpida la lectura ({kind}), se esperaba que terminara. Vuelva a "
    "intentarlo más tarde.",
    "not_readable": "almacén: se encontró el error de SQL {code} ({kind}), se esperaban tablas que se puedan leer. "
    "Ejecute `trimestre migrate`, o pida los permisos de trimestre_analyst.",
    "no_url": "almacén: se encontró un texto que no es una URL, se esperaba "
    "postgresql+psycopg://usuario:contraseña@servidor/base. Corríjalo.",
    "driver": "almacén: se encontró «{found}», se esperaba postgresql+psycopg. Corrija la URL.",
    "no_room": "almacén: no se encontró espacio en {where} (error de SQL {code}), se esperaba que PostgreSQL tuviera. "
    "No se cambió nada. Libere espacio en el servidor y vuelva a intentarlo.",
    "cancelled": "almacén: se encontró cancelada una instrucción, por una persona o por un límite de tiempo "
    "(statement_timeout), se esperaba que terminara. No se cambió nada. Quite ese límite al usuario de Trimestre y "
    "vuelva a intentarlo.",
    "no_connection": "almacén: no se encontró una conexión que sirva ({kind}), se esperaba que PostgreSQL contestara. "
    "Vuelva a intentarlo más tarde.",
    "refused": "almacén: se encontró el error de SQL {code} ({kind}{names}), no se esperaba ninguno. No se cambió "
    "nada; si los datos están bien, avise a quien mantiene Trimestre.",
    "role_taken": "analyst-login {name}: se encontró un rol con ese nombre, no se esperaba ninguno. Use --rotate para "
    "una contraseña nueva, u otro nombre.",
    "role_name": "analyst-login: se encontró el nombre «{name}», se esperaba una letra de la a a la z y después "
    "letras, dígitos y _ (31 cuando más), sin empezar con pg_ ni trimestre_. Elija otro.",
    "no_role": "analyst-login {name}: no se encontró ese rol, se esperaba uno que hizo este comando. Revise el nombre.",
    "strange_role": "analyst-login {name}: se encontró un rol que este comando no hizo para este almacén, se esperaba "
    "uno que hizo. No se hizo nada; quien lo hizo lo puede cambiar.",
    "no_createrole": "analyst-login {name}: el usuario del almacén no puede hacer roles, se esperaban CREATEROLE y "
    "{role} con ADMIN OPTION. Pida a quien administra el servidor que ejecute en psql:\n",
    "keys": "llave de las cuentas: se encontraron {found} como la de hoy y {new} como la nueva, se esperaban {known} "
    "y otra. No se cambió nada; corrija TRIMESTRE_ACCOUNT_KEY.",
    "no_references": "llave de las cuentas: se encontraron cuentas sin aquello de lo que se forma su clave ({found}), "
    "no se esperaba ninguna: las cargó una versión anterior. No se cambió nada; ejecute primero `trimestre ingest "
    "FUENTE --replay` con cada una.",
    "accounts_of": "{accounts} de {source}",
    "strange_accounts": "llave de las cuentas: se encontraron cuentas de {source} que la llave de hoy no da, se "
    "esperaba que todas salieran de ella. No se cambió nada; avise a quien mantiene Trimestre.",
    "other_key": "llave de las cuentas: se encontró la de marca {found}, se esperaba {known}, con la que se hizo este "
    "almacén. Devuelva TRIMESTRE_ACCOUNT_KEY o su archivo; con otra llave cada cuenta se contaría de nuevo.",
    "no_old_key": "llave de las cuentas: no se encontró la de marca {missing}, se esperaba: con ella se suprimió a "
    "personas de {source}, que sin ella volverían. Póngala en TRIMESTRE_ACCOUNT_KEY_OLD.",
    "disk": "su disco",
    "memory": "su memoria",
    "limit": "un límite que tiene puesto",
}
"""Refusals of the database, of its logins and of the account key."""
