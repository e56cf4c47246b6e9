# ruff: noqa: E501 (one column a line, however long its comment)
"""Tables of what people bring in by hand beside data: uploads, and what documents say in words.

An upload is a file as it came, with what it would change and whether somebody took it. Narrative, activities, risks and
remarks are kept in versions: ``valid_from`` <= instant < ``valid_to`` (``infinity`` = current), each made by an upload.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from trimestre.warehouse.tables.base import INSTANT, column, table

upload = table(
    "ops", "upload", "One row per upload: a file that somebody brought by the page or a command, as it came.",
    column("upload_id", sa.BigInteger, "Number.", primary_key=True, autoincrement=True),
    column("kind", sa.Text, "What it is: a kind of workbook (captura, metas, explicaciones, narrativa, bitacora, riesgos, observaciones, correcciones), archivo (for a drop folder) or verificacion (a means of verification)."),
    column("file_name", sa.Text, "Name it came under."),
    column("sha256", sa.Text, "sha256 of the file."),
    column("bytes", sa.BigInteger, "Length of the file."),
    column("path", sa.Text, "Path below the folder of uploads."),
    column("state", sa.Text, "previewed (waits), taken or discarded."),
    column("preview", JSONB, "What it would change, as it was shown: {changes, unchanged, problems}; nobody's personal data."),
    column("uploaded_by", sa.Text, "Who brought it."),
    column("uploaded_at", INSTANT, "When."),
    column("decided_by", sa.Text, "Who took or discarded it.", nullable=True),
    column("decided_at", INSTANT, "When.", nullable=True),
    sa.CheckConstraint("state IN ('previewed', 'taken', 'discarded')", name="upload_state"),
)  # fmt: skip


def _versions(name: str, comment: str, *parts: sa.Column[Any]) -> sa.Table:
    """A table of versions: its key, marked by ``info={"key": True}``, and ``valid_from`` are the primary one."""
    made = table(
        "results",
        name,
        comment,
        *parts,
        column("valid_from", INSTANT, "System time from which it held.", primary_key=True),
        column("valid_to", INSTANT, "System time until which it held; infinity = current."),
        column("upload_id", sa.BigInteger, "Upload that brought it (ops.upload)."),
        column("taken_by", sa.Text, "Who took it."),
    )
    keys = [part.name for part in parts if part.info.get("key")]
    sa.Index(
        f"{name}_current",
        *(made.c[key] for key in keys),
        unique=True,
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    return made


def _key(name: str, kind: Any, comment: str) -> sa.Column[Any]:
    return column(name, kind, comment, primary_key=True, autoincrement=False, info={"key": True})


narrative = _versions(
    "narrative", "One row per version of a paragraph of a quarter's report.",
    _key("period", sa.Text, "Quarter."),
    _key("section", sa.Text, "Where it stands: titulo, descripcion, administrativas, linea (then ``line``) or cierre."),
    _key("line", sa.Text, "Line of action of a paragraph of section linea; empty for the others."),
    _key("ordinal", sa.Integer, "Place among the paragraphs of its section, from 1."),
    column("text", sa.Text, "The paragraph; may hold tokens such as {{L2-01}}."),
)  # fmt: skip

activity = _versions(
    "activity", "One row per version of an activity of the log (bitácora).",
    _key("activity", sa.Text, "Code, such as A-2020-014."),
    column("period", sa.Text, "Quarter that reports it."),
    column("line", sa.Text, "Line of action; empty = administrative."),
    column("happened", sa.Text, "When, in words as people say it: «a mediados de junio»."),
    column("first_day", sa.Date, "First local day that these words may mean.", nullable=True),
    column("last_day", sa.Date, "Last local day that they may mean.", nullable=True),
    column("what", sa.Text, "What was done."),
    column("counterpart", sa.Text, "With whom: institution or organisation; may be empty."),
    column("agreement", sa.Text, "What was agreed; may be empty."),
    column("evidence", sa.Text, "What proves it: document, link or sha256 of a means of verification; may be empty."),
)  # fmt: skip

risk = _versions(
    "risk", "One row per version of an operational risk.",
    _key("risk", sa.Text, "Code, such as R-03."),
    column("opened_in", sa.Text, "Quarter that named it first."),
    column("closed_in", sa.Text, "Quarter in which it ended; null = open: it is carried over to the next quarter.", nullable=True),
    column("description", sa.Text, "The risk."),
    column("effect", sa.Text, "What it does to the project; may be empty."),
    column("response", sa.Text, "What is done about it; may be empty."),
    column("owner", sa.Text, "Post that answers for it; may be empty."),
)  # fmt: skip

remark = _versions(
    "remark", "One row per version of a remark of the donor on a report.",
    _key("remark", sa.Text, "Code, such as OBS-2020-Q1-02."),
    column("period", sa.Text, "Quarter whose report it is about."),
    column("made_on", sa.Date, "Day.", nullable=True),
    column("about", sa.Text, "Code of the indicator or name of the section; may be empty."),
    column("remark_text", sa.Text, "What the donor said."),
    column("answer", sa.Text, "What was answered; empty = not yet."),
    column("answered_in", sa.Text, "Quarter that answers it; null = open.", nullable=True),
)  # fmt: skip

verification_file = table(
    "results", "verification_file", "One row per means of verification that is kept as a file, and figure that it proves.",
    column("sha256", sa.Text, "sha256 of the file.", primary_key=True),
    column("indicator", sa.Text, "Indicator of the typed figure.", primary_key=True),
    column("period", sa.Text, "Quarter of the figure.", primary_key=True),
    column("disaggregation", sa.Text, "Breakdown of the figure; `total` for the whole.", primary_key=True),
    column("category", sa.Text, "Category; `total` for the whole.", primary_key=True),
    column("file_name", sa.Text, "Name it came under."),
    column("media_type", sa.Text, "Type of its content, as found in it."),
    column("bytes", sa.BigInteger, "Length."),
    column("upload_id", sa.BigInteger, "Upload that brought it (ops.upload), with its path."),
)  # fmt: skip
