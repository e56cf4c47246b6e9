"""What must not be typed into a form of Airflow, which stores whatever is typed and shows it to everybody who logs in.

Data flow: number of a retained row + field -> quarantine.row's entity -> nothing, or a refusal that names the command.
"""

import sqlalchemy as sa

from trimestre import texts
from trimestre.errors import ContractError


def refuse_personal(connection: sa.Connection, number: int, field: str, form: str) -> None:
    """:class:`ContractError` when a field of a retained row may hold personal data or what somebody wrote freely."""
    entity = connection.execute(
        sa.text("SELECT entity FROM quarantine.row WHERE retained_id = :number"), {"number": number}
    ).scalar()
    if entity == "account_identity" or (entity == "answer" and field == "value"):
        message = texts.FORM_MESSAGES["personal"]
        raise ContractError(
            message.format(form=texts.FORMS[form]["name"], number=number, entity=texts.ENTITIES[entity])
        )
