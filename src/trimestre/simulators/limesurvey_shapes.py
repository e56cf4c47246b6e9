"""The JSON shapes of LimeSurvey 6.1 and 3.28 as recorded: what a survey, a question or an export looks like.

``limesurvey_templates.json`` holds the many settings of surveys and questions that no one here reads, with
the values of the recorded site, so that answers have all keys a real server sends.
"""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

from trimestre.simulators.case_surveys import AnonymousSurvey
from trimestre.simulators.model import Survey, SurveyParticipant, SurveyQuestion

_SYSTEM_FIELDS = {
    "id": ("id", "Response ID"),
    "submitdate": ("submitdate", "Date submitted"),
    "lastpage": ("lastpage", "Last page"),
    "startlanguage": ("startlanguage", "Start language"),
    "seed": ("seed", "Seed"),
    "token": ("token", "Access code"),
    "startdate": ("startdate", "Date started"),
    "datestamp": ("datestamp", "Date last action"),
    "ipaddr": ("ipaddress", "IP address"),
    "refurl": ("url", "Referrer URL"),
}
#: In these the key ``sid`` comes before ``type`` in the field map.
_SID_FIRST = frozenset({"lastpage", "startlanguage", "seed"})
_KEYS_OF_3 = (
    "id", "qid", "parent_qid", "sid", "type", "title", "question", "preg", "help", "other", "mandatory",
    "question_order", "language", "scale_id", "same_default", "relevance", "modulename", "gid",
)  # fmt: skip
PARTICIPANT_FIELDS = frozenset({"firstname", "lastname", "email", "attribute_1", "attribute_2"})


@cache
def _templates() -> dict[str, Any]:
    text = Path(__file__).with_name("limesurvey_templates.json").read_text(encoding="utf-8")
    templates: dict[str, Any] = json.loads(text)
    return templates


def php_json(value: Any) -> str:
    """JSON as PHP writes it: compact, ASCII, with escaped slashes."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def survey_brief(survey: Survey) -> dict[str, Any]:
    """One entry of list_surveys."""
    return {
        "sid": survey.sid, "surveyls_title": survey.title[survey.languages[0]], "startdate": None,
        "expires": None, "active": "Y" if survey.active else "N",
    }  # fmt: skip


def survey_properties(survey: Survey) -> dict[str, Any]:
    """Every property of a survey; the captions of the attributes are JSON inside a text."""
    properties = dict(_templates()["survey_properties"])
    described = {
        name: {"description": caption, "mandatory": "N", "show_register": "N", "cpdbmap": ""}
        for name, caption in survey.attributes.items()
    }
    return properties | {
        "sid": survey.sid, "active": "Y" if survey.active else "N", "language": survey.languages[0],
        "additional_languages": " ".join(survey.languages[1:]), "ipaddr": "Y" if survey.ipaddr else "N",
        "refurl": "Y" if survey.refurl else "N", "anonymized": "Y" if isinstance(survey, AnonymousSurvey) else "N",
        "datestamp": "Y" if "datestamp" in survey.system_columns() else "N",
        "attributedescriptions": php_json(described) if described else None,
    }  # fmt: skip


def language_properties(survey: Survey, language: str) -> dict[str, Any]:
    """Texts of a survey in a language; all of them null, without an error, if it does not have it."""
    properties = dict(_templates()["language_properties"])
    if language not in survey.languages:
        return dict.fromkeys(properties)
    captions = php_json(survey.attributes) if survey.attributes else None
    return properties | {
        "surveyls_survey_id": survey.sid, "surveyls_language": language, "surveyls_title": survey.title[language],
        "surveyls_attributecaptions": captions,
    }  # fmt: skip


def groups(survey: Survey, language: str) -> list[dict[str, Any]]:
    """Answer of list_groups."""
    return [
        {
            "id": gid, "gid": gid, "sid": survey.sid, "group_order": order, "randomization_group": "",
            "grelevance": "", "group_name": names[language], "description": "", "language": language,
        }
        for order, (gid, names) in enumerate(survey.groups.items(), start=1)
    ]  # fmt: skip


def groups_of_3(survey: Survey) -> list[dict[str, Any]]:
    """The same of LimeSurvey 3: once in every language, whichever is asked for."""
    rows = [row for language in survey.languages for row in groups(survey, language)]
    return [row | {"id": {"gid": row["gid"], "language": row["language"]}} for row in rows]


def questions(survey: Survey, language: str, gid: int | None) -> list[dict[str, Any]]:
    """Questions and subquestions flat and interleaved, as list_questions gives them."""
    rows: list[dict[str, Any]] = []
    for question in survey.questions:
        order = _order(survey, question)
        rows.append(_question_row(survey, question, language, question.qid, 0, question.code, question.text, order))
        for place, sub in enumerate(question.subquestions, start=1):
            rows.append(_question_row(survey, question, language, sub.qid, question.qid, sub.code, sub.label, place))
    wanted = [row for row in rows if gid is None or row["gid"] == gid]
    group_order = list(survey.groups)
    return sorted(wanted, key=lambda row: (group_order.index(row["gid"]), row["question_order"], row["qid"]))


def questions_of_3(survey: Survey, language: str, gid: int | None) -> list[dict[str, Any]]:
    """The same of LimeSurvey 3: a question is known by its number and language."""
    rows = sorted(questions(survey, language, gid), key=lambda row: int(row["qid"]))
    keyed = (row | {"id": {"qid": row["qid"], "language": language}} for row in rows)
    return [{key: row[key] for key in _KEYS_OF_3} for row in keyed]


def _order(survey: Survey, question: SurveyQuestion) -> int:
    return [q.qid for q in survey.questions if q.gid == question.gid].index(question.qid) + 1


def _question_row(
    survey: Survey, question: SurveyQuestion, language: str, qid: int, parent: int, code: str,
    text: dict[str, str], order: int,
) -> dict[str, Any]:  # fmt: skip
    kind = "T" if parent and question.type == "F" else question.type
    return {
        "id": qid, "question": text[language], "help": "", "language": language, "qid": qid,
        "parent_qid": parent, "sid": survey.sid, "type": kind, "title": code, "preg": "",
        "other": "Y" if question.other and not parent else "N", "mandatory": "N", "encrypted": "N",
        "question_order": order, "scale_id": 0, "same_default": 0, "question_theme_name": question.theme,
        "modulename": "", "gid": question.gid, "relevance": "1" if parent else question.relevance,
        "same_script": 0,
    }  # fmt: skip


def question_properties(survey: Survey, question: SurveyQuestion, language: str) -> dict[str, Any]:
    """Everything about one question; where there are no subquestions or options a text says so."""
    row = _question_row(
        survey, question, language, question.qid, 0, question.code, question.text, _order(survey, question)
    )
    keys = (
        "qid", "parent_qid", "sid", "gid", "type", "title", "preg", "other", "mandatory", "encrypted",
        "question_order", "scale_id", "same_default", "relevance", "question_theme_name", "modulename",
        "same_script",
    )  # fmt: skip
    properties = {key: row[key] for key in keys}
    subs = question.subquestions
    nothing = "No available answers"
    properties["available_answers"] = {sub.code: sub.label[language] for sub in subs} or nothing
    properties["subquestions"] = {
        str(sub.qid): {"title": sub.code, "question": sub.label[language], "scale_id": 0} for sub in subs
    } or nothing
    properties |= _templates()["question_attributes"][question.type]
    properties["answeroptions"] = {
        option.code: {
            "answer": option.label[language], "assessment_value": option.score, "scale_id": 0, "order": place,
        }
        for place, option in enumerate(question.options, start=1)
    } or "No available answer options"  # fmt: skip
    return properties | {"defaultvalue": None}


def question_properties_of_3(survey: Survey, question: SurveyQuestion, language: str) -> dict[str, Any]:
    """The same of LimeSurvey 3: with the text, and only the attributes that somebody set."""
    row = next(row for row in questions_of_3(survey, language, None) if row["qid"] == question.qid)
    properties = question_properties(survey, question, language)
    kept = ("available_answers", "subquestions", "answeroptions", "defaultvalue")
    nothing = dict.fromkeys(("attributes", "attributes_lang"), "No available attributes")
    return {key: row[key] for key in _KEYS_OF_3 if key != "id"} | nothing | {key: properties[key] for key in kept}


def fieldmap(survey: Survey, language: str) -> dict[str, Any]:
    """Database field names and what stands in each: the base of the ``fields`` of an export."""
    fields: dict[str, Any] = {}
    for name in survey.system_columns():
        kind, label = _SYSTEM_FIELDS[name]
        head = {"sid": survey.sid, "type": kind} if name in _SID_FIRST else {"type": kind, "sid": survey.sid}
        blank = {"gid": "", "qid": "", "aid": "", "title": "", "question": label, "group_name": ""}
        fields[name] = {"fieldname": name} | head | blank
    for sequence, question in enumerate(survey.questions):
        for entry in _question_fields(survey, question, language, sequence):
            fields[entry["fieldname"]] = entry
    return fields


def _question_fields(survey: Survey, question: SurveyQuestion, language: str, sequence: int) -> list[dict[str, Any]]:
    def entry(suffix: str, sub: dict[str, Any]) -> dict[str, Any]:
        return {
            "fieldname": f"{survey.sid}X{question.gid}X{question.qid}{suffix}", "type": question.type,
            "sid": survey.sid, "gid": question.gid, "qid": question.qid, "aid": suffix,
            **({"sqid": sub["sqid"]} if "sqid" in sub else {}),
            "title": question.code, "question": question.text[language],
            **({"subquestion": sub["subquestion"]} if "subquestion" in sub else {}),
            "group_name": survey.groups[question.gid][language], "mandatory": "N", "encrypted": "N",
            "hasconditions": "N", "usedinconditions": "N", "questionSeq": sequence,
            "groupSeq": list(survey.groups).index(question.gid),
        }  # fmt: skip

    subs = question.subquestions
    entries = [entry(s.code, {"sqid": s.qid, "subquestion": s.label[language]}) for s in subs]
    for one in entries:
        one |= {"preg": "", "SQrelevance": "1"}
    entries = entries or [entry("", {})]
    if question.other:
        entries.append(entry("other", {"subquestion": "Otro"}))
    # Only the last field of a question says what holds for the whole of it.
    entries[-1] |= {"relevance": question.relevance, "grelevance": "", "preg": ""}
    entries[-1] |= {"other": "Y" if question.other else "N", "help": ""}
    return entries


def summary(survey: Survey) -> dict[str, Any] | list[Any]:
    """Counts of a survey; an inactive one gives an empty list, not an object."""
    if not survey.active:
        return []
    complete = sum(row["submitdate"] is not None for row in survey.responses)
    total = len(survey.responses)
    counts = {"completed_responses": complete, "incomplete_responses": total - complete, "full_responses": total}
    if survey.has_participants:
        people = survey.participants
        counts |= {
            "token_count": len(people), "token_invalid": 0, "token_sent": sum(p.sent != "N" for p in people),
            "token_opted_out": 0, "token_completed": sum(p.completed != "N" for p in people),
            "token_screenout": 0,
        }  # fmt: skip
    return counts


def participant(person: SurveyParticipant, attributes: list[str]) -> dict[str, Any]:
    """One entry of list_participants, with the attributes asked for beside the three names."""
    info = {"firstname": person.firstname, "lastname": person.lastname, "email": person.email}
    shown: dict[str, Any] = {"tid": person.tid, "token": person.token, "participant_info": info}
    mailed = {"emailstatus": "OK"}
    known = mailed | person.attributes | {"completed": person.completed, "sent": person.sent}
    return shown | {name: known[name] for name in attributes if name in known}


def export_columns(survey: Survey, fields: list[str] | None) -> dict[str, str | None]:
    """Heading → column of the row (``None`` = nothing such: null in every row, without an error)."""
    if fields is None:
        return {column: column for column in survey.columns()}
    names = {name: name for name in survey.system_columns()} | survey.answer_columns()
    chosen: dict[str, str | None] = {}
    for field in fields:
        if field in PARTICIPANT_FIELDS and survey.has_participants:
            chosen[field] = field
        else:
            chosen[names.get(field, field)] = names.get(field)
    return chosen


def export_rows(
    survey: Survey, rows: list[dict[str, Any]], columns: dict[str, str | None], *, participants: bool
) -> list[dict[str, Any]]:
    """The rows of an export; who may not read participants gets null for their attributes."""
    people = {p.token: p for p in survey.participants} if participants else {}
    exported = []
    for row in rows:
        person = people.get(row.get("token", ""))
        about = {} if person is None else person.attributes | {
            "firstname": person.firstname, "lastname": person.lastname, "email": person.email,
        }  # fmt: skip
        known = row | about
        exported.append({heading: known.get(column) if column else None for heading, column in columns.items()})
    return exported


def export_json(rows: list[dict[str, Any]]) -> bytes:
    """Flat rows, as LimeSurvey ≥ 4.3.19 writes them."""
    return ('{"responses": [' + ",".join(php_json(row) for row in rows) + "]}").encode()


def export_json_of_3(rows: list[dict[str, Any]]) -> bytes:
    """Each row in an object whose key is its first column, as LimeSurvey up to 4.3.18 writes them."""
    return export_json([{str(next(iter(row.values()), "")): row} for row in rows])


def export_csv(rows: list[dict[str, Any]]) -> bytes:
    """With BOM, ``;``, all quoted, an extra blank line; without any row only a line break."""
    if not rows:
        return b"\r\n"

    def line(values: list[Any]) -> str:
        texts = ["" if value is None else str(value) for value in values]
        texts = [text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n") for text in texts]
        return ";".join('"' + text.replace('"', '""') + '"' for text in texts) + "\r\n"

    body = line(list(rows[0])) + "".join(line(list(row.values())) for row in rows)
    return ("\ufeff" + body + "\r\n").encode()


def as_file(number: Any, content: bytes) -> bytes:
    """The envelope of a file: base64 in ``result``, with blanks that other answers do not have."""
    text = base64.b64encode(content).decode()
    return f'{{"id":{php_json(number)}, "result":"{text}", "error":null}}'.encode()
