"""What every export says of itself, whatever its format."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Stamp:
    """What every export says of itself."""

    project: str
    exported_at: datetime
    zone: str
    """The project's zone: instants are written in it."""
    pins: Mapping[str, int]
    """Source -> newest batch that the marts know."""
