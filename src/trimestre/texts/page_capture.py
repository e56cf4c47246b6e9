"""The view *Capturar*: what people bring in, what it would change, and why something is not taken."""

from typing import Any

CAPTURE: dict[str, Any] = {
    "none_forgotten": "Ningún archivo lleva dos semanas sin que alguien lo tome: no se descartó nada.",
    "title": "Capturar",
    "intro": "Todo lo que se trae aquí se revisa primero y se muestra qué cambiaría. Nada cambia hasta que usted lo "
    "toma. Queda anotado quién y cuándo.",
    "limit": "Hasta {limit} MB por archivo.",
    "file": "Archivo",
    "waiting": "En espera de que alguien lo tome o lo descarte",
    "waiting_columns": ("Número", "Qué es", "Archivo", "Trajo", "Cuándo"),
    "nothing_waits": "Nada está en espera.",
    "review": "Revisar la captura {number}",
    "history": "Lo más reciente",
    "history_columns": ("Número", "Qué es", "Archivo", "Trajo", "Cuándo", "Estado", "Respondió"),
    "nothing_yet": "Todavía no se ha traído nada.",
    "drop": "Archivo de una fuente",
    "drop_intro": "Por ejemplo, una lista de asistencia o el avance que exporta otra plataforma. Se lee como lo leería "
    "la noche; al tomarlo, queda en la carpeta de entrega y entra en la próxima corrida de su fuente.",
    "drop_which": "Fuente y conjunto",
    "drop_option": "{source} · {dataset} (se llama como {files})",
    "drop_send": "Revisar el archivo",
    "no_sources": "El proyecto no tiene fuentes de archivos.",
    "books": "Libros de Excel",
    "books_intro": "Descargue el libro: trae lo que vale hoy. Cambie las celdas de captura en Excel, guárdelo y "
    "tráigalo de regreso.",
    "book_quarter": "Trimestre",
    "book_partner": "Sólo lo de esta contraparte (vacío: todas)",
    "book_download": "Descargar",
    "book_file": "{book} de regreso",
    "book_send": "Revisar el libro",
    "verification": "Medios de verificación",
    "verification_intro": "El documento que prueba un dato de captura manual: PDF, JPG, PNG, Word o Excel. Se guarda "
    "tal como llega, con su huella (sha256).",
    "verification_figure": "Dato",
    "verification_send": "Guardar el medio de verificación",
    "verification_columns": ("Dato", "Trimestre", "Archivo", "Tamaño", "Trajo", "Cuándo", "Huella (sha256)"),
    "verification_none": "Todavía no hay ninguno.",
    "no_figures": "Ningún indicador del proyecto se captura a mano.",
    "whole": "total",
    "dropped": "El archivo quedó en la carpeta de entrega. Entra en la próxima corrida de «{source}»; para no esperar, "
    "córrala:",
    "run": "corrida de la fuente en Airflow",
    "upload": "Captura {number}: {what}",
    "brought": "{name}, {size}, trajo {who} el {day}. Huella (sha256): {sha256}",
    "state": "Estado: {state}",
    "decided": "{state} por {who} el {day}.",
    "take": "Tomar",
    "discard": "Descartar",
    "back": "Volver a Capturar",
    "changes": "Qué cambiaría",
    "changed": "Qué cambió",
    "change_columns": ("Qué", "Dónde", "Antes", "Después"),
    "no_changes": "No cambiaría nada: todo está ya como en el libro.",
    "unchanged": "Sin cambio: {count}.",
    "problems": "Qué hay que corregir",
    "problem_intro": "Mientras algo falte por corregir no se puede tomar. Corríjalo en el archivo y tráigalo otra vez.",
    "empty": "vacío",
    "replaces": "Sustituye al archivo del mismo nombre que está en la carpeta de entrega.",
    "beside": "En la carpeta de entrega hay además {names}: la fuente los lee junto con éste. Si éste es el mismo "
    "listado más reciente, tráigalo con ese nombre.",
    "adds": "Es un archivo nuevo en la carpeta de entrega.",
    "as_dataset": "Como «{dataset}»",
    "csv": "CSV, codificación {encoding}, separador {separator}; encabezados en la fila {row}.",
    "xlsx": "Libro de Excel; encabezados en la fila {row}.",
    "records": "Registros: {records} leídos, {blank} en blanco, {repeated} repetidos, {unreadable} ilegibles.",
    "known": "La entrega anterior trajo {known}.",
    "first": "Es la primera entrega.",
    "too_few": "Son tan pocos que la noche rechazaría el lote. Revise que el archivo esté completo.",
    "rows": "Filas que saldrían",
    "row_columns": ("Qué", "Filas", "Que el proyecto no cuenta"),
    "headings": "Encabezados",
    "heading_columns": ("En el archivo", "Columna de la fuente"),
    "no_heading": "(sin encabezado)",
    "missing": "Columnas opcionales que no trae: {columns}.",
    "unknown": "Columnas que no se usan: {columns}.",
    "hints": "Qué revisar",
    "hint": "{entity}: no se cumple «{what}». Filas: {count}. Posiciones: {positions}",
    "unreadable": "{count} registros ilegibles. {why} Posiciones: {positions}",
    "positions_note": "Posición 1 = primera fila debajo del encabezado.",
    "clean": "No se encontró nada que revisar.",
}
"""The view *Capturar*."""

UPLOAD_STATES = {"previewed": "en espera", "taken": "tomada", "discarded": "descartada"}

UPLOAD_KINDS = {
    "archivo": "archivo de una fuente",
    "verificacion": "medio de verificación",
}
"""Kinds of upload that are no workbook."""

CAPTURE_REFUSALS = {
    "no_file": "archivo: no llegó ninguno, se esperaba uno. Elíjalo y envíe el formulario otra vez.",
    "form": "formulario: no se pudo leer, se esperaba el de esta página. Vuelva a ella y envíelo otra vez.",
    "field": "formulario: no se encontró «{field}», se esperaba una de sus opciones. Elíjala y envíelo otra vez.",
    "no_name": "archivo: no se encontró su nombre, se esperaba uno. Póngale nombre y tráigalo otra vez.",
    "name_signs": "archivo «{name}»: se encontraron signos que un nombre de archivo no lleva (una ruta, saltos o "
    "signos que no se ven), se esperaba sólo el nombre. Cámbiele el nombre y tráigalo otra vez.",
    "name_long": "archivo «{name}»: se encontró un nombre de más de {limit} bytes, se esperaba uno más corto. Cámbiele "
    "el nombre y tráigalo otra vez.",
    "name_hidden": "archivo «{name}»: se encontró el nombre de un archivo oculto, temporal o a medio escribir, se "
    "esperaba el definitivo. Ciérrelo en Excel, guárdelo con otro nombre y tráigalo otra vez.",
    "name_reserved": "archivo «{name}»: se encontró un nombre que Windows reserva, se esperaba otro. Cámbiele el "
    "nombre y tráigalo otra vez.",
    "name_personal": "archivo: se encontró un correo o una CURP en su nombre, se esperaba un nombre sin datos "
    "personales: queda guardado. Cámbiele el nombre y tráigalo otra vez.",
    "large": "archivo «{name}»: se encontraron más de {limit} MB, se esperaban cuando más {limit}. Divídalo, quite "
    "imágenes, o póngalo directamente en la carpeta de entrega. No se guardó nada.",
    "large_form": "archivo: se encontraron más de {limit} MB, se esperaban cuando más {limit}. Divídalo, quite "
    "imágenes, o póngalo directamente en la carpeta de entrega. No se guardó nada.",
    "empty": "archivo «{name}»: se encontró vacío, se esperaba con contenido. Expórtelo otra vez.",
    "content": "archivo «{name}»: se encontró {found}, se esperaba {wanted}. Guárdelo en uno de esos formatos y "
    "tráigalo otra vez.",
    "ending": "archivo «{name}»: su contenido no corresponde a su nombre: termina en {found}, se esperaba {wanted}. "
    "Ábralo, guárdelo en el formato correcto y tráigalo otra vez.",
    "unknown_content": "un contenido que no se reconoce",
    "no_ending": "nada",
    "old_workbook": "archivo «{name}»: se encontró un libro anterior a 2007 (.xls) o con contraseña, se esperaba XLSX "
    "o CSV. Ábralo en Excel, guárdelo como .xlsx sin contraseña y tráigalo otra vez.",
    "web_page": "archivo «{name}»: se encontró una página web o un XML, se esperaba una tabla. Probablemente la sesión "
    "había caducado al descargarlo: entre y descárguelo de nuevo; si Excel lo abre, guárdelo como .xlsx.",
    "binary": "archivo «{name}»: se encontró un archivo que no es de texto, se esperaba CSV. Expórtelo otra vez.",
    "damaged": "archivo «{name}»: se encontró dañado, se esperaba un archivo de Office que abra. Ábralo en Excel o "
    "Word, guárdelo otra vez y tráigalo.",
    "locked": "archivo «{name}»: se encontró con contraseña, se esperaba sin ella. Guárdelo sin contraseña y tráigalo "
    "otra vez.",
    "macros": "archivo «{name}»: se encontraron macros, no se esperaba ninguna. Guárdelo como .xlsx o .docx, que no "
    "las llevan, y tráigalo otra vez.",
    "entities": "archivo «{name}»: se encontraron en él declaraciones que ningún programa de Office escribe, no se "
    "esperaba ninguna. Guárdelo otra vez desde Excel o Word y tráigalo.",
    "bomb": "archivo «{name}»: se encontró que descomprimido ocupa demasiado, se esperaban cuando más {limit} MB y "
    "partes de tamaño razonable. Copie las hojas necesarias a un libro nuevo y tráigalo.",
    "source": "fuente: se encontró «{found}», se esperaba una de archivos: {known}. Elíjala de la lista.",
    "dataset": "conjunto: se encontró «{found}», se esperaba uno de: {known}. Elíjalo de la lista.",
    "pattern": "archivo «{name}»: el nombre no es el de los archivos de «{dataset}», se esperaba uno como {wanted} (el "
    "* es cualquier texto). Cámbiele el nombre, o elija otro conjunto.",
    "connection": "carpeta de entrega: no se encontró la conexión «{name}», se esperaba en Airflow (Admin › "
    "Connections). Pídala a quien administra Airflow.",
    "folder_missing": "carpeta de entrega {folder}: no se encontró, se esperaba que existiera. Pida que la creen.",
    "folder_forbidden": "carpeta de entrega {folder}: no se puede leer o escribir con esta cuenta, se esperaba "
    "permiso. Pídalo a quien administra la carpeta.",
    "folder_package": "carpeta de entrega {folder}: falta instalar el paquete que usa ese tipo de dirección. Pídalo a "
    "quien administra el servidor.",
    "folder_options": "carpeta de entrega {folder}: su dirección o las opciones de su conexión no son válidas. Pida "
    "que las corrijan.",
    "folder_unreachable": "carpeta de entrega {folder}: no responde, se esperaba que respondiera. Vuelva a intentarlo "
    "más tarde.",
    "file_moved": "archivo «{name}»: otro llegó a su lugar en la carpeta {folder} después de esta vista previa, y se "
    "perdería. Descarte esta captura y traiga el archivo otra vez para ver qué sustituye.",
    "hidden": "(oculto)",
    "no_upload": "captura {number}: no se encontró, se esperaba una de la lista. Vuelva a Capturar.",
    "decided": "captura {number}: ya está {state} por {who}, se esperaba en espera. No se hizo nada.",
    "file_gone": "captura {number}: su archivo ya no se guarda. Tráigalo otra vez.",
    "figure": "dato: se encontró «{found}», se esperaba uno de los que se capturan a mano. Elíjalo de la lista.",
    "same_file": "archivo «{name}»: ya está guardado como medio de verificación de {indicator} en {period}. No se hizo "
    "nada.",
    "book": "libro: se encontró «{found}», se esperaba uno de: {known}. Elíjalo de la lista.",
    "not_verification": "captura {number}: no es un medio de verificación; sólo esos se descargan de aquí.",
}
"""Why something that somebody brought is not taken: what was found, what is expected, what to do."""
