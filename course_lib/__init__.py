"""The library behind the course: models, training loops, data, measures, figures, explorers, exercises.

Import the room you need (`from course_lib import data, measures`); importing the package alone loads nothing heavy.
"""

import logging
import sys

__version__ = "0.1.0"

# Where matplotlib cannot keep its list of fonts (a read-only home) it warns, in English, and works all the same.
logging.getLogger("matplotlib").addFilter(lambda record: record.funcName != "_get_config_or_cache_dir")

if _shell := "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
    _shell.extension_manager.load_extension("course_lib.classroom.explain")
