"""What the VAE's room sends to the browser; tests/browser/test_train_vae_page.py trains there."""

import gzip

import pytest
import torch

from course_lib import data
from course_lib.classroom.explore.train_vae import TrainVAE, quantiles
from course_lib.classroom.explore.training import some


def test_digits_arrive_as_they_are_and_share_the_prior():
    digits = data.mnist()
    widget = TrainVAE(digits)
    sent = torch.frombuffer(bytearray(gzip.decompress(widget.digits)), dtype=torch.uint8)
    train, held_out = some(digits.train, 100), some(digits.test, 20)
    assert torch.equal(sent.view(1200, 1, 28, 28), torch.cat([train.images, held_out.images]).mul(255).round().byte())
    assert list(widget.labels) == held_out.labels.tolist()
    assert repr(widget) == "Train a VAE on your phone"
    # Between two neighbours lies an eighth of the prior, beyond each end a sixteenth.
    drawn = torch.tensor(widget.quantiles)
    assert torch.equal(drawn, quantiles(8))
    shares = torch.special.ndtr(drawn)
    assert shares.tolist() == pytest.approx([(n + 0.5) / 8 for n in range(8)])
