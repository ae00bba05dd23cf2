"""Exercises of notebook 06c, GANs at work."""

import hashlib
import hmac
from functools import cache

import torch
from torch import Tensor

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_tensor
from course_lib.classroom.language import Text
from course_lib.data.synthetic_caves import SIDE, way

# 1 · Caves of single cells: how much floor makes them playable


def _caves_answer():
    return 0.8, 92


def _caves_test(answer):
    given = run(answer)
    need(
        isinstance(given, tuple | list)
        and len(given) == 2
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in given),
        "दो संख्याएँ लौटाइए: फ़र्श का हिस्सा और अंदाज़ा, जैसे return 0.5, 20।",
        "Return two numbers: the share of floor and your guess, such as return 0.5, 20.",
    )
    share, guess = given
    need(
        0.3 <= share <= 0.95 and 0 <= guess <= 100,
        "फ़र्श का हिस्सा 0.3 से 0.95 के बीच हो, और अंदाज़ा 0 से 100 प्रतिशत के बीच।",
        "The share of floor is from 0.3 to 0.95, and the guess from 0 to 100 per cent.",
    )
    measured = _playable_percent(round(float(share), 3))
    hi = f"नापा गया: फ़र्श {share:.0%} पर {measured:.0f}% levels खेलने लायक़; आपका अंदाज़ा {guess:g}%।"
    en = f"Measured: with {share:.0%} floor {measured:.0f}% of the levels can be played; your guess {guess:g}%."
    need(
        measured >= 80,
        f"{hi} 80% तक पहुँचना है: फ़र्श बढ़ाइए।",
        f"{en} The aim is 80%: take more floor.",
    )
    need(
        abs(guess - measured) <= 8,
        f"{hi} फ़र्श काफ़ी है, अंदाज़ा 8 से ज़्यादा दूर रहा: देखिए कि छलाँग कहाँ लगती है, फिर दोबारा बताइए।",
        f"{en} The floor is enough, the guess is more than 8 away: see where the jump is, then say again.",
    )
    return Text(
        f"{hi} पर ऐसे level गुफा नहीं, लगभग ख़ाली मैदान हैं: खेलने लायक़ होना अकेला काफ़ी नहीं।",
        f"{en} But such levels are no caves, they are nearly empty fields: being playable alone is not enough.",
    )


@cache
def _playable_percent(share: float) -> float:
    """Of 400 levels in which each cell is floor with this chance, rock all around."""
    levels = (torch.rand(400, SIDE, SIDE, generator=torch.Generator().manual_seed(0)) < share).float()
    levels[:, [0, -1]], levels[:, :, [0, -1]] = 0, 0
    return 100 * sum(bool(way(level)) for level in levels) / len(levels)


caves = Exercise(
    _caves_test,
    _caves_answer,
    [
        Text(
            "हिस्सा 0.5 पर चलाकर देखिए: जाँच नापी हुई संख्या बताती है।",
            "Try a share of 0.5: the check tells the number it measured.",
        ),
        Text(
            "बढ़त सीधी नहीं है: 0.55 और 0.75 के बीच वह छलाँग लगाती है।",
            "It does not rise in a straight line: between 0.55 and 0.75 it jumps.",
        ),
        Text("0.8 पर 90 के आसपास।", "About 90 at 0.8."),
    ],
)


# 2 · A kolam of four turns, to be mended


def _turned_answer(quarter):
    top = torch.cat([quarter, quarter.rot90(-1, (-2, -1))], dim=-1)
    return torch.cat([top, top.rot90(2, (-2, -1))], dim=-2)


def _turned_test(answer):
    quarter = torch.rand(3, 4, 4, generator=torch.Generator().manual_seed(0))
    whole = run(answer, quarter.clone())
    need_tensor(whole, (3, 8, 8))
    need(
        torch.equal(whole[:, :4, :4], quarter),
        "बाएँ ऊपर का चौथाई वही रहना चाहिए जो दिया गया।",
        "The quarter at the top left must stay as it was given.",
    )
    mirrored = torch.cat([quarter, quarter.flip(-1)], dim=-1)
    mirrored = torch.cat([mirrored, mirrored.flip(-2)], dim=-2)
    need(
        not torch.equal(whole, mirrored),
        "यह दर्पण है, घुमाव नहीं: चौथाई घुमाने पर चित्र वही नहीं रहता। flip की जगह rot90 चाहिए।",
        "These are mirrors, not turns: turned by a quarter, the picture changes. It takes rot90 in place of flip.",
    )
    need(
        torch.equal(whole.rot90(1, (-2, -1)), whole),
        "चित्र को चौथाई घुमाने पर वही चित्र आना चाहिए; अभी नहीं आता। देखिए, कौन-सा टुकड़ा किस ओर घूमा है।",
        "Turned by a quarter, the picture must be the same, and it is not yet. See which piece is turned which way.",
    )
    return Text(
        "चौथाई से पूरा चित्र, चार घुमावों में एक-सा: यह symmetry अब किसी training पर निर्भर नहीं।",
        "From a quarter to the whole, the same after each of four turns: this symmetry needs no training any more.",
    )


turned = Exercise(
    _turned_test,
    _turned_answer,
    [
        Text("flip चित्र को पलटता है; हमें घुमाना है: rot90।", "flip mirrors; what we want is a turn: rot90."),
        Text(
            "दायाँ ऊपर का टुकड़ा घड़ी की दिशा में घूमता है: quarter.rot90(-1, (-2, -1))।",
            "The piece at the top right is turned clockwise: quarter.rot90(-1, (-2, -1)).",
        ),
        Text(
            "नीचे का आधा ऊपर का आधा है, दो बार घूमा: top.rot90(2, (-2, -1))।",
            "The lower half is the upper half, turned twice: top.rot90(2, (-2, -1)).",
        ),
    ],
    mend=True,
)


# 3 · Sign, change, find


def _found_answer(image, kept, seal):
    found = []
    for place in range(16):
        row, column = 8 * (place // 4), 8 * (place % 4)
        if seal(image[:, row : row + 8, column : column + 8], place) != kept[place]:
            found.append(place)
    return found


def _seal(block: Tensor, place: int) -> str:
    pixels = (block * 255).round().byte().contiguous().numpy().tobytes()
    return hmac.new(b"a key for the check", bytes([place]) + pixels, hashlib.sha256).hexdigest()


def _found_test(answer):
    rng = torch.Generator().manual_seed(0)
    image = (torch.rand(3, 32, 32, generator=rng) * 255).round() / 255
    blocks = image.unfold(1, 8, 8).unfold(2, 8, 8).permute(1, 2, 0, 3, 4).reshape(16, 3, 8, 8)
    kept = [_seal(block, place) for place, block in enumerate(blocks)]
    for places in ([], [6], [0, 9, 15]):
        changed = image.clone()
        for place in places:
            spot = 1, 8 * (place // 4) + 5, 8 * (place % 4) + 2
            changed[spot] = (changed[spot] - 1 / 255).abs()
        given = run(answer, changed, list(kept), _seal)
        need(
            isinstance(given, tuple | list) and all(isinstance(one, int) for one in given),
            "टुकड़ों के नंबरों की list लौटाइए, जैसे [6]; कुछ न बदला हो तो []।",
            "Return a list of the numbers of blocks, such as [6]; [] where nothing has changed.",
        )
        transposed = sorted(4 * (place % 4) + place // 4 for place in places)
        need(
            sorted(given) == places or sorted(given) != transposed,
            "पंक्ति और स्तंभ अदल-बदल गए: टुकड़ा n पंक्ति n // 4 और स्तंभ n % 4 में है।",
            "Rows and columns are swapped: block n lies in row n // 4 and column n % 4.",
        )
        need(
            sorted(given) == places,
            f"बदले हुए टुकड़े {places} थे, आपने {sorted(given)} बताए।",
            f"The changed blocks were {places}, you said {sorted(given)}.",
        )
    swapped = image.clone()
    swapped[:, :8, :8], swapped[:, :8, 8:16] = image[:, :8, 8:16], image[:, :8, :8]
    need(
        sorted(run(answer, swapped, list(kept), _seal)) == [0, 1],
        "दो टुकड़ों की अदला-बदली छूट गई: seal को टुकड़े के साथ उसकी अपनी जगह भी दीजिए।",
        "Two swapped blocks got through: give seal the block's own place along with the block.",
    )
    return Text(
        "1/255 का बदलाव भी, और दो टुकड़ों की अदला-बदली भी मिल गई।",
        "A change of 1/255 is found, and so are two swapped blocks.",
    )


found = Exercise(
    _found_test,
    _found_answer,
    [
        Text(
            "16 टुकड़ों पर loop: टुकड़ा n पंक्ति n // 4 और स्तंभ n % 4 में, हर एक 8 × 8 का।",
            "Loop over the 16 blocks: block n in row n // 4 and column n % 4, each 8 × 8.",
        ),
        Text(
            "हर टुकड़े की नई मुहर बनाइए, seal(block, n), और kept[n] से मिलाइए।",
            "Make each block's seal anew, seal(block, n), and compare it with kept[n].",
        ),
        Text(
            "block = image[:, row : row + 8, column : column + 8]; न मिले तो n को list में जोड़िए।",
            "block = image[:, row : row + 8, column : column + 8]; where they differ, add n to the list.",
        ),
    ],
)
