"""Training from a terminal: `python -m course_lib.cli.train`."""
