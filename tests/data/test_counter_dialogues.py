"""The railway counter: what is held out, and that every blank has its fact."""

import unicodedata
from collections import defaultdict

from course_lib import data
from course_lib.data.counter_dialogues import SCRIPTS

COUNTER = data.counter_dialogues()
PARTS = {name: getattr(COUNTER, name) for name in COUNTER._fields if name != "board"}


def test_parts_share_no_question():
    questions = {name: set(part.questions) for name, part in PARTS.items()}
    for name, part in PARTS.items():
        assert len(questions[name]) == len(part.questions), name
        assert all(len(texts) == len(part.questions) for texts in part), name
        assert set(part.scripts) == set(SCRIPTS), name
        for other in PARTS.keys() - {name}:
            assert not questions[name] & questions[other], (name, other)
    assert 1500 < len(COUNTER.train.questions) < 1800
    assert len(COUNTER.train.questions) + len(COUNTER.test.questions) == 12 * 18 * 3 * 3


def test_no_answer_of_the_test_was_learned_but_its_fact_was():
    assert not set(COUNTER.test.forms) & set(COUNTER.train.forms)
    assert set(COUNTER.reworded.forms) <= set(COUNTER.train.forms)
    scripts = defaultdict(set)
    learned = set(COUNTER.train.forms)
    for (_, blank), _ in COUNTER.board.items():
        intent, script = blank.strip("<>").split(":")
        if any(blank in form for form in learned):
            scripts[intent].add(script)
    assert all(scripts[intent] == set(SCRIPTS) for intent in ("platform", "departs", "day", "via"))


def test_a_blank_filled_from_the_board_is_the_answer():
    stations = {station for station, _ in COUNTER.board}
    for part in (COUNTER.train, COUNTER.test, COUNTER.reworded):
        for form, answer in zip(part.forms, part.answers, strict=True):
            station = next(word for word in form.split() if word in stations)
            assert " ".join(COUNTER.board.get((station, word), word) for word in form.split()) == answer


def test_nobody_can_answer_what_is_beyond():
    refusals = {"मुझे नहीं पता", "i do not know", "mujhe nahin pata"}
    for part in (COUNTER.beyond, COUNTER.beyond_test, COUNTER.strangers):
        assert set(part.answers) == set(part.forms) == refusals
    stations = {station for station, _ in COUNTER.board}
    assert not any(word in stations for question in COUNTER.strangers.questions for word in question.split())


def test_the_same_every_time_and_in_one_script():
    again = data.counter_dialogues()
    assert again == COUNTER
    assert data.counter_dialogues(seed=1).board != COUNTER.board
    for part in PARTS.values():
        for question, script in zip(part.questions, part.scripts, strict=True):
            assert unicodedata.is_normalized("NFC", question)
            assert (script == "hi") == any("\u0900" <= letter <= "\u097f" for letter in question), question
