package main

import (
	"fmt"
	"sort"
	"strings"

	core "k8s.io/api/core/v1"
	net "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

const established = "  ct state established,related accept\n"

// isolated maps the address of each pod that a policy selects to what may pass.
type isolated map[string][]string

// render is the whole table. A packet passes who sends it, then who gets it;
// what is for the node itself passes who sends it alone.
func (p *policies) render() (string, error) {
	in, out, err := p.isolate()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	t := p.table
	fmt.Fprintf(&b, "add table ip %s\ndelete table ip %s\ntable ip %s {\n", t, t, t)
	receiving := in.chains(&b, "in_", "daddr")
	sending := out.chains(&b, "out_", "saddr")
	hook(&b, "forward", sending, receiving)
	hook(&b, "input", sending)
	b.WriteString("}\n")
	return b.String(), nil
}

func (p *policies) isolate() (in, out isolated, err error) {
	all, err := p.policies.List(labels.Everything())
	if err != nil {
		return nil, nil, err
	}
	in, out = isolated{}, isolated{}
	for _, policy := range all {
		selected, err := p.match(policy.Namespace, &policy.Spec.PodSelector, nil)
		if err != nil {
			return nil, nil, err
		}
		for _, pod := range selected {
			if err := p.isolatePod(policy, pod, in, out); err != nil {
				return nil, nil, err
			}
		}
	}
	return in, out, nil
}

func (p *policies) isolatePod(policy *net.NetworkPolicy, pod *core.Pod, in, out isolated) error {
	address := p.address(pod)
	if address == "" { // it has just ended
		return nil
	}
	for _, kind := range policy.Spec.PolicyTypes {
		side := out
		if kind == net.PolicyTypeIngress {
			side = in
		}
		side[address] = append(side[address], "")
		var lines []string
		var err error
		if kind == net.PolicyTypeIngress {
			lines, err = p.ingress(policy, pod)
		} else {
			lines, err = p.egress(policy)
		}
		if err != nil {
			return err
		}
		side[address] = append(side[address], lines...)
	}
	return nil
}

func (p *policies) ingress(policy *net.NetworkPolicy, pod *core.Pod) ([]string, error) {
	var lines []string
	for _, rule := range policy.Spec.Ingress {
		peers, err := p.peers("saddr", policy.Namespace, rule.From)
		if err != nil {
			return nil, err
		}
		for _, one := range peers {
			one.pods = []*core.Pod{pod} // a port's name is the receiver's
			lines = append(lines, one.lines(rule.Ports)...)
		}
	}
	return lines, nil
}

func (p *policies) egress(policy *net.NetworkPolicy) ([]string, error) {
	var lines []string
	for _, rule := range policy.Spec.Egress {
		peers, err := p.peers("daddr", policy.Namespace, rule.To)
		if err != nil {
			return nil, err
		}
		for _, one := range peers {
			lines = append(lines, one.lines(rule.Ports)...)
		}
	}
	return lines, nil
}

// chains writes one for each pod, and returns the rule that leads to them.
func (i isolated) chains(b *strings.Builder, prefix, field string) string {
	var jumps []string
	for _, address := range keys(i) {
		name := prefix + strings.ReplaceAll(address, ".", "_")
		fmt.Fprintf(b, "chain %s {\n", name)
		for _, line := range unique(i[address]) {
			fmt.Fprintf(b, "  %s return\n", line)
		}
		b.WriteString("  drop\n}\n")
		jumps = append(jumps, address+" : jump "+name)
	}
	if len(jumps) == 0 {
		return ""
	}
	return "ip " + field + " vmap { " + strings.Join(jumps, ", ") + " }"
}

func hook(b *strings.Builder, name string, rules ...string) {
	fmt.Fprintf(b, "chain %s {\n  type filter hook %s priority 10; policy accept;\n%s", name, name, established)
	for _, rule := range rules {
		if rule != "" {
			fmt.Fprintf(b, "  %s\n", rule)
		}
	}
	b.WriteString("}\n")
}

// match lists the pods with an address that a pair of selectors names; without a
// namespace selector it stays in the given namespace.
func (p *policies) match(space string, pods, spaces *meta.LabelSelector) ([]*core.Pod, error) {
	selector := labels.Everything()
	if pods != nil {
		var err error
		if selector, err = meta.LabelSelectorAsSelector(pods); err != nil {
			return nil, err
		}
	}
	names, err := p.names(space, spaces)
	if err != nil {
		return nil, err
	}
	var found []*core.Pod
	for _, name := range names {
		list, err := p.pods.Pods(name).List(selector)
		if err != nil {
			return nil, err
		}
		for _, pod := range list {
			if p.address(pod) != "" {
				found = append(found, pod)
			}
		}
	}
	return found, nil
}

func (p *policies) names(space string, spaces *meta.LabelSelector) ([]string, error) {
	if spaces == nil {
		return []string{space}, nil
	}
	selector, err := meta.LabelSelectorAsSelector(spaces)
	if err != nil {
		return nil, err
	}
	list, err := p.spaces.List(selector)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, one := range list {
		names = append(names, one.Name)
	}
	return names, nil
}

func keys(m map[string][]string) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	sort.Strings(list)
	return list
}

func unique(lines []string) []string {
	seen := map[string][]string{}
	for _, l := range lines {
		if l != "" {
			seen[l] = nil
		}
	}
	return keys(seen)
}
