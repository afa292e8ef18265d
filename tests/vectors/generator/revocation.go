package main

import (
	"crypto"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// OCSP responses (RFC 6960), revocation lists (RFC 5280), and the servers that give them; valid unless told otherwise.

const (
	oidBasicOCSP    = "1.3.6.1.5.5.7.48.1.1"
	oidOCSP         = "1.3.6.1.5.5.7.48.1"
	oidIssuers      = "1.3.6.1.5.5.7.48.2"
	oidNonce        = "1.3.6.1.5.5.7.48.1.2"
	oidNoCheck      = "1.3.6.1.5.5.7.48.1.5"
	oidMD5          = "1.2.840.113549.2.5"
	ocspSigning     = "1.3.6.1.5.5.7.3.9"
	anyPurpose      = "2.5.29.37.0"
	extListNumber   = "2.5.29.20"
	extReason       = "2.5.29.21"
	extInvalidity   = "2.5.29.24"
	extDelta        = "2.5.29.27"
	extScope        = "2.5.29.28"
	extEntryIssuer  = "2.5.29.29"
	extFreshest     = "2.5.29.46"
	ocspContentType = "application/ocsp-response"
	listContentType = "application/pkix-crl"
)

// day is one of 2026; cases are judged on the first of June.
func day(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC)
}

var (
	judged     = day(time.June, 1)
	thisUpdate = day(time.May, 1)
	nextUpdate = day(time.July, 1)
)

func enumerated(value byte) []byte { return []byte{0x0a, 1, value} }

func exactTime(when time.Time) []byte { return generalizedTime(when.UTC().Format("20060102150405Z")) }

// keyBits is the content of the BIT STRING of a public key.
func keyBits(k *Key) []byte {
	var info struct {
		Algorithm asn1.RawValue
		Bits      asn1.BitString
	}
	_, err := asn1.Unmarshal(k.spki, &info)
	must(err)
	return info.Bits.Bytes
}

func serialOf(certificate *Cert) []byte {
	_, serial := issuerAndSerial(certificate)
	return serial
}

// Where a certificate says that its status can be had.

func uri(address string) []byte { return text(0x86, address) }

// point is a DistributionPoint of some names.
func point(names ...[]byte) []byte { return seq(explicit(0, explicit(0, names...))) }

// points are DistributionPoints of one address each.
func points(addresses []string) []byte {
	var list [][]byte
	for _, each := range addresses {
		list = append(list, point(uri(each)))
	}
	return seq(list...)
}

func ocspAt(addresses ...string) Change {
	var list [][]byte
	for _, each := range addresses {
		list = append(list, seq(oid(oidOCSP), uri(each)))
	}
	return with(extAIA, extension(extAIA, false, seq(list...)))
}

func listsAt(addresses ...string) Change { return listPoints(points(addresses)) }

func listPoints(value []byte) Change { return with(extCDP, extension(extCDP, false, value)) }

// OCSP is a response to be.
type OCSP struct {
	about, issuer *Cert
	status        []byte // nil is good
	thisUpdate    time.Time
	nextUpdate    time.Time // zero: there is none
	extensions    [][]byte  // of the status
	hash          crypto.Hash
	hashOID       string // instead of that of the hash
	issuerName    []byte // to be hashed; nil is the issuer's
	issuerKey     *Key
	serial        []byte
	before        [][]byte // statuses of others
	all           [][]byte // extensions of the response
	signer        *Key     // nil is the issuer's
	scheme        *Scheme
	certificates  []*Cert
	responder     []byte // ResponderID; nil names the issuer
	result        byte   // OCSPResponseStatus; others than 0 carry nothing
	contentType   string
	signature     func([]byte) []byte
	after         []byte
}

// ocspFor is a good status of the certificate at `place` of a chain.
func ocspFor(chain []*Cert, place int) *OCSP {
	return &OCSP{about: chain[place], issuer: chain[place+1], thisUpdate: thisUpdate, nextUpdate: nextUpdate, hash: crypto.SHA1,
		contentType: oidBasicOCSP}
}

func (o *OCSP) revoked(extensions ...[]byte) *OCSP {
	o.status = retag(0xa1, seq(exactTime(day(time.March, 1)), explicit(0, enumerated(1))))
	o.extensions = append(o.extensions, extensions...)
	return o
}

func (o *OCSP) unknown() *OCSP {
	o.status = []byte{0x82, 0}
	return o
}

// by lets a responder that has a certificate sign.
func (o *OCSP) by(responder *Cert) *OCSP {
	o.signer, o.certificates = responder.key, []*Cert{responder}
	return o
}

// single is the SingleResponse.
func (o *OCSP) single() []byte {
	name, k, serial, status, id := o.issuerName, o.issuerKey, o.serial, o.status, o.hashOID
	if name == nil {
		name = o.issuer.subject
	}
	if k == nil {
		k = o.issuer.key
	}
	if serial == nil {
		serial = serialOf(o.about)
	}
	if status == nil {
		status = []byte{0x80, 0}
	}
	if id == "" {
		id = hashOID[o.hash]
	}
	parts := [][]byte{
		seq(seq(oid(id), null()), octets(digest(o.hash, name)), octets(digest(o.hash, keyBits(k))), serial),
		status, exactTime(o.thisUpdate),
	}
	if !o.nextUpdate.IsZero() {
		parts = append(parts, explicit(0, exactTime(o.nextUpdate)))
	}
	if len(o.extensions) > 0 {
		parts = append(parts, explicit(1, seq(o.extensions...)))
	}
	return seq(parts...)
}

func (o *OCSP) build() []byte {
	if o.result != 0 {
		return seq(enumerated(o.result))
	}
	signer, scheme, responder := o.signer, o.scheme, o.responder
	if signer == nil {
		signer = o.issuer.key
	}
	if scheme == nil {
		how := usual(signer)
		scheme = &how
	}
	if responder == nil {
		responder = explicit(1, o.issuer.subject)
	}
	parts := [][]byte{responder, exactTime(o.thisUpdate), seq(append(slices.Clone(o.before), o.single())...)}
	if len(o.all) > 0 {
		parts = append(parts, explicit(1, seq(o.all...)))
	}
	data := seq(parts...)
	signature := signer.sign(*scheme, data)
	if o.signature != nil {
		signature = o.signature(signature)
	}
	basic := [][]byte{data, algorithmIdentifier(*scheme), bitString(signature)}
	if len(o.certificates) > 0 {
		var list [][]byte
		for _, each := range o.certificates {
			list = append(list, each.der)
		}
		basic = append(basic, explicit(0, seq(list...)))
	}
	return append(seq(enumerated(0), explicit(0, seq(oid(o.contentType), octets(seq(basic...))))), o.after...)
}

// sized fills the response up to `size` octets with an extension that need not be understood.
func (o *OCSP) sized(size int) []byte {
	for filling := size; filling > 0; filling-- {
		o.all = [][]byte{extension(oidOfNobody, false, octets(make([]byte, filling)))}
		if out := o.build(); len(out) == size {
			return out
		}
	}
	panic("no such size")
}

// responderOf is a responder's certificate, which `issuer` signs.
func responderOf(name string, issuer *Cert, changes ...Change) *Cert {
	spec := leafSpec(name, "p256")
	spec.extensions[extPurposes] = purposes(false, ocspSigning)
	return issue(spec, issuer, append([]Change{withExtra(extension(oidNoCheck, false, null()))}, changes...)...)
}

// Entry is a revoked certificate of a list.
type Entry struct {
	serial     []byte
	date       time.Time
	extensions [][]byte
}

func entry(certificate *Cert, extensions ...[]byte) Entry {
	return Entry{serial: serialOf(certificate), date: day(time.March, 1), extensions: extensions}
}

// on sets the date of an entry.
func (e Entry) on(date time.Time) Entry {
	e.date = date
	return e
}

func reason(code byte) []byte { return extension(extReason, false, enumerated(code)) }

func invalidSince(when time.Time) []byte { return extension(extInvalidity, false, exactTime(when)) }

const (
	keyCompromise = 1
	hold          = 6
	removed       = 8
)

// List is a revocation list to be.
type List struct {
	issuer     *Cert
	name       []byte // nil is the issuer's
	version    []byte // DER; nil is version 2
	thisUpdate time.Time
	nextUpdate time.Time // zero: there is none
	entries    []Entry
	number     int64    // negative: it has none
	extensions [][]byte // beside the number
	numbering  []byte   // the number's extension; nil is the usual one
	signer     *Key
	scheme     *Scheme
	signature  func([]byte) []byte
}

func listOf(issuer *Cert, entries ...Entry) *List {
	return &List{issuer: issuer, thisUpdate: thisUpdate, nextUpdate: nextUpdate, number: 5, entries: entries}
}

func (l *List) extended(extensions ...[]byte) *List {
	l.extensions = append(l.extensions, extensions...)
	return l
}

// deltaOf is what has changed since the list `base`; base lists have the number 5.
func deltaOf(issuer *Cert, number, base int64, entries ...Entry) *List {
	out := listOf(issuer, entries...)
	out.number = number
	if base >= 0 {
		out.extended(extension(extDelta, true, integer(base)))
	}
	return out
}

// freshest says where the delta list is.
func freshest(addresses ...string) []byte { return extension(extFreshest, false, points(addresses)) }

// scope is an issuingDistributionPoint: flags by their tags, addresses of the list.
func scope(flags []byte, addresses ...string) []byte {
	var parts [][]byte
	if len(addresses) > 0 {
		var names [][]byte
		for _, each := range addresses {
			names = append(names, uri(each))
		}
		parts = append(parts, explicit(0, explicit(0, names...)))
	}
	for _, each := range flags {
		parts = append(parts, []byte{0x80 | each, 1, 0xff})
	}
	return extension(extScope, true, seq(parts...))
}

const (
	onlyUsers       = 1
	onlyAuthorities = 2
	indirect        = 4
	onlyAttributes  = 5
)

// someReasons is a scope of the reasons whose bits are set.
func someReasons(unused, bits byte, address string) []byte {
	return extension(extScope, true, seq(explicit(0, explicit(0, uri(address))), []byte{0x83, 2, unused, bits}))
}

func (l *List) build() []byte {
	name, signer, scheme, version := l.name, l.signer, l.scheme, l.version
	if name == nil {
		name = l.issuer.subject
	}
	if signer == nil {
		signer = l.issuer.key
	}
	if scheme == nil {
		how := usual(signer)
		scheme = &how
	}
	if version == nil {
		version = integer(1)
	}
	algorithm := algorithmIdentifier(*scheme)
	parts := [][]byte{version, algorithm, name, asn1Time(l.thisUpdate)}
	if !l.nextUpdate.IsZero() {
		parts = append(parts, asn1Time(l.nextUpdate))
	}
	var revoked [][]byte
	for _, each := range l.entries {
		fields := [][]byte{each.serial, asn1Time(each.date)}
		if len(each.extensions) > 0 {
			fields = append(fields, seq(each.extensions...))
		}
		revoked = append(revoked, seq(fields...))
	}
	if len(revoked) > 0 {
		parts = append(parts, seq(revoked...))
	}
	extensions := slices.Clone(l.extensions)
	switch {
	case l.numbering != nil:
		extensions = append(extensions, l.numbering)
	case l.number >= 0:
		extensions = append(extensions, extension(extListNumber, false, integer(l.number)))
	}
	if len(extensions) > 0 {
		parts = append(parts, explicit(0, seq(extensions...)))
	}
	list := seq(parts...)
	signature := signer.sign(*scheme, list)
	if l.signature != nil {
		signature = l.signature(signature)
	}
	return seq(list, algorithm, bitString(signature))
}

// Answer is what an address says.
type Answer struct {
	address string
	members Members
}

func answer(address string, status int, contentType string, content []byte) Answer {
	out := Answer{address: address}
	out.members.add("status", fmt.Sprint(status))
	if contentType != "" {
		out.members.add("contentType", quote(contentType))
	}
	if content != nil {
		out.members.add("base64", quote(b64(content)))
	}
	return out
}

// answers lets an address answer with a response or a list.
func (c *Case) answers(address string, what interface{ build() []byte }) *Case {
	contentType := listContentType
	if _, ok := what.(*OCSP); ok {
		contentType = ocspContentType
	}
	return c.gives(answer(address, 200, contentType, what.build()))
}

func (c *Case) gives(answers ...Answer) *Case {
	c.responders = append(c.responders, answers...)
	return c
}

// breaks lets an address not answer: "refused" or "timeout".
func (c *Case) breaks(address, how string) *Case {
	out := Answer{address: address}
	out.members.add("fails", quote(how))
	return c.gives(out)
}

// leads lets an address lead to another.
func (c *Case) leads(from string, status int, to string) *Case {
	out := Answer{address: from}
	out.members.add("status", fmt.Sprint(status))
	out.members.add("location", quote(to))
	return c.gives(out)
}

// asks says which addresses are asked, if not all that answer.
func (c *Case) asks(addresses ...string) *Case {
	c.asked = append([]string{}, addresses...)
	slices.Sort(c.asked)
	return c
}

func (c *Case) isRevoked() *Case { return c.fails("revocation", "revoked") }
func (c *Case) isUnknown() *Case { return c.fails("revocation", "revocation-unknown") }

func respondersObject(answers []Answer) string {
	var out Members
	for _, each := range answers {
		for _, known := range out {
			if known.name == each.address {
				panic("two answers of " + each.address)
			}
		}
		out.add(each.address, each.members.object())
	}
	return out.object()
}

// otherSerial is one that no certificate here has.
func otherSerial() []byte { return bigInteger(big.NewInt(4711)) }
