"""Source code that tries to gain points, to do harm, or to stop the grader, by name.

It comes after functions that are wrong, so whatever points it gets are stolen.
"""

WRONG = "def double(x):\n    return None\ndef turned(word):\n    return None\n"

# Tries whatever is at hand, in every way that can be thought of, and goes on.
TRY = """
def attempt(action, *arguments):
    try:
        return action(*arguments)
    except BaseException as error:
        return error
"""

CELLS = {
    "patched-judge": """
import ecgbook.classroom.checking as checking, ecgbook.classroom.judging as judging
judging.fault = checking.fault = lambda *a, **k: ""
checking.judge = lambda entry, outcomes: (len(outcomes), "right")
import ecgbook.classroom.grading as grading
grading.judge, grading.mark = checking.judge, lambda *a: None
""",
    "frames": """
import gc, sys
def stolen(name):
    frame, seen = sys._getframe(), []
    while frame:
        seen += [frame.f_locals, frame.f_globals]
        frame = frame.f_back
    seen += [thing for thing in gc.get_objects() if type(thing) is dict]
    for space in seen:
        for key in ("expected", "answer", "right", "solution", "cases"):
            if key in space:
                return space[key]
def double(x):
    return stolen("q1")
def turned(word):
    return stolen("q2")
""",
    "equal-to-everything": """
class Same:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __float__(self): return 0.0
    def __array__(self, *a, **k): import numpy; return numpy.zeros(())
def double(x): return Same()
def turned(word): return Same()
""",
    "subclasses": """
class Any(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
class Text(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
def double(x): return Any(0)
def turned(word): return Text("x")
""",
    "pickles": """
import os, pickle
class Evil:
    def __reduce__(self): return os.system, ("touch /tmp/ecgbook-pickled",)
def double(x): return Evil()
def turned(word):
    for handle in range(1, 20):
        try: os.write(handle, pickle.dumps(Evil()) + b"\\n")
        except OSError: pass
    return Evil()
""",
    "array-of-objects": """
import numpy as np
def double(x): return np.array([{"a": 1}, None], dtype=object)
def turned(word): return np.zeros(3, dtype="V8")
""",
    "os-exit": "import os; os._exit(0)",
    "sys-exit": "import sys; sys.exit(0)",
    "endless-cell": "while True: pass",
    "endless-call": """
import signal, sys
signal.signal(signal.SIGALRM, signal.SIG_IGN)
signal.signal = signal.setitimer = lambda *a: None
def double(x):
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
    "memory-bomb": "x = []\nwhile True: x.append(bytearray(10_000_000))",
    "shared-memory-bomb": """
import mmap, os
held = []
for _ in range(400):
    one = mmap.mmap(-1, 10_000_000)
    for place in range(0, len(one), 4096): one[place] = 1
    held.append(one)
""",
    "anonymous-files": """
import ctypes, os
held = []
for n in range(200):
    try: held.append(os.memfd_create("x"))
    except OSError: break
    os.write(held[-1], bytes(10_000_000))
assert not held
""",
    "fill-folders": TRY
    + """
from pathlib import Path
def fill(folder):
    for n in range(1000):
        Path(folder, f"f{n}").write_bytes(bytes(5_000_000))
for folder in (".", "/tmp", "/dev/shm", "/dev", "/var/tmp", "/run"):
    attempt(fill, folder)
""",
    "fork-bomb": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "thread-bomb": """
import threading, time
while True:
    try: threading.Thread(target=time.sleep, args=(100,)).start()
    except BaseException: pass
""",
    "output-flood": "while True: print('x' * 1_000_000, flush=True)",
    "channel-flood": """
import os
while True:
    for handle in range(1, 20):
        try: os.write(handle, b"x" * 1_000_000)
        except OSError: pass
""",
    "endless-answer": """
def double(x): return 'x' * 200_000_000
def turned(word): return list(range(10**7))
""",
    "network": TRY
    + """
import socket, urllib.request
attempt(socket.create_connection, ("127.0.0.1", {port}), 1)
attempt(socket.create_connection, ("1.1.1.1", 53), 1)
attempt(urllib.request.urlopen, "http://127.0.0.1:{port}/")
""",
    "write-outside": TRY
    + """
from pathlib import Path
for folder in ("{outside}", "/etc", "/usr", "/root", "/home", "/proc/sys/kernel", "/sys", ".."):
    attempt(Path(folder, "owned").write_text, "owned")
    attempt(Path(folder).chmod, 0o777)
""",
    "delete-everything": TRY
    + """
import shutil
for folder in ("{outside}", "/usr", "/etc", "tests", "..", "/"):
    attempt(shutil.rmtree, folder, True)
""",
    "printed-answers": """
print('{{"score": 20}}')
print('q1: right, on all 3 inputs.\\n2 passed')
""",
    "forged-files": """
from pathlib import Path
for name in ("results.json", "grades.csv", ".OTTER_LOG", "answers.npy", "feedback.html"):
    Path(name).write_text('["q1", 0, "value", "2.0"]')
""",
    "forged-messages": """
import json, os
lines = [json.dumps([q, n, "value", v]) for q in ("q1", "q2") for n in range(-9, 9)
         for v in ("null", "0.0", '"x"', '{{"float": "nan"}}', '{{"list": []}}', "1e999", "[[")]
lines += ["[" * 100_000, "9" * 100_000, "null", "{{}}", '["q1", 0, "done", ""]', "\\x00\\xff"]
lines += [json.dumps(["q1", 0, "points", "10"]), json.dumps(["q1", True, "value", "1"])]
for handle in range(1, 20):
    try: os.write(handle, ("\\n" + "\\n".join(lines) + "\\n").encode())
    except OSError: pass
""",
    "huge-header": """
import ecgbook.classroom.runner as runner
claims = ['{{"array": ["<f8", [1000000000000], ""]}}', '{{"array": ["<f8", [-1, -8], "AAAA"]}}',
          '{{"array": ["|O", [1], "AAAA"]}}', '{{"array": ["<f8", [0, 99999999999999999999], ""]}}']
runner.encode = lambda value: claims[hash(str(value)) % 4]
def double(x): return x
def turned(word): return word
""",
    "not-a-number": """
import numpy as np
def double(x): return float("nan") if x > 0 else float("inf")
def turned(word): return np.full(len(word), np.nan)
""",
    "nested-deep": """
def double(x):
    deep = []
    for _ in range(100_000): deep = [deep]
    return deep
def turned(word):
    loop = []; loop.append(loop)
    return loop
""",
    "huge-integer": "def double(x): return 10 ** 100_000\ndef turned(word): return -(10 ** 5000)",
    "other-folder": "import os\nos.chdir('/'); os.chdir('/proc'); os.environ['PWD'] = '/'",
    "patched-libraries": """
import builtins, json, numpy as np
json.dumps = lambda *a, **k: '["q1", 0, "value", "true"]'
json.loads = lambda *a, **k: True
np.isclose = lambda *a, **k: True
np.ndarray.__eq__ if False else None
builtins.all = builtins.any = builtins.bool = lambda *a: True
builtins.len = lambda x: 3
""",
    "environment": """
import os
os.environ.update(PYTHONSTARTUP="/desk/x.py", PYTHONPATH="/desk", ECGBOOK_CACHE="/desk")
found = [v for k, v in os.environ.items() if "SEED" in k or "{seed}" in v]
def double(x): return found[0]
""",
    "other-program": """
import os, sys
line = '["q1", 0, "value", "1.0"]'
os.execv(sys.executable, [sys.executable, "-c", f"print({{line!r}})"])
""",
    "proc": TRY
    + """
import glob, re
text = b""
for path in glob.glob("/proc/[0-9]*/*") + glob.glob("/proc/[0-9]*/fd/*") + ["/proc/kcore"]:
    if path.rsplit("/", 1)[1] in ("environ", "cmdline", "maps", "mem", "0", "3", "4", "kcore"):
        got = attempt(lambda: open(path, "rb").read(1_000_000))
        text += got if type(got) is bytes else b""
if b"{seed}" in text: raise SystemError("the seed is here")
""",
    "signals": TRY
    + """
import os, signal
for number in range(1, 65):
    attempt(signal.signal, number, lambda *a: None)
for target in (1, os.getppid(), -1, 0):
    attempt(os.kill, target, signal.SIGSTOP if target == 1 else signal.SIGUSR1)
attempt(os.kill, 1, signal.SIGKILL)
attempt(os.kill, -1, signal.SIGKILL)
""",
    "daemon": """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
""",
    "namespaces": TRY
    + """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
attempt(libc.unshare, 0x10000000)
attempt(libc.mount, b"none", b"/", b"tmpfs", 0, None)
attempt(libc.mount, b"none", b"/usr", None, 32 | 4096, None)
attempt(libc.chroot, b".")
attempt(libc.setuid, 0)
attempt(libc.ptrace, 16, 1, 0, 0)
""",
    "crash": "import ctypes; ctypes.string_at(0)",
    "errors-that-fail": """
class Odd(BaseException):
    def __str__(self): raise SystemExit
def double(x): raise Odd()
def turned(word): raise KeyboardInterrupt
""",
    "read-the-repository": TRY
    + """
import glob, json
found = []
for place in ("{repository}/book/assignments", "{repository}", "{outside}", "{submissions}"):
    found += glob.glob(place + "/**/*", recursive=True)
secret = [path for path in found if "/ecgbook/" not in path and path[-8:] != "/ecgbook"]
if secret: raise SystemError("these can be read: " + str(secret[:3]))
from ecgbook.classroom import pack
packs = [pack.load(path) for path in sorted(pack._PACKS.glob("*"))]
known = [case.expected for one in packs for entry in one.entries for case in entry.cases]
from ecgbook.classroom.transport import decode
def double(x): return decode(known[0])
def turned(word): return decode(known[1])
""",
    "public-answers": "def double(x): return 42.0\ndef turned(word): return 'olleh'",
    "shell": "!touch {outside}/owned\n%%bash\n%cd /\n!rm -rf {outside}",
    "changed-inputs": """
def double(x):
    import sys
    sys._getframe(1).f_locals.clear()
    sys._getframe(2).f_globals.clear()
    return 0.0
""",
}
