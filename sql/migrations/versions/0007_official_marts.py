"""Marts of official versions, spans, targets, evidence, drift and verification."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The next refresh fills them: their key has a further column.
    op.execute("DELETE FROM marts.indicator_value")
    op.drop_constraint("indicator_value_pkey", "indicator_value", schema="marts", type_="primary")

    op.create_table(
        "drift",
        sa.Column("period", sa.Text(), autoincrement=False, nullable=False, comment="Trimestre."),
        sa.Column("indicator", sa.Text(), autoincrement=False, nullable=False, comment="Indicador."),
        sa.Column("reason", sa.Text(), autoincrement=False, nullable=False, comment="Clave del motivo."),
        sa.Column("fy_period", sa.Text(), nullable=True, comment="El mismo trimestre en el año fiscal del donante."),
        sa.Column(
            "vintage", sa.BigInteger(), nullable=True, comment="Versión oficial vigente con que se compara. No se suma."
        ),
        sa.Column("reason_text", sa.Text(), nullable=True, comment="El motivo en palabras."),
        sa.Column("published", sa.Numeric(), nullable=True, comment="Valor publicado. No se suma."),
        sa.Column("now", sa.Numeric(), nullable=True, comment="Valor con lo que se sabe y se define hoy. No se suma."),
        sa.Column(
            "amount",
            sa.Numeric(),
            nullable=True,
            comment="Parte de la diferencia que se debe a este motivo. Aditiva sobre motivos de un mismo indicador y trimestre: dan now - published.",
        ),
        sa.Column(
            "rows",
            sa.BigInteger(),
            nullable=True,
            comment="Registros que llegaron, se fueron o cambiaron. Aditiva sobre motivos de un mismo indicador y trimestre.",
        ),
        sa.Column("seen_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="Cuándo se comparó por última vez."),
        sa.PrimaryKeyConstraint("period", "indicator", "reason"),
        schema="marts",
        comment="Una fila por trimestre cerrado, indicador y motivo: en cuánto difiere hoy el total oficial de lo publicado. La cifra publicada no cambia: para corregirla hace falta una rectificación.",
        info={
            "grain": "Una fila por trimestre cerrado, indicador y motivo: en cuánto difiere hoy el total oficial de lo publicado.",
            "warning": "La cifra publicada no cambia: para corregirla hace falta una rectificación.",
        },
    )
    op.create_table(
        "indicator_evidence",
        sa.Column("indicator", sa.Text(), autoincrement=False, nullable=False, comment="Indicador."),
        sa.Column("evidence_key", sa.Text(), autoincrement=False, nullable=False, comment="Registro, seudónimo."),
        sa.Column(
            "attribution_rule",
            sa.Text(),
            nullable=True,
            comment="Regla por la que se atribuye un trimestre. Valores: edition = el trimestre en que abrió la edición, con lo ocurrido antes de su cierre; event = el trimestre local de la fecha del hecho.",
        ),
        sa.Column("source", sa.Text(), nullable=True, comment="Fuente que lo entregó."),
        sa.Column(
            "period",
            sa.Text(),
            nullable=True,
            comment="Trimestre en que cuenta; vacío = en ninguno, porque no se sabe su fecha.",
        ),
        sa.Column("fy_period", sa.Text(), nullable=True, comment="El mismo trimestre en el año fiscal del donante."),
        sa.Column(
            "natural_period",
            sa.Text(),
            nullable=True,
            comment="Trimestre al que pertenecería si ninguno se hubiera cerrado.",
        ),
        sa.Column(
            "late",
            sa.Boolean(),
            nullable=True,
            comment="Si es un resultado extemporáneo: de una edición o un trimestre que ya había cerrado.",
        ),
        sa.Column(
            "counted",
            sa.Boolean(),
            nullable=True,
            comment="Si cuenta: si el indicador lo cuenta en period (los acumulados, también en los siguientes). Filtre por counted antes de contar filas.",
        ),
        sa.Column(
            "excluded",
            sa.Text(),
            nullable=True,
            comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; valor_heredado = Es de un trimestre cuyas cifras se tomaron de reportes anteriores.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        ),
        sa.Column("reason_text", sa.Text(), nullable=True, comment="Por qué no cuenta, en una frase."),
        sa.Column(
            "account_key", sa.Uuid(), nullable=True, comment="Cuenta, seudónima; vacío = el registro no es de nadie."
        ),
        sa.Column(
            "person_key", sa.Uuid(), nullable=True, comment="Persona, seudónima; vacío = el registro no es de nadie."
        ),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=True, comment="Cuándo ocurrió; vacío = no se sabe."),
        sa.Column("at_estimated", sa.Boolean(), nullable=True, comment="Si esa fecha se estimó."),
        sa.Column(
            "value",
            sa.Numeric(),
            nullable=True,
            comment="Valor del registro, cuando lo tiene. Aditiva sobre registros que cuentan de un mismo indicador, para obtener una suma o un promedio.",
        ),
        sa.Column("hit", sa.Boolean(), nullable=True, comment="Si cumple lo que mide la proporción, cuando la hay."),
        sa.Column("course", sa.Text(), nullable=True, comment="Curso."),
        sa.Column("edition", sa.Text(), nullable=True, comment="Edición."),
        sa.Column("event", sa.Text(), nullable=True, comment="Evento."),
        sa.Column("survey", sa.Text(), nullable=True, comment="Encuesta."),
        sa.Column("module", sa.Text(), nullable=True, comment="Módulo."),
        sa.Column(
            "sex",
            sa.Text(),
            nullable=True,
            comment="Sexo con que cuenta. Valores: mujer = mujer; hombre = hombre; no_binario = no binario; otro = otro; no_especificado = ninguna fuente lo dice, o se contradicen.",
        ),
        sa.Column(
            "institution", sa.Text(), nullable=True, comment="Institución con que cuenta; no_especificado = no se sabe."
        ),
        sa.Column(
            "state",
            sa.Text(),
            nullable=True,
            comment="Entidad federativa con que cuenta: clave del INEGI; no_especificado = no se sabe.",
        ),
        sa.Column(
            "organisation_type",
            sa.Text(),
            nullable=True,
            comment="Tipo de organización con que cuenta; no_especificado = no se sabe.",
        ),
        sa.Column(
            "vintage",
            sa.BigInteger(),
            nullable=True,
            comment="Versión oficial vigente de su trimestre, que lo contó; vacío = ninguna todavía. No se suma.",
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=True, comment="Lote que lo trajo. No se suma."),
        sa.Column(
            "landed_file_id", sa.BigInteger(), nullable=True, comment="Archivo recibido en que vino. No se suma."
        ),
        sa.Column("dataset", sa.Text(), nullable=True, comment="Conjunto de ese archivo."),
        sa.Column("sha256", sa.Text(), nullable=True, comment="Huella de ese archivo."),
        sa.Column(
            "position",
            sa.Text(),
            nullable=True,
            comment="Dónde está en el archivo: número de registro desde 1, o ruta dentro de la respuesta.",
        ),
        sa.PrimaryKeyConstraint("indicator", "evidence_key"),
        schema="marts",
        comment="Una fila por indicador y registro de respaldo de su línea oficial, cuente o no, en el trimestre en que cuenta con lo que se sabe hoy. Filtre counted. En indicadores acumulados, el valor de un trimestre son sus filas y las de los anteriores; personas = distinct person_key. Lo que contó una versión anterior, y los valores heredados, están en results.evidence.",
        info={
            "grain": "Una fila por indicador y registro de respaldo de su línea oficial, cuente o no, en el trimestre en que cuenta con lo que se sabe hoy.",
            "warning": "Filtre counted. En indicadores acumulados, el valor de un trimestre son sus filas y las de los anteriores; personas = distinct person_key. Lo que contó una versión anterior, y los valores heredados, están en results.evidence.",
        },
    )
    op.create_table(
        "span_value",
        sa.Column("period", sa.Text(), autoincrement=False, nullable=False, comment="Trimestre hasta el que se dice."),
        sa.Column(
            "kind",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="De dónde sale la cifra. Valores: calculo = cálculo de la noche, preliminar; oficial = versión aprobada por una persona, o heredada.",
        ),
        sa.Column(
            "version",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Número del cálculo o de la versión oficial, según kind.",
        ),
        sa.Column("indicator", sa.Text(), autoincrement=False, nullable=False, comment="Indicador."),
        sa.Column(
            "covers",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Lo que abarca hasta ese trimestre: 2020-H1 (semestre), 2020 (año), FY2020 (año fiscal del donante) o project (toda la vida del proyecto).",
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
        sa.Column(
            "vintage",
            sa.BigInteger(),
            nullable=True,
            comment="Número de la versión oficial; vacío en un cálculo. No se suma.",
        ),
        sa.Column("is_current", sa.Boolean(), nullable=True, comment="Si es el cálculo vigente: lo que se sabe hoy."),
        sa.Column(
            "in_force",
            sa.Boolean(),
            nullable=True,
            comment="Si es la cifra por usar: la oficial vigente del trimestre; si no la hay, el cálculo vigente.",
        ),
        sa.Column("fy_period", sa.Text(), nullable=True, comment="El trimestre en el año fiscal del donante."),
        sa.Column("indicator_name", sa.Text(), nullable=True, comment="Nombre del indicador."),
        sa.Column("unit", sa.Text(), nullable=True, comment="Unidad."),
        sa.Column(
            "measure",
            sa.Text(),
            nullable=True,
            comment="Cómo se obtiene el valor de los registros. Valores: count = cuenta de registros; persons = personas distintas; new_persons = personas que llegan por primera vez; share = proporción en por ciento; response_rate = tasa de respuesta en por ciento; top_two_box = por ciento en los dos puntajes más altos; mean = promedio; sum = suma; latest = último dato; milestone = etapa.",
        ),
        sa.Column(
            "value",
            sa.Numeric(),
            nullable=True,
            comment="Valor de todo lo que abarca, con la precisión publicada; vacío = n. d. o n. a. No se suma: cada fila ya abarca sus trimestres.",
        ),
        sa.Column(
            "num",
            sa.Numeric(),
            nullable=True,
            comment="Numerador de una proporción o suma de un promedio. Aditiva sobre categorías de una misma desagregación.",
        ),
        sa.Column(
            "den",
            sa.Numeric(),
            nullable=True,
            comment="Denominador de una proporción o n de un promedio. Aditiva sobre categorías de una misma desagregación.",
        ),
        sa.Column(
            "n",
            sa.BigInteger(),
            nullable=True,
            comment="Registros contados. Aditiva sobre categorías de una misma desagregación.",
        ),
        sa.Column(
            "excluded",
            sa.BigInteger(),
            nullable=True,
            comment="Registros que no cuentan. Aditiva sobre categorías de una misma desagregación.",
        ),
        sa.Column(
            "late",
            sa.BigInteger(),
            nullable=True,
            comment="De los contados, extemporáneos. Aditiva sobre categorías de una misma desagregación.",
        ),
        sa.Column(
            "accumulated",
            sa.Numeric(),
            nullable=True,
            comment="Desde el inicio del proyecto, con lo que se sabía entonces. No se suma.",
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
            comment="Advertencia sobre el valor. Valores: no_representativo = tasa de respuesta menor que la mínima; no_calculable = nadie puede conocer el denominador (enlace abierto); n_insuficiente = menos respuestas de las que se publican.",
        ),
        sa.Column(
            "target",
            sa.Numeric(),
            nullable=True,
            comment="Meta de lo que abarca, vigente para el trimestre. No se suma.",
        ),
        sa.Column("percent_of_target", sa.Numeric(), nullable=True, comment="100 × value / target. No se suma."),
        sa.Column(
            "percent_of_progress",
            sa.Numeric(),
            nullable=True,
            comment="Por ciento de avance desde la línea de base; vacío = no se puede calcular. No se suma.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            nullable=True,
            comment="Estado frente a la meta (sólo el total). Valores: Meta alcanzada = llegó a la meta; Conforme a lo programado = cerca de la meta; Con rezago = por debajo; Sin dato = no hay valor; Sin meta del periodo = no hay meta.",
        ),
        sa.PrimaryKeyConstraint("period", "kind", "version", "indicator", "covers", "disaggregation", "category"),
        schema="marts",
        comment="Una fila por versión de las cifras de un trimestre, indicador, periodo más amplio (semestre, año, proyecto), desagregación y categoría. Sólo la línea oficial. Las personas de un año son distintas en todo el año: no son la suma de los trimestres.",
        info={
            "grain": "Una fila por versión de las cifras de un trimestre, indicador, periodo más amplio (semestre, año, proyecto), desagregación y categoría.",
            "warning": "Sólo la línea oficial. Las personas de un año son distintas en todo el año: no son la suma de los trimestres.",
        },
    )
    op.create_table(
        "target",
        sa.Column("indicator", sa.Text(), autoincrement=False, nullable=False, comment="Indicador."),
        sa.Column(
            "covers",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Lo que abarca: un trimestre, 2020-H1, 2020, FY2020 o project (toda la vida del proyecto).",
        ),
        sa.Column(
            "disaggregation",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Desagregación; total = el indicador entero.",
        ),
        sa.Column(
            "category",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Categoría; total = el indicador entero.",
        ),
        sa.Column(
            "target",
            sa.Numeric(),
            nullable=True,
            comment="Meta vigente hoy. No se suma. Límites: Un trimestre cerrado conserva la que regía entonces: véala en indicator_target o en la cifra misma.",
        ),
        sa.PrimaryKeyConstraint("indicator", "covers", "disaggregation", "category"),
        schema="marts",
        comment="Una fila por indicador, periodo que abarca la meta, desagregación y categoría: las metas vigentes.",
        info={
            "grain": "Una fila por indicador, periodo que abarca la meta, desagregación y categoría: las metas vigentes.",
            "warning": "",
        },
    )
    op.create_table(
        "target_revision",
        sa.Column("indicator", sa.Text(), autoincrement=False, nullable=False, comment="Indicador."),
        sa.Column(
            "revision",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Número de la revisión en la definición, desde 1.",
        ),
        sa.Column(
            "what",
            sa.Text(),
            nullable=True,
            comment="Qué se revisó. Valores: target = una meta; baseline = la línea de base.",
        ),
        sa.Column("covers", sa.Text(), nullable=True, comment="De una meta: lo que abarca."),
        sa.Column(
            "disaggregation",
            sa.Text(),
            nullable=True,
            comment="De una meta: su desagregación; total = el indicador entero.",
        ),
        sa.Column(
            "category", sa.Text(), nullable=True, comment="De una meta: su categoría; total = el indicador entero."
        ),
        sa.Column("old_value", sa.Numeric(), nullable=True, comment="Valor anterior; vacío = no había. No se suma."),
        sa.Column("new_value", sa.Numeric(), nullable=True, comment="Valor nuevo; vacío = ya no hay. No se suma."),
        sa.Column(
            "effective_from",
            sa.Text(),
            nullable=True,
            comment="Primer trimestre cuyas cifras se comparan con el valor nuevo.",
        ),
        sa.Column("letter", sa.Text(), nullable=True, comment="Oficio o documento que la aprobó."),
        sa.Column("approved_on", sa.Date(), nullable=True, comment="Día de la aprobación."),
        sa.Column("approved_by", sa.Text(), nullable=True, comment="Quién la aprobó."),
        sa.PrimaryKeyConstraint("indicator", "revision"),
        schema="marts",
        comment="Una fila por indicador y revisión de una meta o de su línea de base, con el documento que la aprobó.",
        info={
            "grain": "Una fila por indicador y revisión de una meta o de su línea de base, con el documento que la aprobó.",
            "warning": "",
        },
    )
    op.create_table(
        "verification",
        sa.Column(
            "decision_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Decisión que lo registró."
        ),
        sa.Column("indicator", sa.Text(), nullable=True, comment="Indicador."),
        sa.Column("period", sa.Text(), nullable=True, comment="Trimestre."),
        sa.Column("fy_period", sa.Text(), nullable=True, comment="El mismo trimestre en el año fiscal del donante."),
        sa.Column(
            "rows",
            sa.BigInteger(),
            nullable=True,
            comment="Registros cotejados con su medio de verificación. Aditiva sobre muestras de registros distintos.",
        ),
        sa.Column(
            "agreed",
            sa.BigInteger(),
            nullable=True,
            comment="De ellos, cuántos coincidieron. Aditiva sobre muestras de registros distintos.",
        ),
        sa.Column(
            "percent_agreed",
            sa.Numeric(),
            nullable=True,
            comment="100 × agreed / rows. No se suma: sume agreed y rows.",
        ),
        sa.Column("comment", sa.Text(), nullable=True, comment="Lo que se observó."),
        sa.Column("verified_by", sa.Text(), nullable=True, comment="Quién lo registró."),
        sa.Column("verified_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="Cuándo."),
        sa.PrimaryKeyConstraint("decision_id"),
        schema="marts",
        comment="Una fila por resultado registrado de una muestra de verificación.",
        info={"grain": "Una fila por resultado registrado de una muestra de verificación.", "warning": ""},
    )
    op.create_table(
        "vintage",
        sa.Column("candidate_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Propuesta."),
        sa.Column("period", sa.Text(), nullable=True, comment="Trimestre."),
        sa.Column("fy_period", sa.Text(), nullable=True, comment="El mismo trimestre en el año fiscal del donante."),
        sa.Column(
            "vintage",
            sa.BigInteger(),
            nullable=True,
            comment="Número de la versión oficial en su trimestre, desde 1; vacío = aún no se aprueba. No se suma.",
        ),
        sa.Column(
            "state",
            sa.Text(),
            nullable=True,
            comment="Estado de la propuesta (aquí no es entidad federativa). Valores: pending = espera la respuesta de quien aprueba; vintage = aprobada: es versión oficial.",
        ),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=True,
            comment="Qué clase de propuesta es. Valores: close = cierre del trimestre; restatement = rectificación de cifras publicadas; inherited = cifras de reportes anteriores.",
        ),
        sa.Column(
            "vintage_state",
            sa.Text(),
            nullable=True,
            comment="En qué va el reporte. Valores: preliminar = cálculo, no es versión oficial; borrador = aprobada, sin enviar; enviada = enviada al donante; con_observaciones = el donante la observó; aceptada = el donante la aceptó; heredado = cifras de reportes anteriores al sistema.",
        ),
        sa.Column(
            "in_force",
            sa.Boolean(),
            nullable=True,
            comment="Si es la versión oficial vigente de su trimestre: la de mayor número.",
        ),
        sa.Column(
            "hash",
            sa.Text(),
            nullable=True,
            comment="sha256 de valores, definiciones y registros: dos propuestas que dicen lo mismo tienen el mismo.",
        ),
        sa.Column(
            "known_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="Hasta qué carga se conocía lo que dice."
        ),
        sa.Column(
            "forced", sa.Boolean(), nullable=True, comment="Si se preparó antes de las fechas límite del trimestre."
        ),
        sa.Column(
            "reason",
            sa.Text(),
            nullable=True,
            comment="Motivo de la rectificación o de prepararla antes; de cifras anteriores, su procedencia.",
        ),
        sa.Column("comment", sa.Text(), nullable=True, comment="Comentario de quien aprobó."),
        sa.Column(
            "project_status",
            sa.Text(),
            nullable=True,
            comment="Estado general del proyecto en el trimestre: el decidido; si no, el propuesto. Valores: Logrado = los indicadores llegaron a sus metas; En camino = cerca de ellas; Con retraso = por debajo.",
        ),
        sa.Column(
            "project_status_decided",
            sa.Boolean(),
            nullable=True,
            comment="Si la coordinación decidió ese estado; falso = es el que proponen los indicadores.",
        ),
        sa.Column(
            "project_status_reason", sa.Text(), nullable=True, comment="Por qué la coordinación decidió ese estado."
        ),
        sa.Column("prepared_by", sa.Text(), nullable=True, comment="Quién la preparó."),
        sa.Column("prepared_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="Cuándo."),
        sa.Column("decided_by", sa.Text(), nullable=True, comment="Quién la aprobó."),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="Cuándo."),
        sa.PrimaryKeyConstraint("candidate_id"),
        schema="marts",
        comment="Una fila por propuesta de cifras de un trimestre que se aprobó (versión oficial) o que espera respuesta. Las devueltas y las que otra sustituyó no aparecen.",
        info={
            "grain": "Una fila por propuesta de cifras de un trimestre que se aprobó (versión oficial) o que espera respuesta.",
            "warning": "Las devueltas y las que otra sustituyó no aparecen.",
        },
    )
    op.alter_column(
        "answer",
        "excluded",
        existing_type=sa.TEXT(),
        comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; valor_heredado = Es de un trimestre cuyas cifras se tomaron de reportes anteriores.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        existing_comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; despues_del_cierre_de_la_edicion = Ocurrió después del cierre de la edición.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "attendance",
        "excluded",
        existing_type=sa.TEXT(),
        comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; valor_heredado = Es de un trimestre cuyas cifras se tomaron de reportes anteriores.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        existing_comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; despues_del_cierre_de_la_edicion = Ocurrió después del cierre de la edición.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        existing_nullable=True,
        schema="marts",
    )
    op.add_column(
        "certificate",
        sa.Column(
            "late",
            sa.Boolean(),
            nullable=True,
            comment="Si se obtuvo después del cierre de su edición (resultado extemporáneo): por edición cuenta en un trimestre posterior.",
        ),
        schema="marts",
    )
    op.alter_column(
        "certificate",
        "excluded",
        existing_type=sa.TEXT(),
        comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; valor_heredado = Es de un trimestre cuyas cifras se tomaron de reportes anteriores.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        existing_comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; despues_del_cierre_de_la_edicion = Ocurrió después del cierre de la edición.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "certificate",
        "attributed_period",
        existing_type=sa.TEXT(),
        comment="Trimestre al que pertenece el certificado según la regla, sin considerar los cierres de trimestre, como 2020-Q2; vacío = no se sabe.",
        existing_comment="Trimestre al que pertenece el certificado según la regla, como 2020-Q2; vacío = no se sabe.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "enrolment",
        "excluded",
        existing_type=sa.TEXT(),
        comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; valor_heredado = Es de un trimestre cuyas cifras se tomaron de reportes anteriores.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        existing_comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; despues_del_cierre_de_la_edicion = Ocurrió después del cierre de la edición.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        existing_nullable=True,
        schema="marts",
    )
    op.add_column(
        "enrolment_module",
        sa.Column(
            "passed_late",
            sa.Boolean(),
            nullable=True,
            comment="Si lo aprobó después del cierre (resultado extemporáneo).",
        ),
        schema="marts",
    )
    op.add_column(
        "enrolment_module",
        sa.Column(
            "passed_period",
            sa.Text(),
            nullable=True,
            comment="Trimestre en que cuenta el módulo: el de la edición; si es extemporáneo, uno posterior; vacío = no cuenta. Límites: No considera los cierres de trimestre: vea indicator_evidence.",
        ),
        schema="marts",
    )
    op.alter_column(
        "enrolment_module",
        "excluded",
        existing_type=sa.TEXT(),
        comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; valor_heredado = Es de un trimestre cuyas cifras se tomaron de reportes anteriores.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        existing_comment="Por qué no cuenta: clave del motivo; vacío = cuenta. Valores: otra_cuenta_de_la_persona = Es otra cuenta de una persona que ya se contó.; otro_certificado_de_la_persona = La persona ya tiene un certificado anterior de la edición; una reexpedición no cuenta de nuevo.; fuera_de_la_poblacion = La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como participante.; poblacion_desconocida = No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.; permanencia_insuficiente = Estuvo conectada menos del mínimo que pide el evento.; enlace_abierto = La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.; respuesta_incompleta = El cuestionario no se terminó de responder.; respuesta_repetida = La misma cuenta respondió varias veces y cuenta otra de sus respuestas.; sin_respuesta = No respondió esta pregunta, o eligió una opción sin puntuación.; desglose_capturado = Es parte de un desglose capturado a mano; el total se captura aparte.; despues_del_cierre_de_la_encuesta = Ocurrió después del cierre de la encuesta.; despues_del_cierre_de_la_edicion = Ocurrió después del cierre de la edición.; sin_fecha = No tiene fecha, y este cálculo ubica cada registro por su fecha..",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "exclusion",
        "value",
        existing_type=sa.NUMERIC(),
        comment="Valor calculado vigente del total. No se suma.",
        existing_comment="Valor vigente del total. No se suma.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "indicator_target",
        "target",
        existing_type=sa.NUMERIC(),
        comment="Meta del trimestre; vacío = sin meta. Las de otros periodos y categorías, en target. No se suma.",
        existing_comment="Meta del trimestre; vacío = sin meta. No se suma.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "indicator_target",
        "life_of_project_target",
        existing_type=sa.NUMERIC(),
        comment="Meta de toda la vida del proyecto, la que regía en el trimestre. No se suma.",
        existing_comment="Meta de toda la vida del proyecto. No se suma.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "indicator_target",
        "baseline",
        existing_type=sa.NUMERIC(),
        comment="Línea de base que regía en el trimestre; vacío = no disponible o no aplica. No se suma.",
        existing_comment="Línea de base; vacío = no disponible o no aplica. No se suma.",
        existing_nullable=True,
        schema="marts",
    )
    op.create_table_comment(
        "indicator_target",
        "Una fila por indicador, trimestre y versión de sus metas: lo que regía para las cifras de ese trimestre. Filtre in_force para las metas de hoy.",
        existing_comment="Una fila por indicador, trimestre y versión de sus metas. Filtre in_force para las metas de hoy.",
        schema="marts",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "kind",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="De dónde sale la cifra. Valores: calculo = cálculo de la noche, preliminar; oficial = versión aprobada por una persona, o heredada.",
        ),
        schema="marts",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "in_force",
            sa.Boolean(),
            nullable=True,
            comment="Si es la cifra por usar: la oficial vigente del trimestre; si no la hay, el cálculo vigente.",
        ),
        schema="marts",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "percent_of_progress",
            sa.Numeric(),
            nullable=True,
            comment="Por ciento de avance desde la línea de base: 100 × (value - línea de base) / (target - línea de base); vacío = no se puede calcular. No se suma.",
        ),
        schema="marts",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "deviation_explanation",
            sa.Text(),
            nullable=True,
            comment="Por qué se aparta de la meta o del trimestre anterior, como lo explicó una persona.",
        ),
        schema="marts",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "method_note",
            sa.Text(),
            nullable=True,
            comment="Si antes se publicó con otro método: desde qué versión cambió.",
        ),
        schema="marts",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "late",
            sa.BigInteger(),
            nullable=True,
            comment="De los contados, extemporáneos: de ediciones o trimestres que ya habían cerrado. Aditiva sobre categorías de una misma desagregación; sobre trimestres si span = period.",
        ),
        schema="marts",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "added",
            sa.Numeric(),
            nullable=True,
            comment="Lo que agrega el trimestre, cuando los trimestres se suman; vacío = no se suman. Aditiva sobre trimestres de versiones oficiales.",
        ),
        schema="marts",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "adjustment",
            sa.Numeric(),
            nullable=True,
            comment="Ajuste a trimestres anteriores: lo acumulado menos lo publicado antes y menos added. Aditiva sobre trimestres de versiones oficiales.",
        ),
        schema="marts",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "accumulated",
            sa.Numeric(),
            nullable=True,
            comment="Desde el inicio del proyecto, con lo que se sabía entonces. No se suma.",
        ),
        schema="marts",
    )
    op.alter_column(
        "indicator_value",
        "version",
        existing_type=sa.BIGINT(),
        comment="Número del cálculo o de la versión oficial del trimestre, según kind, desde 1; el mayor es el vigente.",
        existing_comment="Versión de las cifras del trimestre, desde 1; la mayor es la vigente.",
        existing_nullable=False,
        schema="marts",
    )
    op.alter_column(
        "indicator_value",
        "is_current",
        existing_type=sa.BOOLEAN(),
        comment="Si es el cálculo vigente del trimestre: lo que se sabe hoy.",
        existing_comment="Si es la versión vigente del trimestre.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "indicator_value",
        "computed_at",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        comment="Cuándo se calculó por primera vez con estas cifras; de una versión oficial, cuándo se aprobó.",
        existing_comment="Cuándo se calculó por primera vez con estas cifras.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "indicator_value",
        "measure",
        existing_type=sa.TEXT(),
        comment="Cómo se obtiene el valor de los registros. Valores: count = cuenta de registros; persons = personas distintas; new_persons = personas que llegan por primera vez; share = proporción en por ciento; response_rate = tasa de respuesta en por ciento; top_two_box = por ciento en los dos puntajes más altos; mean = promedio; sum = suma; latest = último dato; milestone = etapa.",
        existing_comment="Cómo se obtiene el valor de los registros. Valores: count = cuenta de registros; persons = personas distintas; share = proporción en por ciento; mean = promedio; sum = suma; latest = último dato; milestone = etapa.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "indicator_value",
        "span",
        existing_type=sa.TEXT(),
        comment="Qué trimestres abarca. Valores: period = sólo el trimestre; cumulative = del inicio del proyecto al trimestre; latest = el último trimestre con datos.",
        existing_comment="Qué trimestres abarca. Valores: period = sólo el trimestre; cumulative = del inicio del proyecto al trimestre.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "indicator_value",
        "obs_note",
        existing_type=sa.TEXT(),
        comment="Advertencia sobre el valor. Valores: no_representativo = tasa de respuesta menor que la mínima; no_calculable = nadie puede conocer el denominador (enlace abierto); n_insuficiente = menos respuestas de las que se publican.",
        existing_comment="Advertencia sobre el valor. Valores: no_representativo = tasa de respuesta menor que la mínima; no_calculable = nadie puede conocer el denominador (enlace abierto).",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "indicator_value",
        "target",
        existing_type=sa.NUMERIC(),
        comment="Meta del trimestre, la vigente para sus cifras (sólo la línea oficial). No se suma.",
        existing_comment="Meta del trimestre (sólo el total oficial). No se suma.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "indicator_value",
        "percent_of_target",
        existing_type=sa.NUMERIC(),
        comment="100 × value / target; vacío donde menos es mejor. No se suma.",
        existing_comment="100 × value / target. No se suma.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "indicator_value",
        "target_version",
        existing_type=sa.BIGINT(),
        comment="Versión de las metas que regía; vea indicator_target. Vacío en una versión oficial. No se suma.",
        existing_comment="Versión de las metas que regía; vea indicator_target. No se suma.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "indicator_value",
        "vintage",
        existing_type=sa.BIGINT(),
        comment="Número de la versión oficial; vacío en un cálculo. No se suma.",
        existing_comment="Número de la versión oficial; vacío mientras no haya ninguna. No se suma.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "indicator_value",
        "vintage_state",
        existing_type=sa.TEXT(),
        comment="En qué va la versión. Valores: preliminar = cálculo, no es versión oficial; borrador = aprobada, sin enviar; enviada = enviada al donante; con_observaciones = el donante la observó; aceptada = el donante la aceptó; heredado = cifras de reportes anteriores al sistema.",
        existing_comment="Estado de la versión. Valores: preliminar = aún no hay versión oficial.",
        existing_nullable=True,
        schema="marts",
    )
    op.create_table_comment(
        "indicator_value",
        "Una fila por versión de las cifras de un trimestre (cálculos y versiones oficiales), indicador, regla de atribución, desagregación y categoría. Filtre official e is_current para lo que se sabe hoy, o official e in_force para la cifra por reportar. No sume categorías de desagregaciones distintas ni personas entre trimestres.",
        existing_comment="Una fila por versión de las cifras de un trimestre, indicador, regla de atribución, desagregación y categoría. Filtre is_current y official para las cifras de hoy. No sume categorías de desagregaciones distintas ni personas entre trimestres.",
        schema="marts",
    )
    op.add_column(
        "quarter_bridge",
        sa.Column(
            "previous_vintage",
            sa.BigInteger(),
            nullable=True,
            comment="Versión oficial de la que sale previous_value; vacío = es preliminar. No se suma.",
        ),
        schema="marts",
    )
    op.add_column(
        "quarter_bridge",
        sa.Column(
            "late", sa.BigInteger(), nullable=True, comment="De los registros contados, extemporáneos. No se suma."
        ),
        schema="marts",
    )
    op.add_column(
        "quarter_bridge",
        sa.Column(
            "adjustment",
            sa.Numeric(),
            nullable=True,
            comment="Ajuste a trimestres anteriores: lo acumulado menos lo publicado de los anteriores y menos added. Aditiva sobre trimestres seguidos del mismo indicador.",
        ),
        schema="marts",
    )
    op.add_column(
        "quarter_bridge",
        sa.Column(
            "accumulated",
            sa.Numeric(),
            nullable=True,
            comment="Desde el inicio del proyecto, como se sabe hoy: Σ de lo publicado antes, added y adjustment. No se suma.",
        ),
        schema="marts",
    )
    op.alter_column(
        "quarter_bridge",
        "previous_value",
        existing_type=sa.NUMERIC(),
        comment="Valor del trimestre anterior: el oficial vigente; sin él, el primero calculado después de su último día. No se suma.",
        existing_comment="Valor del trimestre anterior como se conoció al terminar ese trimestre: su primera versión calculada después de su último día. No se suma. Límites: Mientras no haya versiones oficiales; después será el de la versión oficial.",
        existing_nullable=True,
        schema="marts",
    )
    op.alter_column(
        "survey",
        "obs_note",
        existing_type=sa.TEXT(),
        comment="Advertencia sobre la tasa. Valores: no_representativo = tasa de respuesta menor que la mínima; no_calculable = nadie puede conocer el denominador (enlace abierto); n_insuficiente = menos respuestas de las que se publican.",
        existing_comment="Advertencia sobre la tasa. Valores: no_representativo = tasa de respuesta menor que la mínima; no_calculable = nadie puede conocer el denominador (enlace abierto).",
        existing_nullable=True,
        schema="marts",
    )

    op.create_primary_key(
        "indicator_value_pkey",
        "indicator_value",
        ["period", "kind", "version", "indicator", "attribution_rule", "disaggregation", "category"],
        schema="marts",
    )


def downgrade() -> None:
    raise NotImplementedError("Tables for analysts are filled anew at any version: migrate forward.")
