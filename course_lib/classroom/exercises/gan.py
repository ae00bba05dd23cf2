"""Exercises of lesson 06, generative adversarial networks."""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_loss, need_number, need_tensor
from course_lib.classroom.language import Text
from course_lib.data import ring
from course_lib.loops import fit_gan
from course_lib.measures import high_quality_fraction, modes_covered
from course_lib.models.gan import GAN, bce, non_saturating
from course_lib.models.gan_networks import Pair, pair

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
    slips = [
        (
            right + leak,
            "Leak (रिसाव) है: d_loss का gradient भी G तक पहुँच गया, और वह G को वही बनाना सिखाता है जो पकड़ा जाए। उसने G के "
            f"सही क़दम का {lost:.0%} काट दिया। D को नक़ली data दीजिए, पर उससे G तक लौटने का रास्ता नहीं।",
            "A leak: the gradient of d_loss has reached G as well, and it teaches G to be caught. "
            f"It undid {lost:.0%} of G's right step. Give D the fakes, but no way back to G.",
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


# 3 · A generator that covers the ring


def _cover_answer(real):
    gan = GAN(*pair("points"), latent_dim=2, ema=0.99)
    for _ in fit_gan(gan, real, steps=2000, lr=(1e-3, 4e-3), betas=(0.5, 0.99)):
        pass
    return gan.average


def _cover_test(answer):
    real = ring.gaussians(4000)
    torch.manual_seed(0)
    generator = run(answer, real.clone())
    need(
        isinstance(generator, nn.Module) and not isinstance(generator, GAN),
        f"वह network लौटाइए जो बिंदु बनाता है, {type(generator).__name__} नहीं: return gan.average।",
        f"Return the network that draws the points, not {type(generator).__name__}: return gan.average.",
    )
    generator = generator.cpu().eval()
    z, other = (torch.randn(2000, 2, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))
    with torch.no_grad():
        points, again, elsewhere = generator(z), generator(z), generator(other)
    need_tensor(points, (2000, 2))
    need(
        torch.equal(points, again) and not torch.equal(points, elsewhere),
        "बिंदु z से नहीं बने: वही z हो तो वही बिंदु, z बदले तो बिंदु भी बदले।",
        "The points do not come from z: the same z should give the same point, and another z another one.",
    )
    distance = torch.cdist(points, real, compute_mode="donot_use_mm_for_euclid_dist")
    copies = float((distance.amin(dim=1) < 1e-5).float().mean())
    need(
        copies < 0.5,
        f"{copies:.0%} बिंदु training data के ही हैं, ज्यों के त्यों: यह बनाना नहीं, रटना है।",
        f"{copies:.0%} of the points are those of the training data, unchanged: that is memorising, not making.",
    )
    modes, good = modes_covered(points), high_quality_fraction(points)
    need(
        modes > 0,
        "एक भी mode नहीं मिला: या training कम हुई, या G कहीं टिकता नहीं, और उसका औसत modes के बीच पड़ता है। lr देखिए।",
        "Not one mode is covered: too little training, or G settles nowhere, and its average lies between. Look at lr.",
    )
    need(
        modes >= 7,
        f"8 में से सिर्फ़ {modes} modes मिले: यह mode collapse है। D को G से धीमा मत रखिए, और betas और ema देखिए।",
        f"Only {modes} of 8 modes are covered: mode collapse. Do not make D slower than G; look at betas and ema.",
    )
    need(
        good > 0.6,
        f"{modes} modes मिले, पर {good:.0%} बिंदु ही उन पर हैं, बाक़ी बीच में: 60% से ज़्यादा चाहिए। lr, betas और ema देखिए।",
        f"{modes} modes are covered, but only {good:.0%} of the points lie on them, the others between: over 60% are "
        "wanted. Look at lr, betas and ema.",
    )
    return Text(
        f"{modes} modes मिले, और {good:.0%} बिंदु उन पर हैं।", f"{modes} modes, with {good:.0%} of the points on them."
    )


cover = Exercise(
    _cover_test,
    _cover_answer,
    [
        Text(
            "पाठ में जिस खेल ने छल्ले के सारे modes पाए, उसके lr, betas और ema देखिए।",
            "Look at lr, betas and ema of the game that covered the whole ring in the lesson.",
        ),
        Text(
            "D को G से तेज़ सीखने दीजिए: fit_gan में lr=(G का, D का)। betas की पहली संख्या छोटी हो: सामने वाला बदलता रहता है, तो "
            "पुराने gradients जल्दी भूल जाना अच्छा है।",
            "Let D learn faster than G: in fit_gan lr=(G's, D's). And let the first of the betas be small: the "
            "opponent keeps changing, so old gradients are best forgotten soon.",
        ),
        Text("lr=(1e-3, 4e-3), betas=(0.5, 0.99), ema=0.99।", "lr=(1e-3, 4e-3), betas=(0.5, 0.99), ema=0.99."),
    ],
)
