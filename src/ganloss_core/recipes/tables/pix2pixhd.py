"""pix2pixHD."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="pix2pixHD",
    paper="Wang et al. 2018, arXiv:1711.11585",
    source="NVIDIA/pix2pixHD, models/pix2pixHD_model.py, models/networks.py, options/train_options.py and train.py",
    loss="pix2pixhd/lsgan",
    discriminator={"adversarial": Term("adversarial")},
    generator={
        "adversarial": Term("adversarial"),
        "feature_matching": Term("feature_matching", (4.0, "lambda_feat")),
        "vgg": Term(
            "given",
            "lambda_feat",
            about="the sum over five layers of VGG-19 of the mean of |fake - real|, times 1/32, 1/16, 1/8, 1/4 and 1",
        ),
    },
    parameters={"lambda_feat": 10.0},
    observe={"first": "fake"},
    notes=(
        "the critic returns (logits, features), a list each: of two scales (num_D) the logits, and the maps before them",
        "it sees the label map, and edges of instances, beside the image: real_args and fake_args",
        "the losses of the scales are summed; D's has the factor 1/2",
        "feature matching: 4 / (n_layers_D + 1) for each of n_layers_D + 1 layers is 4 times their mean",
        "both losses come from the same forward passes: G steps, then D, without a new pass; --pool_size keeps no old fakes",
        "Adam, learning rate 0.0002, betas 0.5 and 0.999; 100 epochs, and 100 more in which the rate falls to 0",
    ),
)
