#!/usr/bin/env python3
"""Agreement of 30 labels beside PyPI's krippendorff, on the same answers in memory, in alternation within one run.

    python3 -m venv V && V/bin/pip install krippendorff numpy
    V/bin/python benches/peers.py [--units 1000000] [--runs 3] [--no-matrix]

Builds and runs `cargo bench --bench engine`, which writes its made answers into a temporary folder. Only computing is
timed: ours from bit sets in memory, the library's from what it takes, made before (a matrix of raters × units per
label, or counts of values per unit and label). Prints medians, ratios and how far the alphas differ.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import krippendorff
import numpy

ANSWERS, LABELS, RATERS = 3, 30, 50
ROOT = Path(__file__).resolve().parent.parent


def ours(folder, units, runs):
    command = ["cargo", "bench", "--quiet", "--bench", "engine", "--", "--data", folder]
    command += ["--units", str(units), "--runs", str(runs)]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def timed(compute, prepare):
    """Seconds that `compute` takes for all labels, without preparing, and the alphas."""
    seconds, alphas = 0.0, []
    for label in range(LABELS):
        data = prepare(label)
        started = time.perf_counter()
        alphas.append(compute(data))
        seconds += time.perf_counter() - started
    return seconds, alphas


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-matrix", action="store_true", help="leave out the path that takes a matrix (slow)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours(folder, asked.units, 1)
        words = numpy.fromfile(f"{folder}/words", dtype="<u8").reshape(-1, ANSWERS)
        raters = numpy.fromfile(f"{folder}/raters", dtype="<u8").reshape(-1, ANSWERS)

        def counts(label):
            ticked = ((words >> numpy.uint64(label)) & numpy.uint64(1)).sum(axis=1).astype(int)
            return numpy.column_stack([ANSWERS - ticked, ticked])

        units = numpy.arange(len(words))

        def matrix(label):
            filled = numpy.full((RATERS, len(words)), numpy.nan)
            for answer in range(ANSWERS):
                filled[raters[:, answer], units] = (words[:, answer] >> numpy.uint64(label)) & numpy.uint64(1)
            return filled

        peers = {
            "krippendorff, value_counts": (
                lambda data: krippendorff.alpha(value_counts=data, level_of_measurement="nominal"), counts),
            "krippendorff, matrix": (
                lambda data: krippendorff.alpha(reliability_data=data, level_of_measurement="nominal"), matrix),
        }
        if asked.no_matrix:
            del peers["krippendorff, matrix"]
        mine, theirs, far = {"words": [], "ratings": []}, {name: [] for name in peers}, {}
        for _ in range(asked.runs):
            found = ours(folder, asked.units, 21)
            for form, times in mine.items():
                times.append(statistics.median(found[form]))
            for name, (compute, prepare) in peers.items():
                seconds, alphas = timed(compute, prepare)
                theirs[name].append(seconds)
                far[name] = max(abs(a - b) for a, b in zip(found["alphas"], alphas))
    for form, times in mine.items():
        print(f"ours, {form:24} {statistics.median(times) * 1000:10.2f} ms")
    for name, times in theirs.items():
        median = statistics.median(times)
        ratios = ", ".join(f"{median / statistics.median(t):,.0f}× ours, {form}" for form, t in mine.items())
        print(f"{name:30} {median * 1000:10.0f} ms  {ratios}; alphas differ by at most {far[name]:.1e}")


if __name__ == "__main__":
    main()
