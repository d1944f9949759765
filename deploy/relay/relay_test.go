package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const token = "aaa.bbb.ccc"

// platform is a server that the relay of the same test believes; its log is kept.
type platform struct {
	*httptest.Server
	relay  *Relay
	seen   []*http.Request
	logged *bytes.Buffer
}

func newPlatform(t *testing.T, answer http.HandlerFunc) *platform {
	t.Helper()
	made := &platform{logged: &bytes.Buffer{}}
	made.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		made.seen = append(made.seen, r)
		answer(w, r)
	}))
	t.Cleanup(made.Close)
	made.Config.ErrorLog = log.New(io.Discard, "", 0)
	folder := t.TempDir()
	address, err := url.Parse(made.URL)
	if err != nil {
		t.Fatal(err)
	}
	upstream, err := upstreamFrom("https://" + address.Host)
	if err != nil {
		t.Fatal(err)
	}
	made.relay = &Relay{
		Upstream:  upstream,
		TokenFile: write(t, folder, "token", token+"\n"),
		CAFile:    write(t, folder, "ca.crt", pemOf(made.Server)),
	}
	log.SetOutput(made.logged)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	return made
}

func (made *platform) ask(request *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	made.relay.ServeHTTP(answer, request)
	return answer
}

func get(path string) *http.Request {
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.Host = "127.0.0.1:9911"
	return request
}

func write(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pemOf(server *httptest.Server) string {
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	return string(pem.EncodeToMemory(block))
}

func keys(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Set-Cookie", "a=b")
	_, _ = io.WriteString(w, `{"AccessKeyId": "k"}`)
}

func TestTheToolGetsKeysAndSendsNothingOfItsOwn(t *testing.T) {
	made := newPlatform(t, keys)
	request := get("/v1/credentials?x=1")
	request.Header.Set("Authorization", "the tool's own")
	request.Header.Set("Cookie", "c=d")
	answer := made.ask(request)
	if answer.Code != 200 || answer.Body.String() != `{"AccessKeyId": "k"}` {
		t.Fatal(answer.Code, answer.Body)
	}
	if answer.Header().Get("Cache-Control") != "no-store" || answer.Header().Get("Set-Cookie") != "" {
		t.Error(answer.Header())
	}
	sent := made.seen[0]
	if sent.Header.Get("Authorization") != token || sent.Header.Get("Cookie") != "" {
		t.Error("it sent", sent.Header)
	}
	if sent.URL.String() != "/v1/credentials" {
		t.Error("it asked", sent.URL)
	}
}

func TestAReplacedTokenAndAuthorityAreUsedAtOnce(t *testing.T) {
	made := newPlatform(t, keys)
	good, err := os.ReadFile(made.relay.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Dir(made.relay.CAFile), "ca.crt", "no certificate")
	if code := made.ask(get("/v1/credentials")).Code; code != 502 {
		t.Fatal(code)
	}
	write(t, filepath.Dir(made.relay.CAFile), "ca.crt", string(good))
	write(t, filepath.Dir(made.relay.TokenFile), "token", "ddd.eee.fff")
	made.ask(get("/v1/credentials"))
	if sent := made.seen[0].Header.Get("Authorization"); sent != "ddd.eee.fff" {
		t.Error(sent)
	}
}

func TestNothingElseIsAnswered(t *testing.T) {
	made := newPlatform(t, keys)
	post := get("/v1/credentials")
	post.Method = http.MethodPost
	rebound := get("/v1/credentials")
	rebound.Host = "evil.example:9911"
	for name, asked := range map[string]struct {
		request *http.Request
		status  int
	}{
		"another path":            {get("/api/v1/me"), 404},
		"a path that only begins": {get("/v1/credentials/x"), 404},
		"another method":          {post, 405},
		"a name that points here": {rebound, 404},
	} {
		if answer := made.ask(asked.request); answer.Code != asked.status {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
	if len(made.seen) != 0 {
		t.Error("the platform was asked", len(made.seen), "times")
	}
}

func TestARefusalIsPassedOnAsItIs(t *testing.T) {
	made := newPlatform(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(401)
		_, _ = io.WriteString(w, `{"code": "not_signed_in"}`)
	})
	answer := made.ask(get("/v1/credentials"))
	if answer.Code != 401 || answer.Body.String() != `{"code": "not_signed_in"}` {
		t.Error(answer.Code, answer.Body)
	}
}

func TestATokenGoesToThePlatformOnly(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	redirecting := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	if code := redirecting.ask(get("/v1/credentials")).Code; code != 502 {
		t.Error("a redirect:", code)
	}
	t.Setenv("HTTPS_PROXY", other.URL)
	proxied := newPlatform(t, keys)
	if code := proxied.ask(get("/v1/credentials")).Code; code != 200 {
		t.Error("with a proxy in the environment:", code)
	}
	impostor := newPlatform(t, keys)
	impostor.relay.CAFile = write(t, t.TempDir(), "ca.crt", foreignAuthority(t))
	if code := impostor.ask(get("/v1/credentials")).Code; code != 502 || len(impostor.seen) != 0 {
		t.Error("another's certificate:", code)
	}
	if elsewhere != 0 {
		t.Error("somebody else was asked")
	}
}

func TestNothingThatFailsShowsTheToken(t *testing.T) {
	failures := map[string]func(*platform){
		"nobody listens":  func(made *platform) { made.Close() },
		"no token":        func(made *platform) { made.relay.TokenFile += "-gone" },
		"no authority":    func(made *platform) { made.relay.CAFile += "-gone" },
		"an endless body": func(*platform) {},
		"a broken token": func(made *platform) {
			_ = os.WriteFile(made.relay.TokenFile, []byte(token+"\nX: y"), 0o600)
		},
	}
	for name, break_ := range failures {
		made := newPlatform(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", longestAnswer+1))
		})
		break_(made)
		answer := made.ask(get("/v1/credentials"))
		if answer.Code != 502 {
			t.Errorf("%s: %d", name, answer.Code)
		}
		if made.logged.Len() == 0 || strings.Contains(made.logged.String()+answer.Body.String(), token) {
			t.Errorf("%s: %s", name, made.logged)
		}
	}
}

func TestOnlyAnAddressThatKeepsATokenSecretIsTaken(t *testing.T) {
	for _, bad := range []string{
		"", "http://gate:8443", "gate:8443", "https://", "https://a:b@gate", "https://gate/v1/x",
		"https://gate?x", "https://gate#x", "https://ga te",
	} {
		if _, err := upstreamFrom(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if found, err := upstreamFrom("https://gate.datalab.svc:8443/"); err != nil ||
		found.String() != "https://gate.datalab.svc:8443/v1/credentials" {
		t.Error(found, err)
	}
}

func TestItListensOnLoopbackOnly(t *testing.T) {
	t.Setenv("RELAY_UPSTREAM", "https://gate:8443")
	t.Setenv("RELAY_LISTEN", "0.0.0.0:0")
	if err := run(); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Error(err)
	}
	for host, expected := range map[string]bool{
		"127.0.0.1:9911": true, "localhost:9911": true, "[::1]:9911": true, "localhost": true,
		"10.0.0.1:9911": false, "evil.example": false, "127.0.0.1.evil.example:9911": false, "": false,
	} {
		if isLoopback(host) != expected {
			t.Error(host)
		}
	}
}

func TestItServesUntilItIsTold(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve(listener, http.NotFoundHandler()) }()
	answer, err := http.Get("http://" + listener.Addr().String())
	if err != nil || answer.StatusCode != 404 {
		t.Fatal(answer, err)
	}
	answer.Body.Close()
	self, _ := os.FindProcess(os.Getpid())
	if err := self.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// foreignAuthority makes a certificate that has signed nothing here.
func foreignAuthority(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		IsCA:         true,
	}
	made, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made}))
}
