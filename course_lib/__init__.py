"""The library behind the course: models, training loops, data, measures, figures, explorers, exercises.

Import the module you need (`from course_lib import data, show`); importing the package alone loads nothing heavy.
"""

__version__ = "0.1.0"
