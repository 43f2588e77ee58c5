"""Drop-in replacements of other codebases' loss functions, one module each; none needs the codebase installed.

Their names, arguments and numbers are the codebase's, its quirks included; the losses are those of `ganloss_core.dialects`.
"""
