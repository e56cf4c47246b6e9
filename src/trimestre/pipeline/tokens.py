"""The identifiers of one entity for the generic statements of sql/, from its description and its table's metadata.

Data flow: Entity -> ``__token__`` -> text of the statement.
"""

from functools import cached_property

import sqlalchemy as sa

from trimestre.warehouse.entities import OPTIONAL_KEYS, Entity
from trimestre.warehouse.sqlfiles import CONTENT_HASH, good, read
from trimestre.warehouse.tables import metadata

_BEST = {
    "enrolment": ("in_population", "first_access_at"),
    "certificate": ("obtained_at",),
    "attendance": ("registered_at", "seconds"),
}
"""Columns of which the merge takes the best: two records with different ones do not contradict each other."""


class Tokens:
    """The identifiers of one entity."""

    def __init__(self, entity: Entity) -> None:
        self._entity = entity
        self._keys = [name for name in entity.key_columns if name != "source"]

    def for_(self, name: str) -> dict[str, str]:
        """The tokens that one file uses."""
        text = read(name)
        return {token: value for token, value in self._all.items() if f"__{token}__" in text}

    @property
    def order(self) -> str:
        """The order of the target's indexes."""
        return self._all["keys"]

    @property
    def textual(self) -> bool:
        """Whether keys are merged as they were staged: equal exactly where their texts are."""
        columns = metadata.tables[self._entity.table].columns
        return all(isinstance(columns[key].type, sa.Text | sa.Uuid) for key in self._keys)

    def _texts(self, of: str) -> str:
        """The natural key of staged rows as a version's key is hashed: in its order, its texts for what is null."""
        return ", ".join(
            f"coalesce({of}.{key}, '{OPTIONAL_KEYS[key]}')" if key in OPTIONAL_KEYS else f"{of}.{key}"
            for key in self._keys
        )

    def hash_of(self, of: str) -> str:
        """What ``row_hash`` is: eight bytes over the declared columns, enough for two versions of one key.

        Numbers and documents by their texts: 5 and 5.0 are told differently.
        """
        columns = metadata.tables[self._entity.table].columns
        told = ", ".join(
            f"CAST({of}.{name} AS text)" if isinstance(columns[name].type, sa.Numeric | sa.JSON) else f"{of}.{name}"
            for name in self._entity.declared
        )
        return f"int8send(hash_record_extended(ROW({told}), 0))"

    @cached_property
    def _all(self) -> dict[str, str]:
        entity = self._entity
        names = [*self._keys, *entity.declared, *entity.carried]
        # A staged key field may be null where the merged one is an empty text.
        texts = {c.name for c in metadata.tables[entity.table].columns if isinstance(c.type, sa.Text)}
        stated = [name for name in entity.declared if name not in _BEST.get(entity.name, ())]
        return {
            "typed": f"({read(f'merge/{entity.name}')})",
            "target": entity.table,
            "staged": f"staging.{entity.name}",
            "good": good(entity.name),
            "contenthash": CONTENT_HASH,
            "skeys": self._texts("s"),
            "tkeys": self._texts("t"),
            "keys": ", ".join(f"t.{key}" for key in self._keys),
            "full": " AND ".join(f"s.{key} IS NOT NULL" for key in self._keys if key not in OPTIONAL_KEYS),
            "ikeys": ", ".join(f"i.{key}" for key in self._keys),
            "ckeys": ", ".join(f"c.{key}" for key in self._keys),
            "kkeys": ", ".join(f"k.{key}" for key in self._keys),
            "kjoin": " AND ".join(f"c.{key} = k.{key}" for key in self._keys),
            "contradicts": " OR ".join(f"i.{column} <> c.{column}" for column in entity.agreed) or "FALSE",
            "fkeys": ", ".join(f"f.{key}" for key in self._keys),
            "istated": ", ".join(f"i.{column}" for column in stated),
            "cstated": ", ".join(f"c.{column}" for column in stated),
            "hashed": self.hash_of("t"),
            "columns": ", ".join(names),
            "join": " AND ".join(
                f"c.{key} = coalesce(i.{key}, '{OPTIONAL_KEYS.get(key, '')}')"
                if key in texts
                else f"c.{key} = {self._typed(key)}"
                for key in self._keys
            ),
        }

    def _typed(self, key: str) -> str:
        """A key that is no text in the merged table: a staged row has its text, and a retained one perhaps any."""
        kind = metadata.tables[self._entity.table].columns[key].type
        if not isinstance(kind, sa.DateTime):
            return f"i.{key}"
        text = f"CAST(i.{key} AS text)"
        return f"CASE WHEN pg_input_is_valid({text}, 'timestamptz') THEN CAST({text} AS timestamptz) END"
