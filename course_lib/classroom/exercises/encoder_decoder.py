"""Exercises of lesson 01, encoder–decoder."""

import torch
from torch.nn import functional as F

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_tensor
from course_lib.classroom.language import Text
from course_lib.data.tokens import END, START

# 1 · Attention by hand


def _attention_answer(query, key, value):
    scores = query @ key.T / query.shape[1] ** 0.5
    return scores.softmax(dim=1) @ value


def _attention_test(answer):
    for shape, seed in (((5, 12), 0), ((3, 20), 1)):
        _check_attention(answer, *shape, seed)


def _check_attention(answer, count: int, d: int, seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    query, key, value = (2 * torch.randn(n, k, generator=rng) for n, k in ((count, d), (7, d), (7, 4)))
    given = run(answer, query, key, value)
    need_tensor(given, (count, 4))
    scores, root = query @ key.T, d**0.5
    slips = [
        (
            scores.softmax(dim=1) @ value,
            "√d से भाग देना रह गया: उसके बिना ज़्यादा संख्याओं वाले vectors पर softmax एक ही शब्द पर अटक जाता है।",
            "The division by √d is missing: without it softmax gets stuck on one word when vectors are long.",
        ),
        (
            (scores / root).softmax(dim=0) @ value,
            "softmax ग़लत ओर चला: हर query के weights का जोड़ 1 होना चाहिए, यानी dim=1।",
            "The softmax went the wrong way: the weights of each query must add up to 1, so dim=1.",
        ),
        ((scores / d).softmax(dim=1) @ value, "d से नहीं, √d से भाग दीजिए।", "Divide by √d, not by d."),
        (
            scores / root @ value,
            "softmax रह गया: scores को पहले ऐसे weights में बदलिए जिनका जोड़ 1 हो।",
            "The softmax is missing: first turn the scores into weights that add up to 1.",
        ),
    ]
    for value_of_slip, hi, en in slips:
        need(not torch.allclose(given, value_of_slip, rtol=1e-3, atol=1e-4), hi, en)
    need(
        torch.allclose(given, F.scaled_dot_product_attention(query, key, value), rtol=1e-3, atol=1e-4),
        "यह attention का जवाब नहीं है: scores, √d से भाग, softmax, फिर values का भारित औसत।",
        "This is not what attention gives: scores, divided by √d, softmax, then the weighted mean of the values.",
    )


attention = Exercise(
    _attention_test,
    _attention_answer,
    [
        Text(
            "हर query का हर key से dot product: query @ key.T।",
            "The dot product of each query with each key: query @ key.T.",
        ),
        Text(
            "उसे √d से भाग दीजिए (d = query.shape[1]), फिर हर पंक्ति पर softmax।",
            "Divide it by √d (d = query.shape[1]), then take the softmax of each row.",
        ),
        Text(
            "आख़िर में weights @ value: values का भारित औसत।", "At the end weights @ value: a weighted mean of the values."
        ),
    ],
)


# 2 · Greedy decoding


def _greedy_answer(step, max_length):
    written, last = [], START
    while len(written) < max_length:
        last = int(step(last).argmax())
        if last == END:
            break
        written.append(last)
    return written


def _greedy_test(answer):
    def decoder(story):
        """What a decoder would say that has this story in mind; it counts how often, and after what, it is asked."""
        asked = []

        def step(last):
            need(
                len(asked) < 50,
                "step 50 से ज़्यादा बार चला: END आने पर, या max_length पूरा होने पर रुकिए।",
                "step was called more than 50 times: stop at END, or when max_length is reached.",
            )
            # Close to each other, and one far below zero: only the largest is right.
            logits = torch.linspace(-4.0, 2.0, 12)
            logits[story[min(len(asked), len(story) - 1)]] = 2.3
            asked.append(int(last))
            return logits

        return step, asked

    story = [7, 4, 4, 9, 8, 3, 5, 11, END]
    length = len(story) - 1
    step, asked = decoder(story)
    given = run(answer, step, 20)
    need(
        isinstance(given, list) and all(isinstance(token, int) for token in given),
        "पूर्ण संख्याओं (int) की list लौटाइए; argmax का जवाब int(…) से बदलिए।",
        "Return a list of whole numbers (int); turn what argmax gives into one by int(…).",
    )
    need(
        END not in given,
        "END जवाब का हिस्सा नहीं है: वह सिर्फ़ बताता है कि रुकना है।",
        "END is no part of the answer: it only tells you to stop.",
    )
    need(
        bool(asked) and asked[0] == START,
        "पहली बार step को START दीजिए।",
        "Give START to step the first time.",
    )
    need(
        given != story[:-1] or len(asked) <= length + 1,
        "END आते ही रुकिए: उसके बाद step से मत पूछिए।",
        "Stop as soon as END comes: do not ask step again.",
    )
    need(
        asked[1:] == given[: len(asked) - 1],
        "हर बार step को वही token दीजिए जो अभी-अभी लिखा गया।",
        "Each time give step the token that has just been written.",
    )
    need(
        given == story[:-1],
        f"{story[:-1]} आना चाहिए था, {given} आया: हर क़दम पर सबसे बड़े logit वाला token लीजिए।",
        f"It should give {story[:-1]}, yours gives {given}: take the token with the largest logit in each step.",
    )
    step, _ = decoder([END])
    need(
        run(answer, step, 6) == [],
        "END पहले ही क़दम पर आ जाए तो जवाब ख़ाली list है।",
        "If END comes at once, the answer is an empty list.",
    )
    step, _ = decoder([5])
    endless = run(answer, step, 6)
    need(
        endless == [5] * 6,
        f"END कभी न आए तो max_length = 6 tokens पर रुकना चाहिए; मिले {len(endless)}।",
        f"Where END never comes, stop after max_length = 6 tokens; got {len(endless)}.",
    )


greedy = Exercise(
    _greedy_test,
    _greedy_answer,
    [
        Text("last = START से शुरू कीजिए और एक ख़ाली list रखिए।", "Begin with last = START and an empty list."),
        Text("loop में: last = int(step(last).argmax())।", "In the loop: last = int(step(last).argmax())."),
        Text(
            "last == END हो तो break, वरना list में जोड़िए; len(list) max_length होते ही रुकिए।",
            "If last == END, break; otherwise append it; stop once the list has max_length tokens.",
        ),
    ],
)


# 3 · No looking ahead


def _mask_answer(length):
    return torch.ones(length, length, dtype=torch.bool).tril()


def _mask_test(answer):
    for length in (5, 1, 8):
        given = run(answer, length)
        need_tensor(given, (length, length))
        need(
            given.dtype == torch.bool,
            f"dtype {given.dtype} है: True और False चाहिए (torch.bool)।",
            f"The dtype is {given.dtype}: True and False are wanted (torch.bool).",
        )
        right = torch.tensor([[column <= row for column in range(length)] for row in range(length)])
        if length == 1:
            need(bool(given.item()), "पहला token ख़ुद को देख सकता है।", "The first token may look at itself.")
            continue
        need(
            not torch.equal(given, right.T),
            "यह उल्टा है: अभी हर token सिर्फ़ आगे देख रहा है। True वहाँ रखिए जहाँ देखने की इजाज़त है।",
            "It is the wrong way round: now each token looks ahead only. True is where looking is allowed.",
        )
        need(
            not torch.equal(given, ~right),
            "True का मतलब यहाँ 'देख सकते हैं' है, 'छिपाइए' नहीं।",
            "True means 'may look' here, not 'hide'.",
        )
        need(
            bool(given.diagonal().all()),
            "हर token ख़ुद को देख सकता है: diagonal भी True हो।",
            "Each token may look at itself: the diagonal is True as well.",
        )
        need(
            not bool(given.triu(diagonal=1).any()),
            "कोई token आगे देख रहा है: पंक्ति t में t के बाद सब False होना चाहिए।",
            "Some token looks ahead: in row t everything after t must be False.",
        )
        need(
            torch.equal(given, right),
            "पीछे के सारे tokens दिखने चाहिए, सिर्फ़ कुछ नहीं।",
            "All earlier tokens must be visible, not just some.",
        )


mask = Exercise(
    _mask_test,
    _mask_answer,
    [
        Text(
            "पंक्ति: जो token देख रहा है। स्तंभ: जिसे देखा जा रहा है।",
            "A row: the token that looks. A column: the token that is looked at.",
        ),
        Text("स्तंभ ≤ पंक्ति हो तो True।", "True where the column is ≤ the row."),
        Text(
            "torch.ones(length, length, dtype=torch.bool).tril() ठीक यही निचला तिकोना देता है।",
            "torch.ones(length, length, dtype=torch.bool).tril() gives just this lower triangle.",
        ),
    ],
)
