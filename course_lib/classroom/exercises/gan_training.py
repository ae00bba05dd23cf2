"""Exercises of lesson 06b, training GANs."""

from functools import cache

import torch
from torch import Tensor, nn

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_loss, need_number, ring_points
from course_lib.classroom.language import Text
from course_lib.classroom.progress import progress
from course_lib.data import ring
from course_lib.loops import fit_gan
from course_lib.measures import modes_covered, precision_recall
from course_lib.models.gan import GAN, gradient_penalty, r1_penalty
from course_lib.models.gan_networks import pair

# 1 · A cure, and a prediction

CURES = {"penalty": ("r1", "gradient"), "d_steps": range(1, 9), "losses": ("minimax", "least_squares", "hinge")}
PENALTIES = {"r1": r1_penalty, "gradient": gradient_penalty}


def _cure_answer():
    return {"penalty": "r1"}, 8


def _cure_test(answer):
    given = run(answer)
    need(
        isinstance(given, tuple | list) and len(given) == 2 and isinstance(given[0], dict),
        'दो चीज़ें लौटाइए: बदलाव एक dict में, और modes का अंदाज़ा, जैसे return {"losses": "hinge"}, 3।',
        'Return two things: the change as a dict, and your guess of modes, such as return {"losses": "hinge"}, 3.',
    )
    change, guess = given
    need(
        len(change) == 1,
        "एक बार में एक ही चीज़ बदलिए: दो बदलीं, तो पता नहीं चलेगा कि असर किसका था।",
        "Change one thing at a time: with two you could not tell which one mattered.",
    )
    [(name, value)] = change.items()
    need(
        name not in ("lr", "betas"),
        "Learning rates और betas वही रहें: बिगड़े हुए lr के साथ ही इलाज ढूँढिए।",
        "Learning rates and betas stay as they are: find a cure that works with the bad lr.",
    )
    ema = name == "ema" and isinstance(value, float) and 0 < value < 1
    need(
        ema
        or (name in CURES and isinstance(value, int | str) and not isinstance(value, bool) and value in CURES[name]),
        f'{name}={value!r} नहीं चलेगा। चुनिए: penalty "r1" या "gradient", d_steps 1 से 8, losses "minimax", '
        '"least_squares" या "hinge", ema 0 और 1 के बीच।',
        f'{name}={value!r} will not do. Choose penalty "r1" or "gradient", d_steps from 1 to 8, losses "minimax", '
        '"least_squares" or "hinge", or ema between 0 and 1.',
    )
    need(
        isinstance(guess, int | float) and not isinstance(guess, bool) and 0 <= guess <= 8,
        "अंदाज़ा 0 से 8 के बीच एक संख्या हो: औसत कितने modes पाएगा?",
        "Your guess is a number from 0 to 8: how many modes will the average cover?",
    )
    before, after = _modes_with(), _modes_with(name, value)
    hi = f"नापा गया: बिना बदलाव {before} modes, {name}={value!r} पर {after}; आपका अंदाज़ा {guess:g}।"
    en = f"Measured: unchanged {before} modes, with {name}={value!r} {after}; your guess {guess:g}."
    need(
        after >= 7,
        f"{hi} यह इलाज काफ़ी नहीं: झुंड अब भी भागता है। सोचिए, D को असली data के पास सपाट क्या रखेगा?",
        f"{en} This cure is not enough: the swarm still runs about. What would keep D flat near the real data?",
    )
    need(
        abs(guess - after) <= 1,
        f"{hi} इलाज सही है, अंदाज़ा 1 से ज़्यादा दूर रहा: सोचिए क्यों, फिर दोबारा चलाइए।",
        f"{en} The cure is right, the guess is more than 1 away: think why, then run it again.",
    )
    return Text(hi, en)


@cache
def _modes_with(name: str = "", value: object = None) -> int:
    """How many modes the average of a game covers in which G learns four times as fast as D, with one thing changed."""
    options = {name: value} if name in ("losses", "ema") else {"penalty": PENALTIES[value]} if name == "penalty" else {}
    real = ring.gaussians(4000)
    torch.manual_seed(0)
    gan = GAN(*pair("points"), latent_dim=2, **{"ema": 0.99} | options)
    steps = {"steps": 1000, "d_steps": value if name == "d_steps" else 1}
    for _ in progress(fit_gan(gan, real, lr=(8e-3, 2e-3), betas=(0.5, 0.99), **steps)):
        pass
    return modes_covered(ring_points(gan))


cure = Exercise(
    _cure_test,
    _cure_answer,
    [
        Text(
            "पाठ 06 में यही बिगड़ा खेल था: वहाँ EMA ने नहीं बचाया, एक penalty ने बचाया।",
            "This broken game was in lesson 06: there EMA did not save it, a penalty did.",
        ),
        Text(
            "R1: असली data पर D की ढलान पर दंड; D वहाँ सपाट हो, तो झुंड को भगाता नहीं।",
            "R1: a price on D's slope at the real data; where D is flat, it does not chase the swarm away.",
        ),
        Text('change = {"penalty": "r1"}, और अंदाज़ा 8 के पास।', 'change = {"penalty": "r1"}, and a guess near 8.'),
    ],
)


# 2 · Recall, to be mended


def _recall_answer(real, generated, k=3):
    among = torch.cdist(generated, generated)
    radius = among.kthvalue(k + 1, dim=1).values
    inside = torch.cdist(real, generated) <= radius
    return inside.any(dim=1).float().mean()


def _balls(points: Tensor, cloud: Tensor, radius: Tensor) -> Tensor:
    return (torch.cdist(points, cloud) <= radius).any(dim=1).float().mean()


def _recall_test(answer):
    rng = torch.Generator().manual_seed(0)
    real, generated = torch.randn(200, 6, generator=rng), 0.7 * torch.randn(200, 6, generator=rng)
    precision, right = precision_recall(real, generated)
    near = {k: torch.cdist(generated, generated).kthvalue(k, dim=1).values for k in (3, 4)}
    near_real = {k: torch.cdist(real, real).kthvalue(k, dim=1).values for k in (3, 4)}
    from_real = (
        "त्रिज्या ग़लत बादल की है: recall में गोले बने हुए चित्रों के चारों ओर हैं, इसलिए त्रिज्या भी generated के आपस की दूरियों से।",
        "The radius is that of the wrong cloud: for recall the balls are around the generated samples, so their radius "
        "comes from distances among generated.",
    )
    slips = [
        (_balls(real, generated, near_real[3]), *from_real),
        (_balls(real, generated, near_real[4]), *from_real),
        (
            _balls(real, generated, near[3]),
            "गोले ज़रा छोटे हैं: हर बिंदु का सबसे पास का साथी वह ख़ुद है, दूरी 0 पर। k-वाँ साथी kthvalue(k + 1) है।",
            "The balls are a little small: the nearest companion of each point is the point itself, at distance 0. The "
            "k-th companion is kthvalue(k + 1).",
        ),
        (
            torch.tensor(precision),
            "यह precision है: आपने बने हुए बिंदुओं को असली के गोलों में देखा। Recall में असली बिंदु बने हुए के गोलों में देखे जाते हैं।",
            "This is precision: you looked for generated points in the balls of real ones. Recall looks for real "
            "points in the balls of generated ones.",
        ),
        (
            (torch.cdist(real, generated) <= near[4]).float().mean(),
            "आपने जोड़ियों का औसत लिया: असली बिंदु किसी **एक** गोले में हो तो काफ़ी है, .any(dim=1)।",
            "You averaged over pairs: it is enough that a real point lies in any **one** ball, .any(dim=1).",
        ),
    ]
    given = need_number(run(answer, real, generated, 3))
    need_loss(given, torch.tensor(right), slips)
    fewer = need_number(run(answer, real, generated[:120], 3))
    need(
        abs(float(fewer) - precision_recall(real, generated[:120])[1]) < 1e-4,
        "बराबर गिनती पर सही, पर 200 असली और 120 बने हुए हों तो नहीं।",
        "Right for equally many, but not for 200 real and 120 generated ones.",
    )
    wider = need_number(run(answer, real, generated, 5))
    need(
        abs(float(wider) - precision_recall(real, generated, 5)[1]) < 1e-4,
        "k=3 पर सही, पर k=5 पर नहीं: k को काम में लीजिए।",
        "Right for k=3, but not for k=5: make use of k.",
    )
    return Text(
        f"precision {precision:.2f}, recall {right:.2f}: सिकुड़ा हुआ बादल असली जैसा है, पर सब कुछ नहीं ढकता।",
        f"Precision {precision:.2f}, recall {right:.2f}: a shrunken cloud looks real, but does not cover everything.",
    )


recall = Exercise(
    _recall_test,
    _recall_answer,
    [
        Text("Recall में गोले किसके चारों ओर हैं?", "Around which points are the balls, for recall?"),
        Text(
            "among में generated की आपस की दूरियाँ चाहिए, और हर बिंदु की अपने से दूरी 0 है।",
            "among must hold the distances among generated, and the distance of a point to itself is 0.",
        ),
        Text(
            "torch.cdist(generated, generated), और kthvalue(k + 1, dim=1)।",
            "torch.cdist(generated, generated), and kthvalue(k + 1, dim=1).",
        ),
    ],
    mend=True,
)


# 3 · The critic's loss, without course_lib


def _critic_answer(critic, real, fake, weight):
    fake = fake.detach()
    share = torch.rand(len(real), 1)
    between = (share * real + (1 - share) * fake).requires_grad_()
    [slope] = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    penalty = ((slope.norm(dim=1) - 1) ** 2).mean()
    return critic(fake).mean() - critic(real).mean() + weight * penalty


class _Bowl(nn.Module):
    """D(x) = ½ a ‖x‖², whose slope a x is known everywhere. It remembers where it was asked."""

    def __init__(self, a: float):
        super().__init__()
        self.a, self.asked = nn.Parameter(torch.tensor(a)), []

    def forward(self, x: Tensor) -> Tensor:
        self.asked.append(x.detach())
        return 0.5 * self.a * x.square().sum(dim=1, keepdim=True)


def _critic_test(answer):
    torch.manual_seed(0)
    # Where each fake lies on its real one, every place between the two is the same: the penalty is known exactly.
    x, a, weight = 1 + torch.rand(64, 2), 0.6, 3.0
    slopes = a * x.norm(dim=1)
    penalty, whole = (slopes - 1).square().mean(), (slopes.norm() - 1).square()
    loss = run(answer, _Bowl(a), x.clone(), x.clone(), weight)
    need_loss(
        loss,
        weight * penalty,
        [
            (0 * penalty, "Penalty ही नहीं जुड़ी: + weight * penalty।", "The penalty is missing: + weight * penalty."),
            (penalty, "weight से गुणा नहीं हुआ।", "It is not multiplied by weight."),
            (
                weight * whole,
                "Norm पूरी batch का लिया: हर बिंदु की ढलान की अपनी लंबाई चाहिए, slope.norm(dim=1)।",
                "You took the norm of the whole batch: each point's slope has its own length, slope.norm(dim=1).",
            ),
            (
                weight * (slopes.mean() - 1).square(),
                "पहले औसत, फिर वर्ग: हर बिंदु पर (‖∇D‖ − 1)² लीजिए, फिर औसत।",
                "The mean came before the square: take (‖∇D‖ − 1)² at each point, then the mean.",
            ),
            (
                weight * slopes.square().mean(),
                "ढलान 0 की ओर खींची, 1 की ओर नहीं (यह R1 जैसा है): norm में से 1 घटाइए।",
                "This pulls the slope to 0, not to 1 (as R1 does): subtract 1 from the norm.",
            ),
            (
                weight * (slopes.square() - 1).square().mean(),
                "Norm का वर्गमूल छूट गया: ‖∇D‖ लीजिए, ‖∇D‖² नहीं।",
                "The root of the norm is missing: take ‖∇D‖, not ‖∇D‖².",
            ),
        ],
    )
    need(
        isinstance(loss, Tensor) and loss.requires_grad,
        "संख्या सही है, पर उससे gradient नहीं लौटता: .item() या float() मत लगाइए, और autograd.grad में create_graph=True।",
        "The number is right, but no gradient comes back from it: no .item() or float(), and create_graph=True in "
        "autograd.grad.",
    )
    bowl = _Bowl(a)
    run(answer, bowl, x.clone(), x.clone(), weight).backward()
    wanted = weight * (2 * (slopes - 1) * x.norm(dim=1)).mean()
    need(
        bowl.a.grad is not None and torch.isclose(bowl.a.grad, wanted, rtol=1e-3).item(),
        "Penalty की संख्या सही है, पर उसका gradient critic के weights तक नहीं पहुँचता: autograd.grad में create_graph=True।",
        "The penalty's number is right, but its gradient does not reach the critic's weights: create_graph=True in "
        "autograd.grad.",
    )
    _check_places(answer)
    modes = _modes_of(answer)
    need(
        modes >= 5,
        f"हर जाँच ठीक, पर छल्ले पर आपके loss से GAN ने सिर्फ़ {modes} modes पाए: share हर बार नया random होना चाहिए।",
        f"All checks hold, but with your loss a GAN covered only {modes} modes of the ring: share must be random anew "
        "each time.",
    )
    return Text(
        f"आपके loss से सिखाए GAN ने छल्ले के 8 में से {modes} modes पाए। अब आप WGAN-GP कहीं भी लिख सकते हैं।",
        f"A GAN trained with your loss covered {modes} of the ring's 8 modes. You can now write WGAN-GP anywhere.",
    )


def _check_places(answer) -> None:
    """Need the gap the right way round, no way back to the generator, and places between the pairs, each at random."""
    real, fake = torch.tensor([[3.0, 0.0]]).repeat(400, 1), torch.tensor([[0.0, 1.0]]).repeat(400, 1).requires_grad_()
    bowl = _Bowl(0.6)
    loss = run(answer, bowl, real, fake, 0.0)
    gap = 0.5 * 0.6 * (1 - 9)
    need_loss(
        loss,
        torch.tensor(gap),
        [
            (
                torch.tensor(-gap),
                "चिह्न उल्टा है: critic असली पर ऊँचा होना चाहता है, इसलिए loss = D(fake) − D(real) + …।",
                "The sign is wrong: the critic wants to be high on real data, so loss = D(fake) − D(real) + ….",
            ),
        ],
    )
    loss.backward()
    need(
        fake.grad is None or not fake.grad.any(),
        "Critic के loss का gradient fake से होकर generator तक लौट रहा है: शुरू में fake = fake.detach()।",
        "The gradient of the critic's loss goes back through fake to the generator: begin with fake = fake.detach().",
    )
    corners = torch.cat([real[:1], fake.detach()[:1]])
    asked = torch.cat(bowl.asked)
    inside = asked[(torch.cdist(asked, corners) > 1e-4).all(dim=1)]
    share = inside[:, 0] / 3
    need(
        len(inside) > 100,
        "Penalty असली या नक़ली पर ही नापी गई, उनके बीच नहीं: share * real + (1 - share) * fake।",
        "The penalty is measured at the real or fake points, not between them: share * real + (1 - share) * fake.",
    )
    need(
        torch.allclose(inside[:, 1], 1 - share, atol=1e-4) and float(share.min()) >= 0 and float(share.max()) <= 1,
        "जगहें real और fake के बीच की रेखा पर नहीं हैं: share * real + (1 - share) * fake, share 0 और 1 के बीच।",
        "The places are not on the line between real and fake: share * real + (1 - share) * fake, share from 0 to 1.",
    )
    need(
        float(share.std()) > 0.2,
        "सब जोड़ियों का share एक ही है: torch.rand(len(real), 1), हर पंक्ति का अपना।",
        "All pairs have the same share: torch.rand(len(real), 1), another for each row.",
    )


class _Critic(GAN):
    """A GAN whose discriminator minimises what the student wrote."""

    def d_loss(self, fake: Tensor, x: Tensor):
        return self.answer(self.discriminator, x, fake, 1.0), {}


def _modes_of(answer) -> int:
    torch.manual_seed(0)
    gan = _Critic(*pair("points"), latent_dim=2, losses="wasserstein", ema=0.99)
    gan.answer = answer
    for _ in progress(fit_gan(gan, ring.gaussians(4000), steps=500, lr=(2e-3, 8e-3), betas=(0.5, 0.99), d_steps=3)):
        pass
    return modes_covered(ring_points(gan))


critic = Exercise(
    _critic_test,
    _critic_answer,
    [
        Text(
            "चार क़दम: fake.detach(); हर जोड़ी के बीच की जगह; वहाँ की ढलान; फिर फ़ासला और weight × penalty।",
            "Four steps: fake.detach(); a place between each pair; the slope there; then the gap and weight × penalty.",
        ),
        Text(
            "जगह: share = torch.rand(len(real), 1), between = (share * real + (1 - share) * fake).requires_grad_()।",
            "The place: share = torch.rand(len(real), 1), then (share * real + (1 - share) * fake).requires_grad_().",
        ),
        Text(
            "ढलान: [slope] = torch.autograd.grad(critic(between).sum(), between, create_graph=True); फिर "
            "slope.norm(dim=1)।",
            "The slope: [slope] = torch.autograd.grad(critic(between).sum(), between, create_graph=True), its length "
            "slope.norm(dim=1).",
        ),
    ],
)
