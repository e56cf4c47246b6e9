"""Words that every document says in the same way, in both languages of the reports."""

from trimestre.texts.figures import STATUS

WORDS = {
    "es": {
        "n_d": "n. d.",
        "n_a": "n. a.",
        "not_calculable": "no calculable",
        "suppressed": "(c)",
        "official": "versión oficial {vintage}, aprobada el {day}",
        "restated": "versión oficial {vintage} (rectificación de cifras publicadas), aprobada el {day}",
        "inherited": "valores heredados (versión oficial {vintage}), aprobados el {day}",
        "preliminary": "preliminar",
        "illustrative": "ilustrativo",
        "total": "Total",
        "project": "Vida del proyecto",
        "fiscal": "Año fiscal {year}",
        "half": "Semestre {half} de {year}",
        "unspecified": "Sin especificar",
        "stage": "etapa {stage}: {name}",
        "crossed": " por ",
    },
    "en": {
        "n_d": "no data",
        "n_a": "n/a",
        "not_calculable": "not calculable",
        "suppressed": "(c)",
        "official": "official version {vintage}, approved on {day}",
        "restated": "official version {vintage} (restatement of published figures), approved on {day}",
        "inherited": "inherited values (official version {vintage}), approved on {day}",
        "preliminary": "preliminary",
        "illustrative": "illustrative",
        "total": "Total",
        "project": "Life of project",
        "fiscal": "Fiscal year {year}",
        "half": "Half {half} of {year}",
        "unspecified": "Not specified",
        "stage": "stage {stage}: {name}",
        "crossed": " by ",
    },
}

STATUS_WORDS = {
    "es": STATUS,
    "en": {
        "alcanzada": "Target met",
        "conforme": "On schedule",
        "con_rezago": "Behind schedule",
        "sin_dato": "No data",
        "sin_meta": "No target for the period",
    },
}
"""Status of an indicator by language."""

DIMENSION_WORDS = {
    "es": {
        "sex": "Sexo",
        "course": "Curso",
        "edition": "Edición",
        "module": "Módulo",
        "institution": "Institución",
        "state": "Entidad federativa",
        "event": "Evento",
        "survey": "Encuesta",
        "organisation_type": "Tipo de organización",
    },
    "en": {
        "sex": "Sex",
        "course": "Course",
        "edition": "Edition",
        "module": "Module",
        "institution": "Institution",
        "state": "State",
        "event": "Event",
        "survey": "Survey",
        "organisation_type": "Type of organisation",
    },
}

RESTATED = {
    "es": {
        "reason": "Rectificación de cifras publicadas: {reason}",
        "totals": "Cambian frente a la versión oficial {vintage}: {totals}.",
        "no_total": "Ningún total cambia frente a la versión oficial {vintage}.",
        "others": "Otras cifras que cambian (desagregaciones, tramos más largos y conciliaciones): {number}.",
        "value": "{before} → {now}",
        "target": "meta {before} → {now}",
        "none": "–",
    },
    "en": {
        "reason": "Restatement of published figures: {reason}",
        "totals": "Changed against official version {vintage}: {totals}.",
        "no_total": "No total changes against official version {vintage}.",
        "others": "Other figures that change (disaggregations, longer spans and reconciliations): {number}.",
        "value": "{before} → {now}",
        "target": "target {before} → {now}",
        "none": "–",
    },
}
"""What a restatement says of itself."""

SEX_WORDS = {
    "es": {"mujer": "Mujeres", "hombre": "Hombres", "no_binario": "No binario", "otro": "Otro"},
    "en": {"mujer": "Women", "hombre": "Men", "no_binario": "Non-binary", "otro": "Other"},
}

UNITS_EN = {"porcentaje": "percent", "personas": "persons"}
"""Units that need no translation of the project."""

MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
