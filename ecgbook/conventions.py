"""Facts of the field, each of them once: symbols and classes, leads, units, who is whom."""

__all__ = [
    "AAMI_CLASSES",
    "AAMI_SYMBOLS",
    "BEATGAN_SYMBOLS",
    "BEAT_SYMBOLS",
    "DS1",
    "DS1_VALID",
    "DS2",
    "MILLIVOLTS",
    "PACED",
    "RHYTHMS",
    "SAME_PATIENT",
    "TWELVE_LEADS",
]

TWELVE_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")

# How many mV one of each unit is.
MILLIVOLTS = {"mV": 1.0, "uV": 1e-3, "µV": 1e-3, "μV": 1e-3, "nV": 1e-6, "V": 1e3}

# The beat codes of the WFDB annotation table; every other code marks rhythm, noise or waves.
BEAT_SYMBOLS = frozenset("NLRBAaJSVrFejnE/fQ?")

# The five classes of ANSI/AAMI EC57.
AAMI_CLASSES = ("N", "S", "V", "F", "Q")

# De Chazal et al. (2004), Table I, and most papers after it: the escape beats e and j count as N.
# WFDB's own EC57 program (bxb) counts n, e and j as S.
AAMI_SYMBOLS = {"N": "NLRej", "S": "AaJS", "V": "VE", "F": "F", "Q": "/fQ"}

# BeatGAN and MadeGAN count the escape beats as S.
BEATGAN_SYMBOLS = {"N": "NLR", "S": "aJASje", "V": "VE", "F": "F", "Q": "/fQ"}

# What the rhythm marks of MIT-BIH stand for, without their "(".
RHYTHMS = {
    "AB": "atrial bigeminy",
    "AFIB": "atrial fibrillation",
    "AFL": "atrial flutter",
    "B": "ventricular bigeminy",
    "BII": "second-degree block",
    "IVR": "idioventricular rhythm",
    "N": "sinus rhythm",
    "NOD": "junctional rhythm",
    "P": "paced rhythm",
    "PREX": "pre-excitation",
    "SBR": "sinus bradycardia",
    "SVTA": "supraventricular tachyarrhythmia",
    "T": "ventricular trigeminy",
    "VFL": "ventricular flutter",
    "VT": "ventricular tachycardia",
}

# MIT-BIH: EC57 leaves out the records of patients with a pacemaker.
PACED = ("102", "104", "107", "217")

# MIT-BIH: records 201 and 202 come from one tape of one man, named after the first.
SAME_PATIENT = {"202": "201"}

# De Chazal et al. (2004), Table II: 22 records each, balanced in rhythm and morphology.
DS1 = tuple(
    "101 106 108 109 112 114 115 116 118 119 122 124 "
    "201 203 205 207 208 209 215 220 223 230".split()
)
DS2 = tuple(
    "100 103 105 111 113 117 121 123 200 202 210 212 "
    "213 214 219 221 222 228 231 232 233 234".split()
)

# The DS1 records set aside to choose epochs and thresholds: all five classes on both sides.
DS1_VALID = ("114", "203", "223")
