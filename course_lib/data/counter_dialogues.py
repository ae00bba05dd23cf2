"""Questions and answers at a railway counter, in three scripts: a small chatbot task whose answers are all known."""

import tomllib
import unicodedata
from pathlib import Path
from typing import NamedTuple

import numpy as np

SCRIPTS = ("hi", "en", "roman")
NUMBERS = {"platform": (1, 10, 1), "rupees": (10, 90, 10), "hours": (2, 30, 1), "kilometres": (10, 150, 10)}


class Dialogues(NamedTuple):
    """N texts each, in small letters and without punctuation.

    questions, answers: what is asked, and the right answer
    forms: the answer with a blank for its fact, "the train to patna leaves from platform <platform:en>"
    scripts: "hi" (Devanagari), "en" (English) or "roman" (Hindi in Roman letters)
    """

    questions: list[str]
    answers: list[str]
    forms: list[str]
    scripts: list[str]


class CounterDialogues(NamedTuple):
    """What is asked at a synthetic railway counter.

    train: what may be learned
    test: of these combinations of intent, station and script no question is in `train`, but in another script one is
    reworded: another way to ask, for combinations that `train` knows
    beyond: questions that the counter cannot answer, to learn from, and `beyond_test`, others
    strangers: questions as in `train` about stations that do not exist here
    board: (station, blank) -> fact
    """

    train: Dialogues
    test: Dialogues
    reworded: Dialogues
    beyond: Dialogues
    beyond_test: Dialogues
    strangers: Dialogues
    board: dict[tuple[str, str], str]


def counter_dialogues(seed: int = 0) -> CounterDialogues:
    """Twelve intents and 18 stations in Devanagari, English and Roman Hindi, three ways to ask each. Synthetic.

    seed: of the facts, and of what is held out: one script for about half of the pairs of intent and station
    Source: made up for this course; no such timetable exists. Taught in: 01c_applications
    """
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8-sig")
    made = tomllib.loads(unicodedata.normalize("NFC", text))
    rng = np.random.default_rng(seed)
    train, test, reworded, beyond, beyond_test, strangers = (Dialogues([], [], [], []) for _ in range(6))
    board = {}
    for number, intent in enumerate(made["intent"]):
        for place in range(len(made["station"]["hi"])):
            fact = _fact(rng, intent["fact"], made, place)
            held_out = SCRIPTS[rng.integers(3)] if rng.random() < 0.5 else None
            for script in SCRIPTS:
                station, (form, *ways, another) = made["station"][script][place], intent[script]
                blank = f"<{intent['name']}:{script}>"
                board[station, blank] = fact[script]
                said = form.format(x=station, v=fact[script]), form.format(x=station, v=blank), script
                _add(test if script == held_out else train, ways, station, *said)
                if script != held_out:
                    _add(reworded, [another], station, *said)
        for script in SCRIPTS:
            for way, nth in zip(intent[script][1:3], (0, 1), strict=True):
                _add(strangers, [way], made["elsewhere"][script][2 * (number % 3) + nth], *_unknown(made, script))
    for part, questions in ((beyond, "asked"), (beyond_test, "held_out")):
        for same in made["beyond"][questions]:
            for script, question in zip(SCRIPTS, same, strict=True):
                for place in rng.permutation(len(made["station"]["hi"]))[: 5 if "{x}" in question else 1]:
                    _add(part, [question], made["station"][script][place], *_unknown(made, script))
    return CounterDialogues(train, test, reworded, beyond, beyond_test, strangers, board)


def _add(to: Dialogues, ways: list[str], station: str, answer: str, form: str, script: str) -> None:
    for way in ways:
        for texts, said in zip(to, (way.format(x=station), answer, form, script), strict=True):
            texts.append(said)


def _unknown(made: dict, script: str) -> tuple[str, str, str]:
    return made["unknown"][script], made["unknown"][script], script


def _fact(rng: np.random.Generator, kind: str, made: dict, place: int) -> dict[str, str]:
    """A fact in each script; a station on the way is another one than that of the question."""
    if kind in ("train", "day", "station"):
        choices = [n for n in range(len(made[kind]["hi"])) if kind != "station" or n != place]
        chosen = rng.choice(choices)
        return {script: made[kind][script][chosen] for script in SCRIPTS}
    if kind == "clock":
        return dict.fromkeys(SCRIPTS, f"{rng.integers(24)}:{5 * rng.integers(12):02}")
    low, high, unit = NUMBERS.get(kind, (2, 25, 1))
    return dict.fromkeys(SCRIPTS, str(unit * rng.integers(low, high)))
