package main

import (
	"crypto"
	"fmt"
	"time"
)

// OCSP: what a responder says, who signs it, and how it comes.

func responseStatuses() {
	all := naming([]Change{ocspAt(signerOCSP)}, []Change{ocspAt(middleOCSP)})
	good := func(place int) *OCSP { return ocspFor(all, place) }
	for _, each := range []struct {
		name, title, shows string
		signer, middle     *OCSP
		status             string
	}{
		{"ocsp-good", "Both are good", "N-482", good(0), good(1), "good"},
		{"ocsp-revoked-signer", "The signer is revoked", "N-483", good(0).revoked(), good(1), "revoked"},
		{"ocsp-revoked-intermediate", "The intermediate is revoked", "N-484", good(0), good(1).revoked(), "revoked"},
		{"ocsp-unknown-signer", "The responder does not know the signer", "N-485", good(0).unknown(), good(1), "unknown"},
		{"ocsp-unknown-intermediate", "The responder does not know the intermediate", "N-485", good(0), good(1).unknown(), "unknown"},
		{"ocsp-unknown-then-revoked", "The signer is unknown, the intermediate revoked", "N-486", good(0).unknown(), good(1).revoked(), "revoked"},
		{"ocsp-revoked-then-unknown", "The signer is revoked, the intermediate unknown", "N-486", good(0).revoked(), good(1).unknown(), "revoked"},
	} {
		both("revocation", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = all
			c.answers(signerOCSP, each.signer).answers(middleOCSP, each.middle).is(each.status)
		})
	}
	chain := signerNames(ocspAt(signerOCSP), listsAt(signerList))
	listed := listOf(std.intermediate, entry(chain[0], reason(keyCompromise)))
	for _, each := range []struct {
		name, title, shows string
		response           *OCSP // nil: the responder is silent
		list               *List // nil: 404
		asksList           bool
		status             string
	}{
		{"ocsp-good-list-not-asked", "A good answer: the list that revokes is not asked", "N-482", ocspFor(chain, 0), listed, false, "good"},
		{"ocsp-unknown-list-good", "Unknown to the responder, not in the list", "N-487", ocspFor(chain, 0).unknown(), listOf(std.intermediate), true, "good"},
		{"ocsp-unknown-list-revoked", "Unknown to the responder, in the list", "N-487", ocspFor(chain, 0).unknown(), listed, true, "revoked"},
		{"ocsp-unknown-list-missing", "Unknown to the responder, and there is no list", "N-487", ocspFor(chain, 0).unknown(), nil, true, "unknown"},
		{"ocsp-timeout-list-good", "The responder is silent, not in the list", "N-488", nil, listOf(std.intermediate), true, "good"},
		{"ocsp-timeout-list-revoked", "The responder is silent, in the list", "N-488", nil, listed, true, "revoked"},
		{"ocsp-timeout-list-missing", "The responder is silent, and there is no list", "N-488", nil, nil, true, "unknown"},
	} {
		both("revocation", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = chain
			if each.response != nil {
				c.answers(signerOCSP, each.response)
			} else {
				c.breaks(signerOCSP, "timeout")
			}
			if each.list != nil {
				c.answers(signerList, each.list)
			} else {
				c.gives(answer(signerList, 404, "text/plain", []byte("none")))
			}
			if !each.asksList {
				c.asks(signerOCSP)
			}
			c.is(each.status)
		})
	}
	two := signerNames(ocspAt(signerOCSP, secondOCSP))
	bad := ocspFor(two, 0)
	bad.signature = flipLast
	for _, each := range []struct {
		name, title, shows string
		first              *OCSP // nil: it is down
		second             *OCSP
		asksSecond         bool
		status             string
	}{
		{"ocsp-second-good", "The first responder is down, the second good", "N-489", nil, ocspFor(two, 0), true, "good"},
		{"ocsp-second-revoked", "The first responder is down, the second says revoked", "N-489", nil, ocspFor(two, 0).revoked(), true, "revoked"},
		{"ocsp-first-revoked", "The first says revoked: the second is not asked", "N-490", ocspFor(two, 0).revoked(), ocspFor(two, 0), false, "revoked"},
		{"ocsp-first-unknown", "The first does not know: the second is not asked", "", ocspFor(two, 0).unknown(), ocspFor(two, 0), false, "unknown"},
		{"ocsp-first-unusable", "The first answer is badly signed, the second is good", "N-489", bad, ocspFor(two, 0), true, "good"},
	} {
		both("revocation", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = two
			if each.first != nil {
				c.answers(signerOCSP, each.first)
			} else {
				c.breaks(signerOCSP, "refused")
			}
			c.answers(secondOCSP, each.second)
			if !each.asksSecond {
				c.asks(signerOCSP)
			}
			c.is(each.status)
		})
	}
}

// ocspRow is one answer about the signer.
type ocspRow struct {
	name, title, shows string
	edit               func(*OCSP)
	status             string
}

func askedByOCSP(rows []ocspRow) {
	chain := signerNames(ocspAt(signerOCSP))
	for _, each := range rows {
		one("revocation", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = chain
			response := ocspFor(chain, 0)
			each.edit(response)
			c.answers(signerOCSP, response).is(each.status)
		})
	}
}

// responders are those who sign, RV-22 and RV-23.
func responders() {
	responder := responderOf("responder", std.intermediate)
	stranger := issue(leafSpec("stranger", "p256"), nil)
	colleague := issue(leafSpec("colleague", "p256"), std.intermediate)
	namesake := issue(rootSpec("namesake", "p256"), nil, subject(named("shop intermediate")))
	by := func(who *Cert) func(*OCSP) { return func(o *OCSP) { o.by(who) } }
	askedByOCSP([]ocspRow{
		{"responder", "Signed by a responder that the issuer appointed", "N-495", by(responder), "good"},
		{"responder-revoked", "Such a responder says revoked", "N-495", func(o *OCSP) { o.by(responder).revoked() }, "revoked"},
		{"responder-by-key", "Such a responder, named by its key", "N-495", func(o *OCSP) {
			o.by(responder).responder = explicit(2, octets(digest(crypto.SHA1, keyBits(responder.key))))
		}, "good"},
		{"responder-without-nocheck", "A responder whose certificate lacks id-pkix-ocsp-nocheck", "N-498",
			by(issue(CertSpec{subject: named("responder"), key: responder.key, extensions: map[string][]byte{
				extPurposes: purposes(false, ocspSigning), extKeyUsage: keyUsage(true, digitalSignature),
			}}, std.intermediate)), "good"},
		{"responder-without-purpose", "A certificate of the issuer that is for signing code", "N-494", by(colleague), "unknown"},
		{"responder-without-purposes", "A certificate of the issuer without extendedKeyUsage", "N-494", by(responderOf("responder", std.intermediate, without(extPurposes))), "unknown"},
		{"responder-any-purpose", "A responder for any purpose", "N-494", by(responderOf("responder", std.intermediate, purpose(false, anyPurpose))), "unknown"},
		{"responder-two-purposes", "A responder with another purpose too", "N-495", by(responderOf("responder", std.intermediate, purpose(false, codeSigning, ocspSigning))), "good"},
		{"responder-expired", "A responder whose certificate has expired", "", by(responderOf("responder", std.intermediate, valid(date(2024), judged.Add(-time.Second)))), "unknown"},
		{"responder-last-second", "A responder in the last second of its certificate", "", by(responderOf("responder", std.intermediate, valid(date(2024), judged))), "good"},
		{"responder-not-yet-valid", "A responder whose certificate is not valid yet", "", by(responderOf("responder", std.intermediate, valid(judged.Add(time.Second), date(2030)))), "unknown"},
		{"responder-of-root", "A responder that the root appointed", "", by(responderOf("responder", std.root)), "unknown"},
		{"responder-of-namesake", "A responder that an authority of the same name appointed", "", by(responderOf("responder", namesake)), "unknown"},
		{"responder-below-another", "A responder that a code signer appointed", "", func(o *OCSP) {
			below := responderOf("responder", colleague)
			o.signer, o.certificates = below.key, []*Cert{below, colleague}
		}, "unknown"},
		{"responder-not-embedded", "A responder whose certificate is not there", "", func(o *OCSP) { o.signer = responder.key }, "unknown"},
		{"responder-second", "The responder's certificate is the second", "N-496", func(o *OCSP) {
			o.signer, o.certificates = responder.key, []*Cert{colleague, responder}
		}, "good"},
		{"responder-signed-by-another", "A responder's certificate, and another's signature", "N-493", func(o *OCSP) {
			o.signer, o.certificates = colleague.key, []*Cert{responder}
		}, "unknown"},
		{"issuer-embedded", "The issuer signs, and sends its own certificate", "N-496", by(std.intermediate), "good"},
		{"issuer-with-responder", "The issuer signs, and sends a responder's certificate", "N-496", func(o *OCSP) {
			o.signer, o.certificates = std.intermediate.key, []*Cert{responder}
		}, "good"},
		{"stranger", "Signed by a stranger, whose certificate is there", "N-493", by(stranger), "unknown"},
		{"stranger-not-embedded", "Signed by a stranger", "N-493", func(o *OCSP) { o.signer = stranger.key }, "unknown"},
		{"root-signs", "Signed by the root, not by the issuer", "N-493", func(o *OCSP) { o.signer = std.root.key }, "unknown"},
		{"bad-signature", "One bit of the signature differs", "N-493", func(o *OCSP) { o.signature = flipLast }, "unknown"},
		{"bad-signature-revoked", "One bit of the signature differs, and it says revoked", "N-493", func(o *OCSP) {
			o.revoked().signature = flipLast
		}, "unknown"},
		{"responder-id-of-another", "It names another responder than who signed", "", func(o *OCSP) { o.responder = explicit(1, named("another")) }, "good"},
		{"sha-1", "Signed with SHA-1", "", func(o *OCSP) { o.scheme = &ecdsaSHA1 }, "unknown"},
	})
	// Whoever could sign its own status would never be revoked.
	chain := signerNames(ocspAt(signerOCSP))
	both("revocation", "signed-by-the-signer", "The signer itself says that it is good", "N-494", func(e *Envelope, c *Case) {
		e.chain = chain
		c.answers(signerOCSP, ocspFor(chain, 0).by(chain[0])).isUnknown()
	})
}

// responseForms are the fields of a response, RV-22 and RV-23.
func responseForms() {
	skew := 5 * time.Minute
	until := func(when time.Time) func(*OCSP) { return func(o *OCSP) { o.nextUpdate = when } }
	from := func(when time.Time) func(*OCSP) { return func(o *OCSP) { o.thisUpdate = when } }
	extended := func(extensions ...[]byte) func(*OCSP) {
		return func(o *OCSP) { o.extensions = append(o.extensions, extensions...) }
	}
	another := ocspFor(signerNames(ocspAt(signerOCSP)), 0)
	another.serial = otherSerial()
	other := another.revoked().single()
	askedByOCSP([]ocspRow{
		{"ocsp-outdated", "nextUpdate is past", "N-492", until(judged.Add(-time.Second)), "unknown"},
		{"ocsp-last-second", "nextUpdate is now", "N-492", until(judged), "good"},
		{"ocsp-without-next-update", "No nextUpdate", "N-492", until(time.Time{}), "unknown"},
		{"ocsp-outdated-revoked", "nextUpdate is past, and it says revoked", "N-492", func(o *OCSP) { o.revoked().nextUpdate = judged.Add(-time.Second) }, "unknown"},
		{"ocsp-this-update-ahead", "thisUpdate is five minutes ahead", "", from(judged.Add(skew)), "good"},
		{"ocsp-this-update-far-ahead", "thisUpdate is five minutes and a second ahead", "", from(judged.Add(skew + time.Second)), "unknown"},
		{"ocsp-other-serial", "It is about another serial number", "", func(o *OCSP) { o.serial = otherSerial() }, "unknown"},
		{"ocsp-other-issuer-name", "It is about a certificate of an issuer of another name", "", func(o *OCSP) { o.issuerName = named("another") }, "unknown"},
		{"ocsp-other-issuer-key", "It is about a certificate of an issuer with another key", "", func(o *OCSP) { o.issuerKey = std.root.key }, "unknown"},
		{"ocsp-about-several", "The first status is another certificate's", "", func(o *OCSP) { o.before = [][]byte{other} }, "good"},
		{"ocsp-sha-256-names", "Its certificate is named with SHA-256", "", func(o *OCSP) { o.hash = crypto.SHA256 }, "good"},
		{"ocsp-sha-512-names", "Its certificate is named with SHA-512", "", func(o *OCSP) { o.hash = crypto.SHA512 }, "good"},
		{"ocsp-md5-names", "Its certificate is named with MD5", "", func(o *OCSP) { o.hashOID = oidMD5 }, "unknown"},
		{"ocsp-about-it-twice", "Two statuses, good both, of which one names the certificate with SHA-256", "", func(o *OCSP) {
			o.before = [][]byte{o.single()}
			o.hash = crypto.SHA256
		}, "good"},
		{"ocsp-about-it-twice-revoked", "Two statuses, revoked both, of which one names the certificate with SHA-256", "", func(o *OCSP) {
			o.before = [][]byte{o.revoked().single()}
			o.hash = crypto.SHA256
		}, "revoked"},
		{"ocsp-nonce", "A nonce that nobody asked for", "", func(o *OCSP) {
			o.all = [][]byte{extension(oidNonce, false, octets([]byte("12345678")))}
		}, "good"},
		{"ocsp-extension", "An extension that need not be understood", "N-497", extended(extension(oidOfNobody, false, null())), "good"},
		{"ocsp-critical-extension", "A critical extension", "N-497", extended(extension(oidOfNobody, true, null())), "unknown"},
		{"ocsp-malformed-request", "malformedRequest", "N-500", func(o *OCSP) { o.result = 1 }, "unknown"},
		{"ocsp-internal-error", "internalError", "N-500", func(o *OCSP) { o.result = 2 }, "unknown"},
		{"ocsp-try-later", "tryLater", "N-500", func(o *OCSP) { o.result = 3 }, "unknown"},
		{"ocsp-sig-required", "sigRequired", "N-500", func(o *OCSP) { o.result = 5 }, "unknown"},
		{"ocsp-unauthorized", "unauthorized", "N-500", func(o *OCSP) { o.result = 6 }, "unknown"},
		{"ocsp-not-basic", "A response of another type", "", func(o *OCSP) { o.contentType = oidOfNobody }, "unknown"},
		{"ocsp-trailing-octet", "An octet after the response", "", func(o *OCSP) { o.after = []byte{0} }, "unknown"},
	})
}

// exchanges are HTTP: section 10.2, RV-10, RV-21.
func exchanges() {
	chain := signerNames(ocspAt(signerOCSP))
	good := func() []byte { return ocspFor(chain, 0).build() }
	for _, each := range []struct {
		name, title, shows string
		answer             Answer
		status             string
	}{
		{"http-500", "A good response with status 500", "N-499", answer(signerOCSP, 500, ocspContentType, good()), "unknown"},
		{"http-404", "Status 404", "N-499", answer(signerOCSP, 404, "text/plain", []byte("not found")), "unknown"},
		{"http-203", "A good response with status 203", "N-499", answer(signerOCSP, 203, ocspContentType, good()), "unknown"},
		{"http-empty", "Status 200 and nothing else", "N-499", answer(signerOCSP, 200, ocspContentType, []byte{}), "unknown"},
		{"http-page", "A page instead of a response", "N-499", answer(signerOCSP, 200, "text/html", []byte("<!DOCTYPE html><title>Sign in</title>")), "unknown"},
		{"http-other-type", "A good response of another media type", "", answer(signerOCSP, 200, "text/plain", good()), "good"},
		{"http-cut", "Half of a good response", "N-499", answer(signerOCSP, 200, ocspContentType, good()[:len(good())/2]), "unknown"},
		{"http-largest", "A good response of 20480 octets", "N-499", answer(signerOCSP, 200, ocspContentType, ocspFor(chain, 0).sized(20480)), "good"},
		{"http-too-large", "A good response of 20481 octets", "N-499", answer(signerOCSP, 200, ocspContentType, ocspFor(chain, 0).sized(20481)), "unknown"},
	} {
		one("revocation", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = chain
			c.gives(each.answer).is(each.status)
		})
	}
	for _, each := range []struct{ name, title, how string }{
		{"ocsp-timeout", "The only responder is silent", "timeout"}, {"ocsp-refused", "The only responder is down", "refused"},
	} {
		one("revocation", each.name, each.title, "N-488", func(e *Envelope, c *Case) {
			e.chain = chain
			c.breaks(signerOCSP, each.how).isUnknown()
		})
	}
	// Redirects, three of them at most.
	hops := []string{signerOCSP}
	for i := 1; i <= 4; i++ {
		hops = append(hops, fmt.Sprintf("http://mirror.example/%d", i))
	}
	for _, count := range []int{3, 4} {
		one("revocation", fmt.Sprintf("redirects-%d", count), fmt.Sprintf("%d redirects, then a good response", count), "", func(e *Envelope, c *Case) {
			e.chain = chain
			for i := range count {
				c.leads(hops[i], 302, hops[i+1])
			}
			c.answers(hops[count], ocspFor(chain, 0))
			if count > 3 {
				c.asks(hops[:4]...).isUnknown()
			}
		})
	}
	one("revocation", "redirect-to-https", "A redirect to https", "", func(e *Envelope, c *Case) {
		e.chain = chain
		c.leads(signerOCSP, 307, "https://mirror.example/signer").answers("https://mirror.example/signer", ocspFor(chain, 0))
	})
	one("revocation", "redirect-to-file", "A redirect to a file", "", func(e *Envelope, c *Case) {
		e.chain = chain
		c.leads(signerOCSP, 302, "file:///signer").isUnknown()
	})
	// Addresses.
	for _, each := range []struct {
		name, title, shows string
		addresses          []string
		answers            string // who gives a good response
		status             string
	}{
		{"ocsp-https", "An https address is not asked", "N-491", []string{"https://ocsp.example/signer"}, "", "unknown"},
		{"ocsp-https-then-http", "An https address, then one that can be asked", "N-491", []string{"https://ocsp.example/signer", signerOCSP}, signerOCSP, "good"},
		{"ocsp-ldap", "An ldap address is not asked", "N-491", []string{"ldap://ocsp.example/signer"}, "", "unknown"},
		{"ocsp-upper-case-scheme", "HTTP in upper case", "", []string{"HTTP://ocsp.example/signer"}, signerOCSP, "good"},
		{"ocsp-slash", "An address that ends in a slash", "", []string{"http://ocsp.example/"}, "http://ocsp.example/", "good"},
		{"ocsp-port", "An address with a port", "", []string{"http://ocsp.example:8080/a/b"}, "http://ocsp.example:8080/a/b", "good"},
	} {
		named := signerNames(ocspAt(each.addresses...))
		one("revocation", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = named
			if each.answers != "" {
				c.answers(each.answers, ocspFor(named, 0))
			}
			c.is(each.status)
		})
	}
}
