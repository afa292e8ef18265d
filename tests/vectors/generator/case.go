package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"
)

// Case is one vector: everything that a verdict depends on, and the verdict. README.md describes the file.
type Case struct {
	topic, name string
	title       string
	shows       []string
	madeBy      string
	now         string
	image       string
	subject     Subject
	policy      Policy
	policyText  string // instead of policy
	stores      map[string][]any
	metadata    map[string]string
	responders  []Answer // of OCSP and CRL servers
	asked       []string // of them, if not all
	mediaType   string
	envelope    []byte
	failed      map[string]bool // level-controlled checks that fail
	stopped     string          // where it ends; empty: verified
	outcome     string
	stranger    bool // no store holds a certificate of the chain, and authenticity is only logged
	// At a level that logs, a check may fail and not stop. Then checks after it are reached.
}

// The level-controlled checks in the order in which a verifier reaches them.
var order = []string{"integrity", "authenticity", "expiry", "authenticTimestamp", "revocation"}

var levels = map[string]map[string]string{
	"strict":     {"integrity": "enforce", "authenticity": "enforce", "authenticTimestamp": "enforce", "expiry": "enforce", "revocation": "enforce"},
	"permissive": {"integrity": "enforce", "authenticity": "enforce", "authenticTimestamp": "log", "expiry": "log", "revocation": "log"},
	"audit":      {"integrity": "enforce", "authenticity": "log", "authenticTimestamp": "log", "expiry": "log", "revocation": "log"},
	"skip":       {"integrity": "skip", "authenticity": "skip", "authenticTimestamp": "skip", "expiry": "skip", "revocation": "skip"},
}

// Policy is a trust policy document of one statement.
type Policy struct {
	scopes          []string
	level           string
	override        map[string]string
	verifyTimestamp string
	stores          []string
	identities      []string
}

func (p Policy) action(check string) string {
	if action, ok := p.override[check]; ok {
		return action
	}
	return levels[p.level][check]
}

func (p Policy) document() string {
	var verification, statement, document Members
	verification.add("level", quote(p.level))
	if p.override != nil {
		content, err := json.Marshal(p.override)
		must(err)
		verification.add("override", string(content))
	}
	if p.verifyTimestamp != "" {
		verification.add("verifyTimestamp", quote(p.verifyTimestamp))
	}
	statement.add("name", quote("shop"))
	statement.add("registryScopes", quoteAll(p.scopes))
	statement.add("signatureVerification", verification.object())
	if p.stores != nil {
		statement.add("trustStores", quoteAll(p.stores))
	}
	if p.identities != nil {
		statement.add("trustedIdentities", quoteAll(p.identities))
	}
	document.add("version", quote("1.0"))
	document.add("trustPolicies", "["+statement.object()+"]")
	return document.object()
}

var cases []*Case

// add starts a case in which everything is as it should be.
func add(topic, name, title string, shows ...string) *Case {
	made := &Case{
		topic: topic, name: name, title: title, shows: shows, madeBy: "generator",
		now: "2026-06-01T00:00:00Z", image: "registry.example/shop/cart", subject: subjectOfAll,
		policy: Policy{
			scopes: []string{"registry.example/shop/cart"}, level: "strict", stores: []string{"ca:shop"}, identities: []string{"*"},
		},
		stores: map[string][]any{"ca:shop": {std.root}},
		failed: map[string]bool{}, outcome: "verified",
	}
	cases = append(cases, made)
	return made
}

// with sets the envelope.
func (c *Case) with(e *Envelope) *Case {
	c.mediaType, c.envelope = e.mediaType(), e.build()
	return c
}

// fails says where the signature fails: a check, or "plugin", "target", "metadata". `outcome` is the one of docs/outcomes.md.
func (c *Case) fails(where, outcome string) *Case {
	c.stopped, c.outcome = where, outcome
	c.failed[where] = true
	return c
}

func (c *Case) invalid() *Case { return c.fails("integrity", "signature-invalid") }

// logs says that a check fails without ending it.
func (c *Case) logs(checks ...string) *Case {
	for _, each := range checks {
		c.failed[each] = true
	}
	return c
}

// ofStranger says that no store holds a certificate of the chain, which is only logged: nobody is asked about revocation.
func (c *Case) ofStranger() *Case {
	c.stranger = true
	return c.logs("authenticity")
}

// expected is what becomes of each check.
func (c *Case) expected() [][2]string {
	var out [][2]string
	ended := c.stopped == "policy" || c.stopped == "skip"
	for _, check := range order {
		action, result := c.policy.action(check), "passed"
		switch {
		case ended:
			result = "notReached"
		case check == "integrity" && c.outcome == "untrusted-signer":
			result = "notReached" // trust before cryptography (VE-5)
		case c.failed[check]:
			result = "failed"
		case check == "revocation" && c.stranger:
			result = "skipped"
		case check == "revocation" && action == "skip":
			result = "skipped"
		}
		if c.stopped != "policy" && c.stopped != "skip" {
			out = append(out, [2]string{check, action + " " + result})
		}
		if check == c.stopped || check == "integrity" && c.stopped == "plugin" {
			ended = true
		}
	}
	return out
}

var goodName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// text is the file.
func (c *Case) text() []byte {
	if !goodName.MatchString(c.name) || !goodName.MatchString(c.topic) {
		panic("bad name: " + c.topic + "/" + c.name)
	}
	var out Members
	out.add("title", quote(c.title))
	if len(c.shows) > 0 {
		out.add("shows", quoteAll(c.shows))
	}
	out.add("madeBy", quote(c.madeBy))
	out.add("now", quote(c.now))
	out.add("image", quote(c.image))
	subject, err := json.Marshal(c.subject)
	must(err)
	out.add("subject", string(subject))
	switch {
	case c.policyText == "":
		out.add("policy", c.policy.document())
	case json.Valid([]byte(c.policyText)) && strings.HasPrefix(c.policyText, "{") && !repeats(c.policyText):
		out.add("policy", c.policyText)
	default:
		out.add("policyText", quote(c.policyText))
	}
	out.add("stores", storesObject(c.stores))
	if c.metadata != nil {
		content, err := json.Marshal(c.metadata)
		must(err)
		out.add("userMetadata", string(content))
	}
	if len(c.responders) > 0 {
		out.add("responders", respondersObject(c.responders))
	}
	var signature Members
	signature.add("mediaType", quote(c.mediaType))
	if c.mediaType == jwsType && utf8.Valid(c.envelope) {
		signature.add("text", quote(string(c.envelope)))
	} else {
		signature.add("base64", quote(b64(c.envelope)))
	}
	out.add("signature", signature.object())
	var expected, checks Members
	expected.add("outcome", quote(c.outcome))
	for _, each := range c.expected() {
		checks.add(each[0], quote(each[1]))
	}
	if len(checks) > 0 {
		expected.add("checks", checks.object())
	}
	if c.asked != nil {
		expected.add("asked", quoteAll(c.asked))
	}
	out.add("expected", expected.object())
	var lines []string
	for _, each := range out {
		lines = append(lines, "  "+quote(each.name)+": "+spaced(each.value))
	}
	return []byte("{\n" + strings.Join(lines, ",\n") + "\n}\n")
}

// spaced is compact JSON with a space where it reads better.
func spaced(value string) string {
	var out strings.Builder
	quoted := false
	for i := 0; i < len(value); i++ {
		out.WriteByte(value[i])
		switch {
		case quoted && value[i] == '\\':
			i++
			out.WriteByte(value[i])
		case value[i] == '"':
			quoted = !quoted
		case !quoted && (value[i] == ',' || value[i] == ':'):
			out.WriteByte(' ')
		}
	}
	return out.String()
}

// repeats is true if reading and writing again would lose something.
func repeats(document string) bool {
	var value any
	must(json.Unmarshal([]byte(document), &value))
	again, err := json.Marshal(value)
	must(err)
	var compact bytes.Buffer
	must(json.Compact(&compact, []byte(document)))
	return len(again) != compact.Len()
}

// file is a file of a trust store that is not one of the shared certificates.
type file struct {
	name string
	text string
	raw  []byte
}

func storesObject(stores map[string][]any) string {
	var names []string
	for name := range stores {
		names = append(names, name)
	}
	sort.Strings(names)
	var out Members
	for _, name := range names {
		var files []string
		for _, each := range stores[name] {
			files = append(files, storeFile(each))
		}
		out.add(name, "["+strings.Join(files, ",")+"]")
	}
	return out.object()
}

func storeFile(each any) string {
	switch value := each.(type) {
	case *Cert:
		if value.name != "" {
			return quote(value.name)
		}
		return `{"name":"certificate.pem","text":` + quote(value.pem()) + "}"
	case file:
		if value.raw != nil {
			return `{"name":` + quote(value.name) + `,"base64":` + quote(b64(value.raw)) + "}"
		}
		return `{"name":` + quote(value.name) + `,"text":` + quote(value.text) + "}"
	}
	panic("not a file of a trust store")
}

// share gives a certificate a file of its own.
func share(name string, certificate *Cert) *Cert {
	certificate.name = name
	shared = append(shared, certificate)
	return certificate
}

var shared []*Cert

// write replaces what is in the folder.
func write(folder string) {
	for _, each := range []string{"cases", "certificates"} {
		must(os.RemoveAll(filepath.Join(folder, each)))
	}
	for _, each := range shared {
		put(filepath.Join(folder, "certificates", each.name+".pem"), []byte(each.pem()))
	}
	seen := map[string]bool{}
	for _, each := range cases {
		path := filepath.Join(folder, "cases", each.topic, each.name+".json")
		if seen[path] {
			panic("twice: " + path)
		}
		seen[path] = true
		put(path, each.text())
	}
	fmt.Printf("%d cases\n", len(cases))
}

func put(path string, content []byte) {
	must(os.MkdirAll(filepath.Dir(path), 0o755))
	must(os.WriteFile(path, content, 0o644))
}
