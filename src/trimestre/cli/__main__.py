"""``python -m trimestre.cli``: the commands, where the script is not on the path."""

from trimestre.cli import main

if __name__ == "__main__":
    main()
