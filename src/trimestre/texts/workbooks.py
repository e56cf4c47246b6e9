"""Workbooks that go out and come back: names, columns, instructions, what is wrong in them, commands."""

from trimestre.texts.forms import FORM_CORRECTABLE

WORKBOOKS = {
    "captura": {
        "name": "Datos de captura manual",
        "sheet": "Captura",
        "sentence": "Cifras e hitos que nadie más registra, con su fecha y su medio de verificación.",
    },
    "metas": {
        "name": "Metas y líneas de base",
        "sheet": "Metas",
        "sentence": "Cambios de metas y líneas de base, con el oficio que los aprueba y desde cuándo valen.",
    },
    "explicaciones": {
        "name": "Explicaciones",
        "sheet": "Explicaciones",
        "sentence": "Por qué una cifra se aparta de su meta o de lo esperado.",
    },
    "narrativa": {
        "name": "Narrativa del informe",
        "sheet": "Narrativa",
        "sentence": "Los párrafos del informe del trimestre, por sección y línea de acción.",
    },
    "bitacora": {
        "name": "Bitácora de actividades",
        "sheet": "Bitácora",
        "sentence": "Qué se hizo, cuándo, con quién, qué se acordó y qué lo prueba.",
    },
    "riesgos": {
        "name": "Riesgos operativos",
        "sheet": "Riesgos",
        "sentence": "Riesgos del proyecto; los abiertos pasan al trimestre siguiente hasta que alguien los cierra.",
    },
    "observaciones": {
        "name": "Observaciones del donante",
        "sheet": "Observaciones",
        "sentence": "Lo que el donante observó en los informes y lo que se le respondió.",
    },
    "correcciones": {
        "name": "Correcciones de registros retenidos",
        "sheet": "Correcciones",
        "sentence": "El valor correcto de registros retenidos. Puede contener datos personales: cuide el archivo.",
    },
}
"""Kind -> name, name of its sheet, what it is for."""

WORKBOOK_FIELDS = {
    "captura": {
        "indicator": ("Indicador", "Clave y nombre del indicador. Elija de la lista."),
        "period": ("Trimestre", "Trimestre de la cifra, como 2020-Q2."),
        "disaggregation": ("Desagregación", "Total, o el desglose de la cifra. Vacío = Total."),
        "category": ("Categoría", "Categoría del desglose, por su nombre o su clave. Vacío = Total."),
        "value": ("Valor", "Solo el número. El cero se escribe 0; vacío = todavía no se conoce."),
        "stage": ("Etapa", "Solo en hitos: la etapa alcanzada. Elija de la lista."),
        "reported_on": ("Fecha", "Día al que corresponde la cifra (dd/mm/aaaa)."),
        "verification": (
            "Medio de verificación",
            "Documento que respalda la cifra y dónde se guarda. También el cero lo necesita.",
        ),
    },
    "metas": {
        "indicator": ("Indicador", "Clave y nombre del indicador. Elija de la lista."),
        "what": ("Qué", "Meta o línea de base."),
        "covers": ("Cubre", "De una meta: el trimestre, semestre, año, año fiscal o la vida del proyecto."),
        "disaggregation": ("Desagregación", "De una meta por categoría: su desglose. Vacío = Total."),
        "category": ("Categoría", "De una meta por categoría: su nombre o su clave. Vacío = Total."),
        "current": ("Valor vigente", "Lo que vale hoy. No se escribe."),
        "new": ("Valor nuevo", "Solo si cambia. Los porcentajes se escriben como 87.5; n. d. quita la meta."),
        "effective_from": ("Vigente desde", "Primer trimestre que se informa contra el valor nuevo."),
        "letter": ("Oficio o documento", "Documento con el que se aprobó el cambio."),
        "approved_on": ("Fecha de aprobación", "Día de la aprobación (dd/mm/aaaa)."),
        "approved_by": ("Quién aprobó", "Cargo o nombre de quien aprobó."),
        "measured_on": ("Medida el", "Solo en líneas de base: día de la medición (dd/mm/aaaa)."),
        "restates": ("Rectifica lo publicado", "«Sí» solo si cambia la meta de trimestres ya cerrados."),
    },
    "explicaciones": {
        "indicator": ("Indicador", "Clave y nombre del indicador."),
        "value": ("Valor", "Cifra preliminar del trimestre."),
        "target": ("Meta", "Meta del trimestre."),
        "percent": ("% de la meta", "Cuánto de la meta se alcanzó."),
        "status": ("Estado", "Estado frente a la meta."),
        "asked": ("Se pide", "«Sí» si la diferencia contra la meta pasa de lo tolerado."),
        "explanation": ("Explicación", "Por qué, en una o dos frases, como debe leerse en el informe."),
    },
    "narrativa": {
        "section": ("Sección", "Parte del informe."),
        "line": ("Línea de acción", "Solo en la sección de líneas de acción."),
        "ordinal": ("Párrafo", "Lugar dentro de la sección."),
        "text": (
            "Texto",
            "El párrafo. Puede llevar marcas como {{L2-01}}: el informe pone ahí la cifra. Vacío = no hay párrafo.",
        ),
    },
    "bitacora": {
        "activity": ("Clave", "La pone el sistema. Déjela vacía en lo nuevo."),
        "line": ("Línea de acción", "A qué línea pertenece, o Administrativa."),
        "happened": (
            "Cuándo",
            "Como se dice: 27 de mayo · a mediados de junio · primera quincena de mayo · mayo y junio.",
        ),
        "what": ("Qué se hizo", "La actividad, como debe leerse en el informe."),
        "counterpart": ("Con quién", "Institución u organización."),
        "agreement": ("Qué se acordó", "Acuerdos y compromisos."),
        "evidence": ("Qué lo prueba", "Documento o enlace."),
    },
    "riesgos": {
        "risk": ("Clave", "La pone el sistema. Déjela vacía en lo nuevo."),
        "opened_in": ("Abierto en", "Trimestre que lo nombró primero."),
        "description": ("Riesgo", "Qué puede pasar, o qué está pasando."),
        "effect": ("Efecto", "Qué le hace al proyecto."),
        "response": ("Respuesta", "Qué se hace al respecto."),
        "owner": ("Responsable", "Cargo de quien responde por él."),
        "closed_in": ("Cerrado en", "Este trimestre, si terminó en él; vacío = sigue abierto."),
    },
    "observaciones": {
        "remark": ("Clave", "La pone el sistema. Déjela vacía en lo nuevo."),
        "period": ("Trimestre del informe", "De qué informe trata."),
        "made_on": ("Fecha", "Día de la observación (dd/mm/aaaa)."),
        "about": ("Sobre", "Indicador o sección. Puede quedar vacío."),
        "remark_text": ("Observación", "Lo que dijo el donante."),
        "answer": ("Respuesta", "Lo que se le respondió; vacío = pendiente."),
        "answered_in": ("Respondida en", "Trimestre cuyo informe la responde."),
    },
    "correcciones": {
        "number": ("Número", "Número del registro retenido, como lo muestra la vista Calidad."),
        "source": ("Fuente", "De dónde vino."),
        "entity": ("Entidad", "Qué es."),
        "rule": ("Regla", "La regla que lo retuvo."),
        "where": ("Archivo y posición", "Dónde está en lo recibido."),
        "field": ("Campo", "Campo que se corrige. Para otro campo del mismo registro use una fila en blanco."),
        "value": (
            "Valor correcto",
            "Fechas dd/mm/aaaa; con hora, dd/mm/aaaa hh:mm (hora del proyecto). Escriba (vacío) para quitar el valor.",
        ),
        "reason": ("Motivo", "Por qué, y con qué documento. Sin datos personales."),
    },
}
"""Kind -> field -> heading and what to write there."""

WORKBOOK_CORRECTABLE = FORM_CORRECTABLE | {
    "email": "Correo (email)",
    "employee_id": "Número de empleado (employee_id)",
    "free_text": "Respuesta de texto libre (free_text)",
    "full_name": "Nombre completo (full_name)",
    "institution": "Institución (institution)",
    "kind": "Clase de cuenta (kind)",
    "legal_id": "CURP u otro identificador oficial (legal_id)",
    "local_id": "Usuario en la plataforma (local_id)",
    "organisation_type": "Tipo de organización (organisation_type)",
    "question": "Pregunta (question)",
    "response_id": "Número del cuestionario (response_id)",
    "sub_code": "Parte de la pregunta (sub_code)",
    "target": "A qué se invita (target)",
    "target_kind": "Clase de invitación (target_kind)",
    "verification": "Medio de verificación (verification)",
    "weak": "Conocida sólo por su nombre (weak)",
}
"""Field of what sources deliver -> its name, here also of those that may hold personal data."""

WORKBOOK_INSTRUCTIONS = (
    "Escriba solo en las celdas amarillas; las grises están protegidas y muestran lo que hay hoy.",
    "Guarde el libro como .xlsx y súbalo en la vista Capturar. Verá qué cambiaría antes de que cambie algo.",
    "Una fila que usted no toca no cambia nada, aunque otra persona la haya cambiado mientras tanto.",
    "No copie hojas a otro libro: el archivo lleva una marca que dice de qué proyecto y trimestre es.",
    "No escriba correos electrónicos ni CURP.",
)
"""What every workbook says first."""

WORKBOOK_NOTES = {
    "captura": ("Vaciar una fila que tenía cifra la quita. Los datos entran en la próxima lectura de la fuente.",),
    "narrativa": ("Vaciar un texto quita el párrafo.",),
    "bitacora": ("Vaciar todas las celdas de una fila quita la actividad.",),
    "riesgos": ("Un riesgo no se borra: se cierra en el trimestre en que termina.",),
    "observaciones": ("Vaciar todas las celdas de una fila quita la observación.",),
    "correcciones": (
        "Aquí el valor correcto sí puede ser un dato personal: borre el archivo en cuanto lo haya subido.",
        "De quién es el registro (account_ref) no se corrige.",
    ),
}
"""What some kinds say besides."""

WORKBOOK_SECTIONS = {
    "titulo": "Título",
    "descripcion": "Descripción",
    "administrativas": "Actividades administrativas",
    "linea": "Actividades por línea de acción",
    "cierre": "Cierre",
}
"""Sections of the report."""

WORKBOOK_SAID = {
    "nothing": "nada",
    "hidden": "(no se muestra)",
    "long": "un texto de {n} signos",
    "problem": "{place}: se encontró {found}, se esperaba {expected}. {mend}",
    "conflict": "{place}: alguien más cambió este dato después de que se descargó el libro. "
    "Descargue el libro de nuevo y escriba ahí su cambio.",
    "new": "Nuevo",
    "removed": "Se quita",
    "pair": "{heading}: {value}",
    "paragraph": "{section}, párrafo {ordinal}",
    "paragraph_of_line": "{section} {line}, párrafo {ordinal}",
    "new_activity": "actividad nueva",
    "new_risk": "riesgo nuevo",
    "new_remark": "observación nueva",
    "administrativa": "Administrativa",
    "yes": "Sí",
    "no": "No",
    "target": "Meta",
    "baseline": "Línea de base",
    "revised": "{new} (desde {effective_from}; {letter}, {day}; aprobó: {approved_by})",
    "letter": "{letter}; aprobó: {by}",
    "correction": "Corrección",
    "retained": "registro retenido {number} · {field}",
    "corrected": "valor nuevo (no se muestra); motivo: {reason}",
    "empty": "(vacío)",
    "instructions": "Instrucciones",
    "lists": "Listas",
    "day_title": "Fecha",
    "day_message": "Se espera una fecha, como 27/05/2020.",
    "choice_title": "Lista",
    "choice_message": "Elija un valor de la lista.",
    "nothing_changes": "El libro no cambia nada.",
    "taken_versions": "{name}: {new} nuevas, {changed} cambiadas, {removed} quitadas.",
    "taken_explanations": "Explicaciones guardadas de {period}: {n}.",
    "taken_typed": "Datos escritos en {files}: {n}. Entran en la próxima lectura de la fuente {source}.",
    "taken_targets": "Cambios escritos en los archivos de {codes}: {n}. Las cifras se comparan con ellos en el "
    "próximo cálculo.",
    "row_entered": "El registro {number} entró. Trimestres por recalcular: {quarters}.",
    "row_held": "El registro {number} sigue retenido: lo que ahora dice está con el número {again}.",
}
"""Parts of workbooks, of their previews and of what was done."""

WORKBOOK_RULES = {
    "required": ("un valor", "Escríbalo, o deje vacía toda la fila."),
    "twice": ("cada cosa en una sola fila", "Ya está en {other}: deje una de las dos."),
    "not_removable": ("que la fila no quede vacía", "Aquí nada se borra; vuelva a escribir lo que había."),
    "unknown_key": ("una clave que exista", "Déjela vacía si es nuevo, o descargue el libro otra vez."),
    "formula": ("un valor, no una fórmula sin resultado", "Abra el libro en Excel, guárdelo y súbalo otra vez."),
    "error_value": ("un valor, no un error de fórmula", "Corrija la fórmula o escriba el valor."),
    "number": ("un número como 1234.5 o 1,234.5", "Escriba solo el número, con punto decimal."),
    "day": ("una fecha como 27/05/2020", "Escriba día/mes/año."),
    "choice": ("un valor de la lista: {known}", "Elíjalo de la lista."),
    "longest": ("un texto de {most} signos o menos", "Acórtelo, o divídalo en varias filas."),
    "personal": ("un texto sin correos electrónicos ni CURP", "Quite el dato personal."),
    "line_of_section": (
        "una línea de acción solo en su sección",
        "Elija la línea en «Actividades por línea de acción» y déjela vacía en las demás.",
    ),
    "ordinal": ("un número de párrafo de 1 a {most}", "Corríjalo."),
    "closed_in": ("{period}, el trimestre del libro", "Cierre el riesgo en el libro del trimestre en que terminó."),
    "answered": ("respuesta y trimestre que la responde, los dos o ninguno", "Complete el que falta."),
    "not_later": ("un trimestre que no sea posterior a {period}", "Corríjalo."),
    "answered_before": ("un trimestre desde {period}", "Corríjalo."),
    "disaggregation": ("un desglose de este indicador: {known}", "Elija uno de ellos."),
    "category": ("una categoría de ese desglose: {known}", "Escriba su nombre o su clave."),
    "of_period": ("{period}, el trimestre del libro", "Descargue el libro de ese trimestre."),
    "of_partner": ("una fila de las que se dieron a {partner}", "Pida el libro completo para capturar otras."),
    "no_stages": ("una etapa solo en hitos", "Escriba la cifra en Valor y deje vacía la etapa."),
    "stage": ("una etapa de este hito: {known}", "Elija una de la lista."),
    "stage_number": ("el número de una etapa, de 0 a {last}", "Corríjalo."),
    "no_value": ("un número", "Si todavía no se conoce, deje la fila vacía."),
    "not_negative": ("un número que no sea negativo", "Revise el signo."),
    "whole": ("un número entero de {unit}", "Quite los decimales."),
    "baseline_covers": ("nada en una línea de base", "Deje vacía la celda, o elija Meta."),
    "same": ("otro valor que el vigente", "Deje vacía la fila si no cambia."),
    "measured_on": ("el día de la medición", "Escríbalo: una línea de base con valor tiene fecha."),
    "measured_on_of_baseline": ("nada en una meta", "La fecha de medición es solo de líneas de base."),
    "open_quarter": (
        "un trimestre que no esté cerrado, desde {first}",
        "Elija ese u otro posterior; si se rectifican cifras publicadas, escriba «Sí» en «Rectifica lo publicado».",
    ),
    "too_late": ("{last} o antes, mientras se informa la meta de {covers}", "Elija un trimestre anterior."),
    "revision_order": ("{last} o después, como los cambios anteriores", "Corríjalo."),
    "retained": ("el número de un registro retenido", "Véalo en la vista Calidad."),
    "not_open": ("un registro abierto, y está: {state}", "Quite la fila."),
    "field_of_entity": ("un campo de este registro: {known}", "Elija uno de ellos."),
    "value_or_empty": ("el valor correcto", "Escríbalo, o {empty} para quitar el que hay."),
}
"""What is wrong in a cell -> what was expected, what to do."""

WORKBOOK_WARNINGS = {
    "no_day": "{place}: no se entendió qué días son {found}; se guarda tal como está, sin fecha.",
    "day_outside": "{place}: {found} se entendió como {first} a {last}, fuera de {period}.",
    "token": "{place}: la marca {{{{{token}}}}} no nombra ningún indicador; el informe la dejará como está.",
    "implausible": "{place}: {found} está fuera de lo que se espera de {code}. Revíselo.",
    "fraction": "{place}: {found} se toma como {found} por ciento. Si quiso decir {percent}%, escríbalo así.",
    "day_of_quarter": "{place}: {found} no es un día de {period}; la cifra cuenta en {period} de todos modos.",
}
"""What is taken all the same."""

WORKBOOK_REFUSALS = {
    "kind": "Libro: se encontró {found!r}, se esperaba uno de: {known}. Corrija el nombre.",
    "ending": "Libro {name}: se esperaba un nombre que termine en .xlsx. Corríjalo.",
    "unwritable": "Libro {path}: no se pudo escribir ahí. Elija otra carpeta, o cierre el archivo si está abierto.",
    "no_partner": "{name}: no hay copias por contraparte de este libro. Descárguelo sin contraparte.",
    "partner": "Contraparte: se encontró «{found}», se esperaba una de: {known}. Corrija el nombre.",
    "no_typing": "Captura: el proyecto no tiene una fuente de libros de Excel con datos capturados. "
    "Declare una en sources/ (vea sources/datos_capturados.yaml).",
    "nothing_typed": "Captura: ningún indicador vigente se captura a mano (evidence: reported_values).",
    "too_large": "{name}: se encontró un archivo de {found} MB, se esperaban {most} MB o menos. "
    "Quite hojas e imágenes que no sean del libro.",
    "no_workbook": "{name}: no se pudo leer como libro de Excel. Ábralo en Excel y guárdelo como .xlsx sin contraseña.",
    "rows": "{name}: se encontraron {found} filas con datos, se esperaban {most} o menos. Divídalo en varios libros.",
    "mark": "{name}: no es un libro de Trimestre. Descargue el libro y escriba en él.",
    "mark_kind": "{name}: es el libro «{found}», se esperaba «{expected}». Súbalo donde corresponde.",
    "mark_version": "{name}: es un libro de otra versión del programa. Descárguelo de nuevo y pase sus datos.",
    "mark_project": "{name}: es de otro proyecto ({found}), se esperaba {expected}. Descargue el de este proyecto.",
    "mark_period": "{name}: es del trimestre {found}, se esperaba {expected}. Súbalo en su trimestre.",
    "sheet": "{name}: no se encontró la hoja «{sheet}» con las columnas {headings}. "
    "Devuelva a las columnas sus encabezados, o descargue el libro de nuevo.",
    "drop_unwritable": "Carpeta {folder}: no se pudo escribir. Nada cambió. Pida permiso de escritura para Airflow.",
    "drop_no_name": "files: de «{pattern}» no se puede hacer el nombre de un libro que lea la fuente. Ponga en la "
    "carpeta un libro con los encabezados, o corrija files, y tome el libro otra vez.",
    "drop_columns": "{name}: el archivo que lee la fuente no tiene las columnas de los datos capturados. "
    "Corrija sus encabezados y vuelva a tomar el libro.",
    "framework_unwritable": "Carpeta {folder}: no se pudo escribir ({why}). Nada cambió. "
    "Pida permiso de escritura para Airflow, o cambie las metas en los archivos del proyecto.",
    "problems": "El libro tiene problemas; no se tomó nada:",
    "moved": "Lo que este libro cambiaría ya no es lo que se mostró: alguien cambió algo mientras tanto. "
    "No se tomó nada; súbalo otra vez y revise lo que cambiaría ahora.",
}
"""Why a whole file, or taking it, is refused."""

WORKBOOK_CLI = {
    "app": "Libros de Excel: escribirlos, ver qué cambiarían y tomarlos.",
    "out": "Escribe un libro con lo que hay hoy.",
    "preview": "Muestra qué cambiaría un libro; no cambia nada.",
    "take": "Toma un libro: aplica lo que cambia, todo o nada.",
    "written": "Libro escrito: {path}",
    "unchanged": "Filas que no cambian nada: {n}",
    "problems": "Problemas (el libro no se puede tomar):",
    "warnings": "Avisos (el libro se puede tomar):",
    "none": "El libro no cambia nada.",
    "taken": "Libro tomado ({number}).",
}
"""What `trimestre workbook` says."""

WORKBOOK_COLUMNS = ("Qué", "Dónde", "Antes", "Después")
"""Headings of a preview."""
