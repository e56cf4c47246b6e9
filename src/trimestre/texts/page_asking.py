"""The page: what is said of a query that can't be answered."""

PAGE_ASKING = {
    "quarter": "El trimestre no se entiende: se escribe como 2020-Q2 o, del año fiscal, FY2020-Q3.",
    "no_quarter": "El trimestre no es del proyecto, que va de {first} a {last}.",
    "number": "«{key}» no se entiende: se espera un número entero desde 1.",
    "choice": "«{key}» no se entiende: se espera uno de {known}.",
}

PAGE_PARTS = {
    "pages": "Páginas",
    "pages_below": "Páginas, abajo",
    "page": "Página {number} de {last} · {total} en total",
    "before": "Anterior",
    "after": "Siguiente",
    "total": "Suma",
    "official": "Oficial {vintage}",
    "candidate": "Candidata {number}",
    "today": "Preliminar: lo que se sabe hoy",
}
"""What long lists say."""
