#!/usr/bin/env python3
"""What PyPI's krippendorff and nltk (3.10 and later) find of made answers with gaps, as JSON on standard output.

The test `peers::find_the_same` reads it where LABELRY_PEERS names the file, and compares our figures to 1e-9:

    python3 tests/peers.py > peers.json && LABELRY_PEERS=peers.json cargo test --test it peers
"""

import json
import math
import random

import krippendorff
import numpy
from nltk.metrics import jaccard_distance, masi_distance
from nltk.metrics.agreement import AnnotationTask


def table(rng, raters, units, values, gaps):
    """Rows of raters; they stray from one truth, and some answers are missing."""
    truth = [rng.randrange(values) for _ in range(units)]
    stray = lambda right: rng.randrange(values) if rng.random() < 0.3 else right
    return [[None if rng.random() < gaps else stray(right) for right in truth] for _ in range(raters)]


def pairable(rows):
    """Without units that fewer than two have answered: nltk divides by zero on them or counts them."""
    units = [unit for unit in zip(*rows) if sum(value is not None for value in unit) > 1]
    return [list(row) for row in zip(*units)]


def numbers(rng, case):
    values = rng.randrange(2, 9)
    rows = table(rng, rng.randrange(2, 7), rng.randrange(5, 60), values, rng.choice([0, 0.2, 0.5]))
    matrix = numpy.array([[math.nan if v is None else v for v in row] for row in rows], dtype=float)
    levels = ["nominal", "ordinal", "interval", "ratio"]
    with numpy.errstate(invalid="ignore"):
        found = {level: krippendorff.alpha(reliability_data=matrix, level_of_measurement=level) for level in levels}
    # Not a number where only one value is pairable.
    found = {level: None if math.isnan(alpha) else alpha for level, alpha in found.items()}
    return {"name": f"numbers {case}", "rows": rows, "expected": found}


def sets(rng, case):
    labels = rng.randrange(2, 6)
    rows = pairable(table(rng, rng.randrange(2, 5), rng.randrange(5, 40), 2**labels, rng.choice([0, 0.3])))
    as_set = lambda bits: frozenset(label for label in range(labels) if bits >> label & 1)
    # nltk's distances divide by zero for two empty sets, which are equal.
    same = lambda distance: lambda a, b: 0.0 if a == b else distance(a, b)
    cells = [(rater, unit, bits) for rater, row in enumerate(rows) for unit, bits in enumerate(row)]
    data = [(rater, unit, as_set(bits)) for rater, unit, bits in cells if bits is not None]
    alpha = lambda distance: AnnotationTask(data, distance=same(distance)).alpha()
    return {
        "name": f"sets {case}", "labels": labels, "rows": rows,
        "expected": {"masi": alpha(masi_distance), "jaccard": alpha(jaccard_distance)},
    }


def pairs(rng, case):
    """Two raters, all answered."""
    rows = table(rng, 2, rng.randrange(10, 80), rng.randrange(2, 6), 0)
    data = [(rater, unit, value) for rater, row in enumerate(rows) for unit, value in enumerate(row)]
    task = AnnotationTask(data)
    return {"name": f"pairs {case}", "rows": rows, "expected": {"cohen_kappa": task.kappa(), "percent": task.avg_Ao()}}


def main():
    rng = random.Random(42)
    cases = [make(rng, case) for make in (numbers, sets, pairs) for case in range(40)]
    print(json.dumps(cases))


if __name__ == "__main__":
    main()
