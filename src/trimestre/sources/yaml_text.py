"""Texts as they stand in a YAML that is written for people to go on with.

Data flow: any text -> a scalar that YAML reads as that text, within flow brackets, too.
"""

import json
import re

import yaml

_UNWRITABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""Signs that YAML does not take as they are, or takes for the end of a line."""


def as_yaml(text: str) -> str:
    """A text as YAML that can be nothing else (such as true for yes); JSON's quotes are YAML's."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_/.-]*", text) and yaml.safe_load(text) == text
    if plain:
        return text
    return _UNWRITABLE.sub(lambda sign: f"\\u{ord(sign.group()):04x}", json.dumps(text, ensure_ascii=False))
