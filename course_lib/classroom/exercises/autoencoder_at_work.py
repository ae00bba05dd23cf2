"""Exercises of notebook 02c, autoencoders at work."""

from functools import cache

import torch
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from torch import Tensor

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_number
from course_lib.classroom.language import Text
from course_lib.classroom.progress import progress
from course_lib.data import mnist
from course_lib.loops import fit
from course_lib.measures import predict
from course_lib.models.autoencoders import Autoencoder, dense

# 1 · A threshold, to be mended


def _threshold_answer(errors, false_alarms):
    return errors.quantile(1 - false_alarms)


def _threshold_test(answer):
    rng = torch.Generator().manual_seed(0)
    errors = torch.randn(4000, generator=rng).exp()  # as errors are: a few are far larger than the rest
    for share in (0.01, 0.1):
        given = need_number(run(answer, errors.clone(), share)).float()
        need(
            given.ndim == 0,
            "एक ही threshold चाहिए, हर धड़कन के लिए अलग नहीं।",
            "One threshold is wanted, not one for each beat.",
        )
        alarms = float((errors > given).float().mean())
        need(
            abs(alarms - (1 - share)) > 0.02,
            f"{alarms:.0%} सामान्य धड़कनों पर alarm: quantile उल्टी ओर से लिया। {share:.0%} उसके **ऊपर** रहनी चाहिए।",
            f"An alarm on {alarms:.0%} of normal beats: the quantile is from the wrong end. {share:.0%} must lie "
            "**above** it.",
        )
        need(
            abs(alarms - share) < 0.003,
            f"{share:.0%} की जगह {alarms:.1%} सामान्य धड़कनों पर alarm बजता है: सबसे बड़ी त्रुटि से नहीं, गिनती से चुनिए।",
            f"The alarm sounds on {alarms:.1%} of normal beats in place of {share:.0%}: choose by counting, not by the "
            "largest error.",
        )
    fresh = torch.randn(4000, generator=rng).exp()
    share = float((fresh > run(answer, errors.clone(), 0.01)).float().mean())
    return Text(
        f"नई सामान्य धड़कनों पर {share:.1%} alarm: माँगे हुए 1 % के पास, पर ठीक उतना नहीं।",
        f"On new normal beats {share:.1%} of alarms: near the 1 % that was asked for, but not exactly it.",
    )


threshold = Exercise(
    _threshold_test,
    _threshold_answer,
    [
        Text(
            "सबसे बड़ी त्रुटि एक ही धड़कन से आती है; सीमा को सब धड़कनों की गिनती से आना चाहिए।",
            "The largest error comes from a single beat; the threshold must come from counting all of them.",
        ),
        Text(
            "त्रुटियों को क्रम में रखिए: ऊपर के 1 % जहाँ से शुरू हों, वहीं सीमा है।",
            "Put the errors in order: the threshold is where the uppermost 1 % begin.",
        ),
        Text("errors.quantile(1 - false_alarms)।", "errors.quantile(1 - false_alarms)."),
    ],
    mend=True,
)


# 2 · Another odd digit, and a prediction


def _odd_answer():
    return 4, 0.75


def _odd_test(answer):
    given = run(answer)
    need(
        isinstance(given, tuple | list) and len(given) == 2,
        "दो चीज़ें लौटाइए: अंक और अंदाज़ा, जैसे return 4, 0.9।",
        "Return two things: the digit and your guess, such as return 4, 0.9.",
    )
    digit, guess = given
    need(
        isinstance(digit, int) and not isinstance(digit, bool) and digit in (2, 3, 4, 5, 6, 7, 9),
        f"{digit!r} नहीं चलेगा: 2, 3, 4, 5, 6, 7 या 9 में से एक चुनिए; 0, 1 और 8 तो ऊपर नापे जा चुके हैं।",
        f"{digit!r} will not do: choose one of 2, 3, 4, 5, 6, 7 or 9; 0, 1 and 8 are measured above.",
    )
    need(
        isinstance(guess, int | float) and not isinstance(guess, bool) and 0 <= guess <= 1,
        "अंदाज़ा 0 से 1 के बीच एक संख्या हो: AUROC कितना होगा?",
        "Your guess is a number from 0 to 1: what will the AUROC be?",
    )
    ours, by_pca = _auroc_without(digit)
    hi = f"नापा गया: {digit} छिपाने पर autoencoder {ours:.2f}, PCA {by_pca:.2f}; आपका अंदाज़ा {guess:g}।"
    en = f"Measured: with {digit} hidden the autoencoder {ours:.2f}, PCA {by_pca:.2f}; your guess {guess:g}."
    need(
        abs(guess - ours) <= 0.1,
        f"{hi} अंदाज़ा 0.1 से ज़्यादा दूर रहा: सोचिए, उसकी लकीरें किन अंकों में मिलती हैं, फिर दूसरा अंक आज़माइए।",
        f"{en} The guess is more than 0.1 away: think in which digits its strokes are found, then try another digit.",
    )
    return Text(hi, en)


@cache
def _auroc_without(digit: int) -> tuple[float, float]:
    """How well a digit is found that an autoencoder, and PCA, have never seen."""
    digits = mnist()
    normal, x = digits.train.images[digits.train.labels != digit], digits.test.images
    torch.manual_seed(0)
    model = Autoencoder(*dense())
    for _ in progress(fit(model, normal, epochs=8, lr=5e-3)):
        pass
    pca = PCA(32, random_state=0).fit(normal.flatten(1))
    by_pca = torch.from_numpy(pca.inverse_transform(pca.transform(x.flatten(1)))).float().view_as(x)
    odd = digits.test.labels == digit
    errors = ((y - x).square().flatten(1).sum(dim=1) for y in (predict(model, x), by_pca))
    ours, theirs = (float(roc_auc_score(odd, error)) for error in errors)
    return ours, theirs


odd = Exercise(
    _odd_test,
    _odd_answer,
    [
        Text(
            "ऊपर की तालिका: 0 का गोला किसी और में नहीं मिलता (0.92), 1 की रेखा सबमें मिलती है (0.38)।",
            "The table above: the ring of 0 is found in no other digit (0.92), the line of 1 in all of them (0.38).",
        ),
        Text(
            "4, 7 और 9 एक-दूसरे की लकीरों से बन जाते हैं; 2 का मोड़ अपना है।",
            "4, 7 and 9 can be drawn with each other's strokes; 2 has a bend of its own.",
        ),
        Text("digit = 4, और अंदाज़ा 0.75 के पास।", "digit = 4, and a guess near 0.75."),
    ],
)


# 3 · Which images to label, without course_lib


def _choice_answer(codes, count, seed):
    heaps = KMeans(count, n_init=1, random_state=seed).fit(codes)
    return torch.from_numpy(heaps.transform(codes).argmin(axis=0))


@cache
def _codes() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Codes of 32 numbers, of mean 0 and spread 1, and labels of training and held-out digits."""
    digits = mnist()
    pca = PCA(32, random_state=0).fit(digits.train.images.flatten(1))
    known, asked = (torch.from_numpy(pca.transform(s.images.flatten(1))).float() for s in (digits.train, digits.test))
    return known / known.std(), asked / known.std(), digits.train.labels, digits.test.labels


def _percent(chosen: Tensor) -> float:
    known, asked, labels, answers = _codes()
    return 100 * LogisticRegression(max_iter=1000).fit(known[chosen], labels[chosen]).score(asked, answers)


def _choice_test(answer):
    known = _codes()[0]
    chosen, random = [], []
    for seed in range(5):
        given = torch.as_tensor(run(answer, known.clone(), 50, seed))
        need(
            given.shape == (50,) and not given.is_floating_point() and given.dtype != torch.bool,
            f"50 पूर्ण संख्याएँ चाहिए (codes की पंक्तियाँ); आकार {tuple(given.shape)}, dtype {given.dtype} मिला। "
            "केंद्र ख़ुद चित्र नहीं हैं: उनके सबसे पास का चित्र लीजिए।",
            f"50 whole numbers are wanted (rows of codes); got shape {tuple(given.shape)}, dtype {given.dtype}. "
            "The centres themselves are no images: take the image nearest to each.",
        )
        need(
            int(given.min()) >= 0 and int(given.max()) < len(known),
            f"संख्याएँ 0 से {len(known) - 1} तक हों: हर एक codes की एक पंक्ति है।",
            f"The numbers must be from 0 to {len(known) - 1}: each is a row of codes.",
        )
        need(
            len(given.unique()) == 50,
            f"50 में से सिर्फ़ {len(given.unique())} अलग चित्र हैं: एक चित्र पर दो बार label बेकार है। "
            "ढेर का नंबर नहीं, चित्र का नंबर लौटाइए।",
            f"Only {len(given.unique())} of the 50 images differ: two labels for one image are a waste. "
            "Return the number of the image, not that of the heap.",
        )
        chosen.append(_percent(given))
        random.append(_percent(torch.randperm(len(known), generator=torch.Generator().manual_seed(seed))[:50]))
    ours, theirs = sum(chosen) / 5, sum(random) / 5
    hi = f"आपके 50 चित्रों से {ours:.0f} % सही, random 50 से {theirs:.0f} %।"
    en = f"With your 50 images {ours:.0f} % right, with 50 random ones {theirs:.0f} %."
    need(
        ours >= theirs + 4,
        f"{hi} कम से कम 4 अंक आगे रहिए: हर तरह की लिखावट से एक चित्र कैसे आए?",
        f"{en} Be at least 4 points ahead: how can there be one image of each kind of handwriting?",
    )
    return Text(hi, en)


choice = Exercise(
    _choice_test,
    _choice_answer,
    [
        Text(
            "scikit-learn का KMeans count ढेर बनाए, random_state=seed के साथ।",
            "Let scikit-learn's KMeans make count heaps, with random_state=seed.",
        ),
        Text(
            "heaps.transform(codes) हर चित्र की हर केंद्र से दूरी देता है: (N, count)।",
            "heaps.transform(codes) gives the distance of each image from each centre: (N, count).",
        ),
        Text(
            "KMeans(count, n_init=1, random_state=seed).fit(codes), फिर .transform(codes).argmin(axis=0)।",
            "KMeans(count, n_init=1, random_state=seed).fit(codes), then .transform(codes).argmin(axis=0).",
        ),
    ],
)
