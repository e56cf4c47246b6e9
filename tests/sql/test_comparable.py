"""Names are compared alike in Python and in the database: otherwise a name that the check finds alone would be two."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trimestre.contracts.base import comparable
from trimestre.embedded import EmbeddedPostgres
from trimestre.warehouse.database import connect

NAMES = {
    "Función  Pública.": "FUNCION PUBLICA",
    "FUNCIO\u0301N PU\u0301BLICA": "FUNCION PUBLICA",
    "Peñón Ñandú": "PENON NANDU",
    "güero Ü": "GUERO U",
    "Sría. de Hacienda (SHCP)": "SRIA DE HACIENDA SHCP",
    "Straße Ø Łódź Æ": "STRA E ODZ",
    "ﬁ ² ½ Ⅳ": "",
    "Кремль 東京 مصر": "",
    "Кремль 9": "9",
    "ijk ıİ": "IJK I",
    " \t\n¿--?\u00a0": "",
    "": "",
    "a\u0300\u036fb\u0370c": "AB C",
    "١٢ 12": "12",
}

letters = st.text(
    st.one_of(
        st.sampled_from("ñÑüÜéÉóßØøŁłıİſKÅ ﬁ½²·.-_'`\u00a0\u0301\u0303\u0308\u0345\u0487\u1ab0\u1dc0\u20d0\u200d"),
        st.characters(min_codepoint=1, max_codepoint=0x24F),
        st.characters(min_codepoint=1, exclude_categories=["Cs"]),
    ),
    max_size=30,
)


@pytest.fixture(scope="module")
def connection(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str
) -> Iterator[sa.Connection]:
    """A migrated warehouse that stays empty."""
    name = make_database(migrated_template)
    engine = connect(postgres.url(name))
    with engine.connect() as opened:
        yield opened
    engine.dispose()
    postgres.drop_database(name)


def in_database(connection: sa.Connection, names: list[str]) -> list[str]:
    statement = sa.text(
        "SELECT warehouse.comparable(n.name) FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS n (name, place)"
        " ORDER BY n.place"
    )
    return list(connection.scalars(statement, {"names": names}))


@pytest.mark.parametrize("name", NAMES)
def test_case_accents_signs_and_blanks_do_not_tell_names_apart(connection: sa.Connection, name: str) -> None:
    assert comparable(name) == NAMES[name]
    assert in_database(connection, [name]) == [NAMES[name]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(letters, min_size=1, max_size=20))
@example([chr(point) for point in range(1, 0xD800)])
@example(["a" + chr(point) + "b" for point in range(0xE000, 0x30000)])
def test_the_database_compares_as_the_contracts_do(connection: sa.Connection, names: list[str]) -> None:
    assert in_database(connection, names) == [comparable(name) for name in names]


@given(letters)
def test_a_compared_name_compares_as_itself(name: str) -> None:
    assert comparable(comparable(name)) == comparable(name)


def test_no_name_is_no_name(connection: sa.Connection) -> None:
    assert connection.scalar(sa.text("SELECT warehouse.comparable(NULL) IS NULL"))
