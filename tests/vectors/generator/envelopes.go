package main

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Envelopes of both formats, valid unless told otherwise.

const (
	jwsType     = "application/jose+json"
	coseType    = "application/cose"
	payloadType = "application/vnd.cncf.notary.payload.v1+json"
	prefix      = "io.cncf.notary."
	x509Scheme  = "notary.x509"
	saScheme    = "notary.x509.signingAuthority"
)

var signed = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Attribute is a protected header beside the defined ones.
type Attribute struct {
	name     string
	value    any // string, int or a json.RawMessage (JWS) or raw CBOR ([]byte)
	critical bool
}

// Envelope is an envelope to be. The functions at the end change what the fields make.
type Envelope struct {
	format      string // "jws" or "cose"
	chain       []*Cert
	signer      *Key    // nil is the leaf's key
	scheme      *Scheme // nil is what belongs to the signer
	signing     string  // signing scheme
	time        time.Time
	expiry      time.Time
	payload     []byte
	contentType string
	attributes  []Attribute
	agent       string
	token       func(signature []byte) []byte

	jws  func(*JWS)
	cose func(*COSE)
	// signature changes the signature before it is put in.
	signature func([]byte) []byte
	finish    func([]byte) []byte
}

func envelope(format string, chain []*Cert) *Envelope {
	return &Envelope{format: format, chain: chain, signing: x509Scheme, time: signed, payload: payloadOf(subjectOfAll, nil),
		contentType: payloadType, agent: "countersign-vectors"}
}

func (e *Envelope) mediaType() string {
	if e.format == "jws" {
		return jwsType
	}
	return coseType
}

func (e *Envelope) build() []byte {
	if e.signer == nil {
		e.signer = e.chain[0].key
	}
	if e.scheme == nil {
		usual := envelopeScheme(e.signer)
		e.scheme = &usual
	}
	var out []byte
	if e.format == "jws" {
		out = e.buildJWS()
	} else {
		out = e.buildCOSE()
	}
	if e.finish != nil {
		out = e.finish(out)
	}
	return out
}

func (e *Envelope) sign(message []byte) []byte {
	signature := e.signer.signEnvelope(*e.scheme, message)
	if e.signature != nil {
		signature = e.signature(signature)
	}
	return signature
}

// timeName is the header that carries the time of the signing scheme.
func (e *Envelope) timeName() string {
	if e.signing == saScheme {
		return prefix + "authenticSigningTime"
	}
	return prefix + "signingTime"
}

// critical are the headers that must be critical, in the order of the specification.
func (e *Envelope) critical() []string {
	names := []string{prefix + "signingScheme"}
	if e.signing == saScheme {
		names = append(names, e.timeName())
	}
	if !e.expiry.IsZero() {
		names = append(names, prefix+"expiry")
	}
	for _, each := range e.attributes {
		if each.critical {
			names = append(names, each.name)
		}
	}
	return names
}

// Members are a JSON object, in order, whose values are raw.
type Members []struct{ name, value string }

func (m *Members) put(name, value string) {
	for i := range *m {
		if (*m)[i].name == name {
			(*m)[i].value = value
			return
		}
	}
	m.add(name, value)
}

func (m *Members) add(name, value string) {
	*m = append(*m, struct{ name, value string }{name, value})
}

func (m *Members) get(name string) string {
	for _, each := range *m {
		if each.name == name {
			return each.value
		}
	}
	panic("no member " + name)
}

func (m *Members) remove(name string) {
	var kept Members
	for _, each := range *m {
		if each.name != name {
			kept = append(kept, each)
		}
	}
	*m = kept
}

// rename keeps the value and the place.
func (m *Members) rename(from, to string) {
	for i := range *m {
		if (*m)[i].name == from {
			(*m)[i].name = to
		}
	}
}

func (m Members) object() string {
	var parts []string
	for _, each := range m {
		parts = append(parts, quote(each.name)+":"+each.value)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func quote(s string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	must(encoder.Encode(s))
	return strings.TrimSpace(out.String())
}

func quoteAll(list []string) string {
	var quoted []string
	for _, each := range list {
		quoted = append(quoted, quote(each))
	}
	return "[" + strings.Join(quoted, ",") + "]"
}

func b64url(content []byte) string { return base64.RawURLEncoding.EncodeToString(content) }
func b64(content []byte) string    { return base64.StdEncoding.EncodeToString(content) }

// JWS is what an envelope of that format is made of, before it is signed.
type JWS struct {
	protected Members
	header    Members
	// Texts that go in instead, if they are set.
	protectedText, payloadText *string
	// What is signed instead of what is sent.
	signedProtected *string
	top             func(*Members) // after signing
}

func (e *Envelope) buildJWS() []byte {
	alg := map[string]string{"ecdsa": "ES", "pss": "PS", "pkcs1": "RS", "ed25519": "EdDSA"}[e.scheme.how]
	if e.scheme.how != "ed25519" {
		alg += map[crypto.Hash]string{crypto.SHA1: "1", crypto.SHA256: "256", crypto.SHA384: "384", crypto.SHA512: "512"}[e.scheme.hash]
	}
	j := &JWS{}
	j.protected.add("alg", quote(alg))
	j.protected.add("cty", quote(e.contentType))
	j.protected.add("crit", quoteAll(e.critical()))
	j.protected.add(prefix+"signingScheme", quote(e.signing))
	j.protected.add(e.timeName(), quote(e.time.Format(time.RFC3339)))
	if !e.expiry.IsZero() {
		j.protected.add(prefix+"expiry", quote(e.expiry.Format(time.RFC3339)))
	}
	for _, each := range e.attributes {
		switch value := each.value.(type) {
		case string:
			j.protected.add(each.name, quote(value))
		default:
			j.protected.add(each.name, fmt.Sprint(value))
		}
	}
	var chain []string
	for _, each := range e.chain {
		chain = append(chain, b64(each.der))
	}
	j.header.add("x5c", quoteAll(chain))
	j.header.add(prefix+"signingAgent", quote(e.agent))
	if e.jws != nil {
		e.jws(j)
	}
	protected := b64url([]byte(j.protected.object()))
	if j.protectedText != nil {
		protected = *j.protectedText
	}
	payload := b64url(e.payload)
	if j.payloadText != nil {
		payload = *j.payloadText
	}
	message := protected
	if j.signedProtected != nil {
		message = *j.signedProtected
	}
	signature := e.sign([]byte(message + "." + payload))
	if e.token != nil {
		j.header.add(prefix+"timestampSignature", quote(b64(e.token(signature))))
	}
	var top Members
	top.add("payload", quote(payload))
	top.add("protected", quote(protected))
	top.add("header", j.header.object())
	top.add("signature", quote(b64url(signature)))
	if j.top != nil {
		j.top(&top)
	}
	return []byte(top.object())
}

// COSE is what an envelope of that format is made of, before it is signed.
type COSE struct {
	protected   Pairs
	unprotected Pairs
	// Octets that go in instead, if they are set.
	protectedContent []byte // content of the byte string
	protectedItem    []byte // the whole item
	unprotectedItem  []byte
	payloadItem      []byte
	signatureItem    []byte
	// What is signed instead of what is sent.
	signedProtected, externalData []byte
	head                          []byte // instead of D2 84
}

var (
	labelAlg, labelCrit, labelType, labelChain = cInt(1), cInt(2), cInt(3), cInt(33)
)

func cTime(when time.Time) []byte { return cTag(1, cInt(when.Unix())) }

func (e *Envelope) buildCOSE() []byte {
	alg := map[string]map[crypto.Hash]int64{
		"pss":     {crypto.SHA256: -37, crypto.SHA384: -38, crypto.SHA512: -39},
		"ecdsa":   {crypto.SHA256: -7, crypto.SHA384: -35, crypto.SHA512: -36},
		"pkcs1":   {crypto.SHA256: -257},
		"ed25519": {0: -8},
	}[e.scheme.how][e.scheme.hash]
	c := &COSE{}
	c.protected.add(labelAlg, cInt(alg))
	var critical [][]byte
	for _, each := range e.critical() {
		critical = append(critical, cText(each))
	}
	c.protected.add(labelCrit, cArray(critical...))
	c.protected.add(labelType, cText(e.contentType))
	c.protected.add(cText(prefix+"signingScheme"), cText(e.signing))
	c.protected.add(cText(e.timeName()), cTime(e.time))
	if !e.expiry.IsZero() {
		c.protected.add(cText(prefix+"expiry"), cTime(e.expiry))
	}
	for _, each := range e.attributes {
		switch value := each.value.(type) {
		case string:
			c.protected.add(cText(each.name), cText(value))
		case int:
			c.protected.add(cText(each.name), cInt(int64(value)))
		case []byte:
			c.protected.add(cText(each.name), value)
		}
	}
	var chain [][]byte
	for _, each := range e.chain {
		chain = append(chain, cBytes(each.der))
	}
	c.unprotected.add(labelChain, cArray(chain...))
	c.unprotected.add(cText(prefix+"signingAgent"), cText(e.agent))
	if e.cose != nil {
		e.cose(c)
	}
	content := c.protected.encode()
	if c.protectedContent != nil {
		content = c.protectedContent
	}
	message := content
	if c.signedProtected != nil {
		message = c.signedProtected
	}
	signature := e.sign(cArray(cText("Signature1"), cBytes(message), cBytes(c.externalData), cBytes(e.payload)))
	if e.token != nil {
		c.unprotected.add(cText(prefix+"timestampSignature"), cBytes(e.token(signature)))
	}
	head, protected, unprotected := []byte{0xd2, 0x84}, cBytes(content), c.unprotected.encode()
	payload, last := cBytes(e.payload), cBytes(signature)
	for _, each := range []struct{ to, from *[]byte }{
		{&head, &c.head}, {&protected, &c.protectedItem}, {&unprotected, &c.unprotectedItem}, {&payload, &c.payloadItem}, {&last, &c.signatureItem},
	} {
		if *each.from != nil {
			*each.to = *each.from
		}
	}
	return bytes.Join([][]byte{head, protected, unprotected, payload, last}, nil)
}

// Subject is what a signature is for.
type Subject struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

var subjectOfAll = Subject{"application/vnd.oci.image.manifest.v1+json", "sha256:" + strings.Repeat("5a", 32), 517}

func payloadOf(subject Subject, annotations map[string]string) []byte {
	var out Members
	out.add("mediaType", quote(subject.MediaType))
	out.add("digest", quote(subject.Digest))
	out.add("size", fmt.Sprint(subject.Size))
	if annotations != nil {
		content, err := json.Marshal(annotations)
		must(err)
		out.add("annotations", string(content))
	}
	return []byte(`{"targetArtifact":` + out.object() + "}")
}
