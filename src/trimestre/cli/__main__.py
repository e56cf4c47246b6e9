"""``python -m trimestre.cli``: the commands, where the script is not on the path."""

from trimestre.cli import main

main()
