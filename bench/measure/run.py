"""Times bugbar and the comparison side by side: run.py [DIR [TIMES]].

Prints, for each task, the best of TIMES runs (default 3): seconds of the whole process, peak resident
memory, and seconds of the function itself where both report it. Data are made in DIR (default: a
directory "bugbar-bench-measure" among the temporary files) on the first run. Needs Go and Debian's
python3-numpy, python3-scipy and python3-sklearn.
"""
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DIR = sys.argv[1] if len(sys.argv) > 1 else os.path.join(tempfile.gettempdir(), "bugbar-bench-measure")
TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 3
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")

PAIRS = [
    ("LiRA online, 50,000 x 128, vectorised", "lira", "lira-vectorised"),
    ("LiRA online, 50,000 x 128, loop", "lira", "lira-loop"),
    ("LiRA online, all 128 targets", "lira-all", None),
    ("ROC of 10,000,000 scores", "roc", "roc"),
    ("TPR at 0.1 % of 100,000 scores", "bootstrap", "bootstrap"),
    ("RMIA, 50,000 x 10,000", "rmia", "rmia"),
]


def once(command):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit("%s ended with status %d" % (" ".join(command), status))
    inner = [float(line.split()[1]) for line in output.splitlines() if line.startswith("inner:")]
    return time.perf_counter() - start, usage.ru_maxrss / 1024, inner[0] if inner else None


def best(command):
    runs = [once(command) for _ in range(TIMES)]
    inner = [run[2] for run in runs if run[2] is not None]
    return min(run[0] for run in runs), max(run[1] for run in runs), min(inner) if inner else None


def row(name, who, result):
    seconds, memory, inner = result
    print("| %s | %s | %.3f | %.0f | %s |" % (name, who, seconds, memory, "" if inner is None else "%.4f" % inner))


def main():
    binary = os.path.join(tempfile.mkdtemp(), "measure")
    subprocess.run(["go", "build", "-o", binary, "."], cwd=HERE, check=True)
    if not os.path.exists(os.path.join(DIR, "rmia.npz")):
        subprocess.run([PYTHON, os.path.join(HERE, "data.py"), DIR], check=True)
    print("| task | by | process s | peak MiB | function s |")
    print("| --- | --- | ---: | ---: | ---: |")
    for name, ours, theirs in PAIRS:
        row(name, "bugbar", best([binary, ours, DIR]))
        if theirs:
            row(name, "Python", best([PYTHON, os.path.join(HERE, "compare.py"), theirs, DIR]))


main()
