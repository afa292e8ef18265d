package main

import (
	"crypto"
	"encoding/pem"
	"math/big"
	"time"
)

// Certificates, octet by octet, so that each rule can be broken alone.

func date(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }

var (
	notBefore = date(2024)
	notAfter  = date(2094)
)

// Cert is a certificate with what is needed to go on from it.
type Cert struct {
	name    string // of the file, if several cases share it
	der     []byte
	key     *Key
	subject []byte
}

func (c *Cert) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.der}))
}

// CertSpec is a certificate to be. What is empty is filled by issue.
type CertSpec struct {
	subject, issuer     []byte
	key                 *Key
	serial              []byte // DER of the INTEGER
	notBefore, notAfter time.Time
	version             int64
	extensions          map[string][]byte // by OID
	extra               [][]byte          // more of them, even if they are there
	scheme              *Scheme
	outerAlgorithm      []byte
	trailing            []byte
	spki                []byte
	rawValidity         []byte
}

// Change makes one certificate different.
type Change func(*CertSpec)

type attribute struct {
	oid   string
	tag   byte
	value string
}

const (
	oidC      = "2.5.4.6"
	oidST     = "2.5.4.8"
	oidL      = "2.5.4.7"
	oidO      = "2.5.4.10"
	oidOU     = "2.5.4.11"
	oidCN     = "2.5.4.3"
	oidSerial = "2.5.4.5"
	oidEmail  = "1.2.840.113549.1.9.1"
	oidDC     = "0.9.2342.19200300.100.1.25"
	oidUID    = "0.9.2342.19200300.100.1.1"
)

func nameOf(attributes ...attribute) []byte {
	var rdns [][]byte
	for _, each := range attributes {
		rdns = append(rdns, set(seq(oid(each.oid), text(each.tag, each.value))))
	}
	return seq(rdns...)
}

// acme is what all subjects have in common.
func acme(more ...attribute) []byte {
	return nameOf(append([]attribute{
		{oidC, printableString, "US"}, {oidST, utf8String, "WA"}, {oidL, utf8String, "Seattle"},
		{oidO, utf8String, "Acme"},
	}, more...)...)
}

func named(commonName string) []byte { return acme(attribute{oidCN, utf8String, commonName}) }

const (
	extBasic     = "2.5.29.19"
	extKeyUsage  = "2.5.29.15"
	extPurposes  = "2.5.29.37"
	extSKI       = "2.5.29.14"
	extAKI       = "2.5.29.35"
	extSAN       = "2.5.29.17"
	extNames     = "2.5.29.30"
	extCDP       = "2.5.29.31"
	extAIA       = "1.3.6.1.5.5.7.1.1"
	oidOfNobody  = "1.3.6.1.4.1.99999.1"
	codeSigning  = "1.3.6.1.5.5.7.3.3"
	timeStamping = "1.3.6.1.5.5.7.3.8"
)

func extension(id string, critical bool, value []byte) []byte {
	if critical {
		return seq(oid(id), boolean(true), octets(value))
	}
	return seq(oid(id), octets(value))
}

func basicConstraints(critical, ca bool, pathLength int64) []byte {
	var parts [][]byte
	if ca {
		parts = append(parts, boolean(true))
	}
	if pathLength >= 0 {
		parts = append(parts, integer(pathLength))
	}
	return extension(extBasic, critical, seq(parts...))
}

const (
	digitalSignature = 0
	commitment       = 1
	keyEncipherment  = 2
	dataEncipherment = 3
	keyAgreement     = 4
	keyCertSign      = 5
	crlSign          = 6
	encipherOnly     = 7
	decipherOnly     = 8
)

func keyUsage(critical bool, bits ...int) []byte {
	content := []byte{0, 0}
	highest := 0
	for _, bit := range bits {
		content[bit/8] |= 0x80 >> (bit % 8)
		highest = max(highest, bit)
	}
	size := highest/8 + 1
	if len(bits) == 0 {
		return extension(extKeyUsage, critical, tlv(0x03, []byte{0}))
	}
	return extension(extKeyUsage, critical, tlv(0x03, []byte{byte(7 - highest%8)}, content[:size]))
}

func purposes(critical bool, ids ...string) []byte {
	var parts [][]byte
	for _, id := range ids {
		parts = append(parts, oid(id))
	}
	return extension(extPurposes, critical, seq(parts...))
}

func rootSpec(name, kind string) CertSpec {
	return CertSpec{
		subject: named(name), key: key(kind + ":" + name),
		extensions: map[string][]byte{
			extBasic:    basicConstraints(true, true, -1),
			extKeyUsage: keyUsage(true, keyCertSign, crlSign),
		},
	}
}

func leafSpec(name, kind string) CertSpec {
	return CertSpec{
		subject: named(name), key: key(kind + ":" + name),
		extensions: map[string][]byte{
			extKeyUsage: keyUsage(true, digitalSignature),
			extPurposes: purposes(false, codeSigning),
		},
	}
}

// issue signs a certificate; without an issuer it signs itself.
func issue(spec CertSpec, issuer *Cert, changes ...Change) *Cert {
	spec.extensions = clone(spec.extensions)
	for _, change := range changes {
		change(&spec)
	}
	if spec.version == 0 {
		spec.version = 3
	}
	if spec.notBefore.IsZero() {
		spec.notBefore = notBefore
	}
	if spec.notAfter.IsZero() {
		spec.notAfter = notAfter
	}
	if spec.spki == nil {
		spec.spki = spec.key.spki
	}
	signer := spec.key
	if issuer != nil {
		signer = issuer.key
	}
	if spec.issuer == nil {
		spec.issuer = spec.subject
		if issuer != nil {
			spec.issuer = issuer.subject
		}
	}
	if spec.scheme == nil {
		how := usual(signer)
		spec.scheme = &how
	}
	if spec.rawValidity == nil {
		spec.rawValidity = seq(asn1Time(spec.notBefore), asn1Time(spec.notAfter))
	}
	var extensions [][]byte
	for _, id := range []string{extBasic, extKeyUsage, extPurposes, extSKI, extAKI, extSAN, extNames, extCDP, extAIA, oidOfNobody} {
		if spec.extensions[id] != nil {
			extensions = append(extensions, spec.extensions[id])
		}
	}
	extensions = append(extensions, spec.extra...)
	algorithm := algorithmIdentifier(*spec.scheme)
	body := [][]byte{algorithm, spec.issuer, spec.rawValidity, spec.subject, spec.spki}
	if spec.version >= 3 && len(extensions) > 0 {
		body = append(body, explicit(3, seq(extensions...)))
	}
	if spec.serial == nil {
		sum := digest(crypto.SHA256, append([]byte("serial"), seq(body...)...))
		sum[0] = sum[0]&0x3f | 0x40
		spec.serial = bigInteger(new(big.Int).SetBytes(sum[:16]))
	}
	head := [][]byte{spec.serial}
	if spec.version > 1 {
		head = append([][]byte{explicit(0, integer(spec.version-1))}, head...)
	}
	tbs := seq(append(head, body...)...)
	outer := spec.outerAlgorithm
	if outer == nil {
		outer = algorithm
	}
	der := seq(tbs, outer, bitString(signer.sign(*spec.scheme, tbs)))
	return &Cert{der: append(der, spec.trailing...), key: spec.key, subject: spec.subject}
}

func clone(from map[string][]byte) map[string][]byte {
	to := map[string][]byte{}
	for id, value := range from {
		to[id] = value
	}
	return to
}

// Changes that cases ask for.

func with(id string, value []byte) Change {
	return func(spec *CertSpec) { spec.extensions[id] = value }
}

func without(id string) Change {
	return func(spec *CertSpec) { delete(spec.extensions, id) }
}

func valid(from, until time.Time) Change {
	return func(spec *CertSpec) { spec.notBefore, spec.notAfter = from, until }
}

func signedBy(scheme Scheme) Change {
	return func(spec *CertSpec) { spec.scheme = &scheme }
}

func subject(name []byte) Change {
	return func(spec *CertSpec) { spec.subject = name }
}
