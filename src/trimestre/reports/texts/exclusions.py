"""The rows behind a figure: their headings, and why one of them does not count."""

EXCLUSIONS = {
    "otra_cuenta_de_la_persona": "Es otra cuenta de una persona que ya se contó.",
    "otro_certificado_de_la_persona": "La persona ya tiene un certificado anterior de la edición; una reexpedición no "
    "cuenta de nuevo.",
    "fuera_de_la_poblacion": "La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin "
    "suspender como participante.",
    "poblacion_desconocida": "No se sabe a quiénes se convocó a la edición, así que no hay cobertura que calcular.",
    "permanencia_insuficiente": "Estuvo conectada menos del mínimo que pide el evento.",
    "enlace_abierto": "La encuesta se respondió por un enlace abierto: no se sabe quiénes podían responder.",
    "respuesta_incompleta": "El cuestionario no se terminó de responder.",
    "respuesta_repetida": "La misma cuenta respondió varias veces y cuenta otra de sus respuestas.",
    "sin_respuesta": "No respondió esta pregunta, o eligió una opción sin puntuación.",
    "desglose_capturado": "Es parte de un desglose capturado a mano; el total se captura aparte.",
    "despues_del_cierre_de_la_encuesta": "Ocurrió después del cierre de la encuesta.",
    "valor_heredado": "Es de un trimestre cuyas cifras se tomaron de reportes anteriores.",
    "sin_fecha": "No tiene fecha, y este cálculo ubica cada registro por su fecha.",
}
"""Why a row of evidence is excluded (`excluded` of sql/evidence and sql/compute) -> sentence for the specialist."""

EVIDENCE_COLUMNS = {
    "evidence_key": "Registro",
    "at": "Fecha",
    "sex": "Sexo",
    "value": "Valor",
    "hit": "Cumple",
    "excluded": "Por qué no cuenta",
    "batch_id": "Lote",
    "landed_file_id": "Archivo",
    "position": "Posición",
}
"""Column of the evidence -> heading of the table of `trimestre evidence`."""
YES_NO = {True: "sí", False: "no"}
