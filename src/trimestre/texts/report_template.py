"""The words of the report's templates as they are at first; people change them in Word."""

TEMPLATE_WORDS = {
    "es": {
        "title": "Informe trimestral",
        "page": "página",
        "figures_note": "Las cifras con etiqueta salen de los registros del proyecto y se ponen al día sin tocar el "
        "texto. «n. d.»: no disponible; «n. a.»: no aplica; ninguno es cero.",
        "administrative": "Actividades administrativas",
        "no_administrative": "No se registraron actividades administrativas en el trimestre.",
        "courses": "Resultados de los cursos",
        "indicators": "Indicadores",
        "columns": "Indicador|Valor|Meta|% de la meta|Estado|Cambio|Explicación",
        "legend": "✓ Meta alcanzada · ● Conforme a lo programado · ▲ Con rezago · – sin dato o sin meta del periodo. "
        "Cambio: frente al trimestre anterior.",
        "no_indicators": "La línea no tiene indicadores vigentes en el trimestre.",
        "risks": "Riesgos operativos",
        "no_risks": "No se registraron riesgos operativos.",
        "remarks": "Observaciones",
        "no_remarks": "No hay observaciones pendientes ni respondidas en el trimestre.",
        "prepared": "Informe elaborado por",
        "no_authors": "Anote a quienes elaboran el informe en `authors:` de framework.yaml.",
    },
    "en": {
        "title": "Quarterly report",
        "page": "page",
        "figures_note": "Tagged figures come from the project's records and are updated without touching the text. "
        "“no data” is not available, “n/a” does not apply; neither is zero.",
        "administrative": "Administrative activities",
        "no_administrative": "No administrative activities were recorded in the quarter.",
        "courses": "Results of the courses",
        "indicators": "Indicators",
        "columns": "Indicator|Value|Target|% of target|Status|Change|Explanation",
        "legend": "✓ Target met · ● On schedule · ▲ Behind schedule · – no data or no target for the period. "
        "Change: against the quarter before.",
        "no_indicators": "This line has no indicators in force in the quarter.",
        "risks": "Operational risks",
        "no_risks": "No operational risks were recorded.",
        "remarks": "Remarks",
        "no_remarks": "No remarks are open or were answered in the quarter.",
        "prepared": "Prepared by",
        "no_authors": "Name who prepares the report in `authors:` of framework.yaml.",
    },
}
