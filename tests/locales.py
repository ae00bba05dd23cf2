"""A locale that knows ASCII alone, and where Python can run in it."""

import sys

import pytest

# Files are read and written as ASCII and so is what a program prints; a plain LC_ALL=C Python would take for UTF-8.
C_LOCALE = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
in_a_c_locale = pytest.mark.skipif(
    not sys.prefix.isascii() and sys.version_info < (3, 13),
    reason="before 3.13, Python in such a locale cannot read the names of its own folders when these are not ASCII",
)
