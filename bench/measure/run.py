#!/usr/bin/env python3
"""Times bugbar and the comparison side by side: run.py [DIR [TIMES]].

Prints, for each task, the best of TIMES rounds (default 3) in which both take turns: seconds of the
whole process and how many times bugbar's they are, processor time, peak resident memory, and seconds of
the function itself, which for bugbar main.go beside this file reports. Data are made in DIR
(default: a directory "bugbar-bench-measure" among the temporary files) on the first run. Needs Go and
Debian's python3-numpy, python3-scipy and python3-sklearn.
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
    """Seconds of the process, seconds of processor time, peak MiB, and seconds of the function or None."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit("%s ended with status %d" % (" ".join(command), status))
    seconds = time.perf_counter() - start
    inner = [float(line.split()[1]) for line in output.splitlines() if line.startswith("inner:")]
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, inner[0] if inner else None


def best(commands):
    """The best of each command's runs; the commands take turns, so that all see the same machine."""
    rounds = [[once(command) for command in commands] for _ in range(TIMES)]
    for runs in zip(*rounds):
        seconds, processor, memory, inner = zip(*runs)
        yield min(seconds), min(processor), max(memory), None if None in inner else min(inner)


def row(name, who, result, ours):
    seconds, processor, memory, inner = result
    cells = [name, who, "%.2f" % seconds, ratio(seconds, ours[0]), "%.2f" % processor, "%.0f" % memory]
    cells += ["" if inner is None else "%.4f" % inner, ratio(inner, ours[3])]
    print("| " + " | ".join(cells) + " |", flush=True)


def ratio(theirs, ours):
    return "" if theirs is None or ours is None else "%.1f" % (theirs / ours)


def build(package, name, directory):
    binary = os.path.join(tempfile.mkdtemp(), name)
    subprocess.run(["go", "build", "-o", binary, package], cwd=directory, check=True)
    return binary


def check_python():
    needs = ("numpy", "scipy", "sklearn")
    if subprocess.run([PYTHON, "-c", "import " + ", ".join(needs)], stderr=subprocess.DEVNULL).returncode != 0:
        packages = " ".join("python3-" + name for name in needs)
        sys.exit("%s lacks NumPy, SciPy or scikit-learn: apt-get install %s, or name another one in PYTHON" % (PYTHON, packages))


def main():
    check_python()
    bugbar, function = build("./cmd/bugbar", "bugbar", os.path.join(HERE, "..", "..")), build(".", "measure", HERE)
    if not os.path.exists(os.path.join(DIR, "rmia.npz")):
        subprocess.run([PYTHON, os.path.join(HERE, "data.py"), DIR], check=True)
    print("| task | by | process s | × bugbar | CPU s | peak MiB | function s | × bugbar |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, task, arguments, others in TASKS:
        paths = [a if a.startswith("-") else os.path.join(DIR, a) for a in arguments]
        commands = [[bugbar, "measure", "membership"] + paths, [function, task, DIR]]
        commands += [[PYTHON, os.path.join(HERE, "compare.py"), other, DIR] for other in others]
        process, inner, *theirs = best(commands)
        ours = process[:3] + inner[3:]
        row(name, "bugbar", ours, ours)
        for other, result in zip(others, theirs):
            row(name, "Python, " + other, result, ours)


main()
