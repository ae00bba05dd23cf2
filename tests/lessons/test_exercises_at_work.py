"""Slips that students make in the exercises of the application notebooks, and what each check says of them."""

import pytest
import torch
from gates import DEVANAGARI
from torch import nn

from course_lib.classroom.exercises import autoencoder_at_work as lesson02c
from course_lib.classroom.exercises import denoising_at_work as lesson03c
from course_lib.classroom.exercises import dimensionality_reduction_at_work as lesson04c
from course_lib.classroom.exercises import encoder_decoder_at_work as lesson01c
from course_lib.classroom.exercises import gan_at_work as lesson06c
from course_lib.classroom.exercises import vae_at_work as lesson05c


def _word_errors(right, said):
    """Lesson 01c's word error of each sentence."""
    return [lesson01c._word_error_answer([one], [other]) for one, other in zip(right, said, strict=True)]


def _place_by_place(right, said):
    """Without shifting: the words at the same place are compared."""
    errors = words = 0
    for one, other in zip(map(str.split, right), map(str.split, said), strict=True):
        errors += sum(a != b for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other))
        words += len(one)
    return errors / words


def _hide(question, hidden, choose):
    """The place that is chosen among the words that may be hidden becomes <unk>."""
    words = question.split()
    words[choose([n for n, word in enumerate(words) if hidden(word)])] = "<unk>"
    return " ".join(words)


def _random(codes, count, seed):
    return torch.randperm(len(codes), generator=torch.Generator().manual_seed(seed + 1))[:count]


def _farthest(codes, count, seed):
    """The codes farthest from the mean: rare forms, which stand for nobody but themselves."""
    return (codes - codes.mean(dim=0)).norm(dim=1).topk(count).indices


def _si_sdr(x_hat, x, centre=True, by="x", factor=10, dim=1):
    """Lesson 03c's SI-SDR, with a slip."""
    if centre:
        x_hat, x = x_hat - x_hat.mean(dim=1, keepdim=True), x - x.mean(dim=1, keepdim=True)
    power = {"x": x, "x_hat": x_hat}[by].square().sum(dim=1, keepdim=True)
    share = (x_hat * x).sum(dim=1, keepdim=True) / power
    return factor * torch.log10((share * x).square().sum(dim=dim) / (x_hat - share * x).square().sum(dim=dim))


def _in_place(strips):
    """Noise that is added to the clean strips themselves."""
    strips += 0.2 * torch.randn_like(strips)
    return nn.Conv1d(1, 1, 15, padding=7)


def _constant(value):
    """A network that answers one value everywhere, as after a training that went wrong."""
    network = nn.Conv1d(1, 1, 1)
    nn.init.zeros_(network.weight)
    nn.init.constant_(network.bias, value)
    return network


def _agreement(points, labels, k, itself=False, largest=False):
    distances = torch.cdist(points, points)
    if not itself:
        distances.fill_diagonal_(float("-inf" if largest else "inf"))
    near = distances.topk(k, largest=largest).indices
    return (labels[near] == labels[:, None]).float()


def _boards_in_place(scores, boards):
    return scores.masked_fill_(boards > 0, -torch.inf).argmax(dim=1)


def _filling(encode, decode, image, known, passes, *, again=True, keep=True, noise=True):
    """The loop of the exercise with one of its three mistakes left in."""
    filled = torch.where(known, image, 0.5)
    for _ in range(passes):
        mu, log_var = encode(filled if again else image)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu) if noise else mu
        filled = torch.where(known, image, decode(z)) if keep else decode(z)
    return filled


def _reported(texts, known, canonical, *, of_all=False, raw=False):
    valid = [spelled for spelled in map(canonical, texts) if spelled]
    unique = {text for text in texts if canonical(text)} if raw else set(valid)
    new = unique - set(known)
    return len(valid) / len(texts), len(unique) / len(valid), len(new) / len(texts if of_all else unique)


def _kolam(quarter, *, top=-1, below=2):
    """A quarter turned into a whole, with other turns than the right ones."""
    upper = torch.cat([quarter, quarter.rot90(top, (-2, -1))], dim=-1)
    return torch.cat([upper, upper.rot90(below, (-2, -1))], dim=-2)


def _mirrored(quarter):
    upper = torch.cat([quarter, quarter.flip(-1)], dim=-1)
    return torch.cat([upper, upper.flip(-2)], dim=-2)


def _changed(image, kept, seal, *, columns_first=False, own_place=True):
    """The blocks that do not fit their seals, cut in the wrong order or sealed without their places."""
    found = []
    for place in range(16):
        row, column = 8 * (place // 4), 8 * (place % 4)
        if columns_first:
            row, column = column, row
        block = image[:, row : row + 8, column : column + 8]
        fits = [seal(block, place)] if own_place else [seal(block, one) for one in range(16)]
        if not (kept[place] in fits if own_place else set(fits) & set(kept)):
            found.append(place)
    return found


def _transposed(*given):
    return sorted(4 * (place % 4) + place // 4 for place in _changed(*given))


SLIPS = {
    lesson01c: {
        "hidden": {
            "a text of as many words": lambda question, stations: question.split(),
            "exactly one word": lambda question, stations: question,
            "hid the station": lambda question, stations: _hide(question, stations.__contains__, min),
            "hidden each time": lambda question, stations: _hide(question, lambda word: word not in stations, max),
        },
        "maps": {
            "The shape (3, 40, 33) is wanted": lambda waves, bank: lesson01c._maps(waves, bank, hop=256),
            "|X|², not |X|": lambda waves, bank: lesson01c._maps(waves, bank, square=False),
            "over dim=(1, 2)": lambda waves, bank: lesson01c._maps(waves, bank, dims=(1, 2)),
            "The shape is right, but": lambda waves, bank: lesson01c._maps(waves, bank) + 1,
        },
        "word_error": {
            "place by place": _place_by_place,
            "A rate for each sentence": lambda right, said: sum(_word_errors(right, said)) / len(right),
            "not of the written one": lambda right, said: (
                lesson01c._word_error_answer(right, said) * len(" ".join(right).split()) / len(" ".join(said).split())
            ),
            "share of sentences": lambda right, said: sum(map(bool, _word_errors(right, said))) / len(right),
        },
    },
    lesson02c: {
        "threshold": {
            "not by the largest error": lambda errors, share: errors.max() * (1 - share),
            "from the wrong end": lambda errors, share: errors.quantile(share),
            "choose by counting": lambda errors, share: errors.mean() + 2 * errors.std(),
            "not one for each beat": lambda errors, share: errors > errors.quantile(1 - share),
        },
        "odd": {
            "Return two things": lambda: 4,
            "choose one of 2, 3, 4": lambda: (0, 0.9),
            "a number from 0 to 1": lambda: (4, 75),
            "more than 0.1 away": lambda: (4, 0.2),
        },
        "choice": {
            "got shape (40,)": lambda codes, count, seed: _random(codes, count - 10, seed),
            "Only 10 of the 50 images differ": lambda codes, count, seed: torch.arange(count) % 10,
            "must be from 0 to 3999": lambda codes, count, seed: torch.arange(count) + len(codes),
            "4 points ahead": _random,
            "With your 50 images": _farthest,
        },
    },
    lesson03c: {
        "unbias": {
            "away σ² once": lambda scans, sigma: (scans.square().mean(dim=0) - sigma**2).clamp(min=0).sqrt(),
            "shape (9, 9) is wanted": lambda scans, sigma: lesson03c._unbias_answer(scans, sigma)[None],
            "from the true grey": lambda scans, sigma: lesson03c._unbias_answer(scans, sigma).square(),  # no root
            "plain mean": lambda scans, sigma: scans.mean(dim=0),
            "2σ² has not been taken": lambda scans, sigma: scans.square().mean(dim=0).sqrt(),
            "NaN": lambda scans, sigma: (scans.mean(dim=0).square() - 2 * sigma**2).sqrt(),
            "mean came before": lambda scans, sigma: (scans.mean(0).square() - 2 * sigma**2).clamp(min=0).sqrt(),
            "sigma=0.2": lambda scans, sigma: lesson03c._unbias_answer(scans, 0.1),
            "left in air": lambda scans, sigma: scans.median(dim=0).values,
        },
        "si_sdr": {
            "twice too large": lambda x_hat, x: _si_sdr(x_hat, x, factor=20),  # only one of two mistakes mended
            "dividing by the power of x": lambda x_hat, x: _si_sdr(x_hat, x, by="x_hat"),  # only the other one
            "7 times louder": lambda a, b: 10 * torch.log10(b.square().sum(1) / (a - b).square().sum(1)),
            "mean of each clip": lambda x_hat, x: _si_sdr(x_hat, x, centre=False),
            "shape (3,) is wanted": lambda x_hat, x: _si_sdr(x_hat, x, dim=(0, 1)),
        },
        "own": {
            "Return the trained network": lambda strips: strips,
            "copies its input": lambda strips: nn.Identity(),
            "be 2 dB ahead": lambda strips: nn.AvgPool1d(5, 1, 2, count_include_pad=False),
            "changes the clean strips": _in_place,
            "has NaN": lambda strips: _constant(torch.nan),
            "wide enough": lambda strips: _constant(0.0),  # nothing learned
            "shape (100, 1, 512) is wanted": lambda strips: nn.Conv1d(1, 1, 15),  # without padding
        },
    },
    lesson04c: {
        "purity": {
            "the point itself": lambda points, labels, k: _agreement(points, labels, k, itself=True).mean(),
            "the farthest points": lambda points, labels, k: _agreement(points, labels, k, largest=True).mean(),
            "take the mean over all points": lambda points, labels, k: _agreement(points, labels, k).mean(dim=1),
            "make use of k": lambda points, labels, k: _agreement(points, labels, 5).mean(),
        },
        "move": {
            "on a taken square": lambda scores, boards: (scores * (boards == 0)).argmax(dim=1),
            "not its score": lambda scores, boards: scores.masked_fill(boards > 0, -torch.inf).amax(dim=1),
            "masked_fill, not masked_fill_": _boards_in_place,
            "not those with the highest score": lambda scores, boards: (boards == 0).int().argmax(dim=1),
            "numbers from 0 to 8": lambda scores, boards: scores.masked_fill(boards > 0, -torch.inf).argmax(dim=1) + 1,
        },
        "size": {
            "Return two numbers": lambda: 6,
            "have been done above": lambda: (8, 99),
            "Your guess is from 0 to 100": lambda: (6, 650),
            "More than 15 away": lambda: (6, 10),
        },
    },
    lesson05c: {
        "fill": {
            "The known half has changed": lambda *given: _filling(*given, keep=False),
            "called 1 times for 60 passes": lambda *given: _filling(*given[:4], 1),
            "same image every time": lambda *given: _filling(*given, again=False),
            "Two runs gave exactly the same": lambda *given: _filling(*given, noise=False),
        },
        "report": {
            "Return three numbers": lambda texts, known, canonical: 0.75,
            "valid should be 0.750, not 1.000": lambda texts, known, canonical: (1, 5 / 9, 3 / 5),
            "different **spellings**": lambda *given: _reported(*given, raw=True),
            "new should be 0.600, not 0.250": lambda *given: _reported(*given, of_all=True),
        },
        "strange": {
            "must get a **high** score": lambda cost, usual: -cost,
            "an empty box is cheap": lambda cost, usual: cost,
            "do not write 110": lambda cost, usual: (cost - 110).abs(),
        },
    },
    lesson06c: {
        "caves": {
            "Return two numbers": lambda: 0.8,
            "The share of floor is from 0.3 to 0.95": lambda: (80, 92),
            "The aim is 80%: take more floor": lambda: (0.6, 60),
            "the guess is more than 8 away": lambda: (0.8, 75),
        },
        "turned": {
            "These are mirrors, not turns": _mirrored,
            "The quarter at the top left must stay": lambda quarter: _kolam(quarter).rot90(1, (-2, -1)).flip(-1),
            "See which piece is turned which way": lambda quarter: _kolam(quarter, top=1),
        },
        "found": {
            "Return a list of the numbers of blocks": lambda image, kept, seal: 6,
            "Rows and columns are swapped": _transposed,
            "The changed blocks were []": lambda *given: _changed(*given, columns_first=True),
            "Two swapped blocks got through": lambda *given: _changed(*given, own_place=False),
        },
    },
}
CASES = [pytest.param(lesson, name, id=name) for lesson, exercises in SLIPS.items() for name in exercises]


@pytest.mark.parametrize(("lesson", "name"), CASES)
def test_slips_are_recognised(lesson, name):
    for said, answer in SLIPS[lesson][name].items():
        outcome = getattr(lesson, name).check(answer)
        assert (outcome.status, said in outcome.said.en) == ("wrong", True), f"not {said!r} but {outcome.said.en!r}"
        assert DEVANAGARI.search(outcome.said.hi), said
