"""The preview of a file as it is printed.

Data flow: Preview -> rich tables and lines in Spanish.
"""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trimestre.contracts import Project
from trimestre.contracts.common_rules import find_rule
from trimestre.sources.preview import Counted, EntityRows, Preview
from trimestre.texts import ENTITIES, PREVIEW, SEPARATORS, UNREADABLE


def rendered(project: Project, found: Preview) -> Group:
    """Everything that is worth knowing before a file is put into its folder."""
    return Group(*_parts(project, found))


def _parts(project: Project, found: Preview) -> Iterator[RenderableType]:
    yield Text(PREVIEW["masked" if found.masked else "shown"], style="dim" if found.masked else "bold red")
    yield Text(PREVIEW["file"].format(file=found.file, dataset=found.dataset), style="bold")
    separator = SEPARATORS.get(found.separator, found.separator)
    kind = PREVIEW["csv" if found.type == "csv" else "xlsx"].format(encoding=found.encoding, separator=separator)
    yield Text(f"{kind}. {PREVIEW['header'].format(row=found.header_row)}.")
    yield _headings(found)
    for name in ("missing", "unknown"):
        if columns := getattr(found, name):
            yield Text(PREVIEW[name].format(columns=", ".join(columns)))
    unreadable = sum(counted.count for counted in found.unreadable.values())
    yield Text(
        PREVIEW["records"].format(
            parsed=found.parsed, blank=found.blank, repeated=found.repeated.count, unreadable=unreadable
        )
    )
    if found.repeated.count:
        yield _where(PREVIEW["repeated"], found.repeated)
    for code, counted in found.unreadable.items():
        yield _where(PREVIEW["unreadable"].format(why=UNREADABLE.get(code, code)), counted)
    for entity, rows in found.entities.items():
        yield _rows(entity, rows)
    yield Text(PREVIEW["hints"] if found.hints else PREVIEW["clean"], style="bold")
    for (entity, code), counted in found.hints.items():
        rule = find_rule(project.suites, entity, code)
        hint = PREVIEW["hint"].format(entity=ENTITIES[entity], count=counted.count, what=rule.what if rule else code)
        yield _where(hint, counted)


def _headings(found: Preview) -> Table:
    table = Table(PREVIEW["heading"], PREVIEW["column"])
    for heading, column in found.headings:
        table.add_row(Text(heading or PREVIEW["no_heading"]), Text(column))
    return table


def _where(what: str, counted: Counted) -> Text:
    more = ", …" if counted.count > len(counted.positions) else ""
    lines = [f"• {what}", f"  {PREVIEW['at'].format(positions=', '.join(counted.positions) + more)}"]
    if counted.values:
        lines.append(f"  {PREVIEW['values'].format(values=', '.join(counted.values))}")
    return Text("\n".join(lines))


def _rows(entity: str, rows: EntityRows) -> Group:
    title = PREVIEW["entity"].format(entity=ENTITIES[entity], count=rows.count)
    if rows.out_of_scope:
        title += PREVIEW["out_of_scope"].format(count=rows.out_of_scope)
    table = Table(*rows.columns)
    for row in rows.first:
        table.add_row(*map(Text, row))
    return Group(Text(title, style="bold"), *([table] if rows.first else []))
