"""Identity: possible pairs, decisions about persons, their commands."""

IDENTITY_MESSAGES = {
    "merge_persons": "decisión {decision}: {accounts} cuentas son una sola persona: {reason}",
    "split_persons": "decisión {decision}: {accounts} cuentas son una persona aparte: {reason}",
    "different_persons": "decisión {decision}: {accounts} cuentas son de personas distintas: {reason}",
    "revoke": "decisión {decision}: se anula la decisión {revoked}: {reason}",
    "imported": "decisiones importadas: {decisions}",
}
"""What the batch of a decision says of itself."""

IDENTITY_CLI = {
    "app": "Personas: posibles duplicados, unir cuentas, separarlas y anular lo decidido.",
    "pairs": "Muestra los casos por revisar: posibles duplicados y personas con sexo contradictorio.",
    "show": "Muestra a qué persona pertenece una cuenta, por qué, y lo que se decidió sobre ella.",
    "merge": "Decide que varias cuentas son una sola persona.",
    "split": "Decide que unas cuentas son una persona aparte de las demás con las que estaban unidas.",
    "different": "Decide que unas cuentas son de personas distintas: salen de la lista por revisar.",
    "revoke": "Anula una decisión sobre personas: queda como si nunca se hubiera tomado.",
    "decisions": "Muestra las decisiones vigentes de todo tipo, o las guarda en un archivo YAML.",
    "import": "Toma de un archivo YAML las decisiones sobre personas; las que ya están no se repiten.",
    "none": "No hay casos por revisar.",
    "count": "Casos por revisar: {rows}.",
    "others": "y {others} más",
    "looked": "Los nombres son datos personales: no guarde ni comparta esta pantalla. La consulta quedó registrada.",
    "only_terminal": "Los nombres sólo se muestran en una terminal, no en un archivo ni en una tubería: la "
    "lista va sin ellos.",
    "person": "Persona {person} · cuentas: {accounts}",
    "no_decisions": "No hay decisiones sobre estas cuentas.",
    "decided": "Decisión {decision} registrada (lote {batch}). Trimestres por recalcular: {quarters}.",
    "decided_nothing": "Decisión {decision} registrada (lote {batch}); ninguna persona cambia por ella.",
    "exported": "Decisiones guardadas en {file}: {decisions}.",
    "imported": "Decisiones importadas: {made}; ya estaban: {there}. Trimestres por recalcular: {quarters}.",
    "left_out": "No se importan, porque sólo valen en la base de la que vienen: {kinds}.",
    "nothing": "No hay decisiones vigentes.",
}
"""What `trimestre identity` says, and its help."""

IDENTITY_PAIRS = {
    "same_name": "mismo nombre e institución",
    "wrong_legal_id": "misma CURP, con dígito verificador erróneo",
    "sex_conflict": "sexo contradictorio",
}
"""Why a case is to be reviewed."""

IDENTITY_REASONS = {
    "legal_id": "CURP u otra clave legal",
    "employee_id": "número de empleado o RFC",
    "email": "correo",
    "decision": "decisión",
    "erased": "suprimida",
    "own": "sola",
}
"""What links an account to its person."""

DECISION_KINDS = {
    "merge_persons": "unir",
    "split_persons": "separar",
    "different_persons": "personas distintas",
    "revoke": "anular",
    "accept_row": "aceptar registro retenido",
    "correct_row": "corregir registro retenido",
    "withdraw_batch": "retirar lote",
    "accept_shrink": "aceptar menos registros",
    "erase_person": "suprimir persona",
    "rotate_key": "cambiar la llave",
    "retain": "retención",
    "targets": "cambiar metas",
    "explain": "explicar una desviación",
    "project_status": "estado del proyecto",
    "verification": "resultado de una muestra de verificación",
    "approve_candidate": "aprobar un trimestre",
    "return_candidate": "devolver un trimestre",
    "report_state": "estado del informe ante el donante",
}
"""Kinds of decisions, as printed."""

PAIR_COLUMNS = ("Por revisar", "Cuenta", "Fuente", "Unida por", "Institución")
PAIR_NAME = "Nombre"
LINK_COLUMNS = ("Cuenta", "Fuente", "Unida por", "Persona", "Desde (UTC)", "Hasta (UTC)")
DECISION_COLUMNS = ("Decisión", "Tipo", "Sobre", "Motivo", "Quién", "Cuándo (UTC)")
WHOLE_COLUMNS = ("Cuenta", "Sobre")
"""Headings of the tables of `trimestre identity`, and those of columns that hold keys to copy."""
