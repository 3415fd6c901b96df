"""Rasa's command line, without the deprecation warnings of the libraries it stands on: `python -m bot train`.

`python -m bot check` is our own: it checks the content.
"""

from __future__ import annotations

import os
import sys

from bot.logs import write_json
from bot.quiet import ignore_deprecations, write_plainly
from bot.training_log import tell_steps

if __name__ == "__main__":
    # Rasa tells a third party how it is used, and what fails, unless told not to.
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    write_plainly()
    ignore_deprecations()
    tell_steps(sys.argv[1:])
    if os.environ.get("MARROW_LOG_FORMAT") == "json":
        write_json()
    if sys.argv[1:] == ["check"]:
        # The libraries that read languages wake TensorFlow, which would talk of the processor.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        from bot.check.run import main as check

        sys.exit(check())
    command = sys.argv[1:2]
    if command in (["run"], ["shell"]):
        from bot.without_tensorflow import leave_tensorflow_asleep

        leave_tensorflow_asleep()
    if command in (["run"], ["shell"], ["test"]):
        from bot.model_loading import serve_models_quickly

        serve_models_quickly()
    from rasa.__main__ import main

    main()
