"""Exercises of lesson 07, variants of the GAN."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import data
from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import setting_and_guess
from course_lib.classroom.exercises.gan import STEPS
from course_lib.classroom.exercises.student_gan import need_drawn, trained_generator
from course_lib.classroom.language import Text
from course_lib.data.generated_stylegan import style_generator
from course_lib.measures import judge, precision_recall, predict
from course_lib.models.gan_networks import from_tanh, to_tanh

# 1 · An experiment, and a prediction

LEAST, NEAR = 0.7, 12  # the precision that is wanted; how near, in percentage points, the guess has to be


def _truncation_answer():
    return 0.4, 26


def _truncation_test(answer):
    psi, guess = setting_and_guess(answer, "psi")
    need(
        0.1 <= psi <= 1,
        f"psi = {psi:g} नहीं चलेगा: 0 पर हर चित्र की एक ही style है, और 1 पर पूरी अपनी; 0.1 से 1 तक की संख्या दीजिए।",
        f"psi = {psi:g} will not do: at 0 all images share one style, at 1 each has its own; give one from 0.1 to 1.",
    )
    precision, recall = _truncated(psi)
    measured = Text(
        f"psi = {psi:g} पर नापा गया: precision {precision:.2f}, recall {recall:.0%}; आपका अंदाज़ा {guess:g}%।",
        f"Measured at psi = {psi:g}: precision {precision:.2f}, recall {recall:.0%}; your guess was {guess:g}%.",
    )
    need(
        precision >= LEAST,
        f"{measured.hi} precision {LEAST} से कम है: styles को औसत के और पास लाइए, यानी psi घटाइए।",
        f"{measured.en} The precision is below {LEAST}: bring the styles nearer to their average, lower psi.",
    )
    need(
        abs(100 * recall - guess) <= NEAR,
        f"{measured.hi} precision काफ़ी है, पर अंदाज़ा {NEAR} से ज़्यादा दूर रहा: पाठ के curve पर recall पढ़िए।",
        f"{measured.en} The precision will do, but the guess is more than {NEAR} away: read recall off the lesson's "
        "curve.",
    )
    return measured


def _truncated(psi: float) -> tuple[float, float]:
    """Precision and recall of the long-trained StyleGAN's digits with this truncation."""
    test = data.mnist().test.images
    generator = style_generator()
    torch.manual_seed(0)  # of its noise
    w = generator.style(torch.randn(len(test), 64, generator=torch.Generator().manual_seed(1))).detach()
    w = torch.lerp(w.mean(dim=0), w, psi)
    with torch.no_grad():
        images = from_tanh(generator.draw(w, w))
    return precision_recall(judge.features(test), judge.features(images))


truncation = Exercise(
    _truncation_test,
    _truncation_answer,
    [
        Text(
            "precision बढ़ाना हो तो psi घटाइए; recall उसके साथ घटता है।",
            "To raise the precision lower psi; recall falls with it.",
        ),
        Text(
            "पाठ के curve पर वह psi ढूँढिए जहाँ precision 0.7 से ऊपर है, और वहीं नीचे recall पढ़िए।",
            "On the lesson's curve find a psi with precision above 0.7, and read recall right below it.",
        ),
        Text("psi = 0.4, guess = 26 आज़माइए।", "Try psi = 0.4, guess = 26."),
    ],
)


# 2 · An order that gets lost


def _losses_answer(G, D, x, label, z):
    wanted = torch.randint(10, (len(z),))
    fake = G(z, wanted)
    d_loss = F.softplus(-D(x, label)).mean() + F.softplus(D(fake.detach(), wanted)).mean()
    g_loss = F.softplus(-D(fake, wanted)).mean()
    return d_loss, g_loss


class _Painter(nn.Module):
    """A generator whose images say which order they were painted for, and that remembers its orders."""

    def __init__(self):
        super().__init__()
        self.ink, self.orders = nn.Parameter(torch.tensor(1.0)), []

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        self.orders.append(label)
        return self.ink * (2 + label[:, None] + 0.1 * z[:, :1].sigmoid())  # the whole part is the order, plus 2


class _Inspector(nn.Module):
    """A discriminator that writes down what it was shown, with which label, and whether a gradient can go back."""

    def __init__(self):
        super().__init__()
        self.scale, self.seen = nn.Parameter(torch.tensor(0.3)), []

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        self.seen.append((x, label))
        return self.scale * (x.mean(dim=1, keepdim=True) - 0.7 * label[:, None])


def _losses_test(answer):
    torch.manual_seed(0)
    G, D = _Painter(), _Inspector()
    label = torch.arange(40) % 10
    x, z = -1 - label[:, None] / 10 - torch.rand(40, 1) / 20, torch.randn(40, 64)  # real ones are negative
    given = run(answer, G, D, x, label, z)
    need(
        isinstance(given, tuple | list) and len(given) == 2 and all(isinstance(one, Tensor) for one in given),
        "दो losses लौटाइए, gradient के साथ: return d_loss, g_loss।",
        "Return two losses, with their gradients: return d_loss, g_loss.",
    )
    d_loss, g_loss = given
    need(
        d_loss.ndim == g_loss.ndim == 0 and d_loss.requires_grad and g_loss.requires_grad,
        "हर loss एक ही संख्या हो, gradient के साथ: .mean() हाँ, .item() नहीं।",
        "Each loss is one number with its gradient: .mean() yes, .item() no.",
    )
    need(
        bool(G.orders) and len(torch.cat(G.orders).unique()) > 3,
        "G को अलग-अलग अंकों के order दीजिए, एक ही अंक के नहीं।",
        "Order different digits from G, not one digit alone.",
    )
    for shown, said in D.seen:
        painted = (shown[:, 0] / G.ink).detach()
        fake = painted > 0
        need(
            bool((said[~fake] == _own_label(shown[~fake], x, label)).all()),
            "असली चित्र D को किसी और label के साथ दिखाए गए: उनके साथ उन्हीं का label जाए।",
            "D was shown real images with a label that is not theirs: show each with its own.",
        )
        wrong = float((said[fake] != painted[fake].floor().long() - 2).float().mean()) if fake.any() else 0.0
        need(
            wrong == 0,
            f"{wrong:.0%} नक़ली चित्र जिस अंक के order पर बने, D से किसी और अंक के बारे में पूछा गया: तब G के लिए order का कोई "
            "मतलब नहीं रहता। D को नक़ली चित्र उसी label के साथ दिखाइए जो G को दिया था।",
            f"Of the fakes {wrong:.0%} were painted for one digit and shown to D as another: the order then means "
            "nothing to G. Show D each fake with the label that G was given.",
        )
    [leak] = torch.autograd.grad(d_loss, [G.ink], retain_graph=True, allow_unused=True)
    need(
        leak is None,
        "d_loss का gradient G तक पहुँच रहा है: d_loss में fake.detach() रहने दीजिए।",
        "The gradient of d_loss reaches G: leave fake.detach() in d_loss.",
    )
    [arrives] = torch.autograd.grad(g_loss, [G.ink], retain_graph=True, allow_unused=True)
    need(
        arrives is not None,
        "g_loss का gradient G तक नहीं पहुँचता: g_loss में detach मत लगाइए।",
        "The gradient of g_loss does not reach G: no detach in g_loss.",
    )
    order = G.orders[-1]
    fake = G(z, order)
    right_d = (F.softplus(-D(x, label)).mean() + F.softplus(D(fake, order)).mean()).item()
    right_g = F.softplus(-D(fake, order)).mean().item()
    got_d, got_g = d_loss.item(), g_loss.item()
    need(
        abs(got_d - right_d) < 1e-3 * right_d and abs(got_g - right_g) < 1e-3 * right_g,
        f"Labels अब ठीक हैं, पर losses नहीं: d_loss {right_d:.3f} और g_loss {right_g:.3f} आने चाहिए थे, आए {got_d:.3f} और "
        f"{got_g:.3f}। सिर्फ़ labels बदलिए।",
        f"The labels are right now, the losses are not: d_loss should be {right_d:.3f} and g_loss {right_g:.3f}, yours "
        f"are {got_d:.3f} and {got_g:.3f}. Change the labels alone.",
    )
    return Text("अब D वही order देखता है जो G ने सुना था।", "Now D sees the very order that G has heard.")


def _own_label(shown: Tensor, x: Tensor, label: Tensor) -> Tensor:
    """The label of each real image, found by its pixels."""
    return label[torch.cdist(shown.detach(), x).argmin(dim=1)]


losses = Exercise(
    _losses_test,
    _losses_answer,
    [
        Text(
            "हर नक़ली चित्र के साथ दो जगह label जाता है: G में और D में। क्या दोनों जगह एक ही label है?",
            "With each fake a label goes to two places, to G and to D. Is it the same label in both?",
        ),
        Text(
            "fake किस label पर बना? D(fake, …) में वही आना चाहिए; D(x, …) में असली चित्र का अपना label।",
            "For which label was fake made? D(fake, …) needs that one; D(x, …) the real image's own.",
        ),
        Text(
            "दोनों losses में D(fake…, wanted) लिखिए; या wanted हटाकर fake = G(z, label)।",
            "Write D(fake…, wanted) in both losses; or drop wanted and take fake = G(z, label).",
        ),
    ],
    mend=True,
)


# 3 · All of it, without course_lib

RIGHT = 0.5  # of what it is asked for, after STEPS steps


def _own_answer(images, labels, steps):
    class Generator(nn.Module):
        def __init__(self):
            super().__init__()
            self.network = nn.Sequential(
                nn.Linear(64 + 10, 32 * 7 * 7),
                nn.Unflatten(1, (32, 7, 7)),
                nn.BatchNorm2d(32),
                nn.ReLU(),
                nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),  # 7 → 14
                nn.BatchNorm2d(16),
                nn.ReLU(),
                nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),  # 14 → 28
                nn.Tanh(),
            )

        def forward(self, z, label):
            return self.network(torch.cat([z, F.one_hot(label, 10)], dim=1))

    G = Generator()
    D = nn.Sequential(
        nn.Conv2d(1, 16, 4, stride=2, padding=1),  # 28 → 14
        nn.LeakyReLU(0.2),
        nn.Conv2d(16, 32, 4, stride=2, padding=1),  # 14 → 7
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 10),  # a logit for every digit
    )
    criterion = nn.BCEWithLogitsLoss()
    opt_G = torch.optim.Adam(G.parameters(), lr=2e-3, betas=(0.5, 0.999))
    opt_D = torch.optim.Adam(D.parameters(), lr=2e-3, betas=(0.5, 0.999))
    ones, zeros = torch.ones(32, 1), torch.zeros(32, 1)
    for _ in range(steps):
        index = torch.randint(len(images), (32,))
        real, label = images[index], labels[index]
        fake = G(torch.randn(32, 64), label)
        loss_D = criterion(D(real).gather(1, label[:, None]), ones)
        loss_D = loss_D + criterion(D(fake.detach()).gather(1, label[:, None]), zeros)
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
        loss_G = criterion(D(fake).gather(1, label[:, None]), ones)
        opt_G.zero_grad()
        loss_G.backward()
        opt_G.step()
    return G


def _own_test(answer):
    digits = data.mnist()
    generator, seen = trained_generator(answer, to_tanh(digits.train.images), digits.train.labels, steps=STEPS)
    z, asked = torch.randn(1000, 64, generator=torch.Generator().manual_seed(1)), torch.arange(1000) % 10
    try:
        drawn = predict(generator, z, asked)
    except TypeError as error:  # one of Python's is explained, because it is this slip
        need(
            "positional argument" not in str(error),
            "G को सिर्फ़ z मिलता है: order कहाँ है? G(z, label) चलना चाहिए; forward(self, z, label) वाला nn.Module लिखिए।",
            "G takes z alone: where is the order? G(z, label) has to work; write an nn.Module with "
            "forward(self, z, label).",
        )
        raise
    need_drawn(drawn, generator, seen, STEPS)
    low, high = float(drawn.min()), float(drawn.max())
    need(
        -1.01 <= low < -0.5 and high <= 1.01,
        f"G के pixels {low:.1f} से {high:.1f} तक हैं, असली −1 से 1 तक: आख़िर में nn.Tanh() लगाइए।",
        f"G's pixels go from {low:.1f} to {high:.1f}, real ones from −1 to 1: end in nn.Tanh().",
    )
    other = predict(generator, z, asked.roll(1))
    need(
        float((drawn - other).abs().mean()) > 0.02,
        "G order सुनता ही नहीं: वही z, दूसरा अंक, और चित्र लगभग वही। label को one-hot करके z के साथ जोड़िए (torch.cat), और "
        "D को भी label बताइए, वरना G को उसे सुनने की कोई वजह नहीं।",
        "G does not hear the order: the same z, another digit, and nearly the same image. Join the label to z as "
        "one-hot (torch.cat), and tell D the label too, or G has no reason to listen.",
    )
    read = judge.classify(from_tanh(drawn))
    share = float((read == asked).float().mean())
    measured = Text(
        f"{STEPS} steps के बाद judge ने {share:.0%} चित्रों में वही अंक पढ़ा जो माँगा गया था।",
        f"After {STEPS} steps the judge reads the digit that was asked for in {share:.0%} of the images.",
    )
    need(
        float(drawn.std(dim=0).mean()) > 0.05,
        f"{measured.hi} लगभग वही चित्र हर बार बनता है: यह mode collapse है। दोनों का lr बराबर और betas=(0.5, 0.999) लीजिए।",
        f"{measured.en} Nearly the same image comes every time: mode collapse. Take the same lr for both, and "
        "betas=(0.5, 0.999).",
    )
    need(
        share > 0.2,
        f'{measured.hi} अटकल जितना ही, 10% के पास। D से पूछिए: "असली, और यही अंक?"; D के दस outputs में से label वाला '
        "चुनिए (gather), असली और नक़ली दोनों पर।",
        f'{measured.en} That is near chance, 10%. Ask D: "real, and this very digit?"; of D\'s ten outputs pick the '
        "label's (gather), on real and fake alike.",
    )
    need(
        share >= RIGHT,
        f"{measured.hi} {RIGHT:.0%} चाहिए। पाठ वाला ढाँचा लीजिए: convolutions, G में BatchNorm, lr=2e-3, "
        "betas=(0.5, 0.999), batch 32।",
        f"{measured.en} {RIGHT:.0%} are wanted. Take the lesson's design: convolutions, BatchNorm in G, lr=2e-3, "
        "betas=(0.5, 0.999), batch 32.",
    )
    return Text(
        f"{measured.hi} अब आप GAN से अपनी पसंद का चित्र माँग सकते हैं, किसी भी machine पर।",
        f"{measured.en} You can now ask a GAN for what you want, on any machine.",
    )


own = Exercise(
    _own_test,
    _own_answer,
    [
        Text(
            "G: एक nn.Module, जिसका forward(self, z, label) torch.cat([z, F.one_hot(label, 10)], dim=1) पाठ "
            "06 वाली layers से गुज़ारे।",
            "G: an nn.Module whose forward(self, z, label) sends torch.cat([z, F.one_hot(label, 10)], dim=1) through "
            "the layers of lesson 06.",
        ),
        Text(
            "D: आख़िर में nn.Linear(32 * 7 * 7, 10); जवाब D(x).gather(1, label[:, None]) है।",
            "D: nn.Linear(32 * 7 * 7, 10) at the end; its answer is D(x).gather(1, label[:, None]).",
        ),
        Text(
            "Loop में index से real और label दोनों निकालिए, fake = G(z, label); फिर वही दो losses, हर जगह वही label।",
            "In the loop take real and label by the same index, fake = G(z, label); then the two losses as before, "
            "with that label everywhere.",
        ),
    ],
)
