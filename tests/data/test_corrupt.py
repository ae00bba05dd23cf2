"""The corruptions do what their docstrings promise: counted, and against closed forms."""

import math

import pytest
import torch

from course_lib import need
from course_lib.data import corrupt

GREY = torch.full((200, 1, 28, 28), 0.5)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_gaussian_has_the_strength_it_says():
    moved = corrupt.gaussian(GREY, 0.1, seeded()) - GREY  # 5 standard deviations of room: clipping changes nothing
    # 156,800 draws: five standard errors of the mean are 0.0013, of the standard deviation 0.0009.
    assert moved.mean().item() == pytest.approx(0, abs=0.0013)
    assert moved.std().item() == pytest.approx(0.1, abs=0.0009)


def test_gaussian_is_clipped_not_rescaled():
    """On black, half of the noise is cut off: E[max(sZ, 0)] = s / √(2π) as long as 1 is far away."""
    corrupted = corrupt.gaussian(torch.zeros(200, 1, 28, 28), 0.2, seeded())
    assert corrupted.min() == 0
    assert (corrupted == 0).float().mean().item() == pytest.approx(0.5, abs=0.01)
    assert corrupted.mean().item() == pytest.approx(0.2 / math.sqrt(2 * math.pi), rel=0.02)
    assert corrupt.gaussian(GREY, 5.0, seeded()).max() == 1


def test_salt_and_pepper_counts():
    for share in (0.0, 0.2, 1.0):
        corrupted = corrupt.salt_and_pepper(GREY, share, seeded())
        for value, expected in ((0.0, share / 2), (1.0, share / 2), (0.5, 1 - share)):
            assert (corrupted == value).float().mean().item() == pytest.approx(expected, abs=0.005), (share, value)


def test_blocks_are_squares():
    corrupted = corrupt.blocks(GREY, 0.3, seeded())
    cells = corrupted.unfold(2, 4, 4).unfold(3, 4, 4).flatten(4)  # (N, 1, 7, 7, 16)
    assert torch.equal(cells.amin(dim=-1), cells.amax(dim=-1)), "a block is erased as a whole or not at all"
    assert set(corrupted.unique().tolist()) == {0.0, 0.5}
    assert (corrupted == 0).float().mean().item() == pytest.approx(0.3, abs=0.03)  # 9,800 blocks: 0.03 is 6 deviations


def test_blocks_at_the_edge_of_odd_sizes():
    assert corrupt.blocks(torch.ones(3, 2, 30, 9), 0.5, seeded()).shape == (3, 2, 30, 9)


def test_scan_darkens_paper_and_never_brightens_it():
    paper = torch.ones(30, 1, 32, 256)
    assert torch.equal(corrupt.scan(paper, 0.0, seeded()), paper)
    light, bad = (corrupt.scan(paper, strength, seeded()) for strength in (0.2, 0.8))
    assert 1 > light.mean() > bad.mean() > 0.2
    # A stain is larger than grain: averaged over 8 × 8 pixels it is still there.
    coarse = torch.nn.functional.avg_pool2d(bad, 8)
    assert coarse.std() > 5 * 0.4 * 0.8 / 8


def test_mixed_uses_every_kind_and_strength():
    corrupted = corrupt.mixed(GREY, 0.6, seeded())
    whole_blocks = corrupted.unfold(2, 4, 4).unfold(3, 4, 4).flatten(4)
    blocks = (whole_blocks.amin(dim=-1) == whole_blocks.amax(dim=-1)).flatten(1).all(dim=1)
    only_three = torch.tensor([set(image.unique().tolist()) <= {0.0, 0.5, 1.0} for image in corrupted])
    counts = [int(blocks.sum()), int((only_three & ~blocks).sum()), int((~only_three).sum())]
    assert min(counts) > 40  # 67 expected; 40 is four standard deviations below
    stds = corrupted[~only_three].std(dim=(1, 2, 3))
    assert stds.max() > 3 * stds.min()
    changed = (corrupted != 0.5).float().flatten(1).mean(dim=1)[only_three]
    assert changed.max() > 0.5  # strengths spread over (0, 0.6)
    assert changed.min() < 0.1


EACH = [*corrupt.KINDS.values(), corrupt.scan, corrupt.mixed]


def test_each_keeps_form_and_input():
    x = torch.rand(5, 1, 28, 28, generator=seeded())
    before = x.clone()
    for kind in EACH:
        corrupted = kind(x, rng=seeded(1))
        assert torch.equal(x, before), kind
        assert (corrupted.shape, corrupted.dtype) == (x.shape, x.dtype), kind
        assert 0 <= corrupted.min() <= corrupted.max() <= 1, kind
        assert not torch.equal(corrupted, x), kind


def test_a_seed_fixes_the_noise_of_each():
    x = torch.rand(5, 1, 28, 28, generator=seeded())
    for kind in EACH:
        assert torch.equal(kind(x, rng=seeded(2)), kind(x, rng=seeded(2))), kind
        assert not torch.equal(kind(x, rng=seeded(2)), kind(x, rng=seeded(3))), kind
        assert not torch.equal(kind(x), kind(x)), f"{kind}: without a generator each call draws anew"


def test_pixels_on_another_scale_are_refused_by_each():
    for kind in EACH:
        with pytest.raises(ValueError, match="x ranges from 0 to 255, but pixels go from 0 to 1"):
            kind(torch.tensor([0.0, 255.0]).expand(3, 1, 4, 2))
        with pytest.raises(ValueError, match="x ranges from nan to nan"):
            kind(torch.tensor([0.5, torch.nan]).expand(3, 1, 4, 2))
    need.unit_range("x", torch.rand(0, 1, 4, 2))  # of no pixel there is nothing to say
