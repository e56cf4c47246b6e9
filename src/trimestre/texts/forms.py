"""The forms of decisions as Airflow shows them: names, fields, choices, and what is wrong with what was filled in."""

FORMS = {
    "retirar_lote": {
        "name": "Retirar un lote",
        "description": "Deshace un lote que se cargó por error",
        "task": "Retirar el lote",
        "doc": """
**Para qué.** Un lote se cargó por error: el archivo de otro curso, una lista equivocada, una exportación a medias.

**Qué hace.** Lo deshace con versiones posteriores, como si nunca hubiera llegado. Nada se borra: el archivo recibido y
la historia se conservan, y ese mismo archivo no se vuelve a tomar. Después se recalculan los trimestres que cambiaron.

**Antes de enviarlo.** Compruebe el número en *Navegar* → *Trimestre* → *Calidad*, lista *Lotes*: ahí se abre y se ve
qué trajo. En la línea de comandos, `trimestre batches` y `trimestre batch show N`. Retirar no se deshace con un botón:
para volver a cargarlo hay que entregar el archivo de nuevo, con algún cambio.

**Si falla.** El mensaje de la tarea dice por qué, y nada cambió.
""",
    },
    "decidir_identidad": {
        "name": "Decidir identidades",
        "description": "Une o separa cuentas de personas, y anula una decisión anterior",
        "task": "Registrar la decisión",
        "doc": """
**Para qué.** Las cuentas se reconocen como una misma persona por sus identificadores, nunca sólo por el nombre.
Cuando eso no alcanza, o se equivoca, decide una persona.

**Qué hace.** Guarda la decisión con quién, cuándo y por qué, la aplica de inmediato y recalcula los trimestres que
cambiaron. Toda carga y toda reconstrucción posterior la respeta.

**De dónde salen las cuentas.** De *Calidad* → *Personas por revisar*, en Trimestre. Una cuenta se escribe con su clave,
como `3f2a9c04-7d1e-5b60-8a2f-0c4d9e6b1a75`; nunca con un nombre, un correo o una CURP.

**Si falla.** El mensaje de la tarea dice por qué, y nada cambió.
""",
    },
    "corregir_retenidos": {
        "name": "Corregir registros retenidos",
        "description": "Acepta o corrige registros que una regla retuvo, o vuelve a intentarlos",
        "task": "Aplicar la decisión",
        "doc": """
**Para qué.** Un registro que no pasa una regla crítica queda retenido y no cuenta. Aquí se decide qué hacer con él.

**Qué hace.**

- *Aceptar*: entra tal como llegó, aunque la regla no se cumpla. Sólo en reglas que lo permiten.
- *Corregir*: entra con otro valor en un campo.
- *Volver a intentar una fuente*: se leen de nuevo sus registros retenidos, por ejemplo después de corregir un archivo
  YAML.
- *Anular una decisión anterior*: como si nunca se hubiera aceptado o corregido.

El registro entra con su propia fecha, y se recalculan los trimestres que cambiaron.

**De dónde salen los números.** De *Navegar* → *Trimestre* → *Calidad* → *Ver los registros uno por uno*, que dice
también qué falló y en qué archivo y posición. En la línea de comandos, `trimestre retained list` y
`trimestre retained show N`. El número de una decisión lo dice el registro (*Logs*) de la corrida que la tomó.

**Datos personales: aquí no.** Airflow guarda lo que se escribe en un formulario. Nombres, correos, CURP, números de
empleado y respuestas de texto libre se corrigen sólo con `trimestre retained correct`, en la línea de comandos.

**Si falla.** El mensaje de la tarea dice por qué, y nada cambió.
""",
    },
    "close_quarter": {
        "name": "Cerrar trimestre",
        "description": "Propone las cifras de un trimestre y pide que otra persona las apruebe como oficiales",
        "task": "Preparar la candidata",
        "doc": """
**Para qué.** Que las cifras de un trimestre queden como oficiales, o **rectificar** cifras ya publicadas.

**Qué hace.** Prepara una *candidata* con las cifras, sus definiciones y cada registro de respaldo tal como se conocen
ahora, con su huella; muestra el resumen y espera. Otra persona, de las que aprueban según `framework/framework.yaml`,
responde **Aprobar** o **Devolver** en *Navegar* → *Acciones Requeridas*. Aprobar la deja como versión oficial sin
recalcular nada; devolver no publica nada, y la corrida termina en verde.

**No empieza** antes de que terminen el trimestre, el plazo de recepción y las ediciones que abrieron en él (salvo con
*Forzar* y un motivo), ni mientras haya errores de coherencia o desviaciones sin explicar: el mensaje de la primera
tarea dice cuáles.

**Rectificar.** Si el trimestre ya tiene versión oficial, la candidata es una rectificación: el motivo es obligatorio.

**Una candidata más nueva sustituye a la anterior.** Si se responde la pregunta de una candidata sustituida, la tarea
falla, lo dice, y nada cambia.
""",
    },
    "explicar_desviacion": {
        "name": "Explicar una desviación",
        "description": "Guarda por qué un indicador se desvía de su meta o cambia fuera de lo usual",
        "task": "Guardar la explicación",
        "doc": """
**Para qué.** El cierre pide una explicación de cada indicador que se desvía de su meta más de lo tolerado, o que
cambia fuera de lo usual. Aquí se escribe, antes del cierre o mientras se prepara.

**Qué hace.** Guarda el texto con su usuario y la fecha. Sale en el resumen del cierre y en todas las salidas. La
explicación más nueva de un indicador y trimestre es la que vale; la de una candidata ya preparada no cambia: prepare
otra.

**Si falla.** El mensaje de la tarea dice por qué, y nada cambió.
""",
    },
    "estado_informe": {
        "name": "Estado del informe ante el donante",
        "description": "Anota que una versión oficial se envió, recibió observaciones o se aceptó",
        "task": "Anotar el estado",
        "doc": """
**Para qué.** Saber en qué va cada versión oficial ante el donante: *Borrador* → *Enviada* → *Con observaciones* →
*Enviada* otra vez → *Aceptada*.

**Qué hace.** Cambia el estado de la versión en vigor del trimestre (o de la que se indique) y lo guarda con su usuario,
la fecha y el motivo. Ninguna cifra cambia: lo que pida el donante se corrige con una rectificación («Cerrar
trimestre»).

**Si falla.** El mensaje de la tarea dice por qué, y nada cambió.
""",
    },
}
"""Each form: its name, one line, the task that decides, and what stands on its page."""

FORM_FIELDS = {
    "lote": ("Número del lote", "Como lo muestra la vista **Calidad** de Trimestre, en la primera columna de «Lotes»."),
    "motivo": (
        "Motivo",
        "Por qué se decide así. Queda guardado con su usuario y la fecha. **Sin datos personales**: ni nombres, ni "
        "correos (el signo @ no se admite), ni CURP.",
    ),
    "accion": ("Acción", "Elija una. Cada campo dice para qué acción se llena."),
    "cuentas": (
        "Cuentas",
        "Claves de las cuentas, **una por renglón**, como las muestra *Calidad* → *Personas por revisar*, en "
        "Trimestre. «Unir» y «Son personas distintas» piden dos o más; «Separar», una o más. Vacío al anular una "
        "decisión.",
    ),
    "decision": (
        "Número de la decisión",
        "Sólo para «Anular una decisión anterior»: su número, como lo dice el registro (*Logs*) de la corrida que la "
        "tomó; de personas, también *Calidad* → *Personas por revisar*; en la línea de comandos, **trimestre identity "
        "decisions** o **trimestre retained show**.",
    ),
    "numeros": (
        "Números de los registros",
        "**Uno por renglón**, como los muestra *Calidad* → *Ver los registros uno por uno*, en Trimestre. «Corregir un "
        "campo» pide uno solo. Vacío al volver a intentar una fuente o anular una decisión.",
    ),
    "campo": (
        "Campo por corregir",
        "Sólo para «Corregir un campo». Los que llevan datos personales no están en la lista.",
    ),
    "valor": (
        "Valor correcto",
        "Sólo para «Corregir un campo»: una fecha (2020-05-14), una fecha y hora (2020-05-14T09:30:00-05:00), un "
        "número o un código, sin espacios. **Nunca un dato personal**: Airflow guarda lo que se escribe aquí.",
    ),
    "fuente": ("Fuente", "Sólo para «Volver a intentar una fuente»."),
    "trimestre": ("Trimestre", "Como **2020-Q2**, o el trimestre fiscal del donante: **FY2020-Q3**."),
    "forzar": (
        "Forzar",
        "Sólo para cerrar antes de que terminen el trimestre, el plazo de recepción o una edición. Pide motivo.",
    ),
    "explicaciones": (
        "Explicaciones",
        "De los indicadores que lo piden, **uno por renglón**: la clave, dos puntos y el texto, como "
        "**L2-01: se abrieron dos grupos más**. También se explican antes, en «Explicar una desviación». **Sin datos "
        "personales**.",
    ),
    "indicador": ("Indicador", "El que se explica."),
    "texto": (
        "Explicación",
        "Por qué se desvía y qué se hará. Sale en todas las salidas, con su usuario y la fecha. **Sin datos "
        "personales**: ni nombres, ni correos (el signo @ no se admite), ni CURP.",
    ),
    "estado": ("Estado", "Adónde pasa la versión oficial."),
    "version": ("Versión oficial", "Su número. Vacío = la que está en vigor."),
    "candidata": ("Candidata", "La que se responde."),
    "comentario": (
        "Comentario",
        "Opcional al aprobar; al devolver, diga qué falta. Queda guardado. **Sin datos personales**.",
    ),
    "estado_del_proyecto": (
        "Estado del proyecto",
        "Vacío = como se propone. Para decidir otro, elíjalo y escriba el motivo.",
    ),
    "motivo_estado": ("Motivo del estado del proyecto", "Sólo si decide un estado: por qué. **Sin datos personales**."),
}
"""Each field of a form: its title, and what belongs into it."""

FORM_FIELDS_OF = {
    "close_quarter": {
        "motivo": (
            "Motivo",
            "Sólo al **forzar** o al **rectificar** cifras publicadas: por qué. Queda guardado con su usuario y la "
            "fecha. **Sin datos personales**: ni nombres, ni correos (el signo @ no se admite), ni CURP.",
        ),
    },
}
"""Fields that mean something else in one form."""

FORM_CHOICES = {
    "decidir_identidad": {
        "unir": "Unir: son la misma persona",
        "separar": "Separar: son otra persona que las demás",
        "distintas": "Son personas distintas: quitar de la lista de posibles pares",
        "revocar": "Anular una decisión anterior",
    },
    "corregir_retenidos": {
        "aceptar": "Aceptar: entran tal como llegaron",
        "corregir": "Corregir un campo",
        "reintentar": "Volver a intentar una fuente",
        "revocar": "Anular una decisión anterior",
    },
}
"""The actions of a form."""

APPROVE, RETURN = "Aprobar", "Devolver"
"""The two answers to a candidate, as its buttons show them."""

FORM_CORRECTABLE = {
    "accessed_at": "Último acceso (accessed_at)",
    "active": "Inscripción activa (active)",
    "category": "Categoría de la desagregación (category)",
    "complete": "Cuestionario completo (complete)",
    "completed_at": "Fecha de conclusión (completed_at)",
    "delivered": "Invitación entregada (delivered)",
    "disaggregation": "Desagregación (disaggregation)",
    "edition": "Edición (edition)",
    "enrolled_at": "Fecha de inscripción (enrolled_at)",
    "event": "Evento (event)",
    "indicator": "Indicador (indicator)",
    "joined_at": "Hora de entrada al evento (joined_at)",
    "language": "Idioma (language)",
    "left_at": "Hora de salida del evento (left_at)",
    "module": "Módulo (module)",
    "obtained_at": "Fecha del certificado (obtained_at)",
    "order_of_government": "Orden de gobierno (order_of_government)",
    "period": "Trimestre (period)",
    "registered_at": "Fecha de registro de asistencia (registered_at)",
    "reported_on": "Fecha de captura (reported_on)",
    "role": "Rol en el curso (role)",
    "seconds": "Segundos de presencia (seconds)",
    "sent_at": "Fecha de la invitación (sent_at)",
    "sex": "Sexo (sex)",
    "started_at": "Inicio del cuestionario (started_at)",
    "state": "Entidad federativa, o estado de un módulo o certificado (state)",
    "submitted_at": "Envío del cuestionario (submitted_at)",
    "survey": "Encuesta (survey)",
    "suspended": "Inscripción suspendida (suspended)",
    "value": "Valor capturado (value)",
}
"""Fields that the form corrects: dates, numbers and codes; none that may hold personal data or a sentence."""

FORM_EMPTY = "(vacío)"
"""The choice of none."""

FORM_MESSAGES = {
    "nobody": "{form}: no se sabe quién lo envía, y toda decisión lleva nombre. Envíelo desde la página de "
    "Airflow con su usuario. No se hizo nada.",
    "missing": "{form}: falta «{field}», que la acción «{choice}» necesita. Llénelo y envíe de nuevo. No se hizo nada.",
    "too_many": "{form}: se llenó «{field}», que la acción «{choice}» no usa. Déjelo vacío o elija otra acción. No se "
    "hizo nada.",
    "one_number": "{form}: la acción «{choice}» es de un solo registro. Deje un número y envíe uno a la vez. No se "
    "hizo nada.",
    "not_an_instant": "{form}: en «{field}» se encontró algo que no es una fecha y hora con su zona, se esperaba una "
    "como 2020-06-02T10:00:00-05:00. Corríjala y envíe de nuevo. No se hizo nada.",
    "not_a_date": "{form}: en «{field}» se encontró algo que no es una fecha, se esperaba una como 2020-06-02. "
    "Corríjala y envíe de nuevo. No se hizo nada.",
    "two_accounts": "{form}: la acción «{choice}» necesita dos cuentas o más, una por renglón. No se hizo nada.",
    "identity_decided": "Decisión {decision} aplicada por el lote {batch}. Trimestres por recalcular: {quarters}.",
    "identity_unchanged": "Decisión {decision} guardada; quién es quién no cambia. Trimestres por recalcular: "
    "{quarters}.",
    "personal": "{form}: el registro {number} es de «{entity}», que trae datos personales o texto libre, y Airflow "
    "guarda lo que se escribe en un formulario. Corríjalo con `trimestre retained correct`, en la línea de comandos; "
    "si escribió aquí un dato personal, borre esta ejecución. No se hizo nada.",
}
"""What is wrong with a form that was sent, and what was done."""
