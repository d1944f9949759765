package main

import (
	"fmt"
	"strings"

	core "k8s.io/api/core/v1"
	net "k8s.io/api/networking/v1"
)

// peer is one party of a policy's rule: how nft finds its packets, and the pods
// whose ports a name may stand for.
type peer struct {
	match string
	pods  []*core.Pod
}

// peers of one rule; none in the rule is everybody.
func (p *policies) peers(field, space string, named []net.NetworkPolicyPeer) ([]peer, error) {
	if len(named) == 0 {
		return []peer{{}}, nil
	}
	var found []peer
	for _, one := range named {
		if one.IPBlock != nil {
			if !strings.Contains(one.IPBlock.CIDR, ":") { // there is no IPv6 here
				found = append(found, peer{match: blockMatch(field, one.IPBlock)})
			}
			continue
		}
		pods, err := p.match(space, one.PodSelector, one.NamespaceSelector)
		if err != nil {
			return nil, err
		}
		if match := p.podsMatch(field, pods); match != "" {
			found = append(found, peer{match: match, pods: pods})
		}
	}
	return found, nil
}

func blockMatch(field string, block *net.IPBlock) string {
	match := "ip " + field + " " + block.CIDR
	if len(block.Except) > 0 {
		match += " ip " + field + " != { " + strings.Join(block.Except, ", ") + " }"
	}
	return match
}

func (p *policies) podsMatch(field string, pods []*core.Pod) string {
	addresses := map[string][]string{}
	for _, pod := range pods {
		if address := p.address(pod); address != "" {
			addresses[address] = nil
		}
	}
	if len(addresses) == 0 {
		return ""
	}
	return "ip " + field + " { " + strings.Join(keys(addresses), ", ") + " }"
}

// lines has one for each port, or one for all.
func (r peer) lines(ports []net.NetworkPolicyPort) []string {
	if len(ports) == 0 {
		return []string{r.match + " counter"}
	}
	var lines []string
	for _, port := range ports {
		protocol := "tcp"
		if port.Protocol != nil {
			protocol = strings.ToLower(string(*port.Protocol))
		}
		if port.Port == nil {
			lines = append(lines, r.match+" meta l4proto "+protocol)
			continue
		}
		for _, number := range r.numbers(port) {
			lines = append(lines, r.match+" "+protocol+" dport "+number)
		}
	}
	return lines
}

func (r peer) numbers(port net.NetworkPolicyPort) []string {
	if port.Port.StrVal == "" {
		number := fmt.Sprint(port.Port.IntVal)
		if port.EndPort != nil {
			number += fmt.Sprintf("-%d", *port.EndPort)
		}
		return []string{number}
	}
	found := map[string][]string{}
	for _, pod := range r.pods {
		for _, container := range pod.Spec.Containers {
			for _, one := range container.Ports {
				if one.Name == port.Port.StrVal {
					found[fmt.Sprint(one.ContainerPort)] = nil
				}
			}
		}
	}
	return keys(found)
}
