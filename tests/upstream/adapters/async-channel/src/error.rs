use aiosync::{GetError, PutError, TryGetError, TryPutError};

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct SendError<T>(pub T);

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum TrySendError<T> {
    Full(T),
    Closed(T),
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct RecvError;

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum TryRecvError {
    Empty,
    Closed,
}

impl<T> From<PutError<T>> for SendError<T> {
    fn from(PutError(item): PutError<T>) -> Self {
        Self(item)
    }
}

impl<T> From<TryPutError<T>> for TrySendError<T> {
    fn from(error: TryPutError<T>) -> Self {
        match error {
            TryPutError::Full(item) => Self::Full(item),
            TryPutError::Closed(item) => Self::Closed(item),
        }
    }
}

impl From<GetError> for RecvError {
    fn from(_: GetError) -> Self {
        Self
    }
}

impl From<TryGetError> for TryRecvError {
    fn from(error: TryGetError) -> Self {
        match error {
            TryGetError::Empty => Self::Empty,
            TryGetError::Closed => Self::Closed,
        }
    }
}
