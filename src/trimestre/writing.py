"""Writing a file that somebody reads: whole, or as it was before."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a text (UTF-8) beside its place and move it there: whoever is killed meanwhile leaves no half of it."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
