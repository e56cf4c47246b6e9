"""Why a decision about rows, batches or persons was not taken: what was found and expected, and what to do."""

DECIDED = {
    "same_values": "registro retenido {number}: se encontraron en {fields} los valores que ya tiene, o los de otro "
    "registro retenido; se esperaban otros. No se hizo nada.",
    "no_such_row": "registro retenido {numbers}: no se encontró, se esperaba uno de la lista de «Calidad» o de "
    "`trimestre retained list`. No se hizo nada.",
    "not_acceptable": "registro retenido {number}: lo detiene la regla «{rule}», que no se puede aceptar: así no "
    "se puede cargar, o no diría nada. Corríjalo en la fuente, o corrija el valor. No se hizo nada.",
    "since_batch": " desde el lote {batch}",
    "mended_at_source": "su fuente ya lo corrigió o ya no lo entrega{since}",
    "decided_already": "está como «{state}» por la decisión {decision}; anúlela primero",
    "not_open": "registro retenido {number}: {problem}; se esperaba uno abierto. No se hizo nada.",
    "file_removed": "registro retenido {number}: su archivo recibido {file} se borró el {day}, al cumplir su plazo "
    "de conservación; se esperaba que estuviera. No se puede leer otra vez: corríjalo en la fuente.",
    "reads_otherwise": "registro retenido {number}: con las reglas de hoy su registro dice otra cosa, se esperaba "
    "lo que se retuvo. Elija «Volver a intentar una fuente» con {source} (o `trimestre retained replay {source}`) "
    "y decida sobre el número nuevo.",
    "fields": "registro retenido {number} ({entity}): campos que se dieron: {found}; se esperaba alguno de: "
    "{known}. No se hizo nada.",
    "no_field": "ninguno",
    "no_known_field": "ninguno, porque no se pudo leer nada de él",
    "outdated": "registro retenido {number}: el lote {batch} trajo una versión más nueva de lo mismo ({entity}), "
    "no se esperaba ninguna. No se hizo nada: vale lo más nuevo.",
    "other_source": "decisión {decision}: es de otra fuente que {source}, se esperaba una suya. No se hizo nada.",
    "no_decision_about_rows": "decisión {decision}: no se encontró vigente sobre un registro retenido, se esperaba "
    "una que acepta o corrige. No se hizo nada.",
    "no_such_batch": "no se encontró, se esperaba uno de la lista de «Calidad» o de `trimestre batches`",
    "framework_batch": "es del marco de resultados, se esperaba uno de una fuente; corrija su YAML",
    "identity_batch": "es una decisión sobre personas, se esperaba uno de una fuente; anule la decisión con "
    "«Decidir identidades» o con `trimestre identity revoke`",
    "withdrawn_already": "ya lo retiró el lote {by}, se esperaba uno cargado",
    "no_files": "lo escribió un retiro, una reconstrucción o una decisión sobre registros retenidos (ésa se "
    "anula), se esperaba uno con archivos propios",
    "not_loaded": "está como «{state}», se esperaba «cargado»: sólo se retira lo que se cargó",
    "batch": "lote {batch}: {problem}. No se hizo nada.",
    "no_decision_about_persons": "decisión {decision}: {found}; se esperaba una vigente sobre personas. No se hizo "
    "nada; `trimestre identity decisions` las muestra.",
    "no_such_decision": "no se encontró",
    "taken_back_already": "ya la anuló la decisión {decision}",
    "of_another_kind": "es de otra clase ({kind})",
    "no_key": "«{kind}»: el renglón {place} no es la clave de una cuenta, se esperaba una como "
    "0f8fad5b-d9cb-469f-a165-70867728950e. No se hizo nada; «Personas por revisar», en «Calidad», muestra las claves.",
    "few_accounts": "«{kind}»: cuentas distintas que se encontraron: {found}; se esperaban {least} o más. No se "
    "hizo nada.",
    "unknown_accounts": "«{kind}»: no se conocen las cuentas {keys}, se esperaban claves de cuentas vigentes. No "
    "se hizo nada; «Personas por revisar», en «Calidad», las muestra.",
    "split_of_several": "se encontraron cuentas de {persons} personas, se esperaban cuentas que hoy son de una sola",
    "split_of_all": "se encontraron todas las cuentas de la persona, se esperaban algunas: no hay de quién separarlas",
    "split": "«{kind}»: {problem}. No se hizo nada; `trimestre identity show` muestra quién está unido con quién.",
    "no_rejected_batch": "fuente {source}: no se encontró ningún lote rechazado, se esperaba uno que aceptar. No "
    "se hizo nada.",
    "kind": "decisión {kind}: se encontró esta clase, se esperaba una de: {known}. No se hizo nada.",
    "subject": "decisión {kind}: se encontró otro asunto, se esperaban cuentas. Corrija el archivo.",
}
"""Refusals of a decision, as the log of a form's task and the command line show them."""
