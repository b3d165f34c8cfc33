// r3labs/sse as its README shows: a server with one named stream, published to from a handler.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"

	"github.com/r3labs/sse/v2"
)

type event struct {
	Data  *string  `json:"data"`
	Event string   `json:"event"`
	ID    string   `json:"id"`
	Retry *float64 `json:"retry"`
}

func main() {
	var open atomic.Int64
	server := sse.NewWithCallback(
		func(string, *sse.Subscriber) { open.Add(1) },
		func(string, *sse.Subscriber) { open.Add(-1) },
	)
	// Otherwise each client first gets every event since the start.
	server.AutoReplay = false
	server.CreateStream("messages")

	mux := http.NewServeMux()
	mux.HandleFunc("/events", server.ServeHTTP)
	mux.HandleFunc("POST /publish", func(w http.ResponseWriter, r *http.Request) {
		var e event
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if e.Data == nil {
			http.Error(w, "data is missing", http.StatusBadRequest)
			return
		}
		message := &sse.Event{Data: []byte(*e.Data), Event: []byte(e.Event), ID: []byte(e.ID)}
		if e.Retry != nil {
			message.Retry = []byte(strconv.FormatFloat(*e.Retry, 'f', -1, 64))
		}
		server.Publish("messages", message)
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("/stats", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]int64{"openStreams": open.Load()})
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], mux))
}
