"""Closing a quarter at the command line, and what decisions say that nobody commented."""

CLOSE_MESSAGES = {
    "approved_silently": "Aprobada sin comentario",
    "returned_silently": "Devuelta sin comentario",
    "report_silently": "Sin comentario",
}
"""The reason of a decision without a comment."""

CLOSE_CLI = {
    "app": "Cierre de trimestres: preparar cifras candidatas, verlas, aprobarlas o devolverlas.",
    "prepare": "Prepara la candidata de un trimestre: cifras, registros de respaldo y definiciones, con su huella.",
    "show": "Muestra una candidata: cifras, observaciones y explicaciones; sin número, la más reciente.",
    "approve": "Aprueba una candidata: queda como versión oficial tal como está; nada se recalcula.",
    "return": "Devuelve una candidata: nada se publica.",
    "list": "Lista las candidatas y versiones oficiales.",
    "state": "Anota dónde está el informe de un trimestre ante el donante.",
    "verify": "Comprueba que las cifras, definiciones y registros guardados den todavía la misma huella.",
    "prepared": "Candidata {candidate} de {period} ({fiscal}) preparada por {by}. Huella {hash}.\n"
    "Véala con `trimestre close show {candidate}`; la aprueba otra persona con `trimestre close approve {candidate}`.",
    "refused": "No se preparó nada. Observaciones que lo impiden:",
    "head": "{kind} de {period} ({fiscal}) · candidata {candidate} · {state}",
    "vintage": "Versión oficial {vintage} · informe: {report}",
    "prepared_by": "Preparó {by}, {at}",
    "decided_by": "Respondió {by}, {at}",
    "comment": "Comentario: {text}",
    "forced": "Antes de los plazos: sí, forzada",
    "reason": "Motivo: {text}",
    "hash": "Huella: {hash}",
    "known": "Datos conocidos hasta {at}; último lote de cada fuente: {pins}",
    "figures": "Indicadores de {period}{mark}",
    "findings": "Observaciones",
    "no_findings": "Sin observaciones.",
    "explanations": "Explicaciones",
    "explanation": "{code}: {text} ({by}, {at})",
    "approved": "{period}: la candidata {candidate} es la versión oficial {vintage}. Se recalculan los trimestres que "
    "dependen de ella.",
    "returned": "{period}: la candidata {candidate} se devolvió; nada se publicó.",
    "stated": "{period}, versión oficial {vintage}: {state}.",
    "true": "Candidata {candidate}: lo guardado da la misma huella ({hash}).",
    "false": "Candidata {candidate}: lo guardado NO da la huella {hash}. Alguien cambió cifras, definiciones o "
    "registros de respaldo fuera de Trimestre; compare con `trimestre reproduce {period}`.",
    "none": "Aún no hay candidatas.",
}
"""What `trimestre close` says, and its help."""

CLOSE_COLUMNS = (
    "Candidata", "Trimestre", "Tipo", "Estado", "Versión oficial", "Informe", "Preparó", "Respondió", "Huella",
)  # fmt: skip
"""Headings of the list of candidates."""

DEFINITION_FINDINGS = {
    "method_without_version": "{code}: el método es otro que el de las cifras oficiales de {quarter} (versión "
    "{published_version} de la definición), y la ficha dice versión {version}. Suba `version:` por encima de "
    "{published_version} y diga en `changes:` qué cambió, o devuelva el método.",
    "target_without_revision": "{code}: {what} es {now}, y {quarter} se publicó con {published}. Anote la revisión en "
    "`revisions:` (valor anterior y nuevo, oficio, `effective_from:` posterior a {quarter}), o devuelva el valor "
    "publicado.",
    "code_gone": "{code}: {quarter} se publicó con registros de {what} «{gone}», que ya no se declara en `framework/`. "
    "Con otra clave los mismos registros contarían otra vez. Devuelva la clave (el nombre sí puede cambiar), o "
    "rectifique {quarter}.",
    "edition": "la edición",
    "event": "el evento",
    "survey": "la encuesta",
    "module": "el módulo",
    "target": "la meta de {covers}{category}",
    "baseline": "la línea de base",
    "none": "ninguna",
}
"""Findings about definitions, a sentence each, and their parts."""
