"""What does not fit between the YAML files of a project, and between them and sql/evidence."""

YAML_ACROSS = {
    "course": "curso {code}",
    "edition": "edición {code}",
    "event": "evento {code}",
    "survey": "encuesta {code}",
    "institution": "institución {code}",
    "state": "entidad federativa {code}",
    "result": "resultado {code}",
    "indicator": "indicador {code}",
    "courses": "cursos {codes}",
    "editions": "ediciones {codes}",
    "surveys": "encuestas {codes}",
    "institutions": "instituciones {codes}",
    "states": "entidades federativas {codes}",
    "and": " y ",
    "none_yet": "ninguna todavía",
    "twice": "{what}: se encontró dos veces, se esperaban claves únicas. Cambie o quite una.",
    "reference": "{what}: se encontró «{found}», se esperaba una de: {known}. Corrija la clave.",
    "name_of_two": "{what}: se encontró el nombre «{name}» en todas, se esperaba un nombre que sea de una. Quítelo de "
    "las demás.",
    "name_of_signs": "{what}: se encontró el nombre «{name}», se esperaban letras de la A a la Z o cifras: sin ninguna "
    "sería igual a todo texto sin ellas. Escríbalo así, o quítelo.",
    "undeclared": "{source}.yaml: dataset {dataset}: {kind}: se encontró «{found}», se esperaba una de {folder}: "
    "{known}. Declárela ahí, o corrija la clave.",
    "surveys_of_source": "framework/surveys con «source: {source}»",
    "feedback": "encuesta {survey}: edition: {found}, se esperaba una que entregue {source}: {known}. Diga la edición "
    "en cuyo curso está la retroalimentación.",
    "module_twice": "curso {course}: modules: se encontró {code} dos veces, se esperaba una clave por módulo, y "
    "ninguna que sea certificate: así se llama el certificado. Cambie o quite una.",
    "carrier_twice": "edición {edition}: delivered_by: se encontró dos veces «{course}» de {source}, se esperaba cada "
    "curso una vez: de las actividades sólo se leerían las últimas. Júntelas.",
    "carried_in_vain": "edición {edition}: source: se encontró «{source}», de tipo {kind}, se esperaba una con cursos: "
    "moodle o tabular. Corrija la fuente.",
    "read_for_two": "{what}: se encontró «{found}» de {source} en cada una, se esperaba uno distinto: todo lo que trae "
    "contaría en las dos. Corríjalo, o quítelo de las demás.",
    "circle": "results.yaml: {result}: parent: se encontró «{parent}», no se esperaba un círculo: contribuye a sí "
    "mismo. Corrija uno de ellos.",
    "height": "results.yaml: {result}: parent: se encontró «{parent}», de nivel {found}, se esperaba uno por encima de "
    "{level}. Corrija parent o un nivel.",
    "level": "level: se encontró «{found}», se esperaba uno que quepa en {parent}, de nivel {level}. Corrija level o "
    "parent.",
    "outside": "{key}: se encontró «{found}», se esperaba una parte del proyecto, de {first} a {last}. Corríjalo, o "
    "amplíe framework/periods.yaml.",
    "quarter_outside": "{key}: se encontró «{found}», se esperaba un trimestre de {first} a {last}. Corríjalo, o "
    "amplíe framework/periods.yaml.",
    "crossed": "{key}.category: se encontró «{found}», se esperaba una categoría de {breakdown}, como «{example}». "
    "Corríjala.",
    "category": "{key}.category: se encontró «{found}», se esperaba una de {dimension}: {known}. Corríjala.",
    "question": "parameters.question: se encontró «{found}», se esperaba una de las preguntas con puntaje de {survey}: "
    "{known}. Corríjala, o agregue sus puntajes a la encuesta.",
}
"""Rules that no single file can break."""

YAML_EVIDENCE = {
    "unknown": "{what}: se encontró «{found}», se esperaba uno de sql/evidence: {known}. Corrija el YAML del "
    "indicador.",
    "key": "indicador {code}: {key}",
    "parameters": "indicador {code}: parameters: no se encontró {missing}, se esperaba para «{evidence}». Agréguelo al "
    "YAML del indicador.",
    "measure": "measure: se encontró «{found}», se esperaba una que no necesite {column}: los registros de "
    "«{evidence}» no lo tienen. Corrija measure o evidence.",
    "no_edition": "{key}: se encontró «edition», se esperaba event: los registros de «{evidence}» no son de ninguna "
    "edición. Corríjalo.",
    "dimension": "disaggregations: se encontró «{found}», se esperaba algo que tengan los registros de «{evidence}»: "
    "{known}. Corríjala, o quite la desagregación.",
    "parameter": "parameters.{found}: se encontró un parámetro que «{evidence}» no admite, se esperaba uno de: "
    "{known}. Quítelo o corrija su nombre.",
    "none": "ninguno",
}
"""What an indicator asks of its evidence in vain."""

YAML_FILES_OF_SOURCES = {
    "dataset": "{file}: dataset {dataset}",
    "column": "{where}: columna {column}",
    "rows": "{where}: filas de {entity}",
    "none": "ninguna",
    "ignore_columns": "{where}: ignore_columns: se encontró {found}, se esperaban columnas declaradas. Corrija los "
    "nombres.",
    "dropped": "{where}: se encontraron sus encabezados en «drop», se esperaba que una columna obligatoria se quede. "
    "Quítela de «drop» o de «columns».",
    "instead": "{where}: instead: se encontró «{found}», se esperaba una columna declarada que no lleve otro instead. "
    "Corrija el nombre.",
    "encoding": "{where}: encoding: se encontró «{found}», se esperaba una codificación conocida. Escriba auto, "
    "utf-8-sig, cp1252 o utf-16.",
    "separator": "{where}: separator: se encontraron comillas o un salto de línea, se esperaba coma, punto y coma o "
    "tabulador. Corríjalo.",
    "formats": "{where}: formats: se encontró «{found}», se esperaba un formato de strptime. Escriba uno como "
    "%d/%m/%Y %H:%M.",
    "field": "{where}: se encontró el campo «{found}», se esperaba uno de: {known}. Corrija el nombre.",
    "scale": "{where}: se encontró {found} (at_least o pass_mark), se esperaba un número de la escala de {column}, de "
    "{least} a {most}. Corríjalo.",
    "whose": "{where}: no se encontró ninguno de {known}, se esperaba uno. Agregue la columna que dice de quién es la "
    "fila.",
    "survey": "{source}.yaml: dataset {dataset}: survey: se encontró «{found}», se esperaba una de framework/surveys "
    "con «source: {source}»: {known}. Declárela, o corríjala.",
    "modules_without_wide": "{where}: modules: se encontraron sin «wide», se esperaba una plantilla que lo tenga. "
    "Agregue «extends».",
    "about": "{where}: {key}: no se encontró nada, se esperaba la clave de lo que tratan los archivos. Agréguela.",
    "pass_mark": "{where}: pass_mark: no se encontró nada, se esperaba un número. Agréguelo.",
    "extends": "{where}: extends: se encontró «{found}», se esperaba una de: {known}. Corrija el nombre.",
    "modules": "{where}: modules: {found}, se esperaba la clave de cada módulo con sus encabezados. Escríbalos como "
    "«modules: {{M1: [Módulo 1]}}».",
    "wide_twice": "{where}: wide: se encontró la columna {column} dos veces, se esperaba una. Cambie la clave de un "
    "módulo.",
    "modules_unused": "{where}: modules: se encontró {found}, de lo que «wide» no dice nada, se esperaban módulos que "
    "describa. Quítelos.",
}
"""Rules of the datasets of files that come without a platform."""
