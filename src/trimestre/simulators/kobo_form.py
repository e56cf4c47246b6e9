"""The synthetic survey of the simulated KoboToolbox: its form in the shape of ``content``, and made-up answers."""

import random
from typing import Any

SPANISH, ENGLISH = "Español (es)", "English (en)"
_SATISFACTION = (("5", "Muy alta"), ("4", "Alta"), ("3", "Media"), ("2", "Baja"), ("1", "Muy baja"))
_COMMENTS = ("Buen taller", "Faltó tiempo; sobró teoría", "Ñandú & «acentos» – sin problema 👍", "línea 1\nlínea 2")


def form_content() -> dict[str, Any]:
    """A new copy of the form: groups, a repeat, Kobo's score and matrix, two languages of which one is half done."""
    return {
        "survey": [
            {"type": "start", "name": "start"},
            {"type": "end", "name": "end"},
            {"type": "begin_group", "name": "acerca", "label": ["Acerca de usted", "About you"]},
            _select("select_one", "sexo", "sexo", "Sexo", "Sex"),
            {"type": "integer", "name": "edad", "label": ["Edad", None]},
            {"type": "end_group"},
            _select("select_one", "satisfaccion", "escala", "¿Qué tan satisfecho(a) está?", "How satisfied are you?"),
            {"type": "begin_score", "name": "valoracion", "label": ["Valore", None], "kobo--score-choices": "escala"},
            {"type": "score__row", "name": "contenido", "label": ["El contenido", "Content"]},
            {"type": "score__row", "$autoname": "_Instructores_as", "label": ["¿Instructores(as)?", None]},
            {"type": "end_score"},
            _select("select_multiple", "materiales", "materiales", "¿Qué materiales usó?", None),
            {"type": "begin_repeat", "name": "temas", "label": ["Temas", "Topics"]},
            {"type": "text", "name": "tema", "label": ["Tema", "Topic"]},
            _select("select_one", "utilidad", "escala", "Utilidad", "Usefulness"),
            {"type": "end_repeat"},
            {"type": "begin_kobomatrix", "name": "uso", "label": ["Uso", None], "kobo--matrix_list": "materiales"},
            {"type": "integer", "name": "horas", "label": ["Horas", "Hours"]},
            {"type": "end_kobomatrix"},
            {"type": "geopoint", "name": "lugar", "label": ["¿Dónde responde?", "Where are you?"]},
            {"type": "text", "name": "comentarios", "label": ["<b>Comentarios</b>", "Comments"]},
        ],
        "choices": [
            *(_choice("escala", code, label) for code, label in _SATISFACTION),
            *(_choice("sexo", code, label) for code, label in (("m", "Mujer"), ("h", "Hombre"), ("nb", "No binario"))),
            *(_choice("materiales", code, code.capitalize()) for code in ("videos", "lecturas", "foros")),
        ],
        "translations": [SPANISH, ENGLISH],
        "translated": ["label"],
        "settings": {"default_language": SPANISH},
    }


def made_up_answers(rng: random.Random) -> dict[str, Any]:
    """The answers of one person: texts all of them, and no key where nothing was answered."""
    answers: dict[str, Any] = {
        "acerca/sexo": rng.choices(("m", "h", "nb"), weights=(12, 10, 1))[0],
        "acerca/edad": str(rng.randint(24, 64)),
        "satisfaccion": _mark(rng),
        "valoracion/contenido": _mark(rng),
        "valoracion/_Instructores_as": _mark(rng),
        "temas": [
            {"temas/tema": topic, "temas/utilidad": _mark(rng)}
            for topic in rng.sample(("Riesgos", "Denuncia", "Contratación"), rng.randint(1, 3))
        ],
        "uso_videos/uso_videos_horas": str(rng.randint(1, 9)),
        "lugar": "19.432600 -99.133200 2240 5",
    }
    if chosen := [code for code in ("videos", "lecturas", "foros") if rng.random() < 0.6]:
        answers["materiales"] = " ".join(chosen)
    if rng.random() < 0.5:
        answers["comentarios"] = rng.choice(_COMMENTS)
    return answers


def _mark(rng: random.Random) -> str:
    return rng.choices(("5", "4", "3", "2", "1"), weights=(24, 20, 5, 2, 1))[0]


def _select(kind: str, name: str, options: str, spanish: str, english: str | None) -> dict[str, Any]:
    return {"type": kind, "name": name, "select_from_list_name": options, "label": [spanish, english]}


def _choice(options: str, code: str, spanish: str) -> dict[str, Any]:
    # The options of the form builder have no name of their own; those of an XLSForm have.
    key = "$autovalue" if options == "materiales" else "name"
    return {"list_name": options, key: code, "label": [spanish, None]}
