"""Real molecules as lines of text: SMILES, from a collection that ships inside RDKit."""

import random
import re
from typing import NamedTuple

import numpy as np

from course_lib.data.base import cached

LINES = 4999  # of RDKit's file
PIECES = re.compile(r"Cl|Br|\[[^\]]*\]|.")  # an atom of two letters, an atom in brackets, or a single sign


class Molecules(NamedTuple):
    """Molecules to learn from and held-out ones, and the name of what they really are.

    train, test: SMILES, such as "CC1=CC(=O)C=CC1=O"; each molecule once, none in both, no sign in test alone
    """

    train: list[str]
    test: list[str]
    name: str


def molecules(longest: int = 20) -> Molecules:
    """Real molecules that chemists sent to the US National Cancer Institute (NCI) for testing; few of them are drugs.

    longest: the most characters that a molecule may have, from 3 to 60
    returns: nine tenths to train on and one tenth held out, always the same; in RDKit's canonical form without
        stereochemistry, so that a molecule has one spelling; of one part, at least three atoms, H C N O F P S Cl Br I
    raises: ModuleNotFoundError without rdkit
    Source: the file `Data/NCI/first_5K.smi` inside the package rdkit (BSD-3-Clause), the first 4,999 molecules of the
    NCI's open database, a work of the US government. Taught in: 05c_applications
    """
    [whole] = cached("molecules_1", [(LINES,)], lambda: (_canonical(),))
    kept = sorted({text for text in whole.tolist() if 0 < len(text) <= longest})
    random.Random(0).shuffle(kept)
    train, test = kept[len(kept) // 10 :], kept[: len(kept) // 10]
    known = {sign for smiles in train for sign in pieces(smiles)}
    test = [smiles for smiles in test if known.issuperset(pieces(smiles))]
    return Molecules(train, test, f"NCI molecules of at most {longest} characters, {len(train):,} + {len(test):,}")


def pieces(smiles: str) -> list[str]:
    """The signs of a SMILES text that belong together: "ClC=[N+]" is Cl, C, =, [N+]. Taught in: 05c_applications"""
    return PIECES.findall(smiles)


def _canonical() -> np.ndarray:
    """Every line's molecule as RDKit spells it, or "" where it is left out: always (LINES,) texts."""
    from pathlib import Path

    from rdkit import Chem, RDConfig, rdBase

    found = []
    with rdBase.BlockLogs():  # some lines it cannot read
        for line in Path(RDConfig.RDDataDir, "NCI", "first_5K.smi").read_text(encoding="ascii").splitlines():
            molecule = Chem.MolFromSmiles(line.split()[0]) if "." not in line.split()[0] else None
            found.append(_spelled(molecule) if molecule else "")
    return np.array(found + [""] * (LINES - len(found)))[:LINES]


def _spelled(molecule) -> str:
    from rdkit import Chem

    Chem.RemoveStereochemistry(molecule)
    usual = all(
        atom.GetSymbol() in {"H", "C", "N", "O", "F", "P", "S", "Cl", "Br", "I"} for atom in molecule.GetAtoms()
    )
    smiles = Chem.MolToSmiles(molecule)
    return smiles if usual and molecule.GetNumHeavyAtoms() >= 3 and len(smiles) <= 60 else ""
