"""The feedback activities of the simulated Moodle: questions, named and anonymous responses, and their JSON shapes.

They are not part of the world's case: the project of the demo has no survey on its Moodle. Responses are drawn from the
account's number, so that the same world gives the same answers.
"""

import html
from dataclasses import dataclass, field
from typing import Any

from trimestre.simulators.model import MoodleActivity, MoodleSite

ANONYMOUS, NAMED = 1, 2
"""What Moodle keeps of an activity; one that was changed has responses of both kinds."""

_NAME_LENGTH = 30
_AGREE = "r>>>>>1 Muy en desacuerdo|2 En desacuerdo|3 Neutral|4 De acuerdo|5 Muy de acuerdo"
_HEARD = "c>>>>>Correo electrónico|Jefa o jefe|Redes sociales|Otro, ¿cuál?"
_COMMENTS = (
    "Sin comentarios",
    'Muy bueno, pero el vídeo del "Módulo 2" no abría.\nTuve que usar otro navegador.',
    "<b>negritas</b> & más",
    "",
)


@dataclass
class Question:
    """One item; ``presentation`` as Moodle keeps it."""

    id: int
    typ: str
    name: str
    label: str = ""
    presentation: str = ""


@dataclass
class Submission:
    """One response; ``values`` by item id as Moodle keeps them, null = left out. ``user_id`` null = anonymous."""

    id: int
    values: dict[int, str | None]
    user_id: int | None = None
    time: int = 0


@dataclass
class SimulatedFeedback:
    """One feedback activity."""

    id: int
    anonymous: int = NAMED
    questions: list[Question] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)

    def answer(self, values: dict[int, str | None], user_id: int | None = None, time: int = 0) -> int:
        """Somebody answers; the id of the response."""
        number = max((one.id for one in self.submissions), default=0) + 1
        self.submissions.append(Submission(number, values, user_id, time))
        return number

    def delete(self, submission_id: int) -> None:
        """Delete a response."""
        self.submissions = [one for one in self.submissions if one.id != submission_id]


def build_feedbacks(site: MoodleSite) -> dict[int, SimulatedFeedback]:
    """Instance number -> feedback, of every feedback activity of a site: the first named, the others anonymous.

    As on the recorded site the named one has 52 responses and 8 that were given before it asked for names.
    """
    found: dict[int, SimulatedFeedback] = {}
    for activity in site.activities:
        if activity.modname != "feedback":
            continue
        feedback = SimulatedFeedback(activity.instance, ANONYMOUS if found else NAMED, _questions(len(found) * 5))
        cmids = {one.cmid for one in site.activities if one.course_id == activity.course_id}
        done = sorted({user_id for cmid, user_id in site.completions if cmid in cmids})
        for user_id in done[:8] if not found else done[:12]:
            feedback.answer(_values(feedback, user_id))
        for user_id in done[8:60] if not found else ():
            feedback.answer(_values(feedback, user_id), user_id, site.users[user_id].lastaccess)
        found[activity.instance] = feedback
    return found


def _questions(before: int) -> list[Question]:
    texts = (
        ("multichoice", "El contenido fue útil para mi trabajo", "P1", _AGREE),
        ("multichoice", "La plataforma funcionó bien", "P2", _AGREE),
        ("numeric", "¿Cuántas horas dedicó al curso?", "P3", "0|200"),
        ("multichoice", "¿Cómo se enteró del curso?", "", _HEARD),
        ("textarea", 'Comentarios "libres", sugerencias; y quejas', "P5", "40|20"),
    )
    return [Question(before + n, *about) for n, about in enumerate(texts, start=1)]


def _values(feedback: SimulatedFeedback, seed: int) -> dict[int, str | None]:
    values: tuple[str | None, ...] = (
        str(seed % 5 + 1),
        None if seed % 10 == 0 else str(seed % 3 + 3),
        "12.5" if seed % 4 else None,
        "1|3" if seed % 3 else "2",
        _COMMENTS[seed % len(_COMMENTS)],
    )
    return {question.id: value for question, value in zip(feedback.questions, values, strict=True)}


def shape(activity: MoodleActivity, feedback: SimulatedFeedback) -> dict[str, Any]:
    """One feedback of mod_feedback_get_feedbacks_by_courses."""
    return {
        "id": activity.instance, "course": activity.course_id, "name": html.escape(activity.name, quote=False),
        "intro": "", "introformat": 1, "lang": None, "anonymous": feedback.anonymous, "multiple_submit": False,
        "autonumbering": False, "page_after_submitformat": 0, "publish_stats": False, "completionsubmit": False,
        "coursemodule": activity.cmid, "introfiles": [],
    }  # fmt: skip


def items(feedback: SimulatedFeedback) -> list[dict[str, Any]]:
    """The list of mod_feedback_get_items."""
    return [
        {
            "id": question.id, "feedback": feedback.id, "template": 0, "name": question.name, "nameformat": 1,
            "label": question.label, "presentation": question.presentation, "presentationformat": 1,
            "typ": question.typ, "hasvalue": int(question.typ not in ("label", "pagebreak", "captcha")),
            "position": place, "required": place == 1, "dependitem": 0, "dependvalue": "",
            "options": "h" if question.typ.startswith("multichoice") else "", "itemfiles": [], "itemnumber": place,
            "otherdata": None,
        }
        for place, question in enumerate(feedback.questions, start=1)
    ]  # fmt: skip


def responses(feedback: SimulatedFeedback, names: dict[int, str], page: int, per_page: int) -> dict[str, Any]:
    """One page of mod_feedback_get_responses_analysis; a list that fits into a page comes whole on every page."""
    named = sorted((one for one in feedback.submissions if one.user_id is not None), key=lambda one: one.time)
    anonymous = [one for one in feedback.submissions if one.user_id is None]

    def cut(listed: list[Submission]) -> list[Submission]:
        fits = per_page == 0 or len(listed) <= per_page
        return listed if fits else listed[page * per_page : (page + 1) * per_page]

    return {
        "attempts": [
            {
                "id": one.id, "courseid": 0, "userid": one.user_id, "timemodified": one.time,
                "fullname": names.get(one.user_id or 0, ""), "responses": _given(feedback, one),
            }
            for one in cut(named)
        ],
        "totalattempts": len(named),
        "anonattempts": [
            {"id": one.id, "courseid": 0, "number": place, "responses": _given(feedback, one)}
            for place, one in enumerate(cut(anonymous), start=1)
        ],
        "totalanonattempts": len(anonymous),
        "warnings": [],
    }  # fmt: skip


def _given(feedback: SimulatedFeedback, submission: Submission) -> list[dict[str, Any]]:
    given = []
    for question in feedback.questions:
        raw = submission.values.get(question.id)
        value = raw if raw is None else html.escape(raw).replace("&#x27;", "&#039;")
        name = f"({question.label}) {question.name}" if question.label else question.name
        if len(name) > _NAME_LENGTH:
            name = f"{name[:_NAME_LENGTH].rsplit(' ', 1)[0]} ..."
        given.append({"id": question.id, "name": name, "printval": _printed(question, value), "rawval": value})
    return given


def _printed(question: Question, value: str | None) -> str:
    if value is None or not question.typ.startswith("multichoice"):
        return value or ""
    options = question.presentation.split(">>>>>", 1)[1].split("|")
    return "\n".join(options[int(one) - 1] for one in value.split("|"))
