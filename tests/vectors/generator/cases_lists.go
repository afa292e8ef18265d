package main

import (
	"encoding/pem"
	"strings"
	"time"
)

// Revocation lists: whose they are, what they are about, what their entries and delta lists mean.

// listRow is one list about the signer.
type listRow struct {
	name, title, shows string
	edit               func(*List)
	status             string
}

func askedByList(rows []listRow) {
	chain := signerNames(listsAt(signerList))
	for _, each := range rows {
		one("revocation", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = chain
			list := listOf(std.intermediate)
			each.edit(list)
			c.answers(signerList, list).is(each.status)
		})
	}
}

// lists: RV-31 to RV-33.
func lists() {
	all := naming([]Change{listsAt(signerList)}, []Change{listsAt(middleList)})
	for _, each := range []struct {
		name, title, shows string
		signer, middle     *List
		status             string
	}{
		{"list-good", "Both are in no list", "N-506", listOf(all[1]), listOf(std.root), "good"},
		{"list-others", "Others are in the lists", "N-506", listOf(all[1], entry(std.intermediate)), listOf(std.root, entry(std.leaf)), "good"},
		{"list-revoked-signer", "The signer is in the list", "N-507", listOf(all[1], entry(std.leaf), entry(all[0])), listOf(std.root), "revoked"},
		{"list-revoked-intermediate", "The intermediate is in the list", "N-508", listOf(all[1]), listOf(std.root, entry(all[1])), "revoked"},
	} {
		both("revocation", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = all
			c.answers(signerList, each.signer).answers(middleList, each.middle).is(each.status)
		})
	}
	skew := 5 * time.Minute
	until := func(when time.Time) func(*List) { return func(l *List) { l.nextUpdate = when } }
	from := func(when time.Time) func(*List) { return func(l *List) { l.thisUpdate = when } }
	extended := func(extensions ...[]byte) func(*List) { return func(l *List) { l.extended(extensions...) } }
	askedByList([]listRow{
		{"list-outdated", "nextUpdate is past", "N-509", until(judged.Add(-time.Second)), "unknown"},
		{"list-last-second", "nextUpdate is now", "N-509", until(judged), "good"},
		{"list-without-next-update", "No nextUpdate", "N-509", until(time.Time{}), "unknown"},
		{"list-this-update-ahead", "thisUpdate is five minutes ahead", "", from(judged.Add(skew)), "good"},
		{"list-this-update-far-ahead", "thisUpdate is five minutes and a second ahead", "", from(judged.Add(skew + time.Second)), "unknown"},
		{"list-other-key", "Signed by another key", "N-510", func(l *List) { l.signer = std.root.key }, "unknown"},
		{"list-bad-signature", "One bit of the signature differs", "N-510", func(l *List) { l.signature = flipLast }, "unknown"},
		{"list-other-issuer", "The issuer's signature under another name", "", func(l *List) { l.name = named("another") }, "unknown"},
		{"list-of-root", "The list of the root", "N-510", func(l *List) { *l = *listOf(std.root) }, "unknown"},
		{"list-sha-1", "Signed with SHA-1", "", func(l *List) { l.scheme = &ecdsaSHA1 }, "unknown"},
		{"list-version-1", "A list of version 1", "", func(l *List) { l.version, l.number = []byte{}, -1 }, "unknown"},
		{"list-without-number", "A list without a number", "", func(l *List) { l.number = -1 }, "good"},
		{"list-extension", "An extension that need not be understood", "N-511", extended(extension(oidOfNobody, false, null())), "good"},
		{"list-critical-extension", "A critical extension", "N-511", extended(extension(oidOfNobody, true, null())), "unknown"},
		{"list-critical-number", "A number that is critical", "N-511", func(l *List) {
			l.numbering = extension(extListNumber, true, integer(5))
		}, "unknown"},
		{"list-is-delta", "A delta list where a whole one is wanted", "", extended(extension(extDelta, true, integer(4))), "unknown"},
	})
	chain := signerNames(listsAt(signerList))
	good := listOf(std.intermediate).build()
	for _, each := range []struct {
		name, title, shows string
		answer             Answer
		status             string
	}{
		{"list-404", "Status 404", "", answer(signerList, 404, "text/plain", []byte("not found")), "unknown"},
		{"list-503", "A good list with status 503", "", answer(signerList, 503, listContentType, good), "unknown"},
		{"list-page", "A page instead of a list", "", answer(signerList, 200, "text/html", []byte("<!DOCTYPE html><title>Sign in</title>")), "unknown"},
		{"list-empty-body", "Status 200 and nothing else", "", answer(signerList, 200, listContentType, []byte{}), "unknown"},
		{"list-pem", "A list in PEM", "", answer(signerList, 200, listContentType, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: good})), "unknown"},
		{"list-other-type", "A good list of another media type", "", answer(signerList, 200, "application/octet-stream", good), "good"},
		{"list-cut", "A list without its last octet", "", answer(signerList, 200, listContentType, good[:len(good)-1]), "unknown"},
	} {
		one("revocation", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = chain
			c.gives(each.answer).is(each.status)
		})
	}
	one("revocation", "list-timeout", "The list does not come in time", "N-519", func(e *Envelope, c *Case) {
		e.chain = chain
		c.breaks(signerList, "timeout").isUnknown()
	})
	one("revocation", "list-without-crl-sign", "The issuer must not sign lists", "N-513", func(e *Envelope, c *Case) {
		e.chain = naming([]Change{listsAt(signerList)}, []Change{usage(true, keyCertSign)})
		c.answers(signerList, listOf(e.chain[1])).isUnknown()
	})
	one("revocation", "list-redirect", "A list that moved", "", func(e *Envelope, c *Case) {
		e.chain = chain
		c.leads(signerList, 301, "http://mirror.example/list").answers("http://mirror.example/list", listOf(std.intermediate))
	})
}

// listScopes: RV-33. What a list is not about, it cannot clear.
func listScopes() {
	askedByList([]listRow{
		{"scope-address", "A scope that is the address", "N-512", func(l *List) { l.extended(scope(nil, signerList)) }, "good"},
		{"scope-two-addresses", "A scope of two addresses, one of them the certificate's", "N-512", func(l *List) {
			l.extended(scope(nil, "ldap://crl.example/x", signerList))
		}, "good"},
		{"scope-other-address", "A scope that is another address: another part of the issuer's lists", "N-512", func(l *List) {
			l.extended(scope(nil, "http://crl.example/other-part.crl"))
		}, "unknown"},
		{"scope-users-signer", "A list about end-entities only, and a signer", "N-512", func(l *List) { l.extended(scope([]byte{onlyUsers}, signerList)) }, "good"},
		{"scope-authorities-signer", "A list about authorities only, and a signer", "N-512", func(l *List) { l.extended(scope([]byte{onlyAuthorities}, signerList)) }, "unknown"},
		{"scope-attributes", "A list about attribute certificates only", "N-512", func(l *List) { l.extended(scope([]byte{onlyAttributes}, signerList)) }, "unknown"},
		{"scope-indirect", "An indirect list", "N-512", func(l *List) { l.extended(scope([]byte{indirect}, signerList)) }, "unknown"},
		{"scope-empty", "An empty scope", "N-512", func(l *List) { l.extended(scope(nil)) }, "good"},
	})
	chain := naming(nil, []Change{listsAt(middleList)})
	for _, each := range []struct {
		name, title string
		flag        byte
		status      string
	}{
		{"scope-users-authority", "A list about end-entities only, and an authority", onlyUsers, "unknown"},
		{"scope-authorities-authority", "A list about authorities only, and an authority", onlyAuthorities, "good"},
	} {
		one("revocation", each.name, each.title, "N-512", func(e *Envelope, c *Case) {
			e.chain = chain
			c.answers(middleList, listOf(std.root).extended(scope([]byte{each.flag}, middleList))).is(each.status)
		})
	}
}

// listEntries: RV-34, RV-37.
func listEntries() {
	signer := signerNames(listsAt(signerList))[0]
	entries := func(entries ...Entry) func(*List) { return func(l *List) { l.entries = entries } }
	held := entry(signer, reason(hold))
	back := entry(signer, reason(removed))
	february, march, april := day(time.February, 1), day(time.March, 1), day(time.April, 1)
	elsewhere := entry(std.leaf, extension(oidOfNobody, true, null()))
	rows := []listRow{
		{"entry-hold", "On hold", "N-520", entries(held), "revoked"},
		{"entry-hold-removed", "On hold, and later removed", "N-520", entries(held.on(february), back.on(march)), "good"},
		{"entry-hold-removed-hold", "On hold, removed, and on hold again", "N-520", entries(held.on(february), back.on(march), held.on(april)), "revoked"},
		{"entry-dates-count", "Removed, and on hold before: dates count, not places", "N-520", entries(back.on(march), held.on(february)), "good"},
		{"entry-dates-count-hold", "On hold, and removed before: dates count, not places", "N-520", entries(held.on(march), back.on(february)), "revoked"},
		{"entry-same-date", "On hold and removed on the same day: the first counts", "N-520", entries(held, back), "revoked"},
		{"entry-removed", "Removed only", "N-521", entries(back), "good"},
		{"entry-removed-revoked", "Removed, and revoked for good", "N-520", entries(back, entry(signer, reason(keyCompromise))), "revoked"},
		{"entry-without-reason", "No reason", "N-507", entries(entry(signer)), "revoked"},
		{"entry-critical-extension", "A critical extension of the entry", "N-522", entries(entry(signer, extension(oidOfNobody, true, null()))), "unknown"},
		{"entry-critical-of-another", "A critical extension of another's entry", "N-522", entries(elsewhere), "good"},
		{"entry-issuer", "The entry of an indirect list", "N-522", entries(entry(signer, extension(extEntryIssuer, true, seq(explicit(4, named("another")))))), "unknown"},
		{"entry-extension", "An extension of the entry that need not be understood", "N-522", entries(entry(signer, extension(oidOfNobody, false, null()))), "revoked"},
	}
	for code, name := range []string{"unspecified", "key-compromise", "ca-compromise", "affiliation-changed", "superseded", "cessation", "", "", "", "privilege-withdrawn", "aa-compromise"} {
		if name != "" {
			rows = append(rows, listRow{"entry-reason-" + name, "The reason " + strings.ReplaceAll(name, "-", " "), "N-507", entries(entry(signer, reason(byte(code)))), "revoked"})
		}
	}
	askedByList(rows)
}

// severalLists: RV-30.
func severalLists() {
	two := signerNames(listsAt(signerList, secondList))
	none, listed := listOf(std.intermediate), listOf(std.intermediate, entry(two[0]))
	for _, each := range []struct {
		name, title, shows string
		first, second      *List // nil: 404
		asksSecond         bool
		status             string
	}{
		{"lists-good", "In neither of two lists", "N-506", none, none, true, "good"},
		{"lists-second-missing", "Not in the first list, and the second is missing", "", none, nil, true, "unknown"},
		{"lists-second-revoked", "In the second list", "N-515", none, listed, true, "revoked"},
		{"lists-first-missing", "The first list is missing: the second is not asked", "", nil, none, false, "unknown"},
		{"lists-first-revoked", "In the first list: the second is not asked", "", listed, none, false, "revoked"},
	} {
		both("revocation", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = two
			for i, list := range []*List{each.first, each.second} {
				address := []string{signerList, secondList}[i]
				if list != nil {
					c.answers(address, list)
				} else {
					c.gives(answer(address, 404, "text/plain", []byte("not found")))
				}
			}
			if !each.asksSecond {
				c.asks(signerList)
			}
			c.is(each.status)
		})
	}
	onePoint := listPoints(seq(point(uri(signerList), uri(secondList))))
	for _, status := range []string{"good", "revoked"} {
		one("revocation", "lists-one-point-"+status, "Two addresses of one distribution point, of which the second is "+status, "", func(e *Envelope, c *Case) {
			e.chain = signerNames(onePoint)
			second := map[string]*List{"good": none, "revoked": listOf(std.intermediate, entry(e.chain[0]))}[status]
			c.answers(signerList, none).answers(secondList, second).is(status)
		})
	}
	// keyCompromise and cACompromise; all others.
	for _, status := range []string{"good", "revoked"} {
		one("revocation", "lists-by-reasons-"+status, "Two lists, each for some reasons: "+status, "N-515", func(e *Envelope, c *Case) {
			e.chain = two
			var entries []Entry
			if status == "revoked" {
				entries = append(entries, entry(two[0], reason(4)))
			}
			c.answers(signerList, listOf(std.intermediate).extended(someReasons(5, 0x60, signerList)))
			c.answers(secondList, listOf(std.intermediate, entries...).extended(someReasons(0, 0x1f, secondList))).is(status)
		})
	}
	for _, each := range []struct {
		name, title, shows string
		change             Change
		answers            bool
		status             string
	}{
		{"list-ldap", "An ldap address only", "", listsAt("ldap://crl.example/cn=intermediate"), false, "unknown"},
		{"list-https", "An https address only", "", listsAt("https://crl.example/intermediate.crl"), false, "unknown"},
		{"list-ftp", "An ftp address only", "", listsAt("ftp://crl.example/intermediate.crl"), false, "unknown"},
		{"list-ldap-first", "An ldap address before one that can be asked", "", listsAt("ldap://crl.example/cn=intermediate", signerList), false, "unknown"},
		{"list-http-first", "An ldap address after one that can be asked", "", listsAt(signerList, "ldap://crl.example/cn=intermediate"), false, "unknown"},
		{"list-upper-case-scheme", "HTTP in upper case", "", listsAt("HTTP://crl.example/intermediate.crl"), true, "good"},
		{"list-directory-name", "A directory name, which is no address", "N-479", listPoints(seq(point(explicit(4, named("x"))))), false, "good"},
		{"list-directory-name-first", "An address after a directory name in one point is not read", "N-479", listPoints(seq(point(explicit(4, named("x")), uri(signerList)))), false, "good"},
		{"list-directory-name-last", "An address before a directory name in one point", "N-507", listPoints(seq(point(uri(signerList), explicit(4, named("x"))))), true, "good"},
		{"list-reasons-only", "A point that names nothing, and one that does", "N-507", listPoints(seq(seq(tlv(0x81, []byte{1, 0x7e})), point(uri(signerList)))), true, "good"},
	} {
		one("revocation", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = signerNames(each.change)
			if each.answers {
				c.answers(signerList, none)
			} else {
				c.answers(signerList, listOf(std.intermediate)).asks()
			}
			c.is(each.status)
		})
	}
}

// deltaLists: RV-35.
func deltaLists() {
	chain := signerNames(listsAt(signerList))
	signer := chain[0]
	base := func(entries ...Entry) *List {
		return listOf(std.intermediate, entries...).extended(freshest(deltaList))
	}
	delta := func(entries ...Entry) *List { return deltaOf(std.intermediate, 6, 5, entries...) }
	edited := func(list *List, edit func(*List)) *List { edit(list); return list }
	for _, each := range []struct {
		name, title, shows string
		base, delta        *List // no delta: 404
		status             string
	}{
		{"delta-good", "In neither list", "N-525", base(), delta(), "good"},
		{"delta-revoked", "In the delta list", "N-525", base(), delta(entry(signer, reason(keyCompromise))), "revoked"},
		{"delta-base-revoked", "In the whole list", "N-525", base(entry(signer)), delta(), "revoked"},
		{"delta-removes", "On hold, and removed by the delta list", "N-525 N-520", base(entry(signer, reason(hold)).on(day(time.February, 1))), delta(entry(signer, reason(removed))), "good"},
		{"delta-removes-revoked", "Revoked for good, and removed by the delta list", "N-525", base(entry(signer, reason(keyCompromise))), delta(entry(signer, reason(removed)).on(day(time.April, 1))), "revoked"},
		{"delta-missing", "The delta list is missing", "N-527", base(), nil, "unknown"},
		{"delta-of-older-base", "A delta list that begins before the whole one", "N-526", base(), deltaOf(std.intermediate, 6, 3), "good"},
		{"delta-of-newer-base", "A delta list for a newer whole one", "N-526", base(), deltaOf(std.intermediate, 7, 6), "unknown"},
		{"delta-same-number", "A delta list with the number of the whole one", "N-526", base(), deltaOf(std.intermediate, 5, 5), "unknown"},
		{"delta-older", "A delta list that is older than the whole one", "N-526", base(), deltaOf(std.intermediate, 4, 3), "unknown"},
		{"delta-without-indicator", "A whole list where a delta list is wanted", "N-526", base(), deltaOf(std.intermediate, 6, -1), "unknown"},
		{"delta-without-number", "A delta list without a number", "", base(), edited(delta(), func(l *List) { l.number = -1 }), "unknown"},
		{"delta-base-without-number", "A delta list, and a whole one without a number", "", edited(base(), func(l *List) { l.number = -1 }), delta(), "unknown"},
		{"delta-outdated", "A delta list whose nextUpdate is past", "N-509", base(), edited(delta(), func(l *List) { l.nextUpdate = judged.Add(-time.Second) }), "unknown"},
		{"delta-bad-signature", "A delta list that is badly signed", "N-510", base(), edited(delta(), func(l *List) { l.signature = flipLast }), "unknown"},
		{"delta-critical-extension", "A critical extension of the delta list", "N-511", base(), delta().extended(extension(oidOfNobody, true, null())), "unknown"},
		{"delta-large-numbers", "Numbers of 17 octets", "N-526", edited(base(), func(l *List) {
			l.numbering = extension(extListNumber, false, tlv(0x02, append([]byte{1}, make([]byte, 16)...)))
		}),
			edited(deltaOf(std.intermediate, 6, 5), func(l *List) {
				l.numbering = extension(extListNumber, false, tlv(0x02, append([]byte{2}, make([]byte, 16)...)))
			}), "good"},
	} {
		one("revocation", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = chain
			c.answers(signerList, each.base)
			if each.delta != nil {
				c.answers(deltaList, each.delta)
			} else {
				c.gives(answer(deltaList, 404, "text/plain", []byte("not found")))
			}
			c.is(each.status)
		})
	}
	const mirror = "http://second.example/intermediate-delta.crl"
	one("revocation", "delta-second-address", "The first address of a delta list is down, the second is not", "N-527", func(e *Envelope, c *Case) {
		e.chain = chain
		c.answers(signerList, listOf(std.intermediate).extended(freshest(deltaList, mirror)))
		c.breaks(deltaList, "refused").answers(mirror, delta())
	})
	one("revocation", "delta-nowhere", "A list that names no address of a delta list", "", func(e *Envelope, c *Case) {
		e.chain = chain
		c.answers(signerList, listOf(std.intermediate).extended(extension(extFreshest, false, seq(point(explicit(4, named("x")))))))
	})
	inCertificate := signerNames(listsAt(signerList), withExtra(freshest(deltaList)))
	one("revocation", "delta-of-certificate", "Only the certificate names a delta list", "N-528", func(e *Envelope, c *Case) {
		e.chain = inCertificate
		c.answers(signerList, listOf(std.intermediate)).answers(deltaList, delta()).asks(signerList).isUnknown()
	})
	one("revocation", "delta-of-both", "The certificate and its list name a delta list", "N-525", func(e *Envelope, c *Case) {
		e.chain = inCertificate
		c.answers(signerList, base()).answers(deltaList, delta())
	})
}
