"""What the coherence checks found, in sentences: what there is, what is expected, what to do."""

FINDINGS = {
    "parts_do_not_add": "las partes de «{breakdown}» ({covers}{line}) suman {parts} y el total es {total}; deben sumar "
    "lo mismo. Vea los registros con `trimestre evidence` y corrija la captura o la definición.",
    "numerator_above_denominator": "el numerador es {numerator} y el denominador {denominator} ({covers}); el "
    "numerador no puede ser negativo ni mayor que el denominador. Revise la definición y los registros de respaldo.",
    "implausible": "el valor es {value} y se esperaba {range}.",
    "deviation": "el valor de {covers} es {value} y la meta {target}: {percent}, fuera de ±{tolerance} puntos.",
    "deviation_stages": "la etapa de {covers} es «{value}» y la meta es «{target}».",
    "no_data": "no hay dato de {covers} y la meta es {target}.",
    "change_out_of_band": "el valor es {value} y el del trimestre anterior {before}: un cambio de {change}, fuera del "
    "intervalo esperado ({range}).",
    "accumulated_fell": "el acumulado es {value} y la última versión oficial dice {before}: no debería bajar.",
    "funnel": "edición {category}: {narrow} personas {of}, más que las {wide} {among}.",
    "passed_counts_failed": "se cuentan como aprobados {rows} módulos que la plataforma da por no aprobados; no deben "
    "contarse. Corrija la consulta de respaldo.",
    "not_representative": "no representativo: n = {n}, tasa de respuesta {rate}, se pide {min_rate}. Muéstrelo siempre "
    "con su n y su tasa.",
    "small_n": "n = {n}, menos de {minimum}: el promedio no se informa.",
    "retained_rows": "fuente {category}: {rows} registros retenidos ({entity}, {dataset}) esperan decisión y podrían "
    "mover {indicators}. Véalos en «Calidad» o con `trimestre retained list --source {category}`.",
    "late_sources": "fuente {category}: última carga {merged}, se esperaba una desde el {since}. Cárguela o cierre sin "
    "ella: lo que llegue después entra al siguiente trimestre abierto.",
    "late_sources_running": "fuente {category}: su lote más reciente está en curso ({state}; última carga {merged}). "
    "Espere a que termine, o cierre sin él: lo que traiga entra al siguiente trimestre abierto.",
    "late_sources_failed": "fuente {category}: su lote más reciente quedó {state} (última carga {merged}). Vea "
    "por qué en «Calidad», lista «Lotes».",
}
"""Check -> sentence; of those in FINDING_ASKS, what it says before it asks."""

FINDING_ASKS = {
    "implausible": "Revise los registros de respaldo; si el valor es correcto, explíquelo.",
    "deviation": "Explique la desviación.",
    "deviation_stages": "Explique la diferencia.",
    "no_data": "Cargue lo que falta o explique por qué no lo hay.",
    "change_out_of_band": "Explique el cambio.",
    "accumulated_fell": "Explique por qué (personas unificadas, registros retirados, cifras corregidas).",
    "funnel": "Revise qué falta en la plataforma o explique la diferencia.",
}
"""Check -> what it asks of whoever prepares the quarter, until it is explained."""

FINDING_PARTS = {
    "reconciliation": ", conciliación",
    "of_target": "{percent} de la meta",
    "of_progress": "{percent} de avance desde la línea de base",
    "between": "entre {min} y {max}",
    "at_least": "{min} o más",
    "at_most": "{max} o menos",
    "never": "ninguna",
    "all_indicators": "todos los indicadores",
    "project": "todo el proyecto",
}

FUNNEL_STEPS = {
    "certificate": "con certificado",
    "module_completion": "que aprobaron todos los módulos",
    "enrolment": "que ingresaron",
}

SEVERITY_NAMES = {"error": "Error", "explanation": "Explicar", "warning": "Aviso"}
"""What a finding asks for."""

COHERENCE_CLI = {
    "coherence": "Revisa la coherencia de las cifras de un trimestre antes de proponerlas; con errores termina en 1.",
    "explain": "Guarda la explicación de una desviación; se muestra en todas las salidas.",
    "project-status": "Muestra el estado del proyecto que se propone y el que se decidió, o decide uno.",
    "none": "{period}: sin observaciones.",
    "title": "Coherencia de {period}",
    "count": "Errores: {errors}. Desviaciones sin explicar: {unexplained}. Avisos: {warnings}.",
    "how": 'Explique cada una con `trimestre explain CLAVE {period} --text "…"`.',
    "explained_mark": "Explicado",
    "explained": "{code} en {period}: explicación guardada (decisión {decision}).",
    "proposed": "{period}: se propone «{status}» ({achieved} indicadores con meta alcanzada y {as_planned} conforme a "
    "lo programado, de {indicators} con meta).",
    "not_proposed": "{period}: no se propone ninguno; ningún indicador vigente tiene meta en el trimestre.",
    "decided": "Decidido: «{status}» ({by}, {at}): {reason}",
    "not_decided": 'Aún no se decide. Decida con `trimestre project-status {period} --set on_track --reason "…"`.',
    "stored": "{period}: estado «{status}» guardado (decisión {decision}).",
}
"""The commands of coherence, explanations and the project's status, and their help."""

COHERENCE_COLUMNS = ("Indicador", "Tipo", "Observación")
