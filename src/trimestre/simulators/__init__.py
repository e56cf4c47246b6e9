"""Small servers that behave as Moodle and LimeSurvey do, and the synthetic case they serve.

Used by the demo and the tests only; nothing else of the package may import it.
"""

from trimestre.simulators.files import write_drop_files
from trimestre.simulators.limesurvey import LimeSurveySimulator
from trimestre.simulators.moodle import MoodleSimulator
from trimestre.simulators.world import World, build_world

__all__ = ["LimeSurveySimulator", "MoodleSimulator", "World", "build_world", "write_drop_files"]
