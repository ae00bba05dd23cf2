"""Simulated heartbeats: each kind differs from a normal beat where it should, and nowhere else."""

import pytest
import torch

from course_lib.data.ecg import RATE
from course_lib.data.simulated_beats import AFTER, BEFORE, KINDS, simulated_beats


@pytest.fixture(scope="module")
def means():
    """The mean beat of each kind, in mV."""
    return {kind: simulated_beats(600, kind).mean(dim=0) for kind in KINDS}


def near(seconds):
    """Samples within 0.02 s of this time after the R wave."""
    place = BEFORE + round(seconds * RATE)
    return slice(place - 3, place + 4)


def test_a_beat_is_centred_on_its_r_wave(means):
    assert simulated_beats(3).shape == (3, BEFORE + AFTER)
    assert simulated_beats(3).dtype == torch.float32
    assert all(abs(int(mean.argmax()) - BEFORE) <= 1 for mean in means.values())


def test_kinds_differ_where_they_should(means):
    usual, p, st, t = means["normal"], near(-0.155), near(0.11), near(0.22)
    assert (means["missing_p"] - usual)[p].mean() < -0.05
    assert (means["missing_p"] - usual)[BEFORE:].abs().max() < 0.05
    assert 0.05 < (means["st_elevation"] - usual)[st].mean() < 0.3
    assert (means["st_elevation"] - usual)[:BEFORE].abs().max() < 0.05
    assert means["ventricular"][t].mean() < -0.1 < usual[t].mean()
    broad = {kind: int((mean > 0.5 * mean.max()).sum()) for kind, mean in means.items()}
    assert broad["ventricular"] > 1.7 * broad["normal"]


def test_same_seed_same_beats():
    assert torch.equal(simulated_beats(5, "ventricular", 3), simulated_beats(5, "ventricular", 3))
    assert not torch.equal(simulated_beats(5, seed=0), simulated_beats(5, seed=1))
    with pytest.raises(ValueError, match="tuple"):
        simulated_beats(1, "unknown")
