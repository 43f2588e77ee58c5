"""Losses that are one another: what tests prove of values and gradients."""

HERE = "tests/test_identities.py::"

IDENTITIES = (
    # A loss, where, another loss, in what way, and the test.
    ("minimax", "D", "logistic", "D of", HERE + "test_one_discriminator_and_two_generators"),
    ("hinge2", "D", "hinge", "D of", HERE + "test_one_discriminator_and_two_generators"),
    ("bgan", "D", "logistic", "D of", HERE + "test_one_discriminator_and_two_generators"),
    ("alpha_gan", "`alpha_d=1`, `alpha_g=1`", "logistic", "", HERE + "test_limits"),
    ("fgan_jensen_shannon", "always", "logistic", "up to a constant (2 log 2 in D, log 2 in G)",
     HERE + "test_moved_by_a_constant"),
    ("bco_pair", "`beta=1`", "logistic", "", HERE + "test_limits"),
    ("bnre", "`strength=0`, D", "logistic", "D of", HERE + "test_a_balance_without_strength"),
    ("sppo_hard", "`beta=0.5`", "lsgan", "with `fake_label=-1`,", HERE + "test_limits"),
    ("huber", "`delta` without bound", "lsgan", "half of", HERE + "test_limits"),
    ("kl_wgan", "`temperature` without bound", "hinge", "", HERE + "test_limits"),
    ("hkr", "`alpha=0`", "wasserstein", "", HERE + "test_limits"),
    ("fisher", "`rho=0`", "wasserstein", "", HERE + "test_limits"),
    ("dpo", "`beta=1`", "relativistic_paired_logistic", "", HERE + "test_rpgan_is_bradley_terry_is_dpo"),
    ("dpo_robust", "`label_smoothing=0`", "dpo", "", HERE + "test_limits"),
    ("aot_pair", "sorted scores, D", "dpo", "D of", HERE + "test_sorted_scores_of_sorted_sides_are_pairs"),
    ("slic", "`beta=1`", "relativistic_paired_hinge", "", HERE + "test_limits"),
    ("ipo", "`beta=0.5`", "relativistic_paired_lsgan", "", HERE + "test_limits"),
    ("relativistic_all_pairs_logistic", "one pair", "relativistic_paired_logistic", "", HERE + "test_of_one_pair"),
    ("relativistic_all_pairs_lsgan", "one pair", "relativistic_paired_lsgan", "", HERE + "test_of_one_pair"),
    ("relativistic_all_pairs_hinge", "one pair", "relativistic_paired_hinge", "", HERE + "test_of_one_pair"),
    ("relativistic_average_logistic", "one pair", "relativistic_paired_logistic", "twice", HERE + "test_of_one_pair"),
    ("relativistic_average_lsgan", "one pair", "relativistic_paired_lsgan", "twice", HERE + "test_of_one_pair"),
    ("relativistic_average_hinge", "one pair", "relativistic_paired_hinge", "twice", HERE + "test_of_one_pair"),
    ("dual_contrastive", "one pair", "relativistic_paired_logistic", "twice", HERE + "test_of_one_pair"),
    ("contrastive", "one pair", "relativistic_paired_logistic", "", HERE + "test_of_one_pair"),
    ("softmax_gan", "one pair, D", "relativistic_paired_logistic", "D of", HERE + "test_one_pair_in_one_softmax"),
    ("contrastive", "always", "dual_contrastive", "the first half of", HERE + "test_dual_contrastive_is_contrastive_both_ways"),
    ("nre_b", "the same fakes in each row, D", "contrastive", "D of",
     HERE + "test_infonce_over_the_same_fakes_is_one_side_of_dual_contrastive"),
    ("tuba", "`log_baseline=1`, D", "fgan_kl", "D of", HERE + "test_nwj_is_the_f_gan_of_kl"),
    ("fgan_jeffreys", "D", "fgan_kl", "the sum of D of `fgan_reverse_kl` and, for logits plus 1, D of",
     HERE + "test_jeffreys_is_both_directions_of_kl"),
    ("cramer_gan", "G", "energy_distance", "for fakes, G of the unbiased", HERE + "test_the_generator_of_cramer_gan"),
)  # fmt: skip


def of(name):
    """The identities that a loss is in."""
    return [each for each in IDENTITIES if name in (each[0], each[2]) or f"`{name}`" in each[3]]
