"""The Markdown of the chapters, a line of it, as HTML that needs nothing of the book."""

import re
from html import escape, unescape

__all__ = ["html", "readable", "tex"]

_TOKEN = re.compile(
    r"\\(?P<escaped>[\\`*_$\[\]{}])"
    r"|\{(?P<role>[\w:-]+)\}`(?P<named>[^`]*)`"
    r"|`(?P<code>[^`]*)`"
    r"|\$(?P<math>[^$]+)\$"
    r"|!?\[(?P<link>[^\]]*)\]\([^)]*\)"
)
_TARGET = re.compile(r"\s*<[^>]*>\s*$")
_KEY = re.compile(r"([a-z]+)(\d{4})\w*")
_SIGNS = dict(
    [
        *(("times", "×"), ("cdot", "·"), ("pm", "±"), ("to", "→"), ("le", "≤"), ("ge", "≥")),
        *(("leq", "≤"), ("geq", "≥"), ("neq", "≠"), ("approx", "≈"), ("sim", "~"), ("in", "∈")),
        *(("sum", "∑"), ("prod", "∏"), ("int", "∫"), ("partial", "∂"), ("infty", "∞")),
        *(("sqrt", "√"), ("odot", "⊙"), ("mid", "|"), ("ldots", "…"), ("dots", "…")),
        *(("alpha", "α"), ("beta", "β"), ("gamma", "γ"), ("delta", "δ"), ("epsilon", "ε")),
        *(("theta", "θ"), ("lambda", "λ"), ("mu", "µ"), ("pi", "π"), ("rho", "ρ")),
        *(("sigma", "σ"), ("tau", "τ"), ("phi", "φ"), ("varphi", "φ"), ("omega", "ω")),
    ]
)
_ABOVE = {"hat": "\N{COMBINING CIRCUMFLEX ACCENT}", "bar": "\N{COMBINING MACRON}"}


def tex(formula):
    r"""Return a formula as ``\(…\)``, which the pages of Moodle and Canvas typeset."""
    return rf"\({escape(formula, quote=False)}\)"


def readable(formula):
    """Return a short formula in letters and signs alone, for a page that typesets nothing."""
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", formula)
    text = re.sub(r"\\(hat|bar)\s*\{?(\w)\}?", lambda hit: hit[2] + _ABOVE[hit[1]], text)
    text = re.sub(r"\\(?:text|mathrm|mathbf)\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda hit: _SIGNS.get(hit[1], hit[1]), text)
    text = escape(re.sub(r"\\[,;:! ]", " ", text), quote=False)
    for mark, tag in (("_", "sub"), ("\\^", "sup")):
        text = re.sub(rf"{mark}(?:\{{([^{{}}]*)\}}|(\w))", rf"<{tag}>\1\2</{tag}>", text)
    return f"<em>{re.sub(r'[{}]', '', text)}</em>"


def html(text, formula=readable):
    r"""Return a line or sentence of Markdown as HTML without links, roles and line ends.

    Parameters
    ----------
    text : str
        Markdown of the book. A role such as ``{term}`beats <beat>``` becomes its word, a link its
        text, a citation author and year.
    formula : function
        Makes HTML of the source between two ``$``: `readable`, or `tex` for ``\(…\)``.

    Returns
    -------
    str
        Text with ``<strong>``, ``<em>`` and ``<code>`` at the most; what is special in HTML is
        escaped.
    """
    kept = []

    def keep(token):
        kept.append(_shown(token, formula))
        return f"\0{len(kept) - 1}\0"

    plain = _TOKEN.sub(keep, " ".join(text.replace("\0", "").split()))
    plain = escape(unescape(plain), quote=False)
    plain = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", plain)
    plain = re.sub(r"(?<!\w)\*(\S(?:.*?\S)?)\*(?!\w)", r"<em>\1</em>", plain)
    return re.sub(r"\0(\d+)\0", lambda hit: kept[int(hit[1])], plain)


def _shown(token, formula):
    """Return the HTML of what is no plain text: code, a formula, a role, a link."""
    found = token.groupdict()
    if found["role"] is not None:
        return _role(found["role"], found["named"])
    if found["code"] is not None:
        return f"<code>{escape(found['code'], quote=False)}</code>"
    if found["math"] is not None:
        return formula(found["math"])
    if found["link"] is not None:
        return html(found["link"], formula)
    return escape(found["escaped"], quote=False)


def _role(role, named):
    if role.startswith("cite"):
        keys = [_KEY.sub(lambda key: f"{key[1].title()} {key[2]}", key) for key in named.split(",")]
        words = ", ".join(key.strip() for key in keys)
        return escape(words if role == "cite:t" else f"[{words}]", quote=False)
    return escape(_TARGET.sub("", named), quote=False)
