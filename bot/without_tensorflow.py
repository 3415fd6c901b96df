"""Lets the running bot leave TensorFlow asleep: none of its components needs it, and it takes half of the memory.

Rasa imports TensorFlow for the training of its own models, by way of `rasa.utils.train_utils`; thinc, which spaCy
stands on, imports it where it is installed. After `leave_tensorflow_asleep` the first wakes it only when something of
it is used (a `config.yml` with one of Rasa's own models still runs), and the second goes without it.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

from bot.rasa_version import is_checked

TRAINING = "rasa.utils.train_utils"


class _Asleep(ModuleType):
    """A module that is imported when something of it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import system itself asks of each module
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        awake = importlib.import_module(self.__name__)
        self.__dict__.update({key: value for key, value in vars(awake).items() if not key.startswith("__")})
        return getattr(awake, name)


def leave_tensorflow_asleep() -> None:
    """Call before Rasa's server and spaCy are imported; later it changes nothing."""
    if "tensorflow" in sys.modules or TRAINING in sys.modules or not is_checked("Leaving TensorFlow asleep"):
        return
    # thinc takes a missing TensorFlow as it is and does not ask again; None tells Python that a module is missing.
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    try:
        import thinc.compat  # noqa: F401
    finally:
        del sys.modules["tensorflow"]
    import rasa.utils

    asleep = _Asleep(TRAINING)
    sys.modules[TRAINING] = asleep
    rasa.utils.train_utils = asleep
