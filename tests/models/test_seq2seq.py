"""Sequence to sequence: attention and masks against PyTorch's own, decoding against brute force, learning in small."""

import itertools

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_lib import data, measures
from course_lib.data.digit_strips import digit_strips
from course_lib.data.tokens import END, PAD, START, Vocabulary
from course_lib.loops import fit
from course_lib.models.autoencoders import conv, convolutions
from course_lib.models.seq2seq import AttentionDecoder, GRUDecoder, GRUEncoder, Memory, Seq2Seq, TextEncoder, attention
from course_lib.models.transformer import MultiHeadAttention, TransformerDecoder, TransformerEncoder, positions
from course_lib.models.vision import DigitClassifier, ImageEncoder

WIDTH, IN, OUT = 16, 9, 8
ENCODERS = {"gru": GRUEncoder, "transformer": TransformerEncoder}
DECODERS = {"gru": GRUDecoder, "attention": AttentionDecoder, "transformer": TransformerDecoder}
PAIRS = list(itertools.product(ENCODERS, DECODERS))


def build(encoder="gru", decoder="attention", seed=0, tokens=(IN, OUT)) -> Seq2Seq:
    torch.manual_seed(seed)
    text_encoder = TextEncoder(tokens[0], ENCODERS[encoder](WIDTH), width=WIDTH)
    return Seq2Seq(text_encoder, DECODERS[decoder](tokens[1], width=WIDTH)).eval()


def texts(count, length, tokens, seed=0):
    """Random rows of different lengths, each closed by END and filled up with PAD."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(END + 1, tokens, (count, length), generator=generator)
    ends = torch.randint(1, length, (count, 1), generator=generator)
    ends[0] = length - 1
    place = torch.arange(length)
    return ids.where(place < ends, PAD).where(place != ends, END)


@pytest.fixture(params=PAIRS, ids="-".join)
def model(request):
    return build(*request.param)


# Attention


@pytest.mark.parametrize("masked", [False, True])
def test_attention_is_the_one_of_pytorch(masked):
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 2, 5, 8), torch.randn(3, 2, 7, 8), torch.randn(3, 2, 7, 4)
    mask = None
    if masked:
        mask = torch.rand(3, 1, 5, 7) < 0.4
        mask[..., 0] = True
    context, weights = attention(q, k, v, mask)
    assert torch.allclose(context, F.scaled_dot_product_attention(q, k, v, attn_mask=mask), atol=1e-6)
    assert torch.allclose(weights.sum(-1), torch.ones(3, 2, 5))
    if masked:
        assert (weights[~mask.expand_as(weights)] == 0).all()


def test_attention_over_the_past_is_the_causal_one_of_pytorch():
    q, k, v = torch.randn(3, 2, 4, 6, 8)
    past = torch.ones(6, 6, dtype=torch.bool).tril()
    expected = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    assert torch.allclose(attention(q, k, v, past)[0], expected, atol=1e-6)


def test_multi_head_attention_is_the_one_of_pytorch():
    torch.manual_seed(0)
    ours, theirs = MultiHeadAttention(12, 3), nn.MultiheadAttention(12, 3, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key.weight, ours.value.weight]))
        theirs.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key.bias, ours.value.bias]))
        theirs.out_proj.load_state_dict(ours.out.state_dict())
    x, memory, mask = torch.randn(2, 4, 12), torch.randn(2, 5, 12), torch.ones(2, 5, dtype=torch.bool)
    mask[1, 3:] = False
    expected, expected_weights = theirs(x, memory, memory, key_padding_mask=~mask)
    context, weights = ours(x, memory, mask[:, None])
    assert torch.allclose(context, expected, atol=1e-6)
    assert torch.allclose(weights, expected_weights, atol=1e-6)


def test_positions_differ_and_have_a_fixed_length():
    code = positions(60, WIDTH)
    assert torch.allclose(code.norm(dim=1), torch.full((60,), (WIDTH / 2) ** 0.5))
    assert torch.pdist(code).min() > 0.1
    assert torch.allclose(code[:, 0], torch.arange(60).sin())


# Masks


def test_padding_changes_nothing(model):
    source, target = texts(6, 7, IN), texts(6, 5, OUT)
    more_source, more_target = F.pad(source, (0, 4)), F.pad(target, (0, 3))
    with torch.no_grad():
        plain, padded = model(source, target), model(more_source, more_target)
        losses = model.loss(source, target)[0], model.loss(more_source, more_target)[0]
    assert torch.allclose(plain, padded[:, :5], atol=1e-5)
    assert torch.isclose(*losses)
    for row in range(6):  # and each sentence alone is read as it is beside longer ones
        alone = source[row : row + 1, : (source[row] != PAD).sum()]
        assert torch.allclose(model(alone, target[row : row + 1]), plain[row], atol=1e-5)


def test_the_future_cannot_leak(model):
    source, target = texts(4, 6, IN), torch.randint(END + 1, OUT, (4, 7))
    for place in range(7):
        changed = target.clone()
        changed[:, place:] = END + 1 + (changed[:, place:] - END) % (OUT - END - 1)
        before, after = model(source, target), model(source, changed)
        assert torch.allclose(before[:, : place + 1], after[:, : place + 1], atol=1e-6)
        if place < 6:
            assert not torch.allclose(before[:, place + 1 :], after[:, place + 1 :], atol=1e-3)


def test_the_input_is_seen(model):
    source, target = texts(4, 6, IN), texts(4, 5, OUT)
    source[:, 0] = END + 1
    other = source.clone()
    other[:, 0] = END + 2
    assert not torch.allclose(model(source, target), model(other, target), atol=1e-3)


def test_without_attention_only_the_summary_counts():
    source, target = texts(4, 6, IN), texts(4, 5, OUT)
    for decoder, same in (("gru", True), ("attention", False), ("transformer", False)):
        model = build("gru", decoder)
        memory = model.encoder(source)
        blurred = memory._replace(states=torch.zeros_like(memory.states))
        (a, *_), (b, *_) = model.decoder(memory, target), model.decoder(blurred, target)
        assert torch.allclose(a, b, atol=1e-3) == same


# Loss and decoding


@torch.no_grad()
def log_probability(model, source, target):
    """How probable the model finds each whole output: (N,), natural logarithms."""
    logs = model(source, target).log_softmax(dim=-1)  # (N, T_out, vocab_size)
    return logs.gather(2, target[..., None])[..., 0].where(target != PAD, 0).sum(dim=1)


def test_loss_is_the_log_probability_of_the_right_tokens(model):
    source, target = texts(6, 7, IN), texts(6, 5, OUT)
    loss, parts = model.loss(source, target)
    expected = -log_probability(model, source, target).sum() / (target != PAD).sum()
    assert torch.isclose(loss, expected)
    assert parts == {"cross_entropy": loss}


def probability(model, source, tokens):
    """log p of one output, token by token, reading everything anew each time."""
    total, prefix = 0.0, [START]
    for token in tokens:
        logits, _, _ = model.decoder(model.encoder(source), torch.tensor([prefix]))
        total += logits[0, -1].log_softmax(0)[token].item()
        prefix.append(token)
    return total


def test_step_by_step_is_the_same_as_all_at_once(model):
    source, target = texts(3, 7, IN), texts(3, 5, OUT)
    for row in range(3):
        tokens = target[row][target[row] != PAD].tolist()
        whole = log_probability(model, source[row : row + 1], target[row : row + 1]).item()
        assert whole == pytest.approx(probability(model, source[row : row + 1], tokens), abs=1e-4)


def test_greedy_takes_the_best_token_at_every_step(model):
    source = texts(5, 7, IN)
    ids, weights = model.greedy(source, 6)
    assert ids.shape[1] <= 6
    before = F.pad(ids[:, :-1], (1, 0), value=START)
    best = model.decoder(model.encoder(source), before)[0].argmax(-1)
    ended = (ids == END).cumsum(1) - (ids == END).int() > 0
    assert torch.equal(ids, best.where(~ended, PAD))
    if isinstance(model.decoder, GRUDecoder) and not isinstance(model.decoder, AttentionDecoder):
        assert weights is None
    else:
        assert weights.shape == (5, ids.shape[1], 7)
        assert torch.allclose(weights.sum(-1), torch.ones(5, ids.shape[1]))
        assert (weights.transpose(1, 2)[source == PAD] == 0).all()


def test_greedy_stops_at_the_length_it_was_given(model):
    with torch.no_grad():
        model.decoder.out.bias[END] = -100
    ids, _ = model.greedy(texts(3, 5, IN), 4)
    assert ids.shape == (3, 4)
    assert (ids != END).all()


def talkative(model):
    """Makes END improbable: the best outputs of an untrained model would else be the shortest, and test little."""
    with torch.no_grad():
        model.decoder.out.weight.mul_(2)
        model.decoder.out.bias[END] -= 2
        model.decoder.out.bias[[PAD, START]] -= 9
    return model


def test_a_beam_of_one_is_greedy(model):
    source = texts(8, 7, IN)
    ids, scores = talkative(model).beam_search(source, 6, beam_width=1)
    expected, _ = model.greedy(source, 6)
    assert torch.equal(ids, expected)
    assert torch.allclose(scores, log_probability(model, source, ids), atol=1e-4)


def test_a_beam_wide_enough_finds_the_best_of_all():
    """With five tokens and three steps every output can be tried."""
    model = talkative(build(tokens=(IN, 5)))
    source = texts(6, 7, IN)
    ids, scores = model.beam_search(source, 3, beam_width=40)
    for row in range(6):
        tried = {}
        for output in itertools.product(range(5), repeat=3):
            cut = output[: output.index(END) + 1] if END in output else output
            if cut not in tried:
                tried[cut] = probability(model, source[row : row + 1], cut)
        best = max(tried, key=tried.get)
        assert tuple(token for token in ids[row].tolist() if token != PAD or PAD in best) == best
        assert scores[row].item() == pytest.approx(tried[best], abs=1e-4)


def test_the_score_of_a_beam_is_its_log_probability(model):
    source = texts(30, 7, IN)
    ids, scores = talkative(model).beam_search(source, 6, beam_width=4)
    assert torch.allclose(scores, log_probability(model, source, ids), atol=1e-4)


# Learning


def reversed_texts():
    source = torch.randint(END + 1, OUT, (400, 3), generator=torch.Generator().manual_seed(0))
    return source, F.pad(source.flip(1), (0, 1), value=END)


@pytest.mark.parametrize("pair", [("gru", "gru"), ("gru", "attention"), ("transformer", "transformer")], ids="-".join)
def test_every_rung_learns_to_turn_a_short_text_round(pair):
    source, target = reversed_texts()
    model = build(*pair)
    assert (model.greedy(source, 4)[0] == target[:, :1]).float().mean() < 0.5
    for _ in fit(model, source, target, epochs=36, lr=1e-2):
        pass
    ids, _ = model.greedy(source, 4)
    assert ids.shape == target.shape
    assert (ids == target).all(dim=1).float().mean() > 0.95


def test_a_wider_beam_is_no_worse_than_greedy_for_a_half_trained_model():
    """No law: the beginning that greedy keeps may fall out of a beam. It holds here, and some outputs get better."""
    source, target = reversed_texts()
    model = build()
    for _ in fit(model, source, target, epochs=6, lr=1e-2):
        pass
    _, narrow = model.beam_search(source, 4, beam_width=1)
    _, wide = model.beam_search(source, 4, beam_width=4)
    assert (wide >= narrow - 1e-4).all()
    assert (wide > narrow + 1e-3).float().mean() > 0.05


def test_caption_models_read_strips_of_any_length():
    """CNN–RNN and vision Transformer with a causal decoder, and an encoder borrowed from an autoencoder."""
    borrowed = conv(latent_dim=None)[0]
    patches = {"channels": 1, "size": 28, "width": WIDTH}
    encoders = [
        (ImageEncoder(convolutions(), GRUEncoder(WIDTH), step=7, width=WIDTH), {1: 1, 3: 3}),
        (ImageEncoder(borrowed, GRUEncoder(WIDTH), width=WIDTH), {1: 1, 3: 8}),
        (ImageEncoder(nn.Identity(), TransformerEncoder(WIDTH), step=14, **patches), {1: 1, 3: 5}),
    ]
    assert [layer.weight.shape for layer in convolutions()[::2]] == [layer.weight.shape for layer in borrowed[::2]]
    for encoder, places in encoders:
        for make in DECODERS.values():
            model = Seq2Seq(encoder, make(OUT, width=WIDTH))
            for digits, expected in places.items():
                images = torch.rand(2, 1, 28, 28 * digits)
                assert model.loss(images, texts(2, 4, OUT))[0].isfinite()
                assert encoder(images).states.shape == (2, expected, WIDTH)


def test_windows_stand_where_the_digits_are():
    """Changing the last digit changes only the last state of an encoder that looks at each window alone."""

    class Apart(nn.Module):
        def forward(self, vectors, mask):
            return Memory(vectors, mask, vectors.mean(dim=1))

    encoder, images = ImageEncoder(nn.Identity(), Apart(), channels=1, size=28, step=28), torch.rand(1, 1, 28, 84)
    before = encoder(images).states
    images[..., 56:] = 0
    same = torch.isclose(before, encoder(images).states).all(dim=2)
    assert same.tolist() == [[True, True, False]]


def test_a_captioner_learns_with_an_encoder_from_another_task():
    """Ten pictures, a bar at another height in each: first their classes, then strips of them."""
    torch.manual_seed(0)
    bars = (torch.arange(28) // 3 == torch.arange(10)[:, None]).float()
    pictures = data.Split(bars[:, None, :, None].expand(10, 1, 28, 28), torch.arange(10))
    strips = digit_strips(pictures, 300, digits=(2, 3), width=92)
    vocabulary = Vocabulary(strips.hindi)
    classifier = DigitClassifier(convolutions())
    losses = [report.means["loss"] for report in fit(classifier, *pictures, epochs=30, batch_size=10, lr=1e-2)]
    assert losses[-1] < 0.3 * losses[0]
    model = Seq2Seq(
        ImageEncoder(classifier.features, GRUEncoder(32), width=32), AttentionDecoder(len(vocabulary), width=32)
    )
    for _ in fit(model, strips.images, vocabulary.encode(strips.hindi), epochs=20, lr=5e-3):
        pass
    ids, weights = model.greedy(strips.images, 5)
    assert measures.exact_match(vocabulary.decode(ids), strips.hindi) > 0.9
    assert weights.shape == (300, ids.shape[1], 9)
