"""sse-starlette on uvicorn: a queue for each client, as its example "Broadcasting" has it, in a generator."""

import asyncio
import json
import sys

import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

clients: set[asyncio.Queue] = set()


async def events(request: Request) -> EventSourceResponse:
    async def stream():
        queue: asyncio.Queue[ServerSentEvent] = asyncio.Queue()
        clients.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            clients.discard(queue)

    return EventSourceResponse(stream())


async def publish(request: Request) -> Response:
    try:
        body = await request.json()
        data = body["data"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
        return JSONResponse({"error": "the body is no JSON object with data"}, 400)
    try:
        event = ServerSentEvent(
            data=data, event=body.get("event"), id=body.get("id"), retry=body.get("retry")
        )
    except (TypeError, ValueError) as error:
        return JSONResponse({"error": str(error)}, 422)
    for queue in clients:
        queue.put_nowait(event)
    return Response(status_code=204)


async def stats(request: Request) -> JSONResponse:
    return JSONResponse({"openStreams": len(clients)})


app = Starlette(
    routes=[
        Route("/events", events),
        Route("/publish", publish, methods=["POST"]),
        Route("/stats", stats),
    ]
)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
