#!/usr/bin/env python3
"""Real clients from PyPI load what `labelry export` writes, and find in it what we say is there.

    python3 tests/clients.py LABELRY           datasets, scikit-learn, pandas, label-studio-sdk, krippendorff
    python3 tests/clients.py LABELRY argilla   argilla 1.29.1, which wants older friends and so a place of its own

LABELRY is the binary. Nothing outside a temporary folder is touched.
"""

import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

HERE = pathlib.Path(__file__).resolve().parent
EVERY_KIND = HERE / "data" / "every_kind.jsonl"


class Labelry:
    """The binary, at work in a folder."""

    def __init__(self, binary, folder):
        self.binary, self.folder = os.path.abspath(binary), pathlib.Path(folder)

    def __call__(self, *args, db="demo.db"):
        done = subprocess.run(
            [self.binary, "--db", db, *args], cwd=self.folder, capture_output=True, text=True, check=False,
            env={"USER": "ana", "PATH": os.environ.get("PATH", "")},
        )
        assert done.returncode == 0, (args, done.stderr)
        return done.stdout

    def lines(self, *args, **more):
        return [json.loads(line) for line in self(*args, **more).splitlines()]


def training(labelry):
    """`datasets` sees every label column, in order, and scikit-learn fits one classifier for each."""
    from datasets import load_dataset
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    import numpy
    import pandas

    rule = ["--format", "training", "--aggregate", "majority", "--split", "0.8"]
    labelry("export", *rule, "--out", "train.jsonl")
    (labelry.folder / "cells").mkdir()
    labelry("export", *rule, "--out", "cells/table.csv")
    about = json.loads((labelry.folder / "labels.json").read_text())
    labels = [label["column"] for label in about["labels"]]
    files = {part: str(labelry.folder / f"{part}.jsonl") for part in ("train", "test")}
    loaded = load_dataset("json", data_files=files, cache_dir=str(labelry.folder / "cache"))
    named = labelry.lines("export")[0]["dataset"]["questions"][0]["labels"]
    assert labels == [label["value"] for label in named], labels
    for part in ("train", "test"):
        assert loaded[part].column_names == ["id", *about["texts"], *labels], loaded[part].column_names
        assert len(loaded[part]) == about["rows"][part]
        table = pandas.read_csv(labelry.folder / "cells" / ("table.csv" if part == "train" else "table-test.csv"))
        assert list(table.columns) == loaded[part].column_names
        assert (table[labels].to_numpy() == loaded[part].to_pandas()[labels].to_numpy()).all()
    assert sum(loaded["train"]["legal threat"]) == 0, "a label without examples has its column"

    texts = lambda part: [" ".join(filter(None, row)) for row in zip(*(loaded[part][name] for name in about["texts"]))]
    truth = lambda part: numpy.array([loaded[part][label] for label in labels]).T
    words = TfidfVectorizer().fit(texts("train"))
    model = OneVsRestClassifier(LogisticRegression(C=10)).fit(words.transform(texts("train")), truth("train"))
    found = model.predict(words.transform(texts("test")))
    assert found.shape == (about["rows"]["test"], len(labels)) == (len(loaded["test"]), len(model.classes_))
    right = (found == truth("test")).mean()
    assert right > 0.8, right
    # Every label with examples has the same share of them in both parts, as far as whole rows go.
    for label, train, test in zip(labels, truth("train").sum(axis=0), truth("test").sum(axis=0)):
        assert abs(test - 0.2 * (train + test)) <= 1.5, (label, train, test)
    return f"{len(labels)} label columns, {len(loaded['train'])} + {len(loaded['test'])} rows, {right:.0%} of cells right"


def table(labelry):
    """pandas reads the table, and each answer is the one of the native file."""
    import pandas

    labelry("export", "--out", "table.csv")
    table = pandas.read_csv(labelry.folder / "table.csv", dtype=str, keep_default_na=False).set_index("id")
    records = labelry.lines("export")[1:]
    assert len(table) == len(records)
    answers = 0
    for record in records:
        row = table.loc[record["id"]]
        for response in record.get("responses", []):
            assert row[response["user"] + ".status"] == response["status"]
            for question, answer in response["answers"].items():
                cell = row[f"{response['user']}.{question}"]
                assert cell == answer or json.loads(cell) == answer, (cell, answer)
                answers += 1
    return f"{len(table)} rows, {answers} answers"


def alphas(labelry):
    """`krippendorff` finds in the exported ratings what `labelry agreement` says of the dataset."""
    import krippendorff
    import numpy
    import pandas

    labelry("export", "--format", "long", "--out", "ratings.csv")
    rows = pandas.read_csv(labelry.folder / "ratings.csv", dtype={"item": str})
    rows = rows[(rows["question"] == "topic") & (rows["status"] == "submitted")]
    said = json.loads(labelry("agreement", "--question", "topic", "--json"))
    given = rows["value"].map(json.loads)
    far, count = 0.0, 0
    for label in said["labels"]:
        ticked = given.map(lambda labels, label=label["label"]: float(label in labels))
        matrix = rows.assign(ticked=ticked).pivot(index="rater", columns="item", values="ticked").to_numpy()
        if label["alpha"] is None:
            assert not numpy.nansum(matrix), label
            continue
        alpha = krippendorff.alpha(reliability_data=matrix, level_of_measurement="nominal")
        far, count = max(far, abs(alpha - label["alpha"])), count + 1
    assert count >= 7 and far < 1e-9, (count, far)
    return f"{count} alphas, at most {far:.1e} apart"


def label_studio(labelry):
    """Label Studio's own validator takes the labelling config, and every task, annotation and prediction."""
    from label_studio_sdk.label_interface import LabelInterface

    results = 0
    for db in ("demo.db", "news.db"):
        labelry("export", "--format", "label-studio", "--out", db + ".ls/", db=db)
        folder = labelry.folder / (db + ".ls")
        interface = LabelInterface((folder / "labelling_config.xml").read_text())
        interface.validate()
        for task in json.loads((folder / "tasks.json").read_text()):
            # Of a task with annotations the validator calls itself with an argument missing: each is validated alone.
            assert interface.validate_task({"data": task["data"]}), task["data"]
            for one in [*task["annotations"], *task["predictions"], *task.get("drafts", [])]:
                errors = interface.validate_prediction(one, return_errors=True)
                assert not errors and interface.validate_annotation(one), (errors, one)
                results += len(one["result"])
    return f"{results} results"


def argilla(labelry):
    """argilla 1.29.1 makes a local FeedbackDataset of what we wrote: the same people, answers and statuses."""
    os.environ["ARGILLA_ENABLE_TELEMETRY"] = "0"
    from datasets import load_dataset
    from argilla import FeedbackDataset, FeedbackRecord
    from argilla.client.feedback.config import DatasetConfig
    from argilla.client.feedback.integrations.huggingface import HuggingFaceDatasetMixin

    checked = 0
    for db in ("demo.db", "news.db"):
        folder = labelry.folder / (db + ".argilla")
        labelry("export", "--format", "argilla-v1", "--out", folder.name + "/", db=db)
        rebuilt = rebuild(FeedbackDataset, FeedbackRecord, DatasetConfig, load_dataset, folder)
        with (folder / "users.csv").open() as users:
            names = {row["id"]: row["name"] for row in csv.DictReader(users)}
        records = {record.get("id"): record for record in labelry.lines("export", db=db)[1:]}
        assert len(rebuilt.records) == len(records)
        for record in rebuilt.records:
            ours = records.get(record.external_id) or records[None]
            assert record.fields == {name: ours["fields"].get(name) for name in record.fields}
            assert record.metadata == ours.get("metadata", {}), record.metadata
            theirs = {names[str(one.user_id)]: one for one in record.responses}
            for response in ours.get("responses", []):
                one = theirs.pop(response["user"])
                assert one.status.value == response["status"], (one, response)
                values = {name: plain(value.value) for name, value in one.values.items()}
                assert values == response["answers"], (values, response["answers"])
                checked += 1
            assert not theirs, theirs
        # Its own export of what it read is ours again.
        again = HuggingFaceDatasetMixin._huggingface_format(rebuilt)
        written = [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]
        question = rebuilt.questions[0].name
        for ours, theirs in zip(written, again):
            responses = [one for one in ours[question] if one["value"] is not None]
            assert [one["value"] for one in theirs[question]] == [one["value"] for one in responses]
            assert [one["status"] for one in theirs[question]] == [one["status"] for one in responses]
        back = comes_back(labelry, db, folder, rebuilt.format_as("datasets"))
        there = [held(ours) for ours in labelry.lines("export", db=db)[1:]]
        assert len(back) == len(there)
        for ours, theirs in zip(there, back):
            for one, other in zip(ours, theirs):
                assert one == other, (str(one)[:900], str(other)[:900])
    return f"{checked} responses with the same answers and statuses, and the same again from argilla's own export"


def held(record):
    """What argilla's own export has a place for of a record: a response that answers nothing is not in it."""
    given = [one for one in record.get("responses", []) if one.get("answers")]
    responses = [(one["user"], one["status"], one["answers"]) for one in given]
    return record["fields"], record.get("metadata", {}), record.get("vectors", {}), sorted(responses, key=lambda one: one[0])


def comes_back(labelry, db, folder, rows):
    """Argilla's own export, imported into an empty file with the settings and names that lie beside ours."""
    own = labelry.folder / (db + ".own")
    own.mkdir()
    (own / "argilla.yaml").write_text((folder / "argilla.yaml").read_text())
    # Not with to_json, which rounds vectors to ten decimals.
    (own / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = str(folder / "users.csv")
    labelry("import", str(own / "own.jsonl"), "--dataset", "d", "--map-users", names, db=f"{db}.own.db")
    return [held(record) for record in labelry.lines("export", "d", db=f"{db}.own.db")[1:]]


def parquet(labelry):
    """pandas (pyarrow) and `datasets` read the Parquet files: the same rows and label columns as the JSONL has."""
    from datasets import load_dataset
    import pandas

    rule = ["--format", "training", "--aggregate", "majority"]
    (labelry.folder / "lines").mkdir()
    (labelry.folder / "rows").mkdir()
    labelry("export", *rule, "--out", "rows/rows.parquet")
    labelry("export", *rule, "--out", "lines/rows.jsonl")
    about = json.loads((labelry.folder / "rows" / "labels.json").read_text())
    labels = [label["column"] for label in about["labels"]]
    rows = pandas.read_parquet(labelry.folder / "rows" / "rows.parquet")
    lines = pandas.read_json(labelry.folder / "lines" / "rows.jsonl", lines=True)
    assert list(rows.columns) == list(lines.columns) and list(rows.columns[-len(labels):]) == labels
    assert (rows[labels].to_numpy() == lines[labels].to_numpy()).all()
    loaded = load_dataset("parquet", data_files=str(labelry.folder / "rows" / "rows.parquet"), split="train",
                          cache_dir=str(labelry.folder / "cache"))
    assert loaded.column_names == list(rows.columns) and len(loaded) == len(rows)
    labelry("export", "--format", "parquet", "--out", "table.parquet")
    table = pandas.read_parquet(labelry.folder / "table.parquet")
    assert len(table) == len(labelry.lines("export")) - 1
    return f"{len(rows)} training rows, {len(labels)} label columns; {len(table)} rows in {len(table.columns)} columns"


def argilla_parquet(labelry):
    """What `datasets` makes Parquet of, of Argilla 2's rows, comes in as the JSON does, class numbers named."""
    from datasets import ClassLabel, Dataset, Features, List

    labelry("export", "--format", "argilla-v2", "--out", "flat.json")
    rows = json.loads((labelry.folder / "flat.json").read_text())
    made = Dataset.from_list(rows)
    column = next(name for name in made.column_names if name.endswith(".responses"))
    labels = sorted({label for row in rows for ticks in row[column] or [] for label in ticks or []})
    features = Features(made.features | {column: List(List(ClassLabel(names=labels)))})
    number = lambda row: {column: [ticks and [labels.index(label) for label in ticks] for ticks in row[column] or []]}
    made.map(number, features=features).to_parquet(labelry.folder / "flat.parquet")
    for name in ["flat.json", "flat.parquet"]:
        labelry("import", name, "--dataset", "d", db=f"{name}.db")
    told = labelry.lines("export", "d", "--format", "native", db="flat.json.db")
    found = labelry.lines("export", "d", "--format", "native", db="flat.parquet.db")
    answers = lambda lines: [(line["id"], line.get("responses")) for line in lines[1:]]
    assert answers(found) == answers(told) and any(line.get("responses") for line in told[1:])
    return f"{len(rows)} records, {len(labels)} labels as class numbers"


def plain(value):
    """A value as our native file writes it."""
    if isinstance(value, list) and value and not isinstance(value[0], str):
        ranked = [one.dict() for one in value]
        if "rank" in ranked[0]:
            return [one["value"] for one in sorted(ranked, key=lambda one: one["rank"])]
        return [{key: one[key] for key in ("start", "end", "label")} for one in ranked]
    return value


def rebuild(FeedbackDataset, FeedbackRecord, DatasetConfig, load_dataset, folder):
    """What `FeedbackDataset.from_huggingface` does, from files here instead of a hub."""
    config = DatasetConfig.from_yaml((folder / "argilla.yaml").read_text())
    settings = ("fields", "questions", "guidelines", "metadata_properties", "allow_extra_metadata", "vectors_settings")
    dataset = FeedbackDataset(**{name: getattr(config, name) for name in settings})
    kinds = {question.name: getattr(question.type, "value", question.type) for question in dataset.questions}

    def value_of(question, value):
        if value is None or kinds[question] not in ("ranking", "span"):
            return value
        names = ["rank", "value"] if kinds[question] == "ranking" else ["start", "end", "label"]
        return [dict(zip(names, row)) for row in zip(*(value[name] for name in names))]

    records = []
    rows = load_dataset("json", data_files=str(folder / "records.jsonl"), split="train", cache_dir=str(folder / "cache"))
    for row in rows:
        responses, suggestions = {}, []
        for question in kinds:
            for given in row[question]:
                one = {"user_id": given["user_id"], "status": given["status"], "values": {}}
                one = responses.setdefault(given["user_id"], one)
                value = value_of(question, given["value"])
                if value is not None:
                    one["values"][question] = {"value": value}
            value = value_of(question, row[f"{question}-suggestion"])
            if value is not None:
                suggestions.append({"question_name": question, "value": value, **row[f"{question}-suggestion-metadata"]})
        vectors = {name: vector for name, vector in (row.get("vectors") or {}).items() if vector is not None}
        records.append(FeedbackRecord(
            fields={field.name: row[field.name] for field in dataset.fields}, metadata=json.loads(row["metadata"]),
            responses=list(responses.values()), suggestions=suggestions, vectors=vectors, external_id=row["external_id"],
        ))
    dataset.add_records(records)
    return dataset


def main():
    checks = [argilla] if sys.argv[2:] == ["argilla"] else [training, parquet, argilla_parquet, table, alphas, label_studio]
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("HF_HOME", os.path.join(folder, "home"))
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
        # That a label has no examples is what is being looked at.
        warnings.filterwarnings("ignore", message="Label not .* is present in all training examples")
        labelry = Labelry(sys.argv[1], folder)
        labelry("demo", "--no-open")
        labelry("import", str(EVERY_KIND), "--dataset", "news", db="news.db")
        for check in checks:
            print(f"{check.__name__}: {check(labelry)}", flush=True)


if __name__ == "__main__":
    main()
