"""Exercises of lesson 02, the autoencoder."""

import time
from collections.abc import Callable

import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import data
from course_lib.classroom.exercises import Exercise, Wrong, need, run
from course_lib.classroom.exercises.checks import (
    Watch,
    before_each_step,
    cosine,
    need_loss,
    need_number,
    need_tensor,
    student_autoencoder,
)
from course_lib.classroom.language import Text
from course_lib.classroom.progress import progress
from course_lib.loops import fit
from course_lib.measures import count_parameters, predict, reconstruction_error
from course_lib.models.autoencoders import Autoencoder, binary_cross_entropy, dense

LATENT_DIM, PARAMETERS = 16, 100_000


# 1 · The other objective, written by hand


def _loss_answer(x, x_hat):
    each = x * x_hat.log() + (1 - x) * (1 - x_hat).log()
    return -each.flatten(1).sum(dim=1).mean()


def _loss_test(answer):
    rng = torch.Generator().manual_seed(1)
    x = torch.rand(5, 1, 28, 28, generator=rng)
    x_hat = 0.05 + 0.9 * torch.rand(5, 1, 28, 28, generator=rng)
    right = binary_cross_entropy(x_hat, x)
    slips = [
        (
            right / 784,
            "आपने pixels का भी औसत ले लिया: हर चित्र के pixels का जोड़ चाहिए, औसत सिर्फ़ चित्रों का।",
            "You averaged over the pixels as well: sum over the pixels of an image, average over the images only.",
        ),
        (
            right * 5,
            "आपने सब चित्रों को जोड़ दिया: batch बड़ा होगा तो loss भी बढ़ेगा। अंत में सब चित्रों का औसत लीजिए।",
            "You summed over the images too: a larger batch would mean a larger loss. Average over the images.",
        ),
        (
            -right,
            "चिह्न उल्टा है: 1 से छोटी संख्या का log ऋणात्मक होता है, इसलिए आगे − चाहिए।",
            "The sign is wrong: the log of a number below 1 is negative, so a − belongs in front.",
        ),
        (
            -(x * x_hat.log()).flatten(1).sum(dim=1).mean(),
            "आधा सूत्र छूट गया: काले pixels (x = 0) के लिए (1 − x) · log(1 − x̂) भी चाहिए।",
            "Half of the formula is missing: black pixels (x = 0) need (1 − x) · log(1 − x̂).",
        ),
        (
            -(x_hat * x.clamp(1e-6, 1 - 1e-6).log() + (1 - x_hat) * (1 - x).clamp(1e-6, 1).log())
            .flatten(1)
            .sum(dim=1)
            .mean(),
            "x और x̂ की जगह बदल गई: log हमेशा model के जवाब x̂ का लिया जाता है।",
            "x and x̂ have changed places: the log is always taken of the model's answer x̂.",
        ),
        (
            (x - x_hat).square().flatten(1).sum(dim=1).mean(),
            "यह वर्ग-त्रुटि है: यहाँ BCE चाहिए, log वाला।",
            "This is the squared error: BCE is wanted here, the one with logs.",
        ),
        (
            F.cross_entropy(x_hat, x).detach(),
            "loss 0 निकला, और हर चित्र पर 0 ही निकलेगा: F.cross_entropy channels के बीच चुनता है, और यहाँ channel एक ही है।",
            "The loss is 0, as for any image: F.cross_entropy chooses between channels, and here there is only one.",
        ),
    ]
    need_loss(run(answer, x, x_hat), right, slips)


loss = Exercise(
    _loss_test,
    _loss_answer,
    [
        Text("पहले हर pixel का अपना हिस्सा: x * x_hat.log() + …", "First each pixel's own part: x * x_hat.log() + …"),
        Text(
            "दूसरा हिस्सा काले pixels के लिए: (1 - x) * (1 - x_hat).log()। जोड़ के आगे − लगाइए।",
            "The second part is for black pixels: (1 - x) * (1 - x_hat).log(). A − goes in front of the sum.",
        ),
        Text(
            ".flatten(1).sum(dim=1) से हर चित्र का जोड़, फिर .mean() से सब चित्रों का औसत।",
            ".flatten(1).sum(dim=1) sums each image, then .mean() averages over the images.",
        ),
    ],
)


# 2 · A small autoencoder of one's own that beats PCA


def _build_answer():
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 60), nn.ReLU(), nn.Linear(60, 16))
    decoder = nn.Sequential(
        nn.Linear(16, 60), nn.ReLU(), nn.Linear(60, 784), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28))
    )
    return encoder, decoder


def _build_test(answer):
    model = student_autoencoder(answer)
    digits = data.mnist()
    _check_shapes(model, digits.test.images[:2], LATENT_DIM)
    weights = count_parameters(model)
    need(
        weights <= PARAMETERS,
        f"आपके model में {weights:,} parameters हैं, {PARAMETERS:,} तक की छूट है: hidden layer को छोटा कीजिए।",
        f"Your model has {weights:,} parameters, {PARAMETERS:,} are allowed: make the hidden layers smaller.",
    )
    for _ in progress(fit(model, digits.train.images, epochs=30, lr=5e-3)):
        pass
    mine = reconstruction_error(predict(model, digits.test.images), digits.test.images)
    size = model.encoder(digits.test.images[:1]).shape[1]
    theirs = _pca_error(size)
    # A linear autoencoder ends a little above PCA, so this bar asks for a non-linearity that is put to use.
    need(
        mine < 0.8 * theirs,
        f"अनदेखे चित्रों पर आपकी त्रुटि {mine:.1f} है, {size} संख्याओं वाले PCA की {theirs:.1f}; {0.8 * theirs:.1f} से नीचे लाइए।",
        f"On held-out images your error is {mine:.1f}, that of PCA with {size} numbers {theirs:.1f}; "
        f"bring it below {0.8 * theirs:.1f}.",
    )
    return Text(
        f"{weights:,} parameters; अनदेखे चित्रों पर आपकी त्रुटि {mine:.1f}, {size} संख्याओं वाले PCA की {theirs:.1f}।",
        f"{weights:,} parameters; your error on held-out images is {mine:.1f}, "
        f"that of PCA with {size} numbers {theirs:.1f}.",
    )


def _check_shapes(model: nn.Module, images: Tensor, most: int) -> None:
    with torch.no_grad():
        code = model.encoder(images)
        shape = tuple(getattr(code, "shape", ()))
        need(
            len(shape) == 2 and shape[1] <= most,
            f"Code का आकार {shape} है: हर चित्र के लिए ज़्यादा से ज़्यादा {most} संख्याएँ।",
            f"The code has shape {shape}: at most {most} numbers for an image.",
        )
        need_tensor(
            model.decoder(code),
            tuple(images.shape),
            "Decoder {got} देता है, चाहिए {shape}: अंत में nn.Unflatten(1, (1, 28, 28)) लगाइए।",
            "The decoder gives {got}, wanted {shape}: end it with nn.Unflatten(1, (1, 28, 28)).",
        )


def _pca_error(size: int) -> float:
    digits = data.mnist()
    seen, held_out = (split.images.flatten(1) for split in (digits.train, digits.test))
    pca = PCA(size, random_state=0).fit(seen)
    return reconstruction_error(torch.from_numpy(pca.inverse_transform(pca.transform(held_out))), held_out)


build = Exercise(
    _build_test,
    _build_answer,
    [
        Text(
            "nn.Linear(a, b) में a · b + b parameters होते हैं। सबसे ज़्यादा parameters 784 वाली दो layers में हैं।",
            "nn.Linear(a, b) has a · b + b parameters. Most of them are in the two layers that touch the 784 pixels.",
        ),
        Text(
            "दोनों हिस्सों में एक-एक hidden layer और ReLU रखिए: ReLU के बिना 0.8 गुने से नीचे पहुँचना बहुत मुश्किल है।",
            "Give each half a hidden layer with ReLU: without it 0.8 of PCA's error is very hard to reach.",
        ),
        Text(
            "Hidden layer में लगभग 60 संख्याएँ: 784 → 60 → 16 और वापस, अंत में nn.Sigmoid() और nn.Unflatten।",
            "About 60 numbers in the hidden layers: 784 → 60 → 16 and back, at the end nn.Sigmoid() and nn.Unflatten.",
        ),
    ],
)


# 3 · A broken loop


def _repair_answer(model, images, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(epochs):
        model.train()
        for index in torch.randperm(len(images)).split(64):
            x = images[index]
            loss = ((model(x) - x) ** 2).flatten(1).sum(dim=1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def _broken(model, images, epochs):
    """What the lesson's cell holds."""
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(epochs):
        model.eval()
        for index in torch.randperm(len(images)).split(64):
            x = images[: len(index)]
            loss = ((model(x) - x) ** 2).flatten(1).sum(dim=1).mean()
            loss.backward()
            optimizer.step()
    return model


def _check_step(watch: Watch) -> None:
    """Whether the gradient that an optimizer is about to use is that of one batch."""
    need(
        bool(watch.arrived),
        "optimizer.step() चला, पर उससे पहले loss.backward() नहीं: हिलने की दिशा ही नहीं मिली।",
        "optimizer.step() ran with no loss.backward() before it: there is no direction to move in.",
    )
    need(
        watch.weight.grad is not None and bool(watch.weight.grad.any()),
        "backward() और step() के बीच gradient मिट गया: zero_grad() को backward() से पहले रखिए।",
        "The gradient was wiped out between backward() and step(): put zero_grad() before backward().",
    )
    need(
        watch.of_one_batch(),
        "इस batch के gradients में पिछले batches के gradients भी जुड़े हैं: PyTorch उन्हें ख़ुद नहीं मिटाता। "
        "हर backward() से पहले optimizer.zero_grad() लिखिए।",
        "The gradients of earlier batches are still added to this one's: PyTorch does not wipe them out by itself. "
        "optimizer.zero_grad() before every backward().",
    )
    watch.arrived.clear()


def _repair_test(answer):
    torch.manual_seed(0)
    images = data.mnist().train.images[::20]  # 200 of them
    model = Autoencoder(*dense(hidden=(16,), latent_dim=8))
    watch = Watch(model)
    with before_each_step(lambda: _check_step(watch)) as steps:
        run(answer, model, images, 2)
    need(
        bool(steps),
        "Weights हिले ही नहीं: optimizer.step() नहीं चला।",
        "The weights did not move: optimizer.step() never ran.",
    )
    entered = torch.cat(watch.entered).flatten(1)
    different = len(entered.unique(dim=0))
    need(
        different == len(images),
        f"{len(images)} में से सिर्फ़ {different} चित्र model में गए, वही बार-बार: x में index वाले चित्र चाहिए।",
        f"Only {different} of the {len(images)} images went into the model, the same ones again and again: "
        "x must hold the images of index.",
    )
    need(
        all(watch.modes),
        "Training eval mode में चली: dropout जैसी layers तब अलग बरताव करती हैं। हर epoch के शुरू में model.train() लिखिए।",
        "Training ran in eval mode, in which layers such as dropout behave otherwise. "
        "Begin every epoch with model.train().",
    )
    likeness = min(cosine(gradient, x_hat - x) for x, x_hat, gradient in watch.back)
    need(
        likeness > 0.99,
        "Loss इसी batch के x̂ और x की वर्ग-त्रुटि नहीं है: दोनों तरफ़ वही चित्र होने चाहिए।",
        "The loss is not the squared error between x̂ and x of the same batch: both sides must be the same images.",
    )
    right, wrong = (_held_out_error(loop) for loop in (answer, _broken))
    return Text(
        f"800 चित्रों पर 10 epochs के बाद अनदेखे चित्रों पर त्रुटि {right:.0f} है; टूटे हुए loop से {wrong:.0f} थी।",
        f"After 10 epochs on 800 images the error on held-out images is {right:.0f}; "
        f"with the broken loop it was {wrong:.0f}.",
    )


def _held_out_error(train: Callable) -> float:
    digits = data.mnist()
    torch.manual_seed(0)
    model = Autoencoder(*dense())
    train(model, digits.train.images[::5], 10)
    return reconstruction_error(predict(model, digits.test.images), digits.test.images)


repair = Exercise(
    _repair_test,
    _repair_answer,
    [
        Text(
            "index में किन चित्रों के नंबर हैं? और x में कौन-से चित्र आ रहे हैं?",
            "Which images does index name? And which ones end up in x?",
        ),
        Text(
            "पाठ के loop में backward() से पहले एक पंक्ति और थी, और हर epoch के शुरू में model.train()।",
            "The lesson's loop had one more line before backward(), and model.train() at the start of every epoch.",
        ),
        Text(
            "तीन बदलाव: model.train(), x = images[index], optimizer.zero_grad()।",
            "Three changes: model.train(), x = images[index], optimizer.zero_grad().",
        ),
    ],
    mend=True,
)


# 4 · A walk through the latent space


def _walk_answer(encoder, decoder, a, b, steps):
    start, end = encoder(a), encoder(b)
    fractions = torch.linspace(0, 1, steps, device=a.device)[:, None]
    return decoder((1 - fractions) * start + fractions * end)


def _walk_test(answer):
    torch.manual_seed(2)
    model = Autoencoder(*dense(latent_dim=8))
    nn.init.normal_(model.decoder[0].weight)  # strongly bent, so that a walk through pixels looks different
    nn.init.normal_(model.decoder[2].weight)
    images = data.mnist().test.images
    a, b, steps = images[:1], images[1:2], 5
    with torch.no_grad():
        walk = run(answer, model.encoder, model.decoder, a, b, steps)
        need(
            isinstance(walk, torch.Tensor),
            f"चित्रों का एक tensor चाहिए, {type(walk).__name__} मिला।",
            f"A tensor of images is wanted, not {type(walk).__name__}.",
        )
        walk = walk.float()
        right = _walk_answer(model.encoder, model.decoder, a, b, steps)
        ends = model(torch.cat([a, b]))
        fractions = torch.linspace(0, 1, steps)[:, None, None, None]
        need(
            tuple(walk.shape) == tuple(right.shape),
            f"आकार {tuple(walk.shape)} है; चाहिए {tuple(right.shape)}: steps चित्र।",
            f"The shape is {tuple(walk.shape)}; wanted {tuple(right.shape)}: as many images as steps.",
        )
        need(
            not torch.allclose(walk, (1 - fractions) * a + fractions * b, atol=1e-4),
            "यह pixels का मिश्रण है: पहले encoder से codes बनाइए, फिर codes को मिलाइए।",
            "This mixes the pixels: make codes with the encoder first and mix those.",
        )
        need(
            not torch.allclose(walk, (1 - fractions) * ends[:1] + fractions * ends[1:], atol=1e-4),
            "आपने decoder के चित्रों को मिलाया: मिलाना code में है, decoder उसके बाद आता है।",
            "You mixed what the decoder drew: mix the codes, the decoder comes after.",
        )
        need(
            not torch.allclose(walk, right.flip(0), atol=1e-4),
            "रास्ता उल्टा है: पहला चित्र a का और आख़िरी b का होना चाहिए।",
            "The walk runs backwards: the first image belongs to a, the last to b.",
        )
        need(
            torch.allclose(walk, right, atol=1e-4),
            "बीच के codes सीधी रेखा पर बराबर दूरी पर नहीं हैं, या सिरे a और b के codes नहीं हैं।",
            "The codes between are not evenly spaced on the straight line, or the ends are not the codes of a and b.",
        )


walk = Exercise(
    _walk_test,
    _walk_answer,
    [
        Text("दोनों चित्रों के codes निकालिए: encoder(a) और encoder(b)।", "Get both codes: encoder(a) and encoder(b)."),
        Text(
            "torch.linspace(0, 1, steps)[:, None] से 0 से 1 तक के गुणक बनाइए।",
            "Make the factors from 0 to 1 with torch.linspace(0, 1, steps)[:, None].",
        ),
        Text(
            "(1 - t) * start + t * end को decoder को दीजिए।",
            "Give (1 - t) * start + t * end to the decoder.",
        ),
    ],
)


# 5 · An experiment, and a prediction


def _missing_answer(images, labels):
    return images[labels != 0], 2.0


def _missing_test(answer):
    digits = data.mnist()
    given = run(answer, digits.train.images, digits.train.labels)
    need(
        isinstance(given, tuple | list) and len(given) == 2,
        "दो चीज़ें लौटाइए: return chosen, guess।",
        "Return two things: return chosen, guess.",
    )
    chosen, guess = given
    no_zeros = digits.train.images[digits.train.labels != 0]
    need_tensor(
        chosen,
        tuple(no_zeros.shape),
        "chosen का आकार {shape} चाहिए, {got} मिला: labels != 0 वाले सारे चित्र, और वही।",
        "chosen should have the shape {shape}, not {got}: all images with labels != 0, and no others.",
    )
    need(
        torch.equal(chosen.cpu(), no_zeros),
        "चित्रों की संख्या सही है, पर चित्र वे नहीं: images[labels != 0] चाहिए।",
        "As many images as wanted, but not those: images[labels != 0] is wanted.",
    )
    guess = float(need_number(guess))
    torch.manual_seed(0)
    model = Autoencoder(*dense(latent_dim=8))
    for _ in progress(fit(model, no_zeros, epochs=20, lr=8e-3, batch_size=128)):
        pass
    x, zero = digits.test.images, digits.test.labels == 0
    on_zeros, on_others = (reconstruction_error(predict(model, x[which]), x[which]) for which in (zero, ~zero))
    times = on_zeros / on_others
    measured_hi = f"नापा गया: 0 पर त्रुटि {on_zeros:.0f}, बाक़ी अंकों पर {on_others:.0f}, यानी {times:.1f} गुना।"
    measured_en = (
        f"Measured: an error of {on_zeros:.0f} on the zeros, {on_others:.0f} on the others, {times:.1f} times as much."
    )
    need(
        times / 1.5 <= guess <= times * 1.5,
        f"आपका अंदाज़ा {guess:g} गुना था। {measured_hi} अंतर कहाँ से आया, सोचिए, फिर अंदाज़ा बदलिए।",
        f"Your guess was {guess:g} times. {measured_en} Think where the difference comes from, then change your guess.",
    )
    return Text(
        f"{measured_hi} जो अंक देखा ही नहीं, वह ठीक से वापस नहीं बनता: असामान्य को "
        "पहचानने का तरीक़ा यही है। अब यही प्रयोग 1 के साथ ख़ुद कीजिए: नतीजा चौंकाएगा, क्योंकि 1 में pixels ही कम हैं।",
        f"{measured_en} A digit that was never seen comes back badly: this is how anomalies "
        "are detected. Now do the same with the 1s yourself: it will surprise you, for a 1 has few pixels.",
    )


missing = Exercise(
    _missing_test,
    _missing_answer,
    [
        Text(
            "labels != 0 हर चित्र के लिए True या False देता है; images को उसी से छाँटिए।",
            "labels != 0 gives True or False for each image; choose from images with it.",
        ),
        Text(
            "Code में 8 ही संख्याएँ हैं, और 0 के लिए एक भी दिशा नहीं सीखी गई। पर गोलाई 6, 8 और 9 में भी है।",
            "The code has just 8 numbers, and none was learned for zeros. But 6, 8 and 9 are round too.",
        ),
        Text("अंदाज़ा 1 से ज़्यादा और 5 से कम रखिए।", "Guess more than 1 and less than 5."),
    ],
)


# 6 · All of it, without course_lib


def _own_answer(images):
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 32))
    decoder = nn.Sequential(
        nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28))
    )
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=3e-3)
    for _ in range(20):
        for index in torch.randperm(len(images)).split(64):
            x = images[index]
            loss = ((decoder(encoder(x)) - x) ** 2).flatten(1).sum(dim=1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return encoder, decoder


def _own_test(answer):
    torch.manual_seed(0)
    digits = data.mnist()
    start = time.perf_counter()
    given = run(answer, digits.train.images.clone())
    seconds = time.perf_counter() - start
    pair = given if isinstance(given, tuple | list) else [getattr(given, n, None) for n in ("encoder", "decoder")]
    need(
        len(pair) == 2 and all(isinstance(half, nn.Module) for half in pair),
        "दो modules लौटाइए: return encoder, decoder।",
        "Return two modules: return encoder, decoder.",
    )
    model = Autoencoder(*pair).cpu().eval()
    x = digits.test.images
    _check_shapes(model, x[:2], 32)
    x_hat = predict(model, x)
    if not x_hat.isfinite().all():
        raise Wrong(
            Text(
                "Training बेक़ाबू हो गई: output में NaN है। Learning rate घटाइए।",
                "Training diverged: the output has NaN. Take a smaller learning rate.",
            )
        )
    mine, theirs = reconstruction_error(x_hat, x), _pca_error(32)
    lazy = reconstruction_error(digits.train.images.mean(dim=0).expand_as(x), x)
    need(
        mine < lazy,
        f"त्रुटि {mine:.0f} है; औसत चित्र की भी बस {lazy:.0f} है, यानी training असल में हुई नहीं। "
        "क्या दोनों हिस्सों के parameters optimizer को मिले, और क्या loss इसी batch का है?",
        f"The error is {mine:.0f}; even the mean image has only {lazy:.0f}, so no training took place. "
        "Did the optimizer get the parameters of both halves, and is the loss that of the same batch?",
    )
    need(
        mine < theirs,
        f"Model सीख रहा है, पर अनदेखे चित्रों पर त्रुटि {mine:.1f} है, 32 संख्याओं वाले PCA की {theirs:.1f}: कुछ epochs और "
        "दीजिए, या learning rate बदलिए।",
        f"The model learns, but its error on held-out images is {mine:.1f}, that of PCA with 32 numbers {theirs:.1f}: "
        "give it more epochs, or another learning rate.",
    )
    return Text(
        f"{seconds:.0f} s की training; अनदेखे चित्रों पर त्रुटि {mine:.1f}, 32 संख्याओं वाले PCA की {theirs:.1f}। "
        "अब आप autoencoder किसी भी machine पर लिख सकते हैं।",
        f"{seconds:.0f} s of training; your error on held-out images is {mine:.1f}, that of PCA with 32 {theirs:.1f}. "
        "You can now write an autoencoder on any machine.",
    )


own = Exercise(
    _own_test,
    _own_answer,
    [
        Text(
            "पहले दोनों nn.Sequential, जैसे पाठ में: 784 → 128 → 32 और वापस।",
            "First both nn.Sequential, as in the lesson: 784 → 128 → 32 and back.",
        ),
        Text(
            "एक ही Adam को दोनों के parameters दीजिए: [*encoder.parameters(), *decoder.parameters()]; lr 3e-3 से शुरू।",
            "Give one Adam the parameters of both: [*encoder.parameters(), *decoder.parameters()]; start with lr 3e-3.",
        ),
        Text(
            "20 epochs, हर एक में torch.randperm(len(images)).split(64); चार क़दम: loss, zero_grad, backward, step।",
            "20 epochs, in each torch.randperm(len(images)).split(64); four steps: loss, zero_grad, backward, step.",
        ),
    ],
)
