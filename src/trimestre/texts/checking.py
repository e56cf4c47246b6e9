"""What `trimestre check` says beside errors."""

CHECK = {
    "gaps": "Aviso: {code}: a la ficha de referencia (PIRS) le falta: {fields}. Complete framework/indicators/.",
    "draft": "Aviso: {code} está en borrador y no se calcula: {problem}",
    "restating": "Aviso: {finding} Vale sólo al rectificar {quarter} (`trimestre close prepare {quarter} --restate`).",
    "no_approvers": "Aviso: framework.yaml: nadie puede aprobar un trimestre. Anote a quienes pueden en `approvers:`.",
    "mistyped": "Aviso: {found} no la lee nadie; se parece a {meant}. Corrija su nombre, o quítela.",
}
"""Warnings: the project is right, and something is wanting."""

SHEET_FIELDS = {
    "parent": "resultado que mide (parent)",
    "unit_en": "unidad de medida en inglés (unit_en)",
    "rationale": "justificación (rationale)",
    "data_source": "fuente de los datos (data_source)",
    "method": "método de recolección y construcción (method)",
    "responsible": "responsable (responsible)",
    "limitations": "limitaciones conocidas (limitations)",
    "updated_on": "última actualización (updated_on)",
    "baseline": "línea de base conocida: sin ella un indicador decreciente no tiene estado (baseline)",
}
"""Fields of a reference sheet, as printed."""
