"""What stands in the page of each live network: the networks, the recipe and the strips."""

from dataclasses import dataclass
from functools import cache

from scipy.signal import firwin

from ecgbook.datasets import challenge_totals
from ecgbook.errors import BookInvalid
from ecgbook.publish.live.script import script
from ecgbook.publish.live.strips import Strip, simulated_strip, strip_content

__all__ = ["PAGES", "LivePage", "page_script", "strips_of"]

# The published filter of chapter 3, 3 to 45 Hz, as `ecgbook.datasets.beatgan_beats` has it.
_TAPS = firwin(109, (3, 45), pass_zero=False, fs=360).tolist()
_BEATS = {"N": "normal", "S": "supraventricular", "V": "ventricular"}
_BEATS |= {"F": "fusion", "Q": "paced or other"}
_RHYTHMS = {"N": "normal", "A": "atrial fibrillation", "O": "another rhythm", "~": "too noisy"}
_FIVE = {"NORM": "normal ECG", "MI": "myocardial infarction", "STTC": "ST or T changed"}
_FIVE |= {"CD": "conduction disturbance", "HYP": "hypertrophy"}


@dataclass(frozen=True)
class LivePage:
    """What one live figure consists of.

    Parameters
    ----------
    recipe : str
        The function of ``recipes.js`` that makes the input of the networks.
    models : dict of str to str
        Names of released networks, and what the page calls them.
    settings, words : dict
        What the recipe needs; what the classes are called.
    simulated : dict
        Options of all strips, for `simulated_strip`.
    strips : tuple of (str, str, dict)
        Title, condition and options of each strip.
    alt, caption : str
        What its still figure shows, and what the live one is for.
    """

    recipe: str
    models: dict
    settings: dict
    words: dict
    simulated: dict
    strips: tuple
    alt: str
    caption: str


_HOLTER = {"duration_s": 10, "recorded_hz": 360, "leads": ["MLII"]}

PAGES = {
    "anomaly": LivePage(
        "unlikeTemplate",
        {"madegan-usual": "MadeGAN"},
        {"taps": _TAPS},
        {},
        _HOLTER | {"fs": 360},
        (
            ("with a ventricular beat", "premature_ventricular", {"seed": 5}),
            ("normal", "normal", {"seed": 2}),
            ("with an early atrial beat", "premature_atrial", {"seed": 3}),
            ("left bundle branch block", "lbbb", {"seed": 1}),
        ),
        "Ten seconds of a simulated ECG with two broad, early beats.",
        "MadeGAN in this page: bend a beat and see what it makes of it, and the score.",
    ),
    "heartbeats": LivePage(
        "heartbeats",
        {
            "beat_resnet-heartbeats": "Learnt by patient (small ResNet)",
            "course_cnn-heartbeats": "Learnt by beat (course CNN)",
        },
        {},
        _BEATS,
        _HOLTER | {"fs": 125},
        (
            ("with a ventricular beat", "premature_ventricular", {"seed": 5}),
            ("normal", "normal", {"seed": 2}),
            ("with an early atrial beat", "premature_atrial", {"seed": 3}),
            ("left bundle branch block", "lbbb", {"seed": 1}),
            ("pacemaker", "paced", {"seed": 0}),
        ),
        "Ten seconds of a simulated ECG with two broad, early beats.",
        "Two networks in this page, one learnt by patient and one by beat: bend a beat and see "
        "what each calls it.",
    ),
    "rhythm": LivePage(
        "rhythm",
        {"rhythm_crnn-challenge2017": "small CRNN"},
        {},
        _RHYTHMS,
        {"duration_s": 30, "recorded_hz": 300, "leads": ["I"], "fs": 100},
        (
            ("normal", "normal", {"seed": 0}),
            ("atrial fibrillation", "atrial_fibrillation", {"seed": 0}),
            ("with early atrial beats", "premature_atrial", {"seed": 1}),
            ("blocked beats (Wenckebach)", "wenckebach", {"seed": 0}),
            ("much muscle noise", "normal", {"seed": 4, "noise": {"muscle_mv": 0.5}}),
        ),
        "Ten seconds of a simulated ECG of lead I, beats at even intervals.",
        "The network in this page: make a rhythm uneven, take its P waves away, add noise, and see "
        "what it says and where it attends.",
    ),
    "leads": LivePage(
        "leads",
        {"record_resnet-twelve-leads": "small ResNet"},
        {},
        _FIVE | challenge_totals()["words"].to_dict(),
        {"duration_s": 10, "recorded_hz": 500, "fs": 100},
        (
            ("normal", "normal", {"seed": 0}),
            ("inferior infarction", "inferior_st_elevation", {"seed": 0}),
            ("anterior infarction", "anterior_st_elevation", {"seed": 1}),
            ("left bundle branch block", "lbbb", {"seed": 1}),
            ("left ventricular hypertrophy", "lvh", {"seed": 0}),
            ("atrial fibrillation", "atrial_fibrillation", {"seed": 1}),
        ),
        "A simulated ECG of twelve leads in three rows of four, 2.5 s each.",
        "The network in this page: raise the ST segment over one wall of the heart and see what is "
        "called, and which leads speak for it.",
    ),
}


@cache
def strips_of(name) -> list[Strip]:
    """Return the strips of a live page, as a list of `Strip`."""
    page = page_of(name)
    return [
        simulated_strip(title, condition, **(page.simulated | options))
        for title, condition, options in page.strips
    ]


def page_of(name):
    """Return the `LivePage` of a name, or raise `BookInvalid`."""
    if name not in PAGES:
        raise BookInvalid(f"there is no live figure {name!r}; there are {', '.join(PAGES)}")
    return PAGES[name]


def page_script(name):
    """Return the text of the script that gives a page its strips and words."""
    page = page_of(name)
    content = {"name": name, "recipe": page.recipe, "models": list(page.models.items())}
    content |= {"settings": page.settings, "words": page.words}
    return script("addPage", content | {"strips": [strip_content(s) for s in strips_of(name)]})
