"""Every name of a recipe, for editors to complete. A test holds it equal to the tables."""

from __future__ import annotations

from typing import Literal

# fmt: off
RecipeName = Literal[
    "afm", "amp", "apt", "biggan", "bigvgan", "cyclegan", "dac", "dmd2", "dragan", "encodec", "esrgan", "gat",
    "gigagan", "hifigan", "llamagen", "lsgan", "magvit", "oasis", "pix2pix", "pix2pixhd", "projected_gan", "r3gan",
    "realesrgan", "sagan", "sngan", "spade", "stylegan2", "stylegan2_ada", "stylegan3", "stylegan_t", "vocos", "vqgan",
    "wgan_gp",
]
