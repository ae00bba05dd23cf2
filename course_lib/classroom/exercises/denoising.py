"""Exercises of lesson 03, the denoising autoencoder."""

from collections.abc import Callable
from functools import cache

import torch
from torch import nn

from course_lib import data
from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import (
    Watch,
    before_each_step,
    cosine,
    need_number,
    need_tensor,
    student_denoised,
    student_denoiser,
)
from course_lib.classroom.language import Text
from course_lib.classroom.progress import progress
from course_lib.data import corrupt
from course_lib.loops import fit
from course_lib.measures import predict, psnr
from course_lib.models.autoencoders import DenoisingAutoencoder, unet

# 1 · Poisson noise


def _poisson_answer(x, photons):
    return (torch.poisson(x * photons) / photons).clamp(0, 1)


def _poisson_test(answer):
    torch.manual_seed(3)
    x, photons = torch.full((40, 1, 28, 28), 0.25), 100
    x[:, :, 14:] = 0.5
    before = x.clone()
    given = run(answer, x, photons)
    need_tensor(given, tuple(x.shape))
    need(
        torch.equal(x, before),
        "आपने x को ही बदल दिया: नया tensor बनाइए, वरना साफ़ चित्र खो जाएगा।",
        "You changed x itself: make a new tensor, or the clean image is lost.",
    )
    need(
        bool(given.isfinite().all()),
        "नतीजे में NaN है: torch.poisson को ऋणात्मक संख्याएँ नहीं मिलनी चाहिए।",
        "The result has NaN: torch.poisson must not be given negative numbers.",
    )
    need(
        not torch.allclose(given, x),
        "कुछ भी नहीं बदला: noise कहाँ है?",
        "Nothing has changed: where is the noise?",
    )
    dark, bright = given[:, :, :14], given[:, :, 14:]
    low, high = float(given.min()), float(given.max())
    need(
        low >= 0 and high <= 1,
        f"Pixels {low:.1f} से {high:.1f} तक गए: गिनती को photons से भाग दीजिए, फिर clip कीजिए।",
        f"Pixels go from {low:.1f} to {high:.1f}: divide the counts by photons, then clip.",
    )
    # 15,680 draws each: means further than 0.003 off, over five of their standard deviations, are no accident.
    need(
        abs(float(dark.mean()) - 0.25) < 0.003 and abs(float(bright.mean()) - 0.5) < 0.003,
        f"औसत चमक 0.25 और 0.5 रहनी चाहिए, {float(dark.mean()):.2f} और {float(bright.mean()):.2f} मिली: "
        "जिससे गुणा किया, उसी से भाग दीजिए।",
        f"The mean brightness should stay 0.25 and 0.5, it became {float(dark.mean()):.2f} and "
        f"{float(bright.mean()):.2f}: divide by what you multiplied with.",
    )
    need(
        not torch.allclose(given[0], given[1]),
        "हर चित्र को एक ही noise मिला: torch.poisson को पूरा x × photons दीजिए।",
        "Every image got the same noise: give torch.poisson the whole of x × photons.",
    )
    ratio = float(bright.var() / dark.var())
    need(
        1.8 < ratio < 2.2,
        f"दुगनी चमक पर variance {ratio:.1f} गुना है, चाहिए 2 गुना: Poisson में noise चमक के साथ बढ़ता है। torch.poisson लीजिए।",
        f"At twice the brightness the variance is {ratio:.1f} times as large, it should be 2 times: Poisson noise "
        "grows with brightness. Use torch.poisson.",
    )
    need(
        abs(float(dark.var()) / (0.25 / photons) - 1) < 0.1,
        f"चमक 0.25 पर variance {float(dark.var()):.4f} है, चाहिए 0.25 / {photons}: photons कहाँ काम आए?",
        f"At brightness 0.25 the variance is {float(dark.var()):.4f}, it should be 0.25 / {photons}: "
        "what became of photons?",
    )
    need(
        torch.allclose(given * photons, (given * photons).round(), atol=1e-3),
        "Variance सही है, पर photons पूरे-पूरे गिने जाते हैं, आधे नहीं: Gaussian की जगह torch.poisson लीजिए।",
        "The variance is right, but photons are counted in whole numbers: use torch.poisson in place of a Gaussian.",
    )
    few = run(answer, torch.ones(20, 1, 28, 28), 4)
    need(
        float(few.max()) <= 1,
        "photons=4 पर pixels 1 से ऊपर गए: अंत में .clamp(0, 1)।",
        "With photons=4 pixels went above 1: end with .clamp(0, 1).",
    )
    return Text(
        f"दुगनी चमक पर variance {ratio:.1f} गुना: noise चमक के साथ बढ़ता है, पर signal उससे तेज़।",
        f"At twice the brightness the variance is {ratio:.1f} times as large: noise grows with light, "
        "the signal faster.",
    )


poisson = Exercise(
    _poisson_test,
    _poisson_answer,
    [
        Text(
            "torch.poisson(rate) हर जगह अपनी औसत गिनती rate वाली एक random गिनती देता है।",
            "torch.poisson(rate) gives a random count at every place, whose mean is the rate there.",
        ),
        Text(
            "औसत गिनती x * photons है; मिली गिनती को photons से भाग दीजिए।",
            "The mean count is x * photons; divide the count that comes by photons.",
        ),
        Text("अंत में .clamp(0, 1)।", "Last, .clamp(0, 1)."),
    ],
)


# 2 · A broken loop


def _repair_answer(network, images, add_noise, epochs):
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(epochs):
        for index in torch.randperm(len(images)).split(64):
            x_hat = network(add_noise(images[index]))
            loss = ((x_hat - images[index]) ** 2).flatten(1).sum(dim=1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network


def _broken(network, images, add_noise, epochs):
    """What the lesson's cell holds."""
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    noisy = add_noise(images)
    for _ in range(epochs):
        for index in torch.randperm(len(images)).split(64):
            x_hat = network(noisy[index])
            loss = ((x_hat - noisy[index]) ** 2).flatten(1).sum(dim=1).mean()
            loss.backward()
            optimizer.step()
    return network


def _repair_test(answer):
    torch.manual_seed(0)
    images = data.mnist().train.images[::20].clone()  # 200, as many of each digit
    made, network = [], unet((4, 4))
    watch = Watch(network)

    def add_noise(x):
        made.append((x.clone(), corrupt.gaussian(x)))
        return made[-1][1]

    with before_each_step(watch.of_one_batch) as steps:
        run(answer, network, images, add_noise, 2)
    need(
        bool(steps),
        "Weights हिले ही नहीं: optimizer.step() नहीं चला।",
        "The weights did not move: optimizer.step() never ran.",
    )
    clean_of = {noisy.numpy().tobytes(): clean for pair in made for clean, noisy in zip(*pair, strict=True)}

    def made_from(batch):
        return [clean_of.get(image.numpy().tobytes()) for image in batch]

    need(
        all(clean is not None for batch in watch.entered for clean in made_from(batch)),
        "Network को साफ़ चित्र मिल रहा है, या ऐसा जो add_noise ने नहीं बनाया: input add_noise(…) से आना चाहिए।",
        "The network is given clean images, or others than add_noise made: its input must come from add_noise(…).",
    )
    # The gradient of a squared error points along x̂ − target: compare with both targets that there might be.
    to_clean = min(cosine(gradient, x_hat - torch.stack(made_from(x))) for x, x_hat, gradient in watch.back)
    to_noisy = min(cosine(gradient, x_hat - x) for x, x_hat, gradient in watch.back)
    need(
        to_noisy < 0.999,
        "Target वही बिगड़ा चित्र है जो network को मिला: वह noise समेत नक़ल सीखेगा। Loss में images[index] चाहिए।",
        "The target is the very noisy image that the network was given: it will learn to copy, noise and all. "
        "The loss needs images[index].",
    )
    need(
        to_clean > 0.99,
        "Loss इसी batch के x̂ और साफ़ चित्रों की वर्ग-त्रुटि नहीं है।",
        "The loss is not the squared error between x̂ and the clean images of the same batch.",
    )
    entered = torch.cat(watch.entered).flatten(1)
    need(
        len(entered.unique(dim=0)) > 1.5 * len(images),
        "दूसरे epoch में भी वही noise आया: add_noise को loop के अंदर बुलाइए, ताकि हर बार नया noise बने।",
        "The second epoch brought the same noise again: call add_noise inside the loop, so that it is made anew.",
    )
    need(
        all(steps),
        "इस batch के gradient में पिछले batches का भी जुड़ा है, या backward() के बाद मिट गया: हर backward() से ठीक पहले "
        "optimizer.zero_grad()।",
        "This batch's gradient holds earlier batches' too, or was wiped out after backward(): optimizer.zero_grad() "
        "just before every backward().",
    )
    right, wrong = (_gain(loop) for loop in (answer, _broken))
    return Text(
        f"1,000 चित्रों पर 4 epochs के बाद PSNR {right:+.1f} dB बदला; टूटे हुए loop से {wrong:+.1f} dB।",
        f"After 4 epochs on 1,000 images PSNR changed by {right:+.1f} dB; with the broken loop by {wrong:+.1f} dB.",
    )


def _gain(train: Callable) -> float:
    digits = data.mnist()
    torch.manual_seed(0)
    network = unet((8, 16))
    train(network, digits.train.images[::4], corrupt.gaussian, 4)
    x = digits.test.images
    noisy = corrupt.gaussian(x, 0.3, torch.Generator().manual_seed(0))
    return psnr(predict(network, noisy), x) - psnr(noisy, x)


repair = Exercise(
    _repair_test,
    _repair_answer,
    [
        Text(
            "तीन सवाल: x̂ की तुलना किससे हो? noise कब-कब बनता है? पिछले batch का gradient कहाँ गया?",
            "Three questions: what should x̂ be compared with? When is noise made? What became of the last batch's "
            "gradient?",
        ),
        Text(
            "add_noise(images[index]) को loop के अंदर ले आइए; loss में images[index] रखिए।",
            "Move add_noise(images[index]) into the loop; put images[index] into the loss.",
        ),
        Text(
            "और loss.backward() से पहले optimizer.zero_grad()।",
            "And optimizer.zero_grad() before loss.backward().",
        ),
    ],
    mend=True,
)


# 3 · An experiment, and a prediction

AT = 0.6  # the noise that both denoisers are measured on


def _stronger_answer():
    return 0.6, 1.8


def _stronger_test(answer):
    given = run(answer)
    need(
        isinstance(given, tuple | list) and len(given) == 2,
        "दो चीज़ें लौटाइए: return strength, guess।",
        "Return two things: return strength, guess.",
    )
    strength, guess = (float(need_number(value)) for value in given)
    need(
        0 <= strength <= 2,
        f"strength={strength:g} नहीं चलेगी: 0 से 2 के बीच चुनिए।",
        f"strength={strength:g} will not do: choose one between 0 and 2.",
    )
    reached, usual = _at_strong_noise(strength), _at_strong_noise(0.3)
    ahead = reached - usual
    measured_hi = f"नापा गया: 0.6 के noise पर आपका denoiser {reached:.1f} dB, 0.3 वाला {usual:.1f} dB।"
    measured_en = f"Measured: on noise of 0.6 your denoiser has {reached:.1f} dB, that of 0.3 has {usual:.1f} dB."
    need(
        ahead > 0.5,
        f"{measured_hi} जाँच में जो noise आएगा, training में वैसा ही दीजिए।",
        f"{measured_en} Train with the noise that the test will bring.",
    )
    need(
        abs(guess - ahead) <= 1,
        f"strength ठीक है, पर आपका अंदाज़ा {guess:g} dB था। {measured_hi} पाठ का ताक़त वाला curve फिर देखिए।",
        f"The strength is good, but your guess was {guess:g} dB. {measured_en} Look at the lesson's curve again.",
    )
    return Text(
        f"{measured_hi} यानी {ahead:.1f} dB का फ़र्क़, सिर्फ़ training के noise से।",
        f"{measured_en} So {ahead:.1f} dB of difference come from the noise of training alone.",
    )


@cache
def _at_strong_noise(strength: float) -> float:
    """PSNR on noise of AT of a small denoiser that has learned on noise of `strength`."""
    digits = data.mnist()
    torch.manual_seed(0)
    model = DenoisingAutoencoder(unet((16, 32)), lambda x: corrupt.gaussian(x, strength))
    for _ in progress(fit(model, digits.train.images, epochs=4, lr=4e-3)):
        pass
    noisy = corrupt.gaussian(digits.test.images, AT, torch.Generator().manual_seed(0))
    return psnr(predict(model, noisy), digits.test.images)


stronger = Exercise(
    _stronger_test,
    _stronger_answer,
    [
        Text(
            "पाठ के curve में 0.6 पर specialist और blind denoiser के बीच कितने dB हैं?",
            "In the lesson's curve, how many dB lie between the specialist and the blind denoiser at 0.6?",
        ),
        Text(
            "Training में वही noise दीजिए जो जाँच में आएगा।",
            "Train with the noise that the test will bring.",
        ),
        Text("strength = 0.6, और अंदाज़ा 1 और 2 dB के बीच।", "strength = 0.6, and a guess between 1 and 2 dB."),
    ],
)


# 4 · All of it, without course_lib


def _own_answer(images):
    down = [nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU()]
    up = [nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(16, 1, 4, 2, 1), nn.Sigmoid()]
    network = nn.Sequential(*down, *up)
    nn.init.constant_(up[-2].bias, -2.0)  # start dark
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    for _ in range(6):
        for index in torch.randperm(len(images)).split(64):
            x = images[index]
            keep = (torch.rand(len(x), 1, 7, 7) > 0.3).float()
            noisy = x * keep.repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)
            loss = ((network(noisy) - x) ** 2).flatten(1).sum(dim=1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network


def _own_test(answer):
    torch.manual_seed(0)
    digits = data.mnist()
    train, x = digits.train.images, digits.test.images
    network, seconds = student_denoiser(answer, train, "चित्रों", "images")
    kinds = {kind: noise(x, 0.3, torch.Generator().manual_seed(5)) for kind, noise in corrupt.KINDS.items()}
    x_hat = student_denoised(network, kinds["blocks"])
    x_hat = x_hat.clamp(0, 1)
    need(
        float(x_hat.max()) > 0.2,
        "आपका network हर जगह काला बनाता है: learning rate घटाइए, या आख़िरी layer के bias से शुरुआत गहरी कराइए।",
        "Your network paints everything black: take a smaller learning rate, or start dark by the last layer's bias.",
    )
    before, mine = psnr(kinds["blocks"], x), psnr(x_hat, x)
    won = mine - before
    measured_hi, measured_en = f"PSNR {before:.1f} dB से {mine:.1f} dB", f"PSNR {before:.1f} dB to {mine:.1f} dB"
    if won < 0.5:
        reached = {kind: psnr(predict(network, noisy).clamp(0, 1), x) for kind, noisy in kinds.items()}
        best = max(reached, key=reached.get)
        # A copy through a narrow network loses some grain as well, but is not 5 dB better on grain than on blocks.
        copies = psnr(x_hat, kinds["blocks"]) > mine + 3
        need(
            reached[best] - mine < (5 if copies else 2),
            f"{measured_hi}। पर {best} noise पर वह {reached[best]:.1f} dB तक पहुँचता है: network ठीक है, training का noise "
            "दूसरा है। 4×4 के blocks मिटाइए।",
            f"{measured_en}. On {best} noise it reaches {reached[best]:.1f} dB, though: the network is fine, but it "
            "was trained on another noise. Erase blocks of 4×4.",
        )
        need(
            not copies,
            f"{measured_hi}: आपका network input की नक़ल करता है। Loss में target साफ़ चित्र हो, और input बिगड़ा हुआ।",
            f"{measured_en}: your network copies its input. The target of the loss must be the clean image, the input "
            "the corrupted one.",
        )
        need(
            False,
            f"{measured_hi}; {before + 0.5:.1f} चाहिए। Network ने कुछ सीखा है, पर वह कमज़ोर है: एक layer या कुछ channels और, "
            "कुछ epochs और, या दूसरा learning rate आज़माइए।",
            f"{measured_en}; {before + 0.5:.1f} is wanted. The network has learned little: try one more layer or some "
            "channels, more epochs, or another learning rate.",
        )
    return Text(
        f"{seconds:.0f} s में {measured_hi}। अब आप denoiser किसी भी machine पर लिख सकते हैं।",
        f"{measured_en} in {seconds:.0f} s. You can now write a denoiser on any machine.",
    )


own = Exercise(
    _own_test,
    _own_answer,
    [
        Text(
            "Noise: torch.rand(N, 1, 7, 7) > 0.3 से 7×7 blocks का नक़्शा बनाइए; repeat_interleave(4, …) उसे 28×28 कर देगा।",
            "The noise: make a map of 7×7 blocks with torch.rand(N, 1, 7, 7) > 0.3; repeat_interleave(4, …) makes it "
            "28×28.",
        ),
        Text(
            "Network: पाठ के Conv2d(…, 4, 2, 1) और ConvTranspose2d(…, 4, 2, 1), या बस nn.Flatten, दो nn.Linear और "
            "nn.Unflatten।",
            "The network: the lesson's Conv2d(…, 4, 2, 1) and ConvTranspose2d(…, 4, 2, 1), or just nn.Flatten, two "
            "nn.Linear and nn.Unflatten.",
        ),
        Text(
            "Loop पाठ वाला ही है; हर batch में नया noise बनाइए, और loss साफ़ batch से लीजिए। 6 से 10 epochs काफ़ी हैं।",
            "The loop is the lesson's; make new noise in every batch, and take the loss against the clean batch. "
            "6 to 10 epochs will do.",
        ),
    ],
)
