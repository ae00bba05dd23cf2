"""The one exercise of the start page: small enough to learn how a check works."""

import torch

from course_lib.classroom.exercises import Exercise, need, run
from course_lib.classroom.exercises.checks import need_tensor
from course_lib.classroom.language import Text


def _negative_answer(x):
    return 1 - x


def _negative_test(answer):
    x = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    given = run(answer, x.clone())
    need_tensor(given, tuple(x.shape))
    need(
        not torch.equal(given, x),
        "चित्र जैसा था वैसा ही लौटा: काला सफ़ेद होना चाहिए, और सफ़ेद काला।",
        "The image came back as it was: black should become white, and white black.",
    )
    need(
        not torch.allclose(given, -x),
        "-x से pixels 0 से छोटे हो गए: उन्हें 0 और 1 के बीच रहना चाहिए।",
        "-x makes pixels smaller than 0: they should stay between 0 and 1.",
    )
    need(
        not torch.allclose(given, 255 - x),
        "यहाँ सफ़ेद 255 नहीं, 1 है।",
        "Here white is 1, not 255.",
    )
    need(
        torch.allclose(given, 1 - x),
        f"Pixel {x[0, 0, 0, 0]:.2f} से {1 - x[0, 0, 0, 0]:.2f} बनना चाहिए था, {given[0, 0, 0, 0]:.2f} बना।",
        f"The pixel {x[0, 0, 0, 0]:.2f} should become {1 - x[0, 0, 0, 0]:.2f}, yours became {given[0, 0, 0, 0]:.2f}.",
    )


negative = Exercise(
    _negative_test,
    _negative_answer,
    [
        Text("0 से 1 बनना चाहिए, और 1 से 0।", "0 should become 1, and 1 should become 0."),
        Text("Pixel 0.3 से 0.7 बनता है: दोनों का जोड़ हमेशा 1 है।", "The pixel 0.3 becomes 0.7: the two always add up to 1."),
        Text("1 में से x घटाइए।", "Subtract x from 1."),
    ],
)
