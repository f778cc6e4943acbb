//! The example `wordcount`, run as its users do.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_wordcount");

/// The rows of the table: the plain count and the five ways to run a job.
const ROWS: usize = 6;

fn wordcount(dir: impl AsRef<Path>, options: &[&str]) -> Outcome {
    Outcome::of(Command::new(PROGRAM).args(options).arg(dir.as_ref()))
}

/// Creates a folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// The output of the program.
struct Outcome {
    code: i32,
    output: String,
    errors: String,
}

impl Outcome {
    fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        Self {
            code: status.code().unwrap(),
            output: String::from_utf8(stdout).unwrap(),
            errors: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Returns the rows of the table: files, words, distinct words, open files.
    fn rows(&self) -> Vec<[usize; 4]> {
        assert_eq!(self.code, 0, "{}{}", self.output, self.errors);
        let table: Vec<&str> = self.output.lines().take(1 + ROWS).collect();
        assert_eq!(table.len(), 1 + ROWS, "{}", self.output);
        let rows = table[1..].iter().map(|line| {
            let mut cells = line.split_whitespace().rev();
            assert_eq!(cells.next(), Some("yes"), "{line}");
            let seconds: f64 = cells.next().unwrap().parse().unwrap();
            assert!(seconds >= 0.0);
            let mut number = || cells.next().unwrap().parse().unwrap();
            let [open, distinct, words, files] = [number(), number(), number(), number()];
            [files, words, distinct, open]
        });
        rows.collect()
    }

    #[track_caller]
    fn assert_counts(&self, files: usize, words: usize, distinct: usize) {
        for row in self.rows() {
            assert_eq!(row[..3], [files, words, distinct], "{}", self.output);
        }
    }

    /// Returns the lines below `most frequent:`, as word and number.
    fn most_frequent(&self) -> Vec<(&str, usize)> {
        let lines = self
            .output
            .lines()
            .skip_while(|&line| line != "most frequent:");
        let lines = lines.skip(1).take_while(|line| !line.is_empty());
        let pairs = lines.map(|line| line.trim_start().split_once("  ").unwrap());
        pairs
            .map(|(times, word)| (word, times.parse().unwrap()))
            .collect()
    }

    #[track_caller]
    fn assert_refused(&self, parts: &[&str]) {
        assert_eq!(self.code, 2, "{}{}", self.output, self.errors);
        assert_eq!(self.output, "");
        for part in parts {
            assert!(
                self.errors.contains(part),
                "no {part:?} in {:?}",
                self.errors
            );
        }
    }

    #[track_caller]
    fn assert_skipped(&self, path: &Path, reason: &str) {
        let start = format!("skipped: {path:?}: {reason}");
        assert!(
            self.errors.lines().any(|line| line.starts_with(&start)),
            "no {start:?} in {:?}",
            self.errors
        );
    }
}

#[test]
fn a_known_tree_is_counted_exactly_under_every_runtime() {
    let twelve = "a b b c c c d d d d e e e e e f f f f f f g g g g g g g \
                  h h h h h h h h i i i i i i i i i j j j j j j j j j j k l";
    let folder = folder(&[
        ("letters.txt", twelve.as_bytes()),
        ("more.txt", b"A k, l;\n\nl"),
    ]);
    let outcome = wordcount(&folder, &[]);
    outcome.assert_counts(2, 61, 12);
    let ten = "j i h g f e d c l a"
        .split(' ')
        .zip([10, 9, 8, 7, 6, 5, 4, 3, 3, 2]);
    assert_eq!(outcome.most_frequent(), ten.collect::<Vec<_>>());
    assert_eq!(outcome.errors, "");
}

#[test]
fn each_runtime_has_a_row() {
    let outcome = wordcount(folder(&[("file", b"word")]), &[]);
    let names: Vec<&str> = outcome
        .output
        .lines()
        .take(1 + ROWS)
        .map(|line| line.split("  ").next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "runtime",
            "sequential",
            "tokio, two threads",
            "tokio, current thread",
            "async-executor, two threads",
            "futures-lite, block_on",
            "plain threads",
        ]
    );
}

#[test]
fn a_word_is_a_run_of_letters_and_digits_in_lower_case() {
    let text = "\u{feff}Don't don_t 42 4.2 \u{c9}COLE \u{e9}cole \u{39f}\u{394}\u{39f}\u{3a3} \u{6f22}\u{5b57}";
    let outcome = wordcount(folder(&[("file", text.as_bytes())]), &[]);
    outcome.assert_counts(1, 11, 8);
    assert_eq!(
        outcome.most_frequent(),
        [
            ("don", 2),
            ("t", 2),
            ("\u{e9}cole", 2),
            ("2", 1),
            ("4", 1),
            ("42", 1),
            ("\u{3bf}\u{3b4}\u{3bf}\u{3c2}", 1),
            ("\u{6f22}\u{5b57}", 1),
        ]
    );
}

#[test]
fn top_limits_the_list_and_zero_leaves_it_out() {
    let folder = folder(&[("file", b"a a b")]);
    let one = wordcount(&folder, &["--top", "1"]);
    assert_eq!(one.most_frequent(), [("a", 2)]);
    let none = wordcount(&folder, &["--top", "0"]);
    none.assert_counts(1, 3, 2);
    assert!(!none.output.contains("most frequent"));
}

#[test]
fn an_empty_folder_has_no_words() {
    let outcome = wordcount(folder(&[]), &["--workers", "16"]);
    outcome.assert_counts(0, 0, 0);
    assert_eq!(outcome.most_frequent(), []);
}

#[test]
fn an_empty_file_counts_as_a_file() {
    wordcount(folder(&[("empty", b"")]), &[]).assert_counts(1, 0, 0);
}

#[test]
fn nested_folders_are_walked() {
    let folder = folder(&[
        ("one", b"word"),
        ("a/two", b"word"),
        ("a/b/c/d/e/f/three", b"word"),
        ("z/target/four", b"word"),
    ]);
    fs::create_dir(folder.path().join("a/empty")).unwrap();
    wordcount(&folder, &[]).assert_counts(4, 4, 1);
}

#[test]
fn a_single_file_can_be_counted() {
    let folder = folder(&[("one", b"one"), ("two", b"two words")]);
    wordcount(folder.path().join("two"), &[]).assert_counts(1, 2, 2);
}

#[test]
fn ignored_and_hidden_files_and_target_folders_of_cargo_are_not_counted() {
    let folder = folder(&[
        (".gitignore", b"*.log\n/out\n"),
        ("kept.txt", b"kept"),
        ("run.log", b"ignored"),
        ("out/file", b"ignored"),
        ("deep/run.log", b"ignored"),
        (".hidden", b"hidden"),
        (".git/config", b"hidden"),
        ("target/CACHEDIR.TAG", b"cache"),
        ("target/debug/file", b"built"),
    ]);
    let outcome = wordcount(&folder, &[]);
    outcome.assert_counts(1, 1, 1);
    assert_eq!(outcome.most_frequent(), [("kept", 1)]);
    assert_eq!(outcome.errors, "");
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_not_counted() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    let folder = folder(&[("real", b"word")]);
    symlink("real", folder.path().join("linked")).unwrap();
    symlink(".", folder.path().join("loop")).unwrap();
    symlink("nowhere", folder.path().join("broken")).unwrap();
    let _socket = UnixListener::bind(folder.path().join("socket")).unwrap();
    wordcount(&folder, &[]).assert_counts(1, 1, 1);
    // A link that is given as DIR is followed.
    wordcount(folder.path().join("linked"), &[]).assert_counts(1, 1, 1);
    wordcount(folder.path().join("loop"), &[]).assert_counts(1, 1, 1);
}

#[test]
fn a_file_that_is_not_utf8_is_skipped_and_named() {
    let folder = folder(&[
        ("good", b"three good words"),
        ("sub/latin", b"caf\xe9"),
        ("sub/picture", b"\x89PNG\r\n\x1a\n\0\0"),
    ]);
    let outcome = wordcount(&folder, &[]);
    outcome.assert_counts(1, 3, 3);
    outcome.assert_skipped(&folder.path().join("sub").join("latin"), "not UTF-8");
    outcome.assert_skipped(&folder.path().join("sub").join("picture"), "not UTF-8");
    assert_eq!(outcome.errors.lines().count(), 2);
    assert!(
        outcome
            .output
            .ends_with("skipped files: 2 (see the error output)\n")
    );
}

/// The superuser can read every file, so for that user the file counts.
#[cfg(unix)]
#[test]
fn a_file_without_permission_is_skipped_and_named() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder(&[("good", b"good words"), ("secret", b"secret words")]);
    let secret = folder.path().join("secret");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    let outcome = wordcount(&folder, &[]);
    if fs::read(&secret).is_ok() {
        outcome.assert_counts(2, 4, 3);
    } else {
        outcome.assert_counts(1, 2, 2);
        outcome.assert_skipped(&secret, "Permission denied");
    }
}

/// The memory of a process is a file that can be opened, but reading its first page fails,
/// even for the superuser.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read_is_skipped_and_named() {
    let outcome = wordcount("/proc/self/mem", &[]);
    outcome.assert_counts(0, 0, 0);
    outcome.assert_skipped(Path::new("/proc/self/mem"), "Input/output error");
}

#[test]
fn a_folder_that_does_not_exist_is_refused() {
    let folder = folder(&[]);
    let missing = folder.path().join("missing");
    let named = format!("{missing:?}");
    wordcount(&missing, &[]).assert_refused(&["DIR must be a folder or a regular file", &named]);
}

#[cfg(unix)]
#[test]
fn a_device_is_refused() {
    wordcount("/dev/zero", &[]).assert_refused(&["\"/dev/zero\" is neither"]);
}

#[test]
fn numbers_out_of_range_are_refused_with_the_rule_and_the_value() {
    let huge = "99999999999999999999999999";
    let cases = [
        ("--workers", "from 1 to 256", ["0", "257", huge]),
        ("--open", "from 1 to 256", ["0", "257", huge]),
        ("--capacity", "from 1 to 1000000", ["0", "1000001", huge]),
        ("--top", "from 0 to 1000", ["-1", "1001", huge]),
    ];
    let folder = folder(&[]);
    for (option, rule, values) in cases {
        for value in values.into_iter().chain(["-1", "many", "1.5", ""]) {
            let named = format!("invalid value '{value}' for '{option}");
            wordcount(&folder, &[option, value]).assert_refused(&[&named, rule]);
        }
    }
}

#[test]
fn the_narrowest_and_the_widest_settings_agree() {
    let names: Vec<String> = (0..300).map(|n| format!("{}/{n}.txt", n % 7)).collect();
    let texts: Vec<String> = (0..300).map(|n| format!("all {n} {}", n % 10)).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&texts)
        .map(|(name, text)| (name.as_str(), text.as_bytes()))
        .collect();
    let folder = folder(&files);
    for (workers, open, capacity) in [
        ("1", "1", "1"),
        ("256", "1", "1"),
        ("1", "256", "1000000"),
        ("256", "256", "1"),
        ("16", "3", "2"),
    ] {
        let options = ["--workers", workers, "--open", open, "--capacity", capacity];
        let outcome = wordcount(&folder, &options);
        outcome.assert_counts(300, 900, 301);
        let (workers, open): (usize, usize) = (workers.parse().unwrap(), open.parse().unwrap());
        for [.., most] in outcome.rows() {
            assert!(most <= open.min(workers), "{options:?}: {}", outcome.output);
        }
    }
}

/// Workers that find nothing to count have a share of the words too.
#[test]
fn any_number_of_workers_shares_the_words_of_one_file() {
    let text: String = (0..100).map(|n| format!("{n} x{} Y ", n % 10)).collect();
    let folder = folder(&[("bad", b"\xff"), ("file", text.as_bytes())]);
    for workers in ["1", "2", "3", "7", "64", "256"] {
        let outcome = wordcount(&folder, &["--workers", workers]);
        outcome.assert_counts(1, 300, 111);
        assert_eq!(outcome.most_frequent()[..2], [("y", 100), ("x0", 10)]);
        outcome.assert_skipped(&folder.path().join("bad"), "not UTF-8");
    }
}

#[test]
fn a_pipe_gets_no_progress_bar() {
    let names: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), b"word".as_slice()))
        .collect();
    let outcome = wordcount(folder(&files), &[]);
    outcome.assert_counts(100, 100, 1);
    assert_eq!(outcome.errors, "");
    assert!(
        !outcome.output.contains(['\x1b', '\r']),
        "{:?}",
        outcome.output
    );
}

/// Linux only: names on Windows cannot hold control characters, and names on macOS must be
/// UTF-8.
#[cfg(target_os = "linux")]
#[test]
fn a_name_cannot_control_the_terminal() {
    let outcome = wordcount(folder(&[("bad\x1b[2J\nname", b"\xff")]), &[]);
    outcome.assert_counts(0, 0, 0);
    assert!(!outcome.errors.contains('\x1b'), "{:?}", outcome.errors);
    assert_eq!(outcome.errors.lines().count(), 1);
    assert!(outcome.errors.contains(r"bad\u{1b}[2J\nname"));
}

#[test]
fn help_names_every_option() {
    let outcome = Outcome::of(Command::new(PROGRAM).arg("--help"));
    assert_eq!(outcome.code, 0);
    for part in ["[DIR]", "--workers", "--open", "--capacity", "--top"] {
        assert!(outcome.output.contains(part), "{}", outcome.output);
    }
}

#[test]
fn an_unknown_option_is_refused_with_the_usage() {
    let outcome = wordcount("docs", &["--nonsense"]);
    outcome.assert_refused(&["--nonsense", "Usage: wordcount"]);
}

#[test]
fn without_arguments_it_counts_its_own_sources() {
    let outcome = Outcome::of(Command::new(PROGRAM).current_dir(env::temp_dir()));
    let rows = outcome.rows();
    assert!(rows[0][0] > 10 && rows[0][1] > 1000, "{}", outcome.output);
}
