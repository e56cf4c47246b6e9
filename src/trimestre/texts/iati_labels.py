"""What the IATI file says in words, in both languages of the reports, and why one is not written."""

IATI = {
    "es": {
        "unit": "Unidad: {unit}.",
        "cumulative": "El valor es acumulado desde el inicio del proyecto.",
        "latest": "El valor es el último conocido.",
        "decrease": "Un valor menor es mejor.",
        "stages": "Etapas: {stages}.",
        "contributes": "Contribuye a: {parents}.",
        "unplaced": "Otros indicadores del proyecto",
        "project_target": "Meta de la vida del proyecto.",
        "preliminary": "Cifra preliminar.",
        "inherited": "Valor heredado, anterior al sistema.",
        "restated": "Rectificación de cifras publicadas, versión {vintage}.",
        "not_representative": "No representativo: n = {n}.",
        "illustrative": "Ilustrativo.",
    },
    "en": {
        "unit": "Unit: {unit}.",
        "cumulative": "The value is cumulative since the project began.",
        "latest": "The value is the latest one known.",
        "decrease": "A smaller value is better.",
        "stages": "Stages: {stages}.",
        "contributes": "Contributes to: {parents}.",
        "unplaced": "Other indicators of the project",
        "project_target": "Target of the project's whole life.",
        "preliminary": "Preliminary figure.",
        "inherited": "Inherited value, from before the system.",
        "restated": "Restatement of published figures, version {vintage}.",
        "not_representative": "Not representative: n = {n}.",
        "illustrative": "Illustrative.",
    },
}

IATI_REFUSALS = {
    "no_head": "IATI: framework.yaml no tiene el bloque `iati:`, se esperaba la cabecera de la publicación. Agréguelo "
    "(docs/iptt-iati.md dice cómo) o escriba los documentos sin IATI.",
    "audience": "IATI: se encontraron cifras para «{found}», se esperaban las del público. Pida el documento con "
    "`trimestre report`, que lo escribe siempre para el público.",
    "invalid": "IATI: el archivo no cumple el estándar 2.03 y no se escribió:\n{problems}",
    "value_missing": "{where}: falta el valor de «{element}», se esperaba un número (regla {rule}). Revise el "
    "indicador.",
    "value_not_number": "{where}: se encontró «{found}» en «{element}», se esperaba un número (regla {rule}). Revise "
    "el indicador.",
    "value_of_words": "{where}: se encontró «{found}» en «{element}» de un indicador cualitativo, se esperaba sin "
    "valor (regla {rule}).",
    "period_order": "{where}: el periodo empieza el {start} y termina el {end}, se esperaba un fin posterior (regla "
    "8.6.1). Revise framework/periods.yaml.",
    "two_references": "{where}: se encontraron referencias en el resultado y en el indicador, se esperaban en uno solo "
    "(regla 8.11.1).",
    "twice": "{where}: «{element}» del periodo que empieza el {start} está dos veces con las mismas dimensiones, se "
    "esperaba una. Revise el indicador.",
}
