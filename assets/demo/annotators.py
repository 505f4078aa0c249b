#!/usr/bin/env python3
"""Make demo.jsonl: three invented annotators with different habits read texts.jsonl.

Python 3, standard library only, and deterministic. Run it in any directory:

    python3 annotators.py

mira   ticks generously: every topic that is as much as touched, and `bug`
       whenever something does not do what the writer expects.
jonas  is quick, ticks the main topic only, and reads "can't do X" as a
       feature wish. A plain question or a mere thank you often gets nothing.
tess   is slow and careful, ticks what the text says, discards what is
       unclear, with a reason, and writes notes.

Nobody ever ticks `legal threat`. At the end Krippendorff's alpha is printed
for each label (nominal, ticked or not, over submitted answers, for records
with at least two of them).
"""

import datetime
import json
import pathlib
import random
import re
from collections import Counter

HERE = pathlib.Path(__file__).resolve().parent
SEED = 59

LABELS = [
    ("billing", "Prices, payments, refunds, invoices, vouchers. Not: sending things back, unless money is named."),
    ("bug", "Something in the web shop or in the lamp's app does not work. Not: a broken lamp."),
    ("praise", "The writer is pleased and says so. Not: mere politeness such as \"thanks in advance\"."),
    ("delivery", "Parcels that are late, lost, wrong or damaged; returns and exchanges. Not: defects after months."),
    ("account", "Login, password, profile, personal data, newsletter. Not: bank accounts."),
    ("feature wish", "Asks for something the shop, the app or a product can not do yet. Not: plain questions."),
    ("spam", "Advertising, fraud, mass mail that is not about us. Not: mail sent to us by mistake."),
    ("legal threat", "The writer announces a lawyer, a court or an authority. Not: being angry."),
]
NAMES = [name for name, _ in LABELS]

# What mira sees in a mail besides its real topics.
TOUCHED = [
    ("billing", r"\b(refund\w*|money|price\w*|pay|paid|pays|bill|invoice|voucher|charged|costs?|"
                r"ordered|bought|buy|return(?:ed)?|exchange|a new one|another one|euros?)\b"),
    ("delivery", r"\b(parcel|carton|driver|courier|carrier|arrived|delivered|delivery|sent|return(?:ed)?|shipping|"
                 r"send|ordered|came|went back)\b"),
    ("account", r"\b(account|profile|logged in|log in|log out|password|newsletter|my name|address|customer|sign up)\b"),
    ("praise", r"\b(thanks?|love|lovely|beautiful|kindly?|glad|great|pleased|pretty)\b"),
    ("bug", r"\b(site|code never|locked|expired|session|hum\w*|come loose)\b"),
]
CANNOT = re.compile(r"\b(can't|cannot|can not|cant|won't|not possible|no way)\b", re.I)
OPEN = ["bug", "feature wish"]

# tess, by subject (chat: by the beginning of the text): (discard reason or None, note or None, flag)
TESS_SAYS = {
    "关于订单 / order 7302": ("not English", None, False),
    "حسابي": ("not English", "Half of it is English and about the login. Should we keep mixed mails?", True),
    "שאלה על חשבונית 2291": ("not English", None, False),
    "Two things about the app": ("two mails in one", None, False),
    "My list of wishes": (None, "A list of wishes, one of them already fulfilled. Ticked once.", False),
    "http://best-deals": (None, "Only a link. I did not open it.", False),
    "?": ("nothing to go on", None, False),
    "the error msg is": (None, "Very long word, does it break the line on your screen too?", False),
    "A long story about seven lamps": (None, "Took me a while. Damage and missing parcels, so delivery. He asks for no money back.", False),
    "Very odd thing with the shop": (None, "Please pass this on to the shop team, somebody could lose money here.", True),
    "Someone else's name": (None, "Strangers' orders visible! Not a matter for labelling alone, tell the shop team.", True),
    "search crashes": (None, "Looks like a security hole. Flagged so that somebody sees it.", True),
    "Whose bill is this": (None, "Billing and account are both clearly there.", False),
    "Dangerous splinters": (None, "Somebody got hurt. Should such mail be marked in some way?", True),
    "I'm going to tell everybody": (None, "Angry, but no lawyer and no court. Not a legal threat as I read it.", False),
    "Enough": (None, "\"Writing everything down, with dates\" comes close, yet he announces nothing.", False),
    "Consumer advice": (None, "A sister in consumer advice is not an authority, I think. Is that right?", True),
    "Switch is loose": (None, "Hardware after two years: no topic fits. A ninth label?", False),
    "Timer minimum": (None, "Is a limit of 15 minutes a bug or simply how it is made? The guidelines do not say.", True),
    "Wish list": (None, "Jonas says wish, I said bug, and I can see both. Is a limit of ten a mistake?", True),
    "Where is order 6118??": (None, "Same mail as the day before, a bit louder.", False),
    "Re: App black": (None, "Second mail about the same thing.", False),
    "Thank you, and a question": (None, "Praise and billing, in that order.", False),
    "My late mother": (None, "Please answer this one with care.", False),
    "A letter from the ward": (None, "Made my day.", False),
}
UNCLEAR_REASONS = [
    "bug or wish?", "can not tell whether it was ever meant to work", "unclear: bug or feature wish",
    "would have to know the app", "guidelines do not say", "could be both",
]
OTHER_NOTES = {
    "mira": {
        "Two things about the app": ("Both, clearly!", False),
        "PAST DUE statement": ("Pretends to be a bill. Still spam.", False),
        "Power saving that saves nothing": ("Ticked bug, because the switch is there and does nothing.", False),
        "A poem": ("It rhymes!", False),
        "Lamp with company": ("Poor flatmate.", False),
    },
    "jonas": {
        "For Mr Pell in heating": ("wrong recipient, left empty", False),
        "brightness under 10%": ("it is built that way, so: wish", False),
        "Fwd: minutes": ("not ours", False),
    },
}


def load():
    lines = (HERE / "texts.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def lookup(table, row):
    if row["subject"] in table:
        return table[row["subject"]]
    if not row["subject"]:
        for key, said in table.items():
            if row["text"] == key or (len(key) > 3 and row["text"].startswith(key)):
                return said
    return None


def ordered(labels):
    return [name for name in NAMES if name in labels]


def mira(row, rng):
    labels, text = set(row["topics"]), row["subject"] + " " + row["text"]
    is_open = row.get("unclear") == OPEN
    if is_open:
        labels = {"bug"}
        if rng.random() < 0.4:
            labels.add("feature wish")
    elif row.get("unclear"):
        labels |= set(row["unclear"])
    if "spam" in labels:
        return "submitted", ordered(labels)
    for label, pattern in TOUCHED:
        if label in labels or label == "bug" and ("feature wish" in labels or "praise" in labels):
            continue
        if re.search(pattern, text, re.I) and rng.random() < (0.2 if is_open else 0.6):
            labels.add(label)
    if "bug" in labels and not is_open and CANNOT.search(text) and rng.random() < 0.25:
        labels.add("feature wish")
    return "submitted", ordered(labels)


def is_plain_question(text):
    return bool(re.match(r"(hi |hello |hey )?(how|what|which|is|can|could|do|does|may)\b", text, re.I)
                or text.endswith("?") and "??" not in text and len(text.split()) < 25)


def jonas(row, rng):
    topics, text = row["topics"], row["text"]
    if row.get("unclear") == OPEN:
        return "submitted", ["feature wish"] if rng.random() < 0.96 else ["bug"]
    if not topics:
        return "submitted", ["spam"] if row["subject"] in ("Fwd: minutes", "Choir") else []
    if topics[0] == "bug" and CANNOT.search(text) and rng.random() < 0.45:
        return "submitted", ["feature wish"]
    if topics[0] in ("delivery", "account") and re.search(r"refund|money|\bpay|paid|bill", text) and rng.random() < 0.6:
        return "submitted", ["billing"]
    if topics[0] == "billing" and re.search(r"return|\bcame\b|parcel|lamp went|refund for|shipping", text) and rng.random() < 0.5:
        return "submitted", ["delivery"]
    if topics[0] in ("billing", "delivery", "account") and is_plain_question(text) and rng.random() < 0.6:
        return "submitted", []
    if topics[0] == "praise" and len(topics) == 1 and rng.random() < 0.35:
        return "submitted", []
    return "submitted", topics[:1]


def tess(row, rng):
    said = lookup(TESS_SAYS, row)
    if said and said[0]:
        return "discarded", said[0]
    if row.get("unclear") == OPEN:
        if rng.random() < 0.7 and not said:
            return "discarded", rng.choice(UNCLEAR_REASONS) if rng.random() < 0.8 else None
        return "submitted", row["topics"]
    if row.get("unclear") and row["topics"][:1] != ["spam"] and rng.random() < 0.5:
        return "discarded", "unclear what the writer wants"
    return "submitted", ordered(row["topics"])


READERS = {
    # function, first and last record that is likely to be read, how likely, likelihood elsewhere,
    # drafts (share), seconds per record: base and per word, days of work, first hour
    "mira": (mira, 1, 345, 0.71, 0.05, 0.045, (2.4, 0.13), 13, 9),
    "jonas": (jonas, 62, 446, 0.61, 0.04, 0.04, (1.3, 0.07), 10, 13),
    "tess": (tess, 16, 425, 0.53, 0.15, 0.035, (9.0, 0.42), 19, 8),
}


def workdays():
    day, days = datetime.date(2026, 2, 2), []
    while day <= datetime.date(2026, 3, 20):
        if day.weekday() < 5:
            days.append(day)
        day += datetime.timedelta(days=1)
    return days


def read_all(rows):
    responses = {row["id"]: [] for row in rows}
    notes = {row["id"]: [] for row in rows}
    for user, (habit, first, last, likely, else_, drafts, pace, ndays, hour) in READERS.items():
        rng = random.Random(f"{SEED}-{user}")
        picked = []
        for number, row in enumerate(rows, 1):
            chance = likely if first <= number <= last else else_
            said = lookup(TESS_SAYS if user == "tess" else OTHER_NOTES[user], row)
            if row.get("unclear") == OPEN:
                chance *= 1.35  # all three also went through the mails that a search for "app" finds
            if rng.random() < chance or said:
                picked.append(row)
        days = workdays()
        days = [days[round(i * (len(days) - 1) / (ndays - 1))] for i in range(ndays)]
        share = -(-len(picked) // ndays)
        clock = None
        for i, row in enumerate(picked):
            if i % share == 0:
                start = datetime.time(hour + rng.randrange(0, 2), rng.randrange(2, 56), rng.randrange(60))
                clock = datetime.datetime.combine(days[i // share], start)
            words = len(row["text"].split())
            seconds = round((pace[0] + pace[1] * words) * rng.uniform(0.7, 1.5), 1)
            if rng.random() < 0.06:
                clock += datetime.timedelta(seconds=rng.randrange(90, 900))
            clock += datetime.timedelta(seconds=seconds + rng.uniform(0.4, 2.5))
            at = clock.strftime("%Y-%m-%dT%H:%M:%S.") + f"{rng.randrange(1000):03d}Z"
            said = lookup(TESS_SAYS if user == "tess" else OTHER_NOTES[user], row)
            answer = {"user": user}
            if rng.random() < drafts and not said:
                guess = row["topics"][:1] if rng.random() < 0.6 else None
                answer.update(status="draft", answers={"topic": guess} if guess else {})
            else:
                status, what = habit(row, rng)
                answer["status"] = status
                if status == "discarded":
                    if what:
                        answer["reason"] = what
                    answer["answers"] = {"topic": []} if rng.random() < 0.5 else {}
                else:
                    answer["answers"] = {"topic": what}
            answer.update(seconds=seconds, at=at)
            responses[row["id"]].append(answer)
            if said:
                note, flag = said[-2:]
                if note:
                    notes[row["id"]].append({"user": user, "note": note, "flag": flag})
    return responses, notes


def alpha(units):
    """Krippendorff's alpha for nominal values; units: one list of values each."""
    units = [unit for unit in units if len(unit) >= 2]
    total = Counter(value for unit in units for value in unit)
    n = sum(total.values())
    expected = n * n - sum(count * count for count in total.values())
    if not expected:
        return None
    observed = 0.0
    for unit in units:
        m = len(unit)
        observed += (m * m - sum(count * count for count in Counter(unit).values())) / (m - 1)
    return 1 - (n - 1) * observed / expected


def report(rows, responses):
    states = Counter((a["user"], a["status"]) for list_ in responses.values() for a in list_)
    for user in READERS:
        done = states[user, "submitted"]
        print(f"{user:6} submitted {done} ({done / len(rows):.0%}), draft {states[user, 'draft']}, "
              f"discarded {states[user, 'discarded']}")
    units = [[set(a["answers"]["topic"]) for a in list_ if a["status"] == "submitted"]
             for list_ in responses.values()]
    print(len(rows), "records;", "submitted answers per record:",
          dict(sorted(Counter(map(len, units)).items())))
    print("submitted with none of the labels:", sum(not s for unit in units for s in unit))
    for name in NAMES:
        value = alpha([[name in s for s in unit] for unit in units])
        used = sum(name in s for unit in units for s in unit)
        print(f"{name:13} used {used:4}  alpha", "undefined" if value is None else f"{value:.3f}")


def main():
    rows = load()
    responses, notes = read_all(rows)
    header = {"labelry": 1, "dataset": {
        "name": "mail", "workspace": "default",
        "guidelines": (HERE / "guidelines.md").read_text(encoding="utf-8"),
        "hide": "none",
        "fields": [{"name": "subject", "title": "Subject", "kind": "text"},
                   {"name": "text", "title": "Mail", "kind": "text"}],
        "questions": [{
            "name": "topic", "title": "What is this mail about?", "type": "multi_label", "required": True,
            "labels": [{"value": name, "title": name, "description": text, "key": str(key)}
                       for key, (name, text) in enumerate(LABELS, 1)]}]}}
    out = [header]
    for row in rows:
        record = {"id": row["id"], "fields": {"subject": row["subject"], "text": row["text"]},
                  "metadata": {key: row["metadata"][key] for key in ("source", "received")}}
        if responses[row["id"]]:
            record["responses"] = responses[row["id"]]
        if notes[row["id"]]:
            record["notes"] = notes[row["id"]]
        out.append(record)
    with open(HERE / "demo.jsonl", "w", encoding="utf-8", newline="\n") as file:
        for line in out:
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    report(rows, responses)


if __name__ == "__main__":
    main()
