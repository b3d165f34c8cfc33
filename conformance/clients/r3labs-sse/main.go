// The client of r3labs/sse behind a command that speaks JSON, a line each; as its README shows it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"sync"

	"github.com/r3labs/sse/v2"
)

type options struct {
	URL         string            `json:"url"`
	Headers     map[string]string `json:"headers"`
	Method      string            `json:"method"`
	Body        string            `json:"body"`
	LastEventID string            `json:"lastEventId"`
}

type command struct {
	Do      string  `json:"do"`
	Stream  int     `json:"stream"`
	Options options `json:"options"`
}

var output sync.Mutex

func tell(message map[string]any) {
	output.Lock()
	defer output.Unlock()
	json.NewEncoder(os.Stdout).Encode(message)
}

func report(stream int, report map[string]any) {
	tell(map[string]any{"tell": "report", "stream": stream, "report": report})
}

func open(ctx context.Context, stream int, given options) {
	client := sse.NewClient(given.URL)
	for name, value := range given.Headers {
		client.Headers[name] = value
	}
	if given.LastEventID != "" {
		client.LastEventID.Store([]byte(given.LastEventID))
	}
	client.OnConnect(func(*sse.Client) { report(stream, map[string]any{"kind": "open"}) })
	client.OnDisconnect(func(*sse.Client) { report(stream, map[string]any{"kind": "error"}) })
	err := client.SubscribeRawWithContext(ctx, func(event *sse.Event) {
		kind := string(event.Event)
		if kind == "" {
			kind = "message"
		}
		id, _ := client.LastEventID.Load().([]byte)
		report(stream, map[string]any{"kind": "event", "type": kind, "data": string(event.Data), "id": string(id)})
	})
	if err != nil && ctx.Err() == nil {
		report(stream, map[string]any{"kind": "error", "message": err.Error()})
	}
}

func main() {
	capabilities := []string{"open-event", "error-event", "headers", "last-event-id", "backoff"}
	tell(map[string]any{"tell": "ready", "name": "r3labs/sse", "capabilities": capabilities})
	cancels := map[int]context.CancelFunc{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var given command
		if json.Unmarshal(lines.Bytes(), &given) != nil {
			continue
		}
		switch given.Do {
		case "open":
			ctx, cancel := context.WithCancel(context.Background())
			cancels[given.Stream] = cancel
			go open(ctx, given.Stream, given.Options)
		case "close", "end":
			if cancel := cancels[given.Stream]; cancel != nil {
				cancel()
			}
		}
	}
}
