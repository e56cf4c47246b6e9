"""Figures of before Trimestre («valor heredado»): the workbook, what is wrong in it, and what the commands say."""

LEGACY_SHEETS = {
    "values": (
        "Valores",
        {
            "code": "Clave",
            "period": "Periodo",
            "disaggregation": "Desagregación",
            "category": "Categoría",
            "value": "Valor",
            "numerator": "Numerador",
            "denominator": "Denominador",
            "document": "Documento",
        },
    ),
    "targets": (
        "Metas",
        {
            "code": "Clave",
            "covers": "Cubre",
            "disaggregation": "Desagregación",
            "category": "Categoría",
            "value": "Meta",
            "document": "Documento",
        },
    ),
    "baselines": (
        "Líneas de base",
        {"code": "Clave", "value": "Valor", "day": "Fecha", "document": "Documento"},
    ),
}
"""Sheet -> its name, and the heading of each column."""

LEGACY_RULES = {
    "empty": ("algo", "Llene la celda."),
    "code": ("una clave de indicador vigente: {known}", "Corrija la clave, o agregue el indicador a framework/."),
    "period": (
        "un trimestre como {first} (o FY2020-Q3), de {first} a {last}",
        "Un año o un semestre no es un trimestre: lo acumulado va en su último trimestre, lo demás se reparte. Si el "
        "trimestre es de antes, amplíe framework/periods.yaml.",
    ),
    "covers": ("un trimestre, semestre (2020-H1), año (2020), año fiscal (FY2020) o project", "Corrija la celda."),
    "disaggregation": ("una desagregación del indicador: {known}", "Corríjala, o déjela vacía si es el total."),
    "category": ("una categoría de {breakdown}: {known}", "Corrija la categoría."),
    "personal": ("una categoría, sin correos ni CURP", "Quite el dato personal."),
    "personal_document": ("un documento, sin correos ni CURP", "Quite el dato personal."),
    "category_of_total": ("nada: es el total", "Vacíe la celda, o escriba la desagregación."),
    "no_total": ("una desagregación: este indicador no tiene total", "Escriba la desagregación y la categoría."),
    "number": ("un número, o n. d.", "Escríbalo como número, sin comas ni signos; una fórmula se guarda con su valor."),
    "formula": ("el valor de la fórmula", "El libro se guardó sin él: ábralo en Excel y guárdelo, o escríbalo."),
    "whole": ("un número entero", "Corrija el valor."),
    "negative": ("cero o más", "Corrija el valor."),
    "percent": ("un porcentaje de 0 a 100", "Corrija el valor (63% se escribe 63)."),
    "share_of_one": (
        "un porcentaje mayor que 1, o uno con numerador y denominador",
        "0.63 puede ser 63% o 0.63%: escriba 63, o agregue el numerador y el denominador.",
    ),
    "stage": ("el número de una etapa, de 0 a {last}", "Corrija el valor."),
    "both": ("numerador y denominador, los dos o ninguno", "Complete el que falta."),
    "ratio": ("{expected}, que es 100 × numerador / denominador", "Corrija el valor, el numerador o el denominador."),
    "fraction": ("un numerador no mayor que el denominador", "Corrija uno de los dos."),
    "twice": ("un renglón por clave, periodo, desagregación y categoría", "Ya está en {other}: quite uno."),
    "gap": ("un renglón de {missing}", "Agréguelo: 0 si fue cero, n. d. si no se sabe."),
    "parts": ("{found} o más", "Las categorías de {breakdown} suman {found}: corrija una o el total."),
    "parts_whole": ("{found}", "Las categorías de {breakdown} suman {found}: corrija una o el total."),
    "day": ("una fecha", "Escriba el día en que se midió, como fecha."),
    "heading": ("los encabezados {headings} en el primer renglón", "Use la plantilla: `trimestre legacy template`."),
    "sheet": ("la hoja {sheet}", "Use la plantilla: `trimestre legacy template`."),
    "workbook": ("un libro de Excel (.xlsx)", "Guárdelo como .xlsx, sin contraseña."),
    "nothing": ("al menos un valor", "Llene la hoja Valores."),
}
"""What was expected of a cell, and the mend."""

LEGACY_PROBLEM = "{place}: se encontró {found}, se esperaba {expected}. {mend}"
LEGACY_FOUND = {"nothing": "nada", "text": "un texto de {letters} letras", "value": "«{value}»"}

LEGACY_CLI = {
    "app": "Valores heredados: las cifras publicadas antes de Trimestre, desde Excel.",
    "template": "Escribe la plantilla de Excel, con las claves y desagregaciones del proyecto en la hoja Ayuda.",
    "import": "Lee la plantilla llena y prepara una candidata por trimestre; otra persona las aprueba.",
    "approve": "Aprueba todas las candidatas heredadas que esperan respuesta.",
    "message": "valores heredados",
    "written": "Plantilla escrita: {path}",
    "imported": "{values} valores de {indicators} indicadores recibidos en el lote {batch}.",
    "candidate": "{period}: candidata {candidate} con {values} valores. Huella {hash}.",
    "next": "Nada es oficial todavía: otra persona las aprueba con `trimestre legacy approve`.",
    "none": "No hay candidatas heredadas en espera.",
    "approved": "{period}: la candidata {candidate} es la versión oficial {vintage}, «valor heredado».",
    "targets": "Metas y líneas de base del libro que no son las de los YAML (valen los YAML). Para adoptarlas, pegue:",
    "replaces": "Los registros de las fuentes de esos trimestres y anteriores dejan de contar en estos indicadores "
    "(«valor heredado»): {indicators}.",
}
"""What `trimestre legacy` says, and its help."""

LEGACY_HELP_SHEET = "Ayuda"
LEGACY_HELP = {
    "rules": (
        "Valores: un renglón por indicador, trimestre y categoría; desagregación y categoría vacías = total.",
        "Periodo: 2020-Q1, o el trimestre fiscal FY2020-Q2. Un año no es un trimestre: no se reparte solo.",
        "Indicadores acumulados (span: cumulative): el valor es lo acumulado hasta ese trimestre; los demás, lo del "
        "trimestre.",
        "Porcentajes: 63 o 63%; con numerador y denominador se suman entre trimestres, sin ellos no.",
        "0 es cero; n. d. es «no disponible»; no deje trimestres en blanco entre el primero y el último.",
        "Documento: el informe u oficio de donde sale cada cifra.",
        "Metas y Líneas de base no se importan: se comparan con los YAML y se dice en qué difieren.",
    ),
    "columns": ("Clave", "Indicador", "Tipo de valor", "Alcance", "Desagregaciones", "Categorías"),
}
"""The help sheet of the template."""

LEGACY_SPANS = {"period": "del trimestre", "cumulative": "acumulado", "latest": "último dato"}
LEGACY_KINDS = {
    "integer": "entero",
    "decimal": "decimal",
    "percentage": "porcentaje",
    "stage": "número de etapa",
}
