"""Why a YAML file of the project was not taken: what was found, what is expected, what to do. Keys stay as they are."""

YAML_FILE = {
    "problem": "{place}: {found}, se esperaba: {expected}. {mend}",
    "found": "se encontró {value}",
    "found_nothing": "no se encontró nada",
    "top": "(archivo entero)",
    "or": " o ",
    "correct": "Corrija el valor.",
    "number": "un número (YAML lee yes, no, on y off como verdadero y falso)",
    "unknown_key": "{place}: se encontró una clave que no existe, se esperaban sólo las documentadas. Quítela o "
    "corrija su nombre.",
    "missing": "{place}: no se encontró nada, se esperaba un valor. Agregue la clave.",
    "no_file": "{file}: no se encontró el archivo, se esperaba en {folder}. Agréguelo.",
    "unreadable": "{file}: se encontró un archivo que no se puede abrir ({kind}), se esperaba uno con permiso de "
    "lectura. Revise sus permisos.",
    "not_utf8": "{file}: se encontró en el byte {offset} un carácter que no es UTF-8, se esperaba un archivo en UTF-8. "
    "Guárdelo con esa codificación.",
    "not_yaml": "{file}{line}: se encontró texto que no es YAML{problem}, se esperaba YAML. Revise ahí la sangría y "
    "las comillas.",
    "line": ", línea {line}",
    "syntax": " ({problem})",
    "not_keys": "{file}: se encontró {found}, se esperaban claves con sus valores. Escriba cada una como «clave: "
    "valor».",
    "empty": "un archivo vacío",
    "list": "una lista",
    "text": "un solo valor",
    "no_project": "proyecto: no se encontró framework/ en {root}, se esperaba la carpeta de un proyecto. Dé la suya en "
    "TRIMESTRE_PROJECT.",
    "kind": "{file}: kind: {found}, se esperaba uno de: {known}. Corríjalo.",
    "file_name": "{file}: source: se encontró «{found}», se esperaba «{expected}», como se llama el archivo. Cambie "
    "uno de los dos.",
    "reserved_source": "{file}: source: se encontró «{found}», se esperaba otra clave: Trimestre usa {known} para sí. "
    "Cambie el nombre del archivo y su source.",
    "indicator_twice": "{files}: code: se encontró «{code}» en más de un archivo, se esperaban claves únicas. Cambie o "
    "quite uno.",
    "suite_twice": "expectations: se encontró más de un conjunto de reglas de {entity} ({file}), se esperaba uno. "
    "Quite un archivo.",
    "no_suites": "expectations: no se encontró conjunto de reglas de {entities}, se esperaba uno de cada entidad. "
    "Agregue los archivos.",
}
"""Refusals of one file, and the parts of a refusal of one value."""

YAML_SYNTAX = {
    "twice": "la clave «{key}» dos veces en un mismo lugar",
    "deep": "valores anidados con demasiada profundidad",
    "alias_of_itself": "un alias de lo que lo contiene",
    "aliases": "alias que multiplican demasiado lo escrito",
    "block sequence entries are not allowed in this context": "un guion de lista donde no puede ir",
    "control characters are not allowed": "caracteres de control",
    "could not determine a constructor": "un texto que empieza con !: póngalo entre comillas",
    "could not find expected ':'": "falta «:» después de una clave",
    "did not find expected ',' or ']'": "falta una coma o «]»",
    "did not find expected ',' or '}'": "falta una coma o «}»",
    "did not find expected '-' indicator": "un renglón de la lista sin guion o con otra sangría",
    "did not find expected <document start>": "texto después del final",
    "did not find expected alphabetic or numeric character": "un alias o ancla sin nombre: ponga entre comillas el "
    "texto que empieza con * o &",
    "did not find expected key": "una clave con otra sangría, o una comilla de más o de menos",
    "did not find expected node content": "falta un valor",
    "did not find expected whitespace or line break": "falta un espacio",
    "found a tab character": "un tabulador en la sangría: use espacios",
    "found character that cannot start any token": "un carácter con el que nada puede empezar (tabulador, @, ` o %): "
    "póngalo entre comillas",
    "found undefined alias": "un texto que empieza con *: póngalo entre comillas",
    "found undefined tag handle": "un texto que empieza con !: póngalo entre comillas",
    "found unexpected ':'": "«:» donde no puede ir",
    "found unexpected document indicator": "tres guiones o puntos dentro de un texto entre comillas",
    "found unexpected end of stream": "unas comillas que no se cierran",
    "found unknown escape character": "una barra inversa dentro de comillas dobles: use comillas simples",
    "mapping keys are not allowed in this context": "«?» donde no puede ir",
    "mapping values are not allowed in this context": "dos veces «: » en un renglón: ponga el texto entre comillas",
}
"""What is wrong in text that is no YAML, by the first of the parser's words; of another, the line alone."""

VALUE_RULES = {
    "bool_parsing": "true o false",
    "bool_type": "true o false",
    "date_from_datetime_inexact": "un día sin hora, como 2020-06-30",
    "date_from_datetime_parsing": "un día como 2020-06-30",
    "date_parsing": "un día como 2020-06-30",
    "date_type": "un día como 2020-06-30",
    "datetime_from_date_parsing": 'un instante con zona, entre comillas: "2020-07-15T09:00:00+00:00"',
    "datetime_object_invalid": 'un instante con zona, entre comillas: "2020-07-15T09:00:00+00:00"',
    "datetime_parsing": 'un instante con zona, entre comillas: "2020-07-15T09:00:00+00:00"',
    "datetime_type": 'un instante con zona, entre comillas: "2020-07-15T09:00:00+00:00"',
    "dict_type": "claves con sus valores",
    "finite_number": "un número",
    "float_parsing": "un número",
    "float_type": "un número",
    "greater_than": "más de {gt}",
    "greater_than_equal": "{ge} o más",
    "int_from_float": "un número entero",
    "int_parsing": "un número entero",
    "int_parsing_size": "un número entero más pequeño",
    "int_type": "un número entero",
    "less_than": "menos de {lt}",
    "less_than_equal": "{le} o menos",
    "literal_error": "uno de: {expected}",
    "model_attributes_type": "claves con sus valores",
    "model_type": "claves con sus valores",
    "string_pattern_mismatch": "{pattern}",
    "string_too_long": "cuando más {max_length} caracteres",
    "string_too_short": "un texto de al menos {min_length} caracteres",
    "string_type": 'un texto (entre comillas, si YAML lo toma por otra cosa: "No", "2020", "10:00")',
    "string_unicode": "un texto en UTF-8",
    "timezone_aware": 'un instante con zona, entre comillas: "2020-07-15T09:00:00+00:00"',
    "too_short": "una lista de al menos {min_length}",
    "too_long": "una lista de {max_length} cuando más",
    "tuple_type": "una lista, como [a, b]",
    "form": "una de las combinaciones de claves documentadas",
    "": "otro valor",
}
"""What is expected of a value, by pydantic's type of error; empty = any other type."""

PATTERN_RULES = {
    r"^[A-Za-z][A-Za-z0-9._-]{0,79}$": "una clave: una letra y después letras sin acento, cifras, punto, guion o guion "
    "bajo, como NEISP-2020-1",
    r"^[a-z][a-z0-9_]{0,59}$": "un nombre de letras minúsculas sin acento, cifras y guion bajo, como moodle_pnud",
    r"^\d{4}-Q[1-4]$": "un trimestre como 2020-Q2",
    r"^(\d{4}(-Q[1-4]|-H[12])?|FY\d{4}|project)$": "un trimestre como 2020-Q2, un semestre como "
    "2020-H1, un año como 2020, un año fiscal como FY2020, o project",
    r"^([01]\d|2[0-3]):[0-5]\d$": 'una hora entre comillas, como "06:00"',
    r"^[0-9]{2}$": 'la clave del INEGI: dos cifras entre comillas, como "09"',
    r"^\d{5}$": 'cinco cifras entre comillas, como "15113"',
    r"^[A-Za-z][A-Za-z0-9._@-]{0,63}$": "un nombre de hasta 64 letras sin acento, cifras o . _ @ -, que empiece "
    "con letra",
    r"^[^@\s]+@[^@\s]+$": "un correo, como ana@sfp.example",
    r"^[A-Z]{2}$": "un país por sus dos letras (ISO 3166-1), como MX",
    r"^[^\s/&|?]+$": "un identificador de IATI, sin espacios ni / & | ?",
    r"^[^\s\[\]]{1,80}$": "una clave de 80 caracteres cuando más, sin espacios ni corchetes",
    r"^[a-z][a-z_]*$": "el nombre de un archivo de sql/evidence, sin .sql",
    r"^[^@\s<>,;:\"]+@[^@\s<>,;:\"]+$": "un correo",
    r"^https?://[^\s?#@]+$": "una dirección que empieza con https:// o http://",
    r"^(?:[A-Za-z0-9_-]+|/[^\x00-\x1f]+|[a-z][a-z0-9]*://[^\x00-\x1f]+)$": "un nombre debajo de la carpeta de entrega "
    "(letras, cifras y guiones), una ruta que empieza con /, o una dirección como s3://…",
    r"^expect_column_value(s|_lengths)_[a-z_]+$": "el nombre de una expectativa de columna de Great Expectations, como "
    "expect_column_values_to_be_in_set",
}
"""What is expected of a text, by the pattern of its key."""
