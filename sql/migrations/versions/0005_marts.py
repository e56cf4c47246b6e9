"""Marts: the tables for analysts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer",
        sa.Column(
            "account_key",
            sa.Uuid(),
            autoincrement=False,
            nullable=False,
            comment="Cuenta, seudónima: una aparición de una persona en una fuente.",
        ),
        sa.Column("source", sa.Text(), autoincrement=False, nullable=False, comment="Fuente que entregó el registro."),
        sa.Column("survey", sa.Text(), autoincrement=False, nullable=False, comment="Encuesta."),
        sa.Column("response_id", sa.Text(), autoincrement=False, nullable=False, comment="Cuestionario respondido."),
        sa.Column("question", sa.Text(), autoincrement=False, nullable=False, comment="Pregunta."),
        sa.Column(
            "sub_code", sa.Text(), autoincrement=False, nullable=False, comment="Subpregunta; vacío cuando no hay."
        ),
        sa.Column(
            "wording",
            sa.Text(),
            nullable=True,
            comment="Texto de la pregunta en el idioma en que se respondió, de la versión vigente cuando el cuestionario se cargó por primera vez.",
        ),
        sa.Column(
            "wording_version",
            sa.BigInteger(),
            nullable=True,
            comment="Número de esa versión del texto, desde 1. No se suma.",
        ),
        sa.Column(
            "type",
            sa.Text(),
            nullable=True,
            comment="Tipo de la pregunta. Valores: choice = una opción; choices = varias opciones; ranking = ordenar; number = número; date = fecha; text = texto; file = archivo; note = nota.",
        ),
        sa.Column(
            "value",
            sa.Text(),
            nullable=True,
            comment="Clave o número respondido; vacío = omitida, no vista o texto libre. Límites: El texto libre no entra al almacén.",
        ),
        sa.Column("label", sa.Text(), nullable=True, comment="Etiqueta de la opción en el idioma base."),
        sa.Column(
            "label_shown", sa.Text(), nullable=True, comment="Etiqueta de la opción en el idioma en que se respondió."
        ),
        sa.Column(
            "score",
            sa.Numeric(),
            nullable=True,
            comment="Puntaje de la opción; vacío = sin puntaje. Aditiva sobre respuestas que cuentan de una misma pregunta, para obtener un promedio (con n).",
        ),
        sa.Column("answered", sa.Boolean(), nullable=True, comment="Si se respondió algo."),
        sa.Column(
            "submitted_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Cuándo se envió; vacío = incompleto o la encuesta no guarda fechas.",
        ),
        sa.Column(
            "counted",
            sa.Boolean(),
            nullable=True,
            comment="Si cuenta: el cuestionario está completo, a tiempo y no repetido. Filtre por counted antes de contar filas.",
        ),
        sa.Column(
            "excluded",
            sa.Text(),
            nullable=True,
            comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; despues_del_cierre_de_la_edicion = Ocurrió después del cierre de la edición.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        ),
        sa.Column("language", sa.Text(), nullable=True, comment="Idioma en que se respondió."),
        sa.Column(
            "person_key",
            sa.Uuid(),
            nullable=True,
            comment="Persona, seudónima: la misma en todas las fuentes en que se le reconoce.",
        ),
        sa.Column(
            "sex",
            sa.Text(),
            nullable=True,
            comment="Sexo: el de la persona; sin él, el que respondió en la encuesta. Valores: mujer = mujer; hombre = hombre; no_binario = no binario; otro = otro; no_especificado = no se sabe, o se contradice.",
        ),
        sa.Column(
            "sex_source",
            sa.Text(),
            nullable=True,
            comment="Fuente cuyo dato de sexo cuenta; la de la encuesta cuando sólo ahí se dijo.",
        ),
        sa.Column("edition", sa.Text(), nullable=True, comment="Edición cuyas personas responden."),
        sa.Column("event", sa.Text(), nullable=True, comment="Evento cuyas personas responden."),
        sa.Column(
            "attribution_rule",
            sa.Text(),
            nullable=True,
            comment="Regla por la que se atribuye un trimestre. Valores: edition = el trimestre en que abrió la edición, con lo ocurrido antes de su cierre; event = el trimestre local de la fecha del hecho.",
        ),
        sa.Column(
            "attributed_period",
            sa.Text(),
            nullable=True,
            comment="Trimestre al que pertenece el cuestionario, como 2020-Q2; vacío = no se sabe.",
        ),
        sa.Column(
            "fy_period",
            sa.Text(),
            nullable=True,
            comment="El mismo trimestre en el año fiscal del donante, como FY2020-Q3.",
        ),
        sa.PrimaryKeyConstraint("account_key", "source", "survey", "response_id", "question", "sub_code"),
        schema="marts",
        comment="Una fila por respuesta a una pregunta (o subpregunta) de un cuestionario respondido. Para un promedio use score con counted de una sola pregunta; no mezcle preguntas ni versiones del texto sin decirlo.",
        info={
            "grain": "Una fila por respuesta a una pregunta (o subpregunta) de un cuestionario respondido.",
            "warning": "Para un promedio use score con counted de una sola pregunta; no mezcle preguntas ni versiones del texto sin decirlo.",
            "refreshed": "facts",
        },
    )
    op.create_table(
        "attendance",
        sa.Column(
            "account_key",
            sa.Uuid(),
            autoincrement=False,
            nullable=False,
            comment="Cuenta, seudónima: una aparición de una persona en una fuente.",
        ),
        sa.Column("source", sa.Text(), autoincrement=False, nullable=False, comment="Fuente que entregó el registro."),
        sa.Column("event", sa.Text(), autoincrement=False, nullable=False, comment="Evento."),
        sa.Column("event_name", sa.Text(), nullable=True, comment="Nombre del evento."),
        sa.Column(
            "person_key",
            sa.Uuid(),
            nullable=True,
            comment="Persona, seudónima: la misma en todas las fuentes en que se le reconoce.",
        ),
        sa.Column("held_on", sa.Date(), nullable=True, comment="Día local del evento."),
        sa.Column(
            "registered_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Cuándo se registró, si la lista lo dice.",
        ),
        sa.Column(
            "counted",
            sa.Boolean(),
            nullable=True,
            comment="Si cuenta: la primera cuenta de la persona en el evento, con la permanencia mínima. Filtre por counted antes de contar filas.",
        ),
        sa.Column(
            "excluded",
            sa.Text(),
            nullable=True,
            comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; despues_del_cierre_de_la_edicion = Ocurrió después del cierre de la edición.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        ),
        sa.Column(
            "seconds",
            sa.Numeric(),
            nullable=True,
            comment="Segundos de presencia de la cuenta: la suma de la plataforma o la unión de sus intervalos; vacío = la lista no lo dice. Aditiva sobre asistencias que cuentan.",
        ),
        sa.Column(
            "responded",
            sa.Boolean(),
            nullable=True,
            comment="Si la persona respondió a tiempo la encuesta del evento; vacío = no se sabe.",
        ),
        sa.Column(
            "attribution_rule",
            sa.Text(),
            nullable=True,
            comment="Regla por la que se atribuye un trimestre. Valores: edition = el trimestre en que abrió la edición, con lo ocurrido antes de su cierre; event = el trimestre local de la fecha del hecho.",
        ),
        sa.Column(
            "attributed_period",
            sa.Text(),
            nullable=True,
            comment="Trimestre al que pertenece la asistencia: el del día del evento, como 2020-Q2; vacío = no se sabe.",
        ),
        sa.Column(
            "fy_period",
            sa.Text(),
            nullable=True,
            comment="El mismo trimestre en el año fiscal del donante, como FY2020-Q3.",
        ),
        sa.Column(
            "sex",
            sa.Text(),
            nullable=True,
            comment="Sexo de la persona. Valores: mujer = mujer; hombre = hombre; no_binario = no binario; otro = otro; no_especificado = ninguna fuente lo dice, o se contradicen. Límites: Cuando las fuentes se contradicen es no_especificado.",
        ),
        sa.Column(
            "sex_source",
            sa.Text(),
            nullable=True,
            comment="Fuente cuyo dato de sexo cuenta; vacío = falta o es contradictorio.",
        ),
        sa.Column(
            "institution",
            sa.Text(),
            nullable=True,
            comment="Institución: la clave de la lista revisada, o el texto tal como llegó cuando la lista no lo conoce. Límites: Un texto que la lista no conoce puede nombrar de otra forma a una institución que sí está; vea unmatched_institution.",
        ),
        sa.Column(
            "institution_name",
            sa.Text(),
            nullable=True,
            comment="Nombre de la institución según la lista; sin ella, el texto tal como llegó.",
        ),
        sa.Column(
            "institution_listed",
            sa.Boolean(),
            nullable=True,
            comment="Si institution es una clave de la lista revisada.",
        ),
        sa.Column(
            "state", sa.Text(), nullable=True, comment="Entidad federativa: clave del INEGI de dos dígitos, como texto."
        ),
        sa.Column("state_name", sa.Text(), nullable=True, comment="Nombre de la entidad federativa."),
        sa.Column(
            "order_of_government",
            sa.Text(),
            nullable=True,
            comment="Orden de gobierno. Valores: FEDERAL = federal; ESTATAL = estatal; MUNICIPAL_ALCALDIA = municipal o alcaldía; OTRO = otro.",
        ),
        sa.Column(
            "organisation_type",
            sa.Text(),
            nullable=True,
            comment="Tipo de organización, según la cuenta o la lista de asistencia.",
        ),
        sa.PrimaryKeyConstraint("account_key", "source", "event"),
        schema="marts",
        comment="Una fila por registro de asistencia (cuenta, fuente y evento). Cuente filas con counted; quien asiste a varios eventos es una sola persona.",
        info={
            "grain": "Una fila por registro de asistencia (cuenta, fuente y evento).",
            "warning": "Cuente filas con counted; quien asiste a varios eventos es una sola persona.",
            "refreshed": "facts",
        },
    )
    op.create_table(
        "batch",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Lote."),
        sa.Column(
            "entity",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Entidad; vacío = el lote no trajo filas. Valores: record = registro ilegible; period = trimestre; state = entidad federativa; institution = institución; alias = nombre alterno; edition_course = curso de la fuente que entrega una edición; milestone = etapa de un hito; course = curso; course_edition = edición; module = módulo; event = evento; survey = encuesta; indicator = indicador; question = pregunta; question_option = opción de respuesta; account = cuenta; account_identity = identidad de la cuenta; enrolment = inscripción; module_completion = módulo concluido; certificate = certificado; invitation = invitación; response = cuestionario respondido; answer = respuesta; attendance = registro de asistencia; attendance_interval = intervalo de presencia en un evento; reported_value = dato de captura manual.",
        ),
        sa.Column("source", sa.Text(), nullable=True, comment="Fuente."),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="Cuándo empezó."),
        sa.Column(
            "merged_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="Cuándo se cargó; vacío = no se cargó."
        ),
        sa.Column(
            "state",
            sa.Text(),
            nullable=True,
            comment="Estado del lote (aquí no es entidad federativa). Valores: merged = cargado; empty = sin novedades; rejected = rechazado completo; withdrawn = retirado; abandoned = abandonado; landing = recibiendo; landed = recibido; staged = preparado; validated = validado.",
        ),
        sa.Column(
            "landed",
            sa.BigInteger(),
            nullable=True,
            comment="Filas recibidas. Aditiva sobre lotes y entidades; lo mismo vuelve a llegar cada noche.",
        ),
        sa.Column("new", sa.BigInteger(), nullable=True, comment="Filas nuevas. Aditiva sobre lotes y entidades."),
        sa.Column(
            "changed", sa.BigInteger(), nullable=True, comment="Filas que cambiaron. Aditiva sobre lotes y entidades."
        ),
        sa.Column(
            "returned",
            sa.BigInteger(),
            nullable=True,
            comment="Filas que habían desaparecido y volvieron. Aditiva sobre lotes y entidades.",
        ),
        sa.Column(
            "vanished",
            sa.BigInteger(),
            nullable=True,
            comment="Filas que la fuente dejó de entregar. Aditiva sobre lotes y entidades.",
        ),
        sa.Column(
            "unchanged",
            sa.BigInteger(),
            nullable=True,
            comment="Filas iguales a lo que ya se tenía. Aditiva sobre lotes y entidades; lo mismo vuelve a llegar cada noche.",
        ),
        sa.Column(
            "quarantined",
            sa.BigInteger(),
            nullable=True,
            comment="Filas retenidas. Aditiva sobre entidades; un registro retenido puede volver en otro lote.",
        ),
        sa.Column(
            "repeated",
            sa.BigInteger(),
            nullable=True,
            comment="Filas iguales a otra del lote. Aditiva sobre lotes y entidades.",
        ),
        sa.Column(
            "out_of_scope",
            sa.BigInteger(),
            nullable=True,
            comment="Filas de lo que el proyecto no cuenta. Aditiva sobre lotes y entidades; lo mismo vuelve a llegar cada noche.",
        ),
        sa.PrimaryKeyConstraint("batch_id", "entity"),
        schema="marts",
        comment="Una fila por lote y entidad: qué trajo y qué hizo. landed = new + changed + returned + unchanged + quarantined + repeated + out_of_scope.",
        info={
            "grain": "Una fila por lote y entidad: qué trajo y qué hizo.",
            "warning": "landed = new + changed + returned + unchanged + quarantined + repeated + out_of_scope.",
            "refreshed": "batches",
        },
    )
    op.create_table(
        "certificate",
        sa.Column(
            "account_key",
            sa.Uuid(),
            autoincrement=False,
            nullable=False,
            comment="Cuenta, seudónima: una aparición de una persona en una fuente.",
        ),
        sa.Column("source", sa.Text(), autoincrement=False, nullable=False, comment="Fuente que entregó el registro."),
        sa.Column("edition", sa.Text(), autoincrement=False, nullable=False, comment="Edición del curso."),
        sa.Column(
            "attribution_rule",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Regla por la que se atribuye un trimestre. Valores: edition = el trimestre en que abrió la edición, con lo ocurrido antes de su cierre; event = el trimestre local de la fecha del hecho.",
        ),
        sa.Column("edition_name", sa.Text(), nullable=True, comment="Nombre de la edición."),
        sa.Column("course", sa.Text(), nullable=True, comment="Curso."),
        sa.Column(
            "person_key",
            sa.Uuid(),
            nullable=True,
            comment="Persona, seudónima: la misma en todas las fuentes en que se le reconoce.",
        ),
        sa.Column(
            "obtained_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Cuándo se obtuvo; vacío = la plataforma no lo dice.",
        ),
        sa.Column(
            "counted",
            sa.Boolean(),
            nullable=True,
            comment="Si cuenta: el primero de la persona en la edición, dentro de la población y de lo que la regla cuenta. Filtre por counted antes de contar filas.",
        ),
        sa.Column(
            "excluded",
            sa.Text(),
            nullable=True,
            comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; despues_del_cierre_de_la_edicion = Ocurrió después del cierre de la edición.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        ),
        sa.Column(
            "attributed_period",
            sa.Text(),
            nullable=True,
            comment="Trimestre al que pertenece el certificado según la regla, como 2020-Q2; vacío = no se sabe.",
        ),
        sa.Column(
            "fy_period",
            sa.Text(),
            nullable=True,
            comment="El mismo trimestre en el año fiscal del donante, como FY2020-Q3.",
        ),
        sa.Column("fiscal_year", sa.Text(), nullable=True, comment="Año fiscal del donante, como FY2020."),
        sa.Column(
            "first_reached_period",
            sa.Text(),
            nullable=True,
            comment="Trimestre en que, según la misma regla, la persona se certificó por primera vez en el proyecto; vacío = no cuenta en ninguno.",
        ),
        sa.Column(
            "is_first",
            sa.Boolean(),
            nullable=True,
            comment="Si esta fila es ese primer certificado de la persona en el proyecto: cuéntela para personas únicas acumuladas.",
        ),
        sa.Column(
            "is_first_in_course", sa.Boolean(), nullable=True, comment="Si es el primero de la persona en el curso."
        ),
        sa.Column(
            "sex",
            sa.Text(),
            nullable=True,
            comment="Sexo de la persona. Valores: mujer = mujer; hombre = hombre; no_binario = no binario; otro = otro; no_especificado = ninguna fuente lo dice, o se contradicen. Límites: Cuando las fuentes se contradicen es no_especificado.",
        ),
        sa.Column(
            "sex_source",
            sa.Text(),
            nullable=True,
            comment="Fuente cuyo dato de sexo cuenta; vacío = falta o es contradictorio.",
        ),
        sa.Column(
            "institution",
            sa.Text(),
            nullable=True,
            comment="Institución: la clave de la lista revisada, o el texto tal como llegó cuando la lista no lo conoce. Límites: Un texto que la lista no conoce puede nombrar de otra forma a una institución que sí está; vea unmatched_institution.",
        ),
        sa.Column(
            "institution_name",
            sa.Text(),
            nullable=True,
            comment="Nombre de la institución según la lista; sin ella, el texto tal como llegó.",
        ),
        sa.Column(
            "institution_listed",
            sa.Boolean(),
            nullable=True,
            comment="Si institution es una clave de la lista revisada.",
        ),
        sa.Column(
            "state", sa.Text(), nullable=True, comment="Entidad federativa: clave del INEGI de dos dígitos, como texto."
        ),
        sa.Column("state_name", sa.Text(), nullable=True, comment="Nombre de la entidad federativa."),
        sa.Column(
            "order_of_government",
            sa.Text(),
            nullable=True,
            comment="Orden de gobierno. Valores: FEDERAL = federal; ESTATAL = estatal; MUNICIPAL_ALCALDIA = municipal o alcaldía; OTRO = otro.",
        ),
        sa.Column(
            "organisation_type",
            sa.Text(),
            nullable=True,
            comment="Tipo de organización, según la cuenta o la lista de asistencia.",
        ),
        sa.PrimaryKeyConstraint("account_key", "source", "edition", "attribution_rule"),
        schema="marts",
        comment="Una fila por certificado obtenido y regla de atribución: cada certificado aparece dos veces, una por regla. Filtre siempre una sola attribution_rule. Filas con counted son certificados; con is_first, personas únicas.",
        info={
            "grain": "Una fila por certificado obtenido y regla de atribución: cada certificado aparece dos veces, una por regla.",
            "warning": "Filtre siempre una sola attribution_rule. Filas con counted son certificados; con is_first, personas únicas.",
            "refreshed": "facts",
        },
    )
    op.create_table(
        "change",
        sa.Column("period", sa.Text(), autoincrement=False, nullable=False, comment="Trimestre."),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False, comment="Versión de las cifras."),
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Lote."),
        sa.Column(
            "entity",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Entidad; vacío = el lote no trajo filas (una decisión, un retiro o una reconstrucción). Valores: record = registro ilegible; period = trimestre; state = entidad federativa; institution = institución; alias = nombre alterno; edition_course = curso de la fuente que entrega una edición; milestone = etapa de un hito; course = curso; course_edition = edición; module = módulo; event = evento; survey = encuesta; indicator = indicador; question = pregunta; question_option = opción de respuesta; account = cuenta; account_identity = identidad de la cuenta; enrolment = inscripción; module_completion = módulo concluido; certificate = certificado; invitation = invitación; response = cuestionario respondido; answer = respuesta; attendance = registro de asistencia; attendance_interval = intervalo de presencia en un evento; reported_value = dato de captura manual.",
        ),
        sa.Column("source", sa.Text(), nullable=True, comment="Fuente."),
        sa.Column("merged_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="Cuándo se cargó."),
        sa.Column(
            "moves_quarter", sa.Boolean(), nullable=True, comment="Si el lote pudo mover las cifras de este trimestre."
        ),
        sa.Column(
            "new",
            sa.BigInteger(),
            nullable=True,
            comment="Filas nuevas. Aditiva sobre lotes y entidades de una versión.",
        ),
        sa.Column(
            "changed",
            sa.BigInteger(),
            nullable=True,
            comment="Filas que cambiaron. Aditiva sobre lotes y entidades de una versión.",
        ),
        sa.Column(
            "returned",
            sa.BigInteger(),
            nullable=True,
            comment="Filas que volvieron. Aditiva sobre lotes y entidades de una versión.",
        ),
        sa.Column(
            "vanished",
            sa.BigInteger(),
            nullable=True,
            comment="Filas que la fuente dejó de entregar. Aditiva sobre lotes y entidades de una versión.",
        ),
        sa.PrimaryKeyConstraint("period", "version", "batch_id", "entity"),
        schema="marts",
        comment="Una fila por trimestre, versión de sus cifras (desde la 2), lote y entidad: qué se cargó entre la versión anterior y ésta. El mismo lote aparece en cada trimestre que movió: no sume entre trimestres. La diferencia de cada cifra se ve en indicator_value, uniendo dos versiones.",
        info={
            "grain": "Una fila por trimestre, versión de sus cifras (desde la 2), lote y entidad: qué se cargó entre la versión anterior y ésta.",
            "warning": "El mismo lote aparece en cada trimestre que movió: no sume entre trimestres. La diferencia de cada cifra se ve en indicator_value, uniendo dos versiones.",
            "refreshed": "figures",
        },
    )
    op.create_table(
        "edition",
        sa.Column("edition", sa.Text(), autoincrement=False, nullable=False, comment="Edición."),
        sa.Column("name", sa.Text(), nullable=True, comment="Nombre."),
        sa.Column("course", sa.Text(), nullable=True, comment="Curso."),
        sa.Column("course_name", sa.Text(), nullable=True, comment="Nombre del curso."),
        sa.Column("line", sa.Text(), nullable=True, comment="Línea de acción."),
        sa.Column("opens_on", sa.Date(), nullable=True, comment="Primer día local."),
        sa.Column("closes_on", sa.Date(), nullable=True, comment="Último día local según el plan."),
        sa.Column("cutoff_on", sa.Date(), nullable=True, comment="Último día local cuyos resultados cuentan."),
        sa.Column("cutoff_reason", sa.Text(), nullable=True, comment="Por qué el cierre difiere del plan."),
        sa.Column("period", sa.Text(), nullable=True, comment="Trimestre de la apertura."),
        sa.Column("fy_period", sa.Text(), nullable=True, comment="El mismo trimestre en el año fiscal del donante."),
        sa.Column(
            "population",
            sa.Text(),
            nullable=True,
            comment="Si se sabe quiénes fueron convocadas. Valores: enrolled = todas las convocadas están inscritas; unknown = no se sabe: sin cobertura.",
        ),
        sa.Column(
            "source_courses",
            sa.Text(),
            nullable=True,
            comment="Cursos de las fuentes que la entregan (fuente: curso), separados por comas.",
        ),
        sa.Column(
            "enrolled",
            sa.BigInteger(),
            nullable=True,
            comment="Inscripciones que cuentan. Aditiva sobre ediciones; no son personas únicas.",
        ),
        sa.Column(
            "entered", sa.BigInteger(), nullable=True, comment="De ellas, ingresaron al curso. Aditiva sobre ediciones."
        ),
        sa.Column(
            "passed_any",
            sa.BigInteger(),
            nullable=True,
            comment="Aprobaron al menos un módulo. Aditiva sobre ediciones.",
        ),
        sa.Column(
            "passed_all",
            sa.BigInteger(),
            nullable=True,
            comment="Aprobaron todos los módulos. Aditiva sobre ediciones.",
        ),
        sa.Column(
            "passed_by_module",
            sa.Text(),
            nullable=True,
            comment="Cuántas aprobaron cada módulo, como «M1: 387 · M2: 382»; por fila en enrolment_module.",
        ),
        sa.Column(
            "certified",
            sa.BigInteger(),
            nullable=True,
            comment="Obtuvieron el certificado antes del cierre. Aditiva sobre ediciones como certificados; no son personas únicas.",
        ),
        sa.Column(
            "certified_late",
            sa.BigInteger(),
            nullable=True,
            comment="Lo obtuvieron después del cierre. Aditiva sobre ediciones.",
        ),
        sa.PrimaryKeyConstraint("edition"),
        schema="marts",
        comment="Una fila por edición de un curso, con su embudo de inscripciones que cuentan. No sume ediciones para contar personas: quien concluyó dos cuenta en ambas.",
        info={
            "grain": "Una fila por edición de un curso, con su embudo de inscripciones que cuentan.",
            "warning": "No sume ediciones para contar personas: quien concluyó dos cuenta en ambas.",
            "refreshed": "facts",
        },
    )
    op.create_table(
        "enrolment",
        sa.Column(
            "account_key",
            sa.Uuid(),
            autoincrement=False,
            nullable=False,
            comment="Cuenta, seudónima: una aparición de una persona en una fuente.",
        ),
        sa.Column("source", sa.Text(), autoincrement=False, nullable=False, comment="Fuente que entregó el registro."),
        sa.Column("edition", sa.Text(), autoincrement=False, nullable=False, comment="Edición del curso."),
        sa.Column("edition_name", sa.Text(), nullable=True, comment="Nombre de la edición."),
        sa.Column("course", sa.Text(), nullable=True, comment="Curso."),
        sa.Column("course_name", sa.Text(), nullable=True, comment="Nombre del curso."),
        sa.Column("line", sa.Text(), nullable=True, comment="Línea de acción del curso."),
        sa.Column(
            "person_key",
            sa.Uuid(),
            nullable=True,
            comment="Persona, seudónima: la misma en todas las fuentes en que se le reconoce.",
        ),
        sa.Column(
            "role",
            sa.Text(),
            nullable=True,
            comment="Papel en el curso según la plataforma; sólo student es de la población.",
        ),
        sa.Column(
            "enrolled",
            sa.Boolean(),
            nullable=True,
            comment="Si la plataforma entregó una inscripción; falso = sólo resultados o sólo una convocatoria.",
        ),
        sa.Column(
            "counted",
            sa.Boolean(),
            nullable=True,
            comment="Si cuenta: la primera inscripción de la persona en la edición, dentro de la población. Filtre por counted antes de contar filas.",
        ),
        sa.Column(
            "excluded",
            sa.Text(),
            nullable=True,
            comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; despues_del_cierre_de_la_edicion = Ocurrió después del cierre de la edición.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        ),
        sa.Column(
            "population_known",
            sa.Boolean(),
            nullable=True,
            comment="Si los inscritos son todas las personas convocadas: sólo entonces hay cobertura.",
        ),
        sa.Column(
            "invited",
            sa.Boolean(),
            nullable=True,
            comment="Si fue convocada; vacío = no se sabe quiénes fueron convocadas.",
        ),
        sa.Column(
            "invited_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Cuándo se le convocó, si la fuente lo dice.",
        ),
        sa.Column(
            "enrolled_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Cuándo se inscribió, si la fuente lo dice.",
        ),
        sa.Column(
            "entered_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Primer ingreso conocido al curso; vacío = no ingresó. Límites: Las plataformas sólo informan el último acceso: es el más antiguo que se ha visto, o la primera conclusión.",
        ),
        sa.Column(
            "entered_estimated",
            sa.Boolean(),
            nullable=True,
            comment="Si entered_at se estimó: se conoce sólo un acceso posterior al cierre y se lleva a ese día.",
        ),
        sa.Column("modules", sa.BigInteger(), nullable=True, comment="Módulos del curso. No se suma: es del curso."),
        sa.Column(
            "modules_completed",
            sa.BigInteger(),
            nullable=True,
            comment="Módulos aprobados antes del cierre de la edición. En una inscripción que cuenta incluye lo que la persona hizo con sus otras cuentas en la misma edición. Aditiva sobre inscripciones que cuentan, ediciones y trimestres.",
        ),
        sa.Column(
            "last_module",
            sa.Text(),
            nullable=True,
            comment="Último módulo aprobado en el orden del curso; vacío = ninguno.",
        ),
        sa.Column(
            "certified",
            sa.Boolean(),
            nullable=True,
            comment="Si obtuvo el certificado antes del cierre de la edición. En una inscripción que cuenta incluye lo que la persona hizo con sus otras cuentas en la misma edición.",
        ),
        sa.Column(
            "certified_late",
            sa.Boolean(),
            nullable=True,
            comment="Si lo obtuvo después del cierre (resultado extemporáneo).",
        ),
        sa.Column(
            "certified_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Cuándo obtuvo el primer certificado de la edición, también si fue después del cierre.",
        ),
        sa.Column(
            "stage",
            sa.Text(),
            nullable=True,
            comment="Etapa más lejana que alcanzó. Valores: invitada = convocada, sin inscripción; inscrita = inscrita, sin ingresar; ingreso = ingresó al curso; modulo = aprobó al menos un módulo; certificado = obtuvo el certificado antes del cierre.",
        ),
        sa.Column(
            "stage_ordinal",
            sa.BigInteger(),
            nullable=True,
            comment="Orden de la etapa: 1 invitada, 2 inscrita, 3 ingreso, 4 modulo, 5 certificado. No se suma.",
        ),
        sa.Column(
            "attribution_rule",
            sa.Text(),
            nullable=True,
            comment="Regla por la que se atribuye un trimestre. Valores: edition = el trimestre en que abrió la edición, con lo ocurrido antes de su cierre; event = el trimestre local de la fecha del hecho.",
        ),
        sa.Column(
            "attributed_period",
            sa.Text(),
            nullable=True,
            comment="Trimestre al que pertenece la inscripción: el de la apertura de su edición, como 2020-Q2; vacío = no se sabe.",
        ),
        sa.Column(
            "fy_period",
            sa.Text(),
            nullable=True,
            comment="El mismo trimestre en el año fiscal del donante, como FY2020-Q3.",
        ),
        sa.Column(
            "entered_period", sa.Text(), nullable=True, comment="Trimestre local del ingreso (por fecha del hecho)."
        ),
        sa.Column(
            "sex",
            sa.Text(),
            nullable=True,
            comment="Sexo de la persona. Valores: mujer = mujer; hombre = hombre; no_binario = no binario; otro = otro; no_especificado = ninguna fuente lo dice, o se contradicen. Límites: Cuando las fuentes se contradicen es no_especificado.",
        ),
        sa.Column(
            "sex_source",
            sa.Text(),
            nullable=True,
            comment="Fuente cuyo dato de sexo cuenta; vacío = falta o es contradictorio.",
        ),
        sa.Column(
            "institution",
            sa.Text(),
            nullable=True,
            comment="Institución: la clave de la lista revisada, o el texto tal como llegó cuando la lista no lo conoce. Límites: Un texto que la lista no conoce puede nombrar de otra forma a una institución que sí está; vea unmatched_institution.",
        ),
        sa.Column(
            "institution_name",
            sa.Text(),
            nullable=True,
            comment="Nombre de la institución según la lista; sin ella, el texto tal como llegó.",
        ),
        sa.Column(
            "institution_listed",
            sa.Boolean(),
            nullable=True,
            comment="Si institution es una clave de la lista revisada.",
        ),
        sa.Column(
            "state", sa.Text(), nullable=True, comment="Entidad federativa: clave del INEGI de dos dígitos, como texto."
        ),
        sa.Column("state_name", sa.Text(), nullable=True, comment="Nombre de la entidad federativa."),
        sa.Column(
            "order_of_government",
            sa.Text(),
            nullable=True,
            comment="Orden de gobierno. Valores: FEDERAL = federal; ESTATAL = estatal; MUNICIPAL_ALCALDIA = municipal o alcaldía; OTRO = otro.",
        ),
        sa.Column(
            "organisation_type",
            sa.Text(),
            nullable=True,
            comment="Tipo de organización, según la cuenta o la lista de asistencia.",
        ),
        sa.PrimaryKeyConstraint("account_key", "source", "edition"),
        schema="marts",
        comment="Una fila por inscripción (cuenta, fuente y edición), con su recorrido de la convocatoria al certificado. Cuente filas con counted. No sume personas entre ediciones: una persona puede tener varias inscripciones.",
        info={
            "grain": "Una fila por inscripción (cuenta, fuente y edición), con su recorrido de la convocatoria al certificado.",
            "warning": "Cuente filas con counted. No sume personas entre ediciones: una persona puede tener varias inscripciones.",
            "refreshed": "facts",
        },
    )
    op.create_table(
        "enrolment_module",
        sa.Column(
            "account_key",
            sa.Uuid(),
            autoincrement=False,
            nullable=False,
            comment="Cuenta, seudónima: una aparición de una persona en una fuente.",
        ),
        sa.Column("source", sa.Text(), autoincrement=False, nullable=False, comment="Fuente que entregó el registro."),
        sa.Column("edition", sa.Text(), autoincrement=False, nullable=False, comment="Edición del curso."),
        sa.Column("module", sa.Text(), autoincrement=False, nullable=False, comment="Módulo."),
        sa.Column("course", sa.Text(), nullable=True, comment="Curso."),
        sa.Column("module_name", sa.Text(), nullable=True, comment="Nombre del módulo."),
        sa.Column(
            "ordinal", sa.BigInteger(), nullable=True, comment="Orden del módulo en el curso, desde 1. No se suma."
        ),
        sa.Column(
            "person_key",
            sa.Uuid(),
            nullable=True,
            comment="Persona, seudónima: la misma en todas las fuentes en que se le reconoce.",
        ),
        sa.Column(
            "counted",
            sa.Boolean(),
            nullable=True,
            comment="Si cuenta: la inscripción cuenta; con passed, cuenta el módulo. Filtre por counted antes de contar filas.",
        ),
        sa.Column(
            "excluded",
            sa.Text(),
            nullable=True,
            comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; despues_del_cierre_de_la_edicion = Ocurrió después del cierre de la edición.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        ),
        sa.Column(
            "passed",
            sa.Boolean(),
            nullable=True,
            comment="Si lo aprobó antes del cierre de la edición. En una inscripción que cuenta incluye lo que la persona hizo con sus otras cuentas en la misma edición.",
        ),
        sa.Column(
            "completion_state",
            sa.Text(),
            nullable=True,
            comment="Estado según la plataforma. Valores: completed = concluido; failed = reprobado; not_completed = no concluido; reset = la plataforma lo vació tras una baja: sigue contando.",
        ),
        sa.Column(
            "completed_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="Cuándo lo concluyó por primera vez."
        ),
        sa.Column(
            "attribution_rule",
            sa.Text(),
            nullable=True,
            comment="Regla por la que se atribuye un trimestre. Valores: edition = el trimestre en que abrió la edición, con lo ocurrido antes de su cierre; event = el trimestre local de la fecha del hecho.",
        ),
        sa.Column(
            "attributed_period",
            sa.Text(),
            nullable=True,
            comment="Trimestre al que pertenece la inscripción: el de la apertura de su edición, como 2020-Q2; vacío = no se sabe.",
        ),
        sa.Column(
            "fy_period",
            sa.Text(),
            nullable=True,
            comment="El mismo trimestre en el año fiscal del donante, como FY2020-Q3.",
        ),
        sa.Column(
            "sex",
            sa.Text(),
            nullable=True,
            comment="Sexo de la persona. Valores: mujer = mujer; hombre = hombre; no_binario = no binario; otro = otro; no_especificado = ninguna fuente lo dice, o se contradicen. Límites: Cuando las fuentes se contradicen es no_especificado.",
        ),
        sa.Column(
            "sex_source",
            sa.Text(),
            nullable=True,
            comment="Fuente cuyo dato de sexo cuenta; vacío = falta o es contradictorio.",
        ),
        sa.Column(
            "institution",
            sa.Text(),
            nullable=True,
            comment="Institución: la clave de la lista revisada, o el texto tal como llegó cuando la lista no lo conoce. Límites: Un texto que la lista no conoce puede nombrar de otra forma a una institución que sí está; vea unmatched_institution.",
        ),
        sa.Column(
            "institution_name",
            sa.Text(),
            nullable=True,
            comment="Nombre de la institución según la lista; sin ella, el texto tal como llegó.",
        ),
        sa.Column(
            "institution_listed",
            sa.Boolean(),
            nullable=True,
            comment="Si institution es una clave de la lista revisada.",
        ),
        sa.Column(
            "state", sa.Text(), nullable=True, comment="Entidad federativa: clave del INEGI de dos dígitos, como texto."
        ),
        sa.Column("state_name", sa.Text(), nullable=True, comment="Nombre de la entidad federativa."),
        sa.Column(
            "order_of_government",
            sa.Text(),
            nullable=True,
            comment="Orden de gobierno. Valores: FEDERAL = federal; ESTATAL = estatal; MUNICIPAL_ALCALDIA = municipal o alcaldía; OTRO = otro.",
        ),
        sa.Column(
            "organisation_type",
            sa.Text(),
            nullable=True,
            comment="Tipo de organización, según la cuenta o la lista de asistencia.",
        ),
        sa.PrimaryKeyConstraint("account_key", "source", "edition", "module"),
        schema="marts",
        comment="Una fila por inscripción y módulo de su curso, aprobado o no. Cuente filas con counted y passed; los módulos de una misma persona no son personas.",
        info={
            "grain": "Una fila por inscripción y módulo de su curso, aprobado o no.",
            "warning": "Cuente filas con counted y passed; los módulos de una misma persona no son personas.",
            "refreshed": "facts",
        },
    )
    op.create_table(
        "event",
        sa.Column("event", sa.Text(), autoincrement=False, nullable=False, comment="Evento."),
        sa.Column("name", sa.Text(), nullable=True, comment="Nombre."),
        sa.Column("held_on", sa.Date(), nullable=True, comment="Día local en que se realizó."),
        sa.Column("line", sa.Text(), nullable=True, comment="Línea de acción."),
        sa.Column("period", sa.Text(), nullable=True, comment="Trimestre del día del evento."),
        sa.Column("fy_period", sa.Text(), nullable=True, comment="El mismo trimestre en el año fiscal del donante."),
        sa.Column(
            "registered",
            sa.BigInteger(),
            nullable=True,
            comment="Registros de asistencia entregados. Aditiva sobre eventos.",
        ),
        sa.Column(
            "attended",
            sa.BigInteger(),
            nullable=True,
            comment="Personas que asistieron. Aditiva sobre eventos como asistencias; no son personas únicas.",
        ),
        sa.Column(
            "left_out_presence",
            sa.BigInteger(),
            nullable=True,
            comment="Registros que no cuentan por permanencia insuficiente. Aditiva sobre eventos.",
        ),
        sa.Column(
            "women",
            sa.BigInteger(),
            nullable=True,
            comment="De quienes asistieron, mujeres; vacío = n. d., a nadie se le preguntó. Aditiva sobre eventos donde se preguntó.",
        ),
        sa.Column(
            "men",
            sa.BigInteger(),
            nullable=True,
            comment="De quienes asistieron, hombres; vacío = n. d. Aditiva sobre eventos donde se preguntó.",
        ),
        sa.Column(
            "sex_unknown",
            sa.BigInteger(),
            nullable=True,
            comment="De quienes asistieron, sin sexo especificado. Aditiva sobre eventos.",
        ),
        sa.Column(
            "organisations",
            sa.BigInteger(),
            nullable=True,
            comment="Instituciones distintas de quienes asistieron. No se suma: una institución puede ir a varios eventos.",
        ),
        sa.Column(
            "survey", sa.Text(), nullable=True, comment="Encuesta del evento; de varias, la primera por su clave."
        ),
        sa.Column(
            "responded",
            sa.BigInteger(),
            nullable=True,
            comment="De quienes asistieron, cuántas respondieron a tiempo; vacío = no se sabe. Aditiva sobre eventos.",
        ),
        sa.Column(
            "response_rate",
            sa.Numeric(),
            nullable=True,
            comment="Tasa de respuesta en por ciento; vacío = no se sabe. No se suma: sume responded y attended.",
        ),
        sa.PrimaryKeyConstraint("event"),
        schema="marts",
        comment="Una fila por evento. Mujeres y hombres vacíos son n. d., no cero.",
        info={
            "grain": "Una fila por evento.",
            "warning": "Mujeres y hombres vacíos son n. d., no cero.",
            "refreshed": "facts",
        },
    )
    op.create_table(
        "exclusion",
        sa.Column("indicator", sa.Text(), autoincrement=False, nullable=False, comment="Indicador."),
        sa.Column(
            "period",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Trimestre de las cifras (en indicadores acumulados, con los anteriores).",
        ),
        sa.Column(
            "attribution_rule",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Regla por la que se atribuye un trimestre. Valores: edition = el trimestre en que abrió la edición, con lo ocurrido antes de su cierre; event = el trimestre local de la fecha del hecho.",
        ),
        sa.Column("source", sa.Text(), autoincrement=False, nullable=False, comment="Fuente de los registros."),
        sa.Column("reason", sa.Text(), autoincrement=False, nullable=False, comment="Clave del motivo."),
        sa.Column("official", sa.Boolean(), nullable=True, comment="Si es la línea oficial del indicador."),
        sa.Column(
            "rows",
            sa.BigInteger(),
            nullable=True,
            comment="Registros que no cuentan por ese motivo. Aditiva sobre fuentes y motivos; sobre trimestres si el indicador no es acumulado.",
        ),
        sa.Column("reason_text", sa.Text(), nullable=True, comment="El motivo en una frase."),
        sa.Column("value", sa.Numeric(), nullable=True, comment="Valor vigente del total. No se suma."),
        sa.Column(
            "value_if_counted",
            sa.Numeric(),
            nullable=True,
            comment="Valor que tendría el total si esos registros contaran; vacío = no se puede decir. No se suma: cada fila supone sólo su propio motivo.",
        ),
        sa.PrimaryKeyConstraint("indicator", "period", "attribution_rule", "source", "reason"),
        schema="marts",
        comment="Una fila por indicador, trimestre, regla de atribución, fuente y motivo: registros que no cuentan y su efecto.",
        info={
            "grain": "Una fila por indicador, trimestre, regla de atribución, fuente y motivo: registros que no cuentan y su efecto.",
            "warning": "",
            "refreshed": "figures",
        },
    )
    op.create_table(
        "indicator_target",
        sa.Column("indicator", sa.Text(), autoincrement=False, nullable=False, comment="Indicador."),
        sa.Column("period", sa.Text(), autoincrement=False, nullable=False, comment="Trimestre."),
        sa.Column(
            "target_version",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Versión de las metas y la línea de base del indicador, desde 1.",
        ),
        sa.Column("target", sa.Numeric(), nullable=True, comment="Meta del trimestre; vacío = sin meta. No se suma."),
        sa.Column(
            "life_of_project_target",
            sa.Numeric(),
            nullable=True,
            comment="Meta de toda la vida del proyecto. No se suma.",
        ),
        sa.Column(
            "baseline",
            sa.Numeric(),
            nullable=True,
            comment="Línea de base; vacío = no disponible o no aplica. No se suma.",
        ),
        sa.Column("in_force", sa.Boolean(), nullable=True, comment="Si es la versión vigente."),
        sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=True, comment="Desde qué carga rige."),
        sa.PrimaryKeyConstraint("indicator", "period", "target_version"),
        schema="marts",
        comment="Una fila por indicador, trimestre y versión de sus metas. Filtre in_force para las metas de hoy.",
        info={
            "grain": "Una fila por indicador, trimestre y versión de sus metas.",
            "warning": "Filtre in_force para las metas de hoy.",
            "refreshed": "figures",
        },
    )
    op.create_table(
        "indicator_value",
        sa.Column("period", sa.Text(), autoincrement=False, nullable=False, comment="Trimestre."),
        sa.Column(
            "version",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Versión de las cifras del trimestre, desde 1; la mayor es la vigente.",
        ),
        sa.Column("indicator", sa.Text(), autoincrement=False, nullable=False, comment="Indicador."),
        sa.Column(
            "attribution_rule",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Regla por la que se atribuye un trimestre. Valores: edition = el trimestre en que abrió la edición, con lo ocurrido antes de su cierre; event = el trimestre local de la fecha del hecho.",
        ),
        sa.Column(
            "disaggregation",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Desagregación; total = el indicador entero; a×b = cruzada.",
        ),
        sa.Column(
            "category",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Categoría; total = el indicador entero.",
        ),
        sa.Column("is_current", sa.Boolean(), nullable=True, comment="Si es la versión vigente del trimestre."),
        sa.Column(
            "computed_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Cuándo se calculó por primera vez con estas cifras.",
        ),
        sa.Column(
            "known_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Hasta qué carga se conocía lo que la versión dice.",
        ),
        sa.Column(
            "definitions_changed",
            sa.Boolean(),
            nullable=True,
            comment="Si desde la versión anterior cambió alguna definición, meta o regla de cálculo.",
        ),
        sa.Column("indicator_name", sa.Text(), nullable=True, comment="Nombre del indicador."),
        sa.Column("line", sa.Text(), nullable=True, comment="Línea de acción."),
        sa.Column("unit", sa.Text(), nullable=True, comment="Unidad."),
        sa.Column(
            "measure",
            sa.Text(),
            nullable=True,
            comment="Cómo se obtiene el valor de los registros. Valores: count = cuenta de registros; persons = personas distintas; share = proporción en por ciento; mean = promedio; sum = suma; latest = último dato; milestone = etapa.",
        ),
        sa.Column(
            "span",
            sa.Text(),
            nullable=True,
            comment="Qué trimestres abarca. Valores: period = sólo el trimestre; cumulative = del inicio del proyecto al trimestre.",
        ),
        sa.Column("fy_period", sa.Text(), nullable=True, comment="El mismo trimestre en el año fiscal del donante."),
        sa.Column(
            "official",
            sa.Boolean(),
            nullable=True,
            comment="Si es la línea oficial; falso = conciliación por la otra regla.",
        ),
        sa.Column(
            "value",
            sa.Numeric(),
            nullable=True,
            comment="Valor con la precisión publicada (una proporción en por ciento); vacío = n. d. o n. a. No se suma, salvo cuentas (measure = count) de span = period: sobre trimestres y categorías de una misma desagregación.",
        ),
        sa.Column(
            "num",
            sa.Numeric(),
            nullable=True,
            comment="Numerador de una proporción o suma de un promedio. Aditiva sobre categorías de una misma desagregación; sobre trimestres si span = period.",
        ),
        sa.Column(
            "den",
            sa.Numeric(),
            nullable=True,
            comment="Denominador de una proporción o n de un promedio. Aditiva sobre categorías de una misma desagregación; sobre trimestres si span = period.",
        ),
        sa.Column(
            "n",
            sa.BigInteger(),
            nullable=True,
            comment="Registros contados. Aditiva sobre categorías de una misma desagregación; sobre trimestres si span = period.",
        ),
        sa.Column(
            "excluded",
            sa.BigInteger(),
            nullable=True,
            comment="Registros que no cuentan, con su motivo en exclusion. Aditiva sobre categorías de una misma desagregación; sobre trimestres si span = period.",
        ),
        sa.Column(
            "response_rate",
            sa.Numeric(),
            nullable=True,
            comment="En promedios de encuestas: tasa de respuesta en por ciento. No se suma.",
        ),
        sa.Column(
            "obs_status",
            sa.Text(),
            nullable=True,
            comment="Qué clase de dato es. Valores: normal = valor de una versión oficial; preliminar = calculado, aún sin versión oficial; n. d. = no disponible: nadie lo preguntó o no se ha entregado; no es cero; n. a. = no aplica: un total que no significa nada; heredado = tomado de un reporte anterior; suprimido = oculto por protección de datos.",
        ),
        sa.Column(
            "obs_note",
            sa.Text(),
            nullable=True,
            comment="Advertencia sobre el valor. Valores: no_representativo = tasa de respuesta menor que la mínima; no_calculable = nadie puede conocer el denominador (enlace abierto).",
        ),
        sa.Column(
            "target", sa.Numeric(), nullable=True, comment="Meta del trimestre (sólo el total oficial). No se suma."
        ),
        sa.Column("percent_of_target", sa.Numeric(), nullable=True, comment="100 × value / target. No se suma."),
        sa.Column(
            "status",
            sa.Text(),
            nullable=True,
            comment="Estado frente a la meta (sólo el total oficial). Valores: Meta alcanzada = llegó a la meta; Conforme a lo programado = cerca de la meta; Con rezago = por debajo; Sin dato = no hay valor; Sin meta del periodo = no hay meta.",
        ),
        sa.Column(
            "target_version",
            sa.BigInteger(),
            nullable=True,
            comment="Versión de las metas que regía; vea indicator_target. No se suma.",
        ),
        sa.Column(
            "definition_version",
            sa.BigInteger(),
            nullable=True,
            comment="Versión de la definición que regía. No se suma.",
        ),
        sa.Column(
            "explanation",
            sa.Text(),
            nullable=True,
            comment="Cómo sale el valor de sus registros, en una frase. Límites: Los motivos de exclusión se detallan en el total de la versión vigente.",
        ),
        sa.Column(
            "vintage",
            sa.BigInteger(),
            nullable=True,
            comment="Número de la versión oficial; vacío mientras no haya ninguna. No se suma.",
        ),
        sa.Column(
            "vintage_state",
            sa.Text(),
            nullable=True,
            comment="Estado de la versión. Valores: preliminar = aún no hay versión oficial.",
        ),
        sa.PrimaryKeyConstraint("period", "version", "indicator", "attribution_rule", "disaggregation", "category"),
        schema="marts",
        comment="Una fila por versión de las cifras de un trimestre, indicador, regla de atribución, desagregación y categoría. Filtre is_current y official para las cifras de hoy. No sume categorías de desagregaciones distintas ni personas entre trimestres.",
        info={
            "grain": "Una fila por versión de las cifras de un trimestre, indicador, regla de atribución, desagregación y categoría.",
            "warning": "Filtre is_current y official para las cifras de hoy. No sume categorías de desagregaciones distintas ni personas entre trimestres.",
            "refreshed": "figures",
        },
    )
    op.create_table(
        "person",
        sa.Column("person_key", sa.Uuid(), autoincrement=False, nullable=False, comment="Persona, seudónima."),
        sa.Column(
            "accounts", sa.BigInteger(), nullable=True, comment="Cuentas que se le reconocen. Aditiva sobre personas."
        ),
        sa.Column("sources", sa.Text(), nullable=True, comment="Fuentes en que aparece, separadas por comas."),
        sa.Column(
            "sex",
            sa.Text(),
            nullable=True,
            comment="Sexo de la persona. Valores: mujer = mujer; hombre = hombre; no_binario = no binario; otro = otro; no_especificado = ninguna fuente lo dice, o se contradicen. Límites: Cuando las fuentes se contradicen es no_especificado.",
        ),
        sa.Column(
            "sex_source",
            sa.Text(),
            nullable=True,
            comment="Fuente cuyo dato de sexo cuenta; vacío = falta o es contradictorio.",
        ),
        sa.Column(
            "institution",
            sa.Text(),
            nullable=True,
            comment="Institución: la clave de la lista revisada, o el texto tal como llegó cuando la lista no lo conoce. Límites: Un texto que la lista no conoce puede nombrar de otra forma a una institución que sí está; vea unmatched_institution.",
        ),
        sa.Column(
            "institution_name",
            sa.Text(),
            nullable=True,
            comment="Nombre de la institución según la lista; sin ella, el texto tal como llegó.",
        ),
        sa.Column(
            "institution_listed",
            sa.Boolean(),
            nullable=True,
            comment="Si institution es una clave de la lista revisada.",
        ),
        sa.Column(
            "state", sa.Text(), nullable=True, comment="Entidad federativa: clave del INEGI de dos dígitos, como texto."
        ),
        sa.Column("state_name", sa.Text(), nullable=True, comment="Nombre de la entidad federativa."),
        sa.Column(
            "order_of_government",
            sa.Text(),
            nullable=True,
            comment="Orden de gobierno. Valores: FEDERAL = federal; ESTATAL = estatal; MUNICIPAL_ALCALDIA = municipal o alcaldía; OTRO = otro.",
        ),
        sa.Column("sex_conflict", sa.Boolean(), nullable=True, comment="Si las fuentes se contradicen sobre su sexo."),
        sa.Column(
            "enrolments", sa.BigInteger(), nullable=True, comment="Inscripciones que cuentan. Aditiva sobre personas."
        ),
        sa.Column(
            "entered",
            sa.BigInteger(),
            nullable=True,
            comment="De ellas, en cuántas ingresó al curso. Aditiva sobre personas.",
        ),
        sa.Column(
            "certificates",
            sa.BigInteger(),
            nullable=True,
            comment="Certificados que cuentan (por edición). Aditiva sobre personas.",
        ),
        sa.Column(
            "first_certified_period_by_edition",
            sa.Text(),
            nullable=True,
            comment="Trimestre de su primer certificado en el proyecto, por edición.",
        ),
        sa.Column(
            "first_certified_period_by_event",
            sa.Text(),
            nullable=True,
            comment="Trimestre de su primer certificado en el proyecto, por fecha del hecho.",
        ),
        sa.Column(
            "first_certified_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Cuándo obtuvo su primer certificado que cuenta.",
        ),
        sa.Column(
            "events_attended",
            sa.BigInteger(),
            nullable=True,
            comment="Eventos a los que asistió. Aditiva sobre personas; no son personas distintas por evento.",
        ),
        sa.Column("first_event_on", sa.Date(), nullable=True, comment="Día del primero de ellos."),
        sa.Column(
            "surveys_answered",
            sa.BigInteger(),
            nullable=True,
            comment="Encuestas que respondió completas y a tiempo. Aditiva sobre personas. Límites: Las respuestas de una encuesta anónima son de personas que no se reconocen en otra fuente.",
        ),
        sa.PrimaryKeyConstraint("person_key"),
        schema="marts",
        comment="Una fila por persona reconocida en todas las fuentes. NO SUMAR categorías entre periodos: son personas únicas, y una persona cuenta una vez en todo el proyecto.",
        info={
            "grain": "Una fila por persona reconocida en todas las fuentes.",
            "warning": "NO SUMAR categorías entre periodos: son personas únicas, y una persona cuenta una vez en todo el proyecto.",
            "refreshed": "facts",
        },
    )
    op.create_table(
        "quarter_bridge",
        sa.Column("indicator", sa.Text(), autoincrement=False, nullable=False, comment="Indicador."),
        sa.Column("period", sa.Text(), autoincrement=False, nullable=False, comment="Trimestre."),
        sa.Column(
            "attribution_rule",
            sa.Text(),
            nullable=True,
            comment="Regla por la que se atribuye un trimestre. Valores: edition = el trimestre en que abrió la edición, con lo ocurrido antes de su cierre; event = el trimestre local de la fecha del hecho.",
        ),
        sa.Column(
            "previous_period",
            sa.Text(),
            nullable=True,
            comment="Trimestre anterior; vacío = es el primero del proyecto.",
        ),
        sa.Column(
            "previous_value",
            sa.Numeric(),
            nullable=True,
            comment="Valor del trimestre anterior como se conoció al terminar ese trimestre: su primera versión calculada después de su último día. No se suma. Límites: Mientras no haya versiones oficiales; después será el de la versión oficial.",
        ),
        sa.Column(
            "added",
            sa.Numeric(),
            nullable=True,
            comment="Lo que se atribuye a este trimestre. Aditiva sobre trimestres seguidos del mismo indicador.",
        ),
        sa.Column(
            "corrected",
            sa.Numeric(),
            nullable=True,
            comment="Lo que cambió en el valor del trimestre anterior desde entonces. No se suma.",
        ),
        sa.Column("value", sa.Numeric(), nullable=True, comment="Valor vigente del trimestre. No se suma."),
        sa.Column(
            "obs_note",
            sa.Text(),
            nullable=True,
            comment="Por qué no hay suma. Valores: no_aditivo = proporciones, promedios, etapas y últimos datos no se suman; del_periodo = cada trimestre vale por sí solo; sin_dato = falta alguno de los valores.",
        ),
        sa.PrimaryKeyConstraint("indicator", "period"),
        schema="marts",
        comment="Una fila por total oficial de un indicador y trimestre: cómo se llega desde el trimestre anterior. previous_value + added + corrected = value, sólo en indicadores acumulados que se suman (obs_note vacío).",
        info={
            "grain": "Una fila por total oficial de un indicador y trimestre: cómo se llega desde el trimestre anterior.",
            "warning": "previous_value + added + corrected = value, sólo en indicadores acumulados que se suman (obs_note vacío).",
            "refreshed": "figures",
        },
    )
    op.create_table(
        "retained",
        sa.Column("source", sa.Text(), autoincrement=False, nullable=False, comment="Fuente."),
        sa.Column("dataset", sa.Text(), autoincrement=False, nullable=False, comment="Conjunto."),
        sa.Column(
            "entity",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Entidad. Valores: record = registro ilegible; period = trimestre; state = entidad federativa; institution = institución; alias = nombre alterno; edition_course = curso de la fuente que entrega una edición; milestone = etapa de un hito; course = curso; course_edition = edición; module = módulo; event = evento; survey = encuesta; indicator = indicador; question = pregunta; question_option = opción de respuesta; account = cuenta; account_identity = identidad de la cuenta; enrolment = inscripción; module_completion = módulo concluido; certificate = certificado; invitation = invitación; response = cuestionario respondido; answer = respuesta; attendance = registro de asistencia; attendance_interval = intervalo de presencia en un evento; reported_value = dato de captura manual.",
        ),
        sa.Column("rule", sa.Text(), autoincrement=False, nullable=False, comment="Regla que no pasaron."),
        sa.Column(
            "state",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Estado del registro retenido (aquí no es entidad federativa). Valores: open = abierta; mended_at_source = corregida en la fuente; corrected = corregida aquí; accepted = aceptada con motivo.",
        ),
        sa.Column(
            "rows",
            sa.BigInteger(),
            nullable=True,
            comment="Registros. Aditiva sobre fuentes, conjuntos, entidades y estados; un registro que falla dos reglas aparece en ambas.",
        ),
        sa.Column(
            "severity",
            sa.Text(),
            nullable=True,
            comment="Gravedad de la regla. Valores: critical = crítica: se retiene; warning = aviso: pasa y se cuenta.",
        ),
        sa.Column("what", sa.Text(), nullable=True, comment="Qué se revisa."),
        sa.Column("why", sa.Text(), nullable=True, comment="Por qué importa."),
        sa.Column("how_to_fix", sa.Text(), nullable=True, comment="Cómo se corrige."),
        sa.PrimaryKeyConstraint("source", "dataset", "entity", "rule", "state"),
        schema="marts",
        comment="Una fila por fuente, conjunto, entidad, regla y estado: registros retenidos, sin sus datos.",
        info={
            "grain": "Una fila por fuente, conjunto, entidad, regla y estado: registros retenidos, sin sus datos.",
            "warning": "",
            "refreshed": "batches",
        },
    )
    op.create_table(
        "rule_result",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Lote."),
        sa.Column(
            "entity",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Entidad. Valores: record = registro ilegible; period = trimestre; state = entidad federativa; institution = institución; alias = nombre alterno; edition_course = curso de la fuente que entrega una edición; milestone = etapa de un hito; course = curso; course_edition = edición; module = módulo; event = evento; survey = encuesta; indicator = indicador; question = pregunta; question_option = opción de respuesta; account = cuenta; account_identity = identidad de la cuenta; enrolment = inscripción; module_completion = módulo concluido; certificate = certificado; invitation = invitación; response = cuestionario respondido; answer = respuesta; attendance = registro de asistencia; attendance_interval = intervalo de presencia en un evento; reported_value = dato de captura manual.",
        ),
        sa.Column("rule", sa.Text(), autoincrement=False, nullable=False, comment="Regla."),
        sa.Column("source", sa.Text(), nullable=True, comment="Fuente."),
        sa.Column(
            "merged_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Cuándo se cargó el lote; vacío = no se cargó.",
        ),
        sa.Column(
            "severity",
            sa.Text(),
            nullable=True,
            comment="Gravedad. Valores: critical = crítica: la fila se retiene; warning = aviso: la fila pasa.",
        ),
        sa.Column(
            "checked",
            sa.BigInteger(),
            nullable=True,
            comment="Filas revisadas. Aditiva sobre lotes, para una misma entidad y regla.",
        ),
        sa.Column(
            "failed",
            sa.BigInteger(),
            nullable=True,
            comment="Filas que no la pasaron. Aditiva sobre lotes, para una misma entidad y regla; la misma fila puede volver.",
        ),
        sa.Column("what", sa.Text(), nullable=True, comment="Qué se revisa."),
        sa.Column("why", sa.Text(), nullable=True, comment="Por qué importa."),
        sa.Column("how_to_fix", sa.Text(), nullable=True, comment="Cómo se corrige."),
        sa.PrimaryKeyConstraint("batch_id", "entity", "rule"),
        schema="marts",
        comment="Una fila por lote, entidad y regla: filas revisadas y filas que no la pasaron.",
        info={
            "grain": "Una fila por lote, entidad y regla: filas revisadas y filas que no la pasaron.",
            "warning": "",
            "refreshed": "batches",
        },
    )
    op.create_table(
        "survey",
        sa.Column("survey", sa.Text(), autoincrement=False, nullable=False, comment="Encuesta."),
        sa.Column("name", sa.Text(), nullable=True, comment="Nombre."),
        sa.Column("edition", sa.Text(), nullable=True, comment="Edición cuyas personas responden."),
        sa.Column("event", sa.Text(), nullable=True, comment="Evento cuyas personas responden."),
        sa.Column(
            "reached_by",
            sa.Text(),
            nullable=True,
            comment="Cómo se llegó a quienes podían responder. Valores: invitation = invitación enviada; attendance = asistencia al evento; enrolment = ingreso a la edición; open_link = enlace abierto: nadie sabe a cuántas.",
        ),
        sa.Column("closes_on", sa.Date(), nullable=True, comment="Último día local cuyas respuestas cuentan."),
        sa.Column(
            "reached",
            sa.BigInteger(),
            nullable=True,
            comment="Personas que podían responder: el denominador; vacío = no se sabe. Aditiva sobre encuestas distintas; no son personas únicas.",
        ),
        sa.Column(
            "invited",
            sa.BigInteger(),
            nullable=True,
            comment="Invitaciones enviadas; vacío = la encuesta no se envió por invitación. Aditiva sobre encuestas.",
        ),
        sa.Column(
            "responded",
            sa.BigInteger(),
            nullable=True,
            comment="Cuestionarios completos, a tiempo y no repetidos. Aditiva sobre encuestas; no son personas únicas.",
        ),
        sa.Column(
            "reached_responded",
            sa.BigInteger(),
            nullable=True,
            comment="De quienes podían responder, cuántas respondieron: el numerador; vacío = no se sabe. Aditiva sobre encuestas.",
        ),
        sa.Column(
            "incomplete", sa.BigInteger(), nullable=True, comment="Cuestionarios sin terminar. Aditiva sobre encuestas."
        ),
        sa.Column(
            "repeated_out",
            sa.BigInteger(),
            nullable=True,
            comment="Cuestionarios completos que no cuentan por repetidos. Aditiva sobre encuestas.",
        ),
        sa.Column(
            "late",
            sa.BigInteger(),
            nullable=True,
            comment="Cuestionarios completos enviados después del cierre. Aditiva sobre encuestas.",
        ),
        sa.Column(
            "response_rate",
            sa.Numeric(),
            nullable=True,
            comment="Tasa de respuesta en por ciento: 100 × reached_responded / reached; vacío = no se sabe. No se suma: sume numerador y denominador.",
        ),
        sa.Column(
            "attributed_period",
            sa.Text(),
            nullable=True,
            comment="Trimestre al que pertenece la encuesta: el de su edición, su evento o su cierre, como 2020-Q2; vacío = no se sabe.",
        ),
        sa.Column(
            "fy_period",
            sa.Text(),
            nullable=True,
            comment="El mismo trimestre en el año fiscal del donante, como FY2020-Q3.",
        ),
        sa.Column(
            "obs_status",
            sa.Text(),
            nullable=True,
            comment="Qué clase de dato es la tasa. Valores: normal = valor de una versión oficial; preliminar = calculado, aún sin versión oficial; n. d. = no disponible: nadie lo preguntó o no se ha entregado; no es cero; n. a. = no aplica: un total que no significa nada; heredado = tomado de un reporte anterior; suprimido = oculto por protección de datos.",
        ),
        sa.Column(
            "obs_note",
            sa.Text(),
            nullable=True,
            comment="Advertencia sobre la tasa. Valores: no_representativo = tasa de respuesta menor que la mínima; no_calculable = nadie puede conocer el denominador (enlace abierto).",
        ),
        sa.PrimaryKeyConstraint("survey"),
        schema="marts",
        comment="Una fila por encuesta, con n y tasa de respuesta. n. d. no es cero.",
        info={
            "grain": "Una fila por encuesta, con n y tasa de respuesta.",
            "warning": "n. d. no es cero.",
            "refreshed": "facts",
        },
    )
    op.create_table(
        "unmatched_institution",
        sa.Column("source", sa.Text(), autoincrement=False, nullable=False, comment="Fuente."),
        sa.Column("institution", sa.Text(), autoincrement=False, nullable=False, comment="Texto tal como llegó."),
        sa.Column(
            "accounts",
            sa.BigInteger(),
            nullable=True,
            comment="Cuentas que lo llevan. Aditiva sobre textos y fuentes; una persona puede tener varias cuentas.",
        ),
        sa.PrimaryKeyConstraint("source", "institution"),
        schema="marts",
        comment="Una fila por fuente y texto de institución que la lista revisada no conoce. Agregue el nombre a framework/institutions/ para que cuente con su clave.",
        info={
            "grain": "Una fila por fuente y texto de institución que la lista revisada no conoce.",
            "warning": "Agregue el nombre a framework/institutions/ para que cuente con su clave.",
            "refreshed": "facts",
        },
    )


def downgrade() -> None:
    op.drop_table("unmatched_institution", schema="marts")
    op.drop_table("survey", schema="marts")
    op.drop_table("rule_result", schema="marts")
    op.drop_table("retained", schema="marts")
    op.drop_table("quarter_bridge", schema="marts")
    op.drop_table("person", schema="marts")
    op.drop_table("indicator_value", schema="marts")
    op.drop_table("indicator_target", schema="marts")
    op.drop_table("exclusion", schema="marts")
    op.drop_table("event", schema="marts")
    op.drop_table("enrolment_module", schema="marts")
    op.drop_table("enrolment", schema="marts")
    op.drop_table("edition", schema="marts")
    op.drop_table("change", schema="marts")
    op.drop_table("certificate", schema="marts")
    op.drop_table("batch", schema="marts")
    op.drop_table("attendance", schema="marts")
    op.drop_table("answer", schema="marts")
