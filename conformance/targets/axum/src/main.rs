//! axum's `Sse` over a tokio broadcast channel, the usual way to send one event to all.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::broadcast};
use tokio_stream::{Stream, StreamExt, wrappers::BroadcastStream};

#[derive(Clone, Deserialize)]
struct Message {
    data: String,
    event: Option<String>,
    id: Option<String>,
    /// Milliseconds.
    retry: Option<u64>,
}

type Sender = broadcast::Sender<Message>;

async fn events(State(sender): State<Sender>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = BroadcastStream::new(sender.subscribe())
        // A client that lags behind loses the oldest messages.
        .filter_map(|received| received.ok())
        .map(|message| {
            let mut event = Event::default().data(message.data);
            if let Some(name) = message.event {
                event = event.event(name);
            }
            if let Some(id) = message.id {
                event = event.id(id);
            }
            if let Some(retry) = message.retry {
                event = event.retry(Duration::from_millis(retry));
            }
            Ok(event)
        });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

async fn publish(State(sender): State<Sender>, Json(message): Json<Message>) -> StatusCode {
    // An error says that nobody listens.
    let _ = sender.send(message);
    StatusCode::NO_CONTENT
}

async fn stats(State(sender): State<Sender>) -> Json<Value> {
    Json(json!({ "openStreams": sender.receiver_count() }))
}

#[tokio::main]
async fn main() {
    let port = std::env::args().nth(1).expect("a port");
    let (sender, _) = broadcast::channel(100);
    let app = Router::new()
        .route("/events", get(events))
        .route("/publish", post(publish))
        .route("/stats", get(stats))
        .layer(DefaultBodyLimit::max(16 * 1024 * 1024))
        .with_state(sender);
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
