"""Invented names: in their parts, many, and from the generator they are given."""

import re

import numpy as np

from covers_lib.synthetic.wording import band_and_title, imprint


def test_names_are_many_and_repeat_with_their_seed():
    made = [band_and_title(np.random.default_rng(seed)) for seed in range(400)]
    assert len(set(made)) > 390
    assert made[5] == band_and_title(np.random.default_rng(5))
    assert all("–" not in part and "{" not in part and part for pair in made for part in pair)


def test_a_number_in_a_catalogue_begins_with_its_label():
    for seed in range(40):
        label, number = imprint(np.random.default_rng(seed))
        assert re.fullmatch(r"[A-Z]{2,3} \d{3,4}", number)
        assert number[0] == label[0]
