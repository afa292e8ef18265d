package main

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
)

// One JWS envelope that is wrong in one way. A case whose `good` is set verifies all the same.
type jwsCase struct {
	name, title string
	shows       string
	edit        func(*Envelope)
	good        bool
}

func protected(edit func(*Members)) func(*Envelope) {
	return func(e *Envelope) { e.jws = func(j *JWS) { edit(&j.protected) } }
}

func header(edit func(*Members)) func(*Envelope) {
	return func(e *Envelope) { e.jws = func(j *JWS) { edit(&j.header) } }
}

func top(edit func(*Members)) func(*Envelope) {
	return func(e *Envelope) { e.jws = func(j *JWS) { j.top = edit } }
}

func whole(edit func(string) string) func(*Envelope) {
	return func(e *Envelope) {
		e.finish = func(out []byte) []byte { return []byte(edit(string(out))) }
	}
}

func putProtected(name, value string) func(*Envelope) {
	return protected(func(m *Members) { m.put(name, value) })
}

func putHeader(name, value string) func(*Envelope) {
	return header(func(m *Members) { m.put(name, value) })
}

func crit(value string) func(*Envelope) { return putProtected("crit", value) }

func unquoted(value string) string { return strings.Trim(value, `"`) }

// flipBit changes the base64url text of a member so that one bit of what it stands for differs.
func flipBit(name string) func(*Envelope) {
	return top(func(m *Members) {
		content, err := base64.RawURLEncoding.DecodeString(unquoted(m.get(name)))
		must(err)
		content[len(content)/2] ^= 1
		m.put(name, quote(b64url(content)))
	})
}

// looseBits sets the bits of the last character that carry nothing.
func looseBits(encoded string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if len(encoded)%4 == 0 {
		panic("no loose bits")
	}
	last := strings.IndexByte(alphabet, encoded[len(encoded)-1])
	return encoded[:len(encoded)-1] + string(alphabet[last|1])
}

func pointer(s string) *string { return &s }

// replaceCertificate writes one entry of x5c otherwise.
func replaceCertificate(index int, write func(der []byte) string) func(*Envelope) {
	return func(e *Envelope) {
		e.jws = func(j *JWS) {
			var list []string
			for i, each := range e.chain {
				if i == index {
					list = append(list, quote(write(each.der)))
				} else {
					list = append(list, quote(b64(each.der)))
				}
			}
			j.header.put("x5c", "["+strings.Join(list, ",")+"]")
		}
	}
}

func jwsCases() {
	list := []jwsCase{
		{"truncated", "The last brace is missing", "N-83", whole(func(s string) string { return s[:len(s)-1] }), false},
		{"not-json", "Not JSON at all", "N-83", whole(func(string) string { return "this is not JSON" }), false},
		{"empty", "No octet at all", "N-83", whole(func(string) string { return "" }), false},
		{"array", "An array around the object", "N-83", whole(func(s string) string { return "[" + s + "]" }), false},
		{"trailing-object", "A second object after the first", "N-84", whole(func(s string) string { return s + "{}" }), false},
		{"trailing-text", "Text after the object", "N-84", whole(func(s string) string { return s + " x" }), false},
		{"white-space-around", "Spaces and newlines around the object", "N-85", whole(func(s string) string { return "\n\t " + s + " \r\n" }), true},
		{"byte-order-mark", "A byte-order mark before the object", "N-86", whole(func(s string) string { return "\ufeff" + s }), false},
		{"general-serialisation", "The general serialisation, with an array of signatures", "N-87", top(func(m *Members) {
			one := Members{}
			for _, name := range []string{"protected", "header", "signature"} {
				one.add(name, m.get(name))
				m.remove(name)
			}
			m.add("signatures", "["+one.object()+"]")
		}), false},
		{"compact-serialisation", "The compact serialisation", "N-88", func(e *Envelope) {
			var compact string
			e.jws = func(j *JWS) {
				j.top = func(m *Members) {
					compact = unquoted(m.get("protected")) + "." + unquoted(m.get("payload")) + "." + unquoted(m.get("signature"))
				}
			}
			e.finish = func([]byte) []byte { return []byte(compact) }
		}, false},
		{"unknown-top-level-member", "A member that the format does not have", "N-89", top(func(m *Members) { m.add("extra", `"x"`) }), false},
		{"payload-twice", "The member payload stands twice", "N-90", top(func(m *Members) { m.add("payload", m.get("payload")) }), false},
		{"signature-twice", "The member signature stands twice, the first one wrong", "N-90", top(func(m *Members) {
			good := m.get("signature")
			m.put("signature", `"AAAA"`)
			m.add("signature", good)
		}), false},
		{"header-twice", "The member header stands twice", "N-90", top(func(m *Members) { m.add("header", m.get("header")) }), false},
		{"payload-in-upper-case", "Payload instead of payload", "N-91", top(func(m *Members) { m.rename("payload", "Payload") }), false},
		{"signature-in-two-cases", "Signature beside signature", "N-91", top(func(m *Members) { m.add("Signature", m.get("signature")) }), false},
		{"header-missing", "No unprotected header", "N-92", top(func(m *Members) { m.remove("header") }), false},
		{"header-null", "The unprotected header is null", "N-92", top(func(m *Members) { m.put("header", "null") }), false},
		{"header-array", "The unprotected header is an array", "", top(func(m *Members) { m.put("header", "[]") }), false},
		{"payload-missing", "No payload", "", top(func(m *Members) { m.remove("payload") }), false},
		{"payload-null", "The payload is null", "", top(func(m *Members) { m.put("payload", "null") }), false},
		{"payload-number", "The payload is a number", "", top(func(m *Members) { m.put("payload", "7") }), false},
		{"protected-missing", "No protected header", "", top(func(m *Members) { m.remove("protected") }), false},
		{"protected-object", "The protected header is an object, not text", "", top(func(m *Members) { m.put("protected", `{"alg":"ES256"}`) }), false},
		{"signature-missing", "No signature", "N-122", top(func(m *Members) { m.remove("signature") }), false},
		{"signature-array", "The signature is an array", "", top(func(m *Members) { m.put("signature", "[1,2]") }), false},
		{"x5c-missing", "No certificate chain", "N-93", header(func(m *Members) { m.remove("x5c") }), false},
		{"x5c-null", "The certificate chain is null", "N-93", putHeader("x5c", "null"), false},
		{"x5c-empty", "The certificate chain is empty", "N-93", putHeader("x5c", "[]"), false},
		{"x5c-text", "The certificate chain is one text", "N-94", func(e *Envelope) {
			e.jws = func(j *JWS) { j.header.put("x5c", quote(b64(e.chain[0].der))) }
		}, false},
		{"x5c-number", "A certificate is a number", "N-94", putHeader("x5c", "[1]"), false},
		{"x5c-leaf-garbage", "The leaf is no certificate", "N-95", replaceCertificate(0, func([]byte) string { return "AQIDBA==" }), false},
		{"x5c-intermediate-garbage", "The second certificate is none", "N-96", replaceCertificate(1, func([]byte) string { return "AQIDBA==" }), false},
		{"x5c-base64url", "The leaf in the alphabet of base64url", "N-97", replaceCertificate(0, func(der []byte) string {
			return base64.URLEncoding.EncodeToString(der)
		}), false},
		{"x5c-without-padding", "A certificate without the padding of base64", "N-98", func(e *Envelope) {
			index := -1
			for i, each := range e.chain {
				if len(each.der)%3 != 0 {
					index = i
				}
			}
			if index < 0 {
				panic("no certificate needs padding")
			}
			replaceCertificate(index, func(der []byte) string { return base64.RawStdEncoding.EncodeToString(der) })(e)
		}, false},
		{"x5c-pem", "PEM in base64 instead of DER", "N-99", replaceCertificate(0, func(der []byte) string {
			return b64(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
		}), false},
		{"x5c-with-newline", "A newline inside the base64 of a certificate", "", replaceCertificate(0, func(der []byte) string {
			encoded := b64(der)
			return encoded[:64] + "\n" + encoded[64:]
		}), false},
		{"x5c-with-carriage-return", "A carriage return inside the base64 of a certificate", "N-541", replaceCertificate(0, func(der []byte) string {
			encoded := b64(der)
			return encoded[:64] + "\r" + encoded[64:]
		}), false},
		{"x5c-with-space", "A space inside the base64 of a certificate", "", replaceCertificate(0, func(der []byte) string {
			encoded := b64(der)
			return encoded[:64] + " " + encoded[64:]
		}), false},
		{"x5c-trailing-octet", "An octet after the leaf's DER", "N-290", replaceCertificate(0, func(der []byte) string {
			return b64(append(append([]byte(nil), der...), 0))
		}), false},
		{"unprotected-lone-surrogate", "A surrogate alone in the unprotected header", "N-541", header(func(m *Members) {
			m.add("example.com/x", `"\ud83d"`)
		}), false},
		{"agent-of-mock-vectors", "An unprotected member io.cncf.notary.SigningAgent", "N-100", header(func(m *Members) {
			m.rename(prefix+"signingAgent", prefix+"SigningAgent")
		}), true},
		{"unprotected-jose-members", "Unprotected x5u, jku, kid and jwk are never looked at", "N-100", header(func(m *Members) {
			m.add("x5u", `"https://example.com/chain"`)
			m.add("jku", `"https://example.com/keys"`)
			m.add("kid", "17")
			m.add("jwk", `{"kty":"EC"}`)
		}), true},
		{"unprotected-alg", "An unprotected alg means nothing", "N-100", putHeader("alg", `"none"`), true},
		{"x5c-in-two-cases", "An unprotected X5C beside x5c is another member", "", func(e *Envelope) {
			e.jws = func(j *JWS) {
				j.header.add("X5C", quoteAll([]string{b64(other.leaf.der), b64(other.intermediate.der), b64(other.root.der)}))
			}
		}, true},
		{"agent-number", "The signing agent is a number", "N-101", putHeader(prefix+"signingAgent", "5"), false},
		{"agent-empty", "An empty signing agent", "N-102", putHeader(prefix+"signingAgent", `""`), true},
		{"agent-any-text", "Any text as signing agent", "N-102", putHeader(prefix+"signingAgent", quote("\u2603 <script> 'x'")), true},
		{"agent-missing", "No signing agent", "N-102", header(func(m *Members) { m.remove(prefix + "signingAgent") }), true},
		{"token-bad-base64", "The timestamp is no base64", "N-103", putHeader(prefix+"timestampSignature", `"*"`), false},
		{"token-number", "The timestamp is a number", "N-103", putHeader(prefix+"timestampSignature", "1"), false},
		{"token-empty", "An empty timestamp is none", "N-104", putHeader(prefix+"timestampSignature", `""`), true},
		{"token-with-newline", "A newline inside the base64 of the timestamp", "N-541", putHeader(prefix+"timestampSignature", `"AQ\nID"`), false},
		{"token-with-carriage-return", "A carriage return inside the base64 of the timestamp", "N-541", putHeader(prefix+"timestampSignature", `"AQ\rID"`), false},
		{"token-under-a-wrong-name", "An unprotected io.cncf.notary.timestamp is nothing", "N-105", putHeader(prefix+"timestamp", `"AQID"`), true},
		{"protected-bad-base64", "The protected header is no base64url", "N-106", func(e *Envelope) {
			e.jws = func(j *JWS) { j.protectedText = pointer("e*") }
		}, false},
		{"protected-standard-alphabet", "The protected header in the alphabet of base64", "N-106", func(e *Envelope) {
			e.jws = func(j *JWS) {
				j.protected.add("x", quote("\u00ff\u00fe?>?>"))
				j.protectedText = pointer(base64.RawStdEncoding.EncodeToString([]byte(j.protected.object())))
			}
		}, false},
		{"protected-not-json", "The protected header is no JSON", "N-107", func(e *Envelope) {
			e.jws = func(j *JWS) { j.protectedText = pointer(b64url([]byte("not JSON"))) }
		}, false},
		{"protected-array", "The protected header is an array", "N-107", func(e *Envelope) {
			e.jws = func(j *JWS) { j.protectedText = pointer(b64url([]byte("[" + j.protected.object() + "]"))) }
		}, false},
		{"protected-trailing", "Text after the protected header's object", "N-107", func(e *Envelope) {
			e.jws = func(j *JWS) { j.protectedText = pointer(b64url([]byte(j.protected.object() + "{}"))) }
		}, false},
		{"protected-with-padding", "The protected header with padding", "N-108", func(e *Envelope) {
			e.jws = func(j *JWS) {
				content := j.protected.object()
				for len(content)%3 == 0 {
					content += " "
				}
				j.protectedText = pointer(base64.URLEncoding.EncodeToString([]byte(content)))
			}
		}, false},
		{"payload-with-padding", "The payload with padding", "N-108", func(e *Envelope) {
			e.jws = func(j *JWS) {
				content := e.payload
				for len(content)%3 == 0 {
					content = append(content, ' ')
				}
				j.payloadText = pointer(base64.URLEncoding.EncodeToString(content))
			}
		}, false},
		{"protected-with-newline", "A newline in the text of the protected header", "N-109", func(e *Envelope) {
			e.jws = func(j *JWS) {
				encoded := b64url([]byte(j.protected.object()))
				j.protectedText = pointer(encoded[:40] + "\n" + encoded[40:])
			}
		}, false},
		{"payload-with-newline", "A newline in the text of the payload", "N-109", func(e *Envelope) {
			e.jws = func(j *JWS) {
				encoded := b64url(e.payload)
				j.payloadText = pointer(encoded[:40] + "\r\n" + encoded[40:])
			}
		}, false},
		{"signature-with-newline", "A newline in the text of the signature", "N-109", top(func(m *Members) {
			encoded := unquoted(m.get("signature"))
			m.put("signature", quote(encoded[:40]+"\n"+encoded[40:]))
		}), false},
		{"signature-loose-bits", "Unused bits of the signature's last character are set", "N-110", top(func(m *Members) {
			m.put("signature", quote(looseBits(unquoted(m.get("signature")))))
		}), false},
		{"payload-loose-bits", "Unused bits of the payload's last character are set", "N-110", func(e *Envelope) {
			e.jws = func(j *JWS) {
				content := e.payload
				for len(content)%3 == 0 {
					content = append(content, ' ')
				}
				j.payloadText = pointer(looseBits(b64url(content)))
			}
		}, false},
		{"alg-twice", "The protected alg stands twice", "N-111", protected(func(m *Members) { m.add("alg", `"ES256"`) }), false},
		{"crit-twice", "The protected crit stands twice", "N-111", protected(func(m *Members) { m.add("crit", m.get("crit")) }), false},
		{"extended-attribute-twice", "An unknown protected header stands twice", "N-111", protected(func(m *Members) {
			m.add("example.com/x", `"1"`)
			m.add("example.com/x", `"2"`)
		}), false},
		{"nested-duplicate", "A name stands twice inside an unknown protected header", "N-111", putProtected("example.com/x", `{"a":1,"a":2}`), false},
		{"alg-in-upper-case", "Alg instead of alg", "N-112", protected(func(m *Members) { m.rename("alg", "Alg") }), false},
		{"crit-in-two-cases", "Crit beside crit", "N-112", protected(func(m *Members) { m.add("Crit", m.get("crit")) }), false},
		{"scheme-in-other-case", "io.cncf.notary.SigningScheme beside the right name", "N-112", protected(func(m *Members) {
			m.add(prefix+"SigningScheme", quote(saScheme))
		}), false},
		{"alg-missing", "No alg", "N-113", protected(func(m *Members) { m.remove("alg") }), false},
		{"alg-null", "alg is null", "N-113", putProtected("alg", "null"), false},
		{"alg-number", "alg is a number", "N-113", putProtected("alg", "-7"), false},
		{"alg-none", "alg none", "N-114", putProtected("alg", `"none"`), false},
		{"alg-none-unsigned", "alg none and an empty signature", "N-114", func(e *Envelope) {
			e.jws = func(j *JWS) { j.protected.put("alg", `"none"`) }
			e.signature = func([]byte) []byte { return nil }
		}, false},
		{"alg-hs256", "alg HS256", "N-114", putProtected("alg", `"HS256"`), false},
		{"alg-rs256", "alg RS256", "N-114", putProtected("alg", `"RS256"`), false},
		{"alg-eddsa", "alg EdDSA", "N-114", putProtected("alg", `"EdDSA"`), false},
		{"alg-ps257", "alg PS257", "N-114", putProtected("alg", `"PS257"`), false},
		{"alg-empty", "An empty alg", "N-114", putProtected("alg", `""`), false},
		{"alg-in-lower-case", "alg es256", "N-115", putProtected("alg", `"es256"`), false},
		{"alg-of-another-curve", "alg ES384 with a key on P-256", "N-118", putProtected("alg", `"ES384"`), false},
		{"alg-rsa-for-ec", "alg PS256 with a key on P-256", "N-117", putProtected("alg", `"PS256"`), false},
		{"cty-missing", "No cty", "N-119", protected(func(m *Members) { m.remove("cty") }), false},
		{"cty-number", "cty is a number", "N-119", putProtected("cty", "1"), false},
		{"flipped-payload", "One bit of the payload differs from what was signed", "N-120", flipBit("payload"), false},
		{"flipped-protected", "One bit of the protected header differs from what was signed", "N-120", flipBit("protected"), false},
		{"flipped-signature", "One bit of the signature differs", "N-120", flipBit("signature"), false},
		{"signed-another-serialisation", "The signature is over the header with other white space", "N-121", func(e *Envelope) {
			e.jws = func(j *JWS) {
				j.signedProtected = pointer(b64url([]byte(strings.ReplaceAll(j.protected.object(), ",", ", "))))
			}
		}, false},
		{"white-space-in-protected", "White space in the protected header is signed as it stands", "", func(e *Envelope) {
			e.jws = func(j *JWS) {
				j.protectedText = pointer(b64url([]byte(" " + strings.ReplaceAll(j.protected.object(), ",", " ,\n ") + "\n")))
			}
		}, true},
		{"signature-empty", "An empty signature", "N-122", func(e *Envelope) { e.signature = func([]byte) []byte { return nil } }, false},
		{"signature-bad-base64", "The signature is no base64url", "N-123", top(func(m *Members) { m.put("signature", `"a.b"`) }), false},
		{"ecdsa-der", "The ECDSA signature in DER", "N-124", func(e *Envelope) {
			signer := e.chain[0].key
			e.jws = func(j *JWS) {
				message := b64url([]byte(j.protected.object())) + "." + b64url(e.payload)
				e.signature = func([]byte) []byte { return signer.sign(envelopeScheme(signer), []byte(message)) }
			}
		}, false},
		{"ecdsa-63-octets", "An ECDSA signature of 63 octets", "N-125", func(e *Envelope) { e.signature = func(s []byte) []byte { return s[:63] } }, false},
		{"ecdsa-65-octets", "An ECDSA signature of 65 octets", "N-125", func(e *Envelope) { e.signature = func(s []byte) []byte { return append(s, 0) } }, false},
		{"ecdsa-r-zero", "An ECDSA signature with r = 0", "N-127", func(e *Envelope) {
			e.signature = func(s []byte) []byte { return append(make([]byte, 32), s[32:]...) }
		}, false},
		{"ecdsa-s-zero", "An ECDSA signature with s = 0", "N-127", func(e *Envelope) {
			e.signature = func(s []byte) []byte { return append(s[:32:32], make([]byte, 32)...) }
		}, false},
		{"ecdsa-s-too-large", "An ECDSA signature with s + n in place of s", "N-127", func(e *Envelope) { e.signature = func(s []byte) []byte { return withS(s, order256) } }, false},
		{"ecdsa-high-s", "The other of the two values that s may have", "", func(e *Envelope) {
			e.signature = func(s []byte) []byte { return negatedS(s) }
		}, true},
		{"crit-missing", "No crit", "N-131", protected(func(m *Members) { m.remove("crit") }), false},
		{"crit-null", "crit is null", "N-131", crit("null"), false},
		{"crit-empty", "An empty crit", "N-132", crit("[]"), false},
		{"crit-text", "crit is a text", "N-132", crit(quote(prefix + "signingScheme")), false},
		{"crit-without-scheme", "crit without the signing scheme", "N-133", func(e *Envelope) {
			e.jws = func(j *JWS) {
				j.protected.add("example.com/x", `"y"`)
				j.protected.put("crit", `["example.com/x"]`)
			}
		}, false},
		{"crit-without-expiry", "An expiry that is not critical", "N-134", func(e *Envelope) {
			e.expiry = date(2090)
			e.jws = func(j *JWS) { j.protected.put("crit", quoteAll([]string{prefix + "signingScheme"})) }
		}, false},
		{"crit-of-absent-expiry", "crit names an expiry that is not there", "N-135", crit(quoteAll([]string{prefix + "signingScheme", prefix + "expiry"})), false},
		{"crit-without-authentic-time", "An authentic signing time that is not critical", "N-136", func(e *Envelope) {
			e.signing = saScheme
			e.jws = func(j *JWS) { j.protected.put("crit", quoteAll([]string{prefix + "signingScheme"})) }
		}, false},
		{"crit-of-signing-time", "crit names the signing time", "N-137", crit(quoteAll([]string{prefix + "signingScheme", prefix + "signingTime"})), false},
		{"crit-of-alg", "crit names alg", "N-138", crit(quoteAll([]string{prefix + "signingScheme", "alg"})), false},
		{"crit-of-cty", "crit names cty", "N-138", crit(quoteAll([]string{prefix + "signingScheme", "cty"})), false},
		{"crit-of-crit", "crit names itself", "N-138", crit(quoteAll([]string{prefix + "signingScheme", "crit"})), false},
		{"crit-scheme-twice", "crit names the signing scheme twice", "N-139", crit(quoteAll([]string{prefix + "signingScheme", prefix + "signingScheme"})), false},
		{"crit-of-absent", "crit names a header that is not there", "N-140", crit(quoteAll([]string{prefix + "signingScheme", "example.com/x"})), false},
		{"crit-of-number", "crit holds a number", "N-142", crit(`["` + prefix + `signingScheme",1]`), false},
		{"crit-extended-twice", "crit names an unknown header twice", "", func(e *Envelope) {
			e.jws = func(j *JWS) {
				j.protected.add("example.com/x", `"y"`)
				j.protected.put("crit", quoteAll([]string{prefix + "signingScheme", "example.com/x", "example.com/x"}))
			}
		}, false},
		{"unknown-header", "An unknown header that is not critical", "N-143", putProtected("example.com/x", `{"a":[1,2.5,null]}`), true},
		{"jose-headers", "kid, typ, x5c and zip in the protected header mean nothing", "N-143", protected(func(m *Members) {
			m.add("kid", `"1"`)
			m.add("typ", `"JOSE"`)
			m.add("x5c", `["AA=="]`)
			m.add("zip", `"DEF"`)
		}), true},
		{"b64-false", "b64 false that is not critical", "N-144", putProtected("b64", "false"), true},
		{"scheme-missing", "No signing scheme", "N-145", protected(func(m *Members) { m.remove(prefix + "signingScheme") }), false},
		{"scheme-empty", "An empty signing scheme", "N-145", putProtected(prefix+"signingScheme", `""`), false},
		{"scheme-with-space", "A space after the signing scheme", "N-145", putProtected(prefix+"signingScheme", `"notary.x509 "`), false},
		{"scheme-unknown", "An unknown signing scheme", "N-145", putProtected(prefix+"signingScheme", `"notary.x509.other"`), false},
		{"scheme-number", "The signing scheme is a number", "N-145", putProtected(prefix+"signingScheme", "1"), false},
		{"authentic-time-under-x509", "An authentic signing time under notary.x509", "N-146", putProtected(prefix+"authenticSigningTime", `"2026-01-01T00:00:00Z"`), false},
		{"signing-time-under-authority", "A signing time under notary.x509.signingAuthority", "N-147", func(e *Envelope) {
			e.signing = saScheme
			e.jws = func(j *JWS) { j.protected.add(prefix+"signingTime", `"2026-01-01T00:00:00Z"`) }
		}, false},
		{"authentic-time-missing", "No authentic signing time", "N-148", func(e *Envelope) {
			e.signing = saScheme
			e.jws = func(j *JWS) {
				j.protected.remove(prefix + "authenticSigningTime")
				j.protected.put("crit", quoteAll([]string{prefix + "signingScheme"}))
			}
		}, false},
		{"signing-time-missing", "No signing time", "N-149", protected(func(m *Members) { m.remove(prefix + "signingTime") }), false},
		{"plugin-version-under-two-names", "A header that differs from a known one only in case", "N-112", putProtected(prefix+"Expiry", `"2090-01-01T00:00:00Z"`), false},
	}
	for _, each := range []struct {
		name, value string
		good        bool
		shows       string
	}{
		{"utc", "2022-04-06T07:01:20Z", true, "N-150"},
		{"offset", "2023-06-27T13:20:21+08:00", true, "N-150"},
		{"negative-offset", "2023-06-27T13:20:21-11:30", true, "N-150"},
		{"fraction", "2022-04-06T07:01:20.123456789Z", true, "N-151"},
		{"long-fraction", "2022-04-06T07:01:20.1234567890123Z", true, "N-151"},
		{"far-future", "2999-01-01T00:00:00Z", true, "N-156"},
		{"leap-day", "2024-02-29T00:00:00Z", true, "N-150"},
		{"lower-case", "2022-04-06t07:01:20z", false, "N-152"},
		{"space-for-t", "2022-04-06 07:01:20Z", false, "N-152"},
		{"one-digit-fields", "2022-4-6T7:1:20Z", false, "N-152"},
		{"one-digit-hour", "2022-04-06T7:01:20Z", false, "N-152"},
		{"hour-24", "2022-04-06T24:00:00Z", false, "N-152"},
		{"second-60", "2022-04-06T07:01:60Z", false, "N-152"},
		{"minute-60", "2022-04-06T07:60:00Z", false, "N-152"},
		{"comma-fraction", "2022-04-06T07:01:20,5Z", false, "N-152"},
		{"empty-fraction", "2022-04-06T07:01:20.Z", false, "N-152"},
		{"no-offset", "2022-04-06T07:01:20", false, "N-152"},
		{"offset-24", "2022-04-06T07:01:20+24:00", false, "N-152"},
		{"offset-minute-60", "2022-04-06T07:01:20+01:60", false, "N-152"},
		{"offset-without-colon", "2022-04-06T07:01:20+0100", false, "N-152"},
		{"february-30", "2022-02-30T07:01:20Z", false, "N-152"},
		{"no-leap-day", "2023-02-29T07:01:20Z", false, "N-152"},
		{"space-before", " 2022-04-06T07:01:20Z", false, "N-152"},
		{"date-only", "2022-04-06", false, "N-152"},
		{"year-of-five-digits", "12022-04-06T07:01:20Z", false, "N-152"},
		{"zero-instant", "0001-01-01T00:00:00Z", false, "N-154"},
		{"empty", "", false, "N-152"},
	} {
		list = append(list, jwsCase{"signing-time-" + each.name, "Signing time " + fmt.Sprintf("%q", each.value), each.shows,
			putProtected(prefix+"signingTime", quote(each.value)), each.good})
	}
	list = append(list,
		jwsCase{"signing-time-number", "The signing time is a number", "N-152", putProtected(prefix+"signingTime", "1649228480"), false},
		jwsCase{"signing-time-null", "The signing time is null", "N-153", putProtected(prefix+"signingTime", "null"), false},
		jwsCase{"expiry-number", "The expiry is a number", "", func(e *Envelope) {
			e.expiry = date(2090)
			e.jws = func(j *JWS) { j.protected.put(prefix+"expiry", "3786912000") }
		}, false},
		jwsCase{"expiry-comma-fraction", "An expiry with a comma before its fraction", "N-152", func(e *Envelope) {
			e.expiry = date(2090)
			e.jws = func(j *JWS) { j.protected.put(prefix+"expiry", `"2090-01-01T00:00:00,5Z"`) }
		}, false},
		jwsCase{"expiry-offset", "An expiry with an offset", "N-150", func(e *Envelope) {
			e.expiry = date(2090)
			e.jws = func(j *JWS) { j.protected.put(prefix+"expiry", `"2090-01-01T00:00:00+08:00"`) }
		}, true},
	)
	for _, each := range list {
		made := envelope("jws", std.chain())
		if each.edit != nil {
			each.edit(made)
		}
		finished := add("jws", each.name, each.title, split(each.shows)...)
		if made.signing == saScheme {
			finished.policy.stores = []string{"signingAuthority:shop"}
			finished.stores = map[string][]any{"signingAuthority:shop": {std.root}}
		}
		finished.with(made)
		if !each.good {
			finished.invalid()
		}
	}
	rsaInJWS()
}

// rsaInJWS is about algorithms that need another key than the one of most cases.
func rsaInJWS() {
	rsa := chainOfTwo("rsa", "rsa2048", "p256")
	share("rsa-root", rootOf(rsa))
	rsa3072 := chainOfTwo("rsa3072", "rsa3072", "p256")
	p521 := chainOfTwo("p521", "p521", "p256")
	p384 := chainOfTwo("p384", "p384", "p256")
	list := []struct {
		name, title, shows string
		chain              []*Cert
		scheme             *Scheme
		edit               func(*Envelope)
		good               bool
	}{
		{"salt-20", "RSA-PSS with a salt of 20 octets", "N-128", rsa, &pss256Of20, nil, true},
		{"salt-0", "RSA-PSS without a salt", "N-128", rsa, &Scheme{how: "pss", hash: crypto.SHA256, salt: 0}, nil, true},
		{"salt-maximal", "RSA-PSS with the longest salt", "N-128", rsa, &Scheme{how: "pss", hash: crypto.SHA256, salt: 256 - 32 - 2}, nil, true},
		{"mgf1-sha1", "RSA-PSS with MGF1 over SHA-1", "N-129", rsa, &Scheme{how: "pss", hash: crypto.SHA256, mgf: crypto.SHA1, salt: -1}, nil, false},
		{"pkcs1-under-ps256", "An RSA signature of PKCS #1 v1.5 under PS256", "N-130", rsa, &pkcs1SHA2, putProtected("alg", `"PS256"`), false},
		{"pkcs1-under-rs256", "An RSA signature of PKCS #1 v1.5 under RS256", "N-114", rsa, &pkcs1SHA2, nil, false},
		{"ps256-of-rsa3072", "PS256 with an RSA key of 3072 bits", "N-116", rsa3072, &pss256, nil, false},
		{"ps384-of-rsa2048", "PS384 with an RSA key of 2048 bits", "N-116", rsa, &Scheme{how: "pss", hash: crypto.SHA384, salt: -1}, nil, false},
		{"es256-of-rsa", "ES256 with an RSA key", "N-117", rsa, nil, putProtected("alg", `"ES256"`), false},
		{"es256-of-p384", "ES256 with a key on P-384", "N-118", p384, &ecdsaSHA2, nil, false},
		{"es512-of-p384", "ES512 with a key on P-384", "N-118", p384, &Scheme{how: "ecdsa", hash: crypto.SHA512}, nil, false},
		{"rsa-one-octet-short", "An RSA signature without its last octet", "", rsa, nil, func(e *Envelope) {
			e.signature = func(s []byte) []byte { return s[:len(s)-1] }
		}, false},
		{"rsa-one-octet-long", "An RSA signature with a leading zero octet", "", rsa, nil, func(e *Envelope) {
			e.signature = func(s []byte) []byte { return append([]byte{0}, s...) }
		}, false},
		{"es512-leading-zero", "An ES512 signature whose numbers begin with zero octets", "N-126", p521, nil, func(e *Envelope) {
			leadingZeros(e)
		}, true},
	}
	for _, each := range list {
		made := envelope("jws", each.chain)
		made.scheme = each.scheme
		if each.edit != nil {
			each.edit(made)
		}
		finished := add("jws", each.name, each.title, split(each.shows)...)
		finished.stores = map[string][]any{"ca:shop": {rootOf(each.chain)}}
		finished.with(made)
		if !each.good {
			finished.invalid()
		}
	}
}

// leadingZeros tries signing agents of the protected header until r and s both begin with a zero octet.
func leadingZeros(e *Envelope) {
	for i := 0; ; i++ {
		e.attributes = []Attribute{{"example.com/try", fmt.Sprint(i), false}}
		found := false
		e.signature = func(s []byte) []byte {
			found = s[0] == 0 && s[1] == 0 && s[len(s)/2] == 0
			return s
		}
		e.build()
		if found {
			return
		}
	}
}

var order256, _ = new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)

// withS puts s plus a number in place of s, if that fits 32 octets, else the number itself.
func withS(signature []byte, number *big.Int) []byte {
	s := new(big.Int).Add(new(big.Int).SetBytes(signature[32:]), number)
	if s.BitLen() > 256 {
		s = number
	}
	return append(bytes.Clone(signature[:32]), s.FillBytes(make([]byte, 32))...)
}

func negatedS(signature []byte) []byte {
	s := new(big.Int).Sub(order256, new(big.Int).SetBytes(signature[32:]))
	return append(bytes.Clone(signature[:32]), s.FillBytes(make([]byte, 32))...)
}

func split(shows string) []string { return strings.Fields(shows) }
