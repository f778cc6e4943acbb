use std::future::Future;

/// `OnceCell`, with the names of tokio.
#[derive(Debug, Clone)]
pub struct OnceCell<T>(aiosync::OnceCell<T>);

impl<T> OnceCell<T> {
    pub const fn new() -> Self {
        Self(aiosync::OnceCell::new())
    }

    pub const fn const_new() -> Self {
        Self::new()
    }

    pub fn new_with(value: Option<T>) -> Self {
        value.map_or_else(Self::new, Self::from)
    }

    pub fn initialized(&self) -> bool {
        self.0.get().is_some()
    }

    pub fn get(&self) -> Option<&T> {
        self.0.get()
    }

    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.0.get_mut()
    }

    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        self.0.set(value).map_err(SetError)
    }

    pub async fn get_or_init<F, Fut>(&self, init: F) -> &T
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        self.0.get_or_init(init).await
    }

    pub async fn get_or_try_init<E, F, Fut>(&self, init: F) -> Result<&T, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        self.0.get_or_try_init(init).await
    }

    pub fn into_inner(self) -> Option<T> {
        self.0.into_inner()
    }

    pub fn take(&mut self) -> Option<T> {
        self.0.take()
    }
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceCell<T> {
    fn from(value: T) -> Self {
        Self(value.into())
    }
}

#[derive(Debug, PartialEq)]
pub struct SetError<T>(aiosync::SetError<T>);

impl<T> SetError<T> {
    pub fn is_already_init_err(&self) -> bool {
        matches!(self.0, aiosync::SetError::Initialized(_))
    }

    pub fn is_initializing_err(&self) -> bool {
        matches!(self.0, aiosync::SetError::Initializing(_))
    }
}
