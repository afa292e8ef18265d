package main

import (
	"strings"
)

// Trust stores, trust policy documents and trusted identities. The envelope is a good one, of either format in turn.

var turn int

// one adds a case for one format.
func one(topic, name, title, shows string, edit func(*Envelope, *Case)) {
	turn++
	made := envelope(formats[turn%2], std.chain())
	finished := add(topic, name, title, split(shows)...)
	edit(made, finished)
	finished.with(made)
}

func storeCases() {
	der := func(certificates ...*Cert) []byte {
		var out []byte
		for _, each := range certificates {
			out = append(out, each.der...)
		}
		return out
	}
	bad := func(c *Case) { c.fails("authenticity", "untrusted-signer") }
	for _, each := range []struct {
		name, title, shows string
		files              []any
		good               bool
	}{
		{"pem", "The root as PEM", "N-291 N-313", []any{file{name: "root.pem", text: std.root.pem()}}, true},
		{"der", "The root as DER", "N-292", []any{file{name: "root.der", raw: der(std.root)}}, true},
		{"several-pem", "Several certificates in one PEM file", "N-292", []any{file{name: "all.pem", text: other.root.pem() + std.root.pem()}}, true},
		{"several-der", "Several certificates in one DER file", "N-292", []any{file{name: "all.der", raw: der(other.root, std.root)}}, true},
		{"several-files", "PEM and DER side by side", "N-292", []any{other.root, file{name: "x.der", raw: der(std.root)}}, true},
		{"extension-txt", "A file named .txt", "N-293", []any{file{name: "root.txt", text: std.root.pem()}}, true},
		{"text-around-pem", "Text around the PEM block", "N-294", []any{file{name: "root.pem", text: "the root\n" + std.root.pem() + "and no more\n"}}, true},
		{"private-key", "A PEM block that is a private key", "N-295", []any{file{name: "key.pem", text: std.root.pem() + strings.ReplaceAll("-----BEGIN PRIVATE KEY-----\nAQIDBA==\n-----END PRIVATE KEY-----\n", "\r", "")}}, false},
		{"other-label", "A certificate under another label", "", []any{file{name: "root.pem", text: strings.ReplaceAll(std.root.pem(), "CERTIFICATE", "X509 CERTIFICATE")}}, true},
		{"neither", "A file that is neither PEM nor DER", "N-296", []any{std.root, file{name: "readme", text: "no certificate\n"}}, false},
		{"empty-file", "An empty file", "N-297", []any{std.root, file{name: "empty", text: ""}}, false},
		{"trailing-octet", "An octet after the DER", "N-296", []any{file{name: "root.der", raw: append(der(std.root), 0)}}, false},
		{"bad-block", "A PEM block whose base64 is broken", "", []any{file{name: "two.pem", text: std.root.pem() + "-----BEGIN CERTIFICATE-----\n****\n-----END CERTIFICATE-----\n"}}, false},
		{"leaf-of-another", "A leaf that another certificate issued", "N-298", []any{std.root, std.leaf}, false},
		{"intermediate", "The intermediate only", "N-300 N-314", []any{std.intermediate}, true},
		{"other-root", "Another root only", "N-318", []any{other.root}, false},
		{"both-roots", "Two roots", "N-310", []any{other.root, std.root}, true},
		{"same-key-other-certificate", "Another certificate with the root's name and key", "N-316", []any{changedRoot(func(s *CertSpec) { s.serial = integer(5) })()[2]}, false},
	} {
		one("stores", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			c.stores["ca:shop"] = each.files
			if !each.good {
				bad(c)
			}
		})
	}
	alone := selfSigned("alone", "p256")
	one("stores", "self-signed-signer", "A self-signed signing certificate", "N-299 N-315", func(e *Envelope, c *Case) {
		e.chain = []*Cert{alone}
		c.stores["ca:shop"] = []any{alone}
	})
	one("stores", "expired-root", "An expired root loads; the chain is not valid now", "N-301", func(e *Envelope, c *Case) {
		e.chain = changedRoot(valid(date(2020), date(2025)))()
		c.stores["ca:shop"] = []any{rootOf(e.chain)}
		c.policy.override = map[string]string{"authenticTimestamp": "log"}
		c.logs("authenticTimestamp")
	})
	one("stores", "missing", "The store is not there", "N-302", func(e *Envelope, c *Case) { c.stores = map[string][]any{}; bad(c) })
	one("stores", "missing-audit", "The store is not there; level audit", "N-302", func(e *Envelope, c *Case) {
		c.stores = map[string][]any{}
		c.policy.level = "audit"
		c.ofStranger()
	})
	one("stores", "empty", "The store has no file", "N-306", func(e *Envelope, c *Case) { c.stores["ca:shop"] = nil; bad(c) })
	one("stores", "second-missing", "The first store matches, the second is not there", "N-309", func(e *Envelope, c *Case) {
		c.policy.stores = []string{"ca:shop", "ca:absent"}
		bad(c)
	})
	one("stores", "second-broken", "The first store matches, the second is broken", "N-309", func(e *Envelope, c *Case) {
		c.policy.stores = []string{"ca:shop", "ca:broken"}
		c.stores["ca:broken"] = []any{file{name: "x", text: "x"}}
		bad(c)
	})
	one("stores", "second-matches", "Only the second store matches", "N-310", func(e *Envelope, c *Case) {
		c.policy.stores = []string{"ca:other", "ca:shop"}
		c.stores["ca:other"] = []any{other.root}
	})
	one("stores", "listed-twice", "The same store twice", "N-311", func(e *Envelope, c *Case) { c.policy.stores = []string{"ca:shop", "ca:shop"} })
	one("stores", "other-type-missing", "A signingAuthority store that is not there does not matter", "N-312", func(e *Envelope, c *Case) {
		c.policy.stores = []string{"ca:shop", "signingAuthority:absent"}
	})
	one("stores", "same-name-other-type", "A store of the same name and another type", "N-240", func(e *Envelope, c *Case) {
		c.policy.stores = []string{"signingAuthority:shop"}
		c.stores["signingAuthority:shop"] = []any{std.root}
		bad(c)
	})
	one("stores", "only-tsa", "Only tsa stores: nothing can be authentic", "N-340", func(e *Envelope, c *Case) {
		c.policy.stores = []string{"tsa:shop"}
		c.stores["tsa:shop"] = []any{std.root}
		bad(c)
	})
	for _, level := range []string{"strict", "audit"} {
		both("stores", "stranger-tampered-"+level, "A stranger's signature that was tampered with, level "+level, "N-536", func(e *Envelope, c *Case) {
			e.chain = other.chain()
			e.signature = func(signature []byte) []byte { signature[0] ^= 1; return signature }
			c.policy.level = level
			if level == "strict" {
				bad(c)
			} else {
				c.invalid()
			}
		})
	}
	both("stores", "forged-leaf-below-intermediate", "The intermediate is trusted, and another one issued the leaf", "N-538", func(e *Envelope, c *Case) {
		forged := issue(leafSpec("shop signer", "p256"), other.intermediate, func(s *CertSpec) { s.issuer = std.intermediate.subject })
		e.chain = []*Cert{forged, std.intermediate, std.root}
		c.stores["ca:shop"] = []any{std.intermediate}
		c.invalid()
	})
	both("stores", "bad-root-above-intermediate", "The intermediate is trusted, and the root above it is signed with SHA-1", "N-538", func(e *Envelope, c *Case) {
		e.chain = changedRoot(signedBy(ecdsaSHA1))()
		c.stores["ca:shop"] = []any{e.chain[1]}
		c.invalid()
	})
	one("stores", "root-missing-in-envelope", "The root is trusted, and the envelope lacks it", "N-251 N-317", func(e *Envelope, c *Case) {
		e.chain = e.chain[:2]
		bad(c)
	})
	both("stores", "root-missing-in-envelope-audit", "The root is trusted, and the envelope lacks it; level audit", "N-251", func(e *Envelope, c *Case) {
		e.chain = e.chain[:2]
		c.policy.level = "audit"
		c.invalid()
	})
}

// statement is a document with one statement whose members are given; empty ones are left out.
func policyDocument(members string) string {
	return `{"version":"1.0","trustPolicies":[` + members + `]}`
}

func statementText(name, scopes, verification, rest string) string {
	return `{"name":` + name + `,"registryScopes":` + scopes + `,"signatureVerification":` + verification + rest + "}"
}

func policyCases() {
	const (
		shop  = `["registry.example/shop/cart"]`
		trust = `,"trustStores":["ca:shop"],"trustedIdentities":["*"]`
		lax   = `{"level":"strict"}`
	)
	good := statementText(`"shop"`, shop, lax, trust)
	withVerification := func(verification string) string {
		return policyDocument(statementText(`"shop"`, shop, verification, trust))
	}
	withScopes := func(scopes string) string { return policyDocument(statementText(`"shop"`, scopes, lax, trust)) }
	withStores := func(stores string) string {
		return policyDocument(statementText(`"shop"`, shop, lax, `,"trustStores":`+stores+`,"trustedIdentities":["*"]`))
	}
	second := func(name, scopes string) string {
		return policyDocument(good + "," + statementText(name, scopes, lax, trust))
	}
	list := []struct {
		name, title, shows, text string
		good                     bool
	}{
		{"minimal", "The smallest document", "N-321", policyDocument(good), true},
		{"not-json", "Not JSON", "N-322", "version: 1.0", false},
		{"empty-text", "No octet at all", "N-322", " ", false},
		{"array", "An array around the document", "N-322", "[" + policyDocument(good) + "]", false},
		{"version-missing", "No version", "N-326", `{"trustPolicies":[` + good + `]}`, false},
		{"version-empty", "An empty version", "N-326", strings.Replace(policyDocument(good), `"1.0"`, `""`, 1), false},
		{"version-1", "Version 1", "N-326", strings.Replace(policyDocument(good), `"1.0"`, `"1"`, 1), false},
		{"version-1-1", "Version 1.1", "N-326", strings.Replace(policyDocument(good), `"1.0"`, `"1.1"`, 1), false},
		{"version-number", "The version is a number", "N-326", strings.Replace(policyDocument(good), `"1.0"`, "1.0", 1), false},
		{"no-statement", "No statement", "N-327", policyDocument(""), false},
		{"statements-missing", "trustPolicies is missing", "N-327", `{"version":"1.0"}`, false},
		{"name-empty", "A statement without a name", "N-328", policyDocument(statementText(`""`, shop, lax, trust)), false},
		{"name-missing", "A statement whose name is missing", "N-328", policyDocument(strings.Replace(good, `"name":"shop",`, "", 1)), false},
		{"name-twice", "Two statements of one name", "N-328", second(`"shop"`, `["registry.example/other"]`), false},
		{"names-in-two-cases", "Names that differ in case", "N-328", second(`"Shop"`, `["registry.example/other"]`), true},
		{"level-missing", "No level", "N-329", withVerification("{}"), false},
		{"level-in-upper-case", "Level Strict", "N-329", withVerification(`{"level":"Strict"}`), false},
		{"level-none", "Level none", "N-329", withVerification(`{"level":"none"}`), false},
		{"level-number", "The level is a number", "N-329", withVerification(`{"level":1}`), false},
		{"override-integrity", "An override of integrity", "N-330", withVerification(`{"level":"permissive","override":{"integrity":"log"}}`), false},
		{"override-authenticity-skip", "authenticity skip", "N-331", withVerification(`{"level":"strict","override":{"authenticity":"skip"}}`), false},
		{"override-expiry-skip", "expiry skip", "N-331", withVerification(`{"level":"strict","override":{"expiry":"skip"}}`), false},
		{"override-timestamp-skip", "authenticTimestamp skip", "N-331", withVerification(`{"level":"strict","override":{"authenticTimestamp":"skip"}}`), false},
		{"override-unknown-check", "An unknown check", "N-333", withVerification(`{"level":"strict","override":{"freshness":"log"}}`), false},
		{"override-check-in-upper-case", "A check in upper case", "N-333", withVerification(`{"level":"strict","override":{"Expiry":"log"}}`), false},
		{"override-unknown-action", "An unknown action", "N-333", withVerification(`{"level":"strict","override":{"expiry":"warn"}}`), false},
		{"override-action-in-upper-case", "An action in upper case", "N-333", withVerification(`{"level":"strict","override":{"expiry":"Log"}}`), false},
		{"override-empty", "An empty override", "N-334", withVerification(`{"level":"strict","override":{}}`), true},
		{"skip-with-override", "skip with an override", "N-334", policyDocument(statementText(`"shop"`, shop, `{"level":"skip","override":{"expiry":"log"}}`, "")), false},
		{"timestamp-never", "verifyTimestamp never", "N-335", withVerification(`{"level":"strict","verifyTimestamp":"never"}`), false},
		{"timestamp-in-upper-case", "verifyTimestamp Always", "N-335", withVerification(`{"level":"strict","verifyTimestamp":"Always"}`), false},
		{"timestamp-always", "verifyTimestamp always without a tsa store", "N-335", withVerification(`{"level":"strict","verifyTimestamp":"always"}`), true},
		{"timestamp-empty", "An empty verifyTimestamp", "N-335", withVerification(`{"level":"strict","verifyTimestamp":""}`), true},
		{"skip-with-stores", "skip with trust stores", "N-336", policyDocument(statementText(`"shop"`, shop, `{"level":"skip"}`, `,"trustStores":["ca:shop"]`)), false},
		{"skip-with-identities", "skip with trusted identities", "N-336", policyDocument(statementText(`"shop"`, shop, `{"level":"skip"}`, `,"trustedIdentities":["*"]`)), false},
		{"without-stores", "strict without trust stores", "N-338", policyDocument(statementText(`"shop"`, shop, lax, `,"trustedIdentities":["*"]`)), false},
		{"with-empty-stores", "strict with an empty list of trust stores", "N-338", withStores("[]"), false},
		{"without-identities", "strict without trusted identities", "N-338", policyDocument(statementText(`"shop"`, shop, lax, `,"trustStores":["ca:shop"]`)), false},
		{"store-without-colon", "The store ca", "N-339", withStores(`["ca"]`), false},
		{"store-star", "The store *", "N-339", withStores(`["*"]`), false},
		{"store-without-name", "The store ca:", "N-339", withStores(`["ca:"]`), false},
		{"store-in-upper-case", "The store CA:shop", "N-339", withStores(`["CA:shop"]`), false},
		{"store-of-unknown-type", "The store foo:shop", "N-339", withStores(`["foo:shop"]`), false},
		{"store-with-space", "A store name with a space", "N-307", withStores(`["ca:my shop"]`), false},
		{"store-with-slash", "A store name with a slash", "N-307", withStores(`["ca:a/b"]`), false},
		{"store-star-name", "The store ca:*", "N-307", withStores(`["ca:*"]`), false},
		{"store-dot-dot", "The store ca:..", "N-308", withStores(`["ca:shop","ca:.."]`), false},
		{"store-dot", "The store ca:.", "N-308", withStores(`["ca:shop","ca:."]`), false},
		{"scopes-empty", "No registry scope", "N-346", withScopes("[]"), false},
		{"scope-star-and-more", "* beside another scope", "N-347", withScopes(`["*","registry.example/shop/cart"]`), false},
		{"two-stars", "Two statements with *", "N-348", policyDocument(statementText(`"a"`, `["*"]`, lax, trust) + "," + statementText(`"b"`, `["*"]`, lax, trust)), false},
		{"scope-in-two-statements", "One scope in two statements", "N-349", second(`"other"`, shop), false},
		{"scope-twice", "One scope twice in a statement", "N-350", withScopes(`["registry.example/shop/cart","registry.example/shop/cart"]`), false},
		{"many-scopes", "Scopes of every form", "", withScopes(`["example.com/rep","example.com:8080/rep/rep2","10.10.10.10:8080/rep/rep2","domain:1234/rep","a-b.c/d__e/f-----g.h_i","registry.example/shop/cart"]`), true},
		{"applies-to-all", "The scope *", "N-356", withScopes(`["*"]`), true},
		{"exact-before-star", "An exact scope before *, whose stores would not do", "N-355", policyDocument(
			statementText(`"all"`, `["*"]`, lax, `,"trustStores":["ca:absent"],"trustedIdentities":["*"]`) + "," + good), true},
		{"nothing-applies", "No statement for this repository", "N-357", withScopes(`["registry.example/other"]`), false},
		{"no-prefix", "A scope is no prefix", "N-358", withScopes(`["registry.example/shop"]`), false},
		{"host-in-upper-case", "The host in upper case", "", withScopes(`["Registry.example/shop/cart"]`), false},
		{"default-port", "The host with its default port", "N-544", withScopes(`["registry.example:443/shop/cart"]`), true},
		{"unknown-member", "An unknown member", "N-362", strings.Replace(policyDocument(good), `{"version"`, `{"comment":"x","version"`, 1), true},
		{"member-twice", "The version twice", "N-362", strings.Replace(policyDocument(good), `{"version"`, `{"version":"1.1","version"`, 1), false},
		{"trailing-text", "Text after the document", "N-362", policyDocument(good) + " x", false},
		{"level-name-in-upper-case", "Level instead of level", "N-362", withVerification(`{"Level":"strict"}`), false},
		{"override-name-in-upper-case", "Override instead of override", "N-362", withVerification(`{"level":"strict","Override":{"authenticity":"log"}}`), false},
		{"comment", "A comment", "N-362", "// policy\n" + policyDocument(good), false},
		{"name-number", "The name is a number", "", policyDocument(statementText("7", shop, lax, trust)), false},
		{"scopes-text", "The scopes are one text", "", withScopes(`"registry.example/shop/cart"`), false},
	}
	for _, scope := range []struct{ name, text string }{
		{"empty", ""}, {"numbers", "1:1"}, {"comma", "a,b"}, {"host-only", "example.com"}, {"word", "abcd"}, {"tag", "example.com/rep:tag"},
		{"digest", "example.com/rep@sha256:" + strings.Repeat("5a", 32)}, {"back-slash", `localhost:5000\\test-repo`}, {"scheme", "https://a.b/c"},
		{"trailing-slash", "a.b/c/"}, {"underscore-host", "a_b.c/d"}, {"ipv6", "[::1]:5000/a"}, {"upper-case-repository", "a.b/C"}, {"three-underscores", "a.b/c___d"},
	} {
		list = append(list, struct {
			name, title, shows, text string
			good                     bool
		}{"scope-" + scope.name, "The scope " + scope.text, "N-352 N-354", withScopes(`["registry.example/shop/cart","` + scope.text + `"]`), false})
	}
	for _, scope := range []struct{ name, text string }{
		{"no-registry", "shop/cart"}, {"hub-without-library", "docker.io/nginx"}, {"hub-alias", "index.docker.io/library/nginx"},
		{"hub-endpoint", "registry-1.docker.io/library/nginx"}, {"port-with-zero", "registry.example:0443/shop/cart"}, {"numeric-host", "127.1/shop"},
	} {
		list = append(list, struct {
			name, title, shows, text string
			good                     bool
		}{"scope-" + scope.name, "The scope " + scope.text, "N-351 N-543", withScopes(`["registry.example/shop/cart","` + scope.text + `"]`), false})
	}
	for _, scope := range []struct{ name, text string }{{"repository-star", "example.com/*"}, {"star-slash", "*/"}, {"host-star", "example*/"}, {"star-inside", "ex*test"}} {
		list = append(list, struct {
			name, title, shows, text string
			good                     bool
		}{"scope-" + scope.name, "The scope " + scope.text, "N-353", withScopes(`["` + scope.text + `"]`), false})
	}
	for _, each := range list {
		one("policy", each.name, "Policy: "+each.title, each.shows, func(e *Envelope, c *Case) {
			c.policyText = each.text
			if !each.good {
				c.fails("policy", "no-policy")
			}
		})
	}
	for _, each := range []struct{ name, text string }{
		{"skip", policyDocument(statementText(`"shop"`, shop, `{"level":"skip"}`, ""))},
		{"skip-with-empty-lists", policyDocument(statementText(`"shop"`, shop, `{"level":"skip","override":{}}`, `,"trustStores":[],"trustedIdentities":[]`))},
		{"skip-for-all", policyDocument(statementText(`"shop"`, `["*"]`, `{"level":"skip"}`, ""))},
	} {
		one("policy", each.name, "Policy: level skip", map[string]string{"skip": "N-412", "skip-with-empty-lists": "N-334 N-336", "skip-for-all": "N-337"}[each.name],
			func(e *Envelope, c *Case) {
				c.policyText = each.text
				c.fails("skip", "skipped")
			})
	}
	one("policy", "revocation-skip", "Policy: revocation skip", "N-332", func(e *Envelope, c *Case) {
		c.policy.override = map[string]string{"revocation": "skip"}
	})
	one("policy", "repository-in-upper-case", "Policy: * does not apply to what is no repository", "N-360", func(e *Envelope, c *Case) {
		c.policyText = withScopes(`["*"]`)
		c.image = "UPPER/Repo"
		c.fails("policy", "no-policy")
	})
}

func identityCases() {
	leafWith := func(name []byte) []*Cert {
		return []*Cert{issue(leafSpec("shop signer", "p256"), std.intermediate, subject(name)), std.intermediate, std.root}
	}
	plain := named("shop signer")
	ou := acme(attribute{oidOU, utf8String, "Carts"}, attribute{oidCN, utf8String, "shop signer"})
	const base = "C=US, ST=WA, O=Acme"
	x := func(dns ...string) []string {
		var out []string
		for _, each := range dns {
			out = append(out, "x509.subject: "+each)
		}
		return out
	}
	const ok, mismatch, config = "", "identity-mismatch", "no-policy"
	for _, each := range []struct {
		name, title, shows string
		subject            []byte
		identities         []string
		result             string
	}{
		{"any", "* matches", "N-366", plain, []string{"*"}, ok},
		{"any-short-subject", "* matches a subject without country, state and organization", "N-366", nameOf(attribute{oidCN, utf8String, "x"}), []string{"*"}, ok},
		{"all", "Every attribute", "N-367", plain, x("CN=shop signer,O=Acme,L=Seattle,ST=WA,C=US"), ok},
		{"some", "Some attributes", "N-368", plain, x(base), ok},
		{"other-order", "Another order", "N-369", plain, x("O=Acme,C=US,CN=shop signer,ST=WA"), ok},
		{"value-in-other-case", "A value in another case", "N-370", plain, x("C=US, ST=WA, O=acme"), mismatch},
		{"type-in-lower-case", "A type in lower case", "N-370", plain, x("C=US, ST=WA, o=Acme"), config},
		{"s-for-st", "S for ST", "N-371", plain, x("C=US, S=WA, O=Acme"), ok},
		{"s-and-st", "S and ST", "N-372", plain, x("C=US, S=WA, ST=WA, O=Acme"), config},
		{"no-country", "No country", "N-373", plain, x("ST=WA, O=Acme"), config},
		{"no-state", "No state", "N-373", plain, x("C=US, O=Acme"), config},
		{"no-organization", "No organization", "N-373", plain, x("C=US, ST=WA"), config},
		{"empty-organization", "An empty organization", "N-373", plain, x("C=US, ST=WA, O="), config},
		{"longer-value", "A longer value", "N-374", plain, x("C=USB, ST=WA, O=Acme"), mismatch},
		{"shorter-value", "A shorter value", "N-374", plain, x("C=US, ST=W, O=Acme"), mismatch},
		{"one-of-two", "One of two identities matches", "N-375", plain, x("C=US, ST=WA, O=Other", base), ok},
		{"none-of-two", "None of two identities matches", "N-375", plain, x("C=US, ST=WA, O=Other", "C=US, ST=WA, O=Another"), mismatch},
		{"overlap", "One identity is part of the other", "N-376", plain, x(base, base+", CN=shop signer"), config},
		{"equal", "Two equal identities", "N-377", plain, x(base, "O=Acme,ST=WA,C=US"), config},
		{"both-could-match", "Identities that could both match", "N-378", ou, x(base+", OU=Carts", base+", CN=shop signer"), ok},
		{"semicolons", "Semicolons between attributes", "N-379", plain, x("C=US;ST=WA;O=Acme"), ok},
		{"plus", "Two attributes in one RDN", "N-380", plain, x("C=US, ST=WA, O=Acme, CN=a+OU=b"), config},
		{"country-twice", "The country twice", "N-381", plain, x("C=US, C=CA, ST=WA, O=Acme"), config},
		{"trailing-comma", "A comma at the end", "N-382", plain, x(base + ","), config},
		{"no-equals-sign", "A component without =", "N-382", plain, x(base + ", x"), config},
		{"empty-type", "An empty type", "N-382", plain, x(base + ", =x"), config},
		{"escaped-comma", "An escaped comma", "N-383", nameOf(attribute{oidC, printableString, "US"}, attribute{oidST, utf8String, "WA"}, attribute{oidO, utf8String, "Acme, Inc"}), x(`C=US, ST=WA, O=Acme\, Inc`), ok},
		{"escaped-octets", "Escaped octets", "N-384", nameOf(attribute{oidC, printableString, "US"}, attribute{oidST, utf8String, "WA"}, attribute{oidO, utf8String, "café"}), x(`C=US, ST=WA, O=caf\C3\A9`), ok},
		{"bad-escape", "A bad escape", "N-385", plain, x(`C=US, ST=WA, O=a\q`), config},
		{"hex-value", "A value in hexadecimal", "N-386", plain, x(base + ", CN=#04024869"), config},
		{"subject-with-hash", "A subject with =# in its common name", "", named("Bad=#CN"), x(base), ok},
		{"subject-with-hash-any", "A subject with =# in its common name, and *", "", named("Bad=#CN"), []string{"*"}, ok},
		{"subject-with-email", "A subject with an email address", "N-387", acme(attribute{oidEmail, ia5String, "a@example.com"}), x(base), ok},
		{"subject-with-email-any", "A subject with an email address, and *", "", acme(attribute{oidEmail, ia5String, "a@example.com"}), []string{"*"}, ok},
		{"subject-with-dc", "A subject with a domain component", "", acme(attribute{oidDC, ia5String, "example"}), x(base), ok},
		{"subject-with-uid", "A subject with a user id", "", acme(attribute{oidUID, utf8String, "u"}), x(base), ok},
		{"two-units", "A subject with two organizational units", "", acme(attribute{oidOU, utf8String, "a"}, attribute{oidOU, utf8String, "b"}), x(base), ok},
		{"two-units-any", "A subject with two organizational units, and *", "", acme(attribute{oidOU, utf8String, "a"}, attribute{oidOU, utf8String, "b"}), []string{"*"}, ok},
		{"two-organizations", "A subject with two organizations", "", acme(attribute{oidO, utf8String, "Acme"}), x(base), mismatch},
		{"two-names-last", "A subject with two common names: neither counts", "N-389", acme(attribute{oidCN, utf8String, "a"}, attribute{oidCN, utf8String, "b"}), x(base + ", CN=b"), mismatch},
		{"two-names-first", "A subject with two common names: the first does not count either", "N-389", acme(attribute{oidCN, utf8String, "a"}, attribute{oidCN, utf8String, "b"}), x(base + ", CN=a"), mismatch},
		{"two-names-not-named", "A subject with two common names, which the identity does not name", "N-390", acme(attribute{oidCN, utf8String, "a"}, attribute{oidCN, utf8String, "b"}), x(base), ok},
		{"two-units-named", "A subject with two organizational units, of which the identity names one", "N-389", acme(attribute{oidOU, utf8String, "a"}, attribute{oidOU, utf8String, "b"}), x(base + ", OU=b"), mismatch},
		{"two-units-empty", "A subject with two organizational units, and an identity with an empty one", "", acme(attribute{oidOU, utf8String, "a"}, attribute{oidOU, utf8String, "b"}), x(base + ", OU="), mismatch},
		{"unknown-type", "An identity with a type that no subject has", "", acme(attribute{oidEmail, ia5String, "a@example.com"}), x(base + ", E=a@example.com"), mismatch},
		{"subject-without-organization", "A subject without an organization", "N-391", nameOf(attribute{oidC, printableString, "US"}, attribute{oidST, utf8String, "WA"}), x(base), mismatch},
		{"subject-without-state", "A subject without a state", "N-391", nameOf(attribute{oidC, printableString, "US"}, attribute{oidO, utf8String, "Acme"}), x(base), mismatch},
		{"empty-value", "An empty unit and a subject without one", "N-392", plain, x(base + ", OU="), ok},
		{"empty-value-other", "An empty unit and a subject with one", "N-392", ou, x(base + ", OU="), mismatch},
		{"missing-attribute", "An attribute that the subject does not have", "N-368", plain, x(base + ", OU=Carts"), mismatch},
		{"intermediate-matches", "The intermediate has that name, the leaf does not", "N-393", plain, x(base + ", CN=shop intermediate"), mismatch},
		{"serial-number", "A serial number", "N-367", acme(attribute{oidSerial, printableString, "17"}), x(base + ", SERIALNUMBER=17"), ok},
		{"printable-subject", "A subject in PrintableString", "N-367", nameOf(attribute{oidC, printableString, "US"}, attribute{oidST, printableString, "WA"}, attribute{oidO, printableString, "Acme"}), x(base), ok},
		{"spaces-around", "Spaces around types and values", "N-367", plain, x("  C = US ,  ST= WA,O =Acme  "), ok},
		{"equals-sign-in-value", "An = in a value", "N-367", acme(attribute{oidCN, utf8String, "a=b"}), x(base + ", CN=a=b"), ok},
		{"empty-identity", "An empty identity", "N-341", plain, []string{""}, config},
		{"no-colon", "An identity without a colon", "N-342", plain, []string{"x509.subject"}, config},
		{"no-name", "An identity without a name", "N-343", plain, []string{"x509.subject:"}, config},
		{"any-and-more", "* beside another identity", "N-344", plain, append([]string{"*"}, x(base)...), config},
		{"other-kind", "An identity of another kind", "N-345", plain, []string{"foo:bar"}, mismatch},
		{"other-kind-too", "An identity of another kind beside one that matches", "N-345", plain, append([]string{"foo:bar"}, x(base)...), ok},
	} {
		one("identities", each.name, "Identity: "+each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = leafWith(each.subject)
			c.policy.identities = each.identities
			switch each.result {
			case config:
				c.fails("policy", config)
			case mismatch:
				c.fails("authenticity", mismatch)
			}
		})
	}
	for _, level := range []string{"permissive", "audit"} {
		both("identities", "mismatch-"+level, "Another identity at level "+level, "N-394", func(e *Envelope, c *Case) {
			c.policy.level, c.policy.identities = level, x("C=US, ST=WA, O=Other")
			if level == "audit" {
				c.logs("authenticity")
			} else {
				c.fails("authenticity", mismatch)
			}
		})
	}
}
