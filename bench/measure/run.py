"""Times bugbar and the comparison side by side: run.py [DIR [TIMES]].

Prints, for each task, the best of TIMES runs (default 3): seconds of the whole process, peak resident
memory, and seconds of the function itself, which for bugbar main.go beside this file reports. Data are made in DIR (default: a
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

# The task, its files and flags for "bugbar measure membership", and the tasks of compare.py beside it.
TASKS = [
    ("LiRA online, 50,000 x 128", "lira", ["lira.npz"], ["lira-vectorised", "lira-loop"]),
    ("LiRA online, all 128 targets", "lira-all", ["lira.npz", "--target=all"], []),
    ("ROC of 10,000,000 scores", "roc", ["ten-million-scores.npy", "ten-million-members.npy"], ["roc"]),
    (
        "TPR at 0.1 % of 100,000 scores", "bootstrap",
        ["hundred-thousand-scores.npy", "hundred-thousand-members.npy"], ["bootstrap"],
    ),
    ("RMIA, 50,000 x 10,000", "rmia", ["rmia.npz"], ["rmia"]),
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


def build(package, name):
    binary = os.path.join(tempfile.mkdtemp(), name)
    subprocess.run(["go", "build", "-o", binary, package], cwd=HERE, check=True)
    return binary


def main():
    bugbar, function = build("bugbar/cmd/bugbar", "bugbar"), build(".", "measure")
    if not os.path.exists(os.path.join(DIR, "rmia.npz")):
        subprocess.run([PYTHON, os.path.join(HERE, "data.py"), DIR], check=True)
    print("| task | by | process s | peak MiB | function s |")
    print("| --- | --- | ---: | ---: | ---: |")
    for name, task, arguments, others in TASKS:
        paths = [a if a.startswith("-") else os.path.join(DIR, a) for a in arguments]
        process = best([bugbar, "measure", "membership"] + paths)
        row(name, "bugbar", process[:2] + best([function, task, DIR])[2:])
        for other in others:
            row(name, "Python, " + other, best([PYTHON, os.path.join(HERE, "compare.py"), other, DIR]))


main()
