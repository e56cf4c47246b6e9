"""Which test files one worker runs, one after the other: those that share what is dear, or must not run side by side.

Everything else is distributed as ``--dist loadfile`` does it.
"""

from xdist.scheduler import LoadFileScheduling

TOGETHER = {
    # They share a house that is furnished and run through two nights before it is copied.
    "tests/faults/": "faults",
    # They share Airflow's process and two nights of the case, 40 s for each worker that makes them.
    "tests/integration/test_commands.py": "dags",
    "tests/integration/test_forms.py": "dags",
    "tests/integration/test_privacy.py": "dags",
    "tests/integration/test_quarter.py": "dags",
    # Two whole Airflows, of which the last three share one: two at once on two cores would each take more than twice
    # as long.
    "tests/integration/test_celery_workers.py": "whole Airflow",
    "tests/integration/test_close_in_airflow.py": "whole Airflow",
    "tests/integration/test_in_the_browser.py": "whole Airflow",
    "tests/integration/test_local_airflow.py": "whole Airflow",
}
"""File, or folder with a slash at its end -> group."""


class TogetherScheduling(LoadFileScheduling):
    """A file is a unit of work, and so are all files of a group."""

    def _split_scope(self, nodeid: str) -> str:
        groups = (group for place, group in TOGETHER.items() if nodeid.startswith(place))
        return next(groups, super()._split_scope(nodeid))
