"""Exercises of lesson 07b, text to image."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_loss
from course_lib.classroom.language import Text
from course_lib.data.digit_captions import DIGIT, THICKNESS, WORDS, vocabulary
from course_lib.data.generated_captions import drawn_captions
from course_lib.measures import stroke_width

# 1 · A caption that contradicts or repeats itself, and a prediction

NEAR = 0.3  # pixels


def _obey_answer():
    return "a thin thick latin seven", 2.5


def _said(caption: list[str], part: int) -> list[int]:
    """Which meaning each word of this part has, in order; words of one token only."""
    meanings = {
        word: place
        for language in WORDS.values()
        for place, same in enumerate(language[part])
        for word in same
        if " " not in word
    }
    return [meanings[word] for word in caption if word in meanings]


def _obey_test(answer):
    given = run(answer)
    need(
        isinstance(given, tuple | list) and len(given) == 2 and isinstance(given[0], str),
        'दो चीज़ें लौटाइए: caption, और औसत मोटाई का अंदाज़ा, जैसे return "a thick thick latin seven", 3।',
        'Return two things: a caption, and a guess of the mean width, such as return "a thick thick latin seven", 3.',
    )
    caption, guess = given
    words = vocabulary()
    parts = words.split(caption)
    stranger = next((part for part in parts if part not in words.tokens[3:]), None)
    need(
        stranger is None and parts != [],
        f"“{stranger}” model ने training में नहीं देखा: caption में सिर्फ़ उसके शब्द हों, commas के बिना।",
        f"The model never saw “{stranger}” in training: a caption has words of its own only, and no commas.",
    )
    need(
        len(_said(parts, DIGIT)) == 1,
        "Caption में अंक का शब्द ठीक एक हो: यह प्रयोग मोटाई के शब्दों का है।",
        "Let the caption have exactly one word for a digit: this experiment is about words for thickness.",
    )
    thick = _said(parts, THICKNESS)
    need(
        len(thick) >= 2,
        "यह तो साधारण caption है। मोटाई के दो शब्द रखिए: दोनों उलटे, या एक ही दो बार।",
        "This is an ordinary caption. Use two words for thickness: contrary ones, or the same one twice.",
    )
    need(
        isinstance(guess, int | float) and not isinstance(guess, bool) and 0 < guess < 28,
        "अंदाज़ा pixels में एक संख्या हो, जैसे 3।",
        "Your guess is a number of pixels, such as 3.",
    )
    width = float(stroke_width(drawn_captions([caption], count=200)).mean())
    hi = f"नापा गया: {width:.1f} pixels; आपका अंदाज़ा {guess:g}।"
    en = f"Measured: {width:.1f} pixels; your guess {guess:g}."
    need(
        abs(width - guess) <= NEAR,
        f"{hi} अंदाज़ा {NEAR} से ज़्यादा दूर रहा: सोचिए क्यों, फिर दोबारा चलाइए।",
        f"{en} The guess is more than {NEAR} away: think why, then run it again.",
    )
    why = (
        Text(
            "GRU ने दोनों शब्द पढ़े, और उसकी state कहीं बीच में, या किसी एक की ओर, रुकी।",
            "The GRU read both words, and its state came to rest in between, or nearer to one.",
        )
        if len(set(thick)) > 1
        else Text(
            "Training में कोई शब्द दो बार नहीं आया था: model के लिए यह अनजाना इलाक़ा है।",
            "In training no word came twice: for the model this is unknown land.",
        )
    )
    return Text(f"{hi} {why.hi}", f"{en} {why.en}")


obey = Exercise(
    _obey_test,
    _obey_answer,
    [
        Text(
            'Caption चुनिए, जैसे "a thin thick latin seven", और पहले ऊपर के explorer में उसे देखिए।',
            'Choose a caption, such as "a thin thick latin seven", and look at it in the explorer above first.',
        ),
        Text(
            "Explorer चित्रों के नीचे औसत मोटाई लिखता है; पर वह सिर्फ़ आठ चित्रों की है।",
            "Below the pictures the explorer tells the mean width; but it is that of eight pictures only.",
        ),
        Text(
            "Function के अंत में return caption, guess; guess को explorer की संख्या के पास रखिए।",
            "End the function with return caption, guess; keep the guess near the explorer's number.",
        ),
    ],
)


# 2 · The contrastive loss, to be mended


def _contrast_answer(v, c):
    scores = 10 * F.normalize(v) @ F.normalize(c).T
    right = torch.arange(len(v))
    return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2


def _contrast_test(answer):
    rng = torch.Generator().manual_seed(0)
    v, c = torch.randn(6, 32, generator=rng), torch.randn(6, 32, generator=rng)
    c += 0.5 * v
    unit, raw = 10 * F.normalize(v) @ F.normalize(c).T, 10 * v @ c.T
    right, first = torch.arange(6), torch.zeros(6, dtype=torch.long)
    both = (F.cross_entropy(unit, right) + F.cross_entropy(unit.T, right)) / 2
    length = (
        "Vectors लंबाई 1 पर नहीं हैं: पहले F.normalize(v) और F.normalize(c)।",
        "The vectors are not of length 1: first F.normalize(v) and F.normalize(c).",
    )
    diagonal = (
        "सही जवाब हर पंक्ति में स्तंभ 0 नहीं, विकर्ण है: torch.arange(len(v))।",
        "The right answer of a row is not column 0 but the diagonal: torch.arange(len(v)).",
    )
    one_way = (
        "एक ही दिशा गिनी गई: चित्र से caption भी, caption से चित्र भी (scores.T), और दोनों का औसत।",
        "Only one direction counts: from image to caption and from caption to image (scores.T), and the mean of both.",
    )
    slips = [
        (F.cross_entropy(raw, first), *diagonal),
        (F.cross_entropy(unit, first), *diagonal),
        ((F.cross_entropy(raw, first) + F.cross_entropy(raw.T, first)) / 2, *diagonal),
        ((F.cross_entropy(unit, first) + F.cross_entropy(unit.T, first)) / 2, *diagonal),
        (F.cross_entropy(raw, right), *length),
        ((F.cross_entropy(raw, right) + F.cross_entropy(raw.T, right)) / 2, *length),
        (F.cross_entropy(unit, right), *one_way),
        (F.cross_entropy(unit.T, right), *one_way),
        (2 * both, "दोनों दिशाओं का औसत लीजिए, योग नहीं: / 2।", "Take the mean of the two directions, not the sum: / 2."),
        (
            (F.cross_entropy(unit / 10, right) + F.cross_entropy(unit.T / 10, right)) / 2,
            "10 से गुणा छूट गया: cosine अकेला softmax के लिए बहुत छोटा है।",
            "The factor 10 is missing: a cosine alone is too small for a softmax.",
        ),
        (
            (
                F.cross_entropy(10 * F.normalize(v, dim=0) @ F.normalize(c, dim=0).T, right)
                + F.cross_entropy(10 * F.normalize(c, dim=0) @ F.normalize(v, dim=0).T, right)
            )
            / 2,
            "हर पंक्ति को लंबाई 1 पर लाना है, हर स्तंभ को नहीं: dim=1।",
            "Each row is to have length 1, not each column: dim=1.",
        ),
    ]
    loss = run(answer, v, c)
    need_loss(loss, both, slips)
    few = run(answer, v[:4], c[:4])
    need_loss(few, _contrast_answer(v[:4], c[:4]), [])
    perfect = float(run(answer, torch.eye(8), torch.eye(8)))
    return Text(
        f"सही। आठ पक्के जोड़ों पर loss {perfect:.4f} है, तुक्के पर ln 8 ≈ 2.08।",
        f"Right. On eight perfect pairs the loss is {perfect:.4f}; guessing would give ln 8 ≈ 2.08.",
    )


contrast = Exercise(
    _contrast_test,
    _contrast_answer,
    [
        Text(
            "तीन बातें देखिए: vectors की लंबाई, सही जवाब की जगह, और कितनी दिशाएँ।",
            "Look at three things: the lengths of the vectors, the place of the right answer, and how many directions.",
        ),
        Text(
            "i-वें चित्र का caption i-वाँ ही है: right = torch.arange(len(v))।",
            "The caption of image i is number i: right = torch.arange(len(v)).",
        ),
        Text(
            "F.normalize(v), F.normalize(c), और F.cross_entropy scores पर भी, scores.T पर भी; दोनों का औसत।",
            "F.normalize(v), F.normalize(c), and F.cross_entropy on scores and on scores.T; the mean of both.",
        ),
    ],
    mend=True,
)


# 3 · The loss of a matching-aware D, without course_lib


def _matching_answer(D, real, fake, c):
    fake, wrong = fake.detach(), c.roll(1, dims=0)
    ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
    bce = nn.BCEWithLogitsLoss()
    return bce(D(real, c), ones) + bce(D(fake, c), zeros) + bce(D(real, wrong), zeros)


class _Dot(nn.Module):
    """D(x, c) = a x · c. It remembers which pairs it was asked about."""

    def __init__(self):
        super().__init__()
        self.a, self.asked = nn.Parameter(torch.tensor(0.7)), []

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        self.asked.append((x.detach(), c.detach()))
        return self.a * (x * c).sum(dim=1, keepdim=True)


def _pairs(images: Tensor, captions: Tensor) -> Tensor:
    """0.7 x · c: the logits of `_Dot`."""
    return 0.7 * (images * captions).sum(dim=1, keepdim=True)


def _matching_test(answer):
    rng = torch.Generator().manual_seed(0)
    real, fake, c = (torch.randn(8, 5, generator=rng) for _ in range(3))
    fake.requires_grad_()
    D = _Dot()
    loss = run(answer, D, real, fake, c)
    need(
        isinstance(loss, Tensor) and loss.numel() == 1,
        "एक संख्या लौटाइए, जिससे gradient निकल सके: batch पर औसत, तीनों का योग।",
        "Return one number that a gradient can come from: the mean over the batch, the sum of the three.",
    )
    wrong = _wrong_of(D, real, c)
    right = F.softplus(-_pairs(real, c)).mean()
    made = F.softplus(_pairs(fake.detach(), c)).mean()
    same = F.softplus(_pairs(real, c)).mean()
    slips = [
        (
            right + made,
            'ग़लत caption वाला सवाल छूट गया: D(real, wrong) पर "नक़ली"।',
            'The question with the wrong caption is missing: "fake" for D(real, wrong).',
        ),
        (
            right + made + same,
            '"ग़लत" caption वही है: हर चित्र को किसी दूसरे का caption दीजिए, c.roll(1, dims=0)।',
            'The "wrong" caption is the same one: give each image that of another, c.roll(1, dims=0).',
        ),
    ]
    if wrong is not None:
        mismatch = F.softplus(_pairs(real, wrong)).mean()
        as_real = F.softplus(-_pairs(fake.detach(), c)).mean()
        slips += [
            (
                right + made + F.softplus(-_pairs(real, wrong)).mean(),
                "असली चित्र, ग़लत caption: label 0 (नक़ली) होना चाहिए, 1 नहीं।",
                "A real image with a wrong caption takes the label 0 (fake), not 1.",
            ),
            *(
                (
                    right + as_real + third,
                    "बने हुए चित्र पर label 0 (नक़ली) होना चाहिए, 1 नहीं: यह D का loss है, G का नहीं।",
                    "A generated image takes the label 0 (fake), not 1: this is D's loss, not G's.",
                )
                for third in (mismatch, F.softplus(-_pairs(real, wrong)).mean())
            ),
            (
                (right + made + mismatch) / 3,
                "तीनों का योग लीजिए, औसत नहीं।",
                "Take the sum of the three, not their mean.",
            ),
            (
                right + (made + mismatch) / 2,
                "Paper में नक़ली वाले दो पदों का आधा-आधा है; यहाँ तीनों का सीधा योग लीजिए, जैसा पाठ में है।",
                "The paper halves the two terms for fakes; here take the plain sum of the three, as the lesson does.",
            ),
            (
                right + mismatch,
                'बना हुआ चित्र छूट गया: D(fake, c) पर "नक़ली"।',
                'The generated image is missing: "fake" for D(fake, c).',
            ),
        ]
    expected = right + made + (F.softplus(_pairs(real, wrong)).mean() if wrong is not None else 0)
    need_loss(loss, expected.detach(), [(value.detach(), hi, en) for value, hi, en in slips])
    need(
        wrong is not None,
        "ग़लत caption वाला सवाल नहीं मिला: असली चित्र, पर c किसी और पंक्ति का।",
        "There is no question with a wrong caption: the real images, but c of other rows.",
    )
    need(
        loss.requires_grad,
        "संख्या सही है, पर उससे gradient नहीं लौटता: .item() या float() मत लगाइए।",
        "The number is right, but no gradient comes back from it: no .item() or float().",
    )
    loss.backward()
    need(
        fake.grad is None or not fake.grad.any(),
        "D के loss का gradient fake से होकर G तक लौट रहा है: fake.detach()।",
        "The gradient of D's loss goes back through fake to G: fake.detach().",
    )
    return Text(
        "तीनों सवाल सही। अब D पर्ची भी पढ़ेगा, और G को भी पढ़नी पड़ेगी।",
        "All three questions are right. Now D reads the slip, and G will have to read it too.",
    )


def _wrong_of(D: _Dot, real: Tensor, c: Tensor) -> Tensor | None:
    """The captions of other rows that stood beside the real images, (N, …), however D was asked; None without them."""
    wrong = [None] * len(real)
    for images, given in D.asked:
        for x, caption in zip(images, given, strict=False):
            here = (x == real).all(dim=1).nonzero()[:, 0].tolist()
            there = (caption == c).all(dim=1).nonzero()[:, 0].tolist()
            if here and there and here != there:
                wrong[here[0]] = caption
    return None if any(one is None for one in wrong) else torch.stack(wrong)


matching = Exercise(
    _matching_test,
    _matching_answer,
    [
        Text(
            "तीन जोड़े: (real, c) असली; (fake, c) नक़ली; (real, किसी दूसरे का caption) नक़ली।",
            "Three pairs: (real, c) is real; (fake, c) is fake; (real, the caption of another) is fake.",
        ),
        Text(
            "c.roll(1, dims=0) captions को एक जगह खिसकाता है; fake.detach() ताकि G न सीखे।",
            "c.roll(1, dims=0) moves the captions on by one; fake.detach() so that G does not learn.",
        ),
        Text(
            "nn.BCEWithLogitsLoss() तीन बार: label पहले torch.ones(N, 1), फिर दो बार torch.zeros(N, 1); return योग।",
            "nn.BCEWithLogitsLoss() three times: label torch.ones(N, 1), then twice torch.zeros(N, 1); return the sum.",
        ),
    ],
)
