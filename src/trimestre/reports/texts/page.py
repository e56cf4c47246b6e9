"""The page in Airflow's menu: what all its views share."""

PAGE = {
    "title": "Trimestre",
    "skip": "Ir al contenido",
    "navigation": "Vistas",
    "views": {
        "/": "Tablero",
        "/calidad": "Calidad",
        "/cierre": "Cierre",
        "/documentos": "Documentos",
        "/capturar": "Capturar",
    },
    "forbidden": "Su usuario no puede ver esto. Pídalo a quien administra Airflow (rol «op» o «admin»).",
}
