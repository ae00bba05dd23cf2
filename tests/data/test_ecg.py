"""Simulated strips and the real record: the same size, beats where a heart has them, the same again."""

import pytest
import torch

from course_lib.data.ecg import RATE, real_ecg, simulated_ecg


def beats(strip):
    """How many times the line rises above half of its highest wave."""
    high = strip[0] > 0.5
    return int((high[1:] & ~high[:-1]).sum())


def test_strips_hold_as_many_beats_as_a_heart_makes():
    strips = simulated_ecg(60)
    assert strips.shape == (60, 1, 512)
    assert strips.abs().amax(dim=2).allclose(torch.ones(60, 1))
    counts = [beats(strip) for strip in strips]
    slowest, fastest = 512 / RATE / 1.3, 512 / RATE / 0.45
    usual = [slowest - 1 <= count <= fastest + 1 for count in counts]  # in a few a T wave is as high as R, or inverted
    assert sum(usual) > 54
    assert len(set(counts)) > 2


def test_a_seed_fixes_the_strips():
    assert torch.equal(simulated_ecg(3, seed=5), simulated_ecg(3, seed=5))
    assert torch.equal(simulated_ecg(3, seed=5), simulated_ecg(9, seed=5)[:3])
    assert not torch.allclose(simulated_ecg(3), simulated_ecg(3, seed=1))


def test_the_real_record_has_three_beats():
    pytest.importorskip("pywt")
    record = real_ecg()
    assert (record.shape, record.dtype) == ((1, 1, 512), torch.float32)
    assert record.max() == 1
    assert abs(float(record.median())) < 0.01
    assert beats(record[0]) == 3
