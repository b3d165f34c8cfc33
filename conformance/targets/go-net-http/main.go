// An event stream on Go's net/http without a library, as most people write it: a channel for each client, and a
// handler that writes what comes and flushes.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"sync"
)

type event struct {
	Data  *string  `json:"data"`
	Event string   `json:"event"`
	ID    string   `json:"id"`
	Retry *float64 `json:"retry"`
}

type broker struct {
	mu      sync.Mutex
	clients map[chan event]bool
}

func (b *broker) add() chan event {
	client := make(chan event, 16)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clients[client] = true
	return client
}

func (b *broker) remove(client chan event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.clients, client)
}

func (b *broker) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.clients)
}

// broadcast skips a client whose channel is full.
func (b *broker) broadcast(e event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for client := range b.clients {
		select {
		case client <- e:
		default:
		}
	}
}

func (b *broker) events(w http.ResponseWriter, r *http.Request) {
	flusher, ok := w.(http.Flusher)
	if !ok {
		http.Error(w, "streaming unsupported", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Connection", "keep-alive")
	w.Header().Set("Access-Control-Allow-Origin", "*")

	client := b.add()
	defer b.remove(client)
	for {
		select {
		case <-r.Context().Done():
			return
		case e := <-client:
			if e.ID != "" {
				fmt.Fprintf(w, "id: %s\n", e.ID)
			}
			if e.Event != "" {
				fmt.Fprintf(w, "event: %s\n", e.Event)
			}
			fmt.Fprintf(w, "data: %s\n\n", *e.Data)
			flusher.Flush()
		}
	}
}

func (b *broker) publish(w http.ResponseWriter, r *http.Request) {
	var e event
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if e.Data == nil {
		http.Error(w, "data is missing", http.StatusBadRequest)
		return
	}
	if e.Retry != nil {
		http.Error(w, "this server sends no reconnection time", http.StatusUnprocessableEntity)
		return
	}
	b.broadcast(e)
	w.WriteHeader(http.StatusNoContent)
}

func (b *broker) stats(w http.ResponseWriter, r *http.Request) {
	json.NewEncoder(w).Encode(map[string]int{"openStreams": b.count()})
}

func main() {
	b := &broker{clients: make(map[chan event]bool)}
	http.HandleFunc("/events", b.events)
	http.HandleFunc("POST /publish", b.publish)
	http.HandleFunc("/stats", b.stats)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
