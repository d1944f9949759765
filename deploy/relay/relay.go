package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

const (
	credentialsPath = "/v1/credentials"
	connectWithin   = 3 * time.Second
	answerWithin    = 10 * time.Second
	longestAnswer   = 64 << 10
)

// Relay answers one question. Token and authority are read anew for each, which is a few times in an
// hour: both are replaced while it runs, and nothing has to notice.
type Relay struct {
	Upstream  *url.URL
	TokenFile string
	CAFile    string
}

// upstreamFrom refuses whatever would send a token in the clear, or anywhere but where it is meant to go.
func upstreamFrom(text string) (*url.URL, error) {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil ||
		(parsed.Path != "" && parsed.Path != "/") || parsed.RawQuery != "" || parsed.Fragment != "" {
		return nil, errors.New("RELAY_UPSTREAM must be https://HOST or https://HOST:PORT")
	}
	return &url.URL{Scheme: "https", Host: parsed.Host, Path: credentialsPath}, nil
}

func (relay *Relay) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	// A page that has its own name point here would ask with that name.
	if !isLoopback(request.Host) || request.URL.Path != credentialsPath {
		refuse(writer, http.StatusNotFound, "Nothing here.")
		return
	}
	if request.Method != http.MethodGet {
		writer.Header().Set("Allow", http.MethodGet)
		refuse(writer, http.StatusMethodNotAllowed, "Only GET.")
		return
	}
	answer, body, err := relay.ask(request.Context())
	if err != nil {
		// Never the token: nothing below puts it into an error.
		log.Printf("the platform was not reached: %v", err)
		refuse(writer, http.StatusBadGateway, "The platform does not answer. Try again in a moment.")
		return
	}
	if answer.StatusCode != http.StatusOK {
		log.Printf("the platform answers %d", answer.StatusCode)
	}
	writer.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
	writer.Header().Set("Cache-Control", "no-store")
	writer.WriteHeader(answer.StatusCode)
	_, _ = writer.Write(body)
}

// ask the platform. Nothing that the tool has sent goes with it.
func (relay *Relay) ask(parent context.Context) (*http.Response, []byte, error) {
	limited, cancel := context.WithTimeout(parent, answerWithin)
	defer cancel()
	token, err := os.ReadFile(relay.TokenFile)
	if err != nil {
		return nil, nil, err
	}
	client, err := relay.client()
	if err != nil {
		return nil, nil, err
	}
	request, err := http.NewRequestWithContext(limited, http.MethodGet, relay.Upstream.String(), nil)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Authorization", string(bytes.TrimSpace(token)))
	request.Header.Set("User-Agent", "datalab-relay")
	answer, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, longestAnswer+1))
	if err != nil {
		return nil, nil, err
	}
	if len(body) > longestAnswer {
		return nil, nil, errors.New("its answer is too long")
	}
	return answer, body, nil
}

// client trusts the platform's authority alone, goes through no proxy, and follows nobody elsewhere:
// a redirect would be given the token too.
func (relay *Relay) client() (*http.Client, error) {
	pem, err := os.ReadFile(relay.CAFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", relay.CAFile)
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: connectWithin}).DialContext,
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: connectWithin,
			DisableKeepAlives:   true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("it sends elsewhere")
		},
	}, nil
}

func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func refuse(writer http.ResponseWriter, status int, message string) {
	writer.Header().Set("Content-Type", "application/json")
	writer.Header().Set("Cache-Control", "no-store")
	writer.WriteHeader(status)
	// The names that SDKs look for: code and message.
	_, _ = fmt.Fprintf(writer, "{\"code\": \"relay\", \"message\": %q}\n", message)
}
