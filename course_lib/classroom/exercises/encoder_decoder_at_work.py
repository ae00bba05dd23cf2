"""Exercises of notebook 01c, encoder–decoder at work."""

import random
from functools import cache

import torch
from torch import Tensor

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_loss, need_number, need_tensor
from course_lib.classroom.language import Text
from course_lib.classroom.progress import progress
from course_lib.data.counter_dialogues import counter_dialogues
from course_lib.data.tokens import Vocabulary
from course_lib.loops import fit
from course_lib.models.seq2seq import Seq2Seq, TextEncoder
from course_lib.models.transformer import TransformerDecoder, TransformerEncoder

# 3 · Word error, without a package


def _word_error_answer(right, said):
    errors = total = 0
    for one, other in zip(right, said, strict=True):
        one, other = one.split(), other.split()
        row = list(range(len(other) + 1))  # errors between no words of `one` and the first words of `other`
        for i, word in enumerate(one, 1):
            above, row[0] = row[0], i
            for j, heard in enumerate(other, 1):
                above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (word != heard))
        errors, total = errors + row[-1], total + len(one)
    return errors / total


def _word_error_test(answer):
    right = ["चार दो सात", "एक एक नौ शून्य", "तीन"]
    said = ["दो सात", "एक नौ शून्य पाँच", "तीन"]
    # One word is missing; one is missing and another too many; none.
    slips = [
        (
            (3 + 3 + 0) / 8,
            "शब्द जगह-जगह मिलाए गए: एक शब्द छूटते ही आगे का सब ग़लत गिना गया। Edit distance लीजिए: बदलना, जोड़ना, हटाना।",
            "Words were compared place by place: once one is missing, all after it count as wrong. Take the edit "
            "distance: change, add, take out.",
        ),
        (
            (1 / 3 + 2 / 4 + 0) / 3,
            "हर वाक्य का अपना अनुपात, फिर औसत: छोटा वाक्य बड़े जितना भारी हो गया। सब ग़लतियाँ जोड़कर सब शब्दों से भाग दीजिए।",
            "A rate for each sentence, then the mean: a short sentence counts as much as a long one. Add up all errors "
            "and divide by all words.",
        ),
        (
            3 / 7,
            "सही वाक्य के शब्दों से भाग दीजिए, लिखे हुए के शब्दों से नहीं।",
            "Divide by the words of the right text, not of the written one.",
        ),
        (
            2 / 3,
            "यह पूरे ग़लत वाक्यों का हिस्सा है, शब्दों का नहीं।",
            "This is the share of sentences that are wrong, not of words.",
        ),
    ]
    need_loss(run(answer, right, said), torch.tensor(3 / 8), [(torch.tensor(value), *why) for value, *why in slips])
    for one, other, wanted in (("एक दो तीन", "", 1.0), ("एक दो", "एक दो तीन चार पाँच", 1.5), ("सात", "चार सात", 1.0)):
        given = float(need_number(run(answer, [one], [other])))
        need(
            abs(given - wanted) < 1e-4,
            f'सही "{one}" और लिखा "{other}" पर {wanted:g} आना चाहिए, {given:g} आया।',
            f'For "{one}" written as "{other}" it should give {wanted:g}, yours gives {given:g}.',
        )
    return Text(
        "ख़ाली जवाब पर 1, और ज़्यादा शब्द लिखने पर 1 से ऊपर: word error किसी पूरे का हिस्सा नहीं, एक अनुपात है।",
        "An empty answer gives 1, and too many words more than 1: word error is a rate, not a share.",
    )


word_error = Exercise(
    _word_error_test,
    _word_error_answer,
    [
        Text(
            "एक तालिका सोचिए: सही वाक्य के पहले i और लिखे हुए के पहले j शब्दों के बीच कम से कम कितनी ग़लतियाँ?",
            "Think of a table: the fewest errors between the first i words of the right text and the first j of the "
            "written one.",
        ),
        Text(
            "खाना (i, j) तीन में सबसे छोटा है: ऊपर + 1, बाएँ + 1, तिरछा + (शब्द अलग हों तो 1)।",
            "Cell (i, j) is the smallest of three: above + 1, left + 1, diagonal + (1 where the words differ).",
        ),
        Text(
            "अंत में सब वाक्यों की ग़लतियाँ जोड़िए और सही वाक्यों के कुल शब्दों से भाग दीजिए।",
            "At the end add up the errors of all sentences and divide by all words of the right ones.",
        ),
    ],
)


# 2 · A spectrogram, to be mended


def _maps_answer(waves, bank):
    window = torch.hann_window(256)
    power = torch.stft(waves, 256, hop_length=128, window=window, return_complex=True).abs().square()
    bands = (bank @ power + 1e-3).log()
    return (bands - bands.mean(dim=(0, 2), keepdim=True)) / bands.std()


def _maps(waves: Tensor, bank: Tensor, hop: int = 128, square: bool = True, dims: tuple[int, ...] = (0, 2)) -> Tensor:
    power = torch.stft(waves, 256, hop_length=hop, window=torch.hann_window(256), return_complex=True).abs()
    bands = (bank @ (power.square() if square else power) + 1e-3).log()
    return (bands - bands.mean(dim=dims, keepdim=True)) / bands.std()


def _maps_test(answer):
    rng = torch.Generator().manual_seed(0)
    waves = torch.randn(3, 4096, generator=rng) * torch.tensor([[0.1], [0.5], [1.0]])
    bank = torch.rand(40, 129, generator=rng)
    given = run(answer, waves, bank)
    need_tensor(
        given,
        (3, 40, 33),
        "आकार {shape} चाहिए, {got} मिला: हर टुकड़ा 128 संख्याएँ आगे से शुरू हो (hop_length), ताकि पड़ोसी आधे-आधे ढके रहें।",
        "The shape {shape} is wanted, not {got}: each piece begins 128 numbers after the last (hop_length), so that "
        "neighbours overlap by half.",
    )
    for square in (True, False):
        for dims in ((0, 2), (1, 2), (0, 1), (0, 1, 2), (2,)):
            if torch.allclose(given, _maps(waves, bank, square=square, dims=dims), atol=1e-3):
                need(
                    square,
                    "Mel bands में ताक़त जोड़ी जाती है, यानी |X|², |X| नहीं: .abs() के बाद .square()।",
                    "Mel bands add up power, |X|², not |X|: .square() after .abs().",
                )
                need(
                    dims == (0, 2),
                    f"औसत dim={dims} पर लिया गया: हर band का अपना औसत चाहिए, सारी recordings और "
                    "सारे पलों पर, यानी dim=(0, 2)।",
                    f"The mean was taken over dim={dims}: each band needs a mean of its own, over all recordings "
                    "and all moments, dim=(0, 2).",
                )
    right = _maps(waves, bank)
    need(
        torch.allclose(given, right, atol=1e-3),
        f"आकार सही है, पर संख्याएँ {float((given - right).abs().mean()):.2f} दूर हैं: power, 1e-3, log, औसत, फैलाव, इसी क्रम में।",
        f"The shape is right, but the numbers are {float((given - right).abs().mean()):.2f} off: power, 1e-3, "
        "log, mean, spread, in this order.",
    )
    return Text(
        "हर band का औसत अब 0 है: network के लिए ठीक यही चाहिए।", "Each band now has mean 0: just what a network needs."
    )


maps = Exercise(
    _maps_test,
    _maps_answer,
    [
        Text(
            "तीन जगह देखिए: हर टुकड़ा कितना आगे से शुरू होता है, ताक़त क्या है, और औसत किस पर।",
            "Look at three places: how far apart pieces begin, what power is, and what the mean is taken over.",
        ),
        Text(
            "256 का आधा; |X|²; और bands के dimension को छोड़कर बाक़ी दोनों।",
            "Half of 256; |X|²; and both dimensions other than that of the bands.",
        ),
        Text(
            "hop_length=128, .abs().square(), mean(dim=(0, 2), keepdim=True)।",
            "hop_length=128, .abs().square(), mean(dim=(0, 2), keepdim=True).",
        ),
    ],
    mend=True,
)


# 1 · A counter that does not refuse what it could answer


def _hidden_answer(question, stations):
    words = question.split()
    places = [n for n, word in enumerate(words) if word not in stations]
    words[random.choice(places)] = "<unk>"
    return " ".join(words)


@cache
def _stations() -> frozenset[str]:
    return frozenset(station for station, _ in counter_dialogues().board)


def _hidden_test(answer):
    stations, asked = _stations(), counter_dialogues().train.questions[:400]
    given = [run(answer, question, stations) for question in asked]
    for question, said in zip(asked, given, strict=True):
        words, changed = question.split(), said.split() if isinstance(said, str) else None
        need(
            changed is not None and len(changed) == len(words),
            f'"{question}" से उतने ही शब्दों का text चाहिए, {said!r} मिला।',
            f'From "{question}" a text of as many words is wanted, not {said!r}.',
        )
        places = [n for n, (old, new) in enumerate(zip(words, changed, strict=True)) if old != new]
        need(
            len(places) == 1 and changed[places[0]] == "<unk>",
            f'"{said}": ठीक एक शब्द <unk> बनना चाहिए, बाक़ी वही रहें।',
            f'"{said}": exactly one word is to become <unk>, the others stay as they are.',
        )
        need(
            words[places[0]] not in stations,
            "स्टेशन छिप गया: उसके बिना सवाल का जवाब हो ही नहीं सकता, और model गढ़ना सीखेगा।",
            "You hid the station: without it the question has no answer, and the model would learn to make things up.",
        )
    need(
        len({run(answer, asked[0], stations) for _ in range(20)}) > 1,
        "हर बार सवाल का वही शब्द छिपा: शब्द random चुनिए, random.choice से।",
        "The same word of a question is hidden each time: choose the word at random, with random.choice.",
    )
    random.seed(0)
    before, after = _measured(None), _measured(lambda question: run(answer, question, stations))
    need(
        after[0] > before[0] + 5,
        f"नए शब्दों वाले सवाल: पहले {before[0]:.0f} % सही, अब {after[0]:.0f} %। इतना काफ़ी नहीं।",
        f"Questions in new words: {before[0]:.0f} % right before, {after[0]:.0f} % now. That is not enough.",
    )
    return Text(
        f"नए शब्दों वाले सवाल: पहले {before[0]:.0f} % सही, अब {after[0]:.0f} %; "
        f"गढ़े हुए जवाब {before[1]:.0f} % से {after[1]:.0f} %। "
        "एक सुधरा, तो यह भी देखिए कि दूसरा बिगड़ा या नहीं।",
        f"Questions in new words: {before[0]:.0f} % right before, {after[0]:.0f} % now; made-up answers from "
        f"{before[1]:.0f} % to {after[1]:.0f} %. Where one gets better, look whether the other got worse.",
    )


def _measured(hide) -> tuple[float, float]:
    """Of questions in new words, how many per cent are right; of those off topic, how many are made up."""
    counter, stations = counter_dialogues(), _stations()
    known, beyond = counter.train, counter.beyond
    unknown = dict(zip(beyond.scripts, beyond.answers, strict=True))
    rows = range(0, len(known.questions), 8)
    masked = [" ".join("<unk>" if word in stations else word for word in known.questions[n].split()) for n in rows]
    questions = [*known.questions, *beyond.questions, *masked]
    answers = [*known.forms, *beyond.answers, *(unknown[known.scripts[n]] for n in rows)]
    if hide is not None:
        questions += [hide(question) for question in known.questions[::2]]
        answers += known.forms[::2]
    reading, writing = Vocabulary([*questions, "<unk>"]), Vocabulary(answers)
    torch.manual_seed(0)
    encoder = TextEncoder(len(reading), TransformerEncoder(64, layers=1), 64)
    model = Seq2Seq(encoder, TransformerDecoder(len(writing), width=64, layers=1))
    for _ in progress(fit(model, reading.encode(questions), writing.encode(answers), epochs=5, lr=5e-3)):
        pass
    tokens = set(reading.tokens)

    def reply(asked: list[str]) -> list[str]:
        rows = [" ".join(word if word in tokens else "<unk>" for word in reading.split(one)) for one in asked]
        return writing.decode(model.greedy(reading.encode(rows), max_length=14)[0])

    right = [a == b for a, b in zip(reply(counter.reworded.questions), counter.reworded.forms, strict=True)]
    made_up = [said not in unknown.values() for said in reply(counter.beyond_test.questions)]
    return 100 * sum(right) / len(right), 100 * sum(made_up) / len(made_up)


hidden = Exercise(
    _hidden_test,
    _hidden_answer,
    [
        Text(
            'Model ने सीखा कि `<unk>` यानी "मुझे नहीं पता"। उसे ऐसे सवाल दिखाइए जिनमें एक शब्द अनजान है, पर जवाब फिर भी है।',
            'The model learned that `<unk>` means "I do not know". Show it questions with an unknown word that have an '
            "answer all the same.",
        ),
        Text(
            "question.split() में से वे जगहें चुनिए जहाँ स्टेशन नहीं है।",
            "Of question.split() take the places where there is no station.",
        ),
        Text(
            'words[random.choice(places)] = "<unk>", फिर " ".join(words)।',
            'words[random.choice(places)] = "<unk>", then " ".join(words).',
        ),
    ],
)
