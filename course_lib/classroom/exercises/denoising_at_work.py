"""Exercises of notebook 03c, denoising at work."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_number, need_tensor, student_denoised, student_denoiser
from course_lib.classroom.language import Text
from course_lib.data.ecg import simulated_ecg

# SI-SDR, to be mended


def _si_sdr_answer(x_hat, x):
    x_hat, x = x_hat - x_hat.mean(dim=1, keepdim=True), x - x.mean(dim=1, keepdim=True)
    share = (x_hat * x).sum(dim=1, keepdim=True) / x.square().sum(dim=1, keepdim=True)
    rest = x_hat - share * x
    return 10 * torch.log10((share * x).square().sum(dim=1) / rest.square().sum(dim=1))


def _si_sdr_test(answer):
    seconds = torch.arange(800) / 800
    # Waves of whole periods: each has mean 0 and no share of another, so every ratio is known exactly.
    x, other = torch.sin(2 * torch.pi * 5 * seconds), torch.sin(2 * torch.pi * 12 * seconds)
    clean = torch.stack([x, other, x])
    noisy = torch.stack([x + 0.1 * other, other + 0.5 * x, x + other])
    right = torch.tensor([20.0, 20 * torch.tensor(2.0).log10().item(), 0.0])
    given = run(answer, noisy.clone(), clean.clone())
    need_tensor(given, (3,))
    need(
        not torch.allclose(given, 2 * right, atol=0.05),
        "हर संख्या दोगुनी है: powers का अनुपात है, इसलिए 10 log₁₀, 20 नहीं।",
        "Every number is twice too large: this is a ratio of powers, so 10 log₁₀, not 20.",
    )
    need(
        torch.allclose(given, right, atol=0.05),
        f"तीन clips पर {_listed(right)} dB आने चाहिए, {_listed(given)} आए: x̂ में x का कितना हिस्सा है, यह x की power से "
        "भाग देकर मिलता है।",
        f"Three clips should give {_listed(right)} dB, yours gives {_listed(given)}: how much of x there is in x̂ comes "
        "from dividing by the power of x.",
    )
    louder = run(answer, 7 * noisy, clean.clone())
    need(
        torch.allclose(louder, right, atol=0.05),
        "आवाज़ 7 गुना ऊँची करने से उत्तर बदल गया: share को x से गुणा करके ही घटाइए।",
        "Making the sound 7 times louder changes the answer: subtract share times x, not x.",
    )
    moved = run(answer, noisy + 3, clean - torch.tensor([[1.0], [2.0], [0.0]]))
    need(
        torch.allclose(moved, right, atol=0.05),
        "हर clip का अपना औसत घटाइए: mean(dim=1, keepdim=True)।",
        "Take away the mean of each clip by itself: mean(dim=1, keepdim=True).",
    )
    return Text(
        "ठीक: 7 गुना ऊँची आवाज़ पर भी वही dB; वरना network सिर्फ़ आवाज़ बढ़ाकर अंक पा लेता।",
        "Right: the same dB for a sound 7 times as loud; otherwise a network could win points by the volume alone.",
    )


def _listed(values: Tensor) -> str:
    return ", ".join(f"{value:.1f}" for value in values.tolist())


si_sdr = Exercise(
    _si_sdr_test,
    _si_sdr_answer,
    [
        Text(
            "दो जगह देखिए: share किससे भाग देकर मिलता है, और log के आगे कौन-सी संख्या है?",
            "Look at two places: what is share divided by, and which number stands before the log?",
        ),
        Text(
            "share वह संख्या a है जिससे ‖x̂ − a x‖² सबसे छोटा हो: a = ⟨x̂, x⟩ / ⟨x, x⟩।",
            "share is the number a for which ‖x̂ − a x‖² is smallest: a = ⟨x̂, x⟩ / ⟨x, x⟩.",
        ),
        Text("x.square() से भाग दीजिए, और 10 * torch.log10।", "Divide by x.square(), and take 10 * torch.log10."),
    ],
    mend=True,
)


# What Rician noise adds


def _unbias_answer(scans, sigma):
    return (scans.square().mean(dim=0) - 2 * sigma**2).clamp(min=0).sqrt()


def _unbias_test(answer):
    rng, sigma = torch.Generator().manual_seed(0), 0.1
    clean = torch.linspace(0, 0.8, 9)[:, None].repeat(1, 9)  # a row a grey level, air first
    real, imaginary = (sigma * torch.randn(4000, 9, 9, generator=rng) for _ in range(2))
    scans = ((clean + real) ** 2 + imaginary**2).sqrt()
    given = run(answer, scans.clone(), sigma)
    need_tensor(given, (9, 9))
    need(
        bool(given.isfinite().all()),
        "नतीजे में NaN है: हवा में घटाने के बाद कुछ संख्याएँ शून्य से नीचे जाती हैं; वर्गमूल से पहले .clamp(min=0)।",
        "The result has NaN: in air some numbers fall below zero after subtracting; .clamp(min=0) before the root.",
    )
    squares = scans.square().mean(dim=0)
    slips = [
        (
            scans.mean(dim=0),
            "यह सादा औसत है: हवा 0.125 पर रह गई। Noise औसत में नहीं, वर्गों के औसत में ठीक 2σ² जोड़ता है।",
            "This is the plain mean: air stays at 0.125. It is to the mean of the squares that noise adds exactly 2σ².",
        ),
        (
            squares.sqrt(),
            "वर्गों का औसत ठीक है, पर उसमें से 2σ² घटाना रह गया।",
            "The mean of the squares is right, but 2σ² has not been taken away.",
        ),
        (
            (squares - sigma**2).clamp(min=0).sqrt(),
            "σ² एक बार घटाया; noise दो बार जुड़ा था, real और imaginary हिस्से में: 2σ²।",
            "You took away σ² once; noise was added twice, to the real and to the imaginary part: 2σ².",
        ),
        (
            (scans.mean(dim=0).square() - 2 * sigma**2).clamp(min=0).sqrt(),
            "पहले औसत, फिर वर्ग हो गया: हर scan का वर्ग लीजिए, फिर औसत।",
            "The mean came before the square: square every scan, then take the mean.",
        ),
    ]
    for value, hi, en in slips:
        need(not torch.allclose(given, value, atol=1e-4), hi, en)
    off = float((given[1:] - clean[1:]).abs().max())
    need(
        off < 0.02 and float(given[0].mean()) < 0.03,
        f"सही चमक से {off:.2f} तक का फ़र्क़ है, हवा में {float(given[0].mean()):.2f} बचा: वर्गों का औसत, घटा 2σ², फिर वर्गमूल।",
        f"Up to {off:.2f} from the true grey, and {float(given[0].mean()):.2f} left in air: the mean of the squares, "
        "less 2σ², then the root.",
    )
    stronger = run(answer, 2 * scans, 2 * sigma)
    need(
        torch.allclose(stronger, 2 * given, atol=1e-3),
        "sigma=0.2 पर उत्तर ग़लत है: जो sigma दिया गया, वही काम में लीजिए।",
        "For sigma=0.2 the answer is wrong: use the sigma that is given.",
    )
    plain = scans.mean(dim=0)[0].mean()
    return Text(
        f"सादे औसत में हवा {plain:.3f} पर थी, आपके यहाँ {given[0].mean():.3f} पर; यही सुधार पाठ में प्रतिद्वंद्वी filters को मिला।",
        f"In the plain mean air stood at {plain:.3f}, in yours at {given[0].mean():.3f}; the rivals of the lesson got "
        "this same cure.",
    )


unbias = Exercise(
    _unbias_test,
    _unbias_answer,
    [
        Text(
            "y² = (x + n₁)² + n₂²; इसका औसत निकालिए, n₁ और n₂ का औसत 0 और variance σ² है।",
            "y² = (x + n₁)² + n₂²; take its mean, where n₁ and n₂ have mean 0 and variance σ².",
        ),
        Text("वर्गों का औसत x² + 2σ² है।", "The mean of the squares is x² + 2σ²."),
        Text(
            "पूरा हल: (scans.square().mean(dim=0) - 2 * sigma**2).clamp(min=0).sqrt()",
            "All of it: (scans.square().mean(dim=0) - 2 * sigma**2).clamp(min=0).sqrt()",
        ),
    ],
)


# All of it, without course_lib

NOISE = 0.2  # standard deviation


def _own_answer(strips):
    layers = nn.Conv1d(1, 16, 15, padding=7), nn.ReLU(), nn.Conv1d(16, 16, 15, padding=7), nn.ReLU()
    network = nn.Sequential(*layers, nn.Conv1d(16, 1, 15, padding=7))
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-3)
    for _ in range(8):
        for index in torch.randperm(len(strips)).split(32):
            x = strips[index]
            loss = (network(x + 0.2 * torch.randn_like(x)) - x).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network


def _own_test(answer):
    torch.manual_seed(0)
    strips, x = simulated_ecg(400, seed=2), simulated_ecg(100, seed=3)
    network, seconds = student_denoiser(answer, strips, "strips", "strips")
    noisy = x + NOISE * torch.randn(x.shape, generator=torch.Generator().manual_seed(4))
    x_hat = student_denoised(network, noisy)
    averages = {width: F.avg_pool1d(noisy, width, 1, width // 2, count_include_pad=False) for width in (3, 5, 7, 9, 11)}
    before, rival, mine = _snr(noisy, x), max(_snr(a, x) for a in averages.values()), _snr(x_hat, x)
    hi = f"{before:.1f} dB से {mine:.1f} dB; सबसे अच्छा चलता औसत {rival:.1f} dB"
    en = f"{before:.1f} dB to {mine:.1f} dB; the best moving average has {rival:.1f} dB"
    need(
        (x_hat - noisy).square().mean() > 0.1 * NOISE**2,
        f"{hi}। आपका network input की नक़ल करता है: loss में target साफ़ strip हो, और input बिगड़ी हुई।",
        f"{en}. Your network copies its input: the loss needs the clean strip as its target, the noisy one as input.",
    )
    need(
        mine > rival + 2,
        f"{hi}; उससे 2 dB आगे जाना है। Training का noise 0.2 का हो, filters ऐसे चौड़े कि Q, R, S साथ दिखें, और कुछ epochs और।",
        f"{en}; be 2 dB ahead of it. Train on noise of 0.2, with filters wide enough to see Q, R and S at once, "
        "and for some more epochs.",
    )
    return Text(
        f"{seconds:.0f} s में {hi}। अब आप ECG का denoiser किसी भी machine पर लिख सकते हैं।",
        f"{en}, in {seconds:.0f} s. You can now write a denoiser of an ECG on any machine.",
    )


def _snr(x_hat: Tensor, x: Tensor) -> float:
    return float(need_number(10 * torch.log10(x.square().sum() / (x_hat - x).square().sum())))


own = Exercise(
    _own_test,
    _own_answer,
    [
        Text(
            "पाठ 03 वाला loop: साफ़ strip लीजिए, उस पर नया noise डालिए, network का उत्तर साफ़ strip से मिलाइए।",
            "The loop of lesson 03: take a clean strip, put new noise on it, compare the network's answer with the "
            "clean strip.",
        ),
        Text(
            "तीन Conv1d काफ़ी हैं, 15 चौड़े filters और padding=7 के साथ; बीच में ReLU।",
            "Three Conv1d are enough, with filters 15 wide and padding=7; ReLU between them.",
        ),
        Text("Adam, lr 5e-3, 8 epochs, batch 32।", "Adam, lr 5e-3, 8 epochs, batches of 32."),
    ],
)
