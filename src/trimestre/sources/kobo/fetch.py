"""From KoboToolbox to the landing: the form in every version that was answered, and all submissions.

Data flow per survey: asset, versions -> ``structure``; pages of submissions -> ``responses``. An edit, a deletion and
a back-dated import leave no stamp to ask by: each night reads everything, and the door compares.
"""

import re
from typing import Any

from trimestre.contracts.sources import KoboSource
from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError
from trimestre.sources.answers import text
from trimestre.sources.base import AnswerWriter, Landing
from trimestre.sources.kobo.calls import Remote, check_readable
from trimestre.texts import PLATFORM

_VERSION_KEY = re.compile(r"^_{1,2}version_(_\d+)?_?$")


class SurveyFetch:
    """Lands one survey."""

    def __init__(self, contract: KoboSource, remote: Remote, survey: Survey) -> None:
        self._page_size = contract.page_size
        self._remote = remote
        self._survey = survey
        self._versions: dict[str, None] = {}

    def run(self, landing: Landing) -> None:
        """Land structure and responses."""
        check_scores(self._survey)
        code = self._survey.survey
        with landing.open_answers("structure", code) as structure:
            asset = self._remote.asset(self._survey)
            check_readable(f"{self._remote.label}: survey {code}", asset)
            asset.land(structure)
            if isinstance(deployed := asset.data.get("deployed_version_id"), str):
                self._versions[deployed] = None
            with landing.open_answers("responses", code) as responses:
                # Whoever answers or deletes meanwhile shifts the pages: look a second time.
                if not self._sweep(responses):
                    self._sweep(responses)
            for version in self._versions:
                if answer := self._remote.version(self._survey, version):
                    answer.land(structure)

    def _sweep(self, writer: AnswerWriter) -> bool:
        """All submissions, page by page; whether nothing moved meanwhile and as many came as were counted.

        The next page begins after what came, not after what was asked for: servers cut pages silently.
        """
        counts: set[int] = set()
        found: set[str] = set()
        start = 0
        while True:
            page = self._remote.page(self._survey, start, self._page_size)
            page.land(writer)
            results = page.data["results"]
            counts.add(page.data["count"])
            self._versions |= dict.fromkeys(version for one in results for version in versions_of(one))
            new = {identifier for one in results if (identifier := submission_id(one))} - found
            found |= new
            start += len(results)
            if not new or start >= page.data["count"]:
                return counts == {len(found)}


def versions_of(submission: Any) -> list[str]:
    """Every version that a submission names, the plain ``__version__`` first; renamed forms left several keys."""
    if not isinstance(submission, dict):
        return []
    keys = sorted(key for key in submission if _VERSION_KEY.match(key))
    return [value for key in keys if isinstance(value := submission[key], str)]


def submission_id(submission: Any) -> str | None:
    """The ``_id`` of a submission: a number that no edit changes."""
    identifier = submission.get("_id") if isinstance(submission, dict) else None
    if isinstance(identifier, bool) or not isinstance(identifier, int | str):
        return None
    return text(identifier)


def check_scores(survey: Survey) -> None:
    """Raise when the platform is to give the scores: KoboToolbox keeps none."""
    for scored in survey.scored:
        if not scored.scores:
            raise PermanentError(PLATFORM["no_scores_in_kobo"].format(survey=survey.survey, question=scored.question))
