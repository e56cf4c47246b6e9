"""Why a delivered file could not be read, or a batch was not loaded: what was found and expected, and what to do."""

DELIVERED = {
    "where": "{name}, conjunto {dataset}",
    "columns_gone": "{where}: faltan las columnas {missing}. Encabezados que se encontraron: {found}. {mend}",
    "export_anew": "Expórtelo con ellas o, si cambiaron de nombre, agregue el nombre nuevo al YAML de la fuente.",
    "others": " y {count} que no se conocen",
    "other": " y uno que no se conoce",
    "no_header": "ninguno conocido en las primeras {rows} filas",
    "blank_right_of": "un encabezado en blanco a la derecha de {column}",
    "blank_first": "un primer encabezado en blanco",
    "empty": "{where}: se encontró un archivo vacío, se esperaba una tabla con sus encabezados. Expórtelo otra vez.",
    "other_separator": "El archivo está separado por {found} y se lee separado por {expected}: expórtelo así, o "
    "ponga `separator: auto` en el YAML de la fuente.",
    "twice": "{where}: se encontraron {count} encabezados de la columna {column} ({headings}), se esperaba uno. "
    "Quite o cambie de nombre los que sobran, o diga cuál con `occurrence` en el YAML de la fuente.",
    "web_table": "{where}: se encontró una página web con nombre de libro de Excel, se esperaba un archivo CSV o "
    "XLSX. Si Excel muestra en ella la tabla, guárdela como .xlsx; si no, la sesión caducó: entre a la plataforma "
    "y descárguelo otra vez.",
    "web_page": "{where}: se encontró una página web (HTML), se esperaba un archivo CSV o XLSX. Es probable que la "
    "sesión caducara al descargarlo, o que no hubiera nada que exportar: entre a la plataforma y descárguelo otra "
    "vez.",
    "xml": "{where}: se encontró un archivo XML, se esperaba uno CSV o XLSX. Si Excel lo abre, guárdelo ahí como "
    ".xlsx.",
    "old_workbook": "{where}: se encontró un libro anterior a 2007 (.xls) o con contraseña, se esperaba un archivo "
    "CSV o XLSX. Ábralo en Excel o LibreOffice y guárdelo como .xlsx, sin contraseña.",
    "workbook_for_csv": "{where}: se encontró un libro o un ZIP, se esperaba un CSV. Expórtelo como CSV, o ponga "
    "`type: auto` en el YAML de la fuente.",
    "neither_encoding": "{where}: se encontraron en el byte {offset} caracteres que no son UTF-8, en un archivo "
    "que tampoco es cp1252; se esperaba una de las dos codificaciones. Expórtelo otra vez, o diga cuál con "
    "`encoding` en el YAML de la fuente.",
    "encoding": "{where}: se encontraron en el byte {offset} caracteres que no son {encoding}, se esperaba esa "
    "codificación. Expórtelo otra vez, o corrija `encoding` en el YAML de la fuente (cp1252 para un CSV que "
    "guardó Excel en español, utf-8-sig para UTF-8, utf-16 para «texto Unicode»).",
    "damaged": "archivo recibido de {name}: se encontró un contenido dañado ({kind}), se esperaba el que se "
    "recibió. Recupérelo de un respaldo, o retire su lote y entregue el archivo otra vez.",
    "no_section": "{where}: no se encontró el renglón {wanted}, se esperaba arriba de la tabla. Exporte otra vez "
    "el reporte completo, o agregue ese texto a `section` en el YAML de la fuente.",
    "or": " o ",
    "sections": "{where}: se encontraron las secciones {found}, se esperaba la sección {wanted}. Exporte otra vez "
    "el reporte completo, o corrija `section` en el YAML de la fuente.",
    "sheets": "{where}: se encontraron las hojas {found}, se esperaba {wanted}. Cambie el nombre de la hoja, o "
    "corrija `sheet` en el YAML de la fuente.",
    "several_sheets": "{where}: se encontró la tabla en varias hojas ({found}), se esperaba una. Reúna sus filas en "
    "una sola; si las demás no cuentan, ocúltelas o diga cuál es con `format: {{sheet: …}}` en el YAML de la fuente.",
    "no_sheet": "ninguna",
    "any_sheet": "una con la tabla",
    "unreadable": "{where}: se encontró un archivo que no se puede leer como libro ({kind}), se esperaba uno XLSX "
    "sin contraseña. Ábralo en Excel o LibreOffice y guárdelo como .xlsx; si no abre, expórtelo otra vez.",
    "too_wide": "{name}: se encontraron más de {most} celdas en {rows} filas, se esperaba una tabla con menos "
    "columnas. Borre lo que esté muy a la derecha de ella y guarde el libro otra vez.",
    "unpacks": "{name}: se encontró un libro que al abrirse ocupa mucho más que una tabla, se esperaba uno que "
    "guardó Excel o LibreOffice. Pregunte a quien lo entregó; guardado otra vez, o como CSV, se toma.",
    "shrank": "{source}, {dataset} {scope}: se encontraron {found} registros, el lote anterior trajo {known} y se "
    "esperaba al menos el {floor}%. No se cargó nada. Revise si está completo en la plataforma o en el archivo; "
    'si de verdad es así: `trimestre ingest {source} --accept-shrink "motivo"`.',
    "overtaken": "lote {batch} de {source}: después de recibirlo se cargó el lote {later}, no se esperaba ninguno. "
    "No se cargó; vale lo que trajo el más nuevo.",
}
"""Refusals of a file or of a batch: they stand in the log of a task, in the list of batches and in notices."""
