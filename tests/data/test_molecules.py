"""Molecules: real ones, spelled as RDKit spells them, the same split again."""

import pytest

from course_lib import data
from course_lib.data.molecules import pieces

pytest.importorskip("rdkit")


@pytest.fixture(scope="module")
def nci(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_DATA", str(tmp_path_factory.mktemp("molecules")))
        yield data.molecules(longest=20), data.molecules(longest=20), data.molecules(longest=12)


def test_each_is_a_molecule_in_its_one_spelling(nci):
    from rdkit import Chem

    for smiles in nci[0].test + nci[0].train[:200]:
        molecule = Chem.MolFromSmiles(smiles)
        assert Chem.MolToSmiles(molecule) == smiles
        assert molecule.GetNumHeavyAtoms() >= 3
        assert len(smiles) <= 20
        assert not set(".@/\\") & set(smiles)  # one part, no stereochemistry


def test_split_is_the_same_again_and_shares_nothing(nci):
    first, again, short = nci
    assert first == again
    assert len(set(first.train + first.test)) == len(first.train) + len(first.test) > 1400
    assert 0.08 < len(first.test) / len(first.train + first.test) <= 0.1
    assert first.name == f"NCI molecules of at most 20 characters, {len(first.train):,} + {len(first.test):,}"
    assert 0 < len(short.train) < len(first.train)
    assert max(map(len, short.train + short.test)) <= 12


def test_no_sign_is_in_held_out_molecules_alone(nci):
    seen = {sign for smiles in nci[0].train for sign in pieces(smiles)}
    assert {sign for smiles in nci[0].test for sign in pieces(smiles)} <= seen


def test_pieces_keep_an_atom_whole():
    assert pieces("ClC=[N+]c1Br") == ["Cl", "C", "=", "[N+]", "c", "1", "Br"]
