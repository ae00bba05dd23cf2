"""Exercises of lesson 03, the denoising autoencoder."""

from functools import partial

import torch
from torch import nn

from course_lib import data
from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_loss
from course_lib.classroom.language import Text
from course_lib.data import corrupt
from course_lib.loops import fit
from course_lib.measures import predict, psnr
from course_lib.models.autoencoders import Autoencoder, DenoisingAutoencoder, conv, squared_error

# 1 · Gaussian noise, by hand


def _noise_answer(x, factor):
    return (x + factor * torch.randn_like(x)).clamp(0, 1)


def _noise_test(answer):
    torch.manual_seed(3)
    x, factor = torch.full((40, 1, 28, 28), 0.5), 0.1
    before = x.clone()
    given = run(answer, x, factor)
    need(
        isinstance(given, torch.Tensor) and given.shape == x.shape,
        f"चाहिए {tuple(x.shape)} आकार का tensor, वही जो x का है।",
        f"The result must be a tensor of x's own shape, {tuple(x.shape)}.",
    )
    need(
        torch.equal(x, before),
        "आपने x को ही बदल दिया: += या add_ की जगह नया tensor बनाइए, वरना साफ़ चित्र खो जाएगा।",
        "You changed x itself: make a new tensor instead of using += or add_, or the clean image is lost.",
    )
    moved = given - x
    need(bool(moved.abs().max() > 0), "कुछ भी नहीं बदला: noise मिलाइए।", "Nothing has changed: add the noise.")
    need(
        not torch.allclose(moved[0], moved[1]) and not torch.allclose(moved[0, 0, 0], moved[0, 0, 1]),
        "हर pixel और हर चित्र को अपना अलग noise मिलना चाहिए: randn को x का पूरा आकार दीजिए।",
        "Every pixel of every image needs noise of its own: give randn the whole shape of x.",
    )
    # 31,360 draws: a mean further than 0.003 from 0, five of its standard deviations, is no accident.
    need(
        abs(float(moved.mean())) < 0.003,
        f"Noise का औसत {float(moved.mean()):.3f} है, 0 होना चाहिए: torch.randn लीजिए, और noise को नहीं, जोड़ को "
        "clip कीजिए।",
        f"The noise has mean {float(moved.mean()):.3f} and should have 0: use torch.randn, and clip the sum, not the "
        "noise.",
    )
    need(
        abs(float(moved.std()) / factor - 1) < 0.05,
        f"Noise की ताक़त {float(moved.std()):.3f} है, चाहिए {factor}: factor से गुणा कीजिए।",
        f"The noise has strength {float(moved.std()):.3f}, wanted {factor}: multiply by factor.",
    )
    far = float((moved.abs() > 2 * factor).float().mean())
    need(
        0.03 < far < 0.06,  # 4.6 % of normal draws lie beyond two standard deviations
        f"यह Gaussian noise नहीं है: दो standard deviation से आगे {far:.1%} हैं, 4.6% होने चाहिए। torch.randn लीजिए।",
        f"This is no Gaussian noise: {far:.1%} lie beyond two standard deviations, it should be 4.6%. Use torch.randn.",
    )
    strong = run(answer, x, 1.0)
    need(
        float(strong.min()) >= 0 and float(strong.max()) <= 1,
        f"factor=1 पर pixels {float(strong.min()):.1f} से {float(strong.max()):.1f} तक गए: [0, 1] में clip कीजिए।",
        f"With factor=1 pixels went from {float(strong.min()):.1f} to {float(strong.max()):.1f}: clip to [0, 1].",
    )
    need(
        float((strong == 0).float().mean()) > 0.2,
        "बाहर गए pixels 0 या 1 पर रुकने चाहिए: पूरे चित्र को दोबारा scale मत कीजिए, clamp कीजिए।",
        "Pixels that leave [0, 1] must stop at 0 or 1: clamp them, do not rescale the image.",
    )


noise = Exercise(
    _noise_test,
    _noise_answer,
    [
        Text(
            "torch.randn_like(x) हर pixel के लिए एक random संख्या देता है।",
            "torch.randn_like(x) gives a random number for every pixel.",
        ),
        Text("उसे factor से गुणा करके x में जोड़िए।", "Multiply it by factor and add it to x."),
        Text("अंत में .clamp(0, 1)।", "Last, .clamp(0, 1)."),
    ],
)


# 2 · The denoising loss


def _loss_answer(model, noisy, clean):
    return (model(noisy) - clean).square().flatten(1).sum(dim=1).mean()


def _loss_test(answer):
    rng = torch.Generator().manual_seed(4)
    clean, noisy = torch.rand(2, 6, 1, 28, 28, generator=rng)

    def model(x):
        return 0.5 * x + 0.1

    model.error = squared_error  # for those who write it as the library does
    slips = [
        (
            squared_error(model(noisy), noisy),
            "आपने बिगड़े चित्र को target बना दिया: model noise की नक़ल सीखेगा। तुलना clean से कीजिए।",
            "You made the noisy image the target: the model would learn to copy the noise. Compare with clean.",
        ),
        (
            squared_error(model(clean), clean),
            "Model को साफ़ चित्र मिल रहा है: यह साधारण autoencoder है। उसे noisy दीजिए।",
            "The model is given the clean image: that is a plain autoencoder. Give it noisy.",
        ),
        (
            squared_error(noisy, clean),
            "आपने model को बुलाया ही नहीं: model(noisy) निकालिए।",
            "The model was never called: compute model(noisy).",
        ),
        (
            squared_error(model(clean), noisy),
            "उल्टा हो गया: model को noisy मिले, और तुलना clean से हो।",
            "The wrong way round: the model gets noisy and is compared with clean.",
        ),
        (
            (model(noisy) - clean).square().sum(),
            "आपने सब चित्रों को जोड़ दिया: चित्रों पर औसत लीजिए।",
            "You summed over the images too: average over the images.",
        ),
        (
            (model(noisy) - clean).square().mean(),
            "आपने pixels पर भी औसत ले लिया: यहाँ pixels का जोड़ चाहिए, औसत सिर्फ़ चित्रों पर।",
            "You averaged over the pixels as well: sum over pixels, average over images only.",
        ),
    ]
    need_loss(run(answer, model, noisy, clean), squared_error(model(noisy), clean), slips)


loss = Exercise(
    _loss_test,
    _loss_answer,
    [
        Text("Model को वही मिले जो असली काम में मिलेगा: noisy।", "The model gets what real use will bring: noisy."),
        Text("जवाब model(noisy) को clean से मिलाइए, noisy से नहीं।", "Compare model(noisy) with clean, not with noisy."),
        Text(
            "अंतर पर .square().flatten(1).sum(dim=1).mean() लगाइए।",
            "Apply .square().flatten(1).sum(dim=1).mean() to the difference.",
        ),
    ],
)


# 3 · A denoiser for another kind of noise


def _clean_answer():
    network = Autoencoder(*conv(latent_dim=None, brightness=0.1))
    corruption = partial(corrupt.blocks, strength=0.3)
    return network, corruption


def _clean_test(answer):
    torch.manual_seed(0)
    pair = run(answer)
    need(
        isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[0], nn.Module) and callable(pair[1]),
        "दो चीज़ें लौटाइए: return network, corruption।",
        "Return two things: return network, corruption.",
    )
    network, corruption = pair
    network.cpu()  # the check's data are there, wherever the lesson's are
    digits = data.mnist()
    train, test = digits.train.images, digits.test.images
    few = train[:50].clone()
    corrupted = corruption(few)
    need(
        torch.equal(few, train[:50]),
        "corruption ने साफ़ चित्रों को ही बदल दिया: नया tensor बनाकर लौटाइए, वरना target भी बिगड़ जाएगा।",
        "corruption changed the clean images themselves: return a new tensor, or the target is corrupted as well.",
    )
    for name, shape in (("corruption", corrupted[:2].shape), ("network", network(train[:2]).shape)):
        need(
            tuple(shape) == (2, 1, 28, 28),
            f"{name} ने {tuple(shape)} दिया, चाहिए (2, 1, 28, 28)।",
            f"{name} gave {tuple(shape)}, wanted (2, 1, 28, 28).",
        )
    need(
        not torch.allclose(corrupted, few),
        "corruption चित्रों को बिगाड़ता ही नहीं: training में साफ़ करने को कुछ नहीं मिलेगा।",
        "corruption leaves the images as they are: training would have nothing to clean.",
    )
    network.error = squared_error
    model = DenoisingAutoencoder(network, corruption)
    for _ in fit(model, train, epochs=5, lr=3e-3):
        pass
    noisy = corrupt.blocks(test, 0.3, torch.Generator().manual_seed(5))
    x_hat = predict(network, noisy)
    need(
        float(x_hat.max()) > 0.2,
        "आपका network हर जगह काला बनाता है: शुरुआत गहरे चित्र से कराइए, जैसे conv(brightness=0.1, …)।",
        "Your network paints everything black: let it start darker, as with conv(brightness=0.1, …).",
    )
    before, mine = psnr(noisy, test), psnr(x_hat, test)
    need(
        mine > before + 2,
        f"PSNR {before:.1f} dB से {mine:.1f} dB हुआ; {before + 2:.1f} चाहिए। क्या training का noise वही है जो जाँच का?",
        f"PSNR went from {before:.1f} dB to {mine:.1f} dB; {before + 2:.1f} is wanted. "
        "Is the noise of training the noise of the test?",
    )
    return Text(f"PSNR {before:.1f} dB से {mine:.1f} dB हो गया।", f"PSNR rose from {before:.1f} dB to {mine:.1f} dB.")


clean = Exercise(
    _clean_test,
    _clean_answer,
    [
        Text(
            "Training का noise वही रखिए जो जाँच में है: blocks, ताक़त 0.3।",
            "Train with the noise of the test: blocks, strength 0.3.",
        ),
        Text(
            "corruption एक function है: functools का partial(corrupt.blocks, strength=0.3) वही बनाता है।",
            "corruption is a function: functools' partial(corrupt.blocks, strength=0.3) makes one.",
        ),
        Text(
            "network के लिए पाठ वाला Autoencoder(*conv(latent_dim=None, brightness=0.1)) लीजिए।",
            "For network take the lesson's Autoencoder(*conv(latent_dim=None, brightness=0.1)).",
        ),
    ],
)
