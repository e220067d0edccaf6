//! The table of RFC 8894 in `scep`'s documentation says the truth: every item is there, and its tests exist.
//!
//! Which test belongs to which item is said by its name: `scep_3_2_1_4_01_and_02_…` is of items 3.2.1.4-01 and 3.2.1.4-02.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A line of the table.
#[derive(Debug)]
struct Row {
    item: String,
    level: String,
    binds: String,
    class: String,
    /// What fulfils it.
    by: String,
    /// Names of tests, or why there is none.
    tests: String,
}

impl Row {
    /// The tests that it names.
    fn tests(&self) -> Vec<&str> {
        self.tests.split('`').skip(1).step_by(2).collect()
    }

    fn is_must(&self) -> bool {
        self.level.starts_with("MUST")
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_path_buf()
}

fn table() -> Vec<Row> {
    let text = fs::read_to_string(root().join("scep/CONFORMANCE.md")).expect("the table");
    let lines = text.lines().filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit());
    lines
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
            let [item, level, binds, class, _, by, tests] = &cells[..] else { panic!("seven cells: {line}") };
            let [item, level, binds, class, by, tests] = [item, level, binds, class, by, tests].map(Clone::clone);
            Row { item, level, binds, class, by, tests }
        })
        .collect()
}

/// The names of all tests, and the items in each.
fn tests() -> BTreeMap<String, BTreeSet<String>> {
    let mut files = Vec::new();
    for directory in ["pki-core/src", "scep/src", "tests"] {
        collect(&root().join(directory), &mut files);
    }
    let mut tests = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file");
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            match line.strip_prefix("fn ").and_then(|rest| rest.split(['(', '<']).next()) {
                Some(name) if is_test => {
                    tests.insert(name.to_owned(), items(name));
                    is_test = false;
                }
                Some(_) => is_test = false,
                None => is_test = is_test || line == "#[test]",
            }
        }
    }
    tests
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The items of a name: behind `scep_`, numbers of a section and one of two digits; behind `and_`, another, or only its last
/// number.
fn items(name: &str) -> BTreeSet<String> {
    let mut items = BTreeSet::new();
    let Some((_, rest)) = name.split_once("scep_") else { return items };
    let mut section: Vec<&str> = Vec::new();
    let mut words = rest.split('_').peekable();
    loop {
        let mut numbers = Vec::new();
        while let Some(number) = words.next_if(|word| is_number(word)) {
            numbers.push(number);
        }
        if let Some((last, before)) = numbers.split_last()
            && last.len() == 2
        {
            if !before.is_empty() {
                section = before.to_vec();
            }
            items.insert(format!("{}-{last}", section.join(".")));
        }
        if !words.any(|word| word == "and") {
            return items;
        }
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

#[test]
fn names_of_tests_are_read_as_people_read_them() {
    let of = |name: &str| items(name).into_iter().collect::<Vec<_>>();
    assert_eq!(of("scep_2_9_10_no_single_des"), ["2.9-10"]);
    assert_eq!(of("cve_1_scep_3_2_1_2_03_only"), ["3.2.1.2-03"]);
    assert_eq!(of("scep_3_2_1_4_01_and_02_fail_info"), ["3.2.1.4-01", "3.2.1.4-02"]);
    assert_eq!(of("scep_3_02_and_3_3_2_2_02_no_envelope"), ["3-02", "3.3.2.2-02"]);
    assert_eq!(of("scep_3_5_2_07_sha_256_and_08_aes128"), ["3.5.2-07", "3.5.2-08"]);
    assert_eq!(of("scep_7_10_01_nothing_depends_on_tls"), ["7.10-01"]);
    assert!(of("scep_2_1_2_beside_an_ra").is_empty());
    assert!(of("a_certificate_is_issued").is_empty());
}

#[test]
fn every_item_is_there_once_and_says_what_fulfils_it() {
    let rows = table();
    assert_eq!(rows.len(), 224);
    assert_eq!(rows.iter().map(|row| &row.item).collect::<BTreeSet<_>>().len(), 224);
    for row in &rows {
        assert!(!row.by.is_empty(), "{}: nothing fulfils it", row.item);
    }
}

#[test]
fn every_item_that_can_be_seen_has_a_test_or_a_reason() {
    let tests = tests();
    for row in table() {
        let named = row.tests();
        for test in &named {
            assert!(tests.contains_key(*test), "{}: there is no test {test}", row.item);
        }
        let reasoned = row.tests.strip_prefix("none: ").is_some_and(|reason| reason.len() > 20);
        assert!(
            !matches!(row.class.as_str(), "W" | "S") || !named.is_empty() || reasoned,
            "{} has neither a test nor a reason",
            row.item
        );
    }
}

#[test]
fn every_must_has_a_test_by_its_name() {
    let named: BTreeSet<_> = tests().into_values().flatten().collect();
    for row in table().iter().filter(|row| row.is_must()) {
        assert!(named.contains(&row.item), "no test is named after {}", row.item);
    }
}

#[test]
fn every_test_by_the_name_of_an_item_stands_beside_it() {
    let rows: BTreeMap<_, _> = table().into_iter().map(|row| (row.item.clone(), row)).collect();
    for (test, items) in tests() {
        for item in items {
            let row = rows.get(&item).unwrap_or_else(|| panic!("{test}: there is no item {item}"));
            assert!(row.tests().contains(&test.as_str()), "{item} does not name {test}");
        }
    }
}

#[test]
fn every_failing_on_record_has_a_test_or_a_reason() {
    let text = fs::read_to_string(root().join("tests/failings/README.md")).expect("the list");
    let tests = tests();
    let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| ") && line.contains(['`', ':'])).collect();
    assert_eq!(rows.len(), 22 + 18 + 9 + 34, "{rows:#?}");
    for row in rows {
        let named: Vec<_> = row.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty() || row.contains("| none: "), "{row} has neither a test nor a reason");
        for test in named {
            assert!(tests.contains_key(test), "there is no test {test}");
        }
    }
}

#[test]
fn the_items_are_those_of_the_catalogue() {
    let Some(corpora) = std::env::var_os("PKI_CORPORA") else {
        conformance::skipped("PKI_CORPORA is not set: the catalogue of RFC 8894 stands beside the corpora");
        return;
    };
    let path = Path::new(&corpora).join("../reference/rfc8894.json");
    let Ok(text) = fs::read_to_string(&path) else {
        conformance::skipped("the catalogue of RFC 8894 is not beside the corpora");
        return;
    };
    let catalogue: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let expected: Vec<_> = catalogue["rfc8894"].as_array().expect("items").iter().collect();
    let rows = table();
    assert_eq!(rows.len(), expected.len());
    for (row, item) in rows.iter().zip(expected) {
        let field = |name: &str| item[name].as_str().expect("a text");
        let found = [&row.item, &row.level, &row.binds, &row.class].map(String::as_str);
        assert_eq!(found, [field("id").trim_start_matches("SCEP-"), field("level"), field("binds"), field("cls")]);
    }
}
