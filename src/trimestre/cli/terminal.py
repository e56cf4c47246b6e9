"""Where the commands print."""

import sys

from rich.console import Console

# What is written to a file or a pipe has no width of its own; 80 columns would cut every table.
console = Console() if sys.stdout.isatty() else Console(width=140)


def say_error(message: str) -> None:
    """Say what went wrong, where no pipe takes it for a result."""
    print(message, file=sys.stderr)
