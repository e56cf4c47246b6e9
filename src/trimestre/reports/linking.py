"""What links an account to its person, in words.

Data flow: reason of a link (``email+decision``) -> text.
"""

from trimestre.texts import IDENTITY_REASONS


def linked_by(reason: str) -> str:
    """The reasons of a link, in the order of the link: ``correo, decisión``."""
    return ", ".join(IDENTITY_REASONS.get(part, part) for part in reason.split("+"))
