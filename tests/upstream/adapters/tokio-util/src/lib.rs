//! tokio-util, with types that wrap those of aiosync.

pub use original::*;

pub mod sync {
    pub use original::sync::*;

    pub use tokio::sync::PollSemaphore;
    pub use tokio::sync::mpsc::{PollSendError, PollSender};
}
