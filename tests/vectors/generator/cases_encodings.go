package main

import (
	"bytes"
	"math/big"
	"strings"
)

// Certificates that are encoded in unusual or wrong ways. What is refused is refused in any position of a chain.

func ext(id string, critical bool, value []byte) Change {
	return with(id, extension(id, critical, value))
}

func rawExt(id string, whole []byte) Change { return with(id, whole) }

func withSubject(attributes ...attribute) Change { return subject(acme(attributes...)) }

func times(from, until []byte) Change {
	return func(spec *CertSpec) { spec.rawValidity = seq(from, until) }
}

func ecSPKI(parameters, point []byte) []byte {
	return seq(seq(oid("1.2.840.10045.2.1"), parameters), bitString(point))
}

func rsaSPKI(parameters, modulus, exponent []byte) []byte {
	return seq(seq(oid("1.2.840.113549.1.1.1"), parameters), bitString(seq(modulus, exponent)))
}

func encodingCases() {
	p256 := oid("1.2.840.10045.3.1.7")
	signer := key("p256:shop signer")
	point := signer.spki[len(signer.spki)-65:]
	utc := func(s string) []byte { return text(0x17, s) }
	from, until := utc("240101000000Z"), generalizedTime("20940101000000Z")
	modulus := new(big.Int).SetBytes(bytes.Repeat([]byte{0xd5}, 256))
	distribution := func(names ...[]byte) []byte { return seq(seq(tlv(0xa0, tlv(0xa0, names...)))) }
	for _, each := range []struct {
		name, title string
		change      Change
		good        bool
	}{
		{"serial-not-minimal", "A serial number with a superfluous zero octet", func(s *CertSpec) { s.serial = tlv(0x02, []byte{0, 5}) }, false},
		{"serial-empty", "A serial number without octets", func(s *CertSpec) { s.serial = tlv(0x02) }, false},
		{"serial-enumerated", "A serial number that is an ENUMERATED", func(s *CertSpec) { s.serial = tlv(0x0a, []byte{5}) }, false},
		{"time-without-seconds", "A UTCTime without seconds", times(utc("2401010000Z"), until), false},
		{"time-with-offset", "A UTCTime with an offset", times(utc("240101000000+0100"), until), false},
		{"generalized-time-before-2050", "A GeneralizedTime for a year before 2050", times(generalizedTime("20240101000000Z"), until), true},
		{"generalized-time-with-fraction", "A GeneralizedTime with a fraction", times(from, generalizedTime("20940101000000.5Z")), false},
		{"generalized-time-with-offset", "A GeneralizedTime with an offset", times(from, generalizedTime("20940101000000+0100")), false},
		{"time-february-30", "A UTCTime of a February 30", times(utc("240230000000Z"), until), false},
		{"time-integer", "A time that is an INTEGER", times(integer(5), until), false},
		{"three-times", "A validity of three times", func(s *CertSpec) { s.rawValidity = seq(from, until, until) }, false},
		{"name-bmp", "A BMPString in the subject", withSubject(attribute{oidCN, 0x1e, "\x00s\x00i\x00g"}), true},
		{"name-bmp-odd", "A BMPString of an odd number of octets", withSubject(attribute{oidCN, 0x1e, "\x00s\x00"}), false},
		{"name-universal", "A UniversalString in the subject", withSubject(attribute{oidCN, 0x1c, "\x00\x00\x00s"}), false},
		{"name-t61", "A T61String in the subject", withSubject(attribute{oidCN, 0x14, "signer"}), true},
		{"name-numeric", "A NumericString in the subject", withSubject(attribute{oidSerial, 0x12, "12 34"}), true},
		{"name-numeric-letters", "A NumericString with letters", withSubject(attribute{oidSerial, 0x12, "12a"}), false},
		{"name-visible", "A VisibleString in the subject", withSubject(attribute{oidCN, 0x1a, "signer"}), false},
		{"name-ia5-high", "An IA5String with an octet above 127", withSubject(attribute{oidCN, ia5String, "\xe9"}), false},
		{"name-invalid-utf8", "A UTF8String that is no UTF-8", withSubject(attribute{oidCN, utf8String, "\xff"}), false},
		{"name-empty-value", "An empty value in the subject", withSubject(attribute{oidCN, utf8String, ""}), true},
		{"name-integer", "An INTEGER in the subject", withSubject(attribute{oidCN, 0x02, "\x05"}), false},
		{"name-empty", "An empty subject", subject(seq()), true},
		{"name-empty-rdn", "An RDN without attributes", subject(seq(set())), true},
		{"name-two-attributes-in-rdn", "An RDN of two attributes", subject(seq(set(seq(oid(oidC), text(printableString, "US")), seq(oid(oidO), text(utf8String, "Acme"))))), true},
		{"printable-star", "A PrintableString with *", withSubject(attribute{oidCN, printableString, "*.example"}), true},
		{"printable-ampersand", "A PrintableString with &", withSubject(attribute{oidCN, printableString, "a&b"}), true},
		{"printable-underscore", "A PrintableString with _", withSubject(attribute{oidCN, printableString, "a_b"}), false},
		{"rsa-without-null", "An RSA key whose algorithm lacks its NULL", withSPKI(rsaSPKI(nil, bigInteger(modulus), integer(65537))), false},
		{"rsa-negative-modulus", "An RSA key with a negative modulus", withSPKI(rsaSPKI(null(), tlv(0x02, modulus.Bytes()), integer(65537))), false},
		{"rsa-exponent-zero", "An RSA key with the exponent 0", withSPKI(rsaSPKI(null(), bigInteger(modulus), integer(0))), false},
		{"ec-compressed", "A compressed point", withSPKI(ecSPKI(p256, append([]byte{2 + point[64]&1}, point[1:33]...))), false},
		{"ec-not-on-curve", "A point that is not on the curve", withSPKI(ecSPKI(p256, append(bytes.Clone(point[:64]), point[64]^1))), false},
		{"ec-explicit-parameters", "An EC key with explicit parameters", withSPKI(ecSPKI(seq(integer(1)), point)), false},
		{"ec-without-parameters", "An EC key without a curve", withSPKI(ecSPKI(nil, point)), false},
		{"aia-critical", "A critical authorityInfoAccess", ext(extAIA, true, seq(seq(oid("1.3.6.1.5.5.7.48.2"), tlv(0x86, []byte("http://example.com/ca"))))), false},
		{"aia-issuers", "An authorityInfoAccess that names issuers only", ext(extAIA, false, seq(seq(oid("1.3.6.1.5.5.7.48.2"), tlv(0x86, []byte("http://example.com/ca"))))), true},
		{"aia-malformed", "An authorityInfoAccess that is an INTEGER", ext(extAIA, false, integer(1)), false},
		{"aki-critical", "A critical authorityKeyIdentifier", ext(extAKI, true, seq(tlv(0x80, []byte("x")))), false},
		{"aki-malformed", "An authorityKeyIdentifier that is an INTEGER", ext(extAKI, false, integer(1)), false},
		{"ski-malformed", "A subjectKeyIdentifier that is an INTEGER", ext(extSKI, false, integer(1)), false},
		{"san-dns", "A DNS name as subjectAltName", ext(extSAN, false, seq(tlv(0x82, []byte("signer.example")))), true},
		{"san-dns-not-ascii", "A DNS name beyond ASCII", ext(extSAN, false, seq(tlv(0x82, []byte("\xe9.example")))), false},
		{"san-uri-broken", "A URI that is none", ext(extSAN, false, seq(tlv(0x86, []byte("http://[::1")))), false},
		{"san-uri-port", "A URI whose port is no number", ext(extSAN, false, seq(tlv(0x86, []byte("http://example.com:x/")))), false},
		{"san-uri-ipv6", "A URI with an IPv6 address", ext(extSAN, false, seq(tlv(0x86, []byte("http://user@[2001:db8::1]:80/?q#f")))), true},
		{"san-uri", "A URI as subjectAltName", ext(extSAN, false, seq(tlv(0x86, []byte("spiffe://example.com/signer")))), true},
		{"san-other-name", "Another kind of name as subjectAltName", ext(extSAN, false, seq(tlv(0xa0, oid(oidOfNobody), explicit(0, text(utf8String, "x"))))), true},
		{"san-empty", "An empty subjectAltName", ext(extSAN, false, seq()), true},
		{"names-malformed", "Name constraints that are an INTEGER", ext(extNames, true, integer(1)), false},
		{"names-empty", "Empty name constraints", ext(extNames, true, seq()), false},
		{"crl-points-malformed", "Distribution points that are an INTEGER", ext(extCDP, false, integer(1)), false},
		{"crl-points-directory-name", "A distribution point that is a directory name: no address at all", ext(extCDP, false, distribution(explicit(4, acme()))), true},
		{"crl-points-reasons-only", "A distribution point with reasons only", ext(extCDP, false, seq(seq(tlv(0x81, []byte{7, 0x80})))), true},
		{"purposes-malformed", "An extendedKeyUsage that is an INTEGER", ext(extPurposes, false, integer(1)), false},
		{"purposes-empty", "An extendedKeyUsage without purposes", ext(extPurposes, false, seq()), true},
		{"usage-trailing-octet", "An octet after the keyUsage", ext(extKeyUsage, true, append(tlv(0x03, []byte{7, 0x80}), 0)), false},
		{"usage-unused-bits-set", "A keyUsage whose unused bits are set", ext(extKeyUsage, true, tlv(0x03, []byte{7, 0xff})), false},
		{"usage-not-minimal", "A keyUsage with zero bits at its end", ext(extKeyUsage, true, tlv(0x03, []byte{0, 0x80})), true},
		{"usage-two-octets", "A keyUsage of two octets, the second one zero", ext(extKeyUsage, true, tlv(0x03, []byte{7, 0x80, 0})), true},
		{"usage-eight-unused-bits", "A keyUsage with eight unused bits", ext(extKeyUsage, true, tlv(0x03, []byte{8, 0x80})), false},
		{"basic-ca-false-explicit", "basicConstraints that say cA FALSE", ext(extBasic, true, seq(boolean(false))), true},
		{"basic-path-length-without-ca", "A path length without cA", ext(extBasic, true, seq(integer(0))), true},
		{"basic-path-length-negative", "A negative path length without cA", ext(extBasic, true, seq(integer(-1))), false},
		{"basic-trailing", "basicConstraints with more than they have", ext(extBasic, true, seq(boolean(false), integer(0), null())), false},
		{"extension-critical-false", "An extension that says critical FALSE", rawExt(oidOfNobody, seq(oid(oidOfNobody), boolean(false), octets(octets(nil)))), true},
		{"extension-without-value", "An extension without a value", rawExt(oidOfNobody, seq(oid(oidOfNobody))), false},
		{"extension-value-integer", "An extension whose value is no OCTET STRING", rawExt(oidOfNobody, seq(oid(oidOfNobody), integer(1))), false},
		{"extension-trailing", "An extension with a fourth field", rawExt(oidOfNobody, seq(oid(oidOfNobody), boolean(false), octets(nil), null())), false},
		{"version-2", "A certificate of version 2 with a unique identifier", func(s *CertSpec) { s.version = 2 }, false},
	} {
		turn++
		format := formats[turn%2]
		finished := add("encodings", each.name, "A leaf: "+each.title)
		made := envelope(format, []*Cert{issue(leafSpec("shop signer", "p256"), std.intermediate, each.change), std.intermediate, std.root})
		finished.with(made)
		if !each.good {
			finished.invalid()
		}
	}
	lengths := func(edit func([]byte) []byte) []*Cert {
		leaf := *std.leaf
		leaf.der = edit(bytes.Clone(leaf.der))
		return []*Cert{&leaf, std.intermediate, std.root}
	}
	for _, each := range []struct {
		name, title string
		chain       []*Cert
	}{
		{"length-not-minimal", "The length of the certificate in three octets", lengths(func(b []byte) []byte { return append([]byte{0x30, 0x83, 0, b[2], b[3]}, b[4:]...) })},
		{"length-indefinite", "A certificate of indefinite length", lengths(func(b []byte) []byte { return append(append([]byte{0x30, 0x80}, b[4:]...), 0, 0) })},
		{"truncated", "A certificate without its last octet", lengths(func(b []byte) []byte { return b[:len(b)-1] })},
		{"set-for-sequence", "A certificate that is a SET", lengths(func(b []byte) []byte { b[0] = 0x31; return b })},
	} {
		both("encodings", each.name, "A leaf: "+each.title, "", func(e *Envelope, c *Case) {
			e.chain = each.chain
			c.invalid()
		})
	}
	jsonTexts()
}

// jsonTexts is about what JSON allows and forbids in the protected header.
func jsonTexts() {
	raw := func(value string) func(*Envelope) { return putProtected("example.com/x", value) }
	for _, each := range []struct {
		name, title string
		edit        func(*Envelope)
		good        bool
	}{
		{"json-escaped-name", "A known name written with an escape", protected(func(m *Members) {}), true},
		{"json-surrogates", "A pair of surrogates", raw(`"\ud83d\ude00"`), true},
		{"json-lone-surrogate", "A surrogate alone", raw(`"\ud83d"`), false},
		{"json-nul", "A NUL character, escaped", raw(`"\u0000"`), true},
		{"json-control-character", "A control character that is not escaped", raw("\"\x01\""), false},
		{"json-bad-escape", "A bad escape", raw(`"\x41"`), false},
		{"json-large-number", "A number beyond all machine types", raw("1e400"), false},
		{"json-leading-zero", "A number with a leading zero", raw("01"), false},
		{"json-plus", "A number with a plus sign", raw("+1"), false},
		{"json-nan", "NaN", raw("NaN"), false},
		{"json-single-quotes", "Single quotes", raw("'x'"), false},
		{"json-trailing-comma", "A comma before a bracket", raw("[1,]"), false},
		{"json-comment", "A comment", raw("1/**/"), false},
		{"json-deep", "Arrays 60 deep", raw(strings.Repeat("[", 60) + strings.Repeat("]", 60)), true},
		{"json-empty-name", "An empty name", putProtected("", `"x"`), true},
	} {
		made := envelope("jws", std.chain())
		each.edit(made)
		if each.name == "json-escaped-name" {
			made.jws = func(j *JWS) {
				j.protectedText = pointer(b64url([]byte(strings.Replace(j.protected.object(), `"alg"`, `"\u0061lg"`, 1))))
			}
		}
		finished := add("encodings", each.name, "Protected header: "+each.title).with(made)
		if !each.good {
			finished.invalid()
		}
	}
}
