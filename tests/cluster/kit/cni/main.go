// Command clustercni is the last plugin in the chain that gives a pod its network: it tells the
// policies who has got which address, and waits until they hold for it. Without it a pod's first
// second would know no borders: that is how long the API server takes to hear of the address.
//
// https://www.cni.dev/docs/spec/
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

const (
	patience = 30 * time.Second // the policies start after the kubelet
	tryLater = 11               // of the specification: the kubelet tries again
)

type config struct {
	Version string          `json:"cniVersion"`
	Socket  string          `json:"socket"`
	Result  json.RawMessage `json:"prevResult"`
}

// Pod is what the policies are told; Gone: its address belongs to nobody now.
type Pod struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Address   string `json:"address"`
	Gone      bool   `json:"gone"`
}

func main() {
	var c config
	if err := json.NewDecoder(os.Stdin).Decode(&c); err != nil {
		fail(c, err)
	}
	switch os.Getenv("CNI_COMMAND") {
	case "VERSION":
		fmt.Println(`{"cniVersion":"0.4.0","supportedVersions":["0.3.0","0.3.1","0.4.0","1.0.0"]}`)
	case "ADD":
		if err := tell(c.Socket, podOf(c), time.Now().Add(patience)); err != nil {
			fail(c, err)
		}
		os.Stdout.Write(c.Result)
	case "DEL":
		pod := podOf(c)
		pod.Gone = true
		_ = tell(c.Socket, pod, time.Now()) // the pod goes, whether or not somebody listens
	}
}

func podOf(c config) Pod {
	words := map[string]string{}
	for _, pair := range strings.Split(os.Getenv("CNI_ARGS"), ";") {
		name, value, _ := strings.Cut(pair, "=")
		words[name] = value
	}
	var result struct {
		IPs []struct{ Address string } `json:"ips"`
	}
	pod := Pod{Namespace: words["K8S_POD_NAMESPACE"], Name: words["K8S_POD_NAME"]}
	if json.Unmarshal(c.Result, &result) == nil && len(result.IPs) > 0 {
		pod.Address, _, _ = strings.Cut(result.IPs[0].Address, "/")
	}
	return pod
}

// tell returns once the policies have answered.
func tell(socket string, pod Pod, until time.Time) error {
	connection, err := net.Dial("unix", socket)
	for err != nil && time.Now().Before(until) {
		time.Sleep(50 * time.Millisecond)
		connection, err = net.Dial("unix", socket)
	}
	if err != nil {
		return err
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(patience))
	if err := json.NewEncoder(connection).Encode(pod); err != nil {
		return err
	}
	answer, err := bufio.NewReader(connection).ReadString('\n')
	if err == nil && answer != "ok\n" {
		err = fmt.Errorf("the policies: %s", strings.TrimSpace(answer))
	}
	return err
}

func fail(c config, err error) {
	message := map[string]any{"cniVersion": c.Version, "code": tryLater, "msg": err.Error()}
	_ = json.NewEncoder(os.Stdout).Encode(message)
	os.Exit(1)
}
