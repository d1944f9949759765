// The relay stands beside a tool in its pod and asks the platform for the keys of the tenant's bucket.
//
// AWS SDKs fetch keys over plain http from the pod's own loopback only, and most of them can be told
// neither a private authority nor a token that changes. So the tool asks here and knows neither: the
// relay adds the pod's projected service account token, and believes nobody but the platform.
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const endWithin = 2 * time.Second

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	upstream, err := upstreamFrom(os.Getenv("RELAY_UPSTREAM"))
	if err != nil {
		return err
	}
	relay := &Relay{
		Upstream:  upstream,
		TokenFile: setting("RELAY_TOKEN_FILE", "/var/run/datalab/token"),
		CAFile:    setting("RELAY_CA_FILE", "/etc/datalab/ca.crt"),
	}
	listener, err := net.Listen("tcp", setting("RELAY_LISTEN", "127.0.0.1:9911"))
	if err != nil {
		return err
	}
	if !listener.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return errors.New("RELAY_LISTEN is not on loopback: other pods could ask in this one's name")
	}
	return serve(listener, relay)
}

// serve until SIGTERM. As the first process of a container only signals that it asks for reach it.
func serve(listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      answerWithin + 5*time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-stopped.Done():
		patience, cancel := context.WithTimeout(context.Background(), endWithin)
		defer cancel()
		return server.Shutdown(patience)
	}
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
