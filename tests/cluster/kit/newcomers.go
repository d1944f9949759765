package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"

	core "k8s.io/api/core/v1"
)

// newcomers are pods whose address the network plugin has told before the API
// server hears of it.
type newcomers struct {
	lock      sync.Mutex
	addresses map[string]string // namespace/name -> address
}

// told is a line of the network plugin: see cni/main.go.
type told struct {
	Namespace, Name, Address string
	Gone                     bool
}

func (n *newcomers) hear(t told) {
	n.lock.Lock()
	defer n.lock.Unlock()
	key := t.Namespace + "/" + t.Name
	if !t.Gone {
		n.addresses[key] = t.Address
	} else if t.Address == "" || n.addresses[key] == t.Address {
		delete(n.addresses, key)
	}
}

// address of a pod on the pod network; empty where it has none. What the plugin
// says is newer than what the kubelet has reported.
func (n *newcomers) address(pod *core.Pod) string {
	if pod.Spec.HostNetwork || pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed {
		return ""
	}
	n.lock.Lock()
	defer n.lock.Unlock()
	if address := n.addresses[pod.Namespace+"/"+pod.Name]; address != "" {
		return address
	}
	return pod.Status.PodIP
}

// listen answers the network plugin from now on.
func (p *policies) listen(socket string) error {
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				fail("policies", err)
				os.Exit(1)
			}
			go p.answer(connection)
		}
	}()
	return nil
}

func (p *policies) answer(connection net.Conn) {
	defer connection.Close()
	var t told
	err := json.NewDecoder(connection).Decode(&t)
	if err == nil {
		if !t.Gone {
			p.await(t)
		}
		p.hear(t)
		err = p.refresh()
	}
	if err != nil {
		fail("policies", err)
		_, _ = connection.Write([]byte(err.Error() + "\n"))
		return
	}
	_, _ = connection.Write([]byte("ok\n"))
}

// await gives the watch of pods time to show one that the kubelet has seen.
func (p *policies) await(t told) {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := p.pods.Pods(t.Namespace).Get(t.Name); err == nil {
			return
		}
	}
}
