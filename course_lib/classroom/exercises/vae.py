"""Exercises of lesson 05, the variational autoencoder."""

import time
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn import functional as F

from course_lib import data
from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_loss, need_number, need_tensor
from course_lib.classroom.language import Text
from course_lib.classroom.progress import progress
from course_lib.loops import fit
from course_lib.measures import frechet_distance, judge
from course_lib.models.autoencoders import binary_cross_entropy, dense
from course_lib.models.vae import VAE, kl_divergence

# 1 · A draw that lets gradients through


def _reparameterize_answer(mu, log_var):
    sigma = (0.5 * log_var).exp()
    return mu + sigma * torch.randn_like(mu)


def _reparameterize_test(answer):
    torch.manual_seed(0)
    mu = torch.tensor([[2.0, -1.0, 0.0]]).repeat(20_000, 1).requires_grad_()
    log_var = torch.tensor([[2.0, -2.0, 0.0]]).repeat(20_000, 1).requires_grad_()
    z = run(answer, mu, log_var)
    said = "z का आकार mu जैसा चाहिए, {shape}; मिला {got}।", "z must have the shape of mu, {shape}; got {got}."
    need_tensor(z, tuple(mu.shape), *said)
    z = z.float()
    spread = (z - mu).detach().std(dim=0)
    sigma = (0.5 * log_var[0]).exp().detach()
    need(
        not torch.equal(z, mu),
        "z हर बार ठीक mu ही है: ε का हिस्सा नहीं जुड़ा, तो कोई बंटन नहीं बना।",
        "z is exactly mu: without ε there is no distribution.",
    )
    need(
        spread.max() > 1e-3,
        "हर चित्र को वही ε मिला: randn_like(mu) हर जगह नई संख्या देता है।",
        "Every image got the same ε: randn_like(mu) gives a new number everywhere.",
    )
    need(
        not torch.allclose(spread, log_var[0].exp(), rtol=0.05),
        "आपने प्रसरण (variance) से गुणा किया: σ = exp(½ · log_var) है।",
        "You multiplied by the variance: σ = exp(½ · log_var).",
    )
    need(
        not torch.allclose(spread, log_var[0].abs(), rtol=0.05),
        "आपने log_var से ही गुणा किया: पहले उसे σ में बदलिए।",
        "You multiplied by log_var itself: turn it into σ first.",
    )
    need(
        torch.allclose(spread, sigma, rtol=0.05),
        f"z का मानक विचलन {_listed(spread)} है, चाहिए {_listed(sigma)}: ε के लिए randn लीजिए, rand नहीं।",
        f"The standard deviation of z is {_listed(spread)}, it should be {_listed(sigma)}: take randn for ε, not rand.",
    )
    need(
        torch.allclose(z.detach().mean(dim=0), mu[0].detach(), atol=0.1),
        f"z का औसत {_listed(z.detach().mean(dim=0))} है, चाहिए mu: {_listed(mu[0].detach())}।",
        f"The mean of z is {_listed(z.detach().mean(dim=0))}, it should be mu: {_listed(mu[0].detach())}.",
    )
    noise = ((z - mu) / (0.5 * log_var).exp()).detach()
    need(
        noise.T.corrcoef().fill_diagonal_(0).abs().max() < 0.05,
        "Code की सारी संख्याओं को वही ε मिला: randn_like(mu) हर संख्या को अपना देता है।",
        "All numbers of a code got the same ε: randn_like(mu) gives each its own.",
    )
    # Beyond two standard deviations lie 4.6 % of a Gaussian's values, none of a uniform's.
    need(
        0.03 < (noise.abs() > 2).float().mean() < 0.06,
        "ε का औसत और मानक विचलन सही हैं, पर बंटन का आकार नहीं: randn लीजिए।",
        "Mean and standard deviation of ε are right but not its shape: take randn.",
    )
    need(
        not torch.equal(run(answer, mu, log_var).detach().float(), z.detach()),
        "दूसरी बार भी ठीक वही z निकला: ε हर बार नया होना चाहिए, seed मत लगाइए।",
        "The second call gave the very same z: ε must be drawn anew each time, set no seed.",
    )
    if z.requires_grad:
        z.square().sum().backward()
    reached = [p.grad is not None and bool(p.grad.any()) for p in (mu, log_var)]
    need(
        any(reached),
        "बंटन सही है, पर gradient encoder तक नहीं पहुँचता: normal या sample से निकली संख्या में mu और σ का रास्ता "
        "टूट जाता है। ε अलग से निकालिए, फिर जोड़िए और गुणा कीजिए।",
        "The distribution is right, but no gradient reaches the encoder: a number drawn by normal or sample has lost "
        "its way back to mu and σ. Draw ε separately, then multiply and add.",
    )
    right = torch.allclose(mu.grad, 2 * z, atol=1e-3) if reached[0] else False
    need(
        right and reached[1] and torch.allclose(log_var.grad, z * (z - mu), atol=1e-2),
        "gradient दोनों तक नहीं पहुँचा: उसे mu और log_var, दोनों तक जाना चाहिए; detach या .data मत लगाइए।",
        "Gradients do not reach both: they must get to mu and to log_var; do not use detach or .data.",
    )


def _listed(values: torch.Tensor) -> str:
    return ", ".join(f"{v:.2f}" for v in values.tolist())


reparameterize = Exercise(
    _reparameterize_test,
    _reparameterize_answer,
    [
        Text(
            "log_var से σ: प्रसरण का वर्गमूल, यानी exp(½ · log_var)।",
            "σ from log_var: the root of the variance, exp(½ · log_var).",
        ),
        Text("ε अलग से निकालिए: torch.randn_like(mu)।", "Draw ε separately: torch.randn_like(mu)."),
        Text(
            "z = mu + sigma * epsilon: सिर्फ़ जोड़ और गुणा, इसलिए gradient लौट सकता है।",
            "z = mu + sigma * epsilon: sums and products only, so gradients can go back.",
        ),
    ],
)


# 2 · The KL term


def _kl_answer(mu, log_var):
    each = -0.5 * (1 + log_var - mu**2 - log_var.exp())
    return each.sum(dim=1).mean()


def _kl_test(answer):
    rng = torch.Generator().manual_seed(2)
    mu, log_var = 1.5 * torch.randn(6, 4, generator=rng), torch.randn(6, 4, generator=rng)
    each = kl_divergence(mu, log_var)
    right = each.sum(dim=1).mean()
    no_root = (0.5 * (mu.square() + (0.5 * log_var).exp() - 1 - log_var)).sum(dim=1).mean()
    slips = [
        (-right, "चिह्न उल्टा है: KL कभी ऋणात्मक नहीं होता।", "The sign is wrong: a KL is never negative."),
        (2 * right, "½ छूट गया।", "The ½ is missing."),
        (
            each.mean(),
            "code की संख्याओं पर औसत नहीं, जोड़ चाहिए: KL पूरे code का है।",
            "Sum over the numbers of the code, do not average: the KL is that of a whole code.",
        ),
        (
            each.sum(dim=0).mean(),
            "आपने चित्रों पर जोड़ा और code पर औसत लिया: उल्टा कीजिए।",
            "You summed over the images and averaged over the code: do it the other way round.",
        ),
        (
            each.sum(),
            "चित्रों पर औसत लेना छूट गया: .sum(dim=1).mean()।",
            "The average over the images is missing: .sum(dim=1).mean().",
        ),
        (
            no_root,
            "σ² की जगह σ रख दिया: log_var.exp() ही σ² है।",
            "You put σ in place of σ²: log_var.exp() is σ² itself.",
        ),
    ]
    need_loss(run(answer, mu, log_var), right, slips)


kl = Exercise(
    _kl_test,
    _kl_answer,
    [
        Text(
            "पाठ का सूत्र: −½ (1 + log σ² − μ² − σ²), code की हर संख्या पर।",
            "The lesson's formula: −½ (1 + log σ² − μ² − σ²), for every number of the code.",
        ),
        Text("log_var ख़ुद log σ² है, और log_var.exp() σ² है।", "log_var is log σ² itself, and log_var.exp() is σ²."),
        Text(
            "आख़िर में .sum(dim=1).mean(): code पर जोड़, चित्रों पर औसत।",
            "At the end .sum(dim=1).mean(): sum over the code, average over the images.",
        ),
    ],
)


# 3 · Digits of one's own choice


def _make_answer(decoder, classify, latent_dim, wanted, n):
    found = torch.empty(0, 1, 28, 28)
    while len(found) < n:
        x = decoder(torch.randn(500, latent_dim))
        found = torch.cat([found, x[classify(x) == wanted]])
    return found[:n]


@cache
def _trained() -> VAE:
    """Trained once: a second try is answered at once."""
    torch.manual_seed(0)
    model = VAE(*dense(hidden=(200,), latent_dim=20))
    for _ in progress(fit(model, data.mnist().train.images, epochs=8, lr=5e-3)):
        pass
    return model


def _make_test(answer):
    torch.manual_seed(0)
    shares = [_made(answer, wanted, n) for wanted, n in ((7, 20), (3, 11))]
    return Text(
        f"आपके बनाए सारे चित्रों में से {shares[0]:.0%} को judge ने 7 पढ़ा, और {shares[1]:.0%} को 3।",
        f"Of all the images you drew, the judge reads {shares[0]:.0%} as a 7 and {shares[1]:.0%} as a 3.",
    )


def _made(answer, wanted: int, n: int) -> float:
    """Check one order; returns the share of all images drawn that are the wanted digit."""
    model, codes, drawn = _trained(), [], []

    @torch.no_grad()
    def decoder(z):
        need(len(codes) < 500, "500 बार draw किया, फिर भी अंक पूरे नहीं हुए।", "500 draws, and still not enough digits.")
        codes.append(z)
        drawn.append(model.decoder(z))
        return drawn[-1]

    given = run(answer, decoder, judge.classify, 20, wanted, n)
    need(bool(codes), "decoder को बुलाया ही नहीं गया।", "The decoder was never called.")
    said = f"{n} चित्र चाहिए, आकार {{shape}}; मिला {{got}}।", f"{n} images are wanted, of shape {{shape}}; got {{got}}."
    need_tensor(given, (n, 1, 28, 28), *said)
    z, x = torch.cat(codes), torch.cat(drawn)
    mean, spread = float(z.mean()), float(z.std())
    need(
        abs(mean) < 0.1 and abs(spread - 1) < 0.1,
        f"आपके z का औसत {mean:.2f} और मानक विचलन {spread:.2f} है: z ~ N(0, I) चाहिए, यानी torch.randn।",
        f"Your z have mean {mean:.2f} and standard deviation {spread:.2f}: z ~ N(0, I) is wanted: torch.randn.",
    )
    right = int((judge.classify(given) == wanted).sum())
    need(
        right == n,
        f"{n} में से सिर्फ़ {right} को judge ने {wanted} पढ़ा: बाक़ी को छाँटिए और नए बनाइए।",
        f"The judge reads only {right} of {n} as a {wanted}: leave the others out and draw new ones.",
    )
    distance = torch.cdist(given.flatten(1), x.flatten(1), compute_mode="donot_use_mm_for_euclid_dist")
    need(
        bool((distance.amin(dim=1) < 1e-3).all()),
        "ये चित्र decoder के बनाए हुए नहीं हैं: वही लौटाइए जो उसने बनाया।",
        "These images did not come out of the decoder: return what it has drawn.",
    )
    need(
        float(torch.pdist(z[distance.argmin(dim=1)]).min()) > 1,  # two draws of 20 numbers are never this close
        "एक ही चित्र कई बार आया, या लगभग वही: हर बार नया z लीजिए।",
        "The same image comes more than once, or nearly the same: draw a new z each time.",
    )
    return float((judge.classify(x) == wanted).float().mean())


make = Exercise(
    _make_test,
    _make_answer,
    [
        Text(
            "बहुत सारे z एक साथ निकालिए: decoder(torch.randn(500, latent_dim))।",
            "Draw many z at once: decoder(torch.randn(500, latent_dim)).",
        ),
        Text("सही वाले छाँटिए: x[classify(x) == wanted]।", "Keep the right ones: x[classify(x) == wanted]."),
        Text(
            "n पूरे न हों तो फिर से: while len(found) < n, और torch.cat से जोड़िए; आख़िर में [:n]।",
            "While there are fewer than n, again: while len(found) < n, joined by torch.cat; [:n] at the end.",
        ),
    ],
)


# 4 · An experiment, and a prediction


def _dial_answer():
    return 2.0, 130


def _dial_test(answer):
    given = run(answer)
    need(
        isinstance(given, tuple | list) and len(given) == 2,
        "दो चीज़ें लौटाइए: return beta, guess।",
        "Return two things: return beta, guess.",
    )
    numbers = [need_number(value) for value in given]
    need(
        all(number.numel() == 1 for number in numbers),
        "beta और guess एक-एक संख्या हों।",
        "beta and guess must be one number each.",
    )
    beta, guess = (float(number) for number in numbers)
    need(
        0 <= beta <= 100,
        f"beta={beta:g} नहीं चलेगा: 0 और 100 के बीच चुनिए।",
        f"beta={beta:g} will not do: choose one between 0 and 100.",
    )
    need(
        beta not in (0.1, 1, 4, 16, 64),
        f"β = {beta:g} का नतीजा तो पाठ में छपा है: कोई और चुनिए।",
        f"The result for β = {beta:g} stands in the lesson: choose another one.",
    )
    reconstruction, kl = _with_beta(beta)
    measured_hi = f"नापा गया: β = {beta:g} पर KL {kl:.1f} nats, reconstruction {reconstruction:.1f} nats।"
    measured_en = f"Measured: at β = {beta:g} the KL is {kl:.1f} nats, the reconstruction {reconstruction:.1f} nats."
    need(
        8 <= kl <= 12,
        f"{measured_hi} KL 8 और 12 के बीच चाहिए: β {'बढ़ाइए' if kl > 12 else 'घटाइए'}।",
        f"{measured_en} A KL between 8 and 12 is wanted: {'raise' if kl > 12 else 'lower'} β.",
    )
    need(
        abs(guess - reconstruction) <= 8,
        f"beta ठीक है, पर आपका अंदाज़ा {guess:g} nats था। {measured_hi} असली curve β = 1 और 4 के बीच की सीधी रेखा से नीचे है।",
        f"beta is good, but your guess was {guess:g} nats. {measured_en} The true curve lies below the straight line "
        "from β = 1 to 4.",
    )
    return Text(
        f"{measured_hi} आपका अंदाज़ा {guess:g} था: curve के दो बिंदुओं के बीच की जगह आपने पढ़ ली।",
        f"{measured_en} Your guess was {guess:g}: you have read the curve between two of its points.",
    )


@cache
def _with_beta(beta: float) -> tuple[float, float]:
    """Reconstruction and KL on held-out images of the lesson's small VAE, as there for the other β."""
    digits = data.mnist()
    torch.manual_seed(0)
    model = VAE(*dense(hidden=(160,), latent_dim=20), beta=beta)
    for _ in progress(fit(model, digits.train.images, epochs=8, lr=5e-3)):
        pass
    with torch.no_grad():
        _, parts = model.loss(digits.test.images)
    return parts["reconstruction"].item(), parts["kl"].item()


dial = Exercise(
    _dial_test,
    _dial_answer,
    [
        Text(
            "पाठ के curve में β = 1 का KL 12 से ऊपर है, β = 4 का 8 से नीचे: बीच का कोई मान लीजिए।",
            "In the lesson's curve the KL of β = 1 is above 12, that of β = 4 below 8: take a value between.",
        ),
        Text(
            "उसी curve पर KL = 10 पर देखिए: reconstruction सीधी रेखा से कुछ नीचे होगा, क्योंकि β जितना बड़ा, "
            "KL के हर nat से उतनी ज़्यादा बचत चाहिए।",
            "Look at KL = 10 on the same curve: the reconstruction is a little below the straight line, for the larger "
            "β, the more each nat of KL must save.",
        ),
        Text("beta = 2, और अंदाज़ा 125 और 135 के बीच।", "beta = 2, and a guess between 125 and 135."),
    ],
)


# 5 · A broken loss


def _repair_answer(encode, decode, x):
    mu, log_var = encode(x)
    z = Normal(mu, (0.5 * log_var).exp()).rsample()
    x_hat = decode(z)
    reconstruction = F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=1).mean()
    return reconstruction + kl


def _broken(encode, decode, x):
    """What the lesson's cell holds."""
    mu, log_var = encode(x)
    z = Normal(mu, log_var.exp()).sample()
    x_hat = decode(z)
    reconstruction = F.binary_cross_entropy(x_hat, x)
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=1).mean()
    return reconstruction + kl


def _repair_test(answer):
    torch.manual_seed(0)
    x = data.mnist().train.images[::4].clone()  # 1,000
    wide = torch.tensor([[-3.0, -1.0, 0.0, 1.0]])
    mu, log_var = torch.randn(len(x), 4), wide.repeat(len(x), 1)
    mu.requires_grad_()
    log_var.requires_grad_()
    layers, seen = nn.Sequential(nn.Linear(4, 784), nn.Unflatten(1, (1, 28, 28)), nn.Sigmoid()), []

    def encode(images):
        need(
            torch.equal(images, x),
            "encode को इसी batch के चित्र x चाहिए।",
            "encode must be given the images x of this batch.",
        )
        return mu, log_var

    def decode(z):
        need_tensor(
            z, (len(x), 4), "decode को {shape} आकार के codes चाहिए, {got} मिला।", "decode takes {shape}, not {got}."
        )
        seen.append((z, layers(z)))
        return seen[-1][1]

    given = run(answer, encode, decode, x)
    need(len(seen) == 1, "decode को एक बार बुलाइए, z के साथ।", "Call decode once, with z.")
    [(z, x_hat)] = seen
    spread, sigma = (z - mu).detach().std(dim=0), (0.5 * wide[0]).exp()
    need(
        bool((spread > 0.01).all()),
        "z हर बार ठीक mu ही है: random हिस्सा छूट गया।",
        "z is exactly mu: the random part is missing.",
    )
    need(
        not torch.allclose(spread, wide[0].exp(), rtol=0.15),
        "log_var.exp() तो σ² है, और Normal को σ चाहिए: (0.5 * log_var).exp()।",
        "log_var.exp() is σ², and Normal wants σ: (0.5 * log_var).exp().",
    )
    need(
        torch.allclose(spread, sigma, rtol=0.15),
        f"z का मानक विचलन {_listed(spread)} है, चाहिए {_listed(sigma)}।",
        f"The standard deviation of z is {_listed(spread)}, it should be {_listed(sigma)}.",
    )
    need(
        z.requires_grad,
        "z से gradient नहीं लौटता: .sample() रास्ता तोड़ देता है; .rsample(), या mu + σ * torch.randn_like(mu)।",
        "No gradient comes back through z: .sample() cuts the way; take .rsample(), or mu + σ * torch.randn_like(mu).",
    )
    bce = binary_cross_entropy(x_hat, x).detach()
    kl = kl_divergence(mu, log_var).sum(dim=1).mean().detach()
    slips = [
        (
            bce / 784 + kl,
            'Reconstruction में pixels का औसत है: 784 गुना छोटा। reduction="sum", फिर len(x) से भाग।',
            'The reconstruction averages over pixels: 784 times too small. Use reduction="sum" and divide by len(x).',
        ),
        (
            bce * len(x) + kl,
            "Pixels का जोड़ ठीक है, पर चित्रों पर औसत छूट गया: len(x) से भाग दीजिए।",
            "The sum over pixels is right, but the average over images is missing: divide by len(x).",
        ),
        (bce, "KL छूट गया।", "The KL is missing."),
        (bce - kl, "KL का चिह्न उल्टा है: वह जुड़ता है।", "The sign of the KL is wrong: it is added."),
    ]
    need_loss(given, bce + kl, slips)
    right, wrong = (_trained_with(loss) for loss in (answer, _broken))
    return Text(
        f"5 epochs के बाद अनदेखे चित्रों पर −ELBO {right:.0f} nats; टूटे हुए loss से {wrong:.0f}।",
        f"After 5 epochs −ELBO on held-out images is {right:.0f} nats; with the broken loss {wrong:.0f}.",
    )


def _trained_with(loss: Callable) -> float:
    """−ELBO on held-out images of a small VAE that has learned with this loss."""
    digits = data.mnist()
    torch.manual_seed(0)
    model = VAE(*dense(hidden=(100,), latent_dim=10))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(5):
        for x in digits.train.images[torch.randperm(4000)].split(64):
            optimizer.zero_grad()
            loss(model.encode, model.decoder, x).backward()
            optimizer.step()
    with torch.no_grad():
        return float(model.loss(digits.test.images)[0])


repair = Exercise(
    _repair_test,
    _repair_answer,
    [
        Text(
            "तीन सवाल: Normal का दूसरा argument क्या है? gradient z से लौटता है? pixels का जोड़ है या औसत?",
            "Three questions: what is Normal's second argument? Does a gradient come back through z? Sum or average "
            "over pixels?",
        ),
        Text(
            "Normal(mu, (0.5 * log_var).exp()).rsample()।",
            "Normal(mu, (0.5 * log_var).exp()).rsample().",
        ),
        Text(
            'F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)।',
            'F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x).',
        ),
    ],
    mend=True,
)


# 6 · All of it, without course_lib

WANTED = 145  # nats: half-trained VAEs pass, what ignores its code stays above 200


def _own_answer(images):
    class MyVAE(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(784, 160), nn.ReLU())
            self.fc_mu, self.fc_log_var = nn.Linear(160, 16), nn.Linear(160, 16)
            self.decoder = nn.Sequential(nn.Linear(16, 160), nn.ReLU(), nn.Linear(160, 784), nn.Sigmoid())

        def encode(self, x):
            h = self.hidden(x)
            return self.fc_mu(h), self.fc_log_var(h)

        def decode(self, z):
            return self.decoder(z).view(-1, 1, 28, 28)

        def loss(self, x):
            mu, log_var = self.encode(x)
            x_hat = self.decode(mu + (0.5 * log_var).exp() * torch.randn_like(mu))
            bce = F.binary_cross_entropy(x_hat, x, reduction="sum")
            kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum()
            return (bce + kl) / len(x)

    model = MyVAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(10):
        for x in images[torch.randperm(len(images))].split(64):
            loss = model.loss(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def _own_test(answer):
    torch.manual_seed(0)
    digits = data.mnist()
    x = digits.test.images
    start = time.perf_counter()
    model = run(answer, digits.train.images.clone())
    seconds = time.perf_counter() - start
    need(
        isinstance(model, nn.Module),
        "सिखाया हुआ model लौटाइए: return model।",
        "Return the trained model: return model.",
    )
    for name in ("encode", "decode", "loss"):
        need(
            callable(getattr(model, name, None)),
            f"आपके model में {name} नाम का method नहीं है।",
            f"Your model has no method called {name}.",
        )
    model.cpu().eval()
    with torch.no_grad():
        mu, log_var = _heads(model, x)
        reconstruction = _averaged(model, x, mu, (0.5 * log_var).exp())
        kl = kl_divergence(mu, log_var).sum(dim=1).mean()
        loss_hi, loss_en = _name_slip(model, x, mu, log_var)
    elbo = float(reconstruction + kl)
    need(elbo == elbo, "Training बेक़ाबू हो गई: NaN। lr घटाइए।", "Training diverged: NaN. Take a smaller lr.")
    measured_hi = f"अनदेखे चित्रों पर: reconstruction {reconstruction:.1f} + KL {kl:.1f} = {elbo:.1f} nats"
    measured_en = f"On held-out images: reconstruction {reconstruction:.1f} + KL {kl:.1f} = {elbo:.1f} nats"
    need(
        float(reconstruction) < 300,
        f"{measured_hi}। Model ने कुछ सीखा ही नहीं: loop में model.loss(x).backward() और optimizer.step() हों।",
        f"{measured_en}. The model has learned nothing: the loop needs model.loss(x).backward() and optimizer.step().",
    )
    need(
        float(kl) > 1 or elbo < WANTED,
        f"{measured_hi}: code ख़ाली है (posterior collapse)। z = μ + σ·ε लिखिए, .sample() या detach नहीं; KL का वज़न 1 हो।",
        f"{measured_en}: the code is empty (posterior collapse). Write z = μ + σ·ε, not .sample() or detach; weigh the "
        "KL by 1.",
    )
    need(
        elbo < WANTED,
        f"{measured_hi}; {WANTED} से नीचे चाहिए। {loss_hi}",
        f"{measured_en}; below {WANTED} is wanted. {loss_en}",
    )
    with torch.no_grad():
        new = model.decode(torch.randn(1000, mu.shape[1]))
    far = frechet_distance(judge.features(new.clamp(0, 1)), judge.features(x))
    return Text(
        f"{seconds:.0f} s में सीखा। {measured_hi}। N(0, I) से बने 1,000 नए अंकों की Fréchet distance {far:.0f} है।",
        f"Trained in {seconds:.0f} s. {measured_en}. Fréchet distance of 1,000 new digits from N(0, I): {far:.0f}.",
    )


def _heads(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    heads = model.encode(x)
    need(
        isinstance(heads, tuple | list) and len(heads) == 2,
        "encode दो चीज़ें लौटाए: return mu, log_var।",
        "encode must return two things: return mu, log_var.",
    )
    mu, log_var = heads
    need(
        isinstance(mu, Tensor) and mu.ndim == 2 and len(mu) == len(x),
        "mu का आकार (N, K) हो: हर चित्र के लिए K संख्याएँ।",
        "mu must have the shape (N, K): K numbers for each image.",
    )
    need_tensor(
        log_var,
        tuple(mu.shape),
        "log_var का आकार mu जैसा हो, {shape}; मिला {got}।",
        "log_var must be {shape}; got {got}.",
    )
    x_hat = model.decode(mu)
    need_tensor(x_hat, tuple(x.shape), "decode से {shape} चाहिए, {got} मिला।", "decode must give {shape}, not {got}.")
    low, high = float(x_hat.min()), float(x_hat.max())
    need(
        low >= 0 and high <= 1,
        f"Pixels {low:.1f} से {high:.1f} तक गए: decode के अंत में Sigmoid।",
        f"Pixels go from {low:.1f} to {high:.1f}: end decode with a Sigmoid.",
    )
    return mu, log_var


def _averaged(model: nn.Module, x: Tensor, mu: Tensor, sigma: Tensor, draws: int = 4) -> Tensor:
    """The reconstruction term with codes from N(mu, sigma²), averaged over some draws."""
    terms = [binary_cross_entropy(model.decode(mu + sigma * torch.randn_like(mu)), x) for _ in range(draws)]
    return torch.stack(terms).mean()


def _name_slip(model: nn.Module, x: Tensor, mu: Tensor, log_var: Tensor) -> Text:
    """Need a loss that is no known slip: what it gives is compared with what each slip would give.

    returns: what to say of the loss where the model is not good enough
    """
    bce, kl = _averaged(model, x, mu, (0.5 * log_var).exp()), kl_divergence(mu, log_var).sum(dim=1).mean()
    losses = [need_number(run(model.loss, x)) for _ in range(4)]
    need(
        all(loss.numel() == 1 for loss in losses),
        "loss एक ही संख्या लौटाए।",
        "loss must return one number.",
    )
    given = float(torch.stack([loss.reshape(()).float() for loss in losses]).mean())
    right = float(bce + kl)
    if abs(given - right) < 0.01 * right or abs(given - right * len(x)) < 0.01 * right * len(x):
        return Text(
            "Loss ठीक है: कुछ epochs और दीजिए, या lr 0.001 से 0.005 के बीच आज़माइए।",
            "The loss is right: train for more epochs, or try an lr between 0.001 and 0.005.",
        )
    slips = [
        (bce, "KL छूट गया", "the KL is missing"),
        (
            bce / 784 + kl,
            "reconstruction में pixels का औसत है, जोड़ चाहिए",
            "the reconstruction averages over pixels and should sum",
        ),
        (
            bce / 784 + kl / mu.shape[1],
            "pixels और code, दोनों पर औसत है, जोड़ चाहिए",
            "pixels and code are both averaged and should be summed",
        ),
        (bce - kl, "KL का चिह्न उल्टा है", "the sign of the KL is wrong"),
        (bce + 2 * kl, "KL का ½ छूट गया", "the ½ of the KL is missing"),
        (
            bce + kl / mu.shape[1],
            "KL में code पर औसत है, जोड़ चाहिए",
            "the KL averages over the code and should sum",
        ),
        (
            _averaged(model, x, mu, log_var.exp()) + kl,
            "z में σ की जगह σ² है: (0.5 * log_var).exp() चाहिए",
            "z has σ² in place of σ: take (0.5 * log_var).exp()",
        ),
        (_averaged(model, x, mu, 0 * mu) + kl, "z ठीक mu है: ε छूट गया", "z is exactly mu: ε is missing"),
    ]
    for value, hi, en in slips:
        need(
            abs(float(value) - given) > 0.01 * abs(float(value)) + 0.02,
            f"आपका loss {given:.4g} देता है, −ELBO {right:.4g} है: {hi}।",
            f"Your loss gives {given:.4g}, −ELBO is {right:.4g}: {en}.",
        )
    return Text(
        f"आपका loss {given:.4g} देता है, −ELBO {right:.4g} है: पाठ के vae_loss से मिलाइए।",
        f"Your loss gives {given:.4g}, −ELBO is {right:.4g}: compare it with the lesson's vae_loss.",
    )


own = Exercise(
    _own_test,
    _own_answer,
    [
        Text(
            "Network: पाठ के PlainVAE की layers, nn.Linear(784, 160) और दो heads; decode के अंत में .view(-1, 1, 28, 28)।",
            "The network: the layers of the lesson's PlainVAE, nn.Linear(784, 160) and two heads; end decode with "
            ".view(-1, 1, 28, 28).",
        ),
        Text(
            'Loss: BCE का जोड़ (reduction="sum"), KL का जोड़, दोनों len(x) से भाग।',
            'The loss: the BCE summed (reduction="sum"), the KL summed, both divided by len(x).',
        ),
        Text(
            "Loop: images[torch.randperm(len(images))].split(64), Adam, lr=2e-3, 10 epochs।",
            "The loop: images[torch.randperm(len(images))].split(64), Adam, lr=2e-3, 10 epochs.",
        ),
    ],
)
