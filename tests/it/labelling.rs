//! Label Studio's labelling configuration beside its tasks, by the real binary.

use std::path::Path;

use serde_json::{Value, json};

use crate::cases::{done, folder, refused, write};
use crate::neighbours::{answers, imported, questions};

const CONFIG: &str = r#"<View>
  <Header value="$subject"/>
  <Text name="mail" value="$body"/>
  <Image name="scan" value="$scan"/>
  <View style="display: flex">
    <Header value="What is it about?"/>
    <Choices name="topic" toName="mail" choice="multiple" required="true">
      <View><Choice value="Tax &amp; co" alias="tax" hint="money" hotkey="t"/></View>
      <Choice value="jobs" html="&lt;b&gt;Jobs&lt;/b&gt; and work" hotkey="shift+1"/>
      <Choice value="never used" hotkey="t"/>
    </Choices>
  </View>
  <Choices name="mood" toName="mail"><Choice value="pos"/><Choice value="neg"/></Choices>
  <Choices name="tone" toName="mail" choice="single-radio"><Choice value="warm"/></Choices>
  <Rating name="stars" toName="mail"/>
  <Number name="percent" toName="mail" min="0" max="100"/>
  <Number name="ratio" toName="mail" min="0" max="1" step="0.1"/>
  <TextArea name="comment" toName="mail"/>
  <Labels name="spans" toName="mail"><Label value="ORG"/></Labels>
  <Taxonomy name="place" toName="mail" leafsOnly="true">
    <Choice value="EU"><Choice value="Romania" alias="RO"/></Choice><Choice value="US"/>
  </Taxonomy>
  <DateTime name="when" toName="mail"/>
</View>"#;

/// A task with these results of one person.
fn task(results: &[(&str, &str, Value)]) -> String {
    let one = |(name, kind, value): &(&str, &str, Value)| json!({"from_name": name, "to_name": "mail", "type": kind, "value": value});
    let results: Vec<Value> = results.iter().map(one).collect();
    let annotation = json!({"completed_by": 1, "was_cancelled": false, "result": results});
    json!([{"id": 1, "data": {"body": "b", "subject": "s", "n": 1}, "annotations": [annotation]}]).to_string()
}

fn lay(at: &Path, config: &str, results: &[(&str, &str, Value)]) {
    std::fs::write(at.join("labelling_config.xml"), config).unwrap();
    std::fs::write(at.join("t.json"), task(results)).unwrap();
}

#[test]
fn the_configuration_says_texts_questions_and_labels() {
    let folder = folder();
    lay(folder.path(), CONFIG, &[("topic", "choices", json!({"choices": ["tax"]}))]);
    let (header, records) = imported(folder.path(), &["t.json"]);
    assert_eq!(
        questions(&header),
        [
            "topic multi_label tax,jobs,never used",
            "mood label pos,neg",
            "tone label warm",
            "stars rating",
            "percent rating",
            "comment text",
            "spans span ORG",
            "place multi_label EU > RO,US",
        ]
    );
    let topic = &header["questions"][0];
    assert_eq!((&topic["title"], &topic["required"]), (&json!("What is it about?"), &json!(true)));
    assert_eq!(
        topic["labels"],
        json!([
            {"value": "tax", "title": "Tax & co", "description": "money", "key": "t"},
            {"value": "jobs", "title": "Jobs and work", "key": "2"},
            {"value": "never used", "title": "never used", "key": "3"},
        ])
    );
    assert_eq!((&header["questions"][4]["min"], &header["questions"][4]["max"]), (&json!(0), &json!(100)));
    assert_eq!(header["questions"][6]["field"], "body", "the second text");
    assert_eq!(header["questions"][7]["labels"][0]["title"], "EU > Romania");
    assert_eq!(records[0]["fields"], json!({"subject": "s", "body": "b"}));
    assert_eq!(answers(&records[0]), [r#"1 submitted {"topic":["tax"]}"#]);
}

#[test]
fn what_answers_have_beyond_the_configuration_is_added_and_said() {
    let folder = folder();
    let results = [
        ("topic", "choices", json!({"choices": ["tax", "older"]})),
        ("mood", "choices", json!({"choices": ["pos", "neg"]})),
        ("tone", "choices", json!({"choices": []})),
        ("stars", "rating", json!({"rating": 7})),
        ("gone", "choices", json!({"choices": ["x"]})),
        ("when", "datetime", json!({"datetime": "2026-01-31"})),
    ];
    lay(folder.path(), CONFIG, &results);
    insta::assert_snapshot!(done(folder.path(), &["import", "t.json", "--dry-run"]));
    let (_, records) = imported(folder.path(), &["t.json"]);
    assert_eq!(
        answers(&records[0]),
        [r#"1 submitted {"topic":["tax","older"],"mood":["pos","neg"],"stars":7,"gone":"x"}"#]
    );
    // The person's word on a kind stands above both.
    let said = refused(folder.path(), &["import", "t.json", "--dataset", "other", "--kind", "mood=label"]);
    assert!(said.contains(r#"found ["pos","neg"] as the answer to 'mood' where one label was expected"#), "{said}");
}

#[test]
fn whole_numbers_are_ratings_and_others_are_kept() {
    let folder = folder();
    let at = folder.path();
    let number = |number: Value| json!({"number": number});
    let results = [("percent", "number", number(json!(40.0))), ("ratio", "number", number(json!(0.5)))];
    std::fs::write(at.join("t.json"), task(&results)).unwrap();
    let (header, records) = imported(at, &["t.json", "--text", "body"]);
    assert_eq!((&questions(&header)[..], &header["questions"][0]["max"]), (&["percent rating".into()][..], &json!(40)));
    assert_eq!(answers(&records[0]), [r#"1 submitted {"percent":40}"#]);
    let kept = &records[0]["responses"][0]["label_studio"]["result"];
    assert_eq!(kept, &json!([{"from_name": "ratio", "to_name": "mail", "type": "number", "value": {"number": 0.5}}]));
    let said = done(at, &["import", "t.json", "--text", "body", "--dry-run"]);
    assert!(said.contains("assumed: 1 results of the type 'number' are kept as they are"), "{said}");
    lay(at, CONFIG, &results);
    let (header, records) = imported(at, &["t.json"]);
    assert_eq!((&header["questions"][4]["name"], &header["questions"][4]["max"]), (&json!("percent"), &json!(100)));
    assert_eq!(answers(&records[0]), [r#"1 submitted {"percent":40}"#]);
}

#[test]
fn ratings_that_stars_cannot_give_come_back_from_label_studio_as_numbers() {
    let folder = folder();
    let at = folder.path();
    let header = r#"{"labelry":1,"dataset":{"name":"d","fields":[{"name":"text"}],"questions":[{"name":"score","type":"rating","required":false,"min":0,"max":10}]}}"#;
    let record =
        r#"{"id":"a","fields":{"text":"one"},"responses":[{"user":"ana","status":"submitted","answers":{"score":0}}]}"#;
    write(at, "d.jsonl", &[header, record]);
    done(at, &["import", "d.jsonl"]);
    done(at, &["export", "--format", "label-studio", "--out", "ls"]);
    done(at, &["--db", "b.db", "import", "ls/tasks.json", "--dataset", "d"]);
    assert_eq!(done(at, &["--db", "b.db", "export"]), done(at, &["export"]));
}

#[test]
fn questions_and_labels_of_our_own_export_come_back_equal() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("d.jsonl"), include_str!("../data/every_kind.jsonl")).unwrap();
    done(at, &["import", "d.jsonl"]);
    done(at, &["export", "--format", "label-studio", "--out", "ls"]);
    done(at, &["--db", "b.db", "import", "ls/tasks.json", "--dataset", "news"]);
    let asked = |native: &str| {
        let mut header: Value = serde_json::from_str(native.lines().next().unwrap()).unwrap();
        let questions = header["dataset"]["questions"].take();
        let with = |one: &&Value| one["type"] != "ranking";
        let without = |one: &Value| {
            // Retired is a word of ours, and keys are those of the first question there.
            let labels = one["labels"].as_array().into_iter().flatten().cloned().map(|mut label| {
                label.as_object_mut().unwrap().retain(|name, _| ["value", "title", "description"].contains(&&**name));
                label
            });
            let mut one = one.clone();
            one["labels"] = labels.collect();
            one
        };
        questions.as_array().unwrap().iter().filter(with).map(without).collect::<Vec<_>>()
    };
    assert_eq!(asked(&done(at, &["--db", "b.db", "export"])), asked(&done(at, &["export"])));
}

#[test]
fn rows_of_json_min_are_told_apart_by_the_configuration() {
    let folder = folder();
    let at = folder.path();
    let about = |user: &str, id: i64| {
        format!(
            r#""id":7,"annotator":"{user}","annotation_id":{id},"created_at":"2026-01-31T10:00:00Z","updated_at":"2026-01-31T10:00:05Z","lead_time":1.5"#
        )
    };
    let rows = [
        format!(
            r#"[{{"body":"b","subject":"s","topic":"tax","mood":"neg","comment":"ok",{}}},"#,
            about("ana@x.org", 1)
        ),
        format!(r#"{{"body":"b","subject":"s",{}}},"#, about("bob", 2)),
        format!(
            r#"{{"body":"b","subject":"s","comment":["one",{{"text":["two"]}}],"topic":{{"choices":["tax","jobs"]}},"stars":[{{"rating":4}}],"place":[{{"taxonomy":[["EU","RO"],["US"]]}}],"percent":[{{"number":40}}],"spans":[{{"start":0,"end":1,"text":"b","labels":["ORG"]}}],"when":[{{"datetime":"2026"}}],{}}}]"#,
            about("bob", 3)
        ),
    ];
    std::fs::write(at.join("t.json"), rows.join("\n")).unwrap();
    let said = refused(at, &["import", "t.json"]);
    let expected = "labelry: t.json:1: found the columns 'body', 'subject', 'topic', 'mood', 'comment' of JSON-MIN, data \
                    and answers side by side, where a labelling configuration to tell them apart was expected\nhint: name it: \
                    --settings labelling_config.xml; or export as JSON, which says it itself\n";
    assert_eq!(said, expected);
    std::fs::write(at.join("labelling_config.xml"), CONFIG).unwrap();
    let (_, records) = imported(at, &["t.json"]);
    assert_eq!(records.len(), 1);
    assert_eq!((&records[0]["id"], &records[0]["fields"]), (&json!("7"), &json!({"subject": "s", "body": "b"})));
    let spans = r#"[{"start":0,"end":1,"label":"ORG"}]"#;
    assert_eq!(
        answers(&records[0]),
        [
            String::from(r#"ana@x.org submitted {"topic":["tax"],"mood":"neg","comment":"ok"}"#),
            String::from(r#"bob submitted {"topic":[],"place":[]}"#),
            format!(
                r#"bob submitted {{"topic":["tax","jobs"],"stars":4,"percent":40,"comment":"one\ntwo","spans":{spans},"place":["EU > RO","US"]}}"#
            ),
        ]
    );
    let last = &records[0]["responses"][2];
    assert_eq!(
        (&last["pass"], &last["seconds"], &last["at"]),
        (&json!(2), &json!(1.5), &json!("2026-01-31T10:00:05.000Z"))
    );
    assert_eq!(last["label_studio"]["result"][0]["value"], json!({"datetime": "2026"}));
}

#[test]
fn a_project_of_the_api_has_the_configuration_in_a_string() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("t.json"), task(&[])).unwrap();
    std::fs::write(at.join("project.json"), json!({"id": 1, "label_config": CONFIG}).to_string()).unwrap();
    let (header, _) = imported(at, &["t.json", "--settings", "project.json"]);
    assert_eq!(questions(&header)[0], "topic multi_label tax,jobs,never used");
}

#[test]
fn a_config_xml_of_something_else_beside_the_tasks_is_passed_over() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("t.json"), task(&[("mood", "choices", json!({"choices": ["pos"]}))])).unwrap();
    write(at, "config.xml", &["<server><port name='a' toName='b'/></server>"]);
    let (header, _) = imported(at, &["t.json", "--text", "body"]);
    assert_eq!(questions(&header), ["mood label pos"]);
    write(at, "config.xml", &["<!DOCTYPE web SYSTEM 'web.dtd'><web><broken></web>"]);
    imported(at, &["t.json", "--text", "body"]);
    write(at, "config.xml", &["<server><port name='a' toName='b'/></server>"]);
    let said = refused(at, &["import", "t.json", "--settings", "config.xml", "--dataset", "other"]);
    assert!(said.contains("found the columns"), "named, it is taken at its word: {said}");
}

/// A configuration is refused with one sentence and a hint, and nothing is written.
fn check(config: &str, expected: &str) {
    let folder = folder();
    let at = folder.path();
    lay(at, config, &[]);
    let said = refused(at, &["import", "t.json"]);
    let (first, hint) = said.trim_end().split_once('\n').unwrap_or((&said, ""));
    assert_eq!(first, format!("labelry: labelling_config.xml{expected}"));
    assert!(hint.starts_with("hint: ") && !hint.contains('\n'), "{said}");
    assert!(!at.join("labelry.db").exists());
}

#[test]
fn xml_that_is_broken_or_would_grow_without_end_is_refused() {
    let wanted = "where a labelling configuration was expected";
    check(
        "<View>\n<Choices>\n</View>",
        &format!(":3: found no XML (expected 'Choices' tag, not 'View' at 3:1) {wanted}"),
    );
    check("", ": found nothing where at least one line was expected");
    check(
        "<!DOCTYPE v [\n<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>\n<View>&b;</View>",
        ":1: found a DTD where a labelling configuration without one was expected",
    );
    check(
        "<!DOCTYPE v SYSTEM \"file:///etc/hostname\">\n<View/>",
        ":1: found a DTD where a labelling configuration without one was expected",
    );
    check("<View>\n&b;</View>", &format!(":2: found no XML (unknown entity reference 'b' at 2:1) {wanted}"));
    check(
        &("<View>\n".repeat(50_000) + &"</View>".repeat(50_000)),
        ":102: found elements inside each other beyond 100 levels",
    );
    let nested = "<Choice value='a'>\n".repeat(500) + &"</Choice>".repeat(500);
    check(
        &format!("<View><Taxonomy name='t' toName='x'>{nested}</Taxonomy></View>"),
        ":101: found elements inside each other beyond 100 levels",
    );
    check(
        &format!("<View>{}</View>", "<a/>".repeat(200_001)),
        &format!(":1: found more than 200000 elements {wanted}"),
    );
    let attributes: Vec<String> = (0..10_000).map(|at| format!("a{at}=''")).collect();
    check(
        &format!("<View {}/>", attributes.join(" ")),
        &format!(": found a tag or text of more than 50000 bytes {wanted}"),
    );
}

#[test]
fn a_configuration_that_makes_no_sense_is_refused_with_its_line() {
    check("<View>\n<Choices toName='x'/></View>", ":2: found 'Choices' without a name where one was expected");
    check(
        "<View>\n<Choices name='a' toName='x' choice='two'/></View>",
        ":2: found choice='two' where \"single\", \"single-radio\" or \"multiple\" was expected",
    );
    check(
        "<View><Choices name='a' toName='x'>\n<Choice/></Choices></View>",
        ":2: found a Choice without a value where its label was expected",
    );
    check(
        "<View><Choices name='a' toName='x'><Choice value='Tax'/>\n<Choice value='tax'/></Choices></View>",
        ":2: found the label 'tax', which looks like the label 'Tax'",
    );
    check(
        "<View><TextArea name='a' toName='x'/>\n<Rating name='a' toName='x'/></View>",
        ":2: found a second tag of the name 'a' where a name of its own was expected",
    );
    check(
        "<View>\n<Rating name='a' toName='x' maxRating='many'/></View>",
        ":2: found maxRating='many' where a whole number from 1 to 1000 was expected",
    );
}
