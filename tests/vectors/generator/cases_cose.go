package main

import (
	"bytes"
	"crypto"
	"math"
)

// One COSE envelope that is wrong in one way. A case whose `good` is set verifies all the same.
type coseCase struct {
	name, title string
	shows       string
	edit        func(*COSE)
	good        bool
}

var (
	schemeLabel   = cText(prefix + "signingScheme")
	timeLabel     = cText(prefix + "signingTime")
	authTimeLabel = cText(prefix + "authenticSigningTime")
	expiryLabel   = cText(prefix + "expiry")
	agentLabel    = cText(prefix + "signingAgent")
	tokenLabel    = cText(prefix + "timestampSignature")
	unknownLabel  = cText("example.com/x")
)

func putCOSE(label, value []byte) func(*COSE) {
	return func(c *COSE) { c.protected.put(label, value) }
}

func addCOSE(label, value []byte) func(*COSE) {
	return func(c *COSE) { c.protected.add(label, value) }
}

func removeCOSE(label []byte) func(*COSE) {
	return func(c *COSE) { c.protected.remove(label) }
}

func putUnprotected(label, value []byte) func(*COSE) {
	return func(c *COSE) { c.unprotected.put(label, value) }
}

func critCOSE(items ...[]byte) func(*COSE) {
	return putCOSE(labelCrit, cArray(append([][]byte{schemeLabel}, items...)...))
}

// nested is arrays in arrays.
func nested(depth int) []byte {
	return append(bytes.Repeat([]byte{0x81}, depth-1), 0x80)
}

func leafOnly(c *COSE) []byte { return cBytes(std.leaf.der) }

func chainItem(items ...[]byte) []byte { return cArray(items...) }

func coseCases() {
	certificate := func(c *Cert) []byte { return cBytes(c.der) }
	indefinite := func(head byte, body []byte) []byte { return append(append([]byte{head}, body...), 0xff) }
	list := []coseCase{
		{"untagged", "No tag before the array", "N-159", func(c *COSE) { c.head = []byte{0x84} }, false},
		{"tag-in-two-octets", "Tag 18 in two octets", "N-160", func(c *COSE) { c.head = []byte{0xd8, 0x12, 0x84} }, false},
		{"tag-98", "Tag 98, COSE_Sign", "N-161", func(c *COSE) { c.head = []byte{0xd8, 0x62, 0x84} }, false},
		{"tag-17", "Tag 17, COSE_Mac0", "N-161", func(c *COSE) { c.head = []byte{0xd1, 0x84} }, false},
		{"tagged-twice", "Tag 18 twice", "N-161", func(c *COSE) { c.head = []byte{0xd2, 0xd2, 0x84} }, false},
		{"array-head-in-two-octets", "The head of the array in two octets", "N-162", func(c *COSE) { c.head = []byte{0xd2, 0x98, 0x04} }, false},
		{"three-elements", "An array of three", "N-163", func(c *COSE) { c.head, c.signatureItem = []byte{0xd2, 0x83}, []byte{} }, false},
		{"five-elements", "An array of five", "N-163", func(c *COSE) { c.head, c.unprotectedItem = []byte{0xd2, 0x85}, append(c.unprotected.encode(), 0xf6) }, false},
		{"protected-null", "The protected header is null", "N-166", func(c *COSE) { c.protectedItem = cNull }, false},
		{"protected-empty", "The protected header is an empty byte string", "N-167", func(c *COSE) { c.protectedItem = cBytes(nil) }, false},
		{"protected-empty-map", "The protected header is an empty map", "N-167", func(c *COSE) { c.protectedContent = []byte{0xa0} }, false},
		{"protected-array", "The protected header is an array", "N-168", func(c *COSE) { c.protectedContent = cArray(c.protected.encode()) }, false},
		{"protected-map-unwrapped", "The protected header is a map, not a byte string", "N-168", func(c *COSE) { c.protectedItem = c.protected.encode() }, false},
		{"protected-text", "The protected header is a text string", "N-168", func(c *COSE) { c.protectedItem = cText("{}") }, false},
		{"protected-trailing", "An octet after the protected map", "N-169", func(c *COSE) { c.protectedContent = append(c.protected.encode(), 0) }, false},
		{"protected-indefinite", "A protected map of indefinite length", "N-170", func(c *COSE) {
			var body []byte
			for _, each := range c.protected {
				body = append(append(body, each.label...), each.value...)
			}
			c.protectedContent = indefinite(0xbf, body)
		}, false},
		{"indefinite-text", "A text string of indefinite length", "N-170", putCOSE(unknownLabel, indefinite(0x7f, cText("x"))), false},
		{"indefinite-bytes-unprotected", "An unprotected byte string of indefinite length", "N-170", putUnprotected(unknownLabel, indefinite(0x5f, cBytes([]byte("x")))), false},
		{"indefinite-array-unprotected", "An unprotected array of indefinite length", "N-170", putUnprotected(unknownLabel, indefinite(0x9f, cInt(1))), false},
		{"protected-unsorted", "Labels in any order", "N-171", func(c *COSE) {
			for i, j := 0, len(c.protected)-1; i < j; i, j = i+1, j-1 {
				c.protected[i], c.protected[j] = c.protected[j], c.protected[i]
			}
		}, true},
		{"alg-not-shortest", "alg in three octets", "N-172", putCOSE(labelAlg, []byte{0x39, 0x00, 0x06}), true},
		{"label-not-shortest", "The label of alg in two octets", "N-172", func(c *COSE) { c.protected[0].label = []byte{0x18, 0x01} }, true},
		{"protected-head-not-shortest", "The length of the protected header in four octets", "N-173", func(c *COSE) {
			content := c.protected.encode()
			c.protectedItem = append([]byte{0x5a, 0, 0, byte(len(content) >> 8), byte(len(content))}, content...)
		}, true},
		{"duplicate-label", "A protected label stands twice", "N-174", addCOSE(labelAlg, cInt(-7)), false},
		{"duplicate-text-label", "A protected text label stands twice", "N-174", addCOSE(schemeLabel, cText(x509Scheme)), false},
		{"duplicate-label-otherwise-encoded", "A protected label stands twice, once in two octets", "N-175", addCOSE([]byte{0x18, 0x01}, cInt(-7)), false},
		{"duplicate-unprotected-label", "An unprotected label stands twice", "N-176", func(c *COSE) { c.unprotected.add(agentLabel, cText("x")) }, false},
		{"duplicate-chain", "x5chain stands twice", "N-176", func(c *COSE) { c.unprotected.add(labelChain, cArray(certificate(other.leaf), certificate(other.root))) }, false},
		{"duplicate-in-nested-map", "A label stands twice in a map inside the unprotected header", "N-176", putUnprotected(unknownLabel, Pairs{{cInt(1), cInt(1)}, {cInt(1), cInt(2)}}.encode()), false},
		{"duplicate-in-protected-nested-map", "A label stands twice in a map inside the protected header", "N-176", putCOSE(unknownLabel, Pairs{{cInt(1), cInt(1)}, {cInt(1), cInt(2)}}.encode()), false},
		{"label-bytes", "A label that is a byte string", "N-177", addCOSE(cBytes([]byte("x")), cInt(1)), false},
		{"label-bool", "A label that is true", "N-177", addCOSE(cTrue, cInt(1)), false},
		{"label-float", "A label that is a number with a fraction", "N-177", addCOSE(cDouble(1.5), cInt(1)), false},
		{"label-null", "A label that is null", "N-177", addCOSE(cNull, cInt(1)), false},
		{"label-array", "A label that is an array", "N-177", addCOSE(cArray(cInt(1)), cInt(1)), false},
		{"unprotected-label-bytes", "An unprotected label that is a byte string", "N-177", putUnprotected(cBytes([]byte("x")), cInt(1)), false},
		{"invalid-utf8", "A text that is no UTF-8", "N-178", putCOSE(unknownLabel, append([]byte{0x62}, 0xc3, 0x28)), false},
		{"invalid-utf8-unprotected", "An unprotected text that is no UTF-8", "N-178", putUnprotected(agentLabel, []byte{0x61, 0xff}), false},
		{"invalid-utf8-label", "A label that is no UTF-8", "N-178", addCOSE([]byte{0x61, 0xff}, cInt(1)), false},
		{"deep-unprotected", "Arrays 33 deep in the unprotected header", "N-179", putUnprotected(unknownLabel, nested(33)), false},
		{"deep-protected", "Arrays 40 deep in the protected header", "N-179", putCOSE(unknownLabel, nested(40)), false},
		{"tag-in-unprotected", "A tag in the unprotected header", "N-180", putUnprotected(unknownLabel, cTag(1, cInt(1))), false},
		{"tagged-chain", "A tag around the chain", "N-180", func(c *COSE) {
			c.unprotected.put(labelChain, cTag(99, chainItem(certificate(std.leaf), certificate(std.intermediate), certificate(std.root))))
		}, false},
		{"tagged-payload", "A tag around the payload", "N-181", func(c *COSE) { c.payloadItem = cTag(24, cBytes(payloadOf(subjectOfAll, nil))) }, false},
		{"tag-in-protected-value", "A tag inside an unknown protected header", "N-182", putCOSE(unknownLabel, cArray(cTag(99, cInt(1)), cTag(1, cInt(2)))), true},
		{"length-bomb", "A declared length of 2^40", "N-183", putUnprotected(unknownLabel, []byte{0x5b, 0, 0, 1, 0, 0, 0, 0, 0}), false},
		{"length-bomb-array", "An array of 2^64-1 declared elements", "N-183", putUnprotected(unknownLabel, []byte{0x9b, 255, 255, 255, 255, 255, 255, 255, 255}), false},
		{"reserved-information", "The reserved additional information 28", "", putUnprotected(unknownLabel, []byte{0x1c}), false},
		{"simple-in-two-octets", "Simple value 20 in two octets", "", putUnprotected(unknownLabel, []byte{0xf8, 0x14}), false},
		{"integer-of-2-63", "An integer of 2^63", "", putCOSE(unknownLabel, cborHead(0, 1<<63)), false},
		{"crit-unprotected", "crit in the unprotected header", "N-184", putUnprotected(labelCrit, cArray(schemeLabel)), false},
		{"iv-and-partial-iv", "IV and Partial IV, one in each header", "N-185", func(c *COSE) {
			c.protected.add(cInt(5), cBytes([]byte("iv")))
			c.unprotected.add(cInt(6), cBytes([]byte("iv")))
		}, false},
		{"iv-alone", "An IV alone means nothing", "N-185", addCOSE(cInt(5), cBytes([]byte("iv"))), true},
		{"iv-text", "An IV that is text", "N-185", addCOSE(cInt(5), cText("iv")), false},
		{"kid-bytes", "A key identifier means nothing", "", putUnprotected(cInt(4), cBytes([]byte("kid"))), true},
		{"kid-text", "A key identifier that is text", "", putUnprotected(cInt(4), cText("kid")), false},
		{"typ-text", "typ as a media type", "", addCOSE(cInt(16), cText("application/cose")), true},
		{"typ-bytes", "typ as bytes", "", addCOSE(cInt(16), cBytes([]byte("x"))), false},
		{"countersignature-protected", "A counter signature in the protected header", "", addCOSE(cInt(11), cArray(cBytes(nil), Pairs{}.encode(), cBytes([]byte("s")))), false},
		{"payload-null", "A detached payload", "N-186", func(c *COSE) { c.payloadItem = cNull }, false},
		{"payload-undefined", "The payload is undefined", "N-186", func(c *COSE) { c.payloadItem = cUndefined }, false},
		{"payload-text", "The payload is a text string", "N-188", func(c *COSE) { c.payloadItem = cText(string(payloadOf(subjectOfAll, nil))) }, false},
		{"signature-empty", "An empty signature", "N-189", func(c *COSE) { c.signatureItem = cBytes(nil) }, false},
		{"signature-null", "The signature is null", "N-189", func(c *COSE) { c.signatureItem = cNull }, false},
		{"signature-text", "The signature is a text string", "N-189", func(c *COSE) { c.signatureItem = cText("x") }, false},
		{"alg-missing", "No alg", "N-190", removeCOSE(labelAlg), false},
		{"alg-only-unprotected", "alg in the unprotected header only", "N-190", func(c *COSE) {
			c.protected.remove(labelAlg)
			c.unprotected.add(labelAlg, cInt(-7))
		}, false},
		{"alg-text", "alg as text", "N-191", putCOSE(labelAlg, cText("ES256")), false},
		{"alg-bytes", "alg as bytes", "N-191", putCOSE(labelAlg, cBytes([]byte{7})), false},
		{"alg-eddsa", "alg EdDSA", "N-192", putCOSE(labelAlg, cInt(-8)), false},
		{"alg-rs256", "alg RS256", "N-192", putCOSE(labelAlg, cInt(-257)), false},
		{"alg-hmac", "alg HMAC 256/256", "N-192", putCOSE(labelAlg, cInt(5)), false},
		{"alg-zero", "alg 0, which is reserved", "N-192", putCOSE(labelAlg, cInt(0)), false},
		{"alg-of-another-curve", "alg ES384 with a key on P-256", "N-193", putCOSE(labelAlg, cInt(-35)), false},
		{"alg-rsa-for-ec", "alg PS256 with a key on P-256", "N-193", putCOSE(labelAlg, cInt(-37)), false},
		{"content-type-missing", "No content type", "N-194", removeCOSE(labelType), false},
		{"content-type-unprotected", "The content type in the unprotected header only", "N-194", func(c *COSE) {
			c.protected.remove(labelType)
			c.unprotected.add(labelType, cText(payloadType))
		}, false},
		{"content-type-number", "The content type is a number", "N-195", putCOSE(labelType, cInt(0)), false},
		{"content-type-bytes", "The content type is a byte string", "N-195", putCOSE(labelType, cBytes([]byte(payloadType))), false},
		{"content-type-leading-space", "A space before the content type", "N-196", putCOSE(labelType, cText(" "+payloadType)), false},
		{"content-type-without-slash", "A content type without a slash", "N-196", putCOSE(labelType, cText("payload")), false},
		{"crit-missing", "No crit", "N-197", removeCOSE(labelCrit), false},
		{"crit-empty", "An empty crit", "N-197", putCOSE(labelCrit, cArray()), false},
		{"crit-text", "crit is a text", "N-197", putCOSE(labelCrit, schemeLabel), false},
		{"crit-null", "crit is null", "N-197", putCOSE(labelCrit, cNull), false},
		{"crit-of-bytes", "crit holds a byte string", "N-197", critCOSE(cBytes([]byte("x"))), false},
		{"crit-without-scheme", "crit without the signing scheme", "N-198", func(c *COSE) {
			c.protected.add(unknownLabel, cInt(1))
			c.protected.put(labelCrit, cArray(unknownLabel))
		}, false},
		{"crit-without-expiry", "An expiry that is not critical", "N-198", addCOSE(expiryLabel, cTime(date(2090))), false},
		{"crit-of-absent", "crit names a label that is not there", "N-199", critCOSE(unknownLabel), false},
		{"crit-of-absent-number", "crit names a number that is not there", "N-199", critCOSE(cInt(77)), false},
		{"crit-of-absent-expiry", "crit names an expiry that is not there", "N-199", critCOSE(expiryLabel), false},
		{"crit-of-alg", "crit names alg", "N-200", critCOSE(labelAlg), false},
		{"crit-of-content-type", "crit names the content type", "N-200", critCOSE(labelType), false},
		{"crit-of-crit", "crit names itself", "N-200", critCOSE(labelCrit), false},
		{"crit-of-signing-time", "crit names the signing time", "", critCOSE(timeLabel), false},
		{"crit-scheme-twice", "crit names the signing scheme twice", "N-201", critCOSE(schemeLabel), false},
		{"crit-extended-twice", "crit names an unknown header twice", "N-201", func(c *COSE) {
			c.protected.add(unknownLabel, cInt(1))
			critCOSE(unknownLabel, unknownLabel)(c)
		}, false},
		{"scheme-missing", "No signing scheme", "N-203", removeCOSE(schemeLabel), false},
		{"scheme-bytes", "The signing scheme is a byte string", "N-203", putCOSE(schemeLabel, cBytes([]byte(x509Scheme))), false},
		{"scheme-number", "The signing scheme is a number", "N-203", putCOSE(schemeLabel, cInt(1)), false},
		{"scheme-unknown", "An unknown signing scheme", "N-203", putCOSE(schemeLabel, cText("notary.x509.other")), false},
		{"scheme-with-space", "A space after the signing scheme", "N-203", putCOSE(schemeLabel, cText(x509Scheme+" ")), false},
		{"time-integer", "A time of tag 1, an integer", "N-204", putCOSE(timeLabel, cTag(1, cInt(1767225600))), true},
		{"time-text", "A time of tag 0, a text", "N-205", putCOSE(timeLabel, cTag(0, cText("2026-01-01T00:00:00Z"))), false},
		{"time-untagged", "A time without a tag", "N-206", putCOSE(timeLabel, cInt(1767225600)), false},
		{"time-tagged-twice", "A time with two tags", "N-206", putCOSE(timeLabel, cTag(1, cTag(1, cInt(1767225600)))), false},
		{"time-negative", "A time before 1970", "N-207", putCOSE(timeLabel, cTag(1, cInt(-86400))), true},
		{"time-fraction", "A time with a fraction", "N-208", putCOSE(timeLabel, cTag(1, cDouble(1767225600.5))), true},
		{"time-half-float", "A time in half precision", "N-208", putCOSE(timeLabel, cTag(1, []byte{0xf9, 0x3e, 0x00})), true},
		{"time-nan", "A time that is no number", "N-208", putCOSE(timeLabel, cTag(1, cDouble(math.NaN()))), false},
		{"time-infinite", "An infinite time", "N-208", putCOSE(timeLabel, cTag(1, cDouble(math.Inf(1)))), false},
		{"time-text-of-tag-1", "A time of tag 1 that is text", "N-209", putCOSE(timeLabel, cTag(1, cText("1767225600"))), false},
		{"time-bignum", "A time of tag 1 that is a bignum", "N-209", putCOSE(timeLabel, cTag(1, cTag(2, cBytes([]byte{0x69, 0x55, 0xb9, 0x00})))), false},
		{"time-null", "A time of tag 1 that is null", "N-209", putCOSE(timeLabel, cTag(1, cNull)), false},
		{"time-missing", "No signing time", "N-210", removeCOSE(timeLabel), false},
		{"time-tag-not-shortest", "Tag 1 in two octets", "", putCOSE(timeLabel, append([]byte{0xd8, 0x01}, cInt(1767225600)...)), true},
		{"expiry-text", "An expiry of tag 0", "N-211", func(c *COSE) {
			c.protected.add(expiryLabel, cTag(0, cText("2090-01-01T00:00:00Z")))
			critCOSE(expiryLabel)(c)
		}, false},
		{"expiry-untagged", "An expiry without a tag", "N-211", func(c *COSE) {
			c.protected.add(expiryLabel, cInt(3786912000))
			critCOSE(expiryLabel)(c)
		}, false},
		{"expiry-infinite", "An expiry that is infinite", "", func(c *COSE) {
			c.protected.add(expiryLabel, cTag(1, cDouble(math.Inf(1))))
			critCOSE(expiryLabel)(c)
		}, false},
		{"expiry-infinite-single", "An expiry that is infinite, in single precision", "N-541", func(c *COSE) {
			c.protected.add(expiryLabel, cTag(1, []byte{0xfa, 0x7f, 0x80, 0x00, 0x00}))
			critCOSE(expiryLabel)(c)
		}, false},
		{"authentic-time-under-x509", "An authentic signing time under notary.x509", "N-212", addCOSE(authTimeLabel, cTime(signed)), false},
		{"chain-missing", "No certificate chain", "N-214", func(c *COSE) { c.unprotected.remove(labelChain) }, false},
		{"chain-empty", "An empty certificate chain", "N-214", putUnprotected(labelChain, cArray()), false},
		{"chain-null", "The certificate chain is null", "N-214", putUnprotected(labelChain, cNull), false},
		{"chain-bare-bytes", "One certificate without an array", "N-215", func(c *COSE) { c.unprotected.put(labelChain, leafOnly(c)) }, false},
		{"chain-protected-only", "The certificate chain in the protected header only", "N-216", func(c *COSE) {
			c.protected.add(labelChain, chainItem(certificate(std.leaf), certificate(std.intermediate), certificate(std.root)))
			c.unprotected.remove(labelChain)
		}, false},
		{"chain-protected-too", "Another certificate chain in the protected header", "N-216", func(c *COSE) {
			c.protected.add(labelChain, chainItem(certificate(other.leaf), certificate(other.root)))
		}, true},
		{"chain-leaf-text", "The leaf is a text string", "N-217", putUnprotected(labelChain, chainItem(cText("x"), certificate(std.intermediate), certificate(std.root))), false},
		{"chain-root-text", "The root is a text string", "N-217", putUnprotected(labelChain, chainItem(certificate(std.leaf), certificate(std.intermediate), cText("x"))), false},
		{"chain-leaf-garbage", "The leaf is no certificate", "N-218", putUnprotected(labelChain, chainItem(cBytes([]byte{1, 2, 3}), certificate(std.intermediate), certificate(std.root))), false},
		{"chain-root-garbage", "The root is no certificate", "N-218", putUnprotected(labelChain, chainItem(certificate(std.leaf), certificate(std.intermediate), cBytes([]byte{1, 2, 3}))), false},
		{"token-text", "A timestamp that is text is none", "N-219", putUnprotected(tokenLabel, cText("AQID")), true},
		{"token-empty", "An empty timestamp is none", "N-219", putUnprotected(tokenLabel, cBytes(nil)), true},
		{"agent-number", "A signing agent that is a number", "N-220", putUnprotected(agentLabel, cInt(5)), true},
		{"agent-missing", "No signing agent", "N-220", func(c *COSE) { c.unprotected.remove(agentLabel) }, true},
		{"signed-sorted-copy", "The signature is over the sorted protected map", "N-224", func(c *COSE) {
			c.signedProtected = append([]byte(nil), c.protected.encode()...)
			c.protected[0], c.protected[1] = c.protected[1], c.protected[0]
		}, false},
		{"external-data", "The signature is over external data too", "N-225", func(c *COSE) { c.externalData = []byte("x") }, false},
		{"unknown-header", "An unknown header that is not critical", "N-143", addCOSE(unknownLabel, Pairs{{cInt(1), cArray(cDouble(2.5), cNull)}}.encode()), true},
		{"unknown-number", "An unknown number as label that is not critical", "N-143", addCOSE(cInt(1000), cText("x")), true},
		{"number-and-its-text", "The labels 3 and \"3\" are two", "", addCOSE(cText("3"), cText("x")), true},
		{"unprotected-alg", "An unprotected alg beside the protected one", "", putUnprotected(labelAlg, cInt(-37)), true},
	}
	for _, each := range list {
		made := envelope("cose", std.chain())
		made.cose = each.edit
		finished := add("cose", each.name, each.title, split(each.shows)...).with(made)
		if !each.good {
			finished.invalid()
		}
	}
	authorityInCOSE()
	bytesOfCOSE()
	keysInCOSE()
}

// authorityInCOSE is about the scheme of signing authorities.
func authorityInCOSE() {
	for _, each := range []coseCase{
		{"signing-time-under-authority", "A signing time under notary.x509.signingAuthority", "N-213", addCOSE(timeLabel, cTime(signed)), false},
		{"authentic-time-missing", "No authentic signing time", "N-210", func(c *COSE) {
			c.protected.remove(authTimeLabel)
			critCOSE()(c)
		}, false},
		{"authentic-time-not-critical", "An authentic signing time that is not critical", "N-198", critCOSE(), false},
		{"authentic-time-text", "An authentic signing time of tag 0", "N-205", putCOSE(authTimeLabel, cTag(0, cText("2026-01-01T00:00:00Z"))), false},
	} {
		made := envelope("cose", std.chain())
		made.signing = saScheme
		made.cose = each.edit
		finished := add("cose", each.name, each.title, split(each.shows)...)
		finished.policy.stores = []string{"signingAuthority:shop"}
		finished.stores = map[string][]any{"signingAuthority:shop": {std.root}}
		finished.with(made).invalid()
	}
}

// bytesOfCOSE changes the finished octets.
func bytesOfCOSE() {
	for _, each := range []struct {
		name, title, shows string
		edit               func([]byte) []byte
	}{
		{"empty", "No octet at all", "N-164", func([]byte) []byte { return nil }},
		{"one-octet", "One octet", "N-164", func(b []byte) []byte { return b[:1] }},
		{"two-octets", "Two octets", "N-164", func(b []byte) []byte { return b[:2] }},
		{"truncated", "The last octet is missing", "N-164", func(b []byte) []byte { return b[:len(b)-1] }},
		{"trailing-octet", "An octet after the message", "N-165", func(b []byte) []byte { return append(b, 0) }},
		{"trailing-message", "The message twice", "N-165", func(b []byte) []byte { return append(b, b...) }},
		{"tampered-signature", "One bit of the signature differs", "N-226", func(b []byte) []byte { b[len(b)-5] ^= 1; return b }},
		{"tampered-payload", "One character of the payload differs", "N-226", func(b []byte) []byte { return bytes.Replace(b, []byte("5a5a"), []byte("5b5a"), 1) }},
		{"tampered-protected", "One character of the protected header differs", "N-226", func(b []byte) []byte {
			return bytes.Replace(b, []byte(x509Scheme), []byte("notary.x508"), 1)
		}},
		{"indefinite-array", "An array of indefinite length", "N-162", func(b []byte) []byte { b[1] = 0x9f; return append(b, 0xff) }},
		{"tagged-signature", "A tag around the signature", "N-181", func(b []byte) []byte {
			return bytes.Join([][]byte{b[:len(b)-66], {0xd8, 24}, b[len(b)-66:]}, nil)
		}},
		{"json", "JSON under the media type of COSE", "N-37", func([]byte) []byte { return envelope("jws", std.chain()).build() }},
	} {
		made := envelope("cose", std.chain())
		made.finish = each.edit
		add("cose", each.name, each.title, split(each.shows)...).with(made).invalid()
	}
}

// keysInCOSE is about signatures and keys other than the one of most cases.
func keysInCOSE() {
	rsa := chainOfTwo("rsa", "rsa2048", "p256")
	rsa3072 := chainOfTwo("rsa3072", "rsa3072", "p256")
	p384 := chainOfTwo("p384", "p384", "p256")
	p521 := chainOfTwo("p521", "p521", "p256")
	for _, each := range []struct {
		name, title, shows string
		chain              []*Cert
		scheme             *Scheme
		edit               func(*Envelope)
		good               bool
	}{
		{"salt-20", "RSA-PSS with a salt of 20 octets", "N-221", rsa, &pss256Of20, nil, false},
		{"salt-0", "RSA-PSS without a salt", "N-221", rsa, &Scheme{how: "pss", hash: crypto.SHA256, salt: 0}, nil, false},
		{"mgf1-sha1", "RSA-PSS with MGF1 over SHA-1", "", rsa, &Scheme{how: "pss", hash: crypto.SHA256, mgf: crypto.SHA1, salt: -1}, nil, false},
		{"pkcs1-under-ps256", "An RSA signature of PKCS #1 v1.5 under PS256", "", rsa, &pkcs1SHA2, func(e *Envelope) { e.cose = putCOSE(labelAlg, cInt(-37)) }, false},
		{"ps256-of-rsa3072", "PS256 with an RSA key of 3072 bits", "N-193", rsa3072, &pss256, nil, false},
		{"es256-of-p384", "ES256 with a key on P-384", "N-193", p384, &ecdsaSHA2, nil, false},
		{"ecdsa-der", "The ECDSA signature in DER", "N-223", std.chain(), nil, func(e *Envelope) {
			signer := e.chain[0].key
			e.cose = func(c *COSE) {
				message := cArray(cText("Signature1"), cBytes(c.protected.encode()), cBytes(nil), cBytes(e.payload))
				e.signature = func([]byte) []byte { return signer.sign(envelopeScheme(signer), message) }
			}
		}, false},
		{"ecdsa-63-octets", "An ECDSA signature of 63 octets", "N-223", std.chain(), nil, func(e *Envelope) { e.signature = func(s []byte) []byte { return s[:63] } }, false},
		{"ecdsa-65-octets", "An ECDSA signature of 65 octets", "N-223", std.chain(), nil, func(e *Envelope) { e.signature = func(s []byte) []byte { return append(s, 0) } }, false},
		{"ecdsa-r-zero", "An ECDSA signature with r = 0", "N-127", std.chain(), nil, func(e *Envelope) {
			e.signature = func(s []byte) []byte { return append(make([]byte, 32), s[32:]...) }
		}, false},
		{"ecdsa-high-s", "The other of the two values that s may have", "", std.chain(), nil, func(e *Envelope) { e.signature = negatedS }, true},
		{"es512-leading-zero", "An ES512 signature whose numbers begin with zero octets", "N-126", p521, nil, leadingZeros, true},
	} {
		made := envelope("cose", each.chain)
		made.scheme = each.scheme
		if each.edit != nil {
			each.edit(made)
		}
		finished := add("cose", each.name, each.title, split(each.shows)...)
		finished.stores = map[string][]any{"ca:shop": {rootOf(each.chain)}}
		finished.with(made)
		if !each.good {
			finished.invalid()
		}
	}
}
