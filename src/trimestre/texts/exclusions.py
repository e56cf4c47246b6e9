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

EXCLUSIONS_EN = {
    "otra_cuenta_de_la_persona": "Another account of a person who was counted already.",
    "otro_certificado_de_la_persona": "The person has an earlier certificate of the edition; one issued again does not "
    "count anew.",
    "fuera_de_la_poblacion": "The account is not of the edition's population: it was never seen enrolled, active and "
    "not suspended as a participant.",
    "poblacion_desconocida": "Nobody knows who was invited to the edition, so that there is no coverage to compute.",
    "permanencia_insuficiente": "Present for less than the minimum that the event asks for.",
    "enlace_abierto": "The survey was answered by an open link: nobody knows who could have answered.",
    "respuesta_incompleta": "The questionnaire was not finished.",
    "respuesta_repetida": "The same account answered several times, and another of its responses counts.",
    "sin_respuesta": "This question was not answered, or with an option without a score.",
    "desglose_capturado": "Part of a typed breakdown; its total is typed apart.",
    "despues_del_cierre_de_la_encuesta": "After the close of the survey.",
    "valor_heredado": "Of a quarter whose figures were taken from earlier reports.",
    "sin_fecha": "Without a date, and this computation places each row by its date.",
}
"""The same for reports in English."""

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
EVIDENCE_OF_BEFORE = {"document": "Documento"}
"""Those that only figures of before have."""
YES_NO = {True: "sí", False: "no"}
