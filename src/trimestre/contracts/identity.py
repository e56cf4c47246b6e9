"""Contract of ``framework/identity.yaml``: by what accounts are known to be one person."""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from trimestre.contracts.base import Contract, Name
from trimestre.texts import YAML_RULES


class Identity(Contract):
    """``framework/identity.yaml``: by what two accounts are known to be one person."""

    keys: tuple[Literal["legal_id", "employee_id", "email"], ...] = Field(
        description="Identifiers that link accounts, strongest first."
    )
    shared_mailboxes: tuple[str, ...] = Field((), description="E-mails that several people use: they link nobody.")
    max_accounts_per_email: int = Field(
        10, ge=2, description="An e-mail carried by more accounts than this is taken for a shared mailbox."
    )
    max_accounts_per_id: int = Field(
        20, ge=2, description="A legal or employee id carried by more accounts than this is taken for a placeholder."
    )
    ignored_ids: tuple[Annotated[str, Field(coerce_numbers_to_str=True)], ...] = Field(
        (),
        description="Legal and employee ids that stand for none, beside the usual ones (N/A, NO TENGO, 0, the generic "
        "CURP and RFC…): they link nobody. Case, blanks, accents and signs do not matter.",
    )
    legal_id_pattern: str | None = Field(
        None, description="Regular expression for a whole legal id in upper case; another one links nobody. null = any."
    )
    legal_id_check_digit: Literal["curp"] | None = Field(
        None, description="Check digit of a legal id: a legal id with a wrong one links nobody. null = it has none."
    )
    employee_id_within: Literal["institution", "project"] = Field(
        "institution",
        description="Where an employee id is unique: in one institution (the same number at another is somebody "
        "else's, and without an institution it links nobody), or in the whole project.",
    )
    employee_id_everywhere: str | None = Field(
        None,
        description="Regular expression for a whole employee id, in upper case and without blanks, that is unique "
        "wherever it stands, such as a tax number. null = none is.",
    )
    sex_order: tuple[Name, ...] = Field(description="Sources in the order in which their `sex` is believed.")

    @field_validator("legal_id_pattern", "employee_id_everywhere")
    @classmethod
    def _a_pattern_of_postgresql(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if re.search(r"\(\?(?![:=!]|<[=!])", value):
            raise ValueError(YAML_RULES["pattern_options"])
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(YAML_RULES["pattern"].format(position=(error.pos or 0) + 1)) from None
        return value
