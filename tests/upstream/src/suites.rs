//! The suites of the peers, and which of their tests are left out.

mod async_channel;
mod async_lock;
mod rules;
mod tokio;

pub(crate) use rules::Rule;

/// A published crate whose tests are run.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// `Cargo.toml` pins it.
    pub(crate) version: &'static str,
    /// Files of its folder `tests` that are parts of suites.
    pub(crate) modules: &'static [&'static str],
    /// Whether all suites of its folder `tests` are in the list.
    pub(crate) is_complete: bool,
    pub(crate) suites: &'static [Suite],
}

/// One file of a peer's folder `tests`.
pub(crate) struct Suite {
    /// The name of the file without `.rs`, and of the target in the manifest of the adapter.
    pub(crate) name: &'static str,
    pub(crate) left_out: &'static [LeftOut],
}

/// A test that does not count as passed, or another item that does not compile.
pub(crate) struct LeftOut {
    /// The name of the function, or `impl Trait for Type`.
    pub(crate) name: &'static str,
    pub(crate) how: How,
    pub(crate) rule: &'static Rule,
}

/// What happens with an item that is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// It does not compile. It is removed from the copy of the file.
    Cut,
    /// It is run, and it must fail.
    Fails,
    /// It is compiled, and not run, because it would block its thread forever.
    Blocks,
    /// The peer does not build it for this target, or ignores it.
    Absent,
}

impl LeftOut {
    const fn cut(name: &'static str, rule: &'static Rule) -> Self {
        Self::new(name, How::Cut, rule)
    }

    const fn fails(name: &'static str, rule: &'static Rule) -> Self {
        Self::new(name, How::Fails, rule)
    }

    const fn blocks(name: &'static str, rule: &'static Rule) -> Self {
        Self::new(name, How::Blocks, rule)
    }

    const fn absent(name: &'static str, rule: &'static Rule) -> Self {
        Self::new(name, How::Absent, rule)
    }

    const fn new(name: &'static str, how: How, rule: &'static Rule) -> Self {
        Self { name, how, rule }
    }
}

impl Suite {
    /// Returns the names of the items that are left out in one of these ways.
    pub(crate) fn left_out(&self, how: &[How]) -> Vec<&'static str> {
        let chosen = self.left_out.iter().filter(|item| how.contains(&item.how));
        chosen.map(|item| item.name).collect()
    }
}

pub(crate) static PEERS: [Peer; 3] = [tokio::PEER, async_lock::PEER, async_channel::PEER];

/// A suite together with its peer.
#[derive(Clone, Copy)]
pub(crate) struct Chosen {
    pub(crate) peer: &'static Peer,
    pub(crate) suite: &'static Suite,
}

impl Chosen {
    /// Returns the name that the command line and the page use: `tokio/sync_mutex`.
    pub(crate) fn name(self) -> String {
        format!("{}/{}", self.peer.name, self.suite.name)
    }

    /// Returns the package that builds the suite.
    pub(crate) fn package(self) -> String {
        format!("aiosync-as-{}", self.peer.name)
    }
}

/// Returns all suites.
pub(crate) fn all() -> Vec<Chosen> {
    let suites = |peer: &'static Peer| {
        let chosen = move |suite| Chosen { peer, suite };
        peer.suites.iter().map(chosen)
    };
    PEERS.iter().flat_map(suites).collect()
}
