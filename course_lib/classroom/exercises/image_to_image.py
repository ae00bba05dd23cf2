"""Exercises of lesson 08, image to image."""

import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import data
from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_loss, need_number, need_tensor
from course_lib.classroom.language import Text
from course_lib.measures import predict, psnr

# 1 · An experiment: the size of a patch

SIZE = 64  # of the image on which a patch is measured, larger than any that is allowed


def _patch_answer():
    layers = [(4, 2), (4, 2), (4, 1)]
    guess = 2 * (2 * 4 + 2) + 2
    return layers, guess


def _patch_test(answer):
    given = run(answer)
    need(
        isinstance(given, tuple | list) and len(given) == 2 and isinstance(given[0], tuple | list),
        "दो चीज़ें लौटाइए: layers की सूची और अंदाज़ा।",
        "Return two things: the list of layers, and your guess.",
    )
    layers, guess = given
    need(
        0 < len(layers) <= 6
        and all(isinstance(one, tuple | list) and len(one) == 2 for one in layers)
        and all(type(part) is int and 1 <= part <= 8 for one in layers for part in one),
        "layers में 1 से 6 जोड़ियाँ (filter, stride) हों, हर संख्या 1 से 8 तक, जैसे [(4, 2), (3, 1)]।",
        "layers holds 1 to 6 pairs (filter, stride), each number from 1 to 8, such as [(4, 2), (3, 1)].",
    )
    need(
        not isinstance(guess, bool) and isinstance(guess, int | float),
        "guess एक संख्या हो: टुकड़ा कितने pixels का होगा?",
        "guess is a number: how many pixels across will the patch be?",
    )
    size = _patch_size(layers)
    measured = Text(
        f"नापा गया टुकड़ा: {size} × {size} pixels, आपका अंदाज़ा {guess:g}।",
        f"The patch measured: {size} × {size} pixels, your guess {guess:g}.",
    )
    need(
        guess != _added(layers) or guess == size,
        f"{measured.hi} आपने शायद filters बस जोड़ दिए: जो layer stride 2 के बाद आती है, उसका हर क़दम input के 2 pixels का है।",
        f"{measured.en} Perhaps you merely added the filters: in a layer that comes after stride 2 each step is "
        "2 pixels of the input.",
    )
    need(
        guess == size,
        f"{measured.hi} आख़िरी layer से शुरू करके पीछे चलिए: हर layer पर stride · (टुकड़ा − 1) + filter।",
        f"{measured.en} Begin at the last layer and walk back: at each layer stride · (patch − 1) + filter.",
    )
    need(
        22 <= size <= 28,
        f"{measured.hi} अंदाज़ा ठीक है, पर टुकड़ा 22 से 28 का चाहिए: "
        + ("एक layer या बड़ा filter जोड़िए।" if size < 22 else "एक layer या stride घटाइए।"),
        f"{measured.en} The guess is right, but the patch should be 22 to 28: "
        + ("add a layer, or a larger filter." if size < 22 else "take away a layer, or a stride."),
    )
    return measured


def _patch_size(layers) -> int:
    """How many pixels across the patch is that one number of the last map sees, by the gradient."""
    torch.manual_seed(0)
    convolutions = [nn.Conv2d(1, 1, size, stride) for size, stride in layers]
    size = 1
    for one, stride in reversed(layers):  # an image just large enough for one number in the middle and its neighbours
        size = stride * (size - 1) + one
    image = torch.rand(1, 1, size + 2, size + 2, requires_grad=True)
    nn.Sequential(*convolutions)(image)[0, 0, 0, 0].backward()
    return int((image.grad[0, 0] != 0).any(dim=0).nonzero().max()) + 1


def _added(layers) -> int:
    return sum(size for size, _ in layers) - len(layers) + 1


patch = Exercise(
    _patch_test,
    _patch_answer,
    [
        Text(
            "पाठ का हिसाब देखिए: 3, फिर 2 · 3 + 2 = 8, फिर 2 · 8 + 2 = 18। वह आख़िरी layer से पीछे की ओर चलता है।",
            "Look at the lesson's sum: 3, then 2 · 3 + 2 = 8, then 2 · 8 + 2 = 18. It walks back from the last layer.",
        ),
        Text(
            "नियम: पीछे की हर layer पर टुकड़ा = stride · (टुकड़ा − 1) + filter; शुरुआत 1 से।",
            "The rule: at each layer on the way back patch = stride · (patch − 1) + filter; begin with 1.",
        ),
        Text(
            "आख़िरी filter को 3 से 4 कर दीजिए: 4, फिर 2 · 3 + 4 = 10, फिर 2 · 9 + 4 = 22।",
            "Make the last filter 4 instead of 3: 4, then 2 · 3 + 4 = 10, then 2 · 9 + 4 = 22.",
        ),
    ],
)

# 2 · A repair: the loss of the round trip


def _cycle_answer(to_b, to_a, a, b):
    there = (to_a(to_b(a)) - a).abs().mean()
    back = (to_b(to_a(b)) - b).abs().mean()
    return there + back


class _Translator(nn.Module):
    def __init__(self, scale: float, shift: float):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.tensor(scale)), nn.Parameter(torch.tensor(shift))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x + self.shift


def _cycle_test(answer):
    torch.manual_seed(0)
    a, b = torch.rand(6, 1, 4, 4), 2 * torch.rand(6, 1, 4, 4) - 1
    to_b, to_a = _Translator(1.5, 0.4), _Translator(1.2, -0.8)
    given = run(answer, to_b, to_a, a.clone(), b.clone())
    with torch.no_grad():
        from_a, from_b = (to_a(to_b(a)) - a).abs().mean(), (to_b(to_a(b)) - b).abs().mean()
        slips = [
            (
                (to_b(a) - b).abs().mean() + (to_a(b) - a).abs().mean(),
                "यह बने चित्र को दूसरे ढेर की उसी पंक्ति से मिलाता है, पर a[0] और b[0] जोड़ी नहीं हैं। चक्कर में चित्र ख़ुद से "
                "मिलाया जाता है: a → to_b → to_a → a।",
                "This compares what was made with the same row of the other heap, but a[0] and b[0] are no pair. In a "
                "round trip an image is compared with itself: a → to_b → to_a → a.",
            ),
            (
                from_a,
                "यह सिर्फ़ a से चलने वाला चक्कर है: b → to_a → to_b → b भी जोड़िए।",
                "This is the round trip from a only: add b → to_a → to_b → b.",
            ),
            (
                from_b,
                "यह सिर्फ़ b से चलने वाला चक्कर है: a → to_b → to_a → a भी जोड़िए।",
                "This is the round trip from b only: add a → to_b → to_a → a.",
            ),
            (
                (to_b(to_a(a)) - a).abs().mean() + (to_a(to_b(b)) - b).abs().mean(),
                "क्रम उल्टा है: a पर पहले to_b चलता है, फिर to_a। to_a को b के चित्र चाहिए, a के नहीं।",
                "The order is the wrong way round: on a first comes to_b, then to_a. to_a wants images of b, not of a.",
            ),
            (
                (to_a(to_b(a)) - a).square().mean() + (to_b(to_a(b)) - b).square().mean(),
                "यह अंतर का वर्ग है (L2): CycleGAN में L1 है, abs()।",
                "This is the squared difference (L2): CycleGAN has L1, abs().",
            ),
            (
                (from_a + from_b) / 2,
                "आपने दोनों चक्करों का औसत लिया: सूत्र में उनका जोड़ है।",
                "You took the mean of both round trips: the formula has their sum.",
            ),
            (
                (to_a(to_b(a)) - a).abs().sum() + (to_b(to_a(b)) - b).abs().sum(),
                "आपने pixels जोड़ दिए: औसत लीजिए, वरना λ का मतलब चित्र के आकार के साथ बदलेगा।",
                "You summed over the pixels: take the mean, or λ means something else with every size of image.",
            ),
        ]
    got = tuple(need_number(given).shape)
    need(
        not got,
        f"एक ही संख्या चाहिए, पर आकार {got} मिला: अंत में .mean() लगाइए।",
        f"One number is needed, not the shape {got}: end with .mean().",
    )
    need_loss(given, from_a + from_b, slips)
    need(
        isinstance(given, Tensor) and given.requires_grad,
        "संख्या सही है, पर उससे gradient नहीं लौटता: .item(), detach और no_grad मत लगाइए।",
        "The number is right, but no gradient comes back from it: no .item(), detach or no_grad.",
    )
    given.backward()
    pulls = [one.scale.grad for one in (to_b, to_a)]
    fresh = _Translator(1.5, 0.4), _Translator(1.2, -0.8)
    _cycle_answer(*fresh, a, b).backward()
    need(
        all(
            mine is not None and torch.isclose(mine, one.scale.grad, rtol=1e-3)
            for mine, one in zip(pulls, fresh, strict=True)
        ),
        "संख्या सही है, पर gradient किसी translator तक पूरा नहीं पहुँचता: बीच में detach मत लगाइए, चक्कर दोनों को सिखाता है।",
        "The number is right, but the gradient does not fully reach one of the translators: no detach in between, the "
        "round trip teaches both.",
    )


cycle = Exercise(
    _cycle_test,
    _cycle_answer,
    [
        Text(
            "अभी बने चित्र की तुलना किससे हो रही है? क्या उस पंक्ति का b उसका जवाब है?",
            "What is each image that was made compared with now? Is the b of that row its answer?",
        ),
        Text(
            "चक्कर: a से चलिए, to_b से पार जाइए, to_a से लौटिए, और a से मिलाइए।",
            "The round trip: start at a, cross by to_b, return by to_a, and compare with a.",
        ),
        Text(
            "पहली पंक्ति: (to_a(to_b(a)) - a).abs().mean(); दूसरी b से, उल्टे क्रम में।",
            "The first line: (to_a(to_b(a)) - a).abs().mean(); the second from b, in the opposite order.",
        ),
    ],
    mend=True,
)

# 3 · Without course_lib: super-resolution

SECONDS, GAIN = 30, 2.0  # of training at most, with room for a slow machine below; dB above bicubic


def _own_answer(small, large):
    network = nn.Sequential(
        nn.Conv2d(1, 48, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(48, 48, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(48, 16, 3, padding=1),
        nn.PixelShuffle(4),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    for _ in range(250):
        index = torch.randint(len(small), (32,))
        loss = (network(small[index]) - large[index]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


def _own_test(answer):
    digits = data.mnist()
    small, small_test = (F.avg_pool2d(split.images, 4) for split in digits[:2])
    torch.manual_seed(0)
    start = time.perf_counter()
    network = run(answer, small.clone(), digits.train.images.clone())
    seconds = time.perf_counter() - start
    need(
        isinstance(network, nn.Module),
        f"सिखाया हुआ network लौटाइए, {type(network).__name__} नहीं: return network।",
        f"Return the trained network, not {type(network).__name__}: return network.",
    )
    network.cpu()
    enlarged = predict(network, small_test)
    need_tensor(
        enlarged,
        (1000, 1, 28, 28),
        "1,000 छोटे चित्रों से {shape} आकार का tensor चाहिए, {got} मिला।",
        "Of 1,000 small images a tensor of shape {shape} is wanted, not {got}.",
    )
    need(
        bool(enlarged.isfinite().all()),
        "Training बेक़ाबू हो गई: output में NaN है। Learning rate घटाइए।",
        "Training diverged: the output has NaN. Take a smaller learning rate.",
    )
    low, high = float(enlarged.min()), float(enlarged.max())
    plain = F.interpolate(small_test, scale_factor=4, mode="bicubic").clamp(0, 1)
    mine, rival = (psnr(x.clamp(0, 1), digits.test.images) for x in (enlarged, plain))
    measured = Text(
        f"PSNR {mine:.1f} dB, bicubic {rival:.1f} dB, {seconds:.0f} seconds में।",
        f"PSNR {mine:.1f} dB, bicubic {rival:.1f} dB, in {seconds:.0f} seconds.",
    )
    need(
        low > -0.6 or mine > rival + GAIN,
        f"{measured.hi} आपके pixels {low:.1f} से {high:.1f} तक हैं, पर target 0 से 1 तक हैं: Tanh नहीं, "
        "Sigmoid लगाइए या कुछ नहीं।",
        f"{measured.en} Your pixels go from {low:.1f} to {high:.1f}, but the targets from 0 to 1: use a Sigmoid or "
        "nothing, not Tanh.",
    )
    need(
        float(enlarged.std(dim=0).mean()) > 0.02,
        f"{measured.hi} हर input से लगभग वही चित्र बनता है: loss target से नापिए, और optimizer.step() हर बार चलाइए।",
        f"{measured.en} Nearly the same image comes of every input: take the loss against the target, and call "
        "optimizer.step() each time.",
    )
    need(
        mine > rival + GAIN,
        f"{measured.hi} Bicubic से {GAIN:.0f} dB ऊपर चाहिए: तीन convolutions, ReLU, PixelShuffle(4), "
        "Adam lr=2e-3, और कुछ सौ steps।",
        f"{measured.en} {GAIN:.0f} dB above bicubic are wanted: three convolutions, ReLU, PixelShuffle(4), Adam with "
        "lr=2e-3, and a few hundred steps.",
    )
    need(
        seconds < 3 * SECONDS,
        f"{measured.hi} काम सही है, पर {SECONDS} seconds से बहुत ज़्यादा लगे: convolutions 7 × 7 पर चलाइए, फैलाना आख़िर में।",
        f"{measured.en} It works, but takes far more than {SECONDS} seconds: convolve at 7 × 7, enlarge at the end.",
    )
    return measured


own = Exercise(
    _own_test,
    _own_answer,
    [
        Text(
            "Network: 7 × 7 पर nn.Conv2d(…, 3, padding=1) और nn.ReLU; आख़िरी convolution के 16 नक़्शे, फिर "
            "nn.PixelShuffle(4)।",
            "The network: at 7 × 7 nn.Conv2d(…, 3, padding=1) and nn.ReLU; 16 maps from the last convolution, then "
            "nn.PixelShuffle(4).",
        ),
        Text(
            "Loss: (network(small[index]) - large[index]).square().mean(), क्योंकि जाँच PSNR नापती है; "
            "optimizer Adam, lr=2e-3।",
            "The loss: (network(small[index]) - large[index]).square().mean(), since the check measures PSNR; the "
            "optimizer Adam, lr=2e-3.",
        ),
        Text(
            "250 बार: index = torch.randint(len(small), (32,)), loss, zero_grad(), backward(), step(); अंत में "
            "return network।",
            "250 times: index = torch.randint(len(small), (32,)), loss, zero_grad(), backward(), step(); in the "
            "end return network.",
        ),
    ],
)
