package main

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"sort"
)

// Timestamp tokens (RFC 3161), valid unless told otherwise.

const (
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidData          = "1.2.840.113549.1.7.1"
	oidTSTInfo       = "1.2.840.113549.1.9.16.1.4"
	oidContentType   = "1.2.840.113549.1.9.3"
	oidMessageDigest = "1.2.840.113549.1.9.4"
	oidSigningTime   = "1.2.840.113549.1.9.5"
	oidSigningCert   = "1.2.840.113549.1.9.16.2.12"
	oidSigningCertV2 = "1.2.840.113549.1.9.16.2.47"
	oidBaseline      = "0.4.0.2023.1.1"
)

// Token is a token to be.
type Token struct {
	chain        []*Cert
	certificates []*Cert // nil is the chain
	time         string  // GeneralizedTime
	info         TSTInfo
	rawInfo      []byte
	outerType    string
	contentType  string
	version      int64
	crls         []byte
	signers      []*Signer // nil is one good one
	finish       func([]byte) []byte
}

// TSTInfo are the fields whose values are not always the same; raw DER.
type TSTInfo struct {
	version  int64
	policy   string
	hash     crypto.Hash
	message  []byte // instead of the signature
	accuracy []byte
	rest     []byte // nonce, tsa, extensions
}

// Signer is a SignerInfo to be.
type Signer struct {
	certificate *Cert // nil is the chain's leaf
	key         *Key  // nil is the certificate's
	scheme      *Scheme
	version     int64
	hash        crypto.Hash // of the message digest
	attributes  map[string][]byte
	without     []string
	noAttribute bool
	id          []byte
	signature   func([]byte) []byte
	algorithm   []byte
}

func newToken(chain []*Cert) *Token {
	return &Token{
		chain: chain, time: "20260101000000Z", outerType: oidSignedData, contentType: oidTSTInfo, version: 3,
		info: TSTInfo{version: 1, policy: oidOfNobody, hash: crypto.SHA256},
	}
}

func hashIdentifier(hash crypto.Hash) []byte { return seq(oid(hashOID[hash]), null()) }

// issuerAndSerial reads them out of a certificate.
func issuerAndSerial(certificate *Cert) (issuer, serial []byte) {
	var outer struct {
		TBS struct {
			Raw     asn1.RawContent
			Version int `asn1:"optional,explicit,default:0,tag:0"`
			Serial  asn1.RawValue
			Alg     asn1.RawValue
			Issuer  asn1.RawValue
			Rest    asn1.RawValue
			Subject asn1.RawValue
			Key     asn1.RawValue
			More    asn1.RawValue `asn1:"optional,explicit,tag:3"`
		}
		Alg, Signature asn1.RawValue
	}
	_, err := asn1.Unmarshal(certificate.der, &outer)
	must(err)
	return outer.TBS.Issuer.FullBytes, outer.TBS.Serial.FullBytes
}

// certID is an ESSCertIDv2.
func certID(certificate *Cert, hash crypto.Hash, withIssuer bool) []byte {
	var parts [][]byte
	if hash != crypto.SHA256 {
		parts = append(parts, hashIdentifier(hash))
	}
	parts = append(parts, octets(digest(hash, certificate.der)))
	if withIssuer {
		issuer, serial := issuerAndSerial(certificate)
		parts = append(parts, seq(seq(explicit(4, issuer)), serial))
	}
	return seq(parts...)
}

func accuracy(seconds, millis, micros int64) []byte {
	var parts [][]byte
	if seconds != 0 {
		parts = append(parts, integer(seconds))
	}
	if millis != 0 {
		parts = append(parts, retag(0x80, integer(millis)))
	}
	if micros != 0 {
		parts = append(parts, retag(0x81, integer(micros)))
	}
	return seq(parts...)
}

func retag(tag byte, der []byte) []byte { return append([]byte{tag}, der[1:]...) }

func (t *Token) build(signature []byte) []byte {
	content := t.rawInfo
	if content == nil {
		message := signature
		if t.info.message != nil {
			message = t.info.message
		}
		content = seq(integer(t.info.version), oid(t.info.policy),
			seq(hashIdentifier(t.info.hash), octets(digest(t.info.hash, message))),
			integer(17), generalizedTime(t.time), t.info.accuracy, t.info.rest)
	}
	signers := t.signers
	if signers == nil {
		signers = []*Signer{{}}
	}
	var infos [][]byte
	for _, each := range signers {
		infos = append(infos, each.build(t, content))
	}
	certificates := t.certificates
	if certificates == nil {
		certificates = t.chain
	}
	var ders [][]byte
	for _, each := range certificates {
		ders = append(ders, each.der)
	}
	var sent []byte
	if len(ders) > 0 {
		sent = retag(0xa0, sortedSet(ders...))
	}
	body := seq(integer(t.version), set(hashIdentifier(crypto.SHA256)),
		seq(oid(t.contentType), explicit(0, octets(content))), sent, t.crls, sortedSet(infos...))
	out := seq(oid(t.outerType), explicit(0, body))
	if t.finish != nil {
		out = t.finish(out)
	}
	return out
}

func (s *Signer) build(t *Token, content []byte) []byte {
	certificate, signer, scheme, hash, version := s.certificate, s.key, s.scheme, s.hash, s.version
	if certificate == nil {
		certificate = t.chain[0]
	}
	if signer == nil {
		signer = certificate.key
	}
	if scheme == nil {
		how := usual(signer)
		scheme = &how
	}
	if hash == 0 {
		hash = crypto.SHA256
	}
	if version == 0 {
		version = 1
	}
	attributes := map[string][]byte{
		oidContentType:   oid(t.contentType),
		oidMessageDigest: octets(digest(hash, content)),
		oidSigningCertV2: seq(seq(certID(certificate, crypto.SHA256, true))),
	}
	for id, value := range s.attributes {
		attributes[id] = value
	}
	for _, id := range s.without {
		delete(attributes, id)
	}
	var encoded [][]byte
	for id, value := range attributes {
		encoded = append(encoded, seq(oid(id), set(value)))
	}
	sort.Slice(encoded, func(i, j int) bool { return bytes.Compare(encoded[i], encoded[j]) < 0 })
	signedOctets, sent := set(encoded...), retag(0xa0, set(encoded...))
	if s.noAttribute {
		signedOctets, sent = content, nil
	}
	signature := signer.sign(*scheme, signedOctets)
	if s.signature != nil {
		signature = s.signature(signature)
	}
	id := s.id
	if id == nil {
		issuer, serial := issuerAndSerial(certificate)
		id = seq(issuer, serial)
	}
	algorithm := s.algorithm
	if algorithm == nil {
		algorithm = algorithmIdentifier(*scheme)
	}
	return seq(integer(version), id, hashIdentifier(hash), sent, algorithm, octets(signature))
}

// tsaWorld is a timestamp authority's chain.
func tsaWorld(name string, leaf, middle, root []Change) []*Cert {
	top := issue(rootSpec(name+" root", "p256"), nil, root...)
	between := issue(rootSpec(name+" intermediate", "p256"), top, middle...)
	spec := leafSpec(name+" unit", "p256")
	spec.extensions[extPurposes] = purposes(true, timeStamping)
	return []*Cert{issue(spec, between, leaf...), between, top}
}
