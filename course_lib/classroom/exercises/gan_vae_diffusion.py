"""Exercises of lesson 09, GAN, VAE and diffusion."""

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

from course_lib import data
from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import before_each_step, need_tensor, setting_and_guess
from course_lib.classroom.language import Text
from course_lib.data import ring
from course_lib.data.generated_diffusion import latent_diffusion
from course_lib.measures import high_quality_fraction, judge, modes_covered, precision_recall, predict

# 1 · An experiment, and a prediction

ASKED = 0.98  # the share of digits as asked that is wanted
NEAR = 8  # how near, in percentage points, the guess has to be


def _guidance_answer():
    return 2, 66


def _guidance_test(answer):
    guidance, guess = setting_and_guess(answer, "guidance")
    need(
        0 <= guidance <= 8,
        f"guidance = {guidance:g} नहीं चलेगा: 0 से 8 तक की संख्या दीजिए।",
        f"guidance = {guidance:g} will not do: give one from 0 to 8.",
    )
    asked, recall = _guided(guidance)
    measured = Text(
        f"guidance = {guidance:g} पर नापा गया: {asked:.1%} अंक वही बने जो माँगे थे, recall {recall:.0%}; आपका अंदाज़ा "
        f"{guess:g}%।",
        f"Measured at guidance = {guidance:g}: {asked:.1%} of the digits are as asked, recall {recall:.0%}; your guess "
        f"was {guess:g}%.",
    )
    need(
        asked >= ASKED or guidance > 3,
        f"{measured.hi} {ASKED:.0%} चाहिए: network अभी label को पूरी तरह नहीं मान रहा, guidance बढ़ाइए।",
        f"{measured.en} {ASKED:.0%} are wanted: the label is not heard well enough yet, raise the guidance.",
    )
    need(
        asked >= ASKED,
        f"{measured.hi} {ASKED:.0%} चाहिए: इतनी guidance codes को वहाँ तक खींच देती है जहाँ किसी असली अंक का code नहीं होता। "
        "guidance घटाइए।",
        f"{measured.en} {ASKED:.0%} are wanted: so much guidance stretches the codes to where no real digit has one. "
        "Lower the guidance.",
    )
    need(
        abs(100 * recall - guess) <= NEAR,
        f"{measured.hi} अंक तो माँग के मुताबिक़ हैं, पर अंदाज़ा {NEAR} से ज़्यादा दूर रहा। इस model का recall guidance 1 पर 73% है, "
        "और guidance बढ़ने पर पाठ की तालिका वाले model से कम गिरता है।",
        f"{measured.en} The digits are as asked, but the guess is more than {NEAR} away. With guidance 1 the recall of "
        "this model is 73%, and as guidance rises it falls less than that of the model in the lesson's table.",
    )
    return measured


@cache
def _guided(guidance: float) -> tuple[float, float]:
    """The share of 1,000 digits of the long-trained diffusion that are as asked, and their recall."""
    diffusion, decoder = latent_diffusion()
    label = torch.arange(1000) % 10
    codes = diffusion.sample(1000, label, guidance=guidance, rng=torch.Generator().manual_seed(1))
    images = predict(decoder, codes)
    _, recall = precision_recall(judge.features(data.mnist().test.images), judge.features(images))
    return float((judge.classify(images) == label).float().mean()), recall


guidance = Exercise(
    _guidance_test,
    _guidance_answer,
    [
        Text(
            "guidance 1 पर network label को उतना ही मानता है जितना सीखा; उससे ज़्यादा मनवाना हो तो? और उसकी क़ीमत क्या है?",
            "With guidance 1 the network follows the label as far as it has learned to. What if it is to follow more? "
            "And what does that cost?",
        ),
        Text(
            "पाठ की तालिका में वह guidance ढूँढिए जिस पर लगभग सारे अंक माँग के मुताबिक़ हैं। Recall उस तालिका से मत पढ़िए: "
            "ज़्यादा देर सीखे इस model का recall guidance 1 पर 73% है, और वह कम गिरता है।",
            "In the lesson's table find a guidance with nearly all digits as asked. Do not read recall off that table: "
            "of this model, which learned for longer, it is 73% with guidance 1, and it falls less.",
        ),
        Text("guidance = 2, guess = 66 आज़माइए।", "Try guidance = 2, guess = 66."),
    ],
)


# 2 · A step that goes nowhere


def _step_answer(x_t, v, signal_t, noise_t, signal_s, noise_s):
    clean = signal_t * x_t - noise_t * v
    epsilon = noise_t * x_t + signal_t * v
    return signal_s * clean + noise_s * epsilon


STD = 0.5  # of the Gaussian data whose noise is to be undone


def _step_test(answer):
    torch.manual_seed(0)
    clean, epsilon = torch.randn(2, 100, 3)
    signal_t, noise_t, signal_s, noise_s = (*_shares(0.8), *_shares(0.3))
    x_t, v = signal_t * clean + noise_t * epsilon, signal_t * epsilon - noise_t * clean
    given = x_t, v, signal_t, noise_t, signal_s, noise_s
    went = _stepped(answer, *given)
    ends, again = _walked(answer), _walked(answer)
    spread, apart = float(ends.std().nan_to_num(torch.inf)), float((again - ends).abs().mean())
    measured = Text(
        f"आपके 1,000 क़दमों ने 1.00 फैलाव वाले noise से {spread:,.2f} फैलाव के बिंदु बनाए; data का फैलाव {STD:.2f} है।",
        f"1,000 of your steps turn noise with a spread of 1.00 into points with a spread of {spread:,.2f}; that of the "
        f"data is {STD:.2f}.",
    )
    need(
        torch.allclose(_stepped(answer, *given), went, equal_nan=True),
        f"{measured.hi} उसी noise से दोबारा चलने पर हर बिंदु औसतन {apart:.2f} दूर पहुँचा: आप ताज़ा noise मिला रहे हैं, और तब हर "
        "बार दूसरा चित्र बनता है। यह DDIM नहीं है: वह उसी noise को वापस मिलाता है जो x_t में पहले से है, यानी epsilon।",
        f"{measured.en} A second walk from the same noise ends {apart:.2f} away on average: you mix in fresh noise, so "
        "other images come each time. That is not DDIM, which puts back the noise that is in x_t already: epsilon.",
    )
    slips = [
        (
            x_t,
            "आपका क़दम x_t ही लौटा देता है, यानी कहीं जाता नहीं: जिस समय के हिस्सों से clean और epsilon अलग किए, उसी के हिस्सों में "
            "फिर मिला दिए। अलग t पर कीजिए, मिलाइए s पर।",
            "Your step gives back x_t itself, so it goes nowhere: clean and epsilon are mixed in the shares of the "
            "same time by which they were taken apart. Take them apart at t, mix them at s.",
        ),
        (
            signal_s * clean + noise_t * epsilon,
            "clean तो s पर पहुँच गया, पर noise अब भी समय t जितना है: noise_s चाहिए।",
            "clean has arrived at s, but there is still as much noise as at time t: it should be noise_s.",
        ),
        (
            signal_t * clean + noise_s * epsilon,
            "noise तो s जितना हो गया, पर clean का हिस्सा अब भी समय t वाला है: signal_s चाहिए।",
            "There is as much noise as at s, but the share of clean is still that of time t: it should be signal_s.",
        ),
        (
            signal_s * epsilon + noise_s * clean,
            "clean और epsilon की अदला-बदली हो गई: signal_s clean के साथ आता है, noise_s epsilon के साथ।",
            "clean and epsilon have changed places: signal_s belongs to clean, noise_s to epsilon.",
        ),
        (
            clean,
            "आप सीधे clean पर कूद गए: दूर से वह सारे data का औसत है, इसलिए सब बिंदु एक ही जगह पहुँचते हैं। सिर्फ़ समय s तक जाइए, "
            "noise_s * epsilon वापस मिलाकर।",
            "You jump straight to clean: from far away that is the mean of all data, so all points end at one place. "
            "Go only as far as time s, with noise_s * epsilon put back.",
        ),
        (
            signal_s * clean,
            "epsilon छूट गया: समय s पर noise_s जितना noise अभी बाक़ी होना चाहिए।",
            "epsilon is missing: at time s there is still noise left, noise_s of it.",
        ),
        (
            signal_s * (signal_t * x_t + noise_t * v) + noise_s * epsilon,
            "clean का चिह्न ग़लत है: noise_t * v घटाया जाता है, जोड़ा नहीं।",
            "There is a wrong sign in clean: noise_t * v is subtracted, not added.",
        ),
        (
            signal_s * clean + noise_s * (noise_t * x_t - signal_t * v),
            "epsilon का चिह्न ग़लत है: signal_t * v जोड़ा जाता है, घटाया नहीं।",
            "There is a wrong sign in epsilon: signal_t * v is added, not subtracted.",
        ),
        (
            _step_answer(x_t, v, signal_s, noise_s, signal_t, noise_t),
            "t और s की अदला-बदली हो गई: v समय t का है, इसलिए clean और epsilon t पर अलग होते हैं, और s पर मिलते हैं।",
            "t and s have changed places: v is of time t, so clean and epsilon are taken apart at t, and mixed at s.",
        ),
    ]
    for value, hi, en in slips:
        need(not torch.allclose(went, value, atol=1e-4), f"{measured.hi} {hi}", f"{measured.en} {en}")
    off = float((went - _step_answer(*given)).abs().mean())
    need(
        off < 1e-4,
        f"{measured.hi} v बिल्कुल सही था, फिर भी एक क़दम औसतन {off:,.2f} दूर पहुँचा: signal_s गुना clean और noise_s गुना "
        "epsilon का जोड़ चाहिए।",
        f"{measured.en} v was exactly right, yet one step ends {off:,.2f} away on average: wanted is the sum of "
        "signal_s times clean and noise_s times epsilon.",
    )
    for t, s in ((1.0, 0.95), (0.5, 0.0)):
        given = x_t, v, *_shares(t), *_shares(s)
        need(
            torch.allclose(_stepped(answer, *given), _step_answer(*given), atol=1e-4),
            f"t = 0.8 से s = 0.3 तक क़दम सही है, पर t = {t:g} से s = {s:g} तक नहीं: जो हिस्से मिलें उन्हीं से गिनिए, और किसी से भाग "
            "मत दीजिए, क्योंकि सिरों पर वे 0 हैं।",
            f"From t = 0.8 to s = 0.3 the step is right, from t = {t:g} to s = {s:g} it is not: use the shares you are "
            "given, and divide by none of them, for at the ends they are 0.",
        )
    return measured


def _shares(time: float) -> tuple[Tensor, Tensor]:
    """Signal and noise at a time from 0 to 1."""
    angle = torch.tensor(time) * torch.pi / 2
    return angle.cos(), angle.sin()


def _stepped(answer: Callable, x_t: Tensor, v: Tensor, *shares: Tensor) -> Tensor:
    """x_s by the student's step."""
    x_s = run(answer, x_t.clone(), v.clone(), *shares)
    need_tensor(x_s, tuple(x_t.shape))
    return x_s


def _walked(answer: Callable) -> Tensor:
    """Where 1,000 of the student's steps take noise, (500, 1), if the data are N(0, STD²) and v is the best one."""
    x = torch.randn(500, 1, generator=torch.Generator().manual_seed(0))
    x = x / x.std()
    for t in range(1000, 0, -1):
        signal, noise = _shares(t / 1000)
        v = signal * noise * (1 - STD**2) / (signal**2 * STD**2 + noise**2) * x  # E[v | x_t]
        x = _stepped(answer, x, v, signal, noise, *_shares((t - 1) / 1000))
    return x


step = Exercise(
    _step_test,
    _step_answer,
    [
        Text(
            "clean और epsilon ठीक निकले हैं। वे किस समय के हिस्सों में फिर मिलाए जा रहे हैं?",
            "clean and epsilon are right. In the shares of which time are they mixed again?",
        ),
        Text(
            "x_t = signal_t · clean + noise_t · epsilon: यह तो शुरुआत ही है। हमें समय s पर पहुँचना है।",
            "x_t = signal_t · clean + noise_t · epsilon: that is where we began. We want to arrive at time s.",
        ),
        Text(
            "सिर्फ़ आख़िरी पंक्ति बदलिए: signal_s * clean + noise_s * epsilon।",
            "Change only the last line: signal_s * clean + noise_s * epsilon.",
        ),
    ],
    mend=True,
)


# 3 · All of it, without course_lib

STEPS, GOOD = 2000, 0.6  # how often the student's network learns; the share of points on heaps that is wanted


def _own_answer(points, steps):
    network = nn.Sequential(
        nn.Linear(4, 128),  # a point, and its time as the shares of signal and noise
        nn.ReLU(),
        nn.Linear(128, 128),
        nn.ReLU(),
        nn.Linear(128, 128),
        nn.ReLU(),
        nn.Linear(128, 2),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(steps):
        clean = points[torch.randint(len(points), (256,))]
        epsilon = torch.randn(256, 2)
        angle = torch.rand(256, 1) * torch.pi / 2  # 0: clean, π/2: noise
        signal, noise = angle.cos(), angle.sin()
        x_t = signal * clean + noise * epsilon
        v = network(torch.cat([x_t, signal, noise], dim=1))
        loss = (v - (signal * epsilon - noise * clean)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    @torch.no_grad()
    def draw(count):
        x = torch.randn(count, 2)
        angle = torch.linspace(torch.pi / 2, 0, 51)
        signal, noise = angle.cos(), angle.sin()
        for t in range(50):
            shares = torch.stack([signal[t], noise[t]]).expand(count, 2)
            v = network(torch.cat([x, shares], dim=1))
            clean, epsilon = signal[t] * x - noise[t] * v, noise[t] * x + signal[t] * v
            x = signal[t + 1] * clean + noise[t + 1] * epsilon
        return x

    return draw


def _own_test(answer):
    points = ring.gaussians(2000)
    torch.manual_seed(0)
    with before_each_step(lambda: None) as taken:
        draw = run(answer, points.clone(), STEPS)
    need(
        callable(draw) and not isinstance(draw, nn.Module),
        f"Function ही लौटाइए, {type(draw).__name__} नहीं: return draw, बिना कोष्ठक के।",
        f"Return the function itself, not {type(draw).__name__}: return draw, without brackets.",
    )
    need(
        len(taken) > 0,
        "Weights हिले ही नहीं: optimizer.step() नहीं चला।",
        "The weights did not move: optimizer.step() never ran.",
    )
    need(
        len(taken) == STEPS,
        f"Network ने {len(taken)} steps लिए, {STEPS} चाहिए: for _ in range(steps)।",
        f"The network took {len(taken)} steps, {STEPS} are wanted: for _ in range(steps).",
    )
    drawn = draw(1000)
    need_tensor(
        drawn,
        (1000, 2),
        "draw(1000) से {shape} आकार का tensor चाहिए, {got} मिला।",
        "Of draw(1000) a tensor of shape {shape} is wanted, not {got}.",
    )
    need(
        not drawn.requires_grad,
        "बने हुए बिंदु अपने साथ सारे क़दमों का graph ढो रहे हैं: draw के ऊपर @torch.no_grad() लगाइए।",
        "The points still carry the graph of all their steps: put @torch.no_grad() above draw.",
    )
    drawn = drawn.cpu().float()
    need(
        bool(drawn.isfinite().all()),
        "बिंदुओं में NaN या अनंत है: हर backward() से पहले zero_grad() चलाइए, learning rate घटाइए, और sampler में किसी हिस्से "
        "से भाग मत दीजिए, क्योंकि सिरों पर वे 0 हैं।",
        "The points have NaN or infinity: run zero_grad() before every backward(), take a smaller learning rate, and "
        "in the sampler divide by no share, for at the ends they are 0.",
    )
    nearest = torch.cdist(drawn, points, compute_mode="donot_use_mm_for_euclid_dist").amin(dim=1)
    copies = float((nearest == 0).float().mean())
    need(
        copies < 0.5,
        f"{copies:.0%} बिंदु दिए गए points की ही copy हैं: draw noise से शुरू करे और नए बिंदु बनाए।",
        f"{copies:.0%} of the points are copies of those you were given: draw begins with noise and makes new ones.",
    )
    return _drawn_well(drawn)


def _drawn_well(drawn: Tensor) -> Text:
    """What the points tell of the network and of the sampler that drew them."""
    modes, good = modes_covered(drawn), high_quality_fraction(drawn)
    radius, beside = drawn.norm(dim=1), float(drawn.mean(dim=0).norm())
    away, scatter = float(radius.mean()), float(radius.std())
    measured = Text(
        f"8 में से {modes} ढेर मिले, {good:.0%} बिंदु ढेरों पर; बीच से दूरी {away:,.2f} ± {scatter:,.2f}, छल्ले की 1.00 ± 0.05।",
        f"{modes} of 8 heaps are covered, {good:.0%} of the points lie on heaps; they are {away:,.2f} ± {scatter:,.2f} "
        "from the middle, the ring 1.00 ± 0.05.",
    )
    one_place = float(drawn.std(dim=0).max()) < 0.1
    need(
        not one_place or away > 0.3,
        f"{measured.hi} सारे बिंदु बीच में हैं: शुद्ध noise से देखें तो सबसे अच्छा जवाब आठों ढेरों का औसत है। एक ही छलाँग में मत पहुँचिए, "
        "20 या ज़्यादा क़दम लीजिए, और हर क़दम पर network से दोबारा पूछिए।",
        f"{measured.en} All points lie in the middle: seen from pure noise the best answer is the mean of all eight "
        "heaps. Do not jump there at once; take 20 steps or more, and ask the network again at each.",
    )
    need(
        not one_place,
        f"{measured.hi} सारे बिंदु एक ही जगह पहुँचते हैं: शुरू torch.randn(count, 2) से कीजिए, और हर क़दम पर noise वापस मिलाइए, "
        "x_s = signal_s · clean + noise_s · epsilon।",
        f"{measured.en} All points end at one place: begin with torch.randn(count, 2), and put the noise back at each "
        "step, x_s = signal_s · clean + noise_s · epsilon.",
    )
    need(
        scatter < 0.4,
        f"{measured.hi} ये अब भी noise जैसे बिखरे हैं, जो 1.25 ± 0.66 दूर होता है: या तो network ने कुछ सीखा नहीं, या sampler "
        "noise से data तक चलता नहीं। Network loop से पहले एक ही बार बनाइए, हर backward() से पहले zero_grad() चलाइए, और "
        "sampler में समय noise से data की ओर घटाइए।",
        f"{measured.en} They are still scattered like noise, which is 1.25 ± 0.66 away: either the network has learned "
        "nothing, or the sampler does not walk from noise to data. Make the network once, before the loop, run "
        "zero_grad() before every backward(), and in the sampler let the time fall from noise to data.",
    )
    need(
        beside < 0.4,
        f"{measured.hi} पूरा बादल एक ओर खिसका है, उसका बीच {beside:.2f} दूर है: शुरुआत torch.randn से हो, rand से नहीं; और अगर "
        "network epsilon बताता है, तो clean के लिए signal से भाग लगता है, जो शुरू में लगभग 0 है। v सीखिए।",
        f"{measured.en} The whole cloud has slipped to one side, its middle is {beside:.2f} away: begin with "
        "torch.randn, not rand; and where the network predicts epsilon, clean is divided by signal, which is nearly 0 "
        "at the start. Learn v.",
    )
    need(
        scatter < 0.18,
        f"{measured.hi} बहुत-से बिंदु छल्ले से दूर रह गए: क्या network को समय बताया जाता है, loop में भी और draw में भी? वरना "
        "उसे पता ही नहीं कि कितना noise बचा है। signal और noise को torch.cat से x_t के साथ जोड़िए।",
        f"{measured.en} Many points have stayed off the ring: is the network told the time, in training and in draw? "
        "Else it cannot know how much noise is left. Join signal and noise to x_t by torch.cat.",
    )
    need(
        away > 0.95,
        f"{measured.hi} बिंदु छल्ले से पहले ही रुक जाते हैं: या तो क़दम कम हैं (20 या ज़्यादा लीजिए), या loss एक चीज़ सिखाता है और "
        "sampler दूसरी समझता है। loss में v = signal · epsilon − noise · clean है, तो sampler में clean = signal · x_t − "
        "noise · v।",
        f"{measured.en} The points stop short of the ring: either the steps are too few (take 20 or more), or the loss "
        "teaches one thing and the sampler takes it for another. With v = signal · epsilon − noise · clean in the "
        "loss, the sampler has clean = signal · x_t − noise · v.",
    )
    need(
        modes == 8 and good >= GOOD,
        f"{measured.hi} आठों ढेर और {GOOD:.0%} चाहिए: 128 चौड़ी तीन layers, nn.ReLU, Adam lr=3e-3, batch 256, हर पंक्ति का "
        "अपना समय, और 50 क़दम।",
        f"{measured.en} All eight heaps and {GOOD:.0%} are wanted: three layers of width 128, nn.ReLU, Adam with "
        "lr=3e-3, batch 256, a time for each row, and 50 steps.",
    )
    return Text(
        f"{measured.hi} इसी छल्ले पर, जब G D से तेज़ था, पाठ 06 के सादे GAN ने लगभग सारे ढेर खो दिए थे। यहाँ कोई होड़ नहीं, बस "
        "एक MSE: अब आप diffusion किसी भी machine पर लिख सकते हैं।",
        f"{measured.en} On this ring the plain GAN of lesson 06 lost nearly all heaps when G was faster than D. Here "
        "is no contest, only an MSE: you can now write diffusion on any machine.",
    )


own = Exercise(
    _own_test,
    _own_answer,
    [
        Text(
            "Network 4 संख्याएँ लेता है, torch.cat([x_t, signal, noise], dim=1), और 2 देता है, v। बीच में 128 चौड़ी तीन layers, "
            "हर एक के बाद nn.ReLU।",
            "The network takes 4 numbers, torch.cat([x_t, signal, noise], dim=1), and gives 2, v. In between three "
            "layers of width 128, nn.ReLU after each.",
        ),
        Text(
            "Loop में हर पंक्ति का अपना समय: angle = torch.rand(256, 1) * torch.pi / 2, signal = angle.cos(), noise = "
            "angle.sin(); loss network के जवाब और signal * epsilon - noise * clean का MSE है।",
            "In the loop a time for each row: angle = torch.rand(256, 1) * torch.pi / 2, signal = angle.cos(), noise = "
            "angle.sin(); the loss is the MSE of the network's answer and signal * epsilon - noise * clean.",
        ),
        Text(
            "draw: x = torch.randn(count, 2); π/2 से 0 तक 50 क़दम, हर क़दम अभ्यास 2 वाला; ऊपर @torch.no_grad()।",
            "draw: x = torch.randn(count, 2); 50 steps from π/2 to 0, each as in exercise 2; above @torch.no_grad().",
        ),
    ],
)
