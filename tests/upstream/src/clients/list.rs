//! The clients, what changes in their manifests, and how many tests they have.

/// A published crate that is built on the types of this one.
pub(crate) struct Client {
    pub(crate) name: &'static str,
    /// `Cargo.toml` pins it.
    pub(crate) version: &'static str,
    /// What it uses of this crate: a cell of the page.
    pub(crate) uses: &'static str,
    /// The folders that have the code behind these types.
    folders: &'static [&'static str],
    pub(crate) replaced: &'static [Replaced],
    /// Dependencies of its benchmarks, which are not built.
    pub(crate) removed: &'static [&'static str],
    pub(crate) features: &'static [&'static str],
    /// The number of tests that are run in each test program that has any. `src` stands for the
    /// unit tests.
    pub(crate) suites: &'static [(&'static str, usize)],
    pub(crate) left_out: &'static [LeftOut],
}

/// A test that is not run.
pub(crate) struct LeftOut {
    pub(crate) suite: &'static str,
    pub(crate) test: &'static str,
    /// Why, in a sentence for the page.
    pub(crate) rule: &'static str,
}

/// A dependency that becomes a package of this repository. Each of its `version` lines in the
/// manifest changes, and no other line.
pub(crate) struct Replaced {
    pub(crate) dependency: &'static str,
    pub(crate) package: &'static str,
    /// The folder of that package, as seen from the copy of the client.
    pub(crate) path: &'static str,
}

const TOKIO: Replaced = Replaced {
    dependency: "tokio",
    package: "aiosync-as-tokio",
    path: "../../../../tests/upstream/adapters/tokio",
};

const TOKIO_UTIL: Replaced = Replaced {
    dependency: "tokio-util",
    package: "aiosync-as-tokio-util",
    path: "../../../../tests/upstream/adapters/tokio-util",
};

/// Only its tests use it.
const TOKIO_STREAM: Replaced = Replaced {
    dependency: "tokio-stream",
    package: "aiosync-as-tokio-stream",
    path: "../../../../tests/upstream/adapters/tokio-stream",
};

const ASYNC_LOCK: Replaced = Replaced {
    dependency: "async-lock",
    package: "aiosync-as-async-lock",
    path: "../../../../tests/upstream/adapters/async-lock",
};

/// Without it, two tests of moka would need the internet.
const REQWEST: Replaced = Replaced {
    dependency: "reqwest",
    package: "reqwest-stand-in",
    path: "../reqwest",
};

pub(crate) static CLIENTS: [Client; 3] = [
    Client {
        name: "deadpool",
        version: "0.13.1",
        uses: "`Semaphore`, closed by a flag and a release",
        folders: &["src/semaphore", "src/wait"],
        replaced: &[TOKIO],
        removed: &["criterion"],
        features: &["rt_async-std_1", "rt_smol_2", "rt_tokio_1", "serde"],
        suites: &[
            ("src", 2),
            ("managed", 5),
            ("managed_cancellation", 1),
            ("managed_config", 1),
            ("managed_deadlock", 1),
            ("managed_hooks", 7),
            ("managed_resize", 6),
            ("managed_timeout", 3),
            ("managed_unreliable_manager", 2),
            ("unmanaged", 6),
            ("unmanaged_timeout", 5),
        ],
        left_out: &[LeftOut {
            suite: "managed",
            test: "retain",
            rule: "It expects that a sleep of 5 ms takes less than 10 ms, which is not so on a busy \
                   machine. No task waits in it.",
        }],
    },
    Client {
        name: "tower",
        version: "0.5.3",
        uses: "`Semaphore`: an `AcquireOwned` that `poll_ready` polls; in `buffer`, `Queue`",
        folders: &["src/semaphore", "src/queue", "src/wait"],
        replaced: &[TOKIO, TOKIO_STREAM, TOKIO_UTIL],
        removed: &[],
        features: &["full"],
        suites: &[
            ("src", 24),
            ("balance", 1),
            ("buffer", 11),
            ("builder", 1),
            ("hedge", 5),
            ("limit", 10),
            ("load_shed", 2),
            ("ready_cache", 9),
            ("retry", 6),
            ("spawn_ready", 4),
            ("steer", 2),
            ("util", 7),
        ],
        left_out: &[],
    },
    Client {
        name: "moka",
        version: "0.12.16",
        uses: "`Lock` and `RwLock`; in its tests, `Barrier`",
        folders: &["src/lock", "src/rwlock", "src/wait"],
        replaced: &[ASYNC_LOCK, REQWEST],
        removed: &[],
        features: &["future"],
        suites: &[
            ("src", 101),
            ("and_compute_with_race", 1),
            ("entry_api_actix_rt2", 1),
            ("entry_api_tokio", 3),
            ("eviction_stall_future", 1),
            ("runtime_actix_rt2", 1),
            ("runtime_tokio", 1),
        ],
        left_out: &[],
    },
];

impl Client {
    /// Returns the number of its tests that are run.
    pub(crate) fn run_tests(&self) -> usize {
        self.suites.iter().map(|(_, tests)| tests).sum()
    }

    /// Returns the number of its tests.
    pub(crate) fn tests(&self) -> usize {
        self.run_tests() + self.left_out.len()
    }

    /// Returns whether it uses a file of this crate.
    pub(crate) fn uses_file(&self, file: &str) -> bool {
        self.folders.iter().any(|folder| file.starts_with(folder))
    }
}
