"""The page in Airflow's menu: what all its views share."""

PAGE = {
    "title": "Trimestre",
    "skip": "Ir al contenido",
    "navigation": "Vistas",
    "airflow": "Volver a Airflow",
    "visitor": "{name} · {role}",
    "forbidden": "Su usuario no puede ver esto. Pídalo a quien administra Airflow (rol «op» o «admin»).",
    "no_role": "Su usuario aún no tiene permisos. Pídalos a quien administra Airflow (rol «viewer» o superior).",
    "foreign": "Esta petición viene de otro sitio y no se atendió. Hágala desde la página misma.",
    "chooser": "Trimestre y versión",
    "period": "Trimestre",
    "version": "Versión",
    "in_force": "La que está en vigor",
    "preliminary": "Preliminar (lo que se sabe hoy)",
    "official": "Oficial {vintage}",
    "show": "Mostrar",
    "shown": "{period} ({fiscal} del donante) · {version}",
    "superseded": "hay una versión oficial más nueva",
    "illustrative": "Metas y líneas de base ilustrativas.",
    "n_d": "«n. d.» es no disponible y «n. a.» es no aplica; ninguno de los dos es 0.",
    "back": "Ir al tablero",
}

PAGE_VIEWS = {
    "/": "Tablero",
    "/calidad": "Calidad",
    "/cierre": "Cierre",
    "/documentos": "Documentos",
    "/capturar": "Capturar",
}
"""Path of a view -> its name in the menu."""

PAGE_ROLES = {
    "NOBODY": "sin permisos",
    "VIEWER": "lectura",
    "USER": "usuario",
    "OP": "operación",
    "ADMIN": "administración",
}

PAGE_ERRORS = {
    401: ("Entre primero", "Para ver esta página hay que entrar a Airflow."),
    403: ("No permitido", "Su usuario no puede ver esto."),
    404: ("No se encontró", "No hay nada en esta dirección. Revísela, o empiece por el tablero."),
    405: ("No permitido", "Esta dirección no admite esa petición."),
    409: ("No se pudo", "Lo que pidió no se puede hacer como están las cosas."),
    413: ("Demasiado grande", "El archivo es más grande de lo que se admite."),
    422: ("No se entiende", "A la petición le falta un dato o trae uno que no se entiende. Vuelva y corríjalo."),
    500: ("Algo falló", "Es un error del programa, no suyo: queda en la bitácora. Avise a quien administra Airflow."),
    503: ("No responde", "El almacén no responde por ahora. Intente de nuevo en unos minutos."),
}
"""HTTP status -> title and sentence."""

SESSION_OVER = (
    "La sesión terminó",
    "No se guardó nada de lo que envió. Vaya al tablero para entrar otra vez, y repítalo.",
)
"""Title and sentence for a form that comes after the end of its session."""

NOT_MIGRATED = (
    "El almacén todavía no está preparado",
    "Le faltan tablas, o son de una versión anterior. Quien administra ejecuta «trimestre migrate»; después, esta "
    "página muestra el tablero.",
)
