//! tokio-stream, with a type that wraps one of aiosync.

pub use original::*;

pub mod wrappers {
    pub use original::wrappers::*;

    use std::pin::Pin;
    use std::task::{Context, Poll};

    use original::Stream;
    use tokio::sync::mpsc::UnboundedReceiver;

    #[derive(Debug)]
    pub struct UnboundedReceiverStream<T>(UnboundedReceiver<T>);

    impl<T> UnboundedReceiverStream<T> {
        pub fn new(receiver: UnboundedReceiver<T>) -> Self {
            Self(receiver)
        }
    }

    impl<T> Stream for UnboundedReceiverStream<T> {
        type Item = T;

        fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
            self.0.poll_recv(context)
        }
    }
}
