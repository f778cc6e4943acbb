//! The programs of the documents run when a reader pastes them into a project.
//!
//! A project is created outside the repository, with a link to the repository beside it, as
//! the documents say. Its `Cargo.toml` is the first TOML block of the page. Each Rust block
//! with a function `main` becomes a program of that project.
#![forbid(unsafe_code)]
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the repository is two folders up")
        .to_owned()
}

/// A block of code in a page.
struct Block {
    /// The language and the words behind it, such as `rust,compile_fail`.
    info: String,
    /// The number of the line where the block starts.
    line: usize,
    text: String,
}

impl Block {
    /// Returns whether this is Rust code that compiles.
    fn is_rust(&self) -> bool {
        self.info == "rust"
    }

    fn is_program(&self) -> bool {
        self.is_rust() && self.text.contains("fn main()")
    }
}

fn blocks(page: &str) -> Vec<Block> {
    let text = fs::read_to_string(root().join(page)).expect("a page can be read");
    let (mut blocks, mut open) = (Vec::new(), None::<Block>);
    for (event, range) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                open = Some(Block {
                    info: info.into_string(),
                    line: text[..range.start].lines().count() + 1,
                    text: String::new(),
                });
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            Event::Text(line) => {
                if let Some(block) = &mut open {
                    block.text.push_str(&line);
                }
            }
            _ => {}
        }
    }
    blocks
}

/// Runs a command, which must succeed.
fn run(command: &mut Command) {
    println!("{command:?}");
    let status = command.status().expect("the command can be started");
    assert!(status.success(), "{command:?}: {status}");
}

/// Creates the project of a page, and builds and runs all its programs. Returns their number.
fn run_programs(page: &str) -> usize {
    let blocks = blocks(page);
    let manifest = blocks.iter().find(|block| block.info == "toml");
    let manifest = manifest.unwrap_or_else(|| panic!("{page} shows no Cargo.toml"));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    std::os::unix::fs::symlink(root(), folder.path().join("aiosync"))
        .expect("a link can be created");
    let project = folder.path().join("project");
    let programs = project.join("src/bin");
    fs::create_dir_all(&programs).expect("folders can be created");
    fs::write(project.join("Cargo.toml"), &manifest.text).expect("a file can be written");

    // All pages share a target folder, so the names of programs differ.
    let stem = Path::new(page).file_stem().expect("a page has a name");
    let stem = stem.to_string_lossy().to_lowercase();
    let programs: Vec<_> = (blocks.iter())
        .filter(|block| block.is_program())
        .map(|block| {
            let name = format!("{stem}_line_{}", block.line);
            let path = programs.join(&name).with_extension("rs");
            fs::write(path, &block.text).expect("a file can be written");
            name
        })
        .collect();

    let target = root().join("target/pasted");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--bins"]);
    build.current_dir(&project).env("CARGO_TARGET_DIR", &target);
    build
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    // Programs without debug information build faster.
    run(build.env("CARGO_PROFILE_DEV_DEBUG", "none"));
    for name in &programs {
        // Some programs show a panic, whose backtrace is of no interest.
        run(Command::new(target.join("debug").join(name)).env_remove("RUST_BACKTRACE"));
    }
    programs.len()
}

#[test]
fn the_program_of_the_readme_runs_when_pasted() {
    let blocks = blocks("README.md");
    let programs: Vec<_> = blocks.iter().filter(|block| block.is_rust()).collect();
    assert_eq!(programs.len(), 1, "the README shows one program");
    let example = fs::read_to_string(root().join("examples/worker_pool/main.rs"));
    let example = example.expect("the example can be read");
    assert!(
        example.ends_with(&programs[0].text),
        "the README shows examples/worker_pool/main.rs from its first `use` on"
    );
    assert_eq!(run_programs("README.md"), 1);
}

#[test]
fn every_block_of_the_page_for_asyncio_runs_when_pasted() {
    let page = "docs/from-asyncio.md";
    let blocks = blocks(page);
    for block in blocks.iter().filter(|block| block.is_rust()) {
        assert!(block.is_program(), "{page}:{}: no main", block.line);
    }
    assert!(run_programs(page) > 30);
}

#[test]
fn the_programs_of_the_guide_run_when_pasted() {
    assert!(run_programs("docs/guide.md") > 3);
}

/// Creates the library of the page for library authors: its `Cargo.toml`, and the Rust blocks
/// below it as `src/lib.rs`.
#[test]
fn the_library_of_the_page_for_authors_passes_its_tests_and_its_models() {
    let blocks = blocks("docs/loom.md");
    let manifest = (blocks.iter()).position(|block| block.info == "toml");
    let manifest = manifest.expect("the page shows a Cargo.toml");
    let command = (blocks.iter()).find(|block| block.info == "sh");
    let command = &command.expect("the page shows a command").text;
    let library = blocks[manifest..].iter().filter(|block| block.is_rust());
    let library: Vec<_> = library.map(|block| &*block.text).collect();
    assert_eq!(library.len(), 3, "the library, its tests, its models");
    let library = library.join("\n");

    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    std::os::unix::fs::symlink(root(), folder.path().join("aiosync"))
        .expect("a link can be created");
    let project = folder.path().join("pool");
    fs::create_dir_all(project.join("src")).expect("folders can be created");
    fs::write(project.join("Cargo.toml"), &blocks[manifest].text).expect("a file can be written");
    let run = |library: &str, command: &str| {
        fs::write(project.join("src/lib.rs"), library).expect("a file can be written");
        let mut shell = Command::new("sh");
        let command = command.replace("target/loom", "\"$CARGO_TARGET_DIR/loom\"");
        shell.args(["-c", &command]).current_dir(&project);
        shell.env("CARGO_TARGET_DIR", root().join("target/pasted"));
        shell.env_remove("RUSTFLAGS");
        shell.env_remove("CARGO_ENCODED_RUSTFLAGS");
        let output = shell.output().expect("a shell can be started");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        println!("{text}");
        (output.status.success(), text)
    };

    let (passes, text) = run(&library, "cargo fmt --check && cargo test");
    assert!(passes && text.contains("test result: ok. 3 passed"));
    let (passes, text) = run(&library, command);
    assert!(passes && text.contains("test result: ok. 3 passed"));

    // The page names this bug, and the message.
    let bug = library.replace("drop(self.idle.try_put(connection))", "drop(connection)");
    assert_ne!(bug, library);
    let (passes, text) = run(&bug, command);
    assert!(!passes && text.contains("deadlock"));
}
