"""Exercises of lesson 06, generative adversarial networks."""

import copy
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector

from course_lib import data
from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_loss, need_number, ring_points
from course_lib.classroom.exercises.student_gan import need_drawn, trained_generator
from course_lib.classroom.language import Text
from course_lib.classroom.progress import progress
from course_lib.data import ring
from course_lib.loops import fit_gan
from course_lib.measures import frechet_distance, high_quality_fraction, judge, modes_covered, predict
from course_lib.models.gan import GAN, bce, non_saturating
from course_lib.models.gan_networks import Pair, from_tanh, pair, to_tanh

# 1 · The generator's loss


def _generator_loss_answer(logits):
    return F.softplus(-logits).mean()


def _generator_loss_test(answer):
    # Between 0 and 1: here a logit can be taken for a probability without an error, and it shows.
    logits = torch.tensor([[0.15], [0.35], [0.5], [0.8], [0.9], [0.95]])
    right, probability = _cross_entropy(logits, 1), logits.sigmoid()
    slips = [
        (
            -right,
            "चिह्न उल्टा है: यह log D का औसत है, और इसे घटाने वाला generator पकड़ा जाना सीखेगा।",
            "The sign is wrong: this is the mean of log D, and a generator that lowers it learns to be caught.",
        ),
        (
            (1 - probability).log().mean(),
            "यह saturating loss है, log(1 − D): D को नक़ली होने का जितना पक्का यक़ीन, उतना छोटा gradient। −log D लीजिए।",
            "This is the saturating loss, log(1 − D): the surer D is of a fake, the smaller its gradient. Take −log D.",
        ),
        (
            _cross_entropy(logits, 0),
            "Label उल्टा है: यह loss तब घटता है जब D नक़ली को नक़ली कहे। वह D का लक्ष्य है; G चाहता है कि जवाब 1 आए।",
            "The label is the wrong way round: this falls when D calls a fake a fake. That is D's aim; G wants a 1.",
        ),
        (
            -logits.log().mean(),
            "आपने logits को प्रायिकता मान लिया: log से पहले sigmoid चाहिए।",
            "You took logits for probabilities: a sigmoid comes before the log.",
        ),
        (
            _cross_entropy(probability, 1),
            "sigmoid दो बार लग गया: logsigmoid, softplus और …_with_logits में वह पहले से है।",
            "The sigmoid was applied twice: logsigmoid, softplus and …_with_logits contain it already.",
        ),
        (
            len(logits) * right,
            "आपने जोड़ लिया: batch बड़ा होगा तो loss भी बढ़ेगा। औसत लीजिए।",
            "You summed: a larger batch would mean a larger loss. Take the mean.",
        ),
        (
            -probability.mean().log(),
            "आपने पहले औसत लिया, फिर log: पहले हर नक़ली के D का log लीजिए, फिर औसत।",
            "You took the mean first and then the log: take the log of D for each fake, then the mean.",
        ),
    ]
    given = run(answer, logits)
    got = tuple(need_number(given).shape)
    need(
        not got,
        f"एक ही संख्या चाहिए, पर आकार {got} मिला: अंत में .mean() लगाइए।",
        f"One number is needed, not the shape {got}: end with .mean().",
    )
    need_loss(given, right, slips)
    sure = torch.tensor([[-200.0], [-50.0], [0.0], [200.0]], requires_grad=True)
    loss = run(answer, sure)
    need(
        isinstance(loss, Tensor) and loss.requires_grad,
        "संख्या सही है, पर उससे gradient नहीं लौटता: .item(), float() या detach मत लगाइए।",
        "The number is right, but no gradient comes back from it: do not use .item(), float() or detach.",
    )
    need(
        bool(loss.isfinite()),
        "logit −200 पर loss अनंत या nan हो गया: वहाँ exp बहुत बड़ा या sigmoid ठीक 0 हो जाता है, और log(0) = −∞। log और "
        "sigmoid को एक साथ लीजिए: F.logsigmoid या F.softplus।",
        "At a logit of −200 the loss is infinite or nan: there exp overflows or sigmoid is exactly 0, and log(0) = −∞. "
        "Take log and sigmoid in one: F.logsigmoid or F.softplus.",
    )
    loss.backward()
    slope = float(sure.grad[0]) * len(sure)
    need(
        torch.allclose(sure.grad * len(sure), -(-sure.detach()).sigmoid(), atol=1e-4),
        f"logit −200 पर gradient {slope:.2f} है, −1 होना चाहिए: clamp करने या छोटी संख्या जोड़ने से loss तो बच गया, पर जहाँ "
        "D को सबसे पक्का यक़ीन है, वहीं G कुछ नहीं सीखता। F.logsigmoid या F.softplus लीजिए।",
        f"At a logit of −200 the gradient is {slope:.2f} and should be −1: clamping, or adding a tiny number, saved "
        "the loss, but where D is surest G learns nothing. Take F.logsigmoid or F.softplus.",
    )


def _cross_entropy(logits: Tensor, label: int) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


generator_loss = Exercise(
    _generator_loss_test,
    _generator_loss_answer,
    [
        Text(
            "D = σ(logit), और loss नक़ली data पर −log D का औसत है।",
            "D = σ(logit), and the loss is the mean of −log D over the fakes.",
        ),
        Text(
            "log और sigmoid को एक साथ लीजिए: F.logsigmoid बड़े logits पर भी ठीक चलता है।",
            "Take log and sigmoid in one: F.logsigmoid works for large logits as well.",
        ),
        Text("−log σ(l) = log(1 + e^−l), यानी F.softplus(-logits)।", "−log σ(l) = log(1 + e^−l), F.softplus(-logits)."),
    ],
)


# 2 · A leak to mend


def _step_answer(generator, discriminator, g_optimizer, d_optimizer, real, z):
    g_optimizer.zero_grad()
    d_optimizer.zero_grad()

    fake = generator(z)
    d_loss = bce(discriminator(real), discriminator(fake.detach()))
    d_loss.backward()
    d_optimizer.step()

    fake = generator(z)
    g_loss = non_saturating(discriminator(fake))
    g_loss.backward()
    g_optimizer.step()
    return d_loss.item(), g_loss.item()


def _step_test(answer):
    torch.manual_seed(0)
    networks = pair("points", hidden=16)
    reached = []  # one entry for every time a gradient arrives at the generator
    next(networks[0].parameters()).register_hook(reached.append)
    for call in (1, 2):
        _check_call(answer, networks, ring.gaussians(64, seed=call), torch.randn(64, 2), call)
    _check_adam(answer)
    if len(reached) > 2:
        return Text(
            "पर d_loss का gradient अब भी generator से होकर लौटता है और फिर मिटाया जाता है: detach यह मेहनत बचाता है।",
            "But the gradient of d_loss still goes back through the generator, to be wiped out: detach saves that.",
        )
    return Text(
        "अब G सिर्फ़ g_loss से सीखता है और D सिर्फ़ d_loss से।", "Now G learns from g_loss alone and D from d_loss alone."
    )


def _check_call(answer, networks: Pair, real: Tensor, z: Tensor, call: int) -> None:
    """One step by SGD, which moves weights by lr · gradient: what each network was told can be read off."""
    generator, old = (copy.deepcopy(network).requires_grad_() for network in networks)
    rates = 0.5, 0.1
    _run(answer, networks, torch.optim.SGD, rates, real, z)
    moved_g, moved_d = (
        (parameters_to_vector(before.parameters()) - parameters_to_vector(after.parameters())).detach() / lr
        for before, after, lr in zip((generator, old), networks, rates, strict=True)
    )
    new, fake = copy.deepcopy(networks[1]).requires_grad_(), generator(z)
    on_real, on_fake = _cross_entropy(old(real), 1), _cross_entropy(old(fake), 0)
    fooling_old, fooling_new = (_cross_entropy(discriminator(fake), 1) for discriminator in (old, new))
    right = _gradient(on_real + on_fake, old)
    slips = [
        (
            0 * right,
            "D के weights हिले ही नहीं: पहले d_loss.backward(), फिर d_optimizer.step(), बीच में zero_grad नहीं।",
            "D's weights did not move: d_loss.backward(), then d_optimizer.step(), and no zero_grad in between.",
        ),
        (
            _gradient(on_real, old),
            "D ने सिर्फ़ असली data से सीखा: detach नक़ली data पर लगाइए, D के जवाब पर नहीं।",
            "D learned from real data only: detach the fakes, not D's answer to them.",
        ),
        (
            right + _gradient(fooling_old, old),
            "D ने G का loss भी घटाया, यानी अपने ही ख़िलाफ़ खेला: d_optimizer.step() को g_loss.backward() से पहले चलाइए।",
            "D lowered G's loss too, so it played against itself: run d_optimizer.step() before g_loss.backward().",
        ),
    ]
    _need_move("D", moved_d, right, slips, call)
    right, leak = _gradient(fooling_new, generator), _gradient(on_fake, generator)
    lost = -float(leak @ right / (right @ right))
    undone = (
        Text("पूरा मिटाकर उसे उलटी ओर चला दिया", "undid G's right step and moved it the other way")
        if lost > 1
        else Text(f"{lost:.0%} काट दिया", f"undid {lost:.0%} of G's right step")
    )
    slips = [
        (
            right + leak,
            "Leak (रिसाव) है: d_loss का gradient भी G तक पहुँच गया, और वह G को वही बनाना सिखाता है जो पकड़ा जाए। उसने G का "
            f"सही क़दम {undone.hi}। D को नक़ली data दीजिए, पर उससे G तक लौटने का रास्ता नहीं।",
            "A leak: the gradient of d_loss has reached G as well, and it teaches G to be caught. "
            f"It {undone.en}. Give D the fakes, but no way back to G.",
        ),
        (
            leak,
            "detach ग़लत जगह लगा: अब G सिर्फ़ d_loss से सीखता है, यानी पकड़ा जाना ही सीखता है। detach सिर्फ़ d_loss में चाहिए।",
            "The detach is in the wrong place: G now learns from d_loss alone, to be caught. Detach in d_loss only.",
        ),
        (
            0 * right,
            "अब G कुछ नहीं सीखता: g_loss का gradient D से होकर G तक पहुँचना चाहिए। g_loss के नक़ली data पर detach या no_grad "
            "मत लगाइए, और backward() और step() के बीच zero_grad भी नहीं।",
            "Now G learns nothing: the gradient of g_loss must get through D to G. No detach or no_grad on the fakes "
            "of g_loss, and no zero_grad between backward() and step().",
        ),
        (
            _gradient(fooling_old, generator),
            "G ने पुराने D से सीखा: पहले d_optimizer.step(), फिर नए D से नक़ली data पर जवाब लीजिए।",
            "G learned from the old D: run d_optimizer.step() first, then ask the new D about the fakes.",
        ),
    ]
    _need_move("G", moved_g, right, slips, call)


def _run(answer, networks: Pair, optimizer: type, rates: tuple[float, float], real: Tensor, z: Tensor) -> None:
    optimizers = [optimizer(network.parameters(), lr=lr) for network, lr in zip(networks, rates, strict=True)]
    try:
        run(answer, *networks, *optimizers, real, z)
    except RuntimeError as error:  # one of PyTorch's is explained, because it is this leak
        need(
            "second time" not in str(error),
            "PyTorch रुक गया: d_loss.backward() generator से भी होकर लौटा और उसका graph मिटा गया, तो g_loss के लिए रास्ता "
            "नहीं बचा। यही leak है: retain_graph=True उसे सिर्फ़ छिपाता है, detach मिटाता है।",
            "PyTorch stopped: d_loss.backward() went back through the generator too and used up its graph, so g_loss "
            "has no way left. That is the leak: retain_graph=True only hides it, detach ends it.",
        )
        raise


def _gradient(loss: Tensor, network: nn.Module) -> Tensor:
    gradients = torch.autograd.grad(loss, list(network.parameters()), retain_graph=True)
    return torch.cat([gradient.flatten() for gradient in gradients])


def _need_move(name: str, moved: Tensor, right: Tensor, slips, call: int) -> None:
    """Need weights that moved by the right gradient; a common slip gets its own reason."""

    def same(gradient: Tensor) -> bool:
        return float((moved - gradient).norm()) < 1e-3 * float(right.norm())

    for gradient, hi, en in slips:
        need(not same(gradient), hi, en)
    need(
        same(right) or call == 1,
        f"पहली बार सब ठीक था, पर दूसरी बार {name} के gradient में पुराना भी जुड़ गया: हर बार पहले zero_grad()।",
        f"The first call was right, but in the second {name} had an old gradient added: begin with zero_grad().",
    )
    need(
        same(right),
        f"{name} उस दिशा में नहीं चला जो उसके loss को घटाती है: दोनों loss, real और z वही रखिए जो मिले थे।",
        f"{name} did not move so as to lower its loss: keep both losses, real and z as they were given.",
    )


def _check_adam(answer) -> None:
    """With another optimizer, another pair ends where it should."""
    mine = pair("points", latent_dim=3, hidden=8)
    right = copy.deepcopy(mine)
    real, z = ring.gaussians(32), torch.randn(32, 3)
    for step_by, networks in ((answer, mine), (_step_answer, right)):
        _run(step_by, networks, torch.optim.Adam, (1e-2, 3e-2), real, z)
    need(
        all(
            torch.allclose(*(parameters_to_vector(n.parameters()) for n in networks), atol=1e-3)
            for networks in zip(mine, right, strict=True)
        ),
        "SGD के साथ सब ठीक, पर Adam के साथ नहीं: weights को ख़ुद मत बदलिए, मिले हुए optimizers का step() चलाइए।",
        "Right with SGD, not with Adam: do not change weights yourself, call step() of the optimizers you are given.",
    )


step = Exercise(
    _step_test,
    _step_answer,
    [
        Text(
            "d_loss.backward() किस-किस network में gradient छोड़ता है? fake generator से निकला है।",
            "In which networks does d_loss.backward() leave gradients? fake came out of the generator.",
        ),
        Text(
            "D के लिए fake बस संख्याएँ हैं: fake.detach() में वही संख्याएँ हैं, पर पीछे लौटने का रास्ता नहीं।",
            "To D the fakes are mere numbers: fake.detach() holds the same numbers, without the way back.",
        ),
        Text(
            "सिर्फ़ d_loss में discriminator(fake.detach()) लिखिए; g_loss को मत छेड़िए, वरना G कुछ नहीं सीखेगा।",
            "Write discriminator(fake.detach()) in d_loss only; leave g_loss alone, or G will learn nothing.",
        ),
    ],
    mend=True,
)


# 3 · An experiment, and a prediction

BAD_RATES = 8e-3, 2e-3  # the generator's and the discriminator's
USUAL = {"d_steps": 1, "betas": (0.5, 0.99), "batch_size": 64}


def _rescue_answer():
    return {"d_steps": 3}, 42


def _rescue_test(answer):
    given = run(answer)
    need(
        isinstance(given, tuple | list) and len(given) == 2 and isinstance(given[0], dict),
        'दो चीज़ें लौटाइए: settings एक dict में, और अंदाज़ा प्रतिशत में, जैसे return {"batch_size": 128}, 50।',
        'Return two things: the settings as a dict, and a guess in per cent, such as return {"batch_size": 128}, 50.',
    )
    settings, guess = given
    need(
        set(settings) <= set(USUAL),
        f"सिर्फ़ ये settings बदल सकते हैं: {', '.join(USUAL)}। lr और penalty वही रहेंगे।",
        f"Only these settings may be changed: {', '.join(USUAL)}. lr and penalty stay as they are.",
    )
    settings = {**USUAL, **settings}
    for name, low, high in (("d_steps", 1, 8), ("batch_size", 8, 512)):
        value = settings[name]
        need(
            type(value) is int and low <= value <= high,
            f"{name} के लिए {value} नहीं चलेगा: {low} से {high} तक की पूर्ण संख्या दीजिए।",
            f"{value} will not do for {name}: give a whole number from {low} to {high}.",
        )
    betas = settings["betas"]
    need(
        isinstance(betas, tuple | list)
        and len(betas) == 2
        and all(isinstance(beta, int | float) and 0 <= beta < 1 for beta in betas),
        "betas में दो संख्याएँ दीजिए, हर एक 0 से 1 के बीच और 1 से छोटी, जैसे (0.5, 0.99)।",
        "Give two numbers as betas, each from 0 to below 1, such as (0.5, 0.99).",
    )
    settings["betas"] = tuple(map(float, betas))
    need(
        settings != USUAL,
        "ये तो पाठ वाली ही settings हैं, जिनसे collapse हुआ था: कुछ बदलिए।",
        "These are the lesson's own settings, which collapsed: change something.",
    )
    need(
        not isinstance(guess, bool) and isinstance(guess, int | float) and 0 <= guess <= 100,
        "अंदाज़ा 0 से 100 के बीच एक संख्या हो: कितने प्रतिशत बिंदु ढेरों पर पड़ेंगे?",
        "Your guess is a number from 0 to 100: what per cent of the points will lie on heaps?",
    )
    modes, good = _rescued(**settings)
    measured = Text(
        f"नापा गया: 8 में से {modes} ढेर मिले, {good:.0%} बिंदु ढेरों पर; आपका अंदाज़ा {guess:g}%।",
        f"Measured: {modes} of 8 heaps are covered, {good:.0%} of the points lie on heaps; your guess was {guess:g}%.",
    )
    need(
        modes >= 6,
        f"{measured.hi} यह अब भी mode collapse है: G अब भी D से तेज़ है। D को बराबरी पर लाने के और तरीक़े सोचिए।",
        f"{measured.en} This is still mode collapse: G is still faster than D. Think of other ways for D to keep up.",
    )
    need(
        abs(100 * good - guess) <= 12,
        f"{measured.hi} ढेर मिल गए, पर अंदाज़ा 12 से ज़्यादा दूर रहा: सारे ढेर मिलने पर भी बीच के बिंदु क्यों बचते हैं?",
        f"{measured.en} The heaps are covered, but the guess is more than 12 away: why do points in between remain "
        "even when all heaps are covered?",
    )
    return measured


@cache
def _rescued(d_steps: int, betas: tuple[float, float], batch_size: int) -> tuple[int, float]:
    """Modes covered, and the share of points on them, after the lesson's game with the bad rates."""
    torch.manual_seed(0)
    gan = GAN(*pair("points"), latent_dim=2, ema=0.99)
    options = {"d_steps": d_steps, "betas": betas, "batch_size": batch_size}
    for _ in progress(fit_gan(gan, ring.gaussians(4000), steps=500, lr=BAD_RATES, every=25, **options)):
        pass
    points = ring_points(gan)
    return modes_covered(points), high_quality_fraction(points)


rescue = Exercise(
    _rescue_test,
    _rescue_answer,
    [
        Text(
            "G का हर क़दम D के क़दम से चार गुना लंबा है। क्या D को G के हर क़दम पर एक ही बार सीखना ज़रूरी है?",
            "Each step of G is four times as long as one of D. Does D have to learn only once for each step of G?",
        ),
        Text(
            "d_steps बढ़ाइए; या β₁ घटाइए, ताकि G पुरानी दिशा में न भागे। अंदाज़े के लिए पाठ की तालिका में सही जगह के बिंदु देखिए।",
            "Raise d_steps; or lower β₁, so that G does not keep running in its old direction. For the guess look at "
            "the points in the right place in the lesson's table.",
        ),
        Text('settings = {"d_steps": 3}, guess = 42।', 'settings = {"d_steps": 3}, guess = 42.'),
    ],
)


# 4 · All of it, without course_lib

STEPS = 400


def _own_answer(images, steps):
    G = nn.Sequential(
        nn.Linear(64, 32 * 7 * 7),
        nn.Unflatten(1, (32, 7, 7)),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),  # 7 → 14
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),  # 14 → 28
        nn.Tanh(),
    )
    D = nn.Sequential(
        nn.Conv2d(1, 16, 4, stride=2, padding=1),  # 28 → 14
        nn.LeakyReLU(0.2),
        nn.Conv2d(16, 32, 4, stride=2, padding=1),  # 14 → 7
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 1),
    )
    criterion = nn.BCEWithLogitsLoss()
    opt_G = torch.optim.Adam(G.parameters(), lr=2e-3, betas=(0.5, 0.999))
    opt_D = torch.optim.Adam(D.parameters(), lr=2e-3, betas=(0.5, 0.999))
    ones, zeros = torch.ones(32, 1), torch.zeros(32, 1)
    for _ in range(steps):
        real = images[torch.randint(len(images), (32,))]
        fake = G(torch.randn(32, 64))
        loss_D = criterion(D(real), ones) + criterion(D(fake.detach()), zeros)
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
        loss_G = criterion(D(fake), ones)
        opt_G.zero_grad()
        loss_G.backward()
        opt_G.step()
    return G


def _own_test(answer):
    digits = data.mnist()
    generator, seen = trained_generator(answer, to_tanh(digits.train.images), steps=STEPS)
    z = torch.randn(1000, 64, generator=torch.Generator().manual_seed(1))
    drawn = predict(generator, z)
    need_drawn(drawn, generator, seen, STEPS)
    low, high = float(drawn.min()), float(drawn.max())
    need(
        low < -0.5,
        f"G के pixels {low:.1f} से {high:.1f} तक हैं, असली −1 से 1 तक: D उन्हें range से ही पहचान लेता है। आख़िर में Sigmoid "
        "या ReLU नहीं, nn.Tanh() लगाइए।",
        f"G's pixels go from {low:.1f} to {high:.1f}, real ones from −1 to 1: D knows them by the range alone. End in "
        "nn.Tanh(), not in Sigmoid or ReLU.",
    )
    need(
        low >= -1.01 and high <= 1.01,
        f"G के pixels {low:.1f} से {high:.1f} तक हैं: आख़िर में nn.Tanh() लगाइए, ताकि वे −1 और 1 के बीच रहें।",
        f"G's pixels go from {low:.1f} to {high:.1f}: end in nn.Tanh(), so that they stay between −1 and 1.",
    )
    real = judge.features(digits.test.images)
    mine, fresh = (
        frechet_distance(judge.features(from_tanh(predict(one, z))), real) for one in (generator, _fresh(generator))
    )
    measured = Text(
        f"Fréchet distance: बिना सीखे {fresh:.0f}, {STEPS} steps के बाद {mine:.0f}।",
        f"Fréchet distance: {fresh:.0f} untrained, {mine:.0f} after {STEPS} steps.",
    )
    need(
        float(drawn.std(dim=0).mean()) > 0.05,
        f"{measured.hi} हर z से लगभग वही चित्र बनता है: यह mode collapse है। दोनों का lr बराबर और betas=(0.5, 0.999) लीजिए।",
        f"{measured.en} Nearly the same image comes from every z: mode collapse. Take the same lr for both, and "
        "betas=(0.5, 0.999).",
    )
    need(
        mine < fresh / 2,
        f"{measured.hi} आधी से कम चाहिए। पाठ वाला ढाँचा लीजिए: convolutions, G में BatchNorm, lr=2e-3, betas=(0.5, 0.999), "
        "batch 32; और loss में logits।",
        f"{measured.en} Less than half is wanted. Take the lesson's design: convolutions, BatchNorm in G, lr=2e-3, "
        "betas=(0.5, 0.999), batch 32; and logits in the loss.",
    )
    leak = seen.leaked(generator)
    return Text(
        f"{measured.hi} अब आप GAN किसी भी machine पर लिख सकते हैं।"
        + (" पर D के loss का gradient G से होकर भी लौटता है: detach यह मेहनत बचाता है।" if leak else ""),
        f"{measured.en} You can now write a GAN on any machine."
        + (" But the gradient of D's loss goes back through G as well: detach saves that." if leak else ""),
    )


def _fresh(network: nn.Module) -> nn.Module:
    """The same network with new random weights."""
    torch.manual_seed(1)
    fresh = copy.deepcopy(network)
    for module in fresh.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return fresh


own = Exercise(
    _own_test,
    _own_answer,
    [
        Text(
            "G: nn.Linear(64, 32 * 7 * 7), nn.Unflatten, फिर दो nn.ConvTranspose2d(…, 4, 2, 1), और nn.Tanh(); "
            "D उल्टा रास्ता, अंत में एक logit।",
            "G: nn.Linear(64, 32 * 7 * 7), nn.Unflatten, then two nn.ConvTranspose2d(…, 4, 2, 1), and nn.Tanh(); D the "
            "way back, with one logit at the end.",
        ),
        Text(
            "दो Adam, दोनों lr=2e-3, betas=(0.5, 0.999); loss nn.BCEWithLogitsLoss, असली पर ones, नक़ली पर zeros।",
            "Two Adams, both lr=2e-3, betas=(0.5, 0.999); as loss nn.BCEWithLogitsLoss, ones for real, zeros for fake.",
        ),
        Text(
            "Loop में पहले D: D(real) और D(fake.detach()); फिर G: D(fake) पर label ones। हर backward() से पहले zero_grad()।",
            "In the loop first D: D(real) and D(fake.detach()); then G: D(fake) with the label ones. zero_grad() "
            "before every backward().",
        ),
    ],
)
