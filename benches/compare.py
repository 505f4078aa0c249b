#!/usr/bin/env python3
"""Whole commands beside their peers on the same made data, in alternation: wall medians, ratios, peak memory.

    cargo build --release
    python3 benches/compare.py [--records 100000] [--runs 5] [--only import] [--binary target/release/labelry] [--folder DIR] [--keep]

Standard library only. The peers sqlite-utils, duckdb and krippendorff (with numpy) are run where they are installed.
"""

import argparse
import importlib.util
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LABELS = [f"label{number:02}" for number in range(30)]
ANNOTATORS = ["ada", "bo", "cy"]
SOUNDS = ["ba", "lo", "mi", "ru", "sen", "ta", "vor", "ki", "del", "ny", "gro", "pa", "ur", "esk", "fi", "mo"]

# A whole program, as somebody would write it with these libraries; each prints alphas as JSON, or nothing.
KRIPPENDORFF = """
import json, sys
import krippendorff, numpy
rows, labels, users = [], None, {}
with open(sys.argv[1], encoding="utf-8") as file:
    labels = json.loads(next(file))["dataset"]["questions"][0]["labels"]
    for line in file:
        rows.append({r["user"]: set(r["answers"]["topic"]) for r in json.loads(line).get("responses", [])})
users = sorted({user for row in rows for user in row})
found = {}
for label in labels:
    matrix = numpy.full((len(users), len(rows)), numpy.nan)
    for column, row in enumerate(rows):
        for line, user in enumerate(users):
            if user in row:
                matrix[line, column] = label in row[user]
    found[label] = krippendorff.alpha(reliability_data=matrix, level_of_measurement="nominal")
print(json.dumps(found))
"""

# The same from counts per unit, which the library takes in a shorter way.
KRIPPENDORFF_COUNTS = """
import json, sys
import krippendorff, numpy
with open(sys.argv[1], encoding="utf-8") as file:
    labels = json.loads(next(file))["dataset"]["questions"][0]["labels"]
    index = {label: number for number, label in enumerate(labels)}
    rows = [[r["answers"]["topic"] for r in json.loads(line).get("responses", [])] for line in file]
ticked = numpy.zeros((len(rows), len(labels)), dtype=int)
answers = numpy.array([len(row) for row in rows])
for number, row in enumerate(rows):
    for answer in row:
        for label in answer:
            ticked[number, index[label]] += 1
alpha = lambda column: krippendorff.alpha(
    value_counts=numpy.column_stack([answers - column, column]), level_of_measurement="nominal")
print(json.dumps({label: alpha(ticked[:, number]) for label, number in index.items()}))
"""


# A loader as somebody who knows both would write it: one transaction, the same index, built after the rows.
LOADER = """
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[2])
db.execute("PRAGMA journal_mode = WAL")
db.execute("CREATE TABLE record (id INTEGER PRIMARY KEY, name TEXT UNIQUE, text TEXT)")
db.execute("CREATE VIRTUAL TABLE found USING fts5 (text, content = '', "
           "tokenize = 'unicode61 remove_diacritics 2')")
with open(sys.argv[1], encoding="utf-8") as file:
    rows = ((row["id"], row["text"]) for row in map(json.loads, file))
    db.executemany("INSERT INTO record (name, text) VALUES (?, ?)", rows)
db.execute("INSERT INTO found (rowid, text) SELECT id, text FROM record")
db.commit()
"""

# No index at all, columns instead of rows.
DUCKDB = """
import duckdb, sys
duckdb.connect(sys.argv[2]).execute("CREATE TABLE record AS SELECT * FROM read_json(?)", [sys.argv[1]])
"""

# The floor: parsing alone.
PARSING = """
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    for line in file:
        json.loads(line)
"""


def made(path, records, answers):
    """Native JSONL: records of made-up words and, if asked for, three people's answers that stray from one truth."""
    rng = random.Random(7)
    word = lambda: "".join(rng.choices(SOUNDS, k=rng.randint(1, 4)))
    words = [word() for _ in range(20_000)]
    question = {"name": "topic", "type": "multi_label", "labels": LABELS}
    header = {"labelry": 1, "dataset": {"name": "made", "fields": [{"name": "text"}], "questions": [question]}}
    with open(path, "w", encoding="utf-8") as out:
        print(json.dumps(header), file=out)
        for number in range(1, records + 1):
            record = {"id": f"r{number}", "fields": {"text": " ".join(rng.choices(words, k=rng.randint(8, 40)))}}
            if answers:
                truth = rng.getrandbits(30) & rng.getrandbits(30) & rng.getrandbits(30)
                stray = lambda: rng.getrandbits(30) & rng.getrandbits(30) & rng.getrandbits(30) & rng.getrandbits(30)
                ticked = lambda bits: [label for at, label in enumerate(LABELS) if bits >> at & 1]
                record["responses"] = [
                    {"user": user, "status": "submitted", "answers": {"topic": ticked(truth ^ stray())}}
                    for user in ANNOTATORS
                ]
            print(json.dumps(record), file=out)


def flat(native, path):
    """The same records as plain rows, the shape that sqlite-utils inserts."""
    with open(native, encoding="utf-8") as lines, open(path, "w", encoding="utf-8") as out:
        next(lines)
        for line in lines:
            record = json.loads(line)
            print(json.dumps({"id": record["id"], "text": record["fields"]["text"]}), file=out)


def timed(commands, folder):
    """Runs commands one after the other; gives wall seconds, peak memory in MB of the largest, and what was said."""
    started, said, peak = time.perf_counter(), "", 0
    for command in commands:
        # A child of its own for each, so that ru_maxrss is not that of an earlier and larger one.
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            with os.fdopen(writer, "wb") as out:
                out.write(b"%d %d\n" % (done.returncode, used) + (done.stdout if done.returncode == 0 else done.stderr))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as answer:
            head, _, said = answer.read().partition(b"\n")
        os.waitpid(pid, 0)
        code, used = map(int, head.split())
        if code:
            sys.exit(f"{' '.join(map(str, command))[:200]}: {said.decode(errors='replace')[-2000:]}")
        peak = max(peak, used / 1024)
    return time.perf_counter() - started, peak, said


def alternate(title, runs, folder, contestants, rows):
    """Each contestant in turn, `runs` times; the first one is ours and the others are compared with it."""
    times = {name: [] for name, _, _ in contestants}
    peaks, said = dict.fromkeys(times, 0), {}
    for _ in range(runs):
        for name, before, commands in contestants:
            before()
            wall, peak, said[name] = timed(commands, folder)
            times[name].append(wall)
            peaks[name] = max(peaks[name], peak)
    ours = statistics.median(times[contestants[0][0]])
    for name, walls in times.items():
        median = statistics.median(walls)
        ratio = "" if name == contestants[0][0] else f"{median / ours:.1f}×"
        rows.append((title, name, f"{min(walls):.3f}", f"{median:.3f}", f"{max(walls):.3f}", ratio, f"{peaks[name]:.0f}"))
    return said


def forget(*files):
    for file in files:
        for end in ("", "-wal", "-shm"):
            Path(f"{file}{end}").unlink(missing_ok=True)


def compare(asked, folder):
    rows = []
    native, plain, answered = folder / "made.jsonl", folder / "plain.jsonl", folder / "answered.jsonl"
    made(native, asked.records, answers=False)
    flat(native, plain)
    if asked.only != "import":
        made(answered, asked.records, answers=True)
    ours, theirs, file = folder / "ours.db", folder / "theirs.db", folder / "answered.db"
    labelry = lambda db, *words: [asked.binary, "--user", "me", "--db", str(db), *map(str, words)]
    contestants = [("labelry import", lambda: forget(ours), [labelry(ours, "import", native)])]
    if importlib.util.find_spec("sqlite_utils"):
        utils = [sys.executable, "-m", "sqlite_utils"]
        insert = [*utils, "insert", theirs, "records", plain, "--nl", "--pk", "id"]
        contestants.append(("sqlite-utils insert", lambda: forget(theirs), [insert]))
        search = [*utils, "enable-fts", theirs, "records", "text"]
        contestants.append(("sqlite-utils insert + enable-fts", lambda: forget(theirs), [insert, search]))
    else:
        print("sqlite-utils is not installed: no peer for import", file=sys.stderr)
    program = lambda text: [sys.executable, "-c", text, plain, theirs]
    contestants.append(("Python json + sqlite3 + FTS5", lambda: forget(theirs), [program(LOADER)]))
    contestants.append(("Python json alone", lambda: None, [program(PARSING)]))
    if importlib.util.find_spec("duckdb"):
        contestants.append(("DuckDB read_json, no index", lambda: forget(theirs), [program(DUCKDB)]))
    alternate("import, records", asked.runs, folder, contestants, rows)
    if asked.only == "import":
        return rows
    contestants = [("labelry import", lambda: forget(file), [labelry(file, "import", answered)])]
    alternate("import, answered by three", asked.runs, folder, contestants, rows)
    out = folder / "exported.jsonl"
    contestants = [("labelry export", lambda: forget(out), [labelry(file, "export", "made", "--out", out)])]
    alternate("export, answered by three", asked.runs, folder, contestants, rows)
    contestants = [("labelry agreement", lambda: None, [labelry(file, "agreement", "--by-label", "--resamples", 0, "--json")])]
    if importlib.util.find_spec("krippendorff"):
        for name, text in [("krippendorff, counts", KRIPPENDORFF_COUNTS), ("krippendorff, matrix", KRIPPENDORFF)]:
            contestants.append((name, lambda: None, [[sys.executable, "-c", text, str(answered)]]))
    else:
        print("krippendorff is not installed: no peer for agreement", file=sys.stderr)
    said = alternate("agreement, 30 labels", asked.runs, folder, contestants, rows)
    differences(said)
    return rows


def differences(said):
    """How far the peers' alphas are from ours; the same data must give the same numbers."""
    ours = {row["label"]: row["alpha"] for row in json.loads(said.pop("labelry agreement"))["labels"]}
    for name, text in said.items():
        theirs = json.loads(text)
        far = max(abs(ours[label] - theirs[label]) for label in ours)
        print(f"{name}: alphas differ by at most {far:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--binary", default=str(root / "target/release/labelry"))
    parser.add_argument("--folder", help="where the made data go [default: a temporary folder]")
    parser.add_argument("--only", choices=["import"], help="only this part")
    parser.add_argument("--keep", action="store_true", help="leave the made data there")
    asked = parser.parse_args()
    asked.binary = str(Path(asked.binary).resolve())
    folder = Path(tempfile.mkdtemp(prefix="labelry-compare-", dir=asked.folder)).resolve()
    try:
        rows = compare(asked, folder)
    finally:
        if not asked.keep:
            shutil.rmtree(folder)
    rows.insert(0, ("what", "who", "min s", "median s", "max s", "to ours", "peak MB"))
    widths = [max(len(row[column]) for row in rows) for column in range(7)]
    for row in rows:
        print("  ".join(cell.ljust(w) if n < 2 else cell.rjust(w) for n, (cell, w) in enumerate(zip(row, widths))))


if __name__ == "__main__":
    main()
