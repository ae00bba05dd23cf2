"""The one form of every data set."""

from course_lib import data


def has_form(dataset: data.DataSet, train: int, test: int, size: tuple[int, int], note: str = "") -> bool:
    """So many images of this size, from 0 to 1, as many of each class, and a name that says so."""
    for split, count in ((dataset.train, train), (dataset.test, test)):
        assert split.images.shape == (count, 1, *size)
        assert (split.images.min(), split.images.max()) == (0, 1)
        assert (str(split.images.dtype), str(split.labels.dtype)) == ("torch.float32", "torch.int64")
        assert len(set(split.labels.bincount().tolist())) == 1
    assert dataset.name.endswith(f" {train:,} + {test:,}{note}")
    return True


def shares_no_image(dataset: data.DataSet) -> bool:
    images = [image.numpy().tobytes() for split in (dataset.train, dataset.test) for image in split.images]
    return len(images) == len(set(images))
