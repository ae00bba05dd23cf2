"""The diffusion trained for longer: it draws what is asked, in the share of the lesson's table, and copies nothing."""

import torch

from course_lib import data, measures
from course_lib.data.generated_diffusion import WEIGHTS, latent_diffusion
from course_lib.measures import judge


def drawn(guidance: float, count: int = 500):
    diffusion, decoder = latent_diffusion()
    label = torch.arange(count) % 10
    rng = torch.Generator().manual_seed(0)
    return measures.predict(decoder, diffusion.sample(count, label, guidance=guidance, rng=rng)), label


def test_it_draws_what_is_asked_and_copies_nothing():
    images, label = drawn(guidance=2)
    assert (judge.classify(images) == label).float().mean() > 0.95
    ignored, _ = drawn(guidance=0)
    assert (judge.classify(ignored) == label).float().mean() < 0.2
    train, test, _ = data.mnist()
    real = judge.features(test.images[:500])
    assert measures.frechet_distance(judge.features(drawn(guidance=1)[0]), real) < 60
    nearest, usual = (torch.cdist(x.flatten(1), train.images.flatten(1)).amin(dim=1) for x in (images, test.images))
    assert nearest.median() > 0.6 * usual.median()
    assert nearest.min() > 0.4 * usual.min()
    assert WEIGHTS.stat().st_size < 500_000
