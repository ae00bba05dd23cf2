"""Exercises of lesson 01, encoder–decoder."""

import copy
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_experiment, need_tensor, translated_percent
from course_lib.classroom.language import Text
from course_lib.data.tokens import END, PAD, START
from course_lib.models.seq2seq import AttentionDecoder, GRUDecoder, GRUEncoder, Seq2Seq, TextEncoder

# 1 · Additive attention, with a mask


def _additive_answer(query, key, mask, W, U, v):
    scores = torch.tanh((query @ W)[:, None] + (key @ U)[None]) @ v  # (T_out, T_in, h) -> (T_out, T_in)
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=1)
    return weights @ key, weights


def _additive_test(answer):
    for count, places, seed in ((4, 6, 0), (3, 5, 1)):
        _check_additive(answer, count, places, seed)


def _check_additive(answer, count: int, places: int, seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    shapes = (count, 8), (places, 8), (8, 8), (8, 8), (8,)
    query, key, W, U, v = (torch.randn(*shape, generator=rng) for shape in shapes)
    mask = torch.arange(places) < places - 2  # the last two places are padding
    given = run(answer, query, key, mask, W, U, v)
    context, weights = given if isinstance(given, tuple | list) and len(given) == 2 else (given, None)
    need_tensor(context, (count, 8))
    if weights is not None:
        need_tensor(weights, (count, places))

    def mixed(scores: Tensor, dim: int = 1, seen: Tensor = mask) -> Tensor:
        return scores.masked_fill(~seen, -torch.inf).softmax(dim=dim).nan_to_num() @ key

    scores = torch.tanh((query @ W)[:, None] + (key @ U)[None]) @ v
    slips = [
        (
            mixed(scores, seen=torch.ones_like(mask)),
            "Mask रह गया: padding की जगहों को भी weight मिला। softmax से पहले वहाँ −∞ रखिए।",
            "The mask is missing: places of padding were given weight too. Put −∞ there before the softmax.",
        ),
        (
            mixed(scores, seen=~mask),
            "Mask उल्टा लगा: mask में True का मतलब है असली शब्द, जिसे देखना है।",
            "The mask is the wrong way round: True means a real word, one to look at.",
        ),
        (
            scores.softmax(dim=1).where(mask, 0) @ key,
            "Mask softmax के बाद लगा, इसलिए weights का जोड़ अब 1 से कम है: उसे softmax से पहले लगाइए।",
            "The mask came after the softmax, so the weights add up to less than 1: apply it before the softmax.",
        ),
        (
            scores.where(mask, 0).softmax(dim=1) @ key,
            "Padding के score 0 कर दिए गए, पर e⁰ = 1 है: softmax उसे फिर भी weight देता है। 0 नहीं, −∞ रखिए।",
            "The scores of padding were set to 0, but e⁰ = 1: softmax still gives it weight. Put −∞, not 0.",
        ),
        (
            mixed(((query @ W)[:, None] + (key @ U)[None]) @ v),
            "tanh रह गया: उसके बिना query का हिस्सा हर score में बराबर जुड़ता है, और softmax में कट जाता है।",
            "The tanh is missing: without it the query adds the same to every score, and softmax cancels it.",
        ),
        (
            mixed(torch.tanh((query @ U)[:, None] + (key @ W)[None]) @ v),
            "W और U की अदला-बदली हो गई: W query के साथ है, U key के साथ।",
            "W and U are exchanged: W goes with the query, U with the key.",
        ),
        (
            mixed(scores, dim=0),
            "softmax ग़लत ओर चला: हर query के weights का जोड़ 1 होना चाहिए, यानी dim=1।",
            "The softmax went the wrong way: the weights of each query must add up to 1, so dim=1.",
        ),
        (
            scores.where(mask, 0) @ key,
            "softmax रह गया: scores को पहले ऐसे weights में बदलिए जिनका जोड़ 1 हो।",
            "The softmax is missing: first turn the scores into weights that add up to 1.",
        ),
    ]
    for value, hi, en in slips:
        need(not torch.allclose(context, value, rtol=1e-3, atol=1e-4), hi, en)
    right, right_weights = _additive_answer(query, key, mask, W, U, v)
    need(
        torch.allclose(context, right, rtol=1e-3, atol=1e-4),
        "यह additive attention का जवाब नहीं है: हर query और हर key के लिए tanh, फिर v के साथ dot product, mask, softmax, "
        "और keys का भारित औसत।",
        "This is not what additive attention gives: tanh for each query with each key, the dot product with v, the "
        "mask, softmax, and the weighted mean of the keys.",
    )
    need(
        weights is None or torch.allclose(weights, right_weights, rtol=1e-3, atol=1e-4),
        "context सही है, पर साथ लौटाए गए weights वे नहीं हैं जिनसे वह बना।",
        "The context is right, but the weights returned with it are not those it was made with.",
    )


additive = Exercise(
    _additive_test,
    _additive_answer,
    [
        Text(
            "query @ W और key @ U पहले निकालिए: आकार (T_out, h) और (T_in, h)।",
            "First take query @ W and key @ U: shapes (T_out, h) and (T_in, h).",
        ),
        Text(
            "हर जोड़ी चाहिए: (query @ W)[:, None] + (key @ U)[None] का आकार (T_out, T_in, h) है; फिर tanh, फिर @ v।",
            "Every pair is wanted: (query @ W)[:, None] + (key @ U)[None] is (T_out, T_in, h); then tanh, then @ v.",
        ),
        Text(
            "scores.masked_fill(~mask, -torch.inf).softmax(dim=1), और उससे keys का भारित औसत।",
            "scores.masked_fill(~mask, -torch.inf).softmax(dim=1), and with it the weighted mean of the keys.",
        ),
    ],
)


# 2 · A training step to mend


def _step_answer(model, optimizer, source, target):
    start = torch.full((len(target), 1), START)
    logits = model(source, torch.cat([start, target[:, :-1]], dim=1))
    loss = F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=PAD)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


class _Recorder(nn.Module):
    """Says the same logits whatever it is shown, and remembers what it was shown."""

    def __init__(self, shape: tuple[int, ...]):
        super().__init__()
        self.logits = nn.Parameter(torch.randn(shape, generator=torch.Generator().manual_seed(0)))
        self.shown = []

    def forward(self, source: Tensor, decoder_input: Tensor) -> Tensor:
        self.shown.append((source, decoder_input))
        return 1.0 * self.logits[:, : decoder_input.shape[1]]


def _step_test(answer):
    source, target = _reversed(4, seed=3)
    model = _Recorder((*target.shape, SYMBOLS + 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for call in (1, 2):
        old = copy.deepcopy(model)
        loss = run(answer, model, optimizer, source.clone(), target.clone())
        need(
            bool(model.shown) and torch.equal(model.shown[-1][0], source),
            "model को पहला source ही दीजिए: model(source, decoder_input)।",
            "Give source to the model first: model(source, decoder_input).",
        )
        _need_shifted(answer, model.shown[-1][1], target)
        _need_update(loss, old.logits, model.logits, target, call)
    loss, share = _trained_reverser(answer)
    return Text(
        f"उल्टे शब्द लिखने के एक छोटे काम पर आपके step से loss {loss:.2f} तक उतरा, और greedy ने {share:.0%} पूरे सही लिखे।",
        f"On a small task, writing words backwards, your step brought the loss to {loss:.2f}, and greedy wrote "
        f"{share:.0%} of them right.",
    )


def _need_shifted(answer, shown: Tensor, target: Tensor) -> None:
    """What the decoder was shown is START and the target without its last column."""
    if torch.equal(shown, target):
        loss, share = _trained_reverser(answer)
        need(
            False,
            "Decoder को वही शब्द दिखाया जा रहा है जो उसे बताना है: वह नक़ल करना सीखता है। उल्टे शब्द लिखने के एक छोटे काम पर इसी "
            f"step से training में loss {loss:.2f} रहा, पर अपने आप लिखते समय {share:.0%} ही सही। target को एक जगह खिसकाइए, "
            "आगे START रखकर।",
            "The decoder is shown the very word it should predict: it learns to copy. On a small task, writing words "
            f"backwards, this step gave a training loss of {loss:.2f}, but only {share:.0%} right when the model "
            "writes by itself. Shift the target by one place, with START in front.",
        )
    need(
        shown.shape == target.shape,
        f"Decoder का input और target बराबर लंबे हों: {tuple(shown.shape)} की जगह {tuple(target.shape)}।",
        f"The decoder's input must be as long as the target: {tuple(target.shape)}, not {tuple(shown.shape)}.",
    )
    need(
        bool((shown[:, 0] == START).all()),
        "Decoder के input की पहली जगह START होना चाहिए: लिखते समय भी वह वहीं से शुरू करता है।",
        "The decoder's input must begin with START: that is where it begins when it writes as well.",
    )
    need(
        torch.equal(shown[:, 1:], target[:, :-1]),
        "START के बाद target ही आना चाहिए, आख़िरी स्तंभ के बिना: target[:, :-1]।",
        "After START comes the target without its last column: target[:, :-1].",
    )


def _need_update(loss: object, old: Tensor, new: Tensor, target: Tensor, call: int) -> None:
    """The weights moved by the gradient of the loss over real tokens alone."""
    moved = (old - new).detach() / 0.5
    old = old.detach().requires_grad_()
    losses = {
        name: F.cross_entropy(old.flatten(0, 1), target.flatten(), ignore_index=ignored)
        for name, ignored in (("right", PAD), ("padding", -100))
    }
    right, padding = (torch.autograd.grad(one, old)[0] for one in losses.values())
    need(
        moved.abs().max() > 0,
        "Weights हिले ही नहीं: backward(), फिर optimizer.step(), और zero_grad उन दोनों के बीच नहीं।",
        "The weights did not move: backward(), then optimizer.step(), and no zero_grad between the two.",
    )
    share = float((target == PAD).float().mean())
    need(
        not torch.allclose(moved, padding, atol=1e-4),
        f"Padding भी loss में गिना जा रहा है: यहाँ {share:.0%} जगहें `<pad>` हैं, और model उन्हें लिखना सीख रहा है। "
        "cross_entropy को ignore_index दीजिए।",
        f"Padding is counted in the loss: here {share:.0%} of the places are `<pad>`, and the model learns to write "
        "them. Give cross_entropy its ignore_index.",
    )
    need(
        call == 1 or torch.allclose(moved, right, atol=1e-4),
        "पहला step सही था, पर दूसरे में पहले का gradient भी जुड़ा रहा: हर step में backward से पहले optimizer.zero_grad()।",
        "The first step was right, but the second still had the first one's gradient in it: optimizer.zero_grad() "
        "before backward in every step.",
    )
    need(
        torch.allclose(moved, right, atol=1e-4),
        "Weights सही gradient पर नहीं चले: loss सब असली tokens की cross-entropy का औसत है।",
        "The weights did not follow the right gradient: the loss is the mean cross-entropy of all real tokens.",
    )
    need(
        abs(torch.as_tensor(loss).item() - losses["right"].item()) < 1e-4,
        "training ठीक है, पर लौटाई गई संख्या इस step का loss नहीं है: return loss.item()।",
        "The training is right, but the number returned is not this step's loss: return loss.item().",
    )


SYMBOLS, LONGEST = 8, 5  # letters of the small task, and the most of them in a word


def _reversed(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Words of 3 to 5 letters (tokens 3 to 10) and the same words backwards, each closed by END, filled up with PAD."""
    rng = torch.Generator().manual_seed(seed)
    letters = torch.randint(3, 3 + SYMBOLS, (count, LONGEST), generator=rng)
    lengths = torch.randint(3, LONGEST + 1, (count, 1), generator=rng)
    places = torch.arange(LONGEST + 1)
    after = torch.where(places == lengths, END, PAD)
    backwards = letters.gather(1, (lengths - 1 - places).clamp(min=0))
    return tuple(torch.where(places < lengths, word, after) for word in (F.pad(letters, (0, 1)), backwards))


def _trained_reverser(step) -> tuple[float, float]:
    """Loss at the end, and the share of new words written right, of a small library model trained by `step`."""
    torch.manual_seed(0)
    source, target = _reversed(4000, seed=0)
    model = Seq2Seq(TextEncoder(SYMBOLS + 3, GRUEncoder(48), width=48), GRUDecoder(SYMBOLS + 3, width=48))
    shown = _Shown(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = [
        torch.as_tensor(run(step, shown, optimizer, source[index], target[index])).item()
        for _ in range(6)
        for index in torch.randperm(len(source)).split(64)
    ]
    source, target = _reversed(500, seed=1)
    return sum(losses[-20:]) / 20, _right(model.greedy(source, LONGEST + 1)[0], target)


class _Shown(nn.Module):
    """A Seq2Seq that is handed the decoder's input instead of making it from the target."""

    def __init__(self, model: Seq2Seq):
        super().__init__()
        self.model = model

    def forward(self, source: Tensor, decoder_input: Tensor) -> Tensor:
        return self.model.decoder(self.model.encoder(source), decoder_input)[0]


def _right(written: Tensor, target: Tensor) -> float:
    """The share of rows that agree up to the END of the target."""
    short = max(0, target.shape[1] - written.shape[1])
    written = F.pad(written, (0, short), value=PAD)[:, : target.shape[1]]
    return float(((written == target) | (target == PAD)).all(dim=1).float().mean())


step = Exercise(
    _step_test,
    _step_answer,
    [
        Text(
            "तीन सवाल: decoder को क्या दिखाया गया? loss में कौन-कौन सी जगहें गिनी गईं? पिछले batch का gradient कहाँ गया?",
            "Three questions: what was the decoder shown? Which places count in the loss? What became of the last "
            "batch's gradient?",
        ),
        Text(
            "decoder का input: START, फिर target बिना आख़िरी स्तंभ के। पहला स्तंभ: torch.full((len(target), 1), START)।",
            "The decoder's input: START, then the target without its last column. torch.full((len(target), 1), START) "
            "makes the first column.",
        ),
        Text(
            "cross_entropy(…, ignore_index=PAD), और backward से पहले optimizer.zero_grad()।",
            "cross_entropy(…, ignore_index=PAD), and optimizer.zero_grad() before backward.",
        ),
    ],
    mend=True,
)


# 3 · Change the experiment, and predict

USUAL = {"train": 2000, "width": 64, "epochs": 8, "attention": True}
MOST = {"train": 4000, "width": 128, "epochs": 16, "attention": True}


def _experiment_answer():
    return {"width": 4}, 2


@cache
def _exact_percent(train: int, width: int, epochs: int, attention: bool) -> float:
    def make(source_size: int, target_size: int) -> Seq2Seq:
        decoder = (AttentionDecoder if attention else GRUDecoder)(target_size, width=width)
        return Seq2Seq(TextEncoder(source_size, GRUEncoder(width), width=width), decoder)

    return translated_percent(make, train, epochs)


def _experiment_test(answer):
    return need_experiment(answer, _exact_percent, USUAL, MOST, '{"width": 32}, 50')


experiment = Exercise(
    _experiment_test,
    _experiment_answer,
    [
        Text(
            "पहले सोचिए कि बदलाव से क्या कम पड़ेगा: देखी हुई संख्याएँ, क़दम, या state में जगह?",
            "First think what the change makes scarce: numbers seen, steps, or room in the state?",
        ),
        Text(
            "आधे उदाहरणों के साथ उतने ही epochs का मतलब आधे क़दम भी है।",
            "Half the examples with as many epochs also means half the steps.",
        ),
        Text(
            "किसी छोर से शुरू कीजिए, जैसे width=4: इतनी छोटी state में क्या समा पाएगा?",
            "Begin with an extreme, such as width=4: what fits into so small a state?",
        ),
    ],
)


# 4 · Without course_lib: words backwards


def _backwards_answer(source, target):
    class Reverser(nn.Module):
        def __init__(self, tokens=11, width=64):
            super().__init__()
            self.embed = nn.Embedding(tokens, width)
            self.encoder = nn.GRU(width, width, batch_first=True)
            self.decoder = nn.GRU(width, width, batch_first=True)
            self.out = nn.Linear(width, tokens)

        def encode(self, source):
            states, _ = self.encoder(self.embed(source))
            last = (source != 0).sum(dim=1) - 1
            return states[torch.arange(len(source)), last][None]

        def decode(self, tokens, state):
            hidden, state = self.decoder(self.embed(tokens), state)
            return self.out(hidden), state

    torch.manual_seed(0)
    model = Reverser()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(15):
        for index in torch.randperm(len(source)).split(64):
            x, y = source[index], target[index]
            decoder_input = torch.cat([torch.ones_like(y[:, :1]), y[:, :-1]], dim=1)  # 1 is START
            logits, _ = model.decode(decoder_input, model.encode(x))
            loss = F.cross_entropy(logits.flatten(0, 1), y.flatten(), ignore_index=0)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def write(source):
        with torch.no_grad():
            state, token, written = model.encode(source), torch.ones_like(source[:, :1]), []
            for _ in range(6):
                logits, state = model.decode(token, state)
                token = logits.argmax(dim=2)
                written.append(token)
        return torch.cat(written, dim=1)

    return write


def _backwards_test(answer):
    source, target = _reversed(4000, seed=0)
    write = run(answer, source.clone(), target.clone())
    need(
        callable(write) and not isinstance(write, type),
        f"एक function लौटाइए जो लिखता है: return write; {type(write).__name__} मिला।",
        f"Return a function that writes: return write; got {type(write).__name__}.",
    )
    known = {tuple(row) for row in source.tolist()}
    new, right = _reversed(1500, seed=1)
    fresh = torch.tensor([tuple(row) not in known for row in new.tolist()])
    new, right = new[fresh], right[fresh]
    written = write(new.clone())
    need(
        isinstance(written, Tensor)
        and written.ndim == 2
        and len(written) == len(new)
        and not written.is_floating_point(),
        "write(source) हर पंक्ति के लिए tokens लौटाए: (N, T) आकार का tensor, पूर्ण संख्याओं का।",
        "write(source) should return tokens for each row: a tensor of shape (N, T) of whole numbers.",
    )
    need(
        not bool((written[:, 0] == START).all()),
        "जवाब में START मत रखिए: वह decoder के लिए है, पढ़ने वाले के लिए नहीं।",
        "Leave START out of the answer: it is for the decoder, not for a reader.",
    )
    need(
        bool((written == END).any()),
        "जवाब में END कहीं नहीं आया: target में हर शब्द END से बंद होता है, और model को भी वही सीखना है। "
        "decoder_input एक जगह खिसका न हो, तब भी END नहीं आता।",
        "END never comes in the answer: in target each word is closed by END, and the model must learn that too. "
        "Where decoder_input is not shifted by one place, END never comes either.",
    )
    share, copied = _right(written, right), _right(written, new)
    need(
        copied < 0.5,
        f"{copied:.0%} शब्द ज्यों के त्यों लिखे गए, उल्टे नहीं: cross_entropy में source की जगह target दीजिए।",
        f"{copied:.0%} of the words were written as they stand, not backwards: give target, not source, to "
        "cross_entropy.",
    )
    once = torch.cat([write(row[None].clone())[:, :1] for row in new[:20]])
    need(
        torch.equal(once, written[:20, :1]),
        "एक ही शब्द का जवाब अकेले कुछ और आता है, batch में कुछ और: किसी पंक्ति का जवाब बाक़ी पंक्तियों पर निर्भर न हो।",
        "A word alone is written otherwise than in a batch: a row's answer must not depend on the other rows.",
    )
    lengths = [_right(written[own], right[own]) for own in ((new != PAD).sum(dim=1) == n + 1 for n in (3, 4, 5))]
    said = ", ".join(f"{n}: {one:.0%}" for n, one in enumerate(lengths, 3))
    need(
        share >= 0.7,
        f"अनदेखे शब्दों में से {share:.0%} पूरे सही (अक्षरों की गिनती के हिसाब से {said}); 70% चाहिए। देखिए: decoder का input एक "
        "जगह खिसका है? encoder की state `<pad>` से पहले वाली है? epochs काफ़ी हैं?",
        f"{share:.0%} of unseen words are right (by number of letters {said}); 70% are wanted. Look: is the decoder's "
        "input shifted by one? Is the encoder's state the one before `<pad>`? Are there enough epochs?",
    )
    return Text(
        f"{len(new)} अनदेखे शब्दों में से {share:.0%} पूरे सही (अक्षरों की गिनती के हिसाब से {said})।",
        f"{share:.0%} of {len(new)} unseen words are right (by number of letters {said}).",
    )


backwards = Exercise(
    _backwards_test,
    _backwards_answer,
    [
        Text(
            "पाठ वाला ढाँचा ही काफ़ी है: nn.Embedding, दो nn.GRU, और nn.Linear(width, 11)।",
            "The lesson's design is enough: nn.Embedding, two nn.GRU, and nn.Linear(width, 11).",
        ),
        Text(
            "decoder_input: पहला स्तंभ 1, फिर target[:, :-1]; loss में ignore_index=0; Adam, lr=1e-2, कोई 15 epochs।",
            "decoder_input: a first column of 1, then target[:, :-1]; ignore_index=0 in the loss; Adam, lr=1e-2, some "
            "15 epochs.",
        ),
        Text(
            "write में no_grad के भीतर 6 बार: पिछला token और state दीजिए, argmax लीजिए, जमा कीजिए; अंत में torch.cat।",
            "In write, under no_grad, 6 times: give the last token and the state, take the argmax, collect it; "
            "torch.cat at the end.",
        ),
    ],
)
