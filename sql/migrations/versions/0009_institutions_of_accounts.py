"""Institution and state of a row are its account's; a figure of before keeps the document that published it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTITUTION = "Institución: la clave de la lista revisada, o el texto tal como llegó cuando la lista no lo conoce."
UNLISTED = (
    " Límites: Un texto que la lista no conoce puede nombrar de otra forma a una institución que sí está; vea "
    "unmatched_institution."
)
STATE = "Entidad federativa: clave del INEGI de dos dígitos, como texto."
WHOSE = " Es la que dice el registro o su cuenta; si no dicen ninguna, y en person, la de la persona."
FIRST = "Si esta fila es ese primer certificado de la persona en el proyecto: cuéntela para personas únicas acumuladas"


def upgrade() -> None:
    for name in ("attendance", "certificate", "enrolment", "enrolment_module", "person"):
        _comment(name, "institution", INSTITUTION + UNLISTED, INSTITUTION + WHOSE + UNLISTED)
        _comment(name, "state", STATE, STATE + WHOSE)
    _comment("certificate", "is_first", f"{FIRST}.", f"{FIRST}, también por sexo, institución o entidad.")
    op.add_column(
        "evidence",
        sa.Column(
            "document",
            sa.Text(),
            nullable=True,
            comment="Of a figure of before: the document that published it, as it was typed.",
        ),
        schema="results",
    )


def _comment(name: str, column: str, before: str, now: str) -> None:
    op.alter_column(name, column, existing_comment=before, comment=now, schema="marts")


def downgrade() -> None:
    raise NotImplementedError("The documents of figures of before would be lost: migrate forward.")
