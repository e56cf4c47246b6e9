"""What `trimestre check` says beside errors."""

CHECK = {
    "gaps": "Aviso: {code}: a la ficha de referencia (PIRS) le falta: {fields}. Complete framework/indicators/.",
    "draft": "Aviso: {code} está en borrador y no se calcula: {problem}",
    "restating": "Aviso: {finding} Vale sólo al rectificar {quarter} (`trimestre close prepare {quarter} --restate`).",
    "no_approvers": "Aviso: framework.yaml: nadie puede aprobar un trimestre. Anote a quienes pueden en `approvers:`.",
    "mistyped": "Aviso: {found} no la lee nadie; se parece a {meant}. Corrija su nombre, o quítela.",
}
"""Warnings: the project is right, and something is wanting."""

IN_VAIN = {
    "edition_without_files": "edición {edition}: delivered_by: se encontró «{source}», que no tiene archivos de esa "
    "edición, se esperaba un conjunto (datasets) que sea de ella: así no se contaría a nadie. Agréguelo en "
    "sources/{source}.yaml, o corrija la fuente.",
    "modules": "Aviso: edición {edition}: ninguna actividad ni columna trae {modules}, y no se contarán sus módulos "
    "concluidos. Si los tiene, agréguelos en activities, o en el YAML de la fuente.",
    "edition_out_of_time": "Aviso: edición {edition}: va del {opens} al {closes}, y el proyecto, de {first} a {last}: "
    "ningún trimestre la cuenta. Revise sus días, o framework/periods.yaml.",
    "event_out_of_time": "Aviso: evento {event}: fue el {day}, y el proyecto va de {first} a {last}: ningún trimestre "
    "lo cuenta. Revise el día, o framework/periods.yaml.",
    "sex": "{place}: {said}: se encontró {found}, se esperaba uno de: {known}. Corríjalo: así nadie contaría en ese "
    "sexo.",
    "no_entity": "expectations: se encontró la entidad {entity}, se esperaba una de: {known}. Así ninguna fila se "
    "revisaría con sus reglas: corrija `entity`, o quite el archivo.",
    "no_column": "expectations: {entity}: {rule}: column: se encontró «{found}», se esperaba una de: {known}. Corrija "
    "el nombre.",
    "yes_or_no": "expectations: {entity}: {rule}: value_set: se encontró {found}, se esperaba un texto: YAML lee yes, "
    "no, on y off como verdadero y falso. Escríbalo entre comillas.",
    "arguments": "expectations: {entity}: {rule}: kwargs: se encontró {found}, se esperaba lo que pide {expectation}. "
    "Corrija los nombres o los valores.",
    "of_survey": "encuesta {survey}: sex_values",
    "of_source": "{source}.yaml: sex_values",
    "of_column": "{source}.yaml: dataset {dataset}: columna {column}: values",
}
"""What every file says rightly and no night would count."""

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
