"""The book, built by `make docs`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

import links

project = "ganloss"
author = "the ganloss authors"
copyright = author
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.intersphinx",
    "sphinx_copybutton",
    "sphinx_design",
    "mathml",
    "layout",
    "links",
    "pages",
    "objectives",
    "explorer",
]
# What other pages include is no page itself, which a search would find.
exclude_patterns = ["_build", "_ext", "made"]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "ganloss"
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_math_renderer = "mathml"
# Much of the text is code that is not marked as such: options with two hyphens, names in quotes.
smartquotes = False
copybutton_prompt_text = "$ "
html_show_sphinx = False
html_copy_source = False

# Every name in a signature must be a link or be listed here.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(numpy|np)\.(typing\.)?\w+"),
    # What an annotation names but nobody writes.
    (
        "py:.*",
        r"ganloss_core\.(\w+\.)+(Calculus|Steps|Definition|DiscriminatorLoss|DiscriminatorTerms|GeneratorLoss|Reduce|Stateful|Var|Functions|Measured|Value|Point|Where|WordRunner)",
    ),
    # Sphinx cuts a signature at each comma where a default is made by a function.
    ("py:class", r"collections\.abc\.Mapping\[str|float \| str \| tuple\[float \| str"),
    ("py:.*", r"(mpmath|matplotlib)\..*|mpf"),
    ("py:.*", r"(\w+\.)*(A|E|F|T|P|R|Out|TypeVar|Self|Never|optional)"),
]
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

intersphinx_mapping = links.inventories(
    {
        "python": (
            "https://docs.python.org/3",
            {
                "class collections.abc.Callable": "library/collections.abc.html#collections.abc.Callable",
                "class collections.abc.Iterable": "library/collections.abc.html#collections.abc.Iterable",
                "class collections.abc.Iterator": "library/collections.abc.html#collections.abc.Iterator",
                "class collections.abc.Mapping": "library/collections.abc.html#collections.abc.Mapping",
                "class collections.abc.Sequence": "library/collections.abc.html#collections.abc.Sequence",
                "class contextlib.AbstractContextManager": "library/contextlib.html#contextlib.AbstractContextManager",
                "class pathlib.Path": "library/pathlib.html#pathlib.Path",
                "data typing.Any": "library/typing.html#typing.Any",
                "data typing.Literal": "library/typing.html#typing.Literal",
                "class typing.NamedTuple": "library/typing.html#typing.NamedTuple",
                "class typing.Protocol": "library/typing.html#typing.Protocol",
                "class typing.Generic": "library/typing.html#typing.Generic",
                "data None": "library/constants.html#None",
                **{f"class {name}": f"library/functions.html#{name}" for name in ("bool", "float", "int", "object")},
                **{f"class {name}": f"library/stdtypes.html#{name}" for name in ("dict", "list", "str", "tuple", "set")},
                "exception KeyError": "library/exceptions.html#KeyError",
                "exception TypeError": "library/exceptions.html#TypeError",
                "exception ValueError": "library/exceptions.html#ValueError",
            },
        ),
        "torch": (
            "https://docs.pytorch.org/docs/stable",
            {
                "class torch.Tensor": "tensors.html#torch.Tensor",
                "class torch.nn.Module": "generated/torch.nn.Module.html#torch.nn.Module",
                "function torch.compile": "generated/torch.compile.html#torch.compile",
                "function torch.autograd.grad": "generated/torch.autograd.grad.html#torch.autograd.grad",
                "class torch.nn.modules.module.Module": "generated/torch.nn.Module.html#torch.nn.Module",
                "class torch.optim.optimizer.Optimizer": "optim.html#torch.optim.Optimizer",
                "class torch.Generator": "generated/torch.Generator.html#torch.Generator",
            },
        ),
        "jax": (
            "https://docs.jax.dev/en/latest",
            {
                "class jax.jaxlib._jax.Array": "_autosummary/jax.Array.html#jax.Array",
                "class jax.Array": "_autosummary/jax.Array.html#jax.Array",
                "function jax.jit": "_autosummary/jax.jit.html#jax.jit",
                "function jax.grad": "_autosummary/jax.grad.html#jax.grad",
                "function jax.vmap": "_autosummary/jax.vmap.html#jax.vmap",
            },
        ),
        "numpy": (
            "https://numpy.org/doc/stable",
            {"class numpy.ndarray": "reference/generated/numpy.ndarray.html#numpy.ndarray"},
        ),
    },
    HERE / "_build" / "inventories",
)
