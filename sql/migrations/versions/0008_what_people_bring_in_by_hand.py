"""What people bring in by hand: uploads, narrative, activities, risks, remarks, means of verification."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("upload_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number."),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="What it is: a kind of workbook (captura, metas, explicaciones, narrativa, bitacora, riesgos, observaciones, correcciones), archivo (for a drop folder) or verificacion (a means of verification).",
        ),
        sa.Column("file_name", sa.Text(), nullable=False, comment="Name it came under."),
        sa.Column("sha256", sa.Text(), nullable=False, comment="sha256 of the file."),
        sa.Column("bytes", sa.BigInteger(), nullable=False, comment="Length of the file."),
        sa.Column("path", sa.Text(), nullable=False, comment="Path below the folder of uploads."),
        sa.Column("state", sa.Text(), nullable=False, comment="previewed (waits), taken or discarded."),
        sa.Column(
            "preview",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What it would change, as it was shown: {changes, unchanged, problems}; nobody's personal data.",
        ),
        sa.Column("uploaded_by", sa.Text(), nullable=False, comment="Who brought it."),
        sa.Column("uploaded_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="When."),
        sa.Column("decided_by", sa.Text(), nullable=True, comment="Who took or discarded it."),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="When."),
        sa.CheckConstraint("state IN ('previewed', 'taken', 'discarded')", name="upload_state"),
        sa.PrimaryKeyConstraint("upload_id"),
        schema="ops",
        comment="One row per upload: a file that somebody brought by the page or a command, as it came.",
    )
    op.create_table(
        "activity",
        sa.Column("activity", sa.Text(), autoincrement=False, nullable=False, comment="Code, such as A-2020-014."),
        sa.Column("period", sa.Text(), nullable=False, comment="Quarter that reports it."),
        sa.Column("line", sa.Text(), nullable=False, comment="Line of action; empty = administrative."),
        sa.Column(
            "happened", sa.Text(), nullable=False, comment="When, in words as people say it: «a mediados de junio»."
        ),
        sa.Column("first_day", sa.Date(), nullable=True, comment="First local day that these words may mean."),
        sa.Column("last_day", sa.Date(), nullable=True, comment="Last local day that they may mean."),
        sa.Column("what", sa.Text(), nullable=False, comment="What was done."),
        sa.Column(
            "counterpart", sa.Text(), nullable=False, comment="With whom: institution or organisation; may be empty."
        ),
        sa.Column("agreement", sa.Text(), nullable=False, comment="What was agreed; may be empty."),
        sa.Column(
            "evidence",
            sa.Text(),
            nullable=False,
            comment="What proves it: document, link or sha256 of a means of verification; may be empty.",
        ),
        sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=False, comment="System time from which it held."),
        sa.Column(
            "valid_to",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="System time until which it held; infinity = current.",
        ),
        sa.Column("upload_id", sa.BigInteger(), nullable=False, comment="Upload that brought it (ops.upload)."),
        sa.Column("taken_by", sa.Text(), nullable=False, comment="Who took it."),
        sa.PrimaryKeyConstraint("activity", "valid_from"),
        schema="results",
        comment="One row per version of an activity of the log (bitácora).",
    )
    op.create_index(
        "activity_current",
        "activity",
        ["activity"],
        unique=True,
        schema="results",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "narrative",
        sa.Column("period", sa.Text(), autoincrement=False, nullable=False, comment="Quarter."),
        sa.Column(
            "section",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Where it stands: titulo, descripcion, administrativas, linea (then ``line``) or cierre.",
        ),
        sa.Column(
            "line",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="Line of action of a paragraph of section linea; empty for the others.",
        ),
        sa.Column(
            "ordinal",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Place among the paragraphs of its section, from 1.",
        ),
        sa.Column("text", sa.Text(), nullable=False, comment="The paragraph; may hold tokens such as {{L2-01}}."),
        sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=False, comment="System time from which it held."),
        sa.Column(
            "valid_to",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="System time until which it held; infinity = current.",
        ),
        sa.Column("upload_id", sa.BigInteger(), nullable=False, comment="Upload that brought it (ops.upload)."),
        sa.Column("taken_by", sa.Text(), nullable=False, comment="Who took it."),
        sa.PrimaryKeyConstraint("period", "section", "line", "ordinal", "valid_from"),
        schema="results",
        comment="One row per version of a paragraph of a quarter's report.",
    )
    op.create_index(
        "narrative_current",
        "narrative",
        ["period", "section", "line", "ordinal"],
        unique=True,
        schema="results",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "remark",
        sa.Column("remark", sa.Text(), autoincrement=False, nullable=False, comment="Code, such as OBS-2020-Q1-02."),
        sa.Column("period", sa.Text(), nullable=False, comment="Quarter whose report it is about."),
        sa.Column("made_on", sa.Date(), nullable=True, comment="Day."),
        sa.Column(
            "about", sa.Text(), nullable=False, comment="Code of the indicator or name of the section; may be empty."
        ),
        sa.Column("remark_text", sa.Text(), nullable=False, comment="What the donor said."),
        sa.Column("answer", sa.Text(), nullable=False, comment="What was answered; empty = not yet."),
        sa.Column("answered_in", sa.Text(), nullable=True, comment="Quarter that answers it; null = open."),
        sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=False, comment="System time from which it held."),
        sa.Column(
            "valid_to",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="System time until which it held; infinity = current.",
        ),
        sa.Column("upload_id", sa.BigInteger(), nullable=False, comment="Upload that brought it (ops.upload)."),
        sa.Column("taken_by", sa.Text(), nullable=False, comment="Who took it."),
        sa.PrimaryKeyConstraint("remark", "valid_from"),
        schema="results",
        comment="One row per version of a remark of the donor on a report.",
    )
    op.create_index(
        "remark_current",
        "remark",
        ["remark"],
        unique=True,
        schema="results",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "risk",
        sa.Column("risk", sa.Text(), autoincrement=False, nullable=False, comment="Code, such as R-03."),
        sa.Column("opened_in", sa.Text(), nullable=False, comment="Quarter that named it first."),
        sa.Column(
            "closed_in",
            sa.Text(),
            nullable=True,
            comment="Quarter in which it ended; null = open: it is carried over to the next quarter.",
        ),
        sa.Column("description", sa.Text(), nullable=False, comment="The risk."),
        sa.Column("effect", sa.Text(), nullable=False, comment="What it does to the project; may be empty."),
        sa.Column("response", sa.Text(), nullable=False, comment="What is done about it; may be empty."),
        sa.Column("owner", sa.Text(), nullable=False, comment="Post that answers for it; may be empty."),
        sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=False, comment="System time from which it held."),
        sa.Column(
            "valid_to",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="System time until which it held; infinity = current.",
        ),
        sa.Column("upload_id", sa.BigInteger(), nullable=False, comment="Upload that brought it (ops.upload)."),
        sa.Column("taken_by", sa.Text(), nullable=False, comment="Who took it."),
        sa.PrimaryKeyConstraint("risk", "valid_from"),
        schema="results",
        comment="One row per version of an operational risk.",
    )
    op.create_index(
        "risk_current",
        "risk",
        ["risk"],
        unique=True,
        schema="results",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "verification_file",
        sa.Column("sha256", sa.Text(), nullable=False, comment="sha256 of the file."),
        sa.Column("indicator", sa.Text(), nullable=False, comment="Indicator of the typed figure."),
        sa.Column("period", sa.Text(), nullable=False, comment="Quarter of the figure."),
        sa.Column(
            "disaggregation", sa.Text(), nullable=False, comment="Breakdown of the figure; `total` for the whole."
        ),
        sa.Column("category", sa.Text(), nullable=False, comment="Category; `total` for the whole."),
        sa.Column("file_name", sa.Text(), nullable=False, comment="Name it came under."),
        sa.Column("media_type", sa.Text(), nullable=False, comment="Type of its content, as found in it."),
        sa.Column("bytes", sa.BigInteger(), nullable=False, comment="Length."),
        sa.Column(
            "upload_id", sa.BigInteger(), nullable=False, comment="Upload that brought it (ops.upload), with its path."
        ),
        sa.PrimaryKeyConstraint("sha256", "indicator", "period", "disaggregation", "category"),
        schema="results",
        comment="One row per means of verification that is kept as a file, and figure that it proves.",
    )


def downgrade() -> None:
    raise NotImplementedError("There is no way back: restore a backup.")
