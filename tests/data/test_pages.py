"""Pages of print: words stand where they are said to stand, and wear and tear is what it should be."""

import pytest
import torch

from course_lib.data import pages
from course_lib.data.documents import WORDS, can_draw_hindi


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_DATA", str(tmp_path_factory.mktemp("data")))
        first = pages.printed_pages(2, held_out=True)
        assert torch.equal(first.images, pages.printed_pages(2, held_out=True).images)  # from the cache
        return first


def test_pages_are_dark_on_white_with_free_margins(printed):
    assert printed.images.shape == (2, 1, 544, 288)
    assert (printed.images.min(), printed.images.max()) == (0, 1)
    for edge in (printed.images[..., :12], printed.images[..., -12:], printed.images[..., :12, :]):
        assert edge.min() == 1


def test_every_word_stands_where_it_is_said_to_stand(printed):
    languages = [WORDS["en"], WORDS["hi" if can_draw_hindi() else "en"]]
    assert len(printed.words) > 60
    for page, top, left, right, text in printed.words:
        assert text in languages[page][1].split()
        box = printed.images[page, 0, top : top + 32]
        assert box[:, left].min() < 1
        assert box[:, right - 1].min() < 1
        assert box[:, left - 3 : left].min() == box[:, right : right + 3].min() == 1
    cut = pages.cut(printed.images, printed.words)
    assert cut.shape == (len(printed.words), 1, 32, 104)
    assert (1 - cut).sum() == pytest.approx(
        sum(float((1 - printed.images[w.page, 0, w.top : w.top + 32, w.left : w.right]).sum()) for w in printed.words),
        rel=1e-4,
    )


def test_worn_pages_are_darker_and_lose_ink_on_folds():
    blank, black = torch.ones(4, 1, 160, 160), torch.zeros(4, 1, 160, 160)
    worn, rng = pages.worn(blank, torch.Generator().manual_seed(0)), torch.Generator().manual_seed(0)
    assert worn.shape == blank.shape
    assert (worn.min() >= 0) & (worn.max() <= 1)
    assert 0.3 < worn.mean() < 0.9
    assert torch.equal(worn, pages.worn(blank, rng))
    bright = pages.worn(black, torch.Generator().manual_seed(0)) > 0.5  # only a fold makes black paper bright
    assert 0.002 < bright.float().mean() < 0.05
    assert bright.float().mean(dim=3).amax() > 0.3 or bright.float().mean(dim=2).amax() > 0.3
