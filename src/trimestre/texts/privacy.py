"""Privacy: verification samples, erasing a person, retention, another key."""

PRIVACY_CLI = {
    "verify": "Muestra de verificación: registros contados de un indicador, elegidos al azar y siempre los mismos.",
    "verify-result": "Registra cuántos registros de una muestra de verificación coincidieron, para la DQA.",
    "erase": "Suprime los datos que identifican a una persona; las cifras no se mueven.",
    "retention": "Borra lo que ya cumplió su plazo de conservación (framework/privacy.yaml).",
    "rotate-key": "Cambia la llave secreta con que se forman las claves de cuenta y de persona.",
    "names_only_terminal": "Los nombres sólo se muestran en una terminal, no en un archivo ni en una tubería: "
    "la muestra va sin ellos.",
    "sampled": "{indicator}, {period}: {rows} de los registros contados. La consulta quedó registrada.",
    "verified": "{indicator}, {period}: coincidieron {agreed} de {rows} registros cotejados (decisión {decision}).",
    "accounts": "Cuentas de la persona: {accounts} ({sources}).",
    "keys": "Claves de cuenta: {keys}",
    "erased_before": "Ya estaba suprimida: no quedaba nada por borrar.",
    "would_erase": "Simulación: no se borró nada. Para suprimirla repita sin --dry-run y con --accounts {accounts}.",
    "confirm": "¿Suprimir a esta persona? No se puede deshacer",
    "erased": "Suprimida por la decisión {decision}: {identities} versiones de identidad, {references} referencias, "
    "{retained} registros retenidos, {mentions} menciones en otros registros retenidos, {corrections} correcciones. "
    "Los hechos seudónimos se conservan y las cifras no cambian.",
    "still_held": "Estos archivos recibidos aún la contienen; no se modifican. Su plazo es el de landed_files_years:",
    "held_nowhere": "Ningún archivo recibido la contiene.",
    "unread": "no se pudo leer: revíselo",
    "drop_too": "Revise también la carpeta de entrega, los respaldos y la propia fuente: si la sigue entregando, sus "
    "datos llegan a los archivos recibidos y se descartan antes de cargarse.",
    "retained_none": "{name}: se conserva; falta project_ends_on en framework/privacy.yaml.",
    "retained": "{name}: {rows} borrados.",
    "would_retain": "{name}: {rows} por borrar.",
    "rotated": "Llave cambiada de {old} a {new}: {accounts} cuentas con clave nueva; {kept} suprimidas conservan la "
    "suya.",
    "rotated_file": "La llave nueva está en {path}; la anterior, junto a ella. Respalde ambas.",
    "rotated_environment": "Ponga ahora la llave nueva en TRIMESTRE_ACCOUNT_KEY y la anterior en "
    "TRIMESTRE_ACCOUNT_KEY_OLD: hasta entonces ninguna fuente se carga.",
    "rotated_from_environment": "La llave nueva está en {path}. Quite TRIMESTRE_ACCOUNT_KEY (o ponga en ella ese "
    "contenido) y ponga la anterior en TRIMESTRE_ACCOUNT_KEY_OLD: hasta entonces ninguna fuente se carga.",
}
"""What the commands of privacy say, and their help."""

SAMPLE_COLUMNS = (
    "Registro", "Fecha", "Fuente", "Archivo recibido", "Posición", "Id. local", "Nombre", "Correo", "CURP",
)  # fmt: skip
"""Headings of a verification sample."""

HOLDING_COLUMNS = ("Archivo", "Fuente", "Lote", "Recibido", "Filas")
"""Headings of the landed files that still hold somebody."""

RETENTION_CLASSES = {
    "landed_files": "Archivos recibidos",
    "identities": "Identidades (cuentas)",
    "retained_closed": "Registros retenidos ya cerrados",
    "looks": "Bitácora de consultas",
    "staging": "Filas de lotes interrumpidos o rechazados",
}
"""Classes of retention, as printed."""

ERASING = {
    "nobody": "supresión: no se encontró a nadie con ese dato ({kind}), se esperaba a una persona. Revise cómo está "
    "escrito en la fuente; a quien ya se suprimió sólo se le encuentra con --account.",
    "several": "supresión: personas con ese dato ({kind}) que se encontraron: {count}; se esperaba una. Elija con "
    "--account una de: {accounts}.",
    "accounts_changed": "supresión: cuentas de la persona que se encontraron: {found}; se esperaban {accounts}: algo "
    "se cargó mientras tanto. No se hizo nada; véalas otra vez con --dry-run.",
    "would_link": "supresión: se encontró un dato que tienen demasiadas cuentas para unirlas ({told}), no se esperaba "
    "ninguno que uniera a las demás cuando falte esta persona. Póngalo en framework/identity.yaml, en "
    "shared_mailboxes o ignored_ids, corra una noche y suprima otra vez. No se hizo nada.",
    "carriers": "{kind} de {count} cuentas",
    "one_identifier": "supresión: no se encontró ninguno, o varios, de --email, --legal-id, --employee-id y "
    "--account; se esperaba uno. Dé uno.",
    "empty_identifier": "supresión: se encontró --{name} vacío, se esperaba un valor. No se hizo nada.",
    "other_number": "supresión: se encontró --accounts {said}, se esperaba {accounts}, las cuentas que tiene la "
    "persona. Véalas con --dry-run y dé su número. No se hizo nada.",
    "email": "correo",
    "legal_id": "identificador legal",
    "employee_id": "número de empleado",
    "account": "cuenta",
}
"""Refusals of an erasure, and the kinds of what a person is found by."""
