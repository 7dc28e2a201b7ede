//! MergeContent as its user sees it: properties in, flowfiles in, flowfiles out.

use std::{io::Read, time::Duration};

use expect_test::{Expect, expect};
use jiff::Timestamp;
use processors_api::{
    FixedClock, Text,
    test_runner::{Output, TestRunner},
};

use super::*;

type Runner = TestRunner<MergeContent>;

/// Feeds one flowfile for each line, `name=value ... | content`, until the processor would wait.
fn ran(properties: &str, lines: &[&str]) -> Runner {
    let mut runner = Runner::new(properties);
    lines.iter().for_each(|line| feed(&mut runner, line));
    runner.run();
    runner
}

fn feed(runner: &mut Runner, line: &str) {
    let (attributes, content) = line.split_once('|').unwrap_or(("", line));
    let mut flowfile = runner.enqueue(content);
    for (name, value) in attributes.split_whitespace().filter_map(|word| word.split_once('=')) {
        flowfile = flowfile.attribute(name, value);
    }
}

/// What became of them; what `merge.uuid`, `merge.bin.age` and numbers for names are is no matter.
#[track_caller]
fn check(properties: &str, lines: &[&str], expected: Expect) {
    expected.assert_eq(&shown(&ran(properties, lines)));
}

fn shown(runner: &Runner) -> String {
    let is_told = |word: &&str| {
        let number = word.strip_prefix("filename=").unwrap_or_default();
        let is_number = number.parse::<i64>().is_ok();
        !word.starts_with("merge.uuid=") && !word.starts_with("merge.bin.age=") && !is_number
    };
    let line = |line: &str| {
        line.split(' ').filter(is_told).collect::<Vec<_>>().join(" ").trim_end().to_owned()
    };
    runner.render().lines().map(|text| line(text) + "\n").collect()
}

fn reason(output: &Output) -> String {
    output.reason.as_ref().map_or(String::new(), |reason| reason.masked().to_owned())
}

#[test]
fn contents_stand_one_behind_the_other_with_what_goes_between() {
    let properties =
        "delimiter_strategy: Text\nheader: '<${n}>'\ndemarcator: \"\\n\"\nfooter: '</>'\n";
    check(
        properties,
        &["n=1 a=b | A", "n=2 a=b | B"],
        expect![[r#"
            merged: "<1> A\n B</>" a=b merge.count=2 merge.reason=MIN_THRESHOLDS_REACHED mime.type=application/octet-stream
            original: " A" a=b n=1
            original: " B" a=b n=2
        "#]],
    );
    let without = properties.replace("Text", "Do Not Use Delimiters");
    assert_eq!(ran(&without, &["A", "B"]).transfers[0].text(), "AB");
}

#[test]
fn delimiters_come_out_of_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("head"), "name,amount\n").unwrap();
    let merged = |properties: &str| {
        let mut runner = Runner::new(properties);
        runner.context().folder = folder.path().to_owned();
        feed(&mut runner, "file=head | 1");
        runner.run();
        shown(&runner)
    };
    let of_file = merged("delimiter_strategy: Filename\nheader_file: ${file}\n");
    assert!(of_file.starts_with("merged: \"name,amount\\n 1\""), "{of_file}");
    expect![[r#"
        failure: " 1" file=head because: the delimiter file missing cannot be read: No such file or directory (os error 2)
    "#]]
    .assert_eq(&merged("delimiter_strategy: Filename\nfooter: missing\n"));
}

#[test]
fn fragments_are_put_together_or_fail_together() {
    let fragment = |words: &str| format!("fragment.identifier=7 {words}");
    let fragments = |words: &[&str]| words.iter().map(|words| fragment(words)).collect::<Vec<_>>();
    let check = |words: &[&str], expected: Expect| {
        let mut runner = Runner::new("merge_strategy: Defragment\nmax_bin_age: 1 min\n");
        fragments(words).iter().for_each(|line| feed(&mut runner, line));
        runner.run();
        runner.context().clock =
            std::sync::Arc::new(FixedClock(Timestamp::from_second(60).unwrap()));
        runner.run();
        let reasons = runner.transfers.iter().map(|output| {
            let reason = output.reason.as_ref().map_or("", Text::masked);
            format!("{}: {} {reason}", output.relationship, output.text().trim())
        });
        expected.assert_eq(&reasons.collect::<Vec<_>>().join("\n"));
    };
    check(
        &["fragment.index=10 | c", "fragment.index=9 fragment.count=3 | b", "fragment.index=0 | a"],
        expect![[r#"
            merged: a b c 
            original: a 
            original: b 
            original: c "#]],
    );
    check(
        &["fragment.index=1 fragment.count=2 | a"],
        expect!["failure: a 1 fragments came, and there should be 2"],
    );
    check(
        &["fragment.index=x fragment.count=1 | a"],
        expect!["failure: a a fragment has no whole number in `fragment.index`"],
    );
    check(
        &["fragment.count=1 | a"],
        expect!["failure: a a fragment has no whole number in `fragment.index`"],
    );
    // A place is taken once: the second one waits in a bin of its own.
    check(
        &["fragment.index=1 | a", "fragment.index=1 | b", "fragment.index=2 fragment.count=2 | c"],
        expect![[r#"
            merged: a c 
            original: a 
            original: c 
            failure: b no fragment says in `fragment.count` how many there are"#]],
    );
    check(
        &["fragment.index=1 | a"],
        expect!["failure: a no fragment says in `fragment.count` how many there are"],
    );
    check(
        &["fragment.index=1 fragment.count=two | a"],
        expect!["failure: a a fragment has no whole number in `fragment.count`"],
    );
    check(
        &["fragment.index=1 fragment.count=3 | a", "fragment.index=2 fragment.count=2 | b"],
        expect![[r#"
            failure: a fragments that belong together differ in `fragment.count`: 3 and 2
            failure: b fragments that belong together differ in `fragment.count`: 3 and 2"#]],
    );
}

#[test]
fn attributes_are_inherited_as_told() {
    let lines = ["a=1 b=1 c=1 | x", "a=1 b=2 d=1 | y"];
    check(
        "",
        &lines,
        expect![[r#"
            merged: " x y" a=1 merge.count=2 merge.reason=MIN_THRESHOLDS_REACHED mime.type=application/octet-stream
            original: " x" a=1 b=1 c=1
            original: " y" a=1 b=2 d=1
        "#]],
    );
    let unique = ran("attribute_strategy: Keep All Unique Attributes\n", &lines);
    let merged = &unique.transfers[0];
    assert_eq!(
        ["a", "b", "c", "d"].map(|name| merged.attribute(name).is_some()),
        [true, false, true, true]
    );
    let id = merged.record.id.to_string();
    assert!(
        unique.transfers.iter().all(|output| output.attribute("merge.uuid") == Some(id.clone()))
    );
    assert_eq!(merged.made_from.as_ref().map(Vec::len), Some(2));
}

#[test]
fn what_is_made_of_a_secret_is_one() {
    for (properties, hidden) in [("", "s3cret"), ("merge_format: 'FlowFile Stream, v3'\n", "t0ken")]
    {
        let mut runner = Runner::new(properties);
        runner.enqueue("s3cret").attribute("token", Text::sensitive("t0ken")).secret();
        runner.enqueue("open").attribute("token", "t0ken");
        runner.run();
        assert!(runner.transfers[0].record.content.is_sensitive());
        assert!(runner.transfers[0].record.attributes.get("token").unwrap().is_sensitive());
        let merged = format!("{:?}", runner.transfers[0]);
        assert!(!merged.contains(hidden), "{merged}");
    }
    let mut runner = Runner::new("delimiter_strategy: Text\nheader: ${token}\n");
    runner.enqueue("open").attribute("token", Text::sensitive("t0ken"));
    runner.run();
    runner.assert_hidden("t0ken");
}

#[test]
fn names_are_numbers_unless_there_is_a_better_one() {
    let name = |properties: &str, lines: &[&str]| {
        ran(properties, lines).transfers[0].attribute("filename").unwrap()
    };
    assert_eq!(name("", &["filename=a.txt | x"]), "a.txt");
    assert_eq!(name("merge_format: ZIP\n", &["filename=a.txt | x"]), "a.txt.zip");
    let original = "segment.original.filename=whole filename=b | y";
    assert_eq!(name("merge_format: TAR\n", &["filename=a | x", original]), "whole.tar");
    let one_a_bin = ran("maximum_number_of_entries: 2\n", &["a", "b", "c", "d"]);
    let names: Vec<_> = one_a_bin
        .transfers
        .iter()
        .filter(|output| output.relationship == "merged")
        .map(|output| output.attribute("filename").unwrap().parse::<i64>().unwrap())
        .collect();
    assert!(names[0] < names[1], "two of the same moment differ");
}

#[test]
fn a_bin_waits_and_says_what_for() {
    let mut runner = Runner::new("minimum_number_of_entries: 3\nmax_bin_age: 1 hour\n");
    feed(&mut runner, "a");
    feed(&mut runner, "b");
    runner.run();
    assert_eq!(runner.render(), "(waiting): 2 flowfiles\n");
    let wait = runner.wait.clone().unwrap();
    assert_eq!(wait.until, Timestamp::from_second(3_600).ok());
    assert_eq!(wait.what, "more flowfiles: its fullest bin has 2 of 3 (minimum_number_of_entries)");
    runner.context().clock =
        std::sync::Arc::new(FixedClock(Timestamp::from_second(3_600).unwrap()));
    runner.run();
    let merged = &runner.transfers[0];
    assert_eq!(merged.text(), "ab");
    assert_eq!(merged.attribute("merge.reason").unwrap(), "TIMEOUT");
    assert_eq!(
        merged.attribute("merge.bin.age").unwrap(),
        Duration::from_secs(3_600).as_millis().to_string()
    );
    for (properties, line, what) in [
        (
            "minimum_group_size: 9 B",
            "a",
            "more flowfiles: its fullest bin has 1 of 9 bytes (minimum_group_size); with max_bin_age it would not wait for ever",
        ),
        (
            "merge_strategy: Defragment",
            "fragment.identifier=1 fragment.index=1 fragment.count=4 | a",
            "the other fragments: 1 of 4 are there; with max_bin_age it would not wait for ever",
        ),
        (
            "merge_strategy: Defragment",
            "fragment.identifier=1 fragment.index=1 | a",
            "the other fragments: 1 are there, and none says in `fragment.count` how many there are; with max_bin_age it would not wait for ever",
        ),
    ] {
        assert_eq!(ran(properties, &[line]).wait.unwrap().what, what);
    }
}

#[test]
fn one_flowfile_that_cannot_be_judged_does_not_hold_up_the_others() {
    check(
        "bin_termination_check: ${n:toDate('yyyy'):toNumber():lt(0)}\n",
        &["n=2001 | a", "n=x | b"],
        expect![[r#"
            failure: " b" n=x because: `toDate`: `x` cannot be read: the text does not fit the pattern
            merged: " a" merge.count=1 merge.reason=MIN_THRESHOLDS_REACHED mime.type=application/octet-stream n=2001
            original: " a" n=2001
        "#]],
    );
}

#[test]
fn a_tar_has_an_entry_for_each() {
    let line = "filename=a.txt path=./x/ tar.permissions=750 file.lastModifiedTime=1970-01-02T01:00:00+0100 | A";
    let runner =
        ran("merge_format: TAR\nkeep_path: true\n", &[line, "filename=../b | B", "filename=c | C"]);
    let merged = &runner.transfers[0];
    assert_eq!(merged.attribute("mime.type").unwrap(), "application/tar");
    let mut archive = ::tar::Archive::new(merged.content.as_slice());
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        let header = entry.header();
        let (mode, time) = (header.mode().unwrap(), header.mtime().unwrap());
        format!("{} {mode:o} {time} {content}", entry.path().unwrap().display())
    });
    assert_eq!(entries.collect::<Vec<_>>(), ["x/a.txt 750 86400  A", "c 644 0  C"]);
    let failed: Vec<_> = runner.transferred(&FAILURE).iter().map(|output| reason(output)).collect();
    assert_eq!(failed, ["`../b` cannot be the name of an entry of an archive"]);
    assert_eq!(runner.transferred(&ORIGINAL).len(), 3);
}

#[test]
fn a_zip_has_each_name_once() {
    for level in [0, 1, 9] {
        let properties = format!("merge_format: ZIP\ncompression_level: {level}\n");
        let runner =
            ran(&properties, &["filename=a path=x | A", "filename=b | B", "filename=a | C"]);
        let merged = &runner.transfers[0];
        assert_eq!(merged.attribute("mime.type").unwrap(), "application/zip");
        let mut archive = ::zip::ZipArchive::new(std::io::Cursor::new(&merged.content)).unwrap();
        let entries = (0..archive.len()).map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            format!("{}:{content}", entry.name())
        });
        assert_eq!(entries.collect::<Vec<_>>(), ["a: A", "b: B"]);
        let failed: Vec<_> =
            runner.transferred(&FAILURE).iter().map(|output| output.text()).collect();
        assert_eq!(failed, [" C"]);
        assert_eq!(runner.transferred(&ORIGINAL).len(), 3);
    }
}

#[test]
fn packages_are_as_nifi_makes_them() {
    let bytes = |format: &str| {
        let runner = ran(&format!("merge_format: '{format}'\n"), &["filename=f | x"]);
        let id = runner.transfers[1].record.id.to_string();
        (
            runner.transfers[0].attribute("mime.type").unwrap(),
            runner.transfers[0].content.clone(),
            id,
        )
    };
    let (mime_type, v3, id) = bytes("FlowFile Stream, v3");
    let mut expected = b"NiFiFF3\0\x02\0\x08filename\0\x01f\0\x04uuid\0\x24".to_vec();
    expected.extend(id.as_bytes());
    expected.extend(b"\0\0\0\0\0\0\0\x02 x");
    assert_eq!((mime_type.as_str(), &v3), ("application/flowfile-v3", &expected));
    let (mime_type, v2, _) = bytes("FlowFile Stream, v2");
    assert_eq!((mime_type.as_str(), &*v2), ("application/flowfile-v2", &expected[7..]));
    let (mime_type, v1, id) = bytes("FlowFile Tar, v1");
    assert_eq!(mime_type, "application/flowfile-v1");
    let mut archive = ::tar::Archive::new(v1.as_slice());
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        format!("{}: {content}", entry.path().unwrap().display()).replace(&id, "UUID")
    });
    expect![[r#"
        flowfile.attributes: <?xml version="1.0" encoding="UTF-8"?><!DOCTYPE properties
          SYSTEM "http://java.sun.com/dtd/properties.dtd">
        <properties>
          <entry key="filename">f</entry>
          <entry key="uuid">UUID</entry></properties>
        flowfile.content:  x"#]]
    .assert_eq(&entries.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_long_value_has_a_long_length_in_a_package() {
    let mut runner = Runner::new("merge_format: 'FlowFile Stream, v3'\n");
    runner.enqueue("").attribute("a", "x".repeat(0xffff));
    runner.run();
    let content = &runner.transfers[0].content;
    assert!(content.windows(9).any(|window| window == b"\0\x01a\xff\xff\0\0\xff\xff"));
}

/// An Avro file with one block, made by hand.
fn avro(schema: &str, metadata: &[(&str, &str)], sync: u8, block: &str) -> Vec<u8> {
    let text = |text: &str| {
        let length = text.len() * 2;
        [&[(length & 0x7f) as u8 | 0x80, (length >> 7) as u8][..], text.as_bytes()].concat()
    };
    let mut file = b"Obj\x01".to_vec();
    file.push((metadata.len() + 1) as u8 * 2);
    for (name, value) in [("avro.schema", schema)].iter().chain(metadata) {
        file.extend([text(name), text(value)].concat());
    }
    file.push(0);
    file.extend([sync; 16]);
    file.push(2);
    file.extend(text(block));
    file.extend([sync; 16]);
    file
}

#[test]
fn avro_files_with_one_schema_become_one() {
    let merged = |properties: &str, files: &[Vec<u8>]| {
        let mut runner = Runner::new(&format!("merge_format: Avro\n{properties}"));
        for file in files {
            runner.enqueue(file);
        }
        runner.run();
        let blocks = runner.transfers.first().map_or(String::new(), |first| {
            let content = String::from_utf8_lossy(&first.content).into_owned();
            content.split(['<', '>']).skip(1).step_by(2).collect::<Vec<_>>().join(",")
        });
        let failed = runner.transferred(&FAILURE);
        let reason = failed.first().map_or(String::new(), |failed| reason(failed));
        (blocks, failed.len(), runner.transferred(&ORIGINAL).len(), reason)
    };
    let (same, other) = (r#"{"type":"int","doc":"x"}"#, r#"{"type":"long"}"#);
    let int = r#"{"type":"int"}"#;
    let files = [
        avro(int, &[("user", "1"), ("mine", "1")], 1, "<a>"),
        avro(same, &[("user", "1"), ("mine", "1")], 2, "<b>"),
        avro(other, &[], 3, "<c>"),
        avro(int, &[("user", "2")], 4, "<d>"),
        avro(int, &[("user", "1"), ("more", "1")], 5, "<e>"),
        avro(int, &[("user", "1"), ("mine", "1"), ("avro.codec", "deflate")], 6, "<f>"),
    ];
    for (strategy, blocks, failed) in [
        ("Do Not Merge Uncommon Metadata", "a,b", 4),
        ("Keep Only Common Metadata", "a,b,e", 3),
        ("Use First Metadata", "a,b,d,e", 2),
        ("Ignore Metadata", "a,b,d,e", 2),
    ] {
        let told = merged(&format!("metadata_strategy: {strategy}\n"), &files);
        let (found, out, originals, _) = told;
        assert_eq!((found.as_str(), out, originals), (blocks, failed, 6), "{strategy}");
    }
    let damaged = files[0][..files[0].len() - 3].to_vec();
    for (file, why) in [
        (b"{}".to_vec(), "the content is no Avro object container file"),
        (damaged, "the Avro content is damaged: it ends too early"),
        (
            b"Obj\x01\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
            "the Avro content is damaged: a number is too long",
        ),
    ] {
        let (_, failed, _, reason) = merged("", &[file, files[1].clone()]);
        assert_eq!((failed, reason.as_str()), (2, why));
    }
}

#[test]
fn mistakes_are_found_at_load() {
    for (properties, message) in [
        ("minimum_number_of_entries: 5\nmaximum_number_of_entries: 4\n", "is more than"),
        ("minimum_number_of_entries: 0\n", "minimum_number_of_entries"),
        ("minimum_group_size: 5 B\nmaximum_group_size: 4 B\n", "is more than"),
        ("max_bin_age: 999 ms\n", "at least a second"),
        ("compression_level: 10\n", "from 0 to 9"),
        ("maximum_number_of_bins: 0\n", "maximum_number_of_bins"),
        ("merge_format: RAR\n", "merge_format"),
        ("bin_termination_check: ${a}\n", "true or false"),
        ("correlation_attribute_name: ''\n", "is empty"),
        ("delimiter_strategy: Text\nfooter: ''\n", "is empty"),
    ] {
        let mistakes = Runner::mistakes(properties);
        assert!(mistakes.contains(message), "{properties}: {mistakes}");
    }
    assert_eq!(
        Runner::mistakes(
            "Merge Format: TAR\nMaximum number of Bins: 3\nmergecontent-metadata-strategy: Ignore Metadata\n"
        ),
        ""
    );
}
