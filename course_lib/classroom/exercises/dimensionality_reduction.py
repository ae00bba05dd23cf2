"""Exercises of lesson 04, dimensionality reduction."""

import time
from functools import cache

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import data
from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_number, need_tensor
from course_lib.classroom.language import Text
from course_lib.classroom.progress import progress
from course_lib.loops import fit
from course_lib.measures import neighbour_accuracy, predict, reconstruction_error
from course_lib.models.autoencoders import Autoencoder, binary_cross_entropy, dense

# 1 · A new point on PCA's map, by hand


def _encode_answer(x, mean, directions):
    return (x - mean) @ directions.T


def _encode_test(answer):
    digits = data.mnist()
    pixels, new = (split.images.flatten(1).numpy() for split in digits[:2])
    pca = PCA(2, random_state=0).fit(pixels)
    x, mean, directions = (torch.from_numpy(np.asarray(a)).float() for a in (new[:7], pca.mean_, pca.components_))
    given = run(answer, x, mean, directions)
    need(
        isinstance(given, torch.Tensor),
        f"एक tensor चाहिए, {type(given).__name__} मिला।",
        f"A tensor is wanted, not {type(given).__name__}.",
    )
    need(
        tuple(given.shape) == (7, 2),
        f"7 चित्रों के लिए (7, 2) आकार चाहिए, {tuple(given.shape)} मिला: "
        "directions का आकार (2, 784) है, उसका transpose (.T) लीजिए।",
        f"For 7 images the shape should be (7, 2), not {tuple(given.shape)}: "
        "directions is (2, 784) and must be transposed.",
    )
    need(
        not torch.allclose(given, x @ directions.T, atol=1e-3),
        "औसत घटाना रह गया: PCA की शुरुआत औसत चित्र से होती है, काले चित्र से नहीं।",
        "The mean was not subtracted: PCA starts from the mean image, not from a black one.",
    )
    need(
        not torch.allclose(given, (x - x.mean(dim=0)) @ directions.T, atol=1e-3),
        "आपने नए चित्रों का औसत घटाया: training वाला mean लीजिए, वरना एक ही चित्र की जगह बदलती रहेगी।",
        "You subtracted the mean of the new images: take the mean of training, or one image would keep moving.",
    )
    need(
        torch.allclose(given, torch.from_numpy(pca.transform(new[:7])).float(), atol=1e-3),
        "ये PCA के codes नहीं हैं: (x - mean) को हर दिशा से गुणा करके जोड़िए।",
        "These are not PCA's codes: multiply (x - mean) by each direction and sum.",
    )


encode = Exercise(
    _encode_test,
    _encode_answer,
    [
        Text("पहले training का औसत चित्र घटाइए: x - mean।", "First subtract the mean image of training: x - mean."),
        Text(
            "code की हर संख्या एक भारित जोड़ है: चित्र को एक दिशा से गुणा करके जोड़िए।",
            "Each number of the code is a weighted sum: the image times one direction, summed.",
        ),
        Text("सब एक साथ: @ directions.T।", "All at once: @ directions.T."),
    ],
)


# 2 · Search by code


def _nearest_answer(codes, query, k):
    return (codes - query).square().sum(dim=1).argsort()[:k]


def _nearest_test(answer):
    codes = torch.randn(200, 3, generator=torch.Generator().manual_seed(6)) * torch.tensor([1.0, 5.0, 2.0])
    query, k = codes[17] + 0.01, 6
    given = run(answer, codes, query, k)
    need(
        isinstance(given, torch.Tensor) and tuple(given.shape) == (k,) and not given.is_floating_point(),
        f"{k} index चाहिए, यानी ({k},) आकार का पूर्ण संख्याओं वाला tensor: दूरियाँ नहीं, index लौटाइए।",
        f"{k} indices are wanted, a tensor of whole numbers of shape ({k},): return indices, not the distances.",
    )
    distance = torch.cdist(query[None], codes)[0]
    right, far = distance.argsort()[:k], distance.argsort(descending=True)[:k]
    need(
        not torch.equal(given, far),
        "ये सबसे दूर वाले हैं: छोटी दूरी पहले आनी चाहिए।",
        "These are the farthest ones: the smallest distance comes first.",
    )
    need(
        torch.equal(given.sort().values, right.sort().values),
        "ये सबसे पास के codes नहीं हैं: दूरी सभी संख्याओं के अंतर के वर्गों से बनती है।",
        "These are not the nearest codes: a distance is made of the squared differences of all numbers.",
    )
    need(
        torch.equal(given, right),
        "Codes सही हैं पर क्रम नहीं: सबसे पास वाला पहले।",
        "The right codes in the wrong order: the nearest comes first.",
    )


nearest = Exercise(
    _nearest_test,
    _nearest_answer,
    [
        Text("codes - query हर code का अंतर देता है।", "codes - query gives the difference to every code."),
        Text("दूरी का वर्ग: .square().sum(dim=1)।", "The squared distance: .square().sum(dim=1)."),
        Text("छोटी दूरी से बड़ी के क्रम में index: .argsort()[:k]।", "The indices, smallest distance first: .argsort()[:k]."),
    ],
)


# 3 · A broken classifier


def _repair_answer(train, train_labels, test):
    pca = PCA(10).fit(train)
    voters = KNeighborsClassifier(10).fit(pca.transform(train), train_labels)
    return voters.predict(pca.transform(test))


def _once_too_often(train, train_labels, test):
    """The mean subtracted from the training images, and then by PCA once more."""
    pca = PCA(10, random_state=0).fit(train)
    voters = KNeighborsClassifier(10).fit(pca.transform(train - train.mean(axis=0)), train_labels)
    return voters.predict(pca.transform(test))


def _repair_test(answer):
    digits = data.mnist()
    train, test = (split.images.flatten(1).numpy() for split in digits[:2])
    labels, right = (split.labels.numpy() for split in digits[:2])
    given = np.asarray(run(answer, train.copy(), labels.copy(), test.copy()))
    need(
        given.shape == (1000,) and given.dtype.kind in "iuf",
        f"1000 अनदेखे चित्रों के लिए 1000 अंक चाहिए, {given.dtype} {given.shape} मिला।",
        f"For 1000 held-out images 1000 digits are wanted, not {given.dtype} {given.shape}.",
    )
    accuracy = float((given == right).mean())
    company = np.concatenate([test[:300], 1 - test[300:]])  # the same 300 images, among negatives of the others
    again = np.asarray(run(answer, train.copy(), labels.copy(), company))
    # PCA's solver is random in the last digits, so that a vote or two may turn.
    same = float((again == given)[:300].mean()) if again.shape == given.shape else 0.0
    need(
        same > 0.97,
        f"300 चित्र वही रखे और साथ के चित्र बदले, तो {100 * (1 - same):.0f} % जवाब बदल गए: किसी चित्र का code इस पर निर्भर है "
        "कि उसके साथ कौन आया। PCA सिर्फ़ train पर fit हो, और test पर बस transform चले।",
        f"Among other images, the same 300 got other answers in {100 * (1 - same):.0f} % of the cases: the code of an "
        "image depends on what comes with it. Fit PCA on train only, and only transform test.",
    )
    slip = float((given == _once_too_often(train, labels, test)).mean())
    usual = float((given == _repair_answer(train, labels, test)).mean())
    need(
        not slip > max(usual, 0.98),
        "औसत दो बार घटा: train.mean को PCA ख़ुद घटाता है, और यहाँ वह सिर्फ़ train से घटाया गया, test से नहीं।",
        "The mean was subtracted twice: PCA subtracts train's mean itself, and here only train lost it, not test.",
    )
    need(
        accuracy > 0.85,
        f"Accuracy {accuracy:.2f} है; 0.85 से ऊपर चाहिए। Train और test, दोनों को एक ही PCA से, एक ही तरह से encode कीजिए।",
        f"The accuracy is {accuracy:.2f}; over 0.85 is wanted. Encode train and test by one PCA, in the same way.",
    )
    return Text(
        f"10 संख्याओं पर accuracy {accuracy:.2f}: एक बार fit, फिर दोनों पर transform।",
        f"Accuracy {accuracy:.2f} with 10 numbers: fit once, then transform both.",
    )


repair = Exercise(
    _repair_test,
    _repair_answer,
    [
        Text(
            "तीन सवाल: PCA किस data पर fit हो? औसत कौन घटाता है? और कितने PCA चाहिए?",
            "Three questions: on which data is PCA fitted? Who subtracts the mean? And how many PCAs does it take?",
        ),
        Text(
            "pca = PCA(10).fit(train) एक ही बार; test के लिए नया PCA नहीं।",
            "pca = PCA(10).fit(train) once; no new PCA for test.",
        ),
        Text(
            "train_codes = pca.transform(train), test_codes = pca.transform(test)।",
            "train_codes = pca.transform(train), test_codes = pca.transform(test).",
        ),
    ],
    mend=True,
)


# 4 · An experiment, and a prediction


def _crossing_answer():
    return 16, -1


def _crossing_test(answer):
    given = run(answer)
    need(
        isinstance(given, tuple | list) and len(given) == 2,
        "दो चीज़ें लौटाइए: return latent_dim, ahead।",
        "Return two things: return latent_dim, ahead.",
    )
    latent_dim, ahead = given
    need(
        isinstance(latent_dim, int) and not isinstance(latent_dim, bool) and 3 <= latent_dim <= 64,
        f"latent_dim={latent_dim} नहीं चलेगा: 3 से 64 तक की पूर्ण संख्या चुनिए।",
        f"latent_dim={latent_dim} will not do: choose a whole number from 3 to 64.",
    )
    ahead = float(need_number(ahead))
    network, by_pca = _at(latent_dim)
    gap = network - by_pca
    measured_hi = f"{latent_dim} संख्याओं पर autoencoder {network:.0f} %, PCA {by_pca:.0f} %, फ़र्क़ {gap:+.1f}।"
    measured_en = f"With {latent_dim} numbers the autoencoder has {network:.0f} %, PCA {by_pca:.0f} %: {gap:+.1f}."
    need(
        abs(ahead - gap) <= 4,
        f"आपका अंदाज़ा {ahead:+g} था। {measured_hi} सोचिए क्यों, फिर कोई और latent_dim आज़माइए।",
        f"Your guess was {ahead:+g}. {measured_en} Think why, then try another latent_dim.",
    )
    return Text(
        f"{measured_hi} संख्याएँ बढ़ें तो सपाट चादर भी काफ़ी हो जाती है।",
        f"{measured_en} With more numbers the flat sheet becomes good enough.",
    )


@cache
def _at(latent_dim: int) -> tuple[float, float]:
    """10-NN accuracy in percent: of a small autoencoder's codes, and of PCA's."""
    digits = data.mnist()
    train, test, labels = digits.train.images, digits.test.images, digits.test.labels
    torch.manual_seed(0)
    model = Autoencoder(*dense(latent_dim=latent_dim), error=binary_cross_entropy)
    for _ in progress(fit(model, train, epochs=12, lr=3e-3)):
        pass
    codes = {"network": predict(model.encoder, test), "pca": _by_pca(latent_dim)[0]}
    network, pca = (100 * neighbour_accuracy(code, labels) for code in codes.values())
    return network, pca


@cache
def _by_pca(n: int) -> tuple[Tensor, float]:
    """PCA's codes of the held-out digits, and its squared error on them."""
    train, test = (split.images.flatten(1).numpy() for split in data.mnist()[:2])
    pca = PCA(n, random_state=0).fit(train)
    codes = pca.transform(test)
    return torch.from_numpy(codes), float(((pca.inverse_transform(codes) - test) ** 2).sum(axis=1).mean())


crossing = Exercise(
    _crossing_test,
    _crossing_answer,
    [
        Text(
            "2 पर autoencoder लगभग 15 प्रतिशत-बिंदु आगे था; पाठ में 10 पर दोनों का क्या हाल था?",
            "With 2 the autoencoder was about 15 percentage points ahead; how did the two do with 10 in the lesson?",
        ),
        Text(
            "संख्याएँ बढ़ने पर PCA भी लगभग सब कुछ पकड़ लेता है, और 12 epochs का network उससे आगे नहीं रह पाता।",
            "With more numbers PCA keeps nearly everything too, and a network of 12 epochs does not stay ahead.",
        ),
        Text("latent_dim = 16, और अंदाज़ा 0 के आसपास।", "latent_dim = 16, and a guess near 0."),
    ],
)


# 5 · All of it, without course_lib


def _own_answer(images):
    encoder = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 2)
    )
    decoder = nn.Sequential(
        nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 784), nn.Sigmoid()
    )
    decoder.append(nn.Unflatten(1, (1, 28, 28)))
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=2e-3)
    for _ in range(15):
        for x in images[torch.randperm(len(images))].split(64):
            x_hat = decoder(encoder(x))
            loss = F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return encoder, decoder


def _own_test(answer):
    torch.manual_seed(0)
    digits = data.mnist()
    test, labels = digits.test.images, digits.test.labels
    start = time.perf_counter()
    pair = run(answer, digits.train.images.clone())
    seconds = time.perf_counter() - start
    need(
        isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(half, nn.Module) for half in pair),
        "दो modules लौटाइए: return encoder, decoder।",
        "Return two modules: return encoder, decoder.",
    )
    encoder, decoder = (half.cpu() for half in pair)
    codes = predict(encoder, test)
    need_tensor(
        codes,
        (1000, 2),
        "Code का आकार {got} है; 1000 चित्रों के नक़्शे के लिए {shape} चाहिए: हर चित्र की ठीक 2 संख्याएँ।",
        "The codes are {got}; a map of 1000 images needs {shape}: exactly 2 numbers for an image.",
    )
    x_hat = predict(decoder, codes)
    need_tensor(
        x_hat,
        tuple(test.shape),
        "Decoder {got} देता है, चाहिए {shape}: अंत में nn.Unflatten(1, (1, 28, 28))।",
        "The decoder gives {got}, {shape} is wanted: end with nn.Unflatten(1, (1, 28, 28)).",
    )
    need(
        bool(codes.isfinite().all() and x_hat.isfinite().all()),
        "Training बेक़ाबू हो गई: codes या चित्रों में NaN है। Learning rate घटाइए।",
        "Training diverged: codes or images have NaN. Take a smaller learning rate.",
    )
    need(
        float(codes.std(dim=0).min()) > 0,
        "नक़्शा सपाट रेखा या एक ही बिंदु है: कोई संख्या सब चित्रों के लिए एक-सी है। Learning rate घटाइए, और code पर ReLU मत लगाइए।",
        "The map is a line or a single point: one number is the same for all images. Take a smaller learning rate, "
        "and put no ReLU on the code.",
    )
    need(
        float(codes.min()) < 0,
        "आपके codes में एक भी ऋणात्मक संख्या नहीं: code पर ReLU या Sigmoid है, जो नक़्शे का तीन-चौथाई हिस्सा काट देता है।",
        "None of your codes is negative: a ReLU or Sigmoid on the code cuts off three quarters of the map.",
    )
    their_codes, their_error = _by_pca(2)
    mine, theirs = neighbour_accuracy(codes, labels), neighbour_accuracy(their_codes, labels)
    error = reconstruction_error(x_hat, test)
    measured_hi = f"10-NN accuracy {mine:.2f} (PCA {theirs:.2f}), वर्ग-त्रुटि {error:.1f} (PCA {their_error:.1f})"
    measured_en = f"10-NN accuracy {mine:.2f} (PCA {theirs:.2f}), squared error {error:.1f} (PCA {their_error:.1f})"
    need(
        error < their_error,
        f"{measured_hi}: चित्र PCA से भी कम वापस बनता है। Loop में loss.backward() और step() चले? Decoder के parameters भी "
        "optimizer को दिए? कुछ epochs और दीजिए।",
        f"{measured_en}: images come back worse than with PCA. Did backward() and step() run? Were the decoder's "
        "parameters given to the optimizer too? Take more epochs.",
    )
    need(
        mine >= 1.15 * theirs,
        f"{measured_hi}; accuracy {1.15 * theirs:.2f} तक पहुँचिए: एक hidden layer और, या कुछ epochs और।",
        f"{measured_en}; reach an accuracy of {1.15 * theirs:.2f}: one more hidden layer, or some more epochs.",
    )
    return Text(
        f"{seconds:.0f} s में {measured_hi}। अब आप नक़्शा किसी भी machine पर बना सकते हैं।",
        f"{measured_en} in {seconds:.0f} s. You can now draw such a map on any machine.",
    )


own = Exercise(
    _own_test,
    _own_answer,
    [
        Text(
            "पाठ के encoder से शुरू कीजिए: 784 → 128 → ReLU → 2, और decoder उसका उल्टा, अंत में Sigmoid और Unflatten।",
            "Start from the lesson's encoder, 784 → 128 → ReLU → 2, with the decoder as its mirror, Sigmoid and "
            "Unflatten at its end.",
        ),
        Text(
            "optimizer को दोनों के parameters दीजिए: [*encoder.parameters(), *decoder.parameters()]।",
            "Give the optimizer the parameters of both: [*encoder.parameters(), *decoder.parameters()].",
        ),
        Text(
            "एक और hidden layer (784 → 256 → 64 → 2), lr=2e-3 और 15 epochs काफ़ी हैं; code के ठीक पहले ReLU मत लगाइए।",
            "One more hidden layer (784 → 256 → 64 → 2), lr=2e-3 and 15 epochs will do; put no ReLU right at the code.",
        ),
    ],
)
