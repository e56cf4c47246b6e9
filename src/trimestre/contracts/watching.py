"""Contracts of what is watched and who is told: the key ``freshness:`` of a source, ``framework/notifications.yaml``.

Optional both: without them every source is expected a few hours after its nightly run, and notices stand on the page
and in ``trimestre status`` without being sent anywhere.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from trimestre.contracts.base import Contract, Name, Number
from trimestre.contracts.telling import Problem, Wrong
from trimestre.texts import YAML_MENDS, YAML_RULES

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Address = Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;:\"]+@[^@\s<>,;:\"]+$")]


class Freshness(Contract):
    """When a source counts as fresh; what is left out is not asked for, but a time to expect it by always is."""

    expected_by: str | None = Field(
        None,
        description='Local time, in quotes, by which a run has ended well: "06:00". Left out: three hours after '
        "`schedule` where that is one time of the day; else no time is asked for.",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
    )
    days: tuple[Day, ...] = Field(DAYS, min_length=1, description="Days of the week on which it is expected.")
    max_age_days: Number | None = Field(
        None,
        gt=0,
        description="Days after which data that were merged last are too old, such as 35 for a monthly list.",
    )
    min_records: int | None = Field(None, ge=1, description="Fewest records of one batch that brought something.")
    min_percent_of_last: Number | None = Field(
        None,
        gt=0,
        le=100,
        description="Fewest records in percent of the last batch that did not bring too little itself; for sources "
        "that deliver everything every time.",
    )
    watched: bool = Field(True, description="Whether anybody is told when it is not fresh.")


class Email(Contract):
    """Notices by e-mail."""

    to: tuple[Address, ...] = Field(min_length=1, description="Addresses that get every notice.")
    sender: Address | None = Field(
        None, description="Address it comes from; left out: `from_email` of the connection's extra, else its login."
    )
    connection: Name = Field(
        "smtp_default",
        description="Airflow connection of type smtp: host, port, login, password, extra {disable_ssl, disable_tls}.",
    )


class Webhook(Contract):
    """Notices by an HTTP POST."""

    connection: Name = Field(
        description="Airflow connection of type http: host = address (https), password = the secret rest of its path, "
        'or the token sent with extra {"auth": "bearer"}.'
    )
    format: Literal["text", "teams", "json"] = Field(
        "text",
        description="text = {text: …} as Slack, Mattermost and Teams' connectors take it; teams = an adaptive card for "
        "Teams' workflows; json = every notice with its fields, for programs.",
    )


class Limits(Contract):
    """From when on something is worth a notice."""

    candidate_days: int = Field(7, ge=1, description="Days that a candidate may wait for its answer.")
    retained_percent: Number = Field(
        5, gt=0, le=100, description="Share of a source's rows, in percent, that may be retained."
    )
    free_percent: Number = Field(
        10, gt=0, lt=100, description="Free share of a disk, in percent, below which it is full."
    )
    behind_hours: int = Field(
        26, ge=1, description="Hours that figures, or the tables for analysts, may be behind what was loaded."
    )
    failing_hours: int = Field(
        2, ge=1, description="Hours for which a run that broke off may be tried again before anybody is told."
    )
    backup_days: int = Field(
        2,
        ge=1,
        description="Days that the newest whole backup may be old. Left out: 2, from the first backup on; written "
        "here, a first one is expected, too.",
    )


class Notifications(Contract):
    """``framework/notifications.yaml``."""

    email: Email | None = Field(None, description="E-mail; left out = none.")
    webhooks: tuple[Webhook, ...] = Field((), description="Addresses that are called; each gets every notice.")
    page: str | None = Field(
        None,
        description="Address of the page as people reach it, for links: https://…/trimestre/. Left out: what Airflow "
        "knows of its own address.",
        pattern=r"^https?://[^\s?#@]+$",
    )
    limits: Limits = Field(default=Limits(), description="From when on something is worth a notice.")

    @model_validator(mode="after")
    def _each_once(self) -> "Notifications":
        names = [webhook.connection for webhook in self.webhooks]
        twice = ", ".join(sorted({name for name in names if names.count(name) > 1}))
        if twice:
            raise Wrong([Problem("webhooks", twice, YAML_RULES["webhook_once"], YAML_MENDS["remove_one"])])
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        """What a notice is told by: ``email``, and ``webhook:<connection>`` for each webhook."""
        return (*(("email",) if self.email else ()), *(f"webhook:{one.connection}" for one in self.webhooks))
