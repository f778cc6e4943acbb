//! A tower layer that limits the number of calls in flight.
#![forbid(unsafe_code)]

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use aiosync::futures::AcquireOwned;
use aiosync::{OwnedPermit, Semaphore};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

/// A layer that limits the number of calls in flight. All services of one layer share the
/// limit.
#[derive(Clone, Debug)]
pub struct LimitLayer {
    permits: Arc<Semaphore>,
}

impl LimitLayer {
    /// Creates a layer that allows at most `limit` calls at a time.
    pub fn new(limit: usize) -> Self {
        let permits = Arc::new(Semaphore::bounded(limit));
        Self { permits }
    }
}

impl<S> Layer<S> for LimitLayer {
    type Service = Limit<S>;

    fn layer(&self, service: S) -> Limit<S> {
        Limit::new(service, Arc::clone(&self.permits))
    }
}

/// A service that is ready when it has a permit. The response keeps the permit until it is
/// dropped.
#[derive(Debug)]
pub struct Limit<S> {
    service: S,
    permits: Arc<Semaphore>,
    /// The wait for the next permit. The box is allocated once.
    acquire: Pin<Box<AcquireOwned>>,
    /// The permit of the next call.
    permit: Option<OwnedPermit>,
}

impl<S> Limit<S> {
    fn new(service: S, permits: Arc<Semaphore>) -> Self {
        Self {
            service,
            acquire: Box::pin(Arc::clone(&permits).acquire_owned()),
            permits,
            permit: None,
        }
    }
}

impl<S: Clone> Clone for Limit<S> {
    /// The clone has no permit, and waits for one on its own.
    fn clone(&self) -> Self {
        Self::new(self.service.clone(), Arc::clone(&self.permits))
    }
}

impl<R, S: Service<R>> Service<R> for Limit<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        if self.permit.is_none() {
            self.permit = Some(ready!(self.acquire.as_mut().poll(context)));
            // A future ends once, so the next wait needs a new one. It reuses the box.
            self.acquire.set(Arc::clone(&self.permits).acquire_owned());
        }
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        ResponseFuture {
            permit: self.permit.take().expect("`poll_ready` was not ready"),
            response: self.service.call(request),
        }
    }
}

pin_project! {
    /// The future of a response. Dropping it releases the permit.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        // Dropped before the permit.
        #[pin]
        response: F,
        permit: OwnedPermit,
    }
}

impl<F: Future> Future for ResponseFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.project().response.poll(context)
    }
}
