"""The documents of a quarter: the view *Documentos*, the command that writes them, and what the demo says of them."""

from typing import Any

DOCUMENT_NAMES = {
    "informe": "Informe trimestral",
    "iptt": "Tabla de seguimiento de indicadores (IPTT)",
    "pirs": "Fichas de referencia de los indicadores (PIRS)",
    "iati": "Resultados en formato IATI 2.03",
    "dqa": "Evaluación de calidad de datos (DQA)",
}
"""Documents, as their readers know them."""

DOCUMENT_USES = {
    "informe": "Word. Lo que se entrega al donante: narrativa, cuadros, gráficas y notas.",
    "iptt": "Excel. Todos los trimestres con meta, valor alcanzado y porcentaje.",
    "pirs": "Word. Qué mide cada indicador, de dónde sale y con qué límites.",
    "iati": "XML. Para publicar: sin cifras de grupos tan pequeños que se reconozca a alguien.",
    "dqa": "Word. Lo que el sistema sabe de la calidad de los datos, por completar. Sólo para quien opera.",
}
"""What each is for."""

LANGUAGE_NAMES = {"es": "español", "en": "inglés"}

DOCUMENTS_VIEW: dict[str, Any] = {
    "title": "Documentos",
    "intro": "Los documentos de cada trimestre, tal como se escribieron. La misma versión con la misma narrativa da "
    "siempre el mismo archivo, con la misma huella (sha256).",
    "quarters": "Trimestres",
    "quarter": "{period} ({fiscal})",
    "illustrative": "Cifras ilustrativas: no son resultados de un proyecto real.",
    "official": "Versión oficial {vintage}, aprobada el {day} por {by}",
    "inherited": "Valores heredados, versión {vintage}",
    "in_force": "vigente",
    "restates": "rectificación",
    "preliminary": "Preliminar: lo que se sabe hoy, sin aprobar",
    "table": "Archivos de {version}",
    "columns": ("Documento", "Archivo", "Idioma", "Tamaño", "Escrito", "Huella (sha256)"),
    "download": "Descargar {file}",
    "download_all": "Descargar los {count} archivos en un .zip",
    "sheets": "Una ficha por indicador ({count})",
    "nothing": "Todavía no se ha escrito ninguno.",
    "no_quarter": "Todavía no hay ningún trimestre con cifras. La primera noche las calcula.",
    "lacking": "Faltan: {names}.",
    "language": "Idioma",
    "write_lacking": "Escribir los que faltan",
    "write_again": "Escribir de nuevo con la narrativa de hoy",
    "write_preliminary": "Escribir los documentos preliminares",
    "written": "Archivos escritos: {count}.",
    "uses": "Qué es cada documento",
    "command": "También por línea de comandos:",
    "kept_from": "Su usuario no ve la evaluación de calidad de datos (DQA): es de quien opera.",
    "no_such": "documento: no se encontró en {period}, se esperaba uno de los que se escribieron. Vuelva a la lista de "
    "documentos.",
    "no_such_version": "versión: no se encontró en el trimestre, se esperaba v y su número, o preliminar. Corríjala.",
    "no_such_language": "idioma: se esperaba es o en. Corríjalo.",
}
"""The view *Documentos*."""

REPORT_CLI = {
    "report": "Escribe los documentos de un trimestre en una carpeta y dice cuáles.",
    "two_versions": "report: se encontraron --vintage y --preliminary, se esperaba cuando más una. Quite una de las "
    "dos. No se escribió nada.",
    "folder": "report: no se puede escribir en {folder} ({why}), se esperaba una carpeta en la que usted pueda "
    "escribir. Dé otra con --to.",
    "written": "{period}, {version}: {count} documentos.",
    "official": "versión oficial {vintage}",
    "preliminary": "preliminar",
    "close_failed": "La versión quedó aprobada, pero no se escribieron sus documentos: {problem}\nEscríbalos en la "
    "página, en Documentos, o con `trimestre report {period} --vintage {vintage} --to CARPETA`.",
}
"""What `trimestre report` says, and what a close says of its documents."""
