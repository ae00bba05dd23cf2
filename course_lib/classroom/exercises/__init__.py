"""Exercises and quizzes: check, hint, solution, and a word on every answer, in both languages.

A check looks at what the student's function does, never at how it is written.
"""

import html
import inspect
import textwrap
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import CodeType
from typing import NamedTuple

from torch import Tensor

from course_lib.classroom import record
from course_lib.classroom.explain import explanation
from course_lib.classroom.language import Text, markup, message, text
from course_lib.classroom.show import Block


class NotAttempted(Exception):
    """Raised by anything that is done with the placeholder."""


class Blank:
    """The placeholder `____`. What can be done with it, other than pass it on, raises NotAttempted."""

    def _refuse(self, *_args, **_options):
        raise NotAttempted

    __call__ = __getitem__ = __iter__ = __len__ = __bool__ = __float__ = __int__ = __eq__ = __lt__ = __gt__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = _refuse
    __matmul__ = __rmatmul__ = __neg__ = _refuse
    __hash__ = None

    def __getattr__(self, name):
        # IPython and copy look for special names on every object; those get the usual answer.
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotAttempted

    def __repr__(self) -> str:
        return "____"


____ = Blank()


class Wrong(Exception):
    """What a check raises when the answer is not right yet, with the reason for the student."""

    def __init__(self, reason: Text):
        super().__init__(reason.en)
        self.reason = reason


def need(condition: bool, hi: str, en: str) -> None:
    """Raise Wrong with this reason unless `condition` holds."""
    if not condition:
        raise Wrong(Text(hi, en))


@dataclass(frozen=True)
class Outcome:
    """What a check says.

    status: "correct", "wrong", "blank" (not attempted) or "error" (the student's code raised)
    said: the words for the student
    """

    status: str
    said: Text

    def _repr_mimebundle_(self, include=None, exclude=None):
        mark = {"correct": "✅", "wrong": "❌", "blank": "✏️", "error": "⚠️"}[self.status]
        block = f'<div role="status">{markup(Text(*(f"{mark} {part}" for part in self.said)), tag="div")}</div>'
        return {"text/html": block, "text/plain": message(self.said)}


@dataclass
class Exercise:
    """One task of a lesson.

    test: calls the student's function and raises Wrong; returns a Text to add to the praise, or None
    answer: a solution; its source is what `solution()` shows
    hints: from the first nudge to nearly the answer
    mend: the lesson's cell holds code that runs and is wrong, to be put right, instead of the placeholder
    """

    test: Callable[[Callable], Text | None]
    answer: Callable
    hints: Sequence[Text]
    mend: bool = False
    _given: count = field(default_factory=lambda: count(1), repr=False)

    @property
    def name(self) -> str:
        """Under which results are kept: the lesson's module, and what the answer is called (`gan_variants.losses`)."""
        lesson, answer = self.answer.__module__.rpartition(".")[2], self.answer.__name__
        return f"{lesson}.{answer.strip('_').removesuffix('_answer')}"

    def check(self, answer: Callable) -> Outcome:
        """Try the student's function, and keep on this computer what came of it.

        Never raises, so that a notebook runs on. Taught in: every lesson.
        """
        outcome = self._outcome(answer)
        if outcome.status != "blank":
            record.note(self.name, right=outcome.status == "correct")
        return outcome

    def _outcome(self, answer: Callable) -> Outcome:
        if not callable(answer):
            return Outcome("error", text("status_no_function", got=_described(answer)))
        tried = _Tried(answer)
        try:
            if _has_blank(getattr(answer, "__code__", None)):
                raise NotAttempted
            praise = self.test(tried)
        except NotAttempted:
            return Outcome("blank", text("status_blank"))
        except Wrong as wrong:
            return Outcome("wrong", _sentences(text("status_wrong"), wrong.reason))
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            meaning = explanation(error) or Text("", "")
            if tried.stopped:
                return Outcome("error", _sentences(text("status_error", error=reason), meaning))
            unusable = text("status_unusable", got=_described(tried.returned), error=reason)
            return Outcome("wrong", _sentences(text("status_wrong"), unusable, meaning))
        return Outcome("correct", _sentences(text("status_correct"), praise or Text("", "")))

    def hint(self, n: int | None = None) -> Block:
        """The n-th hint, or the next one. raises: ValueError where there is no such hint."""
        total = len(self.hints)
        n = min(next(self._given), total) if n is None else n
        if not isinstance(n, int) or not 1 <= n <= total:
            raise ValueError(message("error_hint", n=n, total=total))
        words = {"n": n, "total": total, "hint": self.hints[n - 1]}
        return Block(markup("hint", tag="div", **words), message("hint", **words))

    def solution(self) -> Block:
        """A working answer."""
        code = textwrap.dedent(inspect.getsource(self.answer))
        return Block(f"{markup('solution', tag='div')}<pre>{html.escape(code)}</pre>", code)


class _Tried:
    """The student's function, and whether it stopped or what it returned: who is to blame for an error."""

    def __init__(self, answer: Callable):
        self.answer, self.stopped, self.returned = answer, True, None

    def __call__(self, *arguments):
        self.stopped = True
        self.returned = self.answer(*arguments)
        self.stopped = False
        return self.returned


def _described(given: object) -> str:
    """What a student gave, short: `Tensor (5, 4) int64`, `(Linear, NoneType)`, `str`."""
    if isinstance(given, Tensor):
        return f"Tensor {tuple(given.shape)} {str(given.dtype).removeprefix('torch.')}"
    if isinstance(given, tuple | list) and len(given) <= 4:
        return f"({', '.join(map(_described, given))})"
    return type(given).__name__


def _has_blank(code: CodeType | None) -> bool:
    """Whether the student's code, or a function inside it, still names the placeholder."""
    if code is None:
        return False
    return "____" in code.co_names or any(_has_blank(c) for c in code.co_consts if isinstance(c, CodeType))


def run(answer: Callable, *arguments):
    """Call the student's function; a placeholder anywhere in what it returns counts as not attempted."""
    result = answer(*arguments)
    need(
        result is not None,
        "Function ने कुछ नहीं लौटाया: return लिखना मत भूलिए।",
        "The function returned nothing: do not forget return.",
    )
    if isinstance(result, Blank) or (isinstance(result, tuple | list) and any(isinstance(r, Blank) for r in result)):
        raise NotAttempted
    return result


class Option(NamedTuple):
    """An answer of a quiz question: what it says, whether it is right, and why."""

    said: Text
    right: bool
    why: Text


class Question(NamedTuple):
    """A quiz question with its answers, one of them right."""

    asked: Text
    options: list[Option]


def questions(lesson: str) -> list[Question]:
    """The quiz of a lesson, read from LESSON.toml beside this file. raises: ValueError for another lesson."""
    quizzes = {path.stem: path for path in sorted(Path(__file__).parent.glob("*.toml"))}
    if lesson not in [*quizzes]:  # a list: unlike a dict it can be asked about anything
        raise ValueError(message("error_quiz", lesson=repr(lesson), lessons=", ".join(quizzes)))
    raw = tomllib.loads(quizzes[lesson].read_text(encoding="utf-8-sig"))
    return [
        Question(
            Text(q["hi"], q["en"]),
            [Option(Text(o["hi"], o["en"]), o["right"], Text(o["why_hi"], o["why_en"])) for o in q["option"]],
        )
        for q in raw["question"]
    ]


def quiz(lesson: str) -> Block:
    """The quiz of a lesson: opening an answer tells whether it is right and why. Needs no kernel, no JavaScript."""
    blocks, plain = [markup("quiz_how", tag="div")], []
    for number, (asked, options) in enumerate(questions(lesson), 1):
        answers = "".join(
            # One name for all answers of a question: opening one closes the others.
            f'<details name="{lesson}-{number}" style="margin:0.2em 0 0.2em 1.2em"><summary>{markup(said)}</summary>'
            f'<div style="margin:0.2em 0 0.6em 1.2em">{markup(_marked(right, why), tag="div")}</div></details>'
            for said, right, why in options
        )
        heading = f"<strong>{markup('question', n=number)}</strong>{markup(asked, tag='div')}"
        blocks.append(f'<div style="margin:1em 0">{heading}{answers}</div>')
        plain.append(message(Text(*(f"{number}. {part}" for part in asked))))
    return Block("".join(blocks), "\n".join(plain))


def _marked(right: bool, why: Text) -> Text:
    return Text(*(f"{'✅' if right else '❌'} {part}" for part in why))


def _sentences(*texts: Text) -> Text:
    return Text(*(" ".join(filter(None, parts)) for parts in zip(*texts, strict=True)))
