// A usage feed on Go Fiber v2, as guides build it: one buffered channel for each client, a send that drops when the
// channel is full, a heartbeat event, and clean-up when a write fails.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

const (
	queueLength       = 10
	heartbeatInterval = 30 * time.Second
	bodyLimit         = 16 * 1024 * 1024
)

type event struct {
	Data  *string  `json:"data"`
	Event *string  `json:"event"`
	ID    *string  `json:"id"`
	Retry *float64 `json:"retry"`
}

type hub struct {
	mu        sync.RWMutex
	listeners map[chan event]struct{}
}

func (h *hub) add() chan event {
	listener := make(chan event, queueLength)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners[listener] = struct{}{}
	return listener
}

func (h *hub) remove(listener chan event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, listener)
}

func (h *hub) count() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.listeners)
}

// broadcast never waits: a client whose channel is full does not get this event.
func (h *hub) broadcast(e event) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for listener := range h.listeners {
		select {
		case listener <- e:
		default:
		}
	}
}

func writeEvent(w *bufio.Writer, e event) error {
	if e.ID != nil {
		fmt.Fprintf(w, "id: %s\n", *e.ID)
	}
	if e.Event != nil {
		fmt.Fprintf(w, "event: %s\n", *e.Event)
	}
	fmt.Fprintf(w, "data: %s\n\n", *e.Data)
	return w.Flush()
}

func writeHeartbeat(w *bufio.Writer) error {
	fmt.Fprintf(w, "event: heartbeat\ndata: {\"timestamp\":%d}\n\n", time.Now().Unix())
	return w.Flush()
}

func main() {
	clients := &hub{listeners: make(map[chan event]struct{})}
	app := fiber.New(fiber.Config{DisableStartupMessage: true, BodyLimit: bodyLimit})

	app.Get("/events", func(c *fiber.Ctx) error {
		c.Set("Content-Type", "text/event-stream")
		c.Set("Cache-Control", "no-cache")
		c.Set("Connection", "keep-alive")
		c.Set("Transfer-Encoding", "chunked")

		c.Context().SetBodyStreamWriter(fasthttp.StreamWriter(func(w *bufio.Writer) {
			listener := clients.add()
			defer clients.remove(listener)

			fmt.Fprint(w, "event: connected\ndata: {\"status\":\"connected\"}\n\n")
			if err := w.Flush(); err != nil {
				return
			}

			heartbeat := time.NewTicker(heartbeatInterval)
			defer heartbeat.Stop()
			for {
				select {
				case e := <-listener:
					if err := writeEvent(w, e); err != nil {
						return
					}
				case <-heartbeat.C:
					if err := writeHeartbeat(w); err != nil {
						return
					}
				}
			}
		}))
		return nil
	})

	app.Post("/publish", func(c *fiber.Ctx) error {
		var e event
		if err := c.BodyParser(&e); err != nil {
			return c.Status(fiber.StatusBadRequest).JSON(fiber.Map{"error": err.Error()})
		}
		if e.Data == nil {
			return c.Status(fiber.StatusBadRequest).JSON(fiber.Map{"error": "data is missing"})
		}
		if e.Retry != nil {
			return c.Status(fiber.StatusUnprocessableEntity).JSON(fiber.Map{"error": "this server sends no reconnection time"})
		}
		clients.broadcast(e)
		return c.SendStatus(fiber.StatusAccepted)
	})

	app.Get("/stats", func(c *fiber.Ctx) error {
		return c.JSON(fiber.Map{"openStreams": clients.count()})
	})

	app.Hooks().OnListen(func(listen fiber.ListenData) error {
		fmt.Printf("go-fiber listens on http://%s:%s\n", listen.Host, listen.Port)
		return nil
	})
	log.Fatal(app.Listen("127.0.0.1:" + os.Args[1]))
}
