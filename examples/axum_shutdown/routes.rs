//! The requests and their responses.

use std::sync::Arc;

use aiosync::TryPutError;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::service::Service;

/// The seconds after which a client may try again, if the queue is full.
const RETRY: &str = "1";

pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/jobs", post(accept))
        .route("/resume", post(resume))
        .route("/stats", get(stats))
        .with_state(service)
}

async fn accept(State(service): State<Arc<Service>>, text: String) -> Response {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    match service.accept(text) {
        Ok(()) => (StatusCode::ACCEPTED, "accepted\n").into_response(),
        Err(TryPutError::Full(_)) => {
            (unavailable, [(RETRY_AFTER, RETRY)], "the queue is full\n").into_response()
        }
        Err(TryPutError::Closed(_)) => {
            (unavailable, "the server is shutting down\n").into_response()
        }
    }
}

/// Lets the workers begin. The body is the reason, for the log. It is quoted and escaped there.
async fn resume(State(service): State<Arc<Service>>, reason: String) -> &'static str {
    println!("resumed: {reason:?}");
    service.running.set();
    "resumed\n"
}

async fn stats(State(service): State<Arc<Service>>) -> String {
    format!("{}, waiting {}\n", service.counts(), service.jobs.len())
}
