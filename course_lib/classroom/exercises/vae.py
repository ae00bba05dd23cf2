"""Exercises of lesson 05, the variational autoencoder."""

from functools import cache

import torch

from course_lib import data
from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_loss, need_tensor
from course_lib.classroom.language import Text
from course_lib.loops import fit
from course_lib.measures import judge
from course_lib.models.autoencoders import dense
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
        "आपने variance से गुणा किया: σ = exp(½ · log_var) है।",
        "You multiplied by the variance: σ = exp(½ · log_var).",
    )
    need(
        not torch.allclose(spread, log_var[0].abs(), rtol=0.05),
        "आपने log_var से ही गुणा किया: पहले उसे σ में बदलिए।",
        "You multiplied by log_var itself: turn it into σ first.",
    )
    need(
        torch.allclose(spread, sigma, rtol=0.05),
        f"z का फैलाव {_listed(spread)} है, चाहिए {_listed(sigma)}: ε के लिए randn लीजिए, rand नहीं।",
        f"z spreads by {_listed(spread)}, it should spread by {_listed(sigma)}: take randn for ε, not rand.",
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
        "ε का औसत और फैलाव सही हैं पर आकार नहीं: randn लीजिए।",
        "Mean and spread of ε are right but not its shape: take randn.",
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
            "log_var से σ: variance का वर्गमूल, यानी exp(½ · log_var)।",
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
        (-right, "चिह्न उल्टा है: KL कभी ऋण नहीं होता।", "The sign is wrong: a KL is never negative."),
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
    for _ in fit(model, data.mnist().train.images, epochs=8, lr=5e-3):
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
        f"आपके z का औसत {mean:.2f} और फैलाव {spread:.2f} है: z ~ N(0, I) चाहिए, यानी torch.randn।",
        f"Your z have mean {mean:.2f} and spread {spread:.2f}: z ~ N(0, I) is wanted, that is torch.randn.",
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
