"""The commands about recipes, as a user types them."""

import json

import numpy as np
import pytest

from cases import each
from command import run
from ganloss_core import recipes
from ganloss_core.command.printed import twins_as_dicts
from ganloss_core.twin import Divergence, Twin


def test_the_list_has_every_recipe():
    lines = run("recipes", columns=None).output.splitlines()
    assert [line.split("\t")[0] for line in lines] == recipes.names()
    assert ["afm", "afm/afm + r1 + r2 + cp", "afm/afm + ot", "Lin et al. 2025, arXiv:2511.22475"] == lines[0].split("\t")
    wide = run("recipes", columns="80").output.splitlines()
    assert max(map(len, wide)) <= 80
    assert {line.split(" ")[0] for line in wide} >= set(recipes.names())
    listed = json.loads(run("recipes", "--json").stdout)
    assert [each["name"] for each in listed] == recipes.names()


@each("name", recipes.names())
def test_every_recipe_is_shown(name):
    table = recipes.recipe(name)
    result = run("recipes", "show", name, columns="80")
    assert result.exit_code == 0, result.output
    assert max(map(len, result.output.splitlines())) <= 80
    assert "…" not in result.output
    piped = run("recipes", "show", name, columns=None)
    title, *lines = [line.split("\t") for line in piped.output.splitlines()]
    assert title == [table.title]
    # A row for each term, and each number with its name.
    rows = [list(row) for row in recipes.rows(table)]
    assert lines[: len(rows)] == rows
    said = dict(line for line in lines[len(rows) + 1 :])
    assert said["paper"] == table.paper
    assert all(f"{parameter}={value}" in said["parameters"] for parameter, value in table.parameters.items())
    assert all(note in said["outside of it"] for note in table.notes)
    told = json.loads(run("recipes", "show", name, "--json").stdout)
    assert (told["name"], told["parameters"]) == (name, table.parameters)
    assert list(told["generator"]) == list(table.generator)


def test_a_recipe_of_another_spelling():
    assert run("recipes", "show", "StyleGAN2-ADA").output == run("recipes", "show", "stylegan2_ada").output


def test_what_a_term_says():
    (row,) = [line for line in run("recipes", "show", "stylegan2", columns=None).output.splitlines() if "\tr1\t" in line]
    assert row.split("\t") == [
        "D",
        "r1",
        "r1_gamma = 10.0",
        "r1",
        "every d_reg_interval = 16 steps, multiplied by this number; an optimiser step of its own",
    ]
    of_vqgan = run("recipes", "show", "vqgan", columns=None).output
    assert "disc_weight = 0.8 times disc_factor = 1.0, times adaptive_weight to pixel + perceptual" in of_vqgan
    assert "generator(critic, ...)\tfake, pixel, perceptual, last_layer, codebook" in of_vqgan


def test_diff_says_what_differs():
    told = json.loads(run("recipes", "diff", "hifigan", "bigvgan", "--json").stdout)
    assert told["recipes"] == ["hifigan", "bigvgan"]
    assert told["rows"]["G mel"] == [
        "lambda_mel = 45.0; given: the mean of |log mel spectrogram of real - that of fake|",
        "lambda_melloss = 15.0; given: the distance of mel spectrograms of several scales",
    ]
    # What is alike is left out, and a term that one has not is empty.
    told = json.loads(run("recipes", "diff", "stylegan2", "stylegan2_ada", "--json").stdout)["rows"]
    assert "G path_length" not in told
    assert told["D r1"][1].startswith("r1_gamma = 1.0; ")
    assert told["D augmentation"][0] == ""
    assert told["keeps a state"] == ["path_length", "augmentation, path_length"]
    result = run("recipes", "diff", "stylegan2", "stylegan2_ada", columns="80")
    assert max(map(len, result.output.splitlines())) <= 80
    assert result.output.split()[:2] == ["StyleGAN2", "StyleGAN2-ADA"]
    assert run("recipes", "diff", "r3gan", "R3GAN").output == "They are the same.\n"


def test_twin_of_a_recipe():
    result = run("twin", "--recipe", "R3GAN", "--steps", "2", "--json")
    assert result.exit_code == 0, result.output
    (told,) = json.loads(result.stdout)
    assert (told["loss"], told["ok"]) == ("R3GAN", True)
    assert np.shape(told["losses"]["JAX"]) == (2, 2)
    assert [each["what"] for each in told["apart"]] == ["losses", "parameters"]
    assert all(each["apart"] <= each["explained"] for each in told["apart"])


def test_json_of_a_twin_that_diverges():
    parted = Divergence("losses", np.array([0.0, np.nan]), np.array([1.0, np.inf]))
    (told,) = twins_as_dicts([Twin("mine", "float64", {"JAX": np.array([[1.0, np.nan]])}, {}, (parted, parted))])
    assert told["losses"] == {"JAX": [[1.0, None]]}
    assert told["apart"][0] == {"what": "losses", "step": 1, "apart": None, "explained": None}
    json.dumps(told, allow_nan=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["recipes", "show", "r4gan"], "unknown recipe 'r4gan': did you mean 'r3gan'"),
        (["recipes", "show", "[/x]"], "unknown recipe '[/x]': there are afm, amp,"),
        (["recipes", "diff", "r3gan", "vqgam"], "unknown recipe 'vqgam': did you mean 'vqgan'?"),
        (["twin", "--recipe", "encodek"], "unknown recipe 'encodek': did you mean 'encodec'?"),
        (["twin", "--recipe", "gigagan"], "the twin has no mismatched_args, which GigaGAN needs"),
    ],
)
def test_what_is_wrong(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")
