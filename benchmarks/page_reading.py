"""What a real OCR, Tesseract, reads on the pages of notebook 03c before and after cleaning; prints a table.

Wants the programs tesseract-ocr and tesseract-ocr-hin; a minute on one core. Pages are enlarged three times, to the
size of a scan at 300 dots an inch; a word counts as read where it stands among Tesseract's words of that page.

python benchmarks/page_reading.py
"""

import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from course_lib import measures
from course_lib.data import pages
from course_lib.measures import filters
from course_lib.models.autoencoders import unet

LANGUAGES = ("eng", "hin")  # of the pages in turn


def cleaner(epochs: int = 15) -> torch.nn.Module:
    """The model of the notebook, trained as there."""
    bands = pages.printed_pages(16, held_out=False).images.reshape(-1, 1, 136, 288)
    torch.manual_seed(0)
    model = unet((16, 32), brightness=0.9)
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 8e-3, total_steps=epochs * len(bands.split(4)))
    for _ in range(epochs):
        for index in torch.randperm(len(bands)).split(4):
            x = bands[index]
            loss = (model(pages.worn(x)) - x).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model


def read(image: Tensor, language: str) -> Counter:
    """Every word that Tesseract finds on a page (1, H, W)."""
    grey = Image.fromarray((image[0].clamp(0, 1) * 255).byte().numpy())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.png")
        grey.resize((3 * grey.width, 3 * grey.height), Image.Resampling.BICUBIC).save(path)
        command = ["tesseract", str(path), "-", "-l", language, "--psm", "6"]
        done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    return Counter(done.stdout.split())


def main() -> None:
    printed = pages.printed_pages(4, held_out=True)
    worn = pages.worn(printed.images, torch.Generator().manual_seed(7))
    shown = {
        "worn": worn,
        "background and levels": filters.levels(filters.background(worn, 10), 0.1, 0.8),
        "network": measures.predict(cleaner(), worn, batch_size=1),
        "clean": printed.images,
    }
    for name, images in shown.items():
        shares = []
        for first, language in enumerate(LANGUAGES):
            right = wanted = 0
            for page in range(first, len(images), len(LANGUAGES)):
                words = Counter(word.text for word in printed.words if word.page == page)
                right += (words & read(images[page], language)).total()
                wanted += words.total()
            shares.append(f"{language} {right / wanted:.0%}")
        print(f"{name:24s}", *shares, flush=True)


if __name__ == "__main__":
    main()
