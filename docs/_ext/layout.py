"""What is changed as a page is written: jumps to its sections, places where a long name may break, no empty heads of tables."""

import re

LEAST = 3
"""A page of fewer sections needs no list of them."""


def jumps(body):
    """A page with links to its sections below its title; the style sheet hides them where the contents are beside the text."""
    sections = re.findall(r'<section id="([^"]*)">\n(?:<span[^>]*></span>)*<h2>(.*?)<a class="headerlink"', body)
    if len(sections) < LEAST:
        return body
    links = " ".join(f'<a href="#{anchor}">{re.sub("</?a[^>]*>", "", title)}</a>' for anchor, title in sections)
    return body.replace("</h1>", f'</h1>\n<nav class="jumps" aria-label="On this page">{links}</nav>', 1)


def breaks(body):
    """A page whose titles and code may break after an underscore, a slash or a full stop within a name, but not within `--`."""

    def text(found):
        return re.sub(r"(?<=\w)([_/]|\.(?=[a-z]))(?=\w)", r"\1<wbr>", found[0])

    body = body.replace('<span class="pre">--', '<span class="pre option">--')
    return re.sub(
        r'<h1>.*?<a class="headerlink"|<span class="pre[^"]*">[^<]*', lambda name: re.sub(r">[^<]*", text, name[0]), body
    )


def headed(body):
    """A page without the heads of tables in which nothing is written."""
    return re.sub(
        r"<thead>.*?</thead>", lambda head: head[0] if re.sub(r"<[^>]*>|\s", "", head[0]) else "", body, flags=re.DOTALL
    )


def added(app, pagename, templatename, context, doctree):
    if doctree is not None:
        context["body"] = headed(breaks(jumps(context["body"])))


def bare(app, pagename, templatename, context, doctree):
    # In a draft the front page alone has the navigation, which is the same on all others.
    if app.config.draft and pagename != app.config.root_doc:
        context["toctree"] = lambda **_: ""


def setup(app):
    app.connect("html-page-context", added)
    app.connect("html-page-context", bare, priority=400)  # before the theme
    return {"parallel_read_safe": True, "parallel_write_safe": True}
