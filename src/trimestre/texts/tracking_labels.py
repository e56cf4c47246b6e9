"""Labels of the indicator performance tracking table (IPTT), in both languages of the reports.

They were not confirmed against the donor's present form: this is the one place to correct them.
"""

TRACKING = {
    "es": {
        "title": "Tabla de seguimiento de indicadores (IPTT)",
        "project": "Proyecto {project} · {name}",
        "shown": "{period} ({fiscal} del donante) · {version}{mark}",
        "illustrative": " · metas y líneas de base ilustrativas",
        "number": "No.",
        "level": "Nivel",
        "code": "Clave",
        "indicator": "Indicador",
        "unit": "Unidad de medida",
        "direction": "Sentido",
        "cumulative": "Acum. (C) / periodo (NC)",
        "kind": "# / %",
        "baseline": "Línea de base",
        "baseline_value": "Valor",
        "baseline_day": "Fecha",
        "target": "Meta",
        "actual": "Alcanzado",
        "percent": "% de la meta",
        "status": "Estado en {period}",
        "progress": "% de avance desde la línea de base",
        "explanation": "Explicación de la desviación",
        "notes": "Notas",
        "disaggregation": "Desagregación",
        "category": "Categoría",
        "until": "a {period}",
        "kind_oficial": "oficial v{vintage}",
        "kind_heredado": "heredado (v{vintage})",
        "kind_preliminar": "preliminar",
        "kind_restated": "rectificado v{vintage}",
        "planned": "programado",
        "not_told": "sin cifras en esta versión",
        "group": "{indicators}: {statuses}",
        "one_indicator": "1 indicador",
        "indicators": "{count} indicadores",
        "no_indicators": "sin indicadores propios ni de sus resultados",
        "unplaced": "Indicadores sin resultado asignado",
        "page": "Página &P de &N",
        "definitions": "Definiciones",
        "explanations": "Explicaciones",
        "about": "Acerca de",
    },
    "en": {
        "title": "Indicator Performance Tracking Table (IPTT)",
        "project": "Project {project} · {name}",
        "shown": "{period} (donor's {fiscal}) · {version}{mark}",
        "illustrative": " · illustrative targets and baselines",
        "number": "No.",
        "level": "Level",
        "code": "Code",
        "indicator": "Indicator",
        "unit": "Unit of measure",
        "direction": "Direction of change",
        "cumulative": "C / NC",
        "kind": "# / %",
        "baseline": "Baseline",
        "baseline_value": "Value",
        "baseline_day": "Date",
        "target": "Target",
        "actual": "Actual",
        "percent": "% of target",
        "status": "Status in {period}",
        "progress": "% of progress from baseline",
        "explanation": "Explanation of deviation",
        "notes": "Notes",
        "disaggregation": "Disaggregation",
        "category": "Category",
        "until": "to {period}",
        "kind_oficial": "official v{vintage}",
        "kind_heredado": "inherited (v{vintage})",
        "kind_preliminar": "preliminary",
        "kind_restated": "restated v{vintage}",
        "planned": "planned",
        "not_told": "no figures in this version",
        "group": "{indicators}: {statuses}",
        "one_indicator": "1 indicator",
        "indicators": "{count} indicators",
        "no_indicators": "no indicators of its own or below it",
        "unplaced": "Indicators without a result",
        "page": "Page &P of &N",
        "definitions": "Definitions",
        "explanations": "Explanations",
        "about": "About",
    },
}

LEVELS = {
    "es": {
        "objetivo": "Objetivo",
        "efecto": "Efecto",
        "resultado_intermedio": "Resultado intermedio",
        "producto": "Producto",
    },
    "en": {
        "objetivo": "Goal",
        "efecto": "Outcome",
        "resultado_intermedio": "Intermediate result",
        "producto": "Output",
    },
}

DIRECTIONS = {
    "es": {"increase": "aumentar (+)", "decrease": "disminuir (−)"},
    "en": {"increase": "increase (+)", "decrease": "decrease (−)"},
}

KINDS = {
    "es": {"integer": "#", "decimal": "#", "percentage": "%", "stage": "etapa"},
    "en": {"integer": "#", "decimal": "#", "percentage": "%", "stage": "stage"},
}

NOTES_OF = {
    "es": {
        "distinct": "Cuenta personas distintas: un año no es la suma de sus trimestres.",
        "stage": "Etapa {stage} de {last}: {name}.",
        "no_total": "Sin total: sumar sus categorías no significa nada; véanse las hojas por desagregación.",
        "sample": "n = {n}, tasa de respuesta {rate}.",
        "not_representative": "No representativo: n = {n}, tasa de respuesta {rate}.",
        "few": "Muy pocas respuestas para dar un promedio.",
        "late": "Registros contados: {n}; de ellos, resultado extemporáneo: {late}.",
        "adjustment": "Ajuste a trimestres anteriores: {value}.",
        "method": "Definición versión {version} desde {day}: {change}",
        "illustrative": "Meta y línea de base ilustrativas.",
        "retired": "Ya no está en vigor en {period}.",
        "restated": "{period}: rectificación de cifras publicadas, versión oficial {vintage}. Motivo: {reason}",
    },
    "en": {
        "distinct": "Counts distinct persons: a year is not the sum of its quarters.",
        "stage": "Stage {stage} of {last}: {name}.",
        "no_total": "No total: adding its categories means nothing; see the sheets by disaggregation.",
        "sample": "n = {n}, response rate {rate}.",
        "not_representative": "Not representative: n = {n}, response rate {rate}.",
        "few": "Too few answers to give a mean.",
        "late": "Rows counted: {n}; late for a closed quarter: {late}.",
        "adjustment": "Adjustment to earlier quarters: {value}.",
        "method": "Definition version {version} since {day}: {change}",
        "illustrative": "Illustrative target and baseline.",
        "retired": "No longer in force in {period}.",
        "restated": "{period}: restatement of published figures, official version {vintage}. Reason: {reason}",
    },
}

MARKS = {
    "es": {
        "h": "h = valor heredado, de antes de Trimestre.",
        "p": "p = preliminar.",
        "r": "r = rectificado.",
        "nr": "nr = no representativo.",
    },
    "en": {
        "h": "h = inherited value, from before Trimestre.",
        "p": "p = preliminary.",
        "r": "r = restated.",
        "nr": "nr = not representative.",
    },
}
"""What the letters beside figures mean."""

READING = {
    "es": (
        "n. d. = no disponible; n. a. = no aplica; 0 = cero verificado. Una celda vacía: sin meta, o sin cifras del "
        "periodo en esta versión.",
        "(c) = confidencial: una cifra de pocas personas, o con la que se podría deducir.",
        "% de la meta = alcanzado / meta, sobre las cifras publicadas y con un decimal. No se calcula sin meta, con "
        "meta cero, para hitos ni donde menos es mejor: ahí cuenta el avance desde la línea de base.",
        "Un año fiscal es lo que sus trimestres dicen juntos: una suma solo donde se cuentan cosas que caen en un solo "
        "trimestre; nunca de personas distintas, porcentajes ni promedios.",
        "La vida del proyecto es lo conocido hasta {period}; su meta es la del proyecto completo, no la suma de las "
        "metas por periodo.",
        "C = acumulado o último valor; NC = solo del periodo.",
    ),
    "en": (
        "no data = not available; n/a = not applicable; 0 = a verified zero. An empty cell: no target, or no figures "
        "of the period in this version.",
        "(c) = confidential: a figure of few persons, or one by which it could be worked out.",
        "% of target = actual / target, of the published figures and with one decimal. It is not calculated without a "
        "target, for a target of zero, for milestones or where less is better: there the progress from the baseline "
        "counts.",
        "A fiscal year is what its quarters tell together: a sum only where things are counted that fall in one "
        "quarter; never of distinct persons, percentages or means.",
        "The life of project is what is known up to {period}; its target is that of the whole project, not the sum of "
        "the targets by period.",
        "C = cumulative or latest value; NC = of the period only.",
    ),
}
"""How the table is read."""

ABOUT = {
    "es": {
        "project": "Proyecto",
        "period": "Trimestre",
        "fiscal": "Trimestre fiscal del donante",
        "version": "Versión",
        "hash": "Huella (sha256) de la versión",
        "prepared_by": "Preparó",
        "decided_by": "Aprobó",
        "decided_at": "Aprobada el",
        "known_at": "Datos conocidos hasta",
        "reason": "Motivo",
        "illustrative": "Ilustrativo",
        "illustrative_text": "Sí: metas, líneas de base y lo que se marque así son ilustrativos.",
        "audience": "Para",
        "how": "Cómo se lee",
        "others": "Versiones de los demás trimestres",
        "restated": "Rectificaciones",
    },
    "en": {
        "project": "Project",
        "period": "Quarter",
        "fiscal": "Donor's fiscal quarter",
        "version": "Version",
        "hash": "Fingerprint (sha256) of the version",
        "prepared_by": "Prepared by",
        "decided_by": "Approved by",
        "decided_at": "Approved on",
        "known_at": "Data known until",
        "reason": "Reason",
        "illustrative": "Illustrative",
        "illustrative_text": "Yes: targets, baselines and whatever is marked so are illustrative.",
        "audience": "For",
        "how": "How to read it",
        "others": "Versions of the other quarters",
        "restated": "Restatements",
    },
}

AUDIENCES = {
    "es": {"internal": "uso interno", "donor": "el donante", "public": "el público"},
    "en": {"internal": "internal use", "donor": "the donor", "public": "the public"},
}

DEFINITION_COLUMNS = {
    "es": (
        "Clave", "Indicador", "Definición", "Unidad de medida", "Sentido", "Desagregaciones", "Fuente de los datos",
        "Método", "Frecuencia", "Responsable", "Limitaciones", "Versión",
    ),
    "en": (
        "Code", "Indicator", "Definition", "Unit of measure", "Direction of change", "Disaggregations", "Data source",
        "Method", "Frequency", "Responsible", "Limitations", "Version",
    ),
}  # fmt: skip

FREQUENCIES_EN = {"trimestral": "quarterly", "semestral": "half-yearly", "anual": "yearly"}

EXPLANATION_COLUMNS = {
    "es": ("Clave", "Indicador", "Trimestre", "Explicación", "De", "Fecha"),
    "en": ("Code", "Indicator", "Quarter", "Explanation", "By", "Date"),
}
