"""Sequence to sequence: an encoder reads one sequence, a decoder writes another, token by token."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.models.autoencoders import Loss

PAD, START, END = range(3)  # fills up short rows; what the decoder reads first; the end of a text


class Memory(NamedTuple):
    """What an encoder hands to a decoder.

    states: (N, T_in, width), a vector for each place of the input
    mask: (N, T_in) bool, False where the place is only padding, which may stand at the end alone
    summary: (N, width), one vector for the whole input, however long it is
    """

    states: Tensor
    mask: Tensor
    summary: Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Scaled dot-product attention: softmax(Q Kᵀ / √d) V, a weighted mean of the values for each query.

    query: (…, T_out, d); key: (…, T_in, d); value: (…, T_in, e)
    mask: bool, broadcast to (…, T_out, T_in); False where a query must not look, True in at least one place of a row
    returns: the means (…, T_out, e) and the weights (…, T_out, T_in), whose rows add up to 1
    Source: Vaswani et al. (2017). Taught in: 01_encoder_decoder
    """
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])  # (…, T_out, T_in)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(dim=-1)
    return weights @ value, weights


class GRUEncoder(nn.Module):
    """Reads vectors from left to right with a gated recurrent unit; its last state is the summary.

    width: size of every vector
    Source: Cho et al. (2014). Taught in: 01_encoder_decoder
    """

    def __init__(self, width: int = 128):
        super().__init__()
        self.gru = nn.GRU(width, width, batch_first=True)

    def forward(self, vectors: Tensor, mask: Tensor) -> Memory:
        """vectors: (N, T_in, width); mask: (N, T_in) bool, False for padding, which may only stand at the end."""
        states, _ = self.gru(vectors)  # (N, T_in, width)
        last = mask.sum(dim=1) - 1  # padding comes after this place, so the state here has not seen it
        return Memory(states, mask, states[torch.arange(len(states), device=last.device), last])


class TextEncoder(nn.Module):
    """Turns every token into a vector of its own and hands them to an encoder of vectors.

    vocab_size: how many tokens there are in the input's vocabulary
    encoder: (vectors, mask) -> Memory, as GRUEncoder
    width: size of every vector, the same as the encoder's
    Taught in: 01_encoder_decoder
    """

    def __init__(self, vocab_size: int, encoder: nn.Module, width: int = 128):
        super().__init__()
        self.embed, self.encoder = nn.Embedding(vocab_size, width), encoder

    def forward(self, source: Tensor) -> Memory:
        """source: (N, T_in) int64, filled up with PAD."""
        return self.encoder(self.embed(source), source != PAD)


class GRUDecoder(nn.Module):
    """Writes a sequence with a gated recurrent unit: s_t = g(s_{t−1}, y_{t−1}, h), and h is all it knows of the input.

    h is the encoder's summary: the first state, and read again at every step.

    vocab_size: how many tokens there are in the output's vocabulary
    width: size of every vector, the same as the encoder's
    Source: Cho et al. (2014). Taught in: 01_encoder_decoder
    """

    def __init__(self, vocab_size: int, width: int = 128):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, width)
        self.gru = nn.GRU(2 * width, width, batch_first=True)
        self.out = nn.Linear(width, vocab_size)

    def forward(self, memory: Memory, tokens: Tensor, state: Tensor | None = None):
        """What comes after each of these tokens.

        tokens: (N, T_out) int64, beginning with START or following those that led to `state`
        state: what an earlier call returned; None at the beginning
        returns: logits (N, T_out, vocab_size), attention weights (N, T_out, T_in) or None, and the state to go on from,
            whose first dimension is N
        """
        state = memory.summary if state is None else state
        context = memory.summary[:, None].expand(-1, tokens.shape[1], -1)  # the same at every place
        inputs = torch.cat([self.embed(tokens), context], dim=-1)  # (N, T_out, 2 · width)
        hidden, last = self.gru(inputs, state[None].contiguous())  # (N, T_out, width), (1, N, width)
        hidden, weights = self.attend(hidden, memory)
        return self.out(hidden), weights, last[0]

    def attend(self, hidden: Tensor, memory: Memory) -> tuple[Tensor, Tensor | None]:
        """What the next token is chosen from: without attention, the decoder's own state."""
        return hidden, None


class AttentionDecoder(GRUDecoder):
    """As GRUDecoder, and for every token it also looks back at all states of the encoder.

    Source: Bahdanau, Cho and Bengio (2015); where the attention sits, Luong, Pham and Manning (2015).
    Taught in: 01_encoder_decoder
    """

    def __init__(self, vocab_size: int, width: int = 128):
        super().__init__(vocab_size, width)
        self.query = nn.Linear(width, width)
        self.combine = nn.Linear(2 * width, width)

    def attend(self, hidden: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """hidden: (N, T_out, width); returns as many vectors, and the weights (N, T_out, T_in)."""
        context, weights = attention(self.query(hidden), memory.states, memory.states, memory.mask[:, None])
        return torch.tanh(self.combine(torch.cat([hidden, context], dim=-1))), weights


class Seq2Seq(nn.Module):
    """Any encoder and any decoder that understand the same Memory.

    encoder: input -> Memory
    decoder: (memory, tokens, state) -> (logits, weights, state), as GRUDecoder
    Taught in: 01_encoder_decoder
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """What the decoder expects at each place, when it is shown the right tokens before it (teacher forcing).

        source: whatever the encoder takes, N of them; target: (N, T_out) int64 with END, filled up with PAD
        returns: logits (N, T_out, vocab_size)
        """
        decoder_input = F.pad(target[:, :-1], (1, 0), value=START)  # (N, T_out): START and all but the last
        logits, _, _ = self.decoder(self.encoder(source), decoder_input)
        return logits

    def loss(self, source: Tensor, target: Tensor) -> Loss:
        """Cross-entropy of the right tokens in nats, averaged over all places that are not padding."""
        logits = self(source, target)
        error = F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=PAD)
        return error, {"cross_entropy": error}

    @torch.no_grad()
    def greedy(self, source: Tensor, max_length: int) -> tuple[Tensor, Tensor | None]:
        """Write token by token, always the most probable one, until END.

        source: N inputs; max_length: the most tokens to write, END included
        returns: ids (N, T_out) int64, PAD after END; attention weights (N, T_out, T_in), or None where the decoder
            has none
        """
        memory, state, attended = self.encoder(source), None, []
        ids = torch.full((len(source), 1), START, device=source.device)
        while ids.shape[1] <= max_length and not (ids == END).any(dim=1).all():
            logits, weights, state = self.decoder(memory, ids[:, -1:], state)
            best = logits[:, -1].argmax(dim=-1)
            ids = torch.cat([ids, best.where(~(ids == END).any(dim=1), PAD)[:, None]], dim=1)
            attended.append(weights)
        return ids[:, 1:], None if attended[0] is None else torch.cat(attended, dim=1)

    @torch.no_grad()
    def beam_search(self, source: Tensor, max_length: int, beam_width: int = 4) -> tuple[Tensor, Tensor]:
        """Keep the `beam_width` best beginnings of each output at every step, instead of one as `greedy` does.

        Mostly finds outputs at least as probable as greedy's, but that is no law.
        source: N inputs; max_length: the most tokens to write, END included
        returns: ids (N, T_out) int64 of the best output found, PAD after END, and its log-probability (N,)
        """
        count, parts = len(source), self.encoder(source)
        memory = Memory(*(part.repeat_interleave(beam_width, dim=0) for part in parts))  # (N · beam_width, …)
        ids = torch.full((count * beam_width, 1), START, device=source.device)
        scores = torch.full((count, beam_width), -math.inf, device=source.device)
        scores[:, 0] = 0  # all beginnings are the same at first: let only one of them grow
        state, first = None, torch.arange(count, device=source.device)[:, None] * beam_width
        while ids.shape[1] <= max_length and not (ids == END).any(dim=1).all():
            logits, _, state = self.decoder(memory, ids[:, -1:], state)
            logs = logits[:, -1].log_softmax(dim=-1)  # (N · beam_width, vocab_size)
            ended = (ids == END).any(dim=1)
            logs[ended] = -math.inf
            logs[ended, PAD] = 0  # an output that has ended costs nothing more
            choices = (scores.flatten()[:, None] + logs).view(count, -1)  # (N, beam_width · vocab_size)
            scores, best = choices.topk(beam_width, dim=1)
            rows = (first + best // logs.shape[1]).flatten()  # which beginning each of the best goes on from
            ids = torch.cat([ids[rows], (best % logs.shape[1]).view(-1, 1)], dim=1)
            state = state[rows]
        return ids[first[:, 0], 1:], scores[:, 0]
