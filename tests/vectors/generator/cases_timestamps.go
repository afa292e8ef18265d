package main

import (
	"bytes"
	"crypto"
	"time"
)

// Timestamps: when a token is asked for, and what it must be.

var tsa []*Cert

func timestampCases() {
	tsa = tsaWorld("tsa", nil, nil, nil)
	share("tsa-root", rootOf(tsa))
	triggers()
	tokens()
	authorities()
	ranges()
}

// stamped asks for a token and puts one in.
func stamped(e *Envelope, c *Case, token *Token) {
	c.policy.stores = []string{"ca:shop", "tsa:clock"}
	c.stores["tsa:clock"] = []any{rootOf(tsa)}
	if token != nil {
		e.token = token.build
	}
}

func (c *Case) badToken() { c.fails("authenticTimestamp", "timestamp-invalid") }

// shortWorld is a signing chain of which the signer, or another certificate, is valid for 2026 only.
func shortWorld(index int) []*Cert {
	changes := func(i int) []Change {
		if i == index {
			return []Change{valid(date(2026), date(2027))}
		}
		return nil
	}
	root := issue(rootSpec("brief root", "p256"), nil, changes(2)...)
	middle := issue(rootSpec("brief intermediate", "p256"), root, changes(1)...)
	return []*Cert{issue(leafSpec("brief signer", "p256"), middle, changes(0)...), middle, root}
}

func triggers() {
	brief := shortWorld(0)
	garbage := func([]byte) []byte { return []byte("garbage") }
	both("timestamps", "always", "A token is asked for and there", "N-427 N-420", func(e *Envelope, c *Case) { stamped(e, c, newToken(tsa)) })
	both("timestamps", "always-explicit", "verifyTimestamp always, and a token", "N-427", func(e *Envelope, c *Case) {
		stamped(e, c, newToken(tsa))
		c.policy.verifyTimestamp = "always"
	})
	both("timestamps", "absent", "A token is asked for and not there", "N-419", func(e *Envelope, c *Case) { stamped(e, c, nil); c.badToken() })
	both("timestamps", "absent-always", "verifyTimestamp always, and no token", "N-419 N-420", func(e *Envelope, c *Case) {
		stamped(e, c, nil)
		c.policy.verifyTimestamp = "always"
		c.badToken()
	})
	both("timestamps", "absent-logged", "A token is asked for and not there, which is logged", "N-426", func(e *Envelope, c *Case) {
		stamped(e, c, nil)
		c.policy.override = map[string]string{"authenticTimestamp": "log"}
		c.logs("authenticTimestamp")
	})
	both("timestamps", "garbage", "A token that is garbage", "N-432", func(e *Envelope, c *Case) {
		stamped(e, c, nil)
		e.token = garbage
		c.badToken()
	})
	both("timestamps", "garbage-permissive", "A token that is garbage, at level permissive", "N-426", func(e *Envelope, c *Case) {
		stamped(e, c, nil)
		e.token = garbage
		c.policy.level = "permissive"
		c.logs("authenticTimestamp")
	})
	both("timestamps", "after-expiry-absent", "afterCertExpiry, a valid chain, no token", "N-421", func(e *Envelope, c *Case) {
		stamped(e, c, nil)
		c.policy.verifyTimestamp = "afterCertExpiry"
	})
	both("timestamps", "after-expiry-garbage", "afterCertExpiry, a valid chain, garbage", "N-421", func(e *Envelope, c *Case) {
		stamped(e, c, nil)
		e.token = garbage
		c.policy.verifyTimestamp = "afterCertExpiry"
	})
	both("timestamps", "after-expiry-not-yet-valid", "afterCertExpiry, a chain that is not valid yet", "N-422", func(e *Envelope, c *Case) {
		e.chain = brief
		stamped(e, c, newToken(tsa))
		c.stores["ca:shop"] = []any{rootOf(brief)}
		c.policy.verifyTimestamp, c.now = "afterCertExpiry", "2025-06-01T00:00:00Z"
		c.fails("authenticTimestamp", "certificate-expired")
	})
	both("timestamps", "after-expiry-expired-absent", "afterCertExpiry, an expired chain, no token", "N-424", func(e *Envelope, c *Case) {
		e.chain = brief
		stamped(e, c, nil)
		c.stores["ca:shop"] = []any{rootOf(brief)}
		c.policy.verifyTimestamp, c.now = "afterCertExpiry", "2028-06-01T00:00:00Z"
		c.badToken()
	})
	for index, name := range []string{"signer", "intermediate", "root"} {
		chain := shortWorld(index)
		for _, mode := range []string{"always", "afterCertExpiry"} {
			suffix := ""
			if mode == "afterCertExpiry" {
				suffix = "-after-expiry"
			}
			both("timestamps", "expired-"+name+suffix, "The "+name+" has expired since, and a token says when it was signed; "+mode, "N-423 N-428", func(e *Envelope, c *Case) {
				e.chain = chain
				token := newToken(tsa)
				token.time = "20260601000000Z"
				stamped(e, c, token)
				c.stores["ca:shop"] = []any{rootOf(chain)}
				c.policy.verifyTimestamp, c.now = mode, "2028-06-01T00:00:00Z"
			})
		}
	}
	both("timestamps", "no-tsa-store-expired", "No tsa store: a token does not save an expired chain", "N-416", func(e *Envelope, c *Case) {
		e.chain = brief
		token := newToken(tsa)
		token.time = "20260601000000Z"
		e.token = token.build
		c.stores["ca:shop"] = []any{rootOf(brief)}
		c.now = "2028-06-01T00:00:00Z"
		c.fails("authenticTimestamp", "certificate-expired")
	})
	both("timestamps", "token-before-expiry", "A token does not save an expired signature", "N-234", func(e *Envelope, c *Case) {
		e.expiry = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
		stamped(e, c, newToken(tsa))
		c.fails("expiry", "signature-expired")
	})
	both("timestamps", "authority-scheme", "A signing authority's signature: the token is not looked at", "N-425", func(e *Envelope, c *Case) {
		e.signing = saScheme
		c.authority()
		c.policy.stores = []string{"signingAuthority:shop", "tsa:absent"}
		e.token = garbage
	})
	both("timestamps", "store-missing", "The tsa store is not there", "N-433", func(e *Envelope, c *Case) {
		stamped(e, c, newToken(tsa))
		delete(c.stores, "tsa:clock")
		c.badToken()
	})
	both("timestamps", "other-store", "The tsa store holds another root", "N-434", func(e *Envelope, c *Case) {
		stamped(e, c, newToken(tsa))
		c.stores["tsa:clock"] = []any{other.root}
		c.badToken()
	})
	both("timestamps", "store-unneeded", "A tsa store that is not there, and no token is needed", "N-312", func(e *Envelope, c *Case) {
		c.policy.stores = []string{"ca:shop", "tsa:absent"}
		c.policy.verifyTimestamp = "afterCertExpiry"
	})
	both("timestamps", "store-with-intermediate", "A tsa store with an intermediate", "N-320", func(e *Envelope, c *Case) {
		stamped(e, c, newToken(tsa))
		c.stores["tsa:clock"] = []any{tsa[2], tsa[1]}
		c.badToken()
	})
	both("timestamps", "store-with-self-signed-leaf", "A tsa store with a self-signed certificate that is no CA", "N-319", func(e *Envelope, c *Case) {
		stamped(e, c, newToken(tsa))
		c.stores["tsa:clock"] = []any{tsa[2], selfSigned("alone", "p256")}
		c.badToken()
	})
}

// tokens is about the token itself.
func tokens() {
	good, bad := true, false
	signers := func(list ...*Signer) func(*Token) { return func(t *Token) { t.signers = list } }
	attribute := func(id string, value []byte) func(*Token) {
		return signers(&Signer{attributes: map[string][]byte{id: value}})
	}
	unit := tsa[0]
	issuer, serial := issuerAndSerial(unit)
	for _, each := range []struct {
		name, title, shows string
		edit               func(*Token)
		good               bool
	}{
		{"other-message", "The token is for another signature", "N-436", func(t *Token) { t.info.message = []byte("another") }, bad},
		{"imprint-sha1", "An imprint of SHA-1", "N-437", func(t *Token) { t.info.hash = crypto.SHA1 }, bad},
		{"imprint-sha384", "An imprint of SHA-384", "", func(t *Token) { t.info.hash = crypto.SHA384 }, good},
		{"imprint-sha512", "An imprint of SHA-512", "", func(t *Token) { t.info.hash = crypto.SHA512 }, good},
		{"info-version-2", "TSTInfo of version 2", "N-438", func(t *Token) { t.info.version = 2 }, bad},
		{"info-garbage", "TSTInfo that is garbage", "N-439", func(t *Token) { t.rawInfo = []byte("garbage") }, bad},
		{"content-type-data", "The content is plain data", "N-440", func(t *Token) { t.contentType = oidData }, bad},
		{"outer-data", "The outer content is plain data", "N-441", func(t *Token) { t.outerType = oidData }, bad},
		{"version-1", "SignedData of version 1", "N-441", func(t *Token) { t.version = 1 }, bad},
		{"trailing-octet", "An octet after the token", "N-442", func(t *Token) { t.finish = func(b []byte) []byte { return append(b, 0) } }, bad},
		{"indefinite-length", "A length that is indefinite", "N-442", func(t *Token) {
			t.finish = func(b []byte) []byte { return append(append([]byte{0x30, 0x80}, b[4:]...), 0, 0) }
		}, bad},
		{"long-length", "A length in more octets than needed", "", func(t *Token) {
			t.finish = func(b []byte) []byte { return append([]byte{0x30, 0x83, 0, b[2], b[3]}, b[4:]...) }
		}, good},
		{"truncated", "The last octet is missing", "", func(t *Token) { t.finish = func(b []byte) []byte { return b[:len(b)-1] } }, bad},
		{"no-certificates", "No certificate in the token", "N-443", func(t *Token) { t.certificates = []*Cert{} }, bad},
		{"without-root", "The root is not in the token", "N-444", func(t *Token) { t.certificates = tsa[:2] }, good},
		{"without-intermediate", "The intermediate is not in the token", "N-434", func(t *Token) { t.certificates = []*Cert{tsa[0], tsa[2]} }, bad},
		{"unit-missing", "The unit's certificate is not in the token", "N-443", func(t *Token) { t.certificates = tsa[1:] }, bad},
		{"more-certificates", "Certificates that do not matter", "N-444", func(t *Token) { t.certificates = append([]*Cert{other.root, std.leaf}, tsa...) }, good},
		{"no-signer", "No SignerInfo", "N-445", func(t *Token) { t.signers = []*Signer{} }, bad},
		{"bad-and-good-signer", "One bad and one good SignerInfo", "N-446", signers(&Signer{signature: flipLast}, &Signer{}), good},
		{"two-bad-signers", "Two bad SignerInfos", "N-446", signers(&Signer{signature: flipLast}, &Signer{without: []string{oidSigningCertV2}}), bad},
		{"signer-version-3", "A SignerInfo of version 3", "N-447", signers(&Signer{version: 3}), bad},
		{"subject-key-identifier", "A signer named by its key identifier", "N-447", signers(&Signer{version: 3, id: tlv(0x80, []byte("key identifier"))}), bad},
		{"without-signing-certificate", "No signing-certificate-v2", "N-448", signers(&Signer{without: []string{oidSigningCertV2}}), bad},
		{"signing-certificate-v1", "signing-certificate of version 1 only", "N-449", signers(&Signer{without: []string{oidSigningCertV2}, attributes: map[string][]byte{
			oidSigningCert: seq(seq(seq(octets(digest(crypto.SHA1, unit.der)))))}}), bad},
		{"signing-certificate-empty", "signing-certificate-v2 without certificates", "N-450", attribute(oidSigningCertV2, seq(seq())), bad},
		{"certificate-hash-of-another", "signing-certificate-v2 with the hash of another certificate", "N-451", attribute(oidSigningCertV2, seq(seq(seq(octets(digest(crypto.SHA256, other.leaf.der)), seq(seq(explicit(4, issuer)), serial))))), bad},
		{"certificate-hash-sha1", "signing-certificate-v2 with a hash of SHA-1", "N-452", attribute(oidSigningCertV2, seq(seq(certID(unit, crypto.SHA1, true)))), bad},
		{"certificate-hash-sha512", "signing-certificate-v2 with a hash of SHA-512", "N-453", attribute(oidSigningCertV2, seq(seq(certID(unit, crypto.SHA512, true)))), good},
		{"without-issuer-serial", "signing-certificate-v2 without issuer and serial number", "N-453", attribute(oidSigningCertV2, seq(seq(certID(unit, crypto.SHA256, false)))), good},
		{"issuer-of-wrong-choice", "signing-certificate-v2 whose issuer is a URI", "N-454", attribute(oidSigningCertV2, seq(seq(seq(octets(digest(crypto.SHA256, unit.der)), seq(seq(tlv(0x86, []byte("x"))), serial))))), bad},
		{"signing-certificate-garbage", "signing-certificate-v2 that is garbage", "N-455", attribute(oidSigningCertV2, integer(1)), bad},
		{"signing-certificate-of-another", "signing-certificate-v2 names another certificate than the signer's", "", func(t *Token) {
			t.certificates = append([]*Cert{std.leaf, std.intermediate}, tsa...)
			t.signers = []*Signer{{attributes: map[string][]byte{oidSigningCertV2: seq(seq(certID(std.leaf, crypto.SHA256, true)))}}}
		}, bad},
		{"bad-signature", "A bad signature", "N-456", signers(&Signer{signature: flipLast}), bad},
		{"without-attributes", "No signed attributes", "N-457", signers(&Signer{noAttribute: true}), bad},
		{"without-content-type", "No content-type among the signed attributes", "N-458", signers(&Signer{without: []string{oidContentType}}), bad},
		{"without-message-digest", "No message-digest among the signed attributes", "N-458", signers(&Signer{without: []string{oidMessageDigest}}), bad},
		{"wrong-content-type", "Another content-type among the signed attributes", "N-458", attribute(oidContentType, oid(oidData)), bad},
		{"wrong-message-digest", "Another message-digest", "N-458", attribute(oidMessageDigest, octets(make([]byte, 32))), bad},
		{"digest-sha1", "A message-digest of SHA-1", "N-458", signers(&Signer{hash: crypto.SHA1}), bad},
		{"digest-sha512", "A message-digest of SHA-512", "", signers(&Signer{hash: crypto.SHA512}), good},
		{"signing-time", "A signing time within the chain's validity", "N-459", attribute(oidSigningTime, text(0x17, "260101000000Z")), good},
		{"signing-time-early", "A signing time before the chain's validity", "N-459", attribute(oidSigningTime, text(0x17, "200101000000Z")), bad},
		{"signing-time-malformed", "A malformed signing time", "N-459", attribute(oidSigningTime, text(0x17, "26")), bad},
		{"unknown-issuer", "A signer whose certificate is not in the token", "N-460", signers(&Signer{id: seq(named("nobody"), serial)}), bad},
		{"signature-sha1", "ECDSA with SHA-1", "", signers(&Signer{scheme: &ecdsaSHA1}), bad},
		{"signature-algorithm-unknown", "An unknown signature algorithm", "", signers(&Signer{algorithm: seq(oid(oidOfNobody))}), bad},
		{"nonce", "A nonce", "N-478", func(t *Token) { t.info.rest = integer(99) }, good},
		{"extension", "An extension that is not critical", "N-478", func(t *Token) {
			t.info.rest = retag(0xa1, seq(extension(oidOfNobody, false, octets([]byte("x")))))
		}, good},
		{"extension-critical", "A critical extension", "", func(t *Token) {
			t.info.rest = retag(0xa1, seq(extension(oidOfNobody, true, octets([]byte("x")))))
		}, bad},
		{"fraction", "A time with a fraction", "N-471", func(t *Token) { t.time = "20260101000000.641Z" }, good},
		{"fraction-ending-in-zero", "A time whose fraction ends in zero", "", func(t *Token) { t.time = "20260101000000.640Z" }, bad},
		{"time-with-offset", "A time with an offset", "", func(t *Token) { t.time = "20260101000000+0100" }, bad},
		{"time-malformed", "A time with a month 13", "", func(t *Token) { t.time = "20261301000000Z" }, bad},
		{"future", "A time in the future", "", func(t *Token) { t.time = "20600101000000Z" }, good},
		{"embedded-crl", "The token carries a CRL", "", func(t *Token) { t.crls = retag(0xa1, set(crlOf(tsa[1]))) }, good},
		{"accuracy-negative", "A negative accuracy", "", func(t *Token) { t.info.accuracy = accuracy(-1, 0, 0) }, bad},
		{"accuracy-of-2-40", "An accuracy of 2^40 seconds", "", func(t *Token) { t.info.accuracy = accuracy(1<<40, 0, 0) }, bad},
		{"accuracy-of-1000-millis", "An accuracy of 1000 milliseconds in one field", "", func(t *Token) { t.info.accuracy = accuracy(0, 1000, 0) }, bad},
	} {
		both("timestamps", each.name, "Token: "+each.title, each.shows, func(e *Envelope, c *Case) {
			token := newToken(tsa)
			each.edit(token)
			stamped(e, c, token)
			if !each.good {
				c.badToken()
			}
		})
	}
}

func flipLast(signature []byte) []byte {
	out := bytes.Clone(signature)
	out[len(out)-1] ^= 1
	return out
}

// crlOf is a CRL without entries.
func crlOf(issuer *Cert) []byte {
	scheme := usual(issuer.key)
	tbs := seq(integer(1), algorithmIdentifier(scheme), issuer.subject, text(0x17, "260101000000Z"), text(0x18, "20940101000000Z"))
	return seq(tbs, algorithmIdentifier(scheme), bitString(issuer.key.sign(scheme, tbs)))
}

// authorities is about the certificates of the authority.
func authorities() {
	good, bad := true, false
	rsaUnit := func(kind string) []*Cert {
		chain := tsaWorld("tsa", nil, nil, nil)
		spec := leafSpec("tsa unit", kind)
		spec.extensions[extPurposes] = purposes(true, timeStamping)
		return []*Cert{issue(spec, chain[1]), chain[1], chain[2]}
	}
	for _, each := range []struct {
		name, title, shows string
		chain              []*Cert
		good               bool
	}{
		{"unit-purpose-not-critical", "timeStamping that is not critical", "N-461", tsaWorld("tsa", []Change{purpose(false, timeStamping)}, nil, nil), bad},
		{"unit-two-purposes", "timeStamping and codeSigning", "N-462", tsaWorld("tsa", []Change{purpose(true, timeStamping, codeSigning)}, nil, nil), bad},
		{"unit-unknown-purpose", "timeStamping and an unknown purpose", "N-462", tsaWorld("tsa", []Change{purpose(true, timeStamping, oidOfNobody)}, nil, nil), bad},
		{"unit-any-purpose", "anyExtendedKeyUsage", "N-462", tsaWorld("tsa", []Change{purpose(true, "2.5.29.37.0")}, nil, nil), bad},
		{"unit-without-purpose", "No extendedKeyUsage", "N-463", tsaWorld("tsa", []Change{without(extPurposes)}, nil, nil), bad},
		{"unit-key-usage-not-critical", "keyUsage that is not critical", "N-464", tsaWorld("tsa", []Change{usage(false, digitalSignature)}, nil, nil), good},
		{"unit-without-key-usage", "No keyUsage", "N-464", tsaWorld("tsa", []Change{without(extKeyUsage)}, nil, nil), bad},
		{"unit-key-encipherment", "keyEncipherment too", "N-464", tsaWorld("tsa", []Change{usage(true, digitalSignature, keyEncipherment)}, nil, nil), bad},
		{"unit-ca", "A unit with cA TRUE", "N-465", tsaWorld("tsa", []Change{basic(true, true, -1)}, nil, nil), bad},
		{"middle-without-key-usage", "An intermediate without keyUsage", "N-465", tsaWorld("tsa", nil, []Change{without(extKeyUsage)}, nil), bad},
		{"middle-key-usage-not-critical", "An intermediate whose keyUsage is not critical", "N-464", tsaWorld("tsa", nil, []Change{usage(false, keyCertSign)}, nil), good},
		{"middle-without-cert-sign", "An intermediate without keyCertSign", "N-465", tsaWorld("tsa", nil, []Change{usage(true, crlSign)}, nil), bad},
		{"middle-without-basic-constraints", "An intermediate without basicConstraints", "N-465", tsaWorld("tsa", nil, []Change{without(extBasic)}, nil), bad},
		{"root-path-length-0", "A path length of 0 above an intermediate", "N-465", tsaWorld("tsa", nil, nil, []Change{basic(true, true, 0)}), bad},
		{"middle-for-code-signing", "An intermediate for codeSigning only", "N-467", tsaWorld("tsa", nil, []Change{purpose(false, codeSigning)}, nil), bad},
		{"middle-for-time-stamping", "An intermediate for timeStamping", "N-467", tsaWorld("tsa", nil, []Change{purpose(false, timeStamping)}, nil), good},
		{"middle-for-any-purpose", "An intermediate for any purpose", "N-467", tsaWorld("tsa", nil, []Change{purpose(false, "2.5.29.37.0")}, nil), good},
		{"unit-unknown-critical", "An unknown critical extension in the unit", "N-468", tsaWorld("tsa", []Change{with(oidOfNobody, extension(oidOfNobody, true, octets(nil)))}, nil, nil), bad},
		{"middle-unknown-critical", "An unknown critical extension in the intermediate", "N-468", tsaWorld("tsa", nil, []Change{with(oidOfNobody, extension(oidOfNobody, true, octets(nil)))}, nil), bad},
		{"unit-expired-then", "A unit that had expired at the time of the token", "N-466", tsaWorld("tsa", []Change{valid(date(2020), date(2025))}, nil, nil), bad},
		{"root-expired-then", "A root that had expired at the time of the token", "N-466", tsaWorld("tsa", nil, nil, []Change{valid(date(2020), date(2025))}), bad},
		{"unit-not-yet-valid-then", "A unit that was not valid yet", "N-466", tsaWorld("tsa", []Change{valid(date(2027), date(2030))}, nil, nil), bad},
		{"all-expired-since", "An authority that has expired since", "N-466", tsaWorld("tsa", []Change{valid(date(2025), date(2026).Add(time.Hour))}, []Change{valid(date(2025), date(2026).Add(time.Hour))}, []Change{valid(date(2025), date(2026).Add(time.Hour))}), good},
		{"unit-sha1", "A unit's certificate signed with SHA-1", "", tsaWorld("tsa", []Change{signedBy(ecdsaSHA1)}, nil, nil), bad},
		{"unit-rsa-2048", "A unit with an RSA key of 2048 bits", "N-469", rsaUnit("rsa2048"), good},
		{"unit-rsa-1024", "A unit with an RSA key of 1024 bits", "N-469", rsaUnit("rsa1024"), bad},
		{"unit-p224", "A unit with a key on P-224", "N-469", rsaUnit("p224"), bad},
		{"unit-p384", "A unit with a key on P-384", "N-469", rsaUnit("p384"), good},
		{"unit-rsa-2560", "A unit with an RSA key of 2560 bits", "N-469", rsaUnit("rsa2560"), bad},
		{"no-addresses", "Certificates without OCSP and CRL addresses cannot be revoked", "N-477", tsa, good},
	} {
		both("timestamps", "tsa-"+each.name, "Authority: "+each.title, each.shows, func(e *Envelope, c *Case) {
			stamped(e, c, newToken(each.chain))
			c.stores["tsa:clock"] = []any{rootOf(each.chain)}
			if !each.good {
				c.badToken()
			}
		})
	}
	both("timestamps", "tsa-unit-pss", "Authority: a signature of RSASSA-PSS", "", func(e *Envelope, c *Case) {
		token := newToken(rsaUnit("rsa2048"))
		token.signers = []*Signer{{scheme: &pss256}}
		stamped(e, c, token)
	})
	both("timestamps", "tsa-unit-rsa-encryption", "Authority: a signature of rsaEncryption", "", func(e *Envelope, c *Case) {
		token := newToken(rsaUnit("rsa2048"))
		token.signers = []*Signer{{scheme: &pkcs1SHA2, algorithm: seq(oid("1.2.840.113549.1.1.1"), null())}}
		stamped(e, c, token)
	})
}

// ranges is about the time of the token and the validity of the signing chain.
func ranges() {
	for index, name := range []string{"signer", "intermediate", "root"} {
		chain := shortWorld(index)
		for _, each := range []struct {
			name, title, shows, time, policy string
			accuracy                         []byte
			good                             bool
		}{
			{"at-not-before", "The time is the first instant", "N-472", "20260101000000Z", oidOfNobody, nil, true},
			{"before-not-before", "The time is one second early", "N-429", "20251231235959Z", oidOfNobody, nil, false},
			{"at-not-after", "The time is the last instant", "N-473", "20270101000000Z", oidOfNobody, nil, true},
			{"after-not-after", "The time is one second late", "N-430", "20270101000001Z", oidOfNobody, nil, false},
			{"microsecond-early", "The time is a microsecond early", "N-472", "20251231235959.999999Z", oidOfNobody, nil, false},
			{"accuracy-at-not-before", "The time less its accuracy is the first instant", "N-472", "20260101000001Z", oidOfNobody, accuracy(1, 0, 0), true},
			{"accuracy-before-not-before", "The time less its accuracy is a microsecond early", "N-472", "20260101000001Z", oidOfNobody, accuracy(1, 0, 1), false},
			{"accuracy-at-not-after", "The time and its accuracy is the last instant", "N-473", "20261231235959.5Z", oidOfNobody, accuracy(0, 500, 0), true},
			{"accuracy-after-not-after", "The time and its accuracy is a microsecond late", "N-473", "20261231235959.5Z", oidOfNobody, accuracy(0, 500, 1), false},
			{"baseline-at-not-before", "The baseline policy means one second", "N-470", "20260101000001Z", oidBaseline, nil, true},
			{"baseline-before-not-before", "The baseline policy means one second, which is too much", "N-470", "20260101000000.5Z", oidBaseline, nil, false},
			{"no-policy-no-accuracy", "Another policy means no accuracy", "N-470", "20260101000000.5Z", oidOfNobody, nil, true},
		} {
			if index > 0 && len(each.accuracy) == 0 && each.policy == oidBaseline {
				continue
			}
			shows := each.shows
			if index == 2 && !each.good {
				shows += " N-474"
			}
			turn++
			format := formats[turn%2]
			made := envelope(format, chain)
			finished := add("timestamps", "range-"+name+"-"+each.name, "Range, "+name+": "+each.title, split(shows)...)
			token := newToken(tsa)
			token.time, token.info.policy, token.info.accuracy = each.time, each.policy, each.accuracy
			stamped(made, finished, token)
			finished.stores["ca:shop"] = []any{rootOf(chain)}
			finished.now = "2028-06-01T00:00:00Z"
			finished.with(made)
			if !each.good {
				finished.badToken()
			}
		}
	}
}
