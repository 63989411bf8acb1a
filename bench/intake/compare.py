"""Measures how fast a garak report is grouped: bugbar beside Python's json, jq and DuckDB.

    python3 bench/intake/compare.py [--bytes 1e9] [--rounds 3]

Run from the repository's root. Every rival is a whole process that reads the same file and prints the
same groups; what they print is compared. Rounds go through all rivals in turn, so that a busy machine
is busy for all of them. A rival that is not installed is named and left out. DuckDB comes from the npm
package @duckdb/node-api; DUCKDB_MODULES names the folder in which it was installed.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent


def measure(command, env=None):
    """Runs a command; returns its output, wall seconds, seconds of all cores together, and peak memory in MiB."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        out.seek(0)
        if status != 0:
            sys.exit(f"{command[0]}: {process.stderr.read().decode()}")
        return out.read().decode(), seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def bugbar_groups(text):
    rows = ((f["method"], f["judge"], f["successes"], f["trials"]) for f in json.loads(text)["findings"])
    return sorted(" ".join(map(str, row)) for row in rows)


def plain_groups(text):
    return sorted(text.split("\n"))[1:]


def rivals(work, report):
    modules = os.environ.get("DUCKDB_MODULES", str(HERE))
    found = {"bugbar": ([str(work / "bugbar"), "import", "--dry-run", "--format", "json", report], bugbar_groups)}
    found["python json"] = ([sys.executable, str(HERE / "group.py"), report], plain_groups)
    if shutil.which("jq"):
        found["jq"] = (["jq", "-nrf", str(HERE / "group.jq"), report], plain_groups)
    if shutil.which("node") and (pathlib.Path(modules) / "node_modules/@duckdb/node-api").exists():
        found["duckdb"] = (["node", str(HERE / "group.mjs"), report], plain_groups)
    for name in ("jq", "duckdb"):
        if name not in found:
            print(f"{name}: not installed, left out")
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--bytes", default="1e9")
    options.add_argument("--rounds", type=int, default=3)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        report = str(work / "big.report.jsonl")
        subprocess.run(["go", "build", "-o", str(work / "bugbar"), "./cmd/bugbar"], check=True)
        with open(report, "wb") as out:
            subprocess.run(["go", "run", "./intake", "-bytes", options.bytes], check=True, stdout=out, cwd=HERE.parent)
        compare(rivals(work, report), report, options.rounds)


def compare(commands, report, rounds):
    times, cores, memory, groups = {}, {}, {}, {}
    subprocess.run(["cat", report], stdout=subprocess.DEVNULL, check=True)  # into the page cache
    for _ in range(rounds):
        for name, (command, parse) in commands.items():
            text, seconds, cpu, peak = measure(command)
            times.setdefault(name, []).append(seconds)
            cores.setdefault(name, []).append(cpu)
            memory[name] = max(memory.get(name, 0), peak)
            groups[name] = parse(text)
    print(f"{'':14}{'median':>9}{'best':>9}{'to bugbar':>11}{'CPU':>9}{'to bugbar':>11}{'peak':>11}  same groups")
    for name in commands:
        wall, cpu = statistics.median(times[name]), statistics.median(cores[name])
        ratios = [wall / statistics.median(times["bugbar"]), cpu / statistics.median(cores["bugbar"])]
        same = "yes" if groups[name] == groups["bugbar"] else "NO"
        print(f"{name:14}{wall:8.2f}s{min(times[name]):8.2f}s{ratios[0]:10.1f}x{cpu:8.2f}s{ratios[1]:10.1f}x{memory[name]:7.0f} MiB  {same}")


main()
