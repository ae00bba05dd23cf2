"""Exercises of lesson 04, dimensionality reduction."""

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch import nn

from course_lib import data
from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import student_autoencoder
from course_lib.classroom.language import Text
from course_lib.loops import fit
from course_lib.measures import neighbour_accuracy, predict
from course_lib.models.autoencoders import binary_cross_entropy

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


# 3 · A map of one's own that keeps the digits apart better than PCA's


def _map_answer():
    encoder = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 2)
    )
    decoder = nn.Sequential(
        nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 784), nn.Sigmoid()
    )
    decoder.append(nn.Unflatten(1, (1, 28, 28)))
    return encoder, decoder


def _map_test(answer):
    model = student_autoencoder(answer, error=binary_cross_entropy)
    digits = data.mnist()
    train, test, labels = digits.train.images, digits.test.images, digits.test.labels
    with torch.no_grad():
        code = model.encoder(test[:2])
        need(
            tuple(code.shape) == (2, 2),
            f"Code का आकार {tuple(code.shape)} है: नक़्शे के लिए हर चित्र की ठीक 2 संख्याएँ चाहिए।",
            f"The code has shape {tuple(code.shape)}: a map needs exactly 2 numbers for an image.",
        )
        out = model.decoder(code)
        need(
            out.shape == (2, 1, 28, 28) and float(out.min()) >= 0 and float(out.max()) <= 1,
            f"Decoder {tuple(out.shape)} देता है; चाहिए (2, 1, 28, 28), pixels 0 से 1: Sigmoid और Unflatten लगाइए।",
            f"The decoder gives {tuple(out.shape)}; wanted (2, 1, 28, 28), pixels from 0 to 1: Sigmoid and Unflatten.",
        )
    for _ in fit(model, train, epochs=20, lr=3e-3):
        pass
    mine = neighbour_accuracy(predict(model.encoder, test), labels)
    pca = PCA(2, random_state=0).fit(train.flatten(1).numpy())
    theirs = neighbour_accuracy(torch.from_numpy(pca.transform(test.flatten(1).numpy())), labels)
    need(
        mine >= 1.15 * theirs,
        f"आपके नक़्शे की 10-NN accuracy {mine:.2f} है, PCA की {theirs:.2f}; {1.15 * theirs:.2f} तक पहुँचिए।",
        f"The 10-NN accuracy on your map is {mine:.2f}, on PCA's {theirs:.2f}; reach {1.15 * theirs:.2f}.",
    )
    return Text(
        f"आपके नक़्शे की 10-NN accuracy {mine:.2f}, PCA की {theirs:.2f}।",
        f"The 10-NN accuracy on your map is {mine:.2f}, on PCA's {theirs:.2f}.",
    )


make_map = Exercise(
    _map_test,
    _map_answer,
    [
        Text(
            "पाठ वाले encoder से शुरू कीजिए: 784 → 128 → ReLU → 2, और decoder उसका उल्टा।",
            "Start from the lesson's encoder, 784 → 128 → ReLU → 2, with the decoder as its mirror.",
        ),
        Text(
            "एक और hidden layer (जैसे 784 → 256 → 64 → 2) हो तो नक़्शा और बेहतर बनता है।",
            "One more hidden layer (say 784 → 256 → 64 → 2) makes a still better map.",
        ),
        Text(
            "Code के ठीक पहले ReLU मत लगाइए: वह नक़्शे का तीन-चौथाई हिस्सा काट देता है।",
            "Put no ReLU right at the code: it would cut off three quarters of the map.",
        ),
    ],
)
