"""Trains the text-to-image GAN of course_lib/data/generated_captions.py, as lesson 07b does, for more steps.

First a reader of captions and an eye learn to match captions with images; then the reader stays as it is, and the GAN
learns to draw from its vectors. With a number it runs the lesson's own sizes and steps once, and its rivals, at that
seed; nothing is written then.

python tools/long_captions.py [--rivals SEED]
"""

import argparse
import copy
import time

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import data, measures
from course_lib.data import digit_captions
from course_lib.data.digit_captions import ANY, DIGIT, SCRIPT, captions, third, thirds
from course_lib.data.generated_captions import SIZES, WEIGHTS
from course_lib.loops import fit, fit_gan
from course_lib.measures import judge
from course_lib.models.conditional import CaptionEncoder, ConditionalNormGenerator, ProjectionDiscriminator
from course_lib.models.gan import GAN
from course_lib.models.gan_networks import from_tanh, to_tanh
from course_lib.models.seq2seq import GRUEncoder

WIDTH = SIZES["condition_dim"]
LESSON = {"steps": 1200, "batch_size": 32, "lr": 2e-3, "betas": (0.5, 0.999)}
LONG = {"steps": 3000, "batch_size": 32, "lr": 1e-3, "betas": (0.5, 0.999), "every": 500}
WORDS = digit_captions.vocabulary()


class MatchingGAN(GAN):
    """A real image beside a caption of another one is wrong as well. Source: Reed et al. (2016)"""

    def d_loss(self, fake, x, caption):
        loss, parts = super().d_loss(fake, x, caption)
        return loss + F.softplus(self.logits(x, caption.roll(1, dims=0))).mean(), parts


class ModeSeekingGAN(MatchingGAN):
    """Two noises beside one caption must not give one picture. Source: Mao et al. (2019), mode seeking"""

    price = 0.3

    def fake(self, x, caption):
        self.z = self.noise(len(x))
        return self.generator(self.z, caption)

    def g_loss(self, fake, x, caption):
        loss, parts = super().g_loss(fake, x, caption)
        half, z = len(x) // 2, self.noise(len(x) // 2)
        apart = (self.generator(z, caption[:half]) - fake[:half]).abs().mean(dim=(1, 2, 3))
        return loss + self.price * ((z - self.z[:half]).abs().mean(dim=1) / (apart + 1e-3)).mean(), parts


class Reader(nn.Module):
    """A reader and an eye, whose vectors agree where caption and image belong together. Source: CLIP (2021)"""

    def __init__(self):
        super().__init__()
        self.read = CaptionEncoder(len(WORDS), GRUEncoder(WIDTH), WIDTH)
        maps = nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(), nn.Flatten()
        self.see = nn.Sequential(*maps, nn.Linear(32 * 7 * 7, 64), nn.ReLU(), nn.Linear(64, WIDTH))

    def loss(self, x: Tensor, tokens: Tensor):
        scores = 10 * F.normalize(self.see(x)) @ F.normalize(self.read(tokens)).T
        right = torch.arange(len(x))
        return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2, {}


class Labels(nn.Module):
    """A rival that need not read: a vector for each digit of each script, for each thickness and each slant."""

    def __init__(self):
        super().__init__()
        self.digit, self.thickness, self.slant = nn.Embedding(20, WIDTH), nn.Embedding(3, WIDTH), nn.Embedding(3, WIDTH)

    def forward(self, wish: Tensor) -> Tensor:
        return self.digit(wish[:, 0] * 10 + wish[:, 1]) + self.thickness(wish[:, 2]) + self.slant(wish[:, 3])


class Told:
    """The digits, what each of them is, and their captions: four for each image, two Hindi, two English."""

    def __init__(self, seed: int = 0, copies: int = 4):
        parts = data.mnist(), data.devanagari_digits()
        images = torch.cat([part.train.images for part in parts])
        digit = torch.cat([part.train.labels for part in parts])
        script = torch.arange(len(images)) // len(parts[0].train.images)
        thick, self.widths = thirds(measures.stroke_width(images), script * 10 + digit)
        lean, self.slants = thirds(measures.slant(images), script * 10 + digit)
        self.wishes = torch.stack([script, digit, thick, lean], dim=1)
        seen = ~digit_captions.among(self.wishes, digit_captions.unseen())
        rng = torch.Generator().manual_seed(seed)
        texts = [captions(self.wishes[seen], ("hi", "en")[n % 2], rng, silent=0.2) for n in range(copies)]
        self.x, self.seen = to_tanh(images[seen]).repeat(copies, 1, 1, 1), self.wishes[seen].repeat(copies, 1)
        self.tokens = WORDS.encode([text for some in texts for text in some])
        self.real = [part.test.images for part in parts]

    def as_asked(self, images: Tensor, wishes: Tensor) -> Tensor:
        """(N, 3) bool: the digit, the thickness and the slant, each as the wish says."""
        group = wishes[:, SCRIPT] * 10 + wishes[:, DIGIT]
        read = torch.stack([judge.classify(images, script) for script in judge.SCRIPTS])
        found = [read[wishes[:, SCRIPT], torch.arange(len(images))]]
        found += [third(measures.stroke_width(images), self.widths[group])]
        found += [third(measures.slant(images), self.slants[group])]
        return torch.stack(found, dim=1) == wishes[:, 1:]


def conditions(reads, wishes: Tensor, language: str, rng: torch.Generator) -> Tensor:
    """What the generator is given for these wishes."""
    if isinstance(reads, Labels):
        return wishes
    return WORDS.encode(captions(wishes, language, rng))


def measured(told: Told, draw, reads) -> str:
    """Digit, thickness, slant, all three as asked: unseen wishes in Hindi, in English, all; spreads; distances."""
    said = []
    for wishes, language in ((digit_captions.unseen(), "hi"), (digit_captions.unseen(), "en"), (told.wishes, "en")):
        rng = torch.Generator().manual_seed(1)
        wishes = wishes.repeat(25, 1) if len(wishes) < 1000 else wishes[torch.randperm(8000, generator=rng)[:1000]]
        images = draw(torch.randn(len(wishes), 64, generator=rng), conditions(reads, wishes, language, rng))
        right = told.as_asked(images, wishes)
        shares = [*right.float().mean(dim=0).tolist(), float(right.all(dim=1).float().mean())]
        said.append(" ".join(f"{share:.0%}" for share in shares))
    for wish in () if isinstance(reads, Labels) else ((ANY, 3, ANY, ANY), (0, 3, 2, 1)):
        rng = torch.Generator().manual_seed(4)
        images = draw(torch.randn(300, 64, generator=rng), conditions(reads, torch.tensor([wish] * 300), "en", rng))
        said.append(f"spread {measures.stroke_width(images).std():.2f} px {measures.slant(images).std():.1f}°")
    for script, real in enumerate(told.real):
        rng = torch.Generator().manual_seed(2)
        own = told.wishes[told.wishes[:, SCRIPT] == script]
        wishes = own[torch.randint(len(own), (1000,), generator=rng)]
        images = draw(torch.randn(1000, 64, generator=rng), conditions(reads, wishes, "en", rng))
        features = [judge.features(x, judge.SCRIPTS[script]) for x in (images, real)]
        said.append(f"{measures.frechet_distance(*features):.0f}")
    return " | ".join(said)


def play(name: str, told: Told, gan: GAN, condition: Tensor, reads=None, keep=None, **settings) -> None:
    """Train it and print what it can do; `reads` turns tokens into the condition, `keep` is called now and then."""

    def draw(z: Tensor, said: Tensor) -> Tensor:
        return from_tanh(measures.predict(gan.average, z, said if reads is None else measures.predict(reads, said)))

    start = time.process_time()
    for report in fit_gan(gan, told.x, condition, **settings):
        if report.done % 1000 == 0 or report.done == report.total:
            spent = f"{time.process_time() - start:.0f} s"
            asks = gan.average.module.embed if reads is None else reads
            print(f"{name}: step {report.done}, {spent}: {measured(told, draw, asks)}", flush=True)
            if keep:
                keep(gan.average.module)


def learned_reader(told: Told, seed: int) -> CaptionEncoder:
    torch.manual_seed(seed)
    both, start = Reader(), time.process_time()
    for report in fit(both, told.x, told.tokens, epochs=3, batch_size=128, lr=3e-3, seed=seed):
        spent = f"{time.process_time() - start:.0f} s"
        print(f"reader: epoch {report.done}, loss {report.means['loss']:.2f}, {spent}", flush=True)
    return both.read.requires_grad_(False)


def pair(embeds, channels=(32, 16)) -> tuple[nn.Module, nn.Module]:
    """A generator and a discriminator, each with an embed of its own."""
    sizes = {"condition_dim": WIDTH, "channels": channels}
    return ConditionalNormGenerator(embeds(), **sizes), ProjectionDiscriminator(embeds(), WIDTH, channels[::-1])


def rivals(seed: int) -> None:
    """The lesson's GAN, and what it is measured against, each with as many steps."""
    told = Told()
    read = learned_reader(told, seed)
    said, settings = measures.predict(read, told.tokens), LESSON | {"seed": seed, "every": 100}

    def trained(name, embeds, condition, kind=MatchingGAN, reads=None):
        torch.manual_seed(seed)
        play(f"{name}, seed {seed}", told, kind(*pair(embeds), 64, ema=0.998), condition, reads, **settings)

    trained("matching GAN with a reader", nn.Identity, said, reads=read)
    trained("without wrong captions", nn.Identity, said, GAN, read)
    trained("told the labels", Labels, told.seen)
    trained("mode seeking", nn.Identity, said, ModeSeekingGAN, read)
    kinds = {"with": MatchingGAN} | ({"without": GAN} if seed == 0 else {})
    for wrong, kind in kinds.items():  # half as slow again
        name = f"reader learns with the GAN, {wrong} wrong captions"
        trained(name, lambda: CaptionEncoder(len(WORDS), GRUEncoder(WIDTH), WIDTH), told.tokens, kind)


def train() -> None:
    """The weights that ship."""
    told = Told(copies=8)
    read = learned_reader(told, 0)
    torch.manual_seed(0)
    gan = MatchingGAN(*pair(nn.Identity, SIZES["channels"]), 64, ema=0.999)

    def keep(generator: ConditionalNormGenerator) -> None:
        whole = copy.deepcopy(generator)
        whole.embed = read
        save_file({name: x.half() for name, x in whole.state_dict().items() if x.is_floating_point()}, WEIGHTS)

    play("long", told, gan, measures.predict(read, told.tokens), read, keep, **LONG)
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1000:.0f} kB, {time.process_time() / 60:.1f} minutes of CPU")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rivals", type=int, metavar="SEED")
    torch.set_num_threads(1)
    seed = parser.parse_args().rivals
    if seed is None:
        train()
    else:
        rivals(seed)


if __name__ == "__main__":
    main()
