"""The data dictionary is whole and current, and `trimestre check` finds what would make it a lie."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from trimestre import texts
from trimestre.embedded import EmbeddedPostgres
from trimestre.errors import ContractError
from trimestre.warehouse import policy
from trimestre.warehouse.database import connect
from trimestre.warehouse.dictionary import PAGE, SCHEMAS, render, stale, write
from trimestre.warehouse.policy import check_described, closed_statements, in_the_warehouse, undescribed
from trimestre.warehouse.sqlfiles import ROOT
from trimestre.warehouse.tables import metadata
from trimestre.warehouse.tables.mart_columns import count, key, mart

PROJECT = Path(__file__).resolve().parents[2]
MARTS = [table for table in metadata.tables.values() if table.schema == "marts"]


# -- the page --------------------------------------------------------------------------------------------------


def test_the_page_in_the_docs_says_what_the_tables_say() -> None:
    assert (PROJECT / PAGE).is_file()
    assert not stale(PROJECT), "run `trimestre dictionary`"


def test_every_table_and_column_that_an_analyst_may_read_is_on_the_page() -> None:
    sections = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", render(), re.MULTILINE | re.DOTALL))
    open_tables = {name: table for name, table in metadata.tables.items() if table.schema in SCHEMAS}
    assert sections.keys() == open_tables.keys()
    for name, table in open_tables.items():
        described = re.findall(r"^\| `(\w+)` \| [^|]+ \| (?:[^|\\]|\\.)+ \|", sections[name], re.MULTILINE)
        assert described == list(table.columns.keys()), name
        assert "**Grano.** " in sections[name]


def test_the_marts_come_first_and_the_page_holds_no_day() -> None:
    page = render()
    assert page.index("## Tablas para analistas") < page.index("### warehouse.") < page.index("### results.")
    assert not re.search(r"20(2[1-9]|[3-9]\d)-\d\d-\d\d", page), "a page with a day is stale tomorrow"
    assert page == render()


def test_every_reason_that_a_row_does_not_count_is_explained() -> None:
    page = render()
    for reason, sentence in texts.MART_REASONS.items():
        assert f"`{reason}`" in page
        assert sentence in page


@pytest.mark.parametrize("table", MARTS, ids=lambda table: table.name)
def test_a_comment_carries_all_that_the_page_says(table: sa.Table) -> None:
    """In psql and DBeaver nobody has the page at hand."""
    assert table.comment == f"{table.info['grain']} {table.info['warning']}".strip()
    for column in table.columns:
        comment = column.comment or ""
        assert comment.startswith(column.info["meaning"])
        assert column.info.get("additive", "").lower() in comment.lower()
        assert column.info.get("limits", "") in comment
        for code, meaning in column.info.get("codes", {}).items():
            assert f"{code} = {meaning}" in comment


OF_THEIR_OWN = {"unmatched_institution", "indicator_evidence"}
"""Marts whose institutions are texts of a source, or those that a figure counted, with «no se sabe» among them."""


def test_columns_of_one_name_mean_the_same_in_every_mart() -> None:
    shared = {
        "sex_source",
        "institution",
        "institution_name",
        "institution_listed",
        "state_name",
        "order_of_government",
    }
    for name in sorted(shared):
        said = {table.c[name].comment for table in MARTS if name in table.c and table.name not in OF_THEIR_OWN}
        assert len(said - {metadata.tables["marts.answer"].c.sex_source.comment}) == 1, name


# -- what check finds ------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a page."""
    write(tmp_path)
    return tmp_path


def test_all_is_well_as_it_stands(project: Path) -> None:
    check_described(project, None)


def test_a_stale_page_is_found_with_the_command_that_mends_it(project: Path) -> None:
    page = project / PAGE
    page.write_text(page.read_text().replace("Una fila por inscripción", "Una fila por persona"))
    with pytest.raises(ContractError) as raised:
        check_described(project, None)
    assert str(raised.value).startswith("docs/diccionario.md: se encontró una página distinta")
    assert "trimestre dictionary" in str(raised.value)
    page.unlink()
    check_described(project, None)  # a project without a page has none to be stale


def test_a_table_or_column_without_a_comment_is_found() -> None:
    tables = sa.MetaData()
    sa.Table("a", tables, sa.Column("x", sa.Text, comment=" "), schema="warehouse", comment="One row per a.")
    sa.Table("b", tables, sa.Column("y", sa.Text, comment="Y."), schema="marts")
    found = list(undescribed(tables))
    assert [text.split(":")[0] for text in found] == ["columna warehouse.a.x", "tabla marts.b"]


def test_a_measure_that_does_not_say_what_it_adds_up_over_is_found() -> None:
    tables = sa.MetaData()
    columns = [
        sa.Column("k", sa.Integer, primary_key=True, comment="Key."),
        sa.Column("n", sa.BigInteger, comment="Rows."),
        sa.Column("share", sa.Numeric, comment="Share.", info={"additive": "no se suma"}),
    ]
    sa.Table("a", tables, *columns, schema="marts", comment="Una fila por a.")
    (found,) = undescribed(tables)
    assert found.startswith("columna marts.a.n: no se encontró «additive»")
    made = [key("k", sa.Integer, "Llave."), count("n", "Filas.", additive="lotes")]
    try:
        built = mart("zz_test", "Una fila por llave.", *made)
        assert list(undescribed(built.metadata)) == []
        assert built.c.n.comment == "Filas. Aditiva sobre lotes."
    finally:
        metadata.remove(metadata.tables["marts.zz_test"])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("SELECT email FROM restricted.account_identity", "restricted"),
        ("SELECT fields FROM quarantine.row", "quarantine"),
        ("-- Inputs: staging.enrolment.\nSELECT 1", "staging"),
        ("SELECT full_name FROM asof.account_identity", "asof.account_identity"),
        ("SELECT * FROM good.enrolment", "good.enrolment"),
    ],
)
def test_a_mart_that_reads_a_closed_schema_is_found(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "nosy.sql").write_text(text)
    (tmp_path / "fine.sql").write_text("SELECT r.rows FROM ops.retained_count AS r, asof.account AS a")
    (found,) = closed_statements(tmp_path)
    assert found.startswith(f"sql/marts/nosy.sql: se encontró {named}, no se esperaba")
    assert list(closed_statements(ROOT / "marts")) == []


@pytest.fixture(scope="module")
def migrated(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str
) -> Iterator[sa.Engine]:
    """A migrated warehouse for the tests here; each rolls back what it does."""
    name = make_database(migrated_template)
    engine = connect(postgres.url(name))
    yield engine
    engine.dispose()
    postgres.drop_database(name)


def test_a_migrated_warehouse_has_nothing_to_find(migrated: sa.Engine, project: Path) -> None:
    with migrated.connect() as connection:
        assert list(in_the_warehouse(connection)) == []
    check_described(project, migrated.url.render_as_string(hide_password=False))


@pytest.mark.parametrize(
    "made",
    [
        "CREATE VIEW marts.names AS SELECT full_name FROM restricted.account_identity",
        "CREATE MATERIALIZED VIEW results.names AS SELECT full_name FROM restricted.account_identity",
        "CREATE VIEW warehouse.names AS SELECT count(*) AS n FROM quarantine.row",
        "CREATE VIEW public.behind AS SELECT * FROM staging.enrolment; CREATE VIEW marts.names AS TABLE public.behind",
    ],
)
def test_a_view_over_a_closed_schema_is_found(migrated: sa.Engine, made: str) -> None:
    with migrated.connect() as connection:
        connection.exec_driver_sql("CREATE VIEW marts.fine AS SELECT edition FROM warehouse.course_edition")
        connection.exec_driver_sql(made)
        found = [text for text in in_the_warehouse(connection) if text.startswith("vista ")]
        connection.rollback()
    assert len(found) == 1
    assert re.match(
        r"vista (marts|results|warehouse)\.names: se encontró que lee (restricted|quarantine|stag)", found[0]
    )


def test_a_table_that_somebody_added_without_a_word_is_found(migrated: sa.Engine) -> None:
    with migrated.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE marts.mine (a integer)")
        connection.exec_driver_sql("COMMENT ON COLUMN warehouse.event.name IS NULL")
        found = [text.split(":")[0] for text in in_the_warehouse(connection)]
        connection.rollback()
    assert found == ["almacén, marts.mine", "almacén, marts.mine.a", "almacén, warehouse.event.name"]


def test_everything_that_is_wrong_is_told_at_once(
    project: Path, migrated: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / PAGE).write_text("otra cosa")
    monkeypatch.setattr(policy, "closed_statements", lambda _: ["sql/marts/nosy.sql: se encontró …"])
    with pytest.raises(ContractError) as raised:
        check_described(project, migrated.url.render_as_string(hide_password=False))
    assert [line.split(":")[0] for line in str(raised.value).splitlines()] == [
        "sql/marts/nosy.sql",
        "docs/diccionario.md",
    ]
