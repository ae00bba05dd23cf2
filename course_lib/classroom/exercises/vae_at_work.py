"""Exercises of 05c, VAEs at work."""

import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_tensor
from course_lib.classroom.language import Text

# 1 · Filling in, to be mended


def _fill_answer(encode, decode, image, known, passes):
    filled = torch.where(known, image, 0.5)
    for _ in range(passes):
        mu, log_var = encode(filled)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        filled = torch.where(known, image, decode(z))
    return filled


class _Line:
    """A toy VAE whose images are all c · v: what belongs in the missing half is known exactly."""

    def __init__(self, log_var: float):
        self.v, self.log_var = torch.linspace(0.2, 1.0, 16).view(1, 1, 4, 4), log_var
        self.seen = []

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        self.seen.append(x.detach().clone())
        mu = ((x * self.v).flatten(1).sum(dim=1) / self.v.square().sum())[:, None]
        return mu, torch.full_like(mu, self.log_var)

    def decode(self, z: Tensor) -> Tensor:
        return z.view(-1, 1, 1, 1) * self.v


def _fill_test(answer):
    torch.manual_seed(0)
    toy, share = _Line(-40.0), torch.tensor([0.3, 0.9, 0.6]).view(3, 1, 1, 1)
    whole = share * toy.v
    known = torch.ones(4, 4, dtype=torch.bool)
    known[2:] = False
    torn = whole * known
    filled = run(answer, toy.encode, toy.decode, torn.clone(), known, 60)
    need_tensor(filled, (3, 1, 4, 4))
    need(
        torch.allclose(filled * known, torn, atol=1e-4),
        "ज्ञात आधा बदल गया: हर pass के बाद उसमें image के असली pixels वापस रखिए, torch.where(known, image, …)।",
        "The known half has changed: after each pass put the image's own pixels back, torch.where(known, image, …).",
    )
    need(
        len(toy.seen) >= 60,
        f"encode सिर्फ़ {len(toy.seen)} बार चला, passes 60 थे।",
        f"encode was called {len(toy.seen)} times for 60 passes.",
    )
    need(
        not torch.allclose(toy.seen[0], toy.seen[-1], atol=1e-4),
        "Encoder को हर बार वही चित्र दिया: अगले pass में पिछले pass का भरा हुआ चित्र जाना चाहिए।",
        "The encoder is given the same image every time: each pass must take what the last one filled in.",
    )
    need(
        torch.allclose(filled, whole, atol=0.01),
        "Passes चलते हैं, पर भरा हुआ आधा सही जगह नहीं पहुँचता: decode का पूरा जवाब नहीं, सिर्फ़ छूटा हिस्सा लीजिए।",
        "The passes run, but the filled half does not arrive: take of decode's answer the missing part only.",
    )
    first, second = (run(answer, (wide := _Line(-3.0)).encode, wide.decode, torn.clone(), known, 5) for _ in range(2))
    need(
        not torch.allclose(first, second, atol=1e-4),
        "दो बार चलाने पर ठीक वही जवाब आया: z को बादल से निकालिए (μ + σ ε), सिर्फ़ μ मत लीजिए; तभी कई जवाब मिलेंगे।",
        "Two runs gave exactly the same: draw z from the cloud (μ + σ ε), not μ alone; only then do answers differ.",
    )
    return Text(
        "यही loop हर VAE के साथ चलता है, और छूटा हिस्सा किसी भी आकार का हो सकता है।",
        "This loop works with any VAE, and the missing part may have any shape.",
    )


fill = Exercise(
    _fill_test,
    _fill_answer,
    [
        Text(
            "एक pass के बाद ज्ञात आधे के pixels किसके हैं, image के या decoder के?",
            "After a pass, whose are the pixels of the known half, the image's or the decoder's?",
        ),
        Text(
            "अगले pass में encoder को filled दीजिए, और z में ε का हिस्सा जोड़िए।",
            "Give the encoder filled in the next pass, and add the part with ε to z.",
        ),
        Text(
            "filled = torch.where(known, image, decode(z)), और z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)।",
            "filled = torch.where(known, image, decode(z)), and z = mu + (0.5 * log_var).exp() * torch.randn_like(mu).",
        ),
    ],
    mend=True,
)


# 2 · Valid, unique, new


def _report_answer(texts, known, canonical):
    spelled = [canonical(text) for text in texts]
    valid = [text for text in spelled if text is not None]
    unique = set(valid)
    return len(valid) / len(texts), len(unique) / len(valid), len(unique - set(known)) / len(unique)


def _spelling(text: str) -> str | None:
    """A toy notation: letters in any order are the same "molecule", and one with a digit is none."""
    return None if not text or any(sign.isdigit() for sign in text) else "".join(sorted(text))


TEXTS = ["ab", "ba", "ab", "cd", "dc", "abc", "cab", "x1", "", "zz", "ef", "9"]
KNOWN = ["ab", "abc", "qr"]


def _report_test(answer):
    given = run(answer, list(TEXTS), list(KNOWN), _spelling)
    need(
        isinstance(given, tuple | list) and len(given) == 3,
        "तीन संख्याएँ लौटाइए: valid, unique, new।",
        "Return three numbers: valid, unique, new.",
    )
    valid, unique, new = map(float, given)
    right = _report_answer(TEXTS, KNOWN, _spelling)  # 9/12, 5/9, 3/5
    need(
        abs(valid - right[0]) < 1e-6,
        f"valid {right[0]:.3f} होना चाहिए, {valid:.3f} आया: canonical जहाँ None न दे, वे, सारे texts में से।",
        f"valid should be {right[0]:.3f}, not {valid:.3f}: those for which canonical is not None, out of all texts.",
    )
    raw = len({text for text in TEXTS if _spelling(text)}) / 9
    need(
        abs(unique - raw) > 1e-6,
        "आपने अलग-अलग **लिखावटें** गिनीं: ab और ba एक ही चीज़ हैं। पहले canonical, फिर set।",
        "You counted different **spellings**: ab and ba are the same thing. First canonical, then a set.",
    )
    need(
        abs(unique - right[1]) < 1e-6,
        f"unique {right[1]:.3f} होना चाहिए, {unique:.3f} आया: अलग-अलग सही रूप, सही texts में से।",
        f"unique should be {right[1]:.3f}, not {unique:.3f}: different valid ones, out of the valid ones.",
    )
    need(
        abs(new - right[2]) < 1e-6,
        f"new {right[2]:.3f} होना चाहिए, {new:.3f} आया: अलग-अलग रूपों में से वे जो known में नहीं।",
        f"new should be {right[2]:.3f}, not {new:.3f}: of the different ones, those that are not in known.",
    )
    return Text(
        "पूरी छलनी: 12 में से बस 3 सही, अलग और नए हैं। ऐसी तीन संख्याओं में से एक अकेली कुछ साबित नहीं करती।",
        "The whole sieve: of 12 only 3 are valid, different and new. None of the three numbers proves anything alone.",
    )


report = Exercise(
    _report_test,
    _report_answer,
    [
        Text(
            "पहले हर text पर canonical चलाइए, और None को अलग रखिए।",
            "First run canonical on every text, and set the None aside.",
        ),
        Text(
            "unique के लिए set(valid) गिनिए; new के लिए उसमें से known घटाइए।",
            "For unique count set(valid); for new take known away from it.",
        ),
        Text(
            "len(valid) / len(texts), len(unique) / len(valid), len(unique - set(known)) / len(unique)।",
            "len(valid) / len(texts), len(unique) / len(valid), len(unique - set(known)) / len(unique).",
        ),
    ],
)


# 3 · Strange on either side


def _strange_answer(cost, usual):
    return (cost - usual.median()).abs()


def _strange_test(answer):
    rng = torch.Generator().manual_seed(0)
    usual, normal = (110 + 25 * torch.randn(500, generator=rng) for _ in range(2))
    costly, cheap = 260 + 30 * torch.randn(100, generator=rng), 8 + 2 * torch.rand(100, generator=rng)
    found = {}
    for name, odd in (("costly", costly), ("cheap", cheap)):
        score = run(answer, torch.cat([normal, odd]), usual)
        need_tensor(score, (600,))
        found[name] = float(roc_auc_score([0] * 500 + [1] * 100, score.detach().numpy()))
    need(
        found["costly"] > 0.9,
        f"बहुत महँगे चित्रों पर AUROC {found['costly']:.2f}: अजीब चित्र का score **ऊँचा** होना चाहिए।",
        f"AUROC on very costly images {found['costly']:.2f}: a strange image must get a **high** score.",
    )
    need(
        found["cheap"] > 0.9,
        f"बहुत सस्ते चित्रों पर AUROC {found['cheap']:.2f}: ख़ाली खाना सस्ता है, और अजीब भी। आम लागत से दूरी दोनों ओर नापिए।",
        f"AUROC on very cheap images {found['cheap']:.2f}: an empty box is cheap, and strange as well. "
        "Measure how far a cost is from the usual one, on either side.",
    )
    moved = run(answer, torch.cat([normal, cheap]) + 40, usual + 40)
    need(
        roc_auc_score([0] * 500 + [1] * 100, moved.detach().numpy()) > 0.9,
        "सारी लागतें 40 बढ़ीं, तो score बिगड़ गया: 110 मत लिखिए, बीच usual से निकालिए।",
        "With all costs 40 higher the score breaks: do not write 110, take the middle from usual.",
    )
    return Text(
        f"AUROC महँगों पर {found['costly']:.2f}, सस्तों पर {found['cheap']:.2f}।",
        f"AUROC {found['costly']:.2f} on the costly ones, {found['cheap']:.2f} on the cheap ones.",
    )


strange = Exercise(
    _strange_test,
    _strange_answer,
    [
        Text(
            "आम लागत क्या है? usual में training के चित्रों की लागतें हैं।",
            "What is a usual cost? usual holds those of training images.",
        ),
        Text(
            "usual का median (बीच का मान) लीजिए, और cost से उसकी दूरी।",
            "Take the median of usual, and how far cost is from it.",
        ),
        Text("पूरा हल: return (cost - usual.median()).abs()", "All of it: return (cost - usual.median()).abs()"),
    ],
)
