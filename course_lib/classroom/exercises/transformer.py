"""Exercises of lesson 01b, the Transformer."""

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_experiment, need_tensor, translated_percent
from course_lib.classroom.language import Text
from course_lib.models.seq2seq import Seq2Seq, TextEncoder
from course_lib.models.transformer import TransformerDecoder, TransformerEncoder, positions

# 1 · A mask with a window


def _mask_answer(length, window):
    allowed = torch.ones(length, length, dtype=torch.bool)
    return allowed.tril() & allowed.triu(1 - window)


def _mask_test(answer):
    opposite = []
    for length, window in ((6, 3), (5, 1), (8, 4)):
        given = run(answer, length, window)
        need_tensor(given, (length, length))
        need(
            given.dtype == torch.bool,
            f"dtype {given.dtype} है: True और False चाहिए (torch.bool)।",
            f"The dtype is {given.dtype}: True and False are wanted (torch.bool).",
        )
        right = torch.tensor([[row - window < column <= row for column in range(length)] for row in range(length)])
        later = torch.ones_like(given).triu(1)
        opposite.append(torch.equal(given.triu(), later))  # True for all later places, and not for its own: it hides
        given = ~given if opposite[-1] else given
        need(
            not torch.equal(given, right.T) or window == 1,
            "यह उल्टा है: अभी हर token सिर्फ़ आगे देख रहा है। पंक्ति देखने वाला token है, स्तंभ वह जिसे देखा जाए।",
            "The wrong way round: each token looks ahead. A row is the one that looks, a column the one looked at.",
        )
        need(
            not bool(given.triu(diagonal=1).any()),
            "कोई token आगे देख रहा है: पंक्ति t में t के बाद सब False होना चाहिए।",
            "Some token looks ahead: in row t everything after t must be False.",
        )
        need(
            bool(given.diagonal().all()),
            "हर token ख़ुद को देख सकता है: diagonal भी True हो।",
            "Each token may look at itself: the diagonal is True as well.",
        )
        need(
            not bool((given & ~right).any()),
            f"window={window} में कोई token {window} से ज़्यादा जगहें देख रहा है; ख़ुद को मिलाकर {window} ही चाहिए।",
            f"With window={window} some token looks at more than {window} places; {window} are right, itself included.",
        )
        need(
            torch.equal(given, right),
            f"window={window} में कोई token {window} से कम जगहें देख रहा है, जबकि पीछे और tokens हैं।",
            f"With window={window} some token looks at fewer than {window} places although there are more behind it.",
        )
    if any(opposite):
        need(
            all(opposite),
            "एक लंबाई पर True 'देख सकते हैं' है और दूसरी पर 'छिपाइए': एक ही मतलब रखिए।",
            "For one length True says 'may look' and for another 'hide': keep to one meaning.",
        )
        return Text(
            "आपका True 'छिपाइए' कहता है, जैसे nn.MultiheadAttention में; इस course में और F.scaled_dot_product_attention "
            "में उल्टा है, वहाँ ~mask दीजिए।",
            "Your True says 'hide', as in nn.MultiheadAttention; in this course and in F.scaled_dot_product_attention "
            "it is the opposite: give ~mask there.",
        )
    return None


mask = Exercise(
    _mask_test,
    _mask_answer,
    [
        Text(
            "window=3, पंक्ति 4: स्तंभ 2, 3 और 4 में True।",
            "With window=3, row 4: True in columns 2, 3 and 4.",
        ),
        Text(
            "दो शर्तें एक साथ: स्तंभ ≤ पंक्ति, और स्तंभ > पंक्ति − window।",
            "Two conditions at once: column ≤ row, and column > row − window.",
        ),
        Text(
            "tril() ऊपर का तिकोना हटाता है, triu(1 - window) बहुत पीछे वालों को; दोनों को & से जोड़िए।",
            "tril() takes away what is ahead, triu(1 - window) what is too far behind; join the two by &.",
        ),
    ],
)


# 2 · Attention in several heads, to mend


def _attend_answer(query, key, value, mask, heads):
    q, k, v = (x.unflatten(2, (heads, -1)).transpose(1, 2) for x in (query, key, value))
    scores = q @ k.transpose(2, 3) / q.shape[3] ** 0.5
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=3)
    return (weights @ v).transpose(1, 2).flatten(2)


def _attend_test(answer):
    for heads, size, length, seed in ((4, 6, 5, 0), (2, 9, 7, 1)):
        rng = torch.Generator().manual_seed(seed)
        query, key, value = (2 * torch.randn(3, length, heads * size, generator=rng) for _ in range(3))
        _check_attend(run(answer, query, key, value, _causal(length), heads), query, key, value, heads)


def _causal(length: int) -> Tensor:
    return torch.ones(length, length, dtype=torch.bool).tril()


def _check_attend(given, query: Tensor, key: Tensor, value: Tensor, heads: int) -> None:
    need_tensor(given, tuple(query.shape))
    need(
        not bool(given.isnan().any()),
        "nan आया: किसी पंक्ति के सारे scores −∞ हैं। Mask की दिशा देखिए; True का मतलब यहाँ 'देख सकते हैं' है।",
        "There is nan: all scores of some row are −∞. Look at the mask's direction; True means 'may look' here.",
    )
    q, k, v = (x.unflatten(2, (heads, -1)).transpose(1, 2) for x in (query, key, value))
    scores, mask = q @ k.transpose(2, 3), _causal(query.shape[1])
    size, width = q.shape[3], query.shape[2]

    def context(scores: Tensor, late: bool = False, sign: Tensor = mask) -> Tensor:
        weights = scores.softmax(3) * sign if late else scores.masked_fill(~sign, -torch.inf).softmax(3)
        return (weights.nan_to_num() @ v).transpose(1, 2)

    right = context(scores / size**0.5)
    slips = [
        (
            context(scores / width**0.5, late=True),
            "दोनों ग़लतियाँ बाक़ी हैं: हर पंक्ति के weights का जोड़ निकालकर देखिए, और सोचिए कि एक dot product में कितनी संख्याएँ हैं।",
            "Two mistakes are left: add up each row of weights, and think how many numbers one dot product takes in.",
        ),
        (
            context(scores / width**0.5),
            f"पूरी चौड़ाई {width} का वर्गमूल लिया; एक head के vector में सिर्फ़ {size} संख्याएँ हैं, और dot product उन्हीं का है।",
            f"You took the root of the whole width {width}; a head's vector has {size} numbers, and the dot product is "
            "theirs.",
        ),
        (
            context(scores),
            "वर्गमूल से भाग देना रह गया: बिना उसके softmax एक ही जगह को लगभग सारा weight दे देता है, और gradient मिट जाता है।",
            "The division by the root is missing: without it softmax gives nearly all weight to one place, and the "
            "gradient fades.",
        ),
        (
            context(scores / size**0.5, late=True),
            "Mask softmax के बाद लगा है: weights का जोड़ 1 से कम रह गया। छिपे scores को softmax से पहले −∞ कीजिए।",
            "The mask comes after the softmax: the weights add up to less than 1. Set hidden scores to −∞ before it.",
        ),
        (
            context((scores / size**0.5).masked_fill(~mask, 0), sign=torch.ones_like(mask)),
            "छिपे scores 0 हो गए; e⁰ = 1 है, इसलिए softmax उन्हें भी weight देता है। 0 की जगह −∞ रखिए।",
            "Hidden scores became 0; e⁰ = 1, so softmax still gives them weight. Put −∞ in place of 0.",
        ),
        (
            context(scores / size**0.5, sign=_causal(query.shape[1]).T),
            "Mask उल्टी ओर है: हर token सिर्फ़ अपने से आगे वालों को देख रहा है।",
            "The mask is the wrong way: each token looks only at itself and at later ones.",
        ),
        (
            context(scores / size**0.5, sign=torch.ones_like(mask)),
            "Mask लगा ही नहीं: सब tokens सबको देख रहे हैं।",
            "There is no mask at all: every token looks at every other.",
        ),
    ]
    for value_of_slip, hi, en in slips:
        need(not torch.allclose(given, value_of_slip.flatten(2), rtol=1e-3, atol=1e-4), hi, en)
    need(
        not torch.allclose(given, right.transpose(1, 2).reshape(given.shape), rtol=1e-3, atol=1e-4),
        "हर head का जवाब सही है, पर जोड़ते समय जगहें और heads आपस में मिल गए: पहले transpose(1, 2), फिर flatten(2)।",
        "Each head is right, but places and heads were mixed when joining: first transpose(1, 2), then flatten(2).",
    )
    need(
        torch.allclose(given, right.flatten(2), rtol=1e-3, atol=1e-4),
        "यह कई heads वाला attention नहीं है: F.scaled_dot_product_attention(q, k, v, attn_mask=mask) से मिलाकर देखिए।",
        "This is not attention in several heads: compare with F.scaled_dot_product_attention(q, k, v, attn_mask=mask).",
    )


attend = Exercise(
    _attend_test,
    _attend_answer,
    [
        Text(
            "दो जगह देखिए: किससे भाग दिया गया, और mask कब लगा।",
            "Look in two places: what is divided by, and when the mask comes.",
        ),
        Text(
            "query.shape[2] सारे heads की चौड़ाई है; एक head की q.shape[3] है।",
            "query.shape[2] is the width of all heads together; that of one is q.shape[3].",
        ),
        Text(
            "scores.masked_fill(~mask, -torch.inf) पहले, softmax उसके बाद।",
            "First scores.masked_fill(~mask, -torch.inf), the softmax after it.",
        ),
    ],
    mend=True,
)


# 3 · Change the experiment, and predict

USUAL = {"layers": 1, "heads": 4, "train": 2000, "epochs": 8, "positions": True}
MOST = {"layers": 3, "heads": 16, "train": 4000, "epochs": 16, "positions": True}
HEADS = (1, 2, 4, 8, 16)


class _WithoutPlaces(nn.Embedding):
    """An embedding that takes off beforehand what the encoder will add: it reads words without their places."""

    def forward(self, tokens: Tensor) -> Tensor:
        vectors = super().forward(tokens)
        return vectors - positions(*vectors.shape[1:])


@cache
def _exact_percent(layers: int, heads: int, train: int, epochs: int, positions: bool) -> float:
    need(
        heads in HEADS,
        f"64 संख्याएँ {heads} heads में बराबर नहीं बँटतीं: {', '.join(map(str, HEADS))} में से लीजिए।",
        f"64 numbers do not divide among {heads} heads: take one of {', '.join(map(str, HEADS))}.",
    )

    def make(source_size: int, target_size: int) -> Seq2Seq:
        encoder = TextEncoder(source_size, TransformerEncoder(64, heads, layers), width=64)
        if not positions:
            encoder.embed = _WithoutPlaces(source_size, 64)
        return Seq2Seq(encoder, TransformerDecoder(target_size, 64, heads, layers))

    return translated_percent(make, train, epochs)


def _experiment_answer():
    return {"positions": False}, 36


def _experiment_test(answer):
    return need_experiment(answer, _exact_percent, USUAL, MOST, '{"layers": 2}, 90')


experiment = Exercise(
    _experiment_test,
    _experiment_answer,
    [
        Text(
            "पहले सोचिए कि बदलाव से model क्या खो देगा: शब्दों का क्रम, उदाहरण, या सोचने की जगह?",
            "First think what the model loses by the change: the order of words, examples, or room to think?",
        ),
        Text(
            "positions=False में encoder को शब्द मिलते हैं, उनका क्रम नहीं। कौन-से नाम फिर भी साफ़ रहते हैं?",
            "With positions=False the encoder gets words without their order. Which names are still clear?",
        ),
        Text(
            "कोई छोर आज़माइए, जैसे epochs=1; और अंदाज़ा पहले लिखिए।",
            "Try an extreme, such as epochs=1; and write your guess first.",
        ),
    ],
)


# 4 · Without course_lib: a small GPT that copies

TOKENS, HALF = 8, 6  # tokens 0 … 7; six of them, and the same six once more


def _gpt_answer(tokens, length):
    class GPT(nn.Module):
        def __init__(self, width=32):
            super().__init__()
            self.width = width
            self.embed, self.place = nn.Embedding(tokens, width), nn.Embedding(length, width)
            self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
            self.feed_forward = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
            self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
            self.logits = nn.Linear(width, tokens)

        def forward(self, ids):  # (N, T)
            x = self.embed(ids) + self.place.weight[: ids.shape[1]]
            normed = self.norms[0](x)
            scores = self.query(normed) @ self.key(normed).transpose(1, 2) / self.width**0.5
            later = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool).triu(1)
            weights = scores.masked_fill(later, -torch.inf).softmax(dim=2)
            x = x + self.out(weights @ self.value(normed))
            x = x + self.feed_forward(self.norms[1](x))
            return self.logits(self.norms[2](x))  # (N, T, tokens)

    return GPT()


def _gpt_test(answer):
    torch.manual_seed(0)
    length = 2 * HALF - 1  # the last token is only foretold
    model = run(answer, TOKENS, length)
    need(
        isinstance(model, nn.Module),
        f"Model (nn.Module) लौटाइए; {type(model).__name__} मिला। Class बनाई हो तो उसे चलाइए: return GPT()।",
        f"Return a model (nn.Module), not {type(model).__name__}. If you wrote a class, call it: return GPT().",
    )
    need(
        any(weight.requires_grad for weight in model.parameters()),
        "इस model में सीखने को कुछ नहीं है: embedding और Linear को self में रखिए।",
        "There is nothing to learn in this model: keep embedding and Linear in self.",
    )
    rng = torch.Generator().manual_seed(0)
    ids = _doubled(4, rng)[:, :length]
    logits = model(ids)
    need_tensor(
        logits,
        (4, length, TOKENS),
        "model(ids) से {shape} आकार का tensor चाहिए, हर जगह हर token का logit; {got} मिला।",
        "model(ids) should have shape {shape}, a logit of each token in each place, not {got}.",
    )
    need(
        not bool(logits.isnan().any()),
        "nan आया: किसी पंक्ति में कुछ भी देखने को नहीं बचा। nn.MultiheadAttention के boolean mask में True का मतलब 'छिपाइए' है।",
        "There is nan: some row has nothing left to look at. In the boolean mask of nn.MultiheadAttention True means "
        "'hide'.",
    )
    model.eval()
    changed = ids.clone()
    changed[:, 5:] = (changed[:, 5:] + 1) % TOKENS
    need(
        torch.allclose(model(ids)[:, :5], model(changed)[:, :5], atol=1e-4),
        "आगे के tokens बदले, तो पहले के logits भी बदल गए: model आगे झाँक रहा है। Causal mask लगाइए।",
        "Later tokens were changed and earlier logits changed with them: the model peeks ahead. Add a causal mask.",
    )
    right = _trained_to_copy(model, rng)
    need(
        right >= 0.9,
        f"सिखाने के बाद दूसरे आधे के {100 * right:.0f} % tokens सही हैं, 90 % चाहिए (1/{TOKENS} तो तुक्का है)। "
        "जगहों के vectors (positions) जोड़े? Attention है, residual और LayerNorm भी?",
        f"After training {100 * right:.0f} % of the second half are right, 90 % are wanted (1 in {TOKENS} is luck). "
        "Are there vectors for places (positions), attention, residuals and LayerNorm?",
    )
    return Text(f"दूसरे आधे के {100 * right:.0f} % tokens सही।", f"{100 * right:.0f} % of the second half are right.")


def _doubled(count: int, rng: torch.Generator) -> Tensor:
    """(count, 2 · HALF) tokens: random ones, and the same once more."""
    half = torch.randint(TOKENS, (count, HALF), generator=rng)
    return torch.cat([half, half], dim=1)


def _trained_to_copy(model: nn.Module, rng: torch.Generator) -> float:
    """Train it to foretell the next token; the share of the second half that it then foretells of new rows."""
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    model.train()
    for _ in range(600):
        rows = _doubled(64, rng)
        loss = F.cross_entropy(model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    rows = _doubled(500, rng)
    with torch.no_grad():
        told = model(rows[:, :-1]).argmax(dim=2)
    return float((told[:, HALF - 1 :] == rows[:, HALF:]).float().mean())


gpt = Exercise(
    _gpt_test,
    _gpt_answer,
    [
        Text(
            "पाठ के decoder से cross-attention हटा दीजिए: जो बचा, वही GPT है।",
            "Take cross-attention out of the lesson's decoder: what is left is a GPT.",
        ),
        Text(
            "ids → embedding + जगह का vector → masked self-attention → feed-forward → Linear(width, tokens)।",
            "ids → embedding + a vector for the place → masked self-attention → feed-forward → Linear(width, tokens).",
        ),
        Text(
            "जगहों के लिए nn.Embedding(length, width) काफ़ी है: self.place.weight[: ids.shape[1]] जोड़िए। एक head चल जाएगा।",
            "For places nn.Embedding(length, width) is enough: add self.place.weight[: ids.shape[1]]. One head does.",
        ),
    ],
)
