"""What is asked of a model rather than of its answers."""

import pytest
import torch
from torch import nn

from course_lib import measures
from course_lib.models.autoencoders import Autoencoder, dense


def test_predict_is_the_model_in_eval_mode():
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5))
    x = torch.rand(25, 3)
    for training in (True, False):
        model.train(training)
        out = measures.predict(model, x, batch_size=10)
        assert model.training == training
        assert not out.requires_grad
        assert torch.allclose(out, model[0](x), atol=1e-6)  # another batch size rounds otherwise


def test_predict_leaves_frozen_layers_frozen():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 3))
    model[0].eval()
    measures.predict(model, torch.rand(5, 3))
    assert [part.training for part in model] == [False, True]


def test_predict_puts_the_training_mode_back_after_an_error():
    model = nn.Linear(3, 3)
    with pytest.raises(RuntimeError, match="shapes"):
        measures.predict(model, torch.rand(2, 4))
    assert model.training


def test_count_parameters():
    model = Autoencoder(*dense(hidden=(128,), latent_dim=32))
    assert measures.count_parameters(model) == 2 * 784 * 128 + 2 * 128 * 32 + 128 + 32 + 128 + 784


def test_gradient_norm_is_of_all_weights_together():
    network = nn.Linear(2, 1)
    assert measures.gradient_norm(network) == 0
    (3 * network(torch.tensor([[4.0, 0.0]]))).sum().backward()  # weights 12 and 0, bias 3
    assert measures.gradient_norm(network) == pytest.approx((12**2 + 3**2) ** 0.5)
    network.bias.grad = None
    assert measures.gradient_norm(network) == pytest.approx(12)
