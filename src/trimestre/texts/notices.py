"""Notices by e-mail and webhook, and the terminal's table of how everything is."""

NOTICES = {
    "run_failed": {
        "title": "Falló: {name}",
        "what": "La tarea «{task}» de «{name}» falló y ya no se reintentará. {message}",
        "why": "Lo que sigue de esa corrida no se hizo: las cifras se quedan como estaban.",
        "do": "Lea el mensaje de la tarea en Airflow (DAG {dag}), corrija lo que pide y vuelva a correrla: nada se "
        "duplica.",
        "recovered": "«{name}» volvió a terminar bien.",
        "path": "/calidad",
    },
    "project_broken": {
        "title": "El proyecto no se puede leer",
        "what": "Un archivo de framework/ o expectations/ está mal. {message}",
        "why": "Mientras siga así no corre ninguna fuente ni se calcula ninguna cifra.",
        "do": "Corrija el archivo que se nombra y compruébelo con «trimestre check».",
        "recovered": "Los archivos del proyecto se leen otra vez.",
        "path": "",
    },
    "source_broken": {
        "title": "Configuración incorrecta: {name}",
        "what": "El archivo de la fuente «{name}» está mal. {message}",
        "why": "La fuente no se carga mientras siga así; las demás sí.",
        "do": "Corrija sources/, en la clave que se nombra, y compruébelo con «trimestre check».",
        "recovered": "La configuración de «{name}» se lee otra vez.",
        "path": "/calidad",
    },
    "source_failed": {
        "title": "Falló: {name}",
        "what": "El lote {batch} de «{name}» quedó «{state}»: no se cargó. {message}",
        "why": "Los datos de la fuente se quedan como estaban la última vez que se cargó.",
        "do": "Abra el lote en la página; corrija en la fuente lo que pide el mensaje y vuelva a correr la ingesta. Si "
        'trajo menos registros y eso es correcto, acéptelo con «trimestre ingest FUENTE --accept-shrink "motivo"».',
        "recovered": "«{name}» volvió a cargarse bien.",
        "path": "/calidad/lote/{batch}",
    },
    "source_never": {
        "title": "Nunca se ha cargado: {name}",
        "what": "La fuente «{name}» está configurada y no ha corrido ni una vez.",
        "why": "Las cifras que dependen de ella no tienen datos.",
        "do": "Active su DAG en Airflow y córralo. Si ya no se usa, quite su archivo de sources/.",
        "recovered": "«{name}» ya se cargó.",
        "path": "/calidad",
    },
    "source_late": {
        "title": "No llegó a tiempo: {name}",
        "what": "«{name}» se esperaba a más tardar el {expected}; la última corrida buena empezó: {last}.",
        "why": "Las cifras de hoy no saben nada de lo que pasó después.",
        "do": "Vea en Airflow si su DAG está en pausa o esperando, y si el programador de tareas (scheduler) corre. "
        "Después córralo.",
        "recovered": "«{name}» ya se cargó.",
        "path": "/calidad",
    },
    "source_old": {
        "title": "Sin datos nuevos: {name}",
        "what": "«{name}» trajo algo por última vez el {last}, hace {days} días; se esperan datos cada {limit} días.",
        "why": "Quizá nadie ha subido el archivo, o se sube a otro lugar.",
        "do": "Pida el archivo a quien lo entrega, o cambie freshness.max_age_days en su YAML si ya no se espera.",
        "recovered": "«{name}» volvió a traer datos.",
        "path": "/calidad",
    },
    "source_short": {
        "title": "Trajo muy poco: {name}",
        "what": "El lote {batch} de «{name}» trajo {records} registros; se esperan al menos {expected}.",
        "why": "Puede ser un archivo incompleto, un filtro o un permiso que la plataforma le quitó a la cuenta.",
        "do": "Compare con lo que muestra la plataforma. Si el lote está mal, retírelo (formulario «Retirar un lote»); "
        "si está bien, cambie freshness en su YAML.",
        "recovered": "«{name}» trajo otra vez lo que se espera.",
        "path": "/calidad/lote/{batch}",
    },
    "source_partial": {
        "title": "Archivos que no se pudieron leer: {name}",
        "what": "El lote {batch} de «{name}» dejó fuera {files} archivos: no se pudieron leer, o alguien los escribía.",
        "why": "Lo que traen de nuevo no cuenta todavía. Lo que ya se sabía sigue como estaba: de su conjunto nada se "
        "da por ausente.",
        "do": "Abra el lote en la página: el mensaje nombra los archivos. Corrija sus permisos, o póngalos en la "
        "carpeta como archivos (no como enlaces), y vuelva a correr la ingesta. Lo que seguía cambiando entra con la "
        "siguiente.",
        "recovered": "Todos los archivos de «{name}» se leyeron.",
        "path": "/calidad/lote/{batch}",
    },
    "retained": {
        "title": "Muchos registros retenidos: {name}",
        "what": "«{name}» tiene {rows} registros retenidos, {percent}% de sus filas.",
        "why": "Lo retenido no cuenta en ninguna cifra.",
        "do": "Vea en Calidad qué regla falla más; corrija en la fuente, o decida sobre ellos.",
        "recovered": "Los registros retenidos de «{name}» volvieron a ser pocos.",
        "path": "/calidad",
    },
    "definitions_broken": {
        "title": "Un indicador no se puede leer",
        "what": "La definición de un indicador está mal. {message}",
        "why": "Ningún indicador se calcula mientras siga así; las fuentes se cargan.",
        "do": "Corrija framework/indicators/, en la clave que se nombra, y compruébelo con «trimestre check».",
        "recovered": "Las definiciones de los indicadores se leen otra vez.",
        "path": "",
    },
    "quarter_behind": {
        "title": "Cifras atrasadas: {period}",
        "what": "Las cifras de {period} no incluyen lo último que se cargó o se definió.",
        "why": "La página, los documentos y los analistas ven cifras de antes.",
        "do": "Vea en Airflow si «Indicadores del trimestre» está en pausa o falló, y córralo con la partición "
        "{period}.",
        "recovered": "Las cifras de {period} están al día.",
        "path": "/?trimestre={period}",
    },
    "marts_behind": {
        "title": "Tablas para analistas atrasadas",
        "what": "Las tablas para analistas (marts) no incluyen lo último que se cargó o se calculó.",
        "why": "Quien analiza con ellas ve otras cifras que la página.",
        "do": "Corra en Airflow «Mantenimiento», o «trimestre marts refresh», y lea qué dice si falla.",
        "recovered": "Las tablas para analistas están al día.",
        "path": "",
    },
    "candidate_waiting": {
        "title": "Una candidata espera respuesta: {period}",
        "what": "La candidata {candidate} de {period} espera respuesta desde hace {days} días.",
        "why": "Mientras nadie la apruebe no hay versión oficial ni documentos del trimestre.",
        "do": "Quien aprueba la abre en Airflow, en las acciones pendientes, y la aprueba o la devuelve.",
        "recovered": "La candidata {candidate} de {period} ya tiene respuesta.",
        "path": "/cierre?trimestre={period}",
    },
    "disk_full": {
        "title": "Queda poco espacio en el disco",
        "what": "En el disco de {place} quedan {free} GB, {percent}%.",
        "why": "Sin espacio fallan las ingestas y puede detenerse la base de datos.",
        "do": "Amplíe el disco, o mueva lo que no sea de Trimestre. Los archivos recibidos no se borran a mano: de "
        "ellos se reproducen las cifras.",
        "recovered": "En el disco de {place} vuelve a haber espacio.",
        "path": "",
    },
    "backup_old": {
        "title": "Sin respaldo reciente",
        "what": "El último respaldo completo es del {last}, hace {days} días; se espera uno cada {limit} días.",
        "why": "Si hoy se pierde el servidor, se pierde lo que pasó desde entonces.",
        "do": "Vea por qué no corre «trimestre backup» (crontab del servidor, disco de los respaldos, archivos "
        "dañados), y córralo.",
        "recovered": "Ya hay un respaldo reciente.",
        "path": "",
    },
    "backup_never": {
        "title": "Sin ningún respaldo",
        "what": "No consta ningún respaldo completo; se espera uno cada {limit} días.",
        "why": "Si hoy se pierde el servidor, se pierde todo.",
        "do": "Programe «trimestre backup» cada noche en el servidor, y corra el primero.",
        "recovered": "Ya hay un respaldo.",
        "path": "",
    },
    "warehouse_down": {
        "title": "La base de datos no contesta",
        "what": "Trimestre no puede conectarse a su base de datos.",
        "why": "No corre ninguna ingesta, no se calcula ninguna cifra y la página no responde.",
        "do": "Vea si el servidor de PostgreSQL corre y tiene disco, y si la dirección y la contraseña son las de hoy.",
        "recovered": "La base de datos contesta otra vez.",
        "path": "",
    },
    "watch_stopped": {
        "title": "Nadie vigila",
        "what": "La vigilancia corrió por última vez el {last}.",
        "why": "Es señal de que el programador de tareas (scheduler) de Airflow no corre: tampoco las ingestas.",
        "do": "Arranque Airflow y lea su registro; o corra «trimestre watch».",
        "recovered": "La vigilancia corre otra vez.",
        "path": "",
    },
    "test": {
        "title": "Prueba",
        "what": "Es una prueba: los avisos de Trimestre llegan aquí.",
        "why": "Así se sabe que llegarán cuando algo falle.",
        "do": "Nada.",
        "recovered": "",
        "path": "",
    },
}
"""What is said of an incident: what happened, why it matters, what to do; then that it is over."""

NOTICE = {
    "opened": "[Trimestre] {title}",
    "recovered": "[Trimestre] Resuelto: {title}",
    "gone": "[Trimestre] Ya no se vigila: {title}",
    "gone_what": "«{name}» ya no está entre lo que se vigila: se quitó, cambió de nombre o se dejó de vigilar. El "
    "aviso se cierra sin que nada se haya resuelto.",
    "several": "[Trimestre] {count} avisos: {title} y más",
    "what": "Qué pasó: {text}",
    "why": "Por qué importa: {text}",
    "do": "Qué hacer: {text}",
    "link": "Página: {link}",
    "held_back": "(El mensaje está en el registro de la tarea en Airflow.)",
    "foot": "Proyecto {project}. Cada aviso se manda una vez cuando algo empieza y una vez cuando termina.",
}
"""The frame of a message."""

PLACES = {"landing": "los archivos recibidos", "home": "la instalación"}
"""Disks that are watched."""

STATUS_CLI = {
    "status": "Muestra cómo está todo: fuentes, trimestres, tablas para analistas, avisos, esquema, disco y respaldo. "
    "Con --check sale con 0 (bien), 1 (atención), 2 (mal) o 3 (no se sabe), como lo esperan Nagios e Icinga.",
    "watch": "Revisa todo una vez y manda los avisos que falten, como la vigilancia de Airflow cada hora.",
    "test": "Manda una prueba por cada canal de framework/notifications.yaml, y nada más.",
    "tested": "Enviado por {channel}.",
    "no_channels": "framework/notifications.yaml no dice por dónde avisar: los avisos sólo se ven aquí y en la página.",
    "watched": "Avisos nuevos: {opened}. Resueltos: {recovered}. Mensajes enviados: {sent}.",
    "nothing_due": "No hay avisos por enviar.",
    "sources": "Fuentes",
    "quarters": "Trimestres",
    "notices": "Avisos abiertos",
    "no_notices": "No hay avisos abiertos.",
    "untold": "aún sin avisar",
    "unsent": "Avisos sin enviar: {count}. Compruebe las conexiones con «trimestre watch --test».",
    "marts_fresh": "Tablas para analistas: al día.",
    "marts_behind": "Tablas para analistas: atrasadas.",
    "schema": "Esquema de la base: {revision}, el de este programa.",
    "schema_behind": "Esquema de la base: {revision}; este programa espera {expected}. Corra «trimestre migrate».",
    "disk": "Disco de {place}: quedan {free} GB ({percent}%).",
    "backed_up": "Último respaldo completo: {at}.",
    "never_backed_up": "No consta ningún respaldo completo («trimestre backup»).",
    "watched_at": "La vigilancia corrió por última vez el {at}.",
    "never_watched": "La vigilancia no ha corrido: active su DAG en Airflow, o corra «trimestre watch» cada hora.",
    "ok": "BIEN: {sources} fuentes, {quarters} trimestres calculados.",
    "warning": "ATENCIÓN: {count}. {first}",
    "critical": "MAL: {count}. {first}",
    "unknown": "NO SE SABE: {problem}",
    "fresh": "a tiempo",
    "no_deadline": "sin hora",
    "not_loaded": "sin cargar",
    "current": "al día",
    "behind": "atrasado",
    "not_computed": "sin calcular",
    "official": "oficial, versión {vintage}",
    "preliminary": "preliminar",
    "waiting": "candidata en espera",
    "days": "{days} d",
    "hours": "{hours} h",
}
"""The commands `trimestre status` and `trimestre watch`."""

STATUS_COLUMNS = {
    "sources": (
        "Fuente", "Lote", "Estado", "Última corrida", "Edad de los datos", "Registros", "Retenidos", "Se espera",
        "Situación",
    ),
    "quarters": ("Trimestre", "Cifras", "Calculado", "Situación"),
    "notices": ("Aviso", "Desde", "Qué hacer"),
}  # fmt: skip
"""Heads of the tables of `trimestre status`."""

SENDING = {
    "no_tls": "{label}: se encontró una contraseña sin TLS, se esperaba con TLS o sin contraseña. Quite disable_ssl o "
    "disable_tls del extra de la conexión.",
    "no_https": "{label}: se encontró una dirección sin TLS, se esperaba https. Corrija la dirección de la conexión.",
    "no_service": "{label}: se encontró una dirección que no es de ningún servicio, se esperaba la de uno. Corrija la "
    "dirección de la conexión.",
    "no_host": "{label}: no se encontró servidor, se esperaba el de un correo saliente. Complete la conexión.",
    "no_sender": "{label}: no se encontró remitente, se esperaba un correo. Escriba `sender` en "
    "framework/notifications.yaml.",
    "login": "{label}: se encontraron rechazados usuario y contraseña, se esperaba que se aceptaran. Corríjalos en la "
    "conexión.",
    "refused": "{label}: se encontraron rechazados el remitente o los destinatarios (código {code}), se esperaba que "
    "se aceptaran. Corrija `to` y `sender` de framework/notifications.yaml, o pregunte a quien administra el "
    "servidor.",
    "no_server": "{label}: no se encontró un servidor que lo reciba ({kind}), se esperaba uno. Se manda la próxima "
    "vez; si se repite, revise servidor, puerto y TLS de la conexión.",
    "email": "correo por {connection}",
    "some_refused": "{label}: se encontraron rechazadas {count} direcciones (código {codes}), se esperaba que se "
    "aceptaran todas; las demás lo recibieron. Corrija `to` de framework/notifications.yaml.",
    "unsayable": "avisos por «{connection}»: se encontró una dirección, un puerto, un usuario o una contraseña que no "
    "se puede mandar ({kind}), se esperaban letras y signos sin acento ni ñ, y un puerto que sea un número. Corríjalo "
    "en la conexión.",
    "no_mark": "avisos: no se pudo anotar en {path} que ya se avisó ({why}), se esperaba que sí; se avisa cada vez. "
    "Corrija los permisos de esa carpeta.",
    "no_connection": "avisos: no se encontró la conexión «{connection}», se esperaba la que nombra "
    "framework/notifications.yaml. Créela en Airflow (Admin › Connections) o defina AIRFLOW_CONN_{variable}.",
}
"""Why a notice was not sent."""
