#!/usr/bin/env python3
"""Put the suggestions of two invented agents into demo.jsonl.

Python 3, standard library only, and deterministic. Run it in any directory,
after annotators.py and, where a text has changed, after embed.py:

    python3 agents.py

centroid  has seen every third mail with what the annotators answered. For each
          label it knows the middle of the mails that have it and the middle of
          those that have not, and scores a mail by where it lies between the
          two. It was run one day in February: later mails have nothing of it.
keywords  ticks a label when one of its words stands in the mail, and says
          nothing where it knows no word. It takes a bank account for an
          account, a broken lamp for a bug and "thanks in advance" for praise.

Suggestions come ordered by the agent's name, and `y` takes the first one's, so
the better agent has the name that sorts first. At the end both are compared
with what most annotators ticked, centroid on mails that it has not seen.
"""

import json
import math
import pathlib
import re
import struct
from collections import Counter

HERE = pathlib.Path(__file__).resolve().parent
QUESTION = "topic"
RUN_ON = "2026-02-20"

WORDS = {
    "billing": r"refund|invoice|bill|bank|voucher|price|fee|euros?",
    "bug": r"bug|error|broken|crash\w*|crack(?:ed)?|loose|wrong|doesn't work|does nothing|blank",
    "praise": r"thanks?|thank you|love|lovely|beautiful|wonderful|great|best|nice",
    "delivery": r"parcels?|package|deliver\w*|driver|carrier|shipping|address",
    "account": r"accounts?|log ?in|password|newsletter|e-?mail|customer",
    "feature wish": r"wish|would be nice|i'd like|please make|could you|idea|feature",
    "spam": r"free|click|guaranteed?|100%|win|casino|cheap|offer|http\S*|bonus|urgent",
    "legal threat": r"lawyer|court|legal|law|authority|consumer advice|police",
}
WORDS = {name: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I) for name, words in WORDS.items()}
LABELS = list(WORDS)


def read_vectors():
    """minilm.npy: ten bytes, the length of the header among them, then the header, then half floats."""
    data = (HERE / "minilm.npy").read_bytes()
    start = 10 + int.from_bytes(data[8:10], "little")
    rows, width = map(int, re.search(rb"'<f2'.*\((\d+), (\d+)\)", data[:start]).groups())
    numbers = struct.unpack(f"<{rows * width}e", data[start:])
    return [numbers[row * width:(row + 1) * width] for row in range(rows)]


def dot(a, b):
    return math.fsum(x * y for x, y in zip(a, b))


def unit(vector):
    length = math.sqrt(dot(vector, vector)) or 1.0
    return [x / length for x in vector]


def shares(record):
    """By label, the share of the submitted answers that have it; nothing where nobody has submitted."""
    given = [answer["answers"][QUESTION] for answer in record.get("responses", []) if answer["status"] == "submitted"]
    return {name: sum(name in labels for labels in given) / len(given) for name in LABELS} if given else None


class Label:
    """The two middles of a label, and the place between them from which on a mail has it."""

    def __init__(self, vectors, has):
        self.middles = None
        if not any(has):
            return
        columns = list(zip(*vectors))
        self.middles = [[math.fsum(x for x, h in zip(column, has) if h == side) for column in columns]
                        for side in (True, False)]
        # Each mail is placed between middles that it is no part of. Half as many again as have the label are to
        # get it: what is missing is looked for longer than what is too much.
        places = sorted(self.place(vector, h) for vector, h in zip(vectors, has))
        self.border = places[-round(1.5 * sum(has))]
        mean = math.fsum(places) / len(places)
        self.spread = math.sqrt(math.fsum((x - mean) ** 2 for x in places) / len(places))

    def place(self, vector, part_of=None):
        """How much nearer to the middle of those that have the label than to that of those that have not."""
        yes, no = ([m - x for m, x in zip(middle, vector)] if part_of is side else middle
                   for middle, side in zip(self.middles, (True, False)))
        return dot(vector, unit(yes)) - dot(vector, unit(no))

    def score(self, vector):
        if self.middles is None:
            return 0.0
        return 1 / (1 + math.exp((self.border - self.place(vector)) / (0.4 * self.spread)))


def centroid(records, vectors):
    seen = [i for i in range(2, len(records), 3) if shares(records[i])]
    mean = [math.fsum(column) / len(seen) for column in zip(*(vectors[i] for i in seen))]
    vectors = [[x - m for x, m in zip(vector, mean)] for vector in vectors]
    known = {name: Label([vectors[i] for i in seen], [shares(records[i])[name] >= 0.5 for i in seen])
             for name in LABELS}
    for record, vector in zip(records, vectors):
        if record["metadata"]["received"] > RUN_ON:
            yield None
            continue
        scores = {name: min(0.99, max(0.01, round(label.score(vector), 2))) for name, label in known.items()}
        value = [name for name in LABELS if scores[name] >= 0.5]
        yield {"question": QUESTION, "value": value, "scores": scores, "agent": "centroid"}


def keywords(records):
    for record in records:
        text = record["fields"]["subject"] + "\n" + record["fields"]["text"]
        value = [name for name, words in WORDS.items() if words.search(text)]
        yield {"question": QUESTION, "value": value, "agent": "keywords"} if value else None


def report(name, pairs):
    right, wrong, missed, same = Counter(), Counter(), Counter(), 0
    for record, said in pairs:
        most = {label for label, share in shares(record).items() if share > 0.5}
        right.update(most & set(said["value"]))
        wrong.update(set(said["value"]) - most)
        missed.update(most - set(said["value"]))
        same += most == set(said["value"])
    f1 = {label: 2 * right[label] / max(1, 2 * right[label] + wrong[label] + missed[label]) for label in LABELS}
    total = 2 * right.total() / (2 * right.total() + wrong.total() + missed.total())
    print(f"{name}: {len(pairs)} mails, {same} exactly right, F1 {total:.2f};",
          ", ".join(f"{label} {value:.2f}" for label, value in f1.items()))


def main():
    lines = (HERE / "demo.jsonl").read_text(encoding="utf-8").split("\n")
    header, *records = [json.loads(line) for line in lines if line]
    agents = [list(centroid(records, read_vectors())), list(keywords(records))]
    with open(HERE / "demo.jsonl", "w", encoding="utf-8", newline="\n") as file:
        def write(line):
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")

        write(header)
        for record, *said in zip(records, *agents):
            out = {key: record[key] for key in ("id", "fields", "metadata")}
            out["suggestions"] = [one for one in said if one]
            if not out["suggestions"]:
                del out["suggestions"]
            write(out | {key: value for key, value in record.items() if key not in out and key != "suggestions"})
    for name, said in zip(("centroid", "keywords"), agents):
        unseen = [(r, s) for i, (r, s) in enumerate(zip(records, said)) if s and shares(r) and i % 3 != 2]
        print(f"{name} says something on {sum(map(bool, said))} of {len(records)}")
        report(name, unseen)


if __name__ == "__main__":
    main()
