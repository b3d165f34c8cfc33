"""httpx-sse behind a command that speaks JSON, a line each; as its README shows it.

It reads one response: to connect again is left to the caller, as documented.
"""

import asyncio
import json
import sys

import httpx
from httpx_sse import aconnect_sse

CAPABILITIES = ["error-event", "headers", "post", "report", "last-event-id", "no-reconnect"]


def tell(**message):
    print(json.dumps(message), flush=True)


def report(stream, **what):
    tell(tell="report", stream=stream, report=what)


async def follow(client, stream, options):
    headers = dict(options.get("headers") or {})
    if options.get("lastEventId"):
        headers["Last-Event-ID"] = options["lastEventId"]
    body = options.get("body")
    try:
        async with aconnect_sse(
            client,
            options.get("method") or "GET",
            options["url"],
            headers=headers,
            content=None if body is None else body.encode(),
        ) as source:
            async for event in source.aiter_sse():
                report(stream, kind="event", type=event.event, data=event.data, id=event.id)
        report(stream, kind="error", message="the stream ended")
    except Exception as error:
        report(stream, kind="error", message=f"{type(error).__name__}: {error}")


async def main():
    tasks = {}
    lines = asyncio.StreamReader(limit=1 << 26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    # By default no more than a hundred streams at once.
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None)) as client:
        tell(tell="ready", name="httpx-sse", capabilities=CAPABILITIES)
        while line := await lines.readline():
            command = json.loads(line)
            stream = command["stream"]
            if command["do"] == "open":
                tasks[stream] = asyncio.create_task(follow(client, stream, command["options"]))
            elif stream in tasks:
                tasks[stream].cancel()
        for task in tasks.values():
            task.cancel()


asyncio.run(main())
