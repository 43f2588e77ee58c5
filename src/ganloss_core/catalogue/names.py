"""Every name and alias of the catalogue, for editors to complete. A test holds it equal to the registry."""

from __future__ import annotations

from typing import Literal

# fmt: off
Name = Literal[
    "acgan", "alpha_d_alpha_g_gan", "alpha_gan", "aot_pair", "apo_down", "apo_zero", "auxiliary_classifier", "bce",
    "bco", "bco_pair", "bgan", "bnre", "boundary_seeking", "bradley_terry", "contragan", "contragan_2c", "contrastive",
    "cramer_distance", "cramer_gan", "crammer_singer", "cross_entropy", "d2d_ce", "dcgan", "discopop", "donsker_varadhan",
    "dpo", "dpo_robust", "dual_contrastive", "dv", "ebgan", "energy_based", "energy_distance", "exo", "exo_pair", "f_wgan",
    "fgan_alpha", "fgan_alpha_divergence", "fgan_hellinger", "fgan_jeffreys", "fgan_jensen_shannon", "fgan_js", "fgan_kl",
    "fgan_kullback_leibler", "fgan_neyman", "fgan_neyman_chi2", "fgan_pearson", "fgan_pearson_chi2", "fgan_reverse_kl",
    "fgan_rkl", "fgan_squared_hellinger", "fgan_total_variation", "fgan_tv", "fisher", "fisher_gan", "gan", "geometric",
    "hinge", "hinge2", "hinge_kantorovich_rubinstein", "hinge_linear", "hinge_nonsaturating", "hkr", "huber", "infonce",
    "ipo", "kl_wasserstein", "kl_wgan", "l1", "least_squares", "logistic", "ls", "lsgan", "magan",
    "margin_disparity_discrepancy", "mdd", "minimax", "mmd_gan", "mmd_gaussian", "mmd_rational_quadratic", "mmd_rbf",
    "mmd_rep", "mmd_repulsive", "mmd_rq", "mmgan", "mse", "multi_hinge", "n_plus_1_cross_entropy", "nca", "nca_pair",
    "non_saturated", "non_saturating", "nplus1_ce", "nre_b", "nre_c", "nre_contrastive", "ns", "nsgan", "nwj", "oasis",
    "ragan", "rahinge", "rahingegan", "ralsgan", "ralsgan_unbiased", "rasgan", "rcgan", "rchinge", "rclsgan",
    "rclsgan_unbiased", "rcsgan", "reacgan", "realness", "realness_gan", "relativistic_all_pairs_hinge",
    "relativistic_all_pairs_logistic", "relativistic_all_pairs_lsgan", "relativistic_average_hinge",
    "relativistic_average_logistic", "relativistic_average_lsgan", "relativistic_average_lsgan_unbiased",
    "relativistic_centered_hinge", "relativistic_centered_logistic", "relativistic_centered_lsgan",
    "relativistic_centered_lsgan_unbiased", "relativistic_paired_hinge", "relativistic_paired_logistic",
    "relativistic_paired_lsgan", "robust_dpo", "rpgan", "rpgan_mvue", "rphinge", "rphinge_mvue", "rplsgan", "rplsgan_mvue",
    "rpsgan", "rpsgan_mvue", "rsgan", "saturating", "sgan", "slic", "smile", "softmax", "softmax_gan", "softplus", "sppo",
    "sppo_hard", "tprls", "tuba", "tunable_alpha", "two_c", "vanilla", "w", "wasserstein", "wgan", "wgan_logistic_ns",
    "wgan_softplus",
]
