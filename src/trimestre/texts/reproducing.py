"""What `trimestre reproduce` says."""

REPRODUCE = {
    "reproduce": "Vuelve a calcular una versión oficial con lo que se sabía y cómo se definía entonces, y dice si da "
    "lo mismo.",
    "same": "La versión {vintage} de {period} se reprodujo {how}: mismos valores, mismas definiciones y mismos "
    "registros de respaldo (huella {hash}…).",
    "differs": "La versión {vintage} de {period} no se reprodujo {how}: la huella publicada es {hash}… y la de ahora "
    "{again}….",
    "touched": "Lo que está guardado de la versión {vintage} de {period} ya no es lo que se aprobó: no da su huella "
    "{hash}…. Recupere la base de datos de un respaldo; sólo el acceso directo a ella puede haberlo cambiado.",
    "history": "desde la historia del almacén",
    "landing": "desde los archivos recibidos",
    "definitions": "Las definiciones que se guardaron con la versión no son las de sus archivos YAML.",
    "cells_title": "Celdas que difieren",
    "rows_title": "Registros que difieren ({total:,}): {lines}",
    "more": "… y {rows:,} más.",
    "no_cells": "Ningún valor difiere: sólo los registros de respaldo, por el archivo o la posición en que están o por "
    "algún dato que no cambia las cifras.",
    "replayed": "Después de prepararla se rehízo desde sus archivos, con el contrato y las decisiones de un día "
    "posterior: {sources}. Eso reescribe la historia; pruebe con --from-landing, que usa los de la versión.",
    "removed": "No se puede reproducir desde los archivos recibidos: la retención eliminó {files:,} ({sources}), los "
    "últimos el {day}. Las cifras y los registros de respaldo publicados se conservan; sin --from-landing se calcula "
    "desde la historia del almacén.",
    "damaged": "No se puede reproducir desde los archivos recibidos: falta o está dañado un archivo del lote {batch} "
    "de {source} ({error})",
    "no_contract": "No se puede reproducir {period} desde los archivos recibidos: la versión no guarda los YAML del "
    "proyecto de entonces.",
    "contract": "No se puede reproducir desde los archivos recibidos: los YAML de entonces no los lee esta versión de "
    "Trimestre ({error})",
    "refused": "No se puede reproducir desde los archivos recibidos: el lote {batch} de {source} no se carga otra vez "
    "como entonces ({error})",
    "official": "oficial",
    "reconciliation": "conciliación",
    "nothing": "(no está)",
    "only_landing": "sólo tiene sentido junto con --from-landing.",
    "yes": "sí",
    "no": "no",
}
"""Sentences and labels of the command."""

REPRODUCE_CELLS = ("Indicador", "Línea", "Abarca", "Desagregación", "Categoría", "Dato", "Publicado", "Ahora")
"""Headings of the cells that differ."""

REPRODUCE_ROWS = ("Archivo (sha256)", "Posición", "Fuente", "Dato", "Publicado", "Ahora")
"""Headings of the rows that differ."""

REPRODUCE_FIELDS = {
    "value": "valor",
    "numerator": "numerador",
    "denominator": "denominador",
    "response_rate": "tasa de respuesta",
    "n": "registros",
    "excluded": "excluidos",
    "obs_status": "estado del dato",
    "target": "meta",
    "percent_of_target": "% de la meta",
    "percent_of_progress": "% de avance desde la línea de base",
    "status": "estatus",
    "late": "extemporáneos",
    "added": "aporta el trimestre",
    "adjustment": "ajuste a trimestres anteriores",
    "accumulated": "acumulado",
    "attribution": "regla",
    "counted": "cuenta",
    "hit": "acierto",
    "period": "trimestre",
    "sex": "sexo",
    "institution": "institución",
    "state": "entidad",
    "organisation_type": "tipo de organización",
    "course": "curso",
    "edition": "edición",
    "module": "módulo",
    "event": "evento",
    "survey": "encuesta",
}
"""What of a cell or row differs."""
