"""Exercises of notebook 04c, small codes at work."""

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_number, need_tensor
from course_lib.classroom.language import Text
from course_lib.data import noughts_and_crosses
from course_lib.loops import fit

# 1 · Purity of neighbours, to be mended


def _purity_answer(points, labels, k):
    distances = torch.cdist(points, points)
    distances.fill_diagonal_(float("inf"))
    near = distances.topk(k, largest=False).indices
    return (labels[near] == labels[:, None]).float().mean()


def _purity(points: Tensor, labels: Tensor, k: int, itself: bool = False, nearest: bool = True) -> Tensor:
    distances = torch.cdist(points, points)
    if not itself:
        distances.fill_diagonal_(float("inf" if nearest else "-inf"))
    near = distances.topk(k, largest=not nearest).indices
    return (labels[near] == labels[:, None]).float().mean()


def _purity_test(answer):
    rng = torch.Generator().manual_seed(0)
    labels = torch.randint(4, (80,), generator=rng)
    points = torch.randn(80, 3, generator=rng) + 1.5 * F.one_hot(labels, 4)[:, :3]
    given = need_number(run(answer, points.clone(), labels.clone(), 5)).detach().float()
    need(
        given.ndim == 0,
        f"एक ही संख्या चाहिए, आकार {tuple(given.shape)} नहीं: सब बिंदुओं का औसत लीजिए।",
        f"One number is wanted, not the shape {tuple(given.shape)}: take the mean over all points.",
    )
    slips = [
        (
            _purity(points, labels, 5, itself=True),
            "हर बिंदु का सबसे पास का पड़ोसी वह ख़ुद निकला, और उसका label हमेशा मिलता है: अपने को बाहर रखिए।",
            "The nearest neighbour of each point is the point itself, whose label always agrees: leave it out.",
        ),
        (
            _purity(points, labels, 5, nearest=False),
            "ये सबसे दूर के बिंदु हैं: largest=False।",
            "These are the farthest points: largest=False.",
        ),
        (
            _purity(points, labels, 5, itself=True, nearest=False),
            "ये सबसे दूर के बिंदु हैं: largest=False।",
            "These are the farthest points: largest=False.",
        ),
    ]
    for value, hi, en in slips:
        need(not torch.isclose(given, value, atol=1e-5).item(), hi, en)
    right = _purity(points, labels, 5)
    need(
        torch.isclose(given, right, atol=1e-5).item(),
        f"{float(right):.3f} आना चाहिए था, {float(given):.3f} आया।",
        f"It should give {float(right):.3f}, yours gives {float(given):.3f}.",
    )
    more = need_number(run(answer, points.clone(), labels.clone(), 9))
    need(
        abs(float(more) - float(_purity(points, labels, 9))) < 1e-5,
        "k=5 पर सही, पर k=9 पर नहीं: k को काम में लीजिए।",
        "Right for k=5, but not for k=9: make use of k.",
    )
    noise = float(_purity(points, labels[torch.randperm(80, generator=rng)], 5, itself=True))
    return Text(
        f"फेंटे हुए labels पर ग़लत वाला function भी {noise:.2f} देता; सही वाला लगभग 0.25।",
        f"With shuffled labels the broken function would still say {noise:.2f}; the right one about 0.25.",
    )


purity = Exercise(
    _purity_test,
    _purity_answer,
    [
        Text("बिंदु की अपने से दूरी कितनी है?", "How far is a point from itself?"),
        Text(
            "topk बिना largest=False के सबसे बड़ी दूरियाँ देता है।", "Without largest=False topk gives the largest distances."
        ),
        Text('distances.fill_diagonal_(float("inf")), फिर topk।', 'distances.fill_diagonal_(float("inf")), then topk.'),
    ],
    mend=True,
)


# 2 · From scores to a move


def _move_answer(scores, boards):
    return scores.masked_fill(boards > 0, -float("inf")).argmax(dim=1)


def _move_test(answer):
    rng = torch.Generator().manual_seed(1)
    boards = noughts_and_crosses.positions().boards[::40]
    scores = torch.randn(len(boards), 9, generator=rng) - 8  # below zero: a taken square set to 0 would win
    kept = scores.clone()
    given = run(answer, scores, boards.clone())
    need_tensor(given, (len(boards),))
    need(
        not given.is_floating_point(),
        "ख़ाने का नंबर चाहिए, score नहीं: argmax।",
        "The number of a square is wanted, not its score: argmax.",
    )
    need(
        torch.equal(scores, kept),
        "आपने scores को ही बदल दिया: masked_fill लीजिए, masked_fill_ नहीं।",
        "You changed scores itself: take masked_fill, not masked_fill_.",
    )
    need(
        ((given >= 0) & (given < 9)).all(),
        "ख़ानों के नंबर 0 से 8 तक हैं।",
        "The squares have numbers from 0 to 8.",
    )
    taken = boards.gather(1, given[:, None])[:, 0] > 0
    need(
        not taken.any(),
        f"{int(taken.sum())} boards पर चाल भरे हुए ख़ाने पर पड़ी: वहाँ का score −∞ कीजिए, 0 नहीं।",
        f"On {int(taken.sum())} boards the move fell on a taken square: set its score to −∞, not to 0.",
    )
    right = _move_answer(kept, boards)
    need(
        torch.equal(given, right),
        "चालें ख़ाली ख़ानों पर हैं, पर सबसे ऊँचे score वाली नहीं।",
        "The moves are on free squares, but not those with the highest score.",
    )
    return Text(
        "अब किसी भी network के scores से जायज़ चाल बनती है।",
        "Now the scores of any network give a move that is allowed.",
    )


move = Exercise(
    _move_test,
    _move_answer,
    [
        Text("कौन-से ख़ाने भरे हैं? boards > 0।", "Which squares are taken? boards > 0."),
        Text("भरे ख़ानों का score −∞ कीजिए: masked_fill।", "Set the score of taken squares to −∞: masked_fill."),
        Text(
            'scores.masked_fill(boards > 0, -float("inf")).argmax(dim=1)।',
            'scores.masked_fill(boards > 0, -float("inf")).argmax(dim=1).',
        ),
    ],
)


# 3 · Another size of the code, and a prediction


def _size_answer():
    return 6, 65


class _Boards(nn.Module):
    """An autoencoder of boards: cross-entropy over the three signs of a square."""

    def __init__(self, k: int):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(27, 128), nn.ReLU(), nn.Linear(128, k))
        self.decoder = nn.Sequential(nn.Linear(k, 128), nn.ReLU(), nn.Linear(128, 27))

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x)).view(-1, 9, 3)

    def loss(self, x: Tensor, boards: Tensor):
        error = F.cross_entropy(self(x).transpose(1, 2), boards)
        return error, {"cross_entropy": error}


@cache
def _whole_percent(k: int) -> float:
    """How many of 900 boards that an autoencoder with k numbers never saw come back whole, in percent."""
    boards = noughts_and_crosses.positions().boards
    x = F.one_hot(boards, 3).flatten(1).float()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    unseen, seen = order[:900], order[900:]
    torch.manual_seed(0)
    model = _Boards(k)
    for _ in fit(model, x[seen], boards[seen], epochs=40, batch_size=128, lr=3e-3):
        pass
    with torch.no_grad():
        return 100 * float((model(x[unseen]).argmax(dim=2) == boards[unseen]).all(dim=1).float().mean())


def _size_test(answer):
    given = run(answer)
    need(
        isinstance(given, tuple | list) and len(given) == 2,
        "दो संख्याएँ लौटाइए: code का आकार और अंदाज़ा प्रतिशत में, जैसे return 6, 80।",
        "Return two numbers: the size of the code and your guess in percent, such as return 6, 80.",
    )
    size, guess = given
    need(
        isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= 16 and size not in (4, 8, 12),
        f"{size!r} नहीं चलेगा: 1 से 16 तक की पूर्ण संख्या, पर 4, 8 और 12 ऊपर हो चुके हैं।",
        f"{size!r} will not do: a whole number from 1 to 16, but 4, 8 and 12 have been done above.",
    )
    need(
        isinstance(guess, int | float) and not isinstance(guess, bool) and 0 <= guess <= 100,
        "अंदाज़ा 0 से 100 के बीच हो: कितने प्रतिशत अनदेखे boards पूरे लौटेंगे?",
        "Your guess is from 0 to 100: what percentage of unseen boards comes back whole?",
    )
    measured = _whole_percent(size)
    said = Text(
        f"{size} संख्याओं से {measured:.0f} % boards पूरे लौटे; आपका अंदाज़ा {guess:g} %।",
        f"From {size} numbers {measured:.0f} % of the boards came back whole; your guess was {guess:g} %.",
    )
    need(
        abs(guess - measured) <= 15,
        f"{said.hi} 15 से ज़्यादा दूर: सोचिए क्यों, फिर कोई और आकार आज़माइए।",
        f"{said.en} More than 15 away: think why, then try another size.",
    )
    return said


size = Exercise(
    _size_test,
    _size_answer,
    [
        Text(
            "ऊपर की तालिका देखिए: 4 और 8 संख्याओं पर कितने boards पूरे लौटे?",
            "See the table above: how many came back from 4 and from 8 numbers?",
        ),
        Text("बीच में चढ़ाई तेज़ है, और ऊपर 100 % पर रुकती है।", "The climb in between is steep, and it ends at 100 %."),
        Text("6 संख्याओं पर 65 के आसपास।", "With 6 numbers, around 65."),
    ],
)
