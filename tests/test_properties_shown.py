"""Pictures, measures, explorers and data: given anything, they are right, or refuse it in words a student can use.

Each public function stands in the table CALLS with arguments that are right. One of them at a time is spoilt: another
shape, type or range, empty, a NaN, a list too short. What comes back must be sound, or a ValueError in both languages
that names the argument or the value; whatever else happens, a stack trace from inside torch among it, is a failure.
"""

import inspect
import math
import re
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest
import torch
from gates import DEVANAGARI
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from course_lib import (
    data,
    exercises,
    explore,
    game,
    judge,
    language,
    live,
    machine,
    metrics,
    numbers,
    render,
    ring,
    show,
)
from course_lib.models.autoencoders import Autoencoder
from course_lib.models.seq2seq import AttentionDecoder, GRUReader, Seq2Seq, TextEncoder
from course_lib.tokens import Vocabulary
from course_lib.train import Step

MODULES = [data, explore, exercises, judge, language, live, machine, metrics, numbers, render, show]


class Call(NamedTuple):
    """A public function with arguments that are right, and what makes its result sound."""

    function: Callable
    good: dict
    sound: Callable[[object], bool]
    examples: int = 25  # fewer where one takes long


def images(count: int = 4, side: int = 28) -> Tensor:
    return torch.rand(count, 1, side, side, generator=torch.Generator().manual_seed(count))


def codes(count: int = 40, size: int = 2) -> Tensor:
    return torch.randn(count, size, generator=torch.Generator().manual_seed(count + size))


def labels(count: int = 40) -> Tensor:
    return torch.arange(count) % 10


def in_some_order(found) -> bool:
    indices = torch.cat(list(found)).tolist()
    return sorted(indices) == [*range(len(indices))]


def share(value) -> bool:
    return isinstance(value, float) and 0 <= value <= 1


def number(value) -> bool:
    return isinstance(value, float) and not math.isnan(value)


def picture(value) -> bool:
    """A figure in which nothing that is drawn lies nowhere, and no words say NaN."""
    drawn = [artist.get_array() for axis in value.figure.axes for artist in axis.images]
    drawn += [line.get_ydata() for axis in value.figure.axes for line in axis.lines]
    drawn += [points.get_offsets() for axis in value.figure.axes for points in axis.collections]
    finite = all(np.isfinite(np.asarray(numbers, dtype=float)).all() for numbers in drawn)
    return isinstance(value, show.Picture) and finite and not re.search(r"\b(nan|inf)\b", value.alt)


def explorer(value) -> bool:
    """A widget whose state is finite numbers and bytes."""
    state = repr({name: value.get_state(name) for name in value.keys if not name.startswith("_")})
    return not re.search(r"\b(nan|inf)\b", state)


def kept(steps) -> bool:
    return all(isinstance(step, Step) for step in steps)


def unit(x: Tensor) -> bool:
    return bool(x.isfinite().all() and x.min() >= 0 and x.max() <= 1)


torch.manual_seed(0)
MODEL = Autoencoder(hidden=16, code=2)
ENGLISH, HINDI = (Vocabulary([spell(n) for n in range(30)]) for spell in (numbers.english, numbers.hindi))
ENCODER = TextEncoder(len(ENGLISH), GRUReader(8), width=8)
TRANSLATION = Seq2Seq(ENCODER, AttentionDecoder(len(HINDI), width=8))
FRAME = game.Frame(0, ring.gaussians(9), ring.gaussians(9, seed=1), images(1, 6)[0, 0], 0.5, 0.5, 8, 8)
STEPS = [Step(1, 2.0, {}, 0.1), Step(2, 1.0, {}, 0.2)]
AXIS = language.text("digit")
FACE = render.FACES[0]
CHANCE = torch.Generator().manual_seed(0)
ROWS = np.random.default_rng(0)


CALLS = [
    Call(
        data.batches,
        {"given": codes(), "size": 3},
        in_some_order,
    ),
    Call(data.count_rows, {"given": codes(), "size": 3}, lambda rows: rows > 0),
    Call(data.mnist, {"source": "packaged", "device": "cpu"}, lambda found: unit(found.test.images)),
    Call(data.devanagari_digits, {"device": "cpu"}, lambda found: unit(found.test.images)),
    Call(data.printed_lines, {"device": "cpu"}, lambda found: unit(found.test.images)),
    Call(metrics.reconstruction_error, {"x_hat": images(), "x": images(4, 28) / 2}, number),
    Call(metrics.psnr, {"x_hat": images(), "x": images(4, 28) / 2}, number),
    Call(metrics.ssim, {"x_hat": images(), "x": images(4, 28) / 2}, number),
    Call(metrics.neighbour_accuracy, {"codes": codes(), "labels": labels(), "k": 3}, share),
    Call(metrics.trustworthiness, {"codes": codes(), "x": codes(40, 9), "k": 3}, share),
    Call(metrics.rand_index, {"clusters": labels() % 3, "labels": labels()}, lambda v: number(v) and -1 <= v <= 1),
    Call(metrics.active_share, {"codes": codes(), "threshold": 0.1}, share),
    Call(metrics.subspace_angle, {"a": codes(9, 3), "b": codes(9, 2)}, lambda v: number(v) and -1e-6 <= v <= 90.001),
    Call(metrics.frechet_distance, {"a": codes(9, 3), "b": codes(5, 3)}, lambda v: number(v) and v >= 0),
    Call(metrics.exact_match, {"predicted": ["एक", "दो"], "true": ["एक", "छह"]}, share),
    Call(metrics.character_error_rate, {"predicted": ["एक", "दो"], "true": ["एक", "छह"]}, lambda v: v >= 0),
    Call(metrics.edit_distance, {"a": "तीन", "b": "दो"}, lambda v: isinstance(v, int) and v >= 0),
    Call(metrics.through, {"model": MODEL, "x": images(), "batch_size": 3}, lambda x: x.shape[1:] == (1, 28, 28)),
    Call(metrics.count_parameters, {"model": MODEL}, lambda v: isinstance(v, int) and v >= 0),
    Call(judge.features, {"x": images()}, lambda x: x.shape[1:] == (64,) and bool(x.isfinite().all())),
    Call(judge.classify, {"x": images()}, lambda x: x.ndim == 1 and not x.is_floating_point()),
    Call(render.glyph, {"face": FACE, "character": "१"}, lambda x: x.shape == (84, 84) and x.any()),
    Call(
        render.digits,
        {"generator": CHANCE, "per_class": 2, "faces": [FACE], "characters": render.DIGITS},
        lambda found: found[0].any(axis=(1, 2)).all(),
        10,
    ),
    Call(
        render.line,
        {"text": "एक two", "face": FACE, "size": 19, "left": 8, "baseline": 10},
        lambda x: x is None or x.shape == (32, 256),
    ),
    Call(render.number, {"language": "hi", "generator": ROWS}, bool),
    Call(render.words_of_a_line, {"language": "hi", "held_out": True, "generator": ROWS}, bool),
    Call(
        render.lines,
        {"generator": ROWS, "train": 2, "test": 1},
        lambda found: len({len(part) for part in found}) == 1,
        10,
    ),
    Call(numbers.english, {"number": 427}, bool),
    Call(numbers.hindi, {"number": 427}, bool),
    Call(
        numbers.number_words,
        {"train": 6, "test": 2, "ceiling": 9_999, "longest": 3, "seed": 0},
        lambda found: len({*found.train.numbers, *found.test.numbers}) == len(found.train.hindi + found.test.hindi),
    ),
    Call(numbers.pairs, {"numbers": [3, 27]}, lambda found: len(found.numbers) == len(found.hindi)),
    Call(
        numbers.digit_strips,
        {"split": data.Split(images(), labels(4)), "count": 2, "digits": 2, "seed": 0},
        lambda found: len(found.images) == len(found.hindi) > 0,
    ),
    Call(language.use, {"language": "both"}, lambda nothing: nothing is None),
    Call(language.text, {"key": "from_digit", "n": 3}, lambda said: isinstance(said, language.Text)),
    Call(language.label, {"key": "from_digit", "n": 3}, lambda said: isinstance(said, str)),
    Call(language.figure_label, {"key": "from_digit", "n": 3}, lambda said: isinstance(said, str)),
    Call(language.message, {"key": "from_digit", "n": 3}, lambda said: isinstance(said, str)),
    Call(language.markup, {"key": "from_digit", "n": 3}, lambda said: isinstance(said, str)),
    Call(live.progress, {"steps": STEPS, "total": 2, "picture": lambda: show.sheet(images())}, kept),
    Call(show.pictures, {"rows": {"original": images(), "pca": images(4) / 2}, "columns": [1, 2, 3, 4]}, picture, 15),
    Call(show.sheet, {"images": images(), "columns": 3}, picture),
    Call(show.curves, {"series": {"loss": [3.0, 2.0], "pca": [2.0, 1.0]}, "at": [1.0, 2.0], "log": True}, picture),
    Call(show.bars, {"series": {"loss": [3.0, 2.0]}, "names": "01", "x": AXIS, "y": AXIS}, picture),
    Call(show.attention, {"weights": images(1, 3)[0, 0], "read": ["a", "b", "c"], "written": ["x", "y", "z"]}, picture),
    Call(show.pipeline, {"stages": [("input", 784), ("code", 32), ("output", 784)], "split": 1}, picture),
    Call(show.latent_map, {"codes": codes(), "labels": labels(), "glyphs": "0123456789"}, picture),
    Call(
        show.latent_maps,
        {"panels": {"pca": (codes(), ["a"]), "tsne": (codes(40, 3), [])}, "labels": labels(), "glyphs": "0123456789"},
        picture,
        10,
    ),
    Call(show.arrows, {"starts": codes(5), "panels": {"pca": codes(5) / 2}, "points": codes()}, picture),
    Call(show.game, {"runs": {"loss": [FRAME, FRAME]}, "real": codes(), "columns": 2}, picture, 10),
    Call(
        show.table, {"columns": ["method", "psnr"], "rows": [("pca", 3.0)]}, lambda block: isinstance(block, show.Block)
    ),
    Call(show.source, {"thing": Autoencoder}, lambda code: "class " in code.data),
    Call(explore.pack, {"parts": MODEL.decoder, "bits": 8}, lambda found: len(found[0]) > 0),
    Call(
        explore.LatentSliders,
        {
            "decoder": MODEL.decoder,
            "codes": codes(),
            "starts": codes(2),
            "names": ["0", "1"],
            "directions": 2,
            "side": 28,
        },
        explorer,
    ),
    Call(
        explore.LatentPath,
        {
            "decoder": MODEL.decoder,
            "codes": codes(2),
            "images": images(2),
            "names": ["0", "1"],
            "strongest": [0],
            "bits": 8,
        },
        explorer,
    ),
    Call(explore.NoiseExplorer, {"denoisers": {"dense": MODEL}, "images": images(2), "names": ["0", "1"]}, explorer),
    Call(
        explore.LatentWalk,
        {
            "model": MODEL,
            "codes": codes(),
            "labels": labels(),
            "picks": images(2),
            "pick_names": ["0", "1"],
            "side": 28,
            "glyphs": "0123456789",
            "bits": (7, 12),
            "reach": 3.0,
        },
        explorer,
    ),
    Call(explore.Turntable, {"codes": codes(40, 3), "labels": labels(), "glyphs": "0123456789"}, explorer),
    Call(explore.Game, {"runs": {"loss": [FRAME, FRAME]}, "real": codes(), "drawn": 5}, explorer),
    Call(
        explore.Translator,
        {"model": TRANSLATION, "english": ENGLISH, "hindi": HINDI, "bits": 8, "start": 27, "examples": (2, 27)},
        explorer,
    ),
]
# What of the public names is not in the table, and why.
OTHERS = {
    "a tuple of what a function returns, or its label": "DataSet Split NumberWords Pairs Strips Face Option Question",
    "builds a pair of words": "Text",
    "holds what our own code puts into it": "Block Picture Judge Outcome Exercise",
    "an exception": "DataError NotAttempted Wrong",
    "takes nothing": "best_device folder current can_draw_hindi font_families ready",
    "takes only texts of our own": "listed need say",
    "takes a Step or a Round, which progress has checked": "told",
    "see test_properties_answers.py": "run Blank questions quiz ____",
}


# Random numbers are drawn by our own code; what must be true of recorded games, tests/test_game.py asks.
OURS = ("generator", "runs", "real")


def public(module: ModuleType) -> set[str]:
    """The functions and classes that are the module's own, or that a package hands on."""
    return {
        name
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", "").startswith(module.__name__) and name[0] != "_"
    }


def test_every_public_function_is_in_the_table():
    listed = {call.function.__name__ for call in CALLS}
    excused = {name for names in OTHERS.values() for name in names.split()}
    assert set.union(*map(public, MODULES)) == listed | excused - {"____"}
    assert not listed & excused


def spoilt(value: object) -> st.SearchStrategy:
    """Another value in place of a right one."""
    nothing = st.sampled_from([None, "", "abc", -1, 0, 3, 2.5, math.nan, math.inf, (), [], {}, [None], object()])
    if isinstance(value, Tensor):
        return nothing | st.sampled_from([change for change in CHANGES if _applies(change, value)]).map(
            lambda f: f(value)
        )
    if isinstance(value, Mapping):
        keys = st.sampled_from(list(value))
        changed = keys.flatmap(lambda key: spoilt(value[key]).map(lambda new: {**value, key: new}))
        return nothing | changed | st.just({**value, 7: next(iter(value.values()))})
    if isinstance(value, game.Frame | data.Split):
        fields = st.sampled_from([name for name in value._fields if isinstance(getattr(value, name), Tensor)])
        return fields.flatmap(lambda name: spoilt(getattr(value, name)).map(lambda new: value._replace(**{name: new})))
    if type(value) in (list, tuple) and value:
        places = st.integers(0, len(value) - 1)
        changed = places.flatmap(
            lambda i: spoilt(value[i]).map(lambda new: type(value)([*value[:i], new, *value[i + 1 :]]))
        )
        return nothing | changed | st.sampled_from([value[:-1], value * 2])
    if isinstance(value, language.Text):
        return st.just(value)  # what a figure calls its axes is free
    if isinstance(value, nn.Module):
        return nothing | st.sampled_from(
            [nn.Linear(3, 3), nn.Identity(), nn.Sequential(), nn.Sequential(nn.Linear(2, 4))]
        )
    if isinstance(value, str):
        return nothing | st.sampled_from([f"{value}\n", value * 2, "ख़", "漢", "\u0901"])
    if isinstance(value, bool):
        return st.booleans()
    if isinstance(value, int | float):
        # No subnormal numbers: course_lib.train has torch count them as 0, and then hypothesis refuses to draw them.
        some = st.integers(-3, 6) | st.floats(-2, 50, allow_subnormal=False)
        return nothing | some | st.sampled_from([value + 60, str(value), True])
    return nothing


def _with(value: float) -> Callable[[Tensor], Tensor]:
    def change(x: Tensor) -> Tensor:
        x = x.clone()
        x.view(-1)[0] = value
        return x

    return change


CHANGES = [
    _with(math.nan),
    _with(math.inf),
    _with(-math.inf),
    lambda x: x.numpy(),
    lambda x: x[:0],
    lambda x: x[:1],
    lambda x: x[:-1],
    lambda x: x[0],
    lambda x: x[None],
    lambda x: x[..., :-1],
    lambda x: x[..., :0],
    lambda x: x.flatten(),
    lambda x: x.repeat(1, 3, *[1] * (x.ndim - 2)),
    lambda x: x.sum(),
    lambda x: x * 255,
    lambda x: (x * 255).long(),
    lambda x: (x * 255).to(torch.uint8),
    lambda x: 2 * x - 1,
    lambda x: -x,
    lambda x: x + 20,
    lambda x: x * 0,
    lambda x: x > 0,
    lambda x: x.double(),
    lambda x: x.bfloat16(),
    lambda x: x.to(torch.complex64),
    lambda x: x.clone().requires_grad_(),
    lambda x: x.mT.contiguous().mT if x.ndim > 1 else x,
    lambda x: x[..., : x.shape[-1] - 1, :],
    lambda x: x.tolist(),
]


def _applies(change: Callable, x: Tensor) -> bool:
    try:
        change(x)
    except (RuntimeError, IndexError, TypeError, ValueError):
        return False
    return True


@pytest.mark.parametrize("call", [pytest.param(call, id=call.function.__name__) for call in CALLS])
def test_what_is_right_is_taken(call):
    assert call.sound(called(call, call.good))


def called(call: Call, given: dict) -> object:
    """`given` and `parts` stand for arguments without a name."""
    free = [given[name] for name in given if name in ("given", "parts")]
    found = call.function(*free, **{name: value for name, value in given.items() if name not in ("given", "parts")})
    return list(found) if inspect.isgenerator(found) else found


INSIDE = {"All tensors", language.label("loss")}  # what *tensors, and a line of several, is called


def words_for(value: object, good: object) -> set[str]:
    """How a message may name a value, if it does not name the argument: by an entry, its type or its shape."""
    entries = good if isinstance(good, Mapping) else getattr(good, "_fields", ())
    words = {*map(language.label, entries), repr(value), type(value).__name__}
    if isinstance(value, str | int | float):
        words |= {str(value), str(int(value)) if isinstance(value, bool) else ""}
    if isinstance(value, Tensor | np.ndarray):
        words.add(str(tuple(value.shape)))
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        words |= {str(len(value))}.union(*(words_for(part, None) for part in value))
    return words - {""}


@pytest.mark.parametrize("call", [pytest.param(call, id=call.function.__name__) for call in CALLS])
def test_what_is_wrong_is_refused_in_both_languages_or_makes_no_difference(call):
    @settings(max_examples=call.examples, deadline=None, derandomize=True)  # the same examples every time
    @given(choice=st.data())
    def spoil_one(choice):
        name = choice.draw(st.sampled_from([name for name in call.good if name not in OURS]))
        value = choice.draw(spoilt(call.good[name]))
        refused = found = None
        try:
            found = called(call, {**call.good, name: value})
        except ValueError as error:
            refused = str(error)
        if refused:
            assert DEVANAGARI.search(refused)
            named = any(re.search(rf"\b{re.escape(word)}\b", refused) for word in call.good)
            assert named or any(word in refused for word in INSIDE | words_for(value, call.good[name])), refused
        else:
            assert call.sound(found)

    spoil_one()


@pytest.mark.parametrize("name", ["points", "pull", "surface"])
@pytest.mark.parametrize("draw", [show.game, explore.Game])
def test_a_game_that_diverged_has_no_picture(draw, name):
    bad = FRAME._replace(**{name: _with(math.nan)(getattr(FRAME, name))})
    with pytest.raises(ValueError, match=rf"1 of the .* numbers in Frame\(step=0\).{name} are NaN") as error:
        draw({"loss": [FRAME, bad]}, codes())
    assert DEVANAGARI.search(str(error.value))


@pytest.mark.parametrize("scale", [lambda x: x * 255, lambda x: (x * 255).byte(), lambda x: 2 * x - 1])
@pytest.mark.parametrize("look", [lambda x: show.pictures({"pca": x}), show.sheet, judge.classify])
def test_real_digits_on_another_scale_are_refused(look, scale):
    digits = data.mnist().test.images[:10]
    with pytest.raises(ValueError, match="expected 0 to 1") as error:
        look(scale(digits))
    assert DEVANAGARI.search(str(error.value))


def test_what_pca_rebuilds_is_an_image_though_it_overshoots():
    digits = data.mnist().test.images
    flat = digits.flatten(1)
    _, _, directions = torch.pca_lowrank(flat, 32)
    mean = flat.mean(dim=0)
    x_hat = (mean + (flat - mean) @ directions @ directions.T).view_as(digits)
    assert x_hat.min() < -0.2
    assert x_hat.max() > 1.2
    assert "10" in show.pictures({"pca": x_hat[:10]}).alt


def test_numpy_arrays_give_the_same_numbers():
    a, b = codes(30, 3), codes(20, 3)
    assert metrics.frechet_distance(a.numpy(), b.numpy()) == metrics.frechet_distance(a, b)
    assert metrics.psnr(images().numpy(), images() / 2) == metrics.psnr(images(), images() / 2)


def test_a_label_may_be_any_whole_number():
    far = torch.where(labels() == 3, 1_000_000_000, labels() - 5)
    assert metrics.neighbour_accuracy(codes(), far) == metrics.neighbour_accuracy(codes(), labels())
