"""Why something that a person asked for was not done: what was found, what is expected, what to do."""

REFUSALS = {
    "quarter": "trimestre: se encontró «{found}», se esperaba uno como 2020-Q2, o el trimestre fiscal del donante, "
    "como FY2020-Q3. Corríjalo.",
    "calendar_quarter": "trimestre: se encontró «{found}», se esperaba uno como 2020-Q2. Corríjalo.",
    "quarter_outside": "trimestre: se encontró {period}, se esperaba uno de {first} a {last}. Corríjalo, o amplíe "
    "framework/periods.yaml.",
    "source_unknown": "fuente: se encontró «{found}», se esperaba una de: {known}. Revise el nombre.",
    "indicator": "indicador: se encontró «{found}», se esperaba una de estas claves: {known}. Corríjala.",
    "no_reason": "{what}: no se encontró motivo ni explicación, se esperaba por qué. Escríbalo. No se hizo nada.",
    "personal": "{what}: se encontró un correo o una CURP, se esperaba un texto sin datos personales (el número de un "
    "oficio, por ejemplo): queda guardado. Corríjalo. No se hizo nada.",
    "explanation": "explicación de {code} en {period}",
    "close": "cierre de {period}",
    "close_forced": "cierre de {period} antes de sus plazos",
    "restatement": "rectificación de {period}",
    "legacy": "valores heredados",
    "look": "consulta de datos personales",
    "batch": "lote {batch}",
    "source": "fuente {source}",
    "decision": "decisión «{kind}»",
    "too_early": "cierre de {period}: hoy es {today}, se esperaba que ya hubieran pasado {limits}. Espere, o fuércelo "
    "con un motivo.",
    "quarter_end": "el último día del trimestre ({day})",
    "reception_end": "el último día de recepción ({day})",
    "edition_end": "el último día de la edición {edition} ({day})",
    "not_ready": "cierre de {period}: se encontraron {found}; se esperaban cifras sin errores y cada desviación "
    "explicada. {mends}. No se escribió nada.",
    "errors": "errores ({codes})",
    "unexplained": "desviaciones sin explicar ({codes})",
    "and": " y ",
    "every_indicator": "todos",
    "mend_errors": "Corrija lo que muestra `trimestre coherence {period}`",
    "mend_unexplained": "Explique con `trimestre explain CLAVE {period}`",
    "wrong_yaml": "cierre de {period}: se encontraron YAML mal escritos, no se esperaba ninguno. Corríjalos primero:\n"
    "{problems}",
    "inherited_in_force": "cierre de {period}: sus cifras en vigor son valores heredados, se esperaba un trimestre con "
    "registros propios. Si están mal, impórtelos otra vez (`trimestre legacy import`). No se hizo nada.",
    "no_batch_until": "almacén: no se encontró ningún lote cargado hasta {instant}, se esperaba uno. Dé un día "
    "posterior.",
    "known_less": "cierre de {period}: se encontró lo cargado hasta {newest}, se esperaba todo con lo que se publicó "
    "{later}, hasta {until}. Dé un día de recepción posterior.",
    "no_batch": "almacén: no se encontró ningún lote cargado, se esperaba al menos uno. Ejecute primero "
    "`trimestre night`.",
    "restate_unpublished": "--restate: no se encontró versión oficial de {period}, se esperaba una. Quite --restate.",
    "published": "cierre de {period}: ya tiene la versión oficial {vintage}, no se esperaba ninguna. Para cambiar "
    "cifras publicadas dé --restate y --reason.",
    "restate_without_reason": "--restate: no se encontró --reason, se esperaba por qué se cambian cifras publicadas. "
    "Agréguelo.",
    "no_vintage": "versión oficial de {period}: no se encontró ninguna, y el trimestre no se ha cerrado. "
    "`trimestre close list` muestra las que hay.",
    "no_such_vintage": "versión oficial de {period}: no se encontró la {number}, se esperaba una de: {known}. "
    "`trimestre close list` las muestra.",
    "no_candidate": "candidata {number}: no se encontró, se esperaba una de `trimestre close list`. Revise el número.",
    "not_pending": "candidata {number}: se encontró {state}, se esperaba en espera de respuesta. No se hizo nada; "
    "`trimestre close list {period}` dice en qué va el trimestre.",
    "no_approver": "candidata {number}: se encontró a «{who}», se esperaba a una persona de `approvers:` de "
    "framework/framework.yaml. No se hizo nada; agréguela ahí, o que responda otra persona.",
    "preparer": "candidata {number}: se encontró a «{who}», que la preparó, se esperaba a otra persona. No se hizo "
    "nada; que responda otra de las que aprueban.",
    "published_since": "candidata {number}: se encontraron cifras de {periods} publicadas después de que se preparó, "
    "no se esperaba ninguna: de ellas depende qué cuenta en qué trimestre. No se hizo nada; prepare {period} otra vez.",
    "closed_since_import": "candidata {number}: se encontró {periods} publicado aquí después de la importación, se "
    "esperaban valores heredados anteriores. No se hizo nada; importe el libro sin esos trimestres ni los siguientes.",
    "report_state": "informe de {period}, versión oficial {vintage}: se encontró «{found}» y se pidió «{asked}», se "
    "esperaba {allowed}. No se hizo nada.",
    "or": " o ",
    "accepted": "ningún cambio: el donante ya lo aceptó",
    "status": "estado del proyecto: se encontró «{found}», se esperaba achieved (logrado), on_track (en camino) u "
    "off_track (con retraso). Corríjalo.",
    "not_reproducible": "versión oficial {vintage} de {period}: son valores heredados, se esperaban cifras con "
    "registros de respaldo. No se pueden volver a calcular; las respaldan sus documentos (`trimestre close show`).",
    "scratch_busy": "base temporal: ya hay otra en uso, no se esperaba ninguna: desde los archivos recibidos se "
    "reproduce una versión a la vez. Vuelva a intentarlo cuando termine.",
    "scratch_forbidden": "base temporal: el usuario del almacén no puede crear bases de datos ({code}), se esperaba el "
    "permiso CREATEDB. Déselo, o dé una base vacía con --scratch-url.",
    "scratch_filled": "base temporal: se encontraron los esquemas {schemas}, se esperaba una base vacía: todo lo que "
    "tenga se borra al final. Cree una para esto y dé su URL.",
    "legacy_published": "valores heredados: {period} ya está publicado aquí, se esperaban trimestres anteriores al "
    "primero. Quite del libro {period} y los siguientes.",
    "legacy_waiting": "valores heredados: {period} ya tiene aquí una candidata en espera de respuesta, se esperaban "
    "trimestres anteriores al primero. Devuélvala, o quite del libro {period} y los siguientes.",
    "legacy_missing": "valores heredados: no se encontró valor de {code} en {period}, se esperaba uno: el libro "
    "sustituye a los valores heredados que ya son oficiales. Agregue su renglón.",
    "category": "categoría: se encontró «{found}», se esperaba desagregación=categoría, cada desagregación una vez, "
    "como sex=female; desagregaciones: {known}. Corríjala.",
    "sex_m": "categoría: se encontró sex=M, se esperaba sex=male o sex=mujer: M puede ser las dos. Corríjala.",
    "not_a_breakdown": "categoría: se encontró {found}, se esperaba una desagregación de {code}: {known}. Corríjala.",
    "no_such_category": "categoría: se encontró {dimension}={found}, se esperaba una categoría de {dimension} en "
    "{code}: {known}. Corríjala.",
    "no_rows_of_vintage": "registros de {code} en {period}: se encontró la versión {vintage}, se esperaba una versión "
    "oficial con registros: {known}. Corríjala.",
    "no_sample": "verify-result {code} {period}: no se encontró muestra de verificación, se esperaba una. Obténgala "
    "con `trimestre verify {code} {period}` en una terminal. No se guardó nada.",
    "sample_numbers": "verify-result {code} {period}: se encontró {agreed} de {rows} registros, se esperaban cuando "
    "más los {drawn} que se obtuvieron, y no más coincidencias que registros. Corríjalo. No se guardó nada.",
    "no_computation": "{period}: no se encontró ningún cálculo, se esperaba uno. Ejecute primero "
    "`trimestre compute {period}`.",
    "candidate_of_other": "candidata {number}: es de {found}, se esperaba una de {period}. Revise el número.",
    "side": "comparación: se encontró «{found}», se esperaba v y un número, vigente, preliminar, o candidata: y un "
    "número. Corríjalo.",
    "audience": "audiencia: se encontró «{found}», se esperaba {known}. Corríjala.",
    "none": "ninguna",
    "template": "Plantilla: no se encontró framework/templates/{found}; se esperaba un documento de Word. Restáurela o "
    "escriba los documentos en otro idioma.",
    "document": "Documento: se encontró {found!r}; se esperaba uno de: {known}. Corrija el nombre.",
    "hidden_numbers": "cifras ocultas: no se encontró solución (estado {status}), se esperaba que la verdadera "
    "estuviera entre las posibles. No se publicó nada. Avise a quien mantiene Trimestre.",
}
"""Refusals of what concerns figures and their close, and the parts of them."""
