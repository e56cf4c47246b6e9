"""The YAML files of a project as pydantic models, and the rules across files. Imports nothing heavy."""

from trimestre.contracts.project import Project
from trimestre.contracts.reading import load_project, load_source

__all__ = ["Project", "load_project", "load_source"]
