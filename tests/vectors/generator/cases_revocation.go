package main

import (
	"fmt"
	"strings"
	"time"
)

// Revocation: whom a certificate names, what they answer, and what that means.

const (
	// Of the signer's status.
	signerOCSP = "http://ocsp.example/signer"
	secondOCSP = "http://second.example/signer"
	signerList = "http://crl.example/intermediate.crl"
	secondList = "http://second.example/intermediate.crl"
	deltaList  = "http://crl.example/intermediate-delta.crl"
	// Of the intermediate authority's.
	middleOCSP = "http://ocsp.example/intermediate"
	middleList = "http://crl.example/root.crl"
)

func revocationCases() {
	responseStatuses()
	responders()
	responseForms()
	exchanges()
	invalidityDates()
	lists()
	listScopes()
	listEntries()
	severalLists()
	deltaLists()
	chainsAsked()
	revocationLevels()
	authoritiesAsked()
}

// naming is the usual chain, in which certificates name their servers.
func naming(signer, middle []Change) []*Cert {
	between := issue(rootSpec("shop intermediate", "p256"), std.root, middle...)
	return []*Cert{issue(leafSpec("shop signer", "p256"), between, signer...), between, std.root}
}

// signerNames is the chain in which the signer alone names servers.
func signerNames(changes ...Change) []*Cert { return naming(changes, nil) }

// is says what comes of the signing chain: "good", "revoked" or "unknown".
func (c *Case) is(status string) {
	switch status {
	case "revoked":
		c.isRevoked()
	case "unknown":
		c.isUnknown()
	case "good":
	default:
		panic(status)
	}
}

// byAuthority signs under the scheme that brings an authentic time: 2026-01-01.
func byAuthority(e *Envelope, c *Case) {
	e.signing = saScheme
	c.authority()
}

// invalidityDates: RV-6, RV-24, RV-34. The authentic signing time is 2026-01-01.
func invalidityDates() {
	later, same, earlier := invalidSince(signed.Add(time.Second)), invalidSince(signed), invalidSince(signed.Add(-time.Second))
	utcTime := extension(extInvalidity, false, text(0x17, "260201000000Z"))
	trailing := extension(extInvalidity, false, append(exactTime(day(time.February, 1)), 0))
	broken := extension(extInvalidity, false, generalizedTime("2026-02-01"))
	critical := extension(extInvalidity, true, exactTime(day(time.February, 1)))
	for _, each := range []struct {
		name, title, shows string
		extension          []byte
		authority          bool
		ocsp, list         string // what comes of it
	}{
		{"after", "Invalid since after the authentic signing time", "N-501 N-523", later, true, "good", "good"},
		{"same", "Invalid since the authentic signing time", "N-502 N-523", same, true, "revoked", "revoked"},
		{"before", "Invalid since before the authentic signing time", "N-502 N-523", earlier, true, "revoked", "revoked"},
		{"none", "Revoked, with an authentic signing time", "N-504 N-523", nil, true, "revoked", "revoked"},
		{"not-authentic", "Invalid since after a signing time that nobody vouches for", "N-503 N-523", later, false, "revoked", "revoked"},
	} {
		for _, method := range []string{"ocsp", "list"} {
			one("revocation", "invalidity-"+method+"-"+each.name, each.title+", by "+method, each.shows, func(e *Envelope, c *Case) {
				invalidityCase(e, c, method, each.extension, each.authority)
				c.is(map[string]string{"ocsp": each.ocsp, "list": each.list}[method])
			})
		}
	}
	for _, each := range []struct {
		name, title string
		extension   []byte
		ocsp, list  string
	}{
		{"utc-time", "An invalidity date that is a UTCTime", utcTime, "revoked", "unknown"},
		{"trailing", "An octet after the invalidity date", trailing, "revoked", "unknown"},
		{"broken", "An invalidity date that is none", broken, "revoked", "unknown"},
		{"critical", "A critical invalidity date after the signing time", critical, "unknown", "good"},
	} {
		for _, method := range []string{"ocsp", "list"} {
			shows := map[string]string{"ocsp": "", "list": "N-524"}[method]
			if each.name == "critical" {
				shows = map[string]string{"ocsp": "N-497", "list": "N-523"}[method]
			}
			one("revocation", "invalidity-"+method+"-"+each.name, each.title+", by "+method, shows, func(e *Envelope, c *Case) {
				invalidityCase(e, c, method, each.extension, true)
				c.is(map[string]string{"ocsp": each.ocsp, "list": each.list}[method])
			})
		}
	}
	both("revocation", "invalidity-timestamped", "Invalid since after the time of a token, which does not count", "N-503", func(e *Envelope, c *Case) {
		invalidityCase(e, c, "ocsp", later, false)
		stamped(e, c, newToken(tsa))
		c.isRevoked()
	})
}

func invalidityCase(e *Envelope, c *Case, method string, extension []byte, authority bool) {
	if authority {
		byAuthority(e, c)
	}
	var extensions [][]byte
	if extension != nil {
		extensions = append(extensions, extension)
	}
	if method == "ocsp" {
		e.chain = signerNames(ocspAt(signerOCSP))
		c.answers(signerOCSP, ocspFor(e.chain, 0).revoked(extensions...))
		return
	}
	e.chain = signerNames(listsAt(signerList))
	c.answers(signerList, listOf(std.intermediate, entry(e.chain[0], append(extensions, reason(keyCompromise))...)))
}

// chainsAsked: RV-1, RV-2, RV-5.
func chainsAsked() {
	revokedRoot := func(root *Cert) *List { return listOf(root, entry(root)) }
	both("revocation", "root-not-asked", "A root that names servers, which say that it is revoked", "N-481", func(e *Envelope, c *Case) {
		root := issue(rootSpec("shop root", "p256"), nil, ocspAt("http://ocsp.example/root"), listsAt(middleList))
		middle := issue(rootSpec("shop intermediate", "p256"), root)
		e.chain = []*Cert{issue(leafSpec("shop signer", "p256"), middle), middle, root}
		c.stores = map[string][]any{"ca:shop": {root}}
		c.answers("http://ocsp.example/root", ocspFor([]*Cert{root, root}, 0).revoked()).answers(middleList, revokedRoot(root)).asks()
	})
	one("revocation", "alone-not-asked", "A certificate that signed itself is not asked about", "N-480", func(e *Envelope, c *Case) {
		alone := selfSigned("lonely signer", "p256", ocspAt(signerOCSP))
		e.chain = []*Cert{alone}
		c.stores = map[string][]any{"ca:shop": {alone}}
		c.answers(signerOCSP, ocspFor([]*Cert{alone, alone}, 0).revoked()).asks()
	})
	one("revocation", "only-issuers", "An authorityInfoAccess that names issuers only", "N-479", func(e *Envelope, c *Case) {
		e.chain = signerNames(with(extAIA, extension(extAIA, false, seq(seq(oid(oidIssuers), uri(signerOCSP))))))
		c.answers(signerOCSP, ocspFor(e.chain, 0).revoked()).asks()
	})
	for _, status := range []string{"good", "revoked"} {
		one("revocation", "only-intermediate-"+status, "Only the intermediate names a server: "+status, "N-484", func(e *Envelope, c *Case) {
			e.chain = naming(nil, []Change{ocspAt(middleOCSP)})
			response := ocspFor(e.chain, 1)
			if status == "revoked" {
				response.revoked()
			}
			c.answers(middleOCSP, response).is(status)
		})
	}
	one("revocation", "ocsp-and-list", "The signer by OCSP, the intermediate by a list that has it", "N-508", func(e *Envelope, c *Case) {
		e.chain = naming([]Change{ocspAt(signerOCSP)}, []Change{listsAt(middleList)})
		c.answers(signerOCSP, ocspFor(e.chain, 0)).answers(middleList, listOf(std.root, entry(e.chain[1]))).isRevoked()
	})
	// Five certificates, of which all authorities but the root name a responder.
	long := longChain(4, func(place int) []Change {
		if place == 4 {
			return nil
		}
		return []Change{ocspAt(fmt.Sprintf("http://ocsp.example/%d", place))}
	})()
	for _, revoked := range []int{0, 2, 3} {
		name := map[int]string{0: "good", 2: "third", 3: "fourth"}[revoked]
		one("revocation", "long-chain-"+name, "A chain of five, of which is revoked: "+strings.Replace(name, "good", "none", 1), "N-484", func(e *Envelope, c *Case) {
			e.chain = long
			c.stores = map[string][]any{"ca:shop": {rootOf(long)}}
			for place := 1; place <= 3; place++ {
				response := ocspFor(long, place)
				if place == revoked {
					response.revoked()
				}
				c.answers(fmt.Sprintf("http://ocsp.example/%d", place), response)
			}
			if revoked > 0 {
				c.isRevoked()
			}
		})
	}
	rsa := chainOfTwo("revocable", "rsa2048", "rsa3072")
	rsa[0] = issue(leafSpec("revocable signer", "rsa2048"), rsa[1], ocspAt(signerOCSP), listsAt(middleList))
	one("revocation", "rsa", "An issuer whose key is RSA", "N-482", func(e *Envelope, c *Case) {
		e.chain = rsa
		c.stores = map[string][]any{"ca:shop": {rsa[1]}}
		c.answers(signerOCSP, ocspFor(rsa, 0))
	})
	one("revocation", "rsa-list", "An issuer whose key is RSA: a list signed with PSS", "N-507", func(e *Envelope, c *Case) {
		e.chain = rsa
		c.stores = map[string][]any{"ca:shop": {rsa[1]}}
		list := listOf(rsa[1], entry(rsa[0]))
		list.scheme = &pss256
		c.answers(signerOCSP, ocspFor(rsa, 0).unknown()).answers(middleList, list).isRevoked()
	})
}

// revocationLevels: RV-4, VE-13, section 7.6.
func revocationLevels() {
	chain := signerNames(ocspAt(signerOCSP))
	for _, each := range []struct {
		name, level, action string // the action overrides, if there is one
		status              string
	}{
		{"strict-log-revoked", "strict", "log", "revoked"},
		{"strict-log-unknown", "strict", "log", "unknown"},
		{"strict-enforce-good", "strict", "enforce", "good"},
		{"permissive-good", "permissive", "", "good"},
		{"permissive-revoked", "permissive", "", "revoked"},
		{"permissive-unknown", "permissive", "", "unknown"},
		{"permissive-enforce-revoked", "permissive", "enforce", "revoked"},
		{"permissive-enforce-unknown", "permissive", "enforce", "unknown"},
		{"audit-revoked", "audit", "", "revoked"},
		{"audit-unknown", "audit", "", "unknown"},
		{"audit-enforce-revoked", "audit", "enforce", "revoked"},
		{"strict-skip", "strict", "skip", "revoked"},
		{"permissive-skip", "permissive", "skip", "revoked"},
		{"audit-skip", "audit", "skip", "unknown"},
	} {
		shows := map[string]string{"log": "N-532", "enforce": "N-533", "skip": "N-531", "": "N-532"}[each.action]
		one("revocation", "level-"+each.name, "Level "+strings.ReplaceAll(each.name, "-", ", "), shows, func(e *Envelope, c *Case) {
			e.chain = chain
			c.policy.level = each.level
			if each.action != "" {
				c.policy.override = map[string]string{"revocation": each.action}
			}
			response := ocspFor(chain, 0)
			switch each.status {
			case "revoked":
				response.revoked()
			case "unknown":
				response.unknown()
			}
			c.answers(signerOCSP, response)
			switch action := c.policy.action("revocation"); {
			case action == "skip":
				c.asks()
			case action == "enforce":
				c.is(each.status)
			case each.status != "good":
				c.logs("revocation")
			}
		})
	}
	one("revocation", "level-skip", "Level skip: nobody is asked", "N-412", func(e *Envelope, c *Case) {
		e.chain = chain
		c.policy = Policy{scopes: c.policy.scopes, level: "skip"}
		c.answers(signerOCSP, ocspFor(chain, 0).revoked()).asks().fails("skip", "skipped")
	})
	both("revocation", "audit-everything", "Untrusted, expired and revoked at level audit", "N-398 N-539", func(e *Envelope, c *Case) {
		e.chain, e.expiry = chain, day(time.February, 1)
		c.stores = map[string][]any{"ca:shop": {other.root}}
		c.policy.level = "audit"
		c.answers(signerOCSP, ocspFor(chain, 0).revoked()).asks().ofStranger().logs("expiry")
	})
	one("revocation", "untrusted-not-asked", "Nobody is asked about a chain that is not trusted", "N-318", func(e *Envelope, c *Case) {
		e.chain = chain
		c.stores = map[string][]any{"ca:shop": {other.root}}
		c.answers(signerOCSP, ocspFor(chain, 0)).asks().fails("authenticity", "untrusted-signer")
	})
	both("revocation", "stranger-tampered-not-asked", "A stranger's signature that was tampered with and names a plugin: nobody is asked", "N-536", func(e *Envelope, c *Case) {
		e.chain = chain
		e.attributes = []Attribute{{prefix + "verificationPlugin", "com.example.plugin", true}}
		e.signature = func(signature []byte) []byte { signature[0] ^= 1; return signature }
		c.stores = map[string][]any{"ca:shop": {other.root}}
		c.answers(signerOCSP, ocspFor(chain, 0)).asks().fails("authenticity", "untrusted-signer")
	})
	one("revocation", "other-target-logged", "Revoked, which is logged, and signed for another image", "N-399", func(e *Envelope, c *Case) {
		e.chain = chain
		e.payload = payloadOf(Subject{subjectOfAll.MediaType, "sha256:" + strings.Repeat("5b", 32), 517}, nil)
		c.policy.level = "permissive"
		c.answers(signerOCSP, ocspFor(chain, 0).revoked()).logs("revocation").fails("target", "signature-invalid")
	})
}

// authoritiesAsked: TS-50, section 9: the chain of a timestamp authority, whatever the level says of revocation.
func authoritiesAsked() {
	const unitOCSP, unitList, upperOCSP = "http://ocsp.example/unit", "http://crl.example/tsa-intermediate.crl", "http://ocsp.example/tsa-intermediate"
	byOCSP := tsaWorld("tsa", []Change{ocspAt(unitOCSP)}, []Change{ocspAt(upperOCSP)}, nil)
	byList := tsaWorld("tsa", []Change{listsAt(unitList)}, nil, nil)
	good := func(place int) *OCSP { return ocspFor(byOCSP, place) }
	fails := func(c *Case, status string) {
		if status != "good" {
			c.fails("authenticTimestamp", map[string]string{"revoked": "revoked", "unknown": "revocation-unknown"}[status])
		}
	}
	for _, each := range []struct {
		name, title string
		unit, upper *OCSP
		status      string
	}{
		{"good", "The authority's certificates are good", good(0), good(1), "good"},
		{"revoked", "The authority's certificate is revoked", good(0).revoked(), good(1), "revoked"},
		{"revoked-intermediate", "The certificate above the authority's is revoked", good(0), good(1).revoked(), "revoked"},
		{"unknown", "The responder does not know the authority's certificate", good(0).unknown(), good(1), "unknown"},
		{"invalidity", "The authority's certificate is invalid since after the token", good(0).revoked(invalidSince(day(time.February, 1))), good(1), "revoked"},
	} {
		one("revocation", "tsa-"+each.name, each.title, "", func(e *Envelope, c *Case) {
			stamped(e, c, newToken(byOCSP))
			c.answers(unitOCSP, each.unit).answers(upperOCSP, each.upper)
			fails(c, each.status)
		})
	}
	both("revocation", "tsa-revocation-skip", "Skipped revocation: the authority is asked about, the signer is not", "", func(e *Envelope, c *Case) {
		e.chain = signerNames(ocspAt(signerOCSP))
		stamped(e, c, newToken(byOCSP))
		c.policy.override = map[string]string{"revocation": "skip"}
		c.answers(unitOCSP, good(0).revoked()).answers(upperOCSP, good(1)).answers(signerOCSP, ocspFor(e.chain, 0))
		c.asks(unitOCSP, upperOCSP)
		fails(c, "revoked")
	})
	one("revocation", "tsa-permissive", "An authority that is revoked, at level permissive", "", func(e *Envelope, c *Case) {
		e.chain = signerNames(ocspAt(signerOCSP))
		stamped(e, c, newToken(byOCSP))
		c.policy.level = "permissive"
		c.answers(unitOCSP, good(0).revoked()).answers(upperOCSP, good(1)).answers(signerOCSP, ocspFor(e.chain, 0))
		c.logs("authenticTimestamp")
	})
	for _, status := range []string{"good", "revoked", "unknown"} {
		one("revocation", "tsa-list-"+status, "The authority's certificate by a list: "+status, "", func(e *Envelope, c *Case) {
			stamped(e, c, newToken(byList))
			switch status {
			case "good":
				c.answers(unitList, listOf(byList[1]))
			case "revoked":
				c.answers(unitList, listOf(byList[1], entry(byList[0])))
			case "unknown":
				c.breaks(unitList, "refused")
			}
			fails(c, status)
		})
	}
	one("revocation", "tsa-not-needed", "No token is needed: the authority is not asked about", "N-421", func(e *Envelope, c *Case) {
		stamped(e, c, newToken(byOCSP))
		c.policy.verifyTimestamp = "afterCertExpiry"
		c.answers(unitOCSP, good(0).revoked()).answers(upperOCSP, good(1)).asks()
	})
	both("revocation", "tsa-and-signer", "The authority is good, the signer revoked", "N-483", func(e *Envelope, c *Case) {
		e.chain = signerNames(ocspAt(signerOCSP))
		stamped(e, c, newToken(byOCSP))
		c.answers(unitOCSP, good(0)).answers(upperOCSP, good(1)).answers(signerOCSP, ocspFor(e.chain, 0).revoked()).isRevoked()
	})
}
