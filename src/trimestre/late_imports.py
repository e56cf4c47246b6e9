"""Heavy imports at half the price: what they bring along and hardly anybody uses comes when it is first asked for.

Great Expectations imports statistics (``scipy.stats``) and charts (``altair``) for expectations about distributions,
which no rule of ours can name: together half of its CPU time and 80 of its 260 MiB.

Data flow: names -> stand-ins in ``sys.modules`` while the heavy import runs -> the real modules when one of their names
is asked for.
"""

import gc
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

UNUSED = ("scipy.stats", "altair")
"""What Great Expectations imports beside what our rules use."""


class _StandIn(ModuleType):
    """A module that is imported when one of its names is asked for, whoever holds it by then."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # those that a module has are there: the import system asks for them
            raise AttributeError(name)
        _withdraw(self)
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def lightly(*names: str) -> Iterator[None]:
    """Import what is heavy within: without the modules named (unless they are there), and without looking for garbage.

    After it everybody who imports one of them gets the real one.
    """
    stand_ins = [_put_in(name) for name in names if name not in sys.modules and _installed(name)]
    collecting, known = gc.isenabled(), len(sys.modules)
    gc.disable()  # thousands of modules make no garbage, and looking for it costs a fifth of their import
    try:
        yield
    finally:
        if collecting:
            if len(sys.modules) > known:
                gc.freeze()  # they stay to the end of the process, which would look through them once more
            gc.enable()
        for stand_in in stand_ins:
            _withdraw(stand_in)


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # the package above it is not there
        return False


def _put_in(name: str) -> _StandIn:
    stand_in = _StandIn(name)
    stand_in.__spec__ = importlib.util.find_spec(name)
    stand_in.__path__ = []
    sys.modules[name] = stand_in
    package, _, last = name.rpartition(".")
    if package:
        setattr(sys.modules[package], last, stand_in)
    return stand_in


def _withdraw(stand_in: _StandIn) -> None:
    name = stand_in.__name__
    if sys.modules.get(name) is stand_in:
        del sys.modules[name]
    package, _, last = name.rpartition(".")
    if package and vars(sys.modules[package]).get(last) is stand_in:
        delattr(sys.modules[package], last)
