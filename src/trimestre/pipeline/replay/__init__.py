"""The past made anew: a source from its landed files, a wrong batch withdrawn, a vintage lived once more."""
