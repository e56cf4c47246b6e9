"""What the approver of a quarter reads before answering, and what is told when a close can't go on."""

CANDIDATE_KINDS = {
    "close": "Cierre",
    "restatement": "Rectificación de cifras publicadas",
    "inherited": "Valor heredado",
}

CANDIDATE_STATES = {
    "pending": "en espera de respuesta",
    "returned": "devuelta",
    "void": "sustituida por una más nueva",
    "vintage": "aprobada",
}

REPORT_STATES = {
    "borrador": "Borrador",
    "enviada": "Enviada al donante",
    "con_observaciones": "Con observaciones del donante",
    "aceptada": "Aceptada por el donante",
}
"""Where an official version stands with the donor."""

PROJECT_STATUS = {"achieved": "Logrado", "on_track": "En camino", "off_track": "Con retraso"}

CLOSING = {
    "subject": "¿Aprobar {period} ({fiscal})? Candidata {number}",
    "head": "**{kind} de {period}** ({fiscal} del donante) · candidata {number}{mark}",
    "facts": "| Dato | |\n|---|---|",
    "prepared": "Preparó",
    "known_until": "Datos conocidos hasta",
    "no_data": "sin cargas",
    "batches": "Último lote de cada fuente",
    "hash": "Huella",
    "reason": "Motivo",
    "forced": "Antes de los plazos",
    "forced_yes": "sí, forzada",
    "figures": "### Indicadores",
    "columns": "| Clave | Indicador | Valor | Meta | % de la meta | Estado | {before} | Cambio | Explicación |"
    "\n|---|---|--:|--:|--:|---|--:|--:|---|",
    "before_official": "{period} (versión oficial {vintage})",
    "before_preliminary": "{period} (preliminar)",
    "by": "({by}, {day})",
    "missing": "**falta**",
    "points": "{change} puntos",
    "flows": "### Acumulado, resultados extemporáneos y ajustes",
    "flow": "- **{code}**: {parts}.",
    "accumulated": "acumulado {value}",
    "late": "registros contados: {n}, de ellos extemporáneos (de trimestres o ediciones ya cerrados): {late}",
    "adjustment": "ajuste a trimestres anteriores {value}",
    "findings": "### Revisión de coherencia",
    "no_findings": "Sin observaciones: las partes suman, los porcentajes cuadran y nada se sale de su intervalo.",
    "retained": "### Registros retenidos y fuentes tardías",
    "none_retained": "Ningún registro retenido mueve estas cifras y ninguna fuente está atrasada.",
    "differences": "### Diferencia con {what}",
    "what_official": "la versión oficial {vintage}",
    "what_candidate": "la candidata {number} ({state})",
    "what_comment": "Al devolverla, {by} dijo: «{comment}».",
    "first": "### Diferencia\n\nEs la primera candidata del trimestre: no hay con qué compararla.",
    "equal": "Ninguna celda cambia.",
    "moved": "- **{code}** {name}: {before} → {after}",
    "moved_cells": "- Celdas de desagregaciones, tramos más largos y conciliaciones que cambian: {cells}.",
    "status": "### Estado del proyecto",
    "counts": " (indicadores con meta: {indicators}; la alcanzaron: {achieved}; van conforme a lo programado: "
    "{as_planned})",
    "proposed": "Se propone: **{status}**{counts}. Quien aprueba puede decidir otro, con su motivo.",
    "not_proposed": "No se propone ninguno: ningún indicador vigente tiene meta y dato en el trimestre.",
    "decided": "Decidido: **{status}** ({by}): {reason}",
    "methods": "### Método cambiado",
    "method": "- **{code}**: versión {version} de la definición desde {day}. {change}",
    "answer": "### Qué pasa al responder\n\n"
    "- **Aprobar**: la candidata queda como versión oficial {vintage} de {period}, tal como está; nada se recalcula. "
    "Lo que llegue después no mueve estas cifras.\n"
    "- **Devolver**: nada se publica. Corrija lo que haga falta y corra «Cerrar trimestre» otra vez; diga en el "
    "comentario qué falta.\n\n"
    "El comentario es opcional. El estado del proyecto vacío queda como se propone; otro pide su motivo. Todo se "
    "guarda: **sin datos personales**.\n\n"
    "Quien preparó la candidata ({by}) no puede responder. Las líneas de conciliación, las desagregaciones y cada "
    "registro de respaldo: `trimestre close show {number}` y `trimestre evidence CLAVE {period}`.",
}
"""The summary of a candidate, in Markdown."""

CLOSING_SEVERITIES = {"error": "error", "explanation": "por explicar", "explained": "explicada", "warning": "aviso"}
"""Severity of a finding, where everything that asks for an explanation has one."""

CLOSING_MESSAGES = {
    "nobody_else": "cierre: preparó la candidata {preparer}, y no hay otra persona que pueda aprobar. Agregue a otra "
    "en `approvers:` de framework/framework.yaml y limpie (Clear) esta tarea.",
    "personal": "cierre: se encontró un correo o una CURP en «{field}», y lo que se escribe aquí se guarda. No se "
    "decidió nada: la pregunta vuelve en un momento; responda sin datos personales.",
    "missing_candidate": "cierre: la respuesta no dice de qué «{field}» es. No se decidió nada: la pregunta vuelve en "
    "un momento; responda desde la página de Airflow.",
    "other_candidate": "cierre: la pregunta era de la candidata {asked}, y esta corrida ya preparó la {candidate}, que "
    "nadie ha visto. No se decidió nada; corra «Cerrar trimestre» otra vez en lugar de limpiar (Clear) sus tareas.",
    "not_sealed": "cierre: se encontró sobre la candidata {candidate} una respuesta que no viene de la pregunta de "
    "Airflow, o que alguien cambió después; se esperaba la que dio una persona. No se decidió nada: limpie (Clear) la "
    "tarea «{task}», y la pregunta se hace de nuevo.",
    "status_without_reason": "cierre: se eligió el estado del proyecto sin «{field}». No se decidió nada: la pregunta "
    "vuelve en un momento; escriba el motivo o deje el estado como se propone.",
    "reason_without_status": "cierre: se escribió «{field}» sin elegir un estado del proyecto. No se decidió nada: la "
    "pregunta vuelve en un momento; elija un estado o deje vacío el motivo.",
    "forced_without_reason": "{form}: falta «{field}», que «{forced}» necesita. Escriba por qué y envíe de nuevo. "
    "No se hizo nada.",
    "explanation_line": "{form}: el renglón {line} de «{field}» no tiene la forma `L2-01: texto`. Escriba la clave del "
    "indicador, dos puntos y la explicación, una por renglón. No se hizo nada.",
    "explanation_twice": "{form}: «{field}» explica {code} en dos renglones. Deje uno por indicador. No se hizo nada.",
    "not_ready": "{period} no se puede cerrar todavía:\n{findings}\nCorrija los errores; lo demás se explica en "
    "«Explicar una desviación» o en «Explicaciones» de este formulario. No se escribió ninguna candidata.",
    "prepared": "Candidata {candidate} de {period}, preparada por {by}. Huella {hash}.",
    "approved": "{period}: la candidata {candidate} es la versión oficial {vintage}. Aprobó {by}.",
    "returned": "{period}: la candidata {candidate} se devolvió. Respondió {by}; nada se publicó.",
    "documents": "{period}, versión oficial {vintage}: archivos escritos: {count}.",
    "no_documents": "La candidata se devolvió: no hay documentos que escribir.",
    "report_state": "{period}, versión oficial {vintage}: {state}.",
    "explained": "{indicator} en {period}: explicación guardada.",
    "refused": "{problem}\n\nLa candidata {candidate} sigue en espera. Si otra persona debe responder, limpie (Clear) "
    "la tarea «{task}»: la pregunta se hace de nuevo.",
}
"""What the tasks of a close say."""
