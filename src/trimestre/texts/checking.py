"""What `trimestre check` says beside errors."""

CHECK = {
    "gaps": "Aviso: {code}: a la ficha de referencia (PIRS) le falta: {fields}. Complete framework/indicators/.",
    "draft": "Aviso: {code} está en borrador y no se calcula: {problem}",
    "restating": "Aviso: {finding} Vale sólo al rectificar {quarter} (`trimestre close prepare {quarter} --restate`).",
    "no_approvers": "Aviso: framework.yaml: nadie puede aprobar un trimestre. Anote a quienes pueden en `approvers:`.",
    "mistyped": "Aviso: {found} no la lee nadie; se parece a {meant}. Corrija su nombre, o quítela.",
}
"""Warnings: the project is right, and something is wanting."""

TABLES_READ = {
    "stale": "{page}: se encontró una página distinta de las tablas, se esperaba lo que dicen ahora. Ejecute "
    "`trimestre dictionary`.",
    "table": "tabla {name}: no se encontró comentario, se esperaba qué es una fila. Escríbalo.",
    "column": "columna {name}: no se encontró comentario, se esperaba qué significa. Escríbalo.",
    "additive": "columna {name}: no se encontró «additive», se esperaba sobre qué se puede sumar (o que no se puede). "
    "Agréguelo.",
    "closed": "sql/marts/{file}: se encontró {found}, no se esperaba nada de un esquema con datos personales "
    "({closed}). Lea warehouse, results u ops.",
    "view": "vista {view}: se encontró que lee {relation}, no se esperaba ningún esquema con datos personales. "
    "Bórrela.",
    "uncommented": "almacén, {name}: no se encontró comentario, se esperaba COMMENT ON. Agréguelo, o ejecute "
    "`trimestre migrate`.",
}
"""What is wrong with the tables that people read."""

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
