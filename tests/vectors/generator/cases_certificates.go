package main

import (
	"crypto"
	"math/big"
)

// Chains that keep or break the rules of code signing certificates.

type chainCase struct {
	name, title, shows string
	chain              func() []*Cert
	good               bool
	signer             *Key // of the envelope, if it is not the leaf's
}

// changedLeaf is the chain of most cases with another leaf.
func changedLeaf(changes ...Change) func() []*Cert {
	return func() []*Cert {
		return []*Cert{issue(leafSpec("shop signer", "p256"), std.intermediate, changes...), std.intermediate, std.root}
	}
}

// changedIntermediate issues the leaf anew from another intermediate.
func changedIntermediate(changes ...Change) func() []*Cert {
	return func() []*Cert {
		middle := issue(rootSpec("shop intermediate", "p256"), std.root, changes...)
		return []*Cert{issue(leafSpec("shop signer", "p256"), middle), middle, std.root}
	}
}

// changedRoot issues everything anew from another root.
func changedRoot(changes ...Change) func() []*Cert {
	return func() []*Cert {
		root := issue(rootSpec("shop root", "p256"), nil, changes...)
		middle := issue(rootSpec("shop intermediate", "p256"), root)
		return []*Cert{issue(leafSpec("shop signer", "p256"), middle), middle, root}
	}
}

func alone(changes ...Change) func() []*Cert {
	return func() []*Cert { return []*Cert{selfSigned("alone", "p256", changes...)} }
}

func usage(critical bool, bits ...int) Change { return with(extKeyUsage, keyUsage(critical, bits...)) }
func basic(critical, ca bool, pathLength int64) Change {
	return with(extBasic, basicConstraints(critical, ca, pathLength))
}
func purpose(critical bool, ids ...string) Change {
	return with(extPurposes, purposes(critical, ids...))
}
func withKey(kind string) Change {
	return func(spec *CertSpec) { spec.key = key(kind + ":special") }
}
func withExtra(extensions ...[]byte) Change {
	return func(spec *CertSpec) { spec.extra = append(spec.extra, extensions...) }
}
func withSPKI(spki []byte) Change { return func(spec *CertSpec) { spec.spki = spki } }

// leafOf is a chain of two whose leaf has a key of a kind.
func leafOf(kind string) func() []*Cert {
	return func() []*Cert { return chainOfTwo("special", kind, "p256") }
}

// longChain is a leaf below n authorities.
func longChain(n int, change func(index int) []Change) func() []*Cert {
	return func() []*Cert {
		var chain []*Cert
		var issuer *Cert
		for i := n; i >= 1; i-- {
			name := "long " + string(rune('a'+i))
			var changes []Change
			if change != nil {
				changes = change(i)
			}
			issuer = issue(rootSpec(name, "p256"), issuer, changes...)
			chain = append([]*Cert{issuer}, chain...)
		}
		return append([]*Cert{issue(leafSpec("long signer", "p256"), issuer)}, chain...)
	}
}

// noStoreHolds names the chains that end in a certificate that no trust store can hold.
var noStoreHolds = map[string]bool{"reversed": true, "alone-not-self-signed": true, "alone-sha1": true, "alone-rsa-sha1": true}

func certificateCases() {
	unknownCritical := extension(oidOfNobody, true, octets([]byte("x")))
	list := []chainCase{
		{"three", "Leaf, intermediate, root", "N-243", std.chain, true, nil},
		{"two", "Leaf and root", "N-243", leafOf("p256"), true, nil},
		{"six", "Leaf and five authorities", "N-243", longChain(5, nil), true, nil},
		{"alone", "One self-signed signing certificate", "N-245", alone(), true, nil},
		{"alone-ca-false", "One self-signed certificate with cA FALSE", "N-245", alone(basic(true, false, -1)), true, nil},
		{"alone-root", "A root alone", "N-246", func() []*Cert { return []*Cert{std.root} }, false, nil},
		{"alone-signing-root", "A root alone that may sign data too", "N-246", alone(basic(true, true, -1), usage(true, digitalSignature, keyCertSign)), false, nil},
		{"alone-not-self-signed", "One certificate that another one issued", "N-247", func() []*Cert { return []*Cert{std.leaf} }, false, nil},
		{"alone-other-issuer", "One certificate signed with its own key and another name as issuer", "N-248", alone(func(s *CertSpec) { s.issuer = named("somebody else") }), false, nil},
		{"alone-sha1", "One self-signed certificate, signed with SHA-1", "N-249", alone(signedBy(ecdsaSHA1)), false, nil},
		{"alone-rsa-sha1", "One self-signed RSA certificate, signed with SHA-1", "N-249", func() []*Cert { return []*Cert{selfSigned("alone", "rsa2048", signedBy(pkcs1SHA1))} }, false, nil},
		{"self-issued-leaf", "A leaf with the name of its root", "N-250", func() []*Cert {
			return []*Cert{issue(leafSpec("shop signer", "p256"), std.root, subject(std.root.subject)), std.root}
		}, true, nil},
		{"without-root", "The root is missing", "", func() []*Cert { return []*Cert{std.leaf, std.intermediate} }, false, nil},
		{"without-intermediate", "The intermediate is missing", "", func() []*Cert { return []*Cert{std.leaf, std.root} }, false, nil},
		{"reversed", "The root first", "N-252", func() []*Cert { return []*Cert{std.root, std.intermediate, std.leaf} }, false, std.leaf.key},
		{"shuffled", "Root and intermediate change places", "N-252", func() []*Cert { return []*Cert{std.leaf, std.root, std.intermediate} }, false, nil},
		{"unrelated-inserted", "Another root in the middle", "N-253", func() []*Cert { return []*Cert{std.leaf, other.root, std.intermediate, std.root} }, false, nil},
		{"unrelated-appended", "Another root at the end", "N-253", func() []*Cert { return append(std.chain(), other.root) }, false, nil},
		{"root-twice", "The root twice", "N-254", func() []*Cert { return append(std.chain(), std.root) }, false, nil},
		{"leaf-twice", "The leaf twice", "N-253", func() []*Cert { return append([]*Cert{std.leaf}, std.chain()...) }, false, nil},
		{"self-signed-leaf-and-more", "A self-signed leaf before other certificates", "N-255", func() []*Cert { return []*Cert{selfSigned("alone", "p256"), std.intermediate, std.root} }, false, nil},
		{"wrong-link", "A leaf that names an issuer who did not sign it", "N-253", func() []*Cert {
			return []*Cert{issue(leafSpec("shop signer", "p256"), other.intermediate, func(s *CertSpec) { s.issuer = std.intermediate.subject }), std.intermediate, std.root}
		}, false, nil},
		{"issuer-of-another-string-type", "The issuer's name in PrintableString instead of UTF8String", "N-256", changedLeaf(func(s *CertSpec) {
			s.issuer = nameOf(attribute{oidC, printableString, "US"}, attribute{oidST, printableString, "WA"}, attribute{oidL, utf8String, "Seattle"},
				attribute{oidO, utf8String, "Acme"}, attribute{oidCN, utf8String, "shop intermediate"})
		}), false, nil},
		{"issuer-in-other-case", "The issuer's name in other case", "N-256", changedLeaf(func(s *CertSpec) { s.issuer = named("SHOP intermediate") }), false, nil},
		{"key-identifiers-differ", "An authority key identifier that is nobody's", "N-257", changedLeaf(with(extAKI, extension(extAKI, false, seq(tlv(0x80, []byte("nobody")))))), true, nil},
		{"unknown-critical-leaf", "An unknown critical extension in the leaf", "N-258", changedLeaf(with(oidOfNobody, unknownCritical)), true, nil},
		{"unknown-critical-intermediate", "An unknown critical extension in the intermediate", "N-258", changedIntermediate(with(oidOfNobody, unknownCritical)), true, nil},
		{"unknown-critical-root", "An unknown critical extension in the root", "N-258", changedRoot(with(oidOfNobody, unknownCritical)), true, nil},
		{"name-constraints", "Name constraints that the leaf violates", "N-259", func() []*Cert {
			permitted := seq(tlv(0xa0, seq(tlv(0xa4, nameOf(attribute{oidC, printableString, "DE"})))))
			middle := issue(rootSpec("shop intermediate", "p256"), std.root, with(extNames, extension(extNames, true, permitted)))
			return []*Cert{issue(leafSpec("shop signer", "p256"), middle), middle, std.root}
		}, true, nil},
		{"intermediate-without-basic-constraints", "An intermediate without basicConstraints", "N-261", changedIntermediate(without(extBasic)), false, nil},
		{"intermediate-ca-false", "An intermediate with cA FALSE", "N-262", changedIntermediate(basic(true, false, -1)), false, nil},
		{"root-ca-false", "A root with cA FALSE", "N-262", changedRoot(basic(true, false, -1)), false, nil},
		{"root-without-basic-constraints", "A root without basicConstraints", "N-261", changedRoot(without(extBasic)), false, nil},
		{"basic-constraints-not-critical", "An intermediate whose basicConstraints are not critical", "N-263", changedIntermediate(basic(false, true, -1)), true, nil},
		{"path-length-0", "A path length of 0 directly above the leaf", "N-264", changedIntermediate(basic(true, true, 0)), true, nil},
		{"path-length-1-root", "A path length of 1 above one intermediate", "N-264", changedRoot(basic(true, true, 1)), true, nil},
		{"path-length-0-root", "A path length of 0 above an intermediate", "N-264", changedRoot(basic(true, true, 0)), false, nil},
		{"path-length-1-of-four", "A path length of 1 above two intermediates", "N-264", longChain(3, func(i int) []Change {
			if i == 3 {
				return []Change{basic(true, true, 1)}
			}
			return nil
		}), false, nil},
		{"path-length-self-issued", "A path length of 0 above a self-issued intermediate", "N-265", func() []*Cert {
			root := issue(rootSpec("shop root", "p256"), nil, basic(true, true, 0))
			middle := issue(rootSpec("shop intermediate", "p256"), root, subject(root.subject))
			return []*Cert{issue(leafSpec("shop signer", "p256"), middle), middle, root}
		}, false, nil},
		{"ca-without-key-usage", "An intermediate without keyUsage", "N-266", changedIntermediate(without(extKeyUsage)), false, nil},
		{"root-without-key-usage", "A root without keyUsage", "N-266", changedRoot(without(extKeyUsage)), false, nil},
		{"ca-key-usage-not-critical", "An intermediate whose keyUsage is not critical", "N-267", changedIntermediate(usage(false, keyCertSign)), false, nil},
		{"root-key-usage-not-critical", "A root whose keyUsage is not critical", "N-267", changedRoot(usage(false, keyCertSign)), false, nil},
		{"ca-without-cert-sign", "An intermediate without keyCertSign", "N-268", changedIntermediate(usage(true, digitalSignature, crlSign)), false, nil},
		{"root-without-cert-sign", "A root without keyCertSign", "N-268", changedRoot(usage(true, crlSign)), false, nil},
		{"ca-server-auth", "An intermediate for serverAuth only", "N-269", changedIntermediate(purpose(true, "1.3.6.1.5.5.7.3.1")), true, nil},
		{"leaf-ca-true", "A leaf with cA TRUE", "N-270", changedLeaf(basic(true, true, -1), usage(true, digitalSignature)), false, nil},
		{"leaf-ca-false", "A leaf with cA FALSE", "N-271", changedLeaf(basic(true, false, -1)), true, nil},
		{"leaf-ca-false-not-critical", "A leaf with cA FALSE, not critical", "N-271", changedLeaf(basic(false, false, -1)), true, nil},
		{"leaf-without-key-usage", "A leaf without keyUsage", "N-272", changedLeaf(without(extKeyUsage)), false, nil},
		{"leaf-key-usage-not-critical", "A leaf whose keyUsage is not critical", "N-273", changedLeaf(usage(false, digitalSignature)), false, nil},
		{"leaf-without-digital-signature", "A leaf without digitalSignature", "N-274", changedLeaf(usage(true, commitment)), false, nil},
		{"leaf-key-usage-empty", "A leaf whose keyUsage has no bit", "N-274", changedLeaf(usage(true)), false, nil},
		{"leaf-cert-sign", "A leaf with keyCertSign too", "N-275", changedLeaf(usage(true, digitalSignature, keyCertSign)), false, nil},
		{"leaf-commitment", "A leaf with contentCommitment too", "N-277", changedLeaf(usage(true, digitalSignature, commitment)), true, nil},
		{"leaf-without-purposes", "A leaf without extendedKeyUsage", "N-278", changedLeaf(without(extPurposes)), true, nil},
		{"leaf-code-signing-critical", "A leaf with codeSigning, critical", "N-279", changedLeaf(purpose(true, codeSigning)), true, nil},
		{"leaf-ocsp-signing-only", "A leaf for OCSPSigning only", "N-281", changedLeaf(purpose(false, "1.3.6.1.5.5.7.3.9")), false, nil},
		{"leaf-any-purpose", "A leaf with anyExtendedKeyUsage", "N-282", changedLeaf(purpose(false, "2.5.29.37.0")), false, nil},
		{"leaf-private-purpose", "A leaf with a private purpose only", "N-283", changedLeaf(purpose(false, oidOfNobody)), true, nil},
		{"leaf-rsa-1024", "A leaf with an RSA key of 1024 bits", "N-284", leafOf("rsa1024"), false, nil},
		{"leaf-rsa-2560", "A leaf with an RSA key of 2560 bits", "N-284", leafOf("rsa2560"), false, nil},
		{"leaf-rsa-2047", "A leaf with an RSA key of 2047 bits", "N-222", leafOf("rsa2047"), false, nil},
		{"leaf-p224", "A leaf with a key on P-224", "N-285", leafOf("p224"), false, nil},
		{"leaf-ed25519", "A leaf with an Ed25519 key", "N-285", leafOf("ed25519"), false, nil},
		{"leaf-secp256k1", "A leaf with a key on secp256k1", "N-285", leafOf("secp256k1"), false, key("p256:stand-in")},
		{"leaf-ed448", "A leaf with an Ed448 key", "N-285", leafOf("ed448"), false, key("p256:stand-in")},
		{"leaf-pss-key", "A leaf whose key is for RSASSA-PSS only", "N-286", func() []*Cert {
			signer := key("rsa2048:special")
			return []*Cert{issue(leafSpec("special", "rsa2048"), std.root, withKey("rsa2048"), withSPKI(pssOnly(signer))), std.root}
		}, false, nil},
		{"intermediate-sha1", "An intermediate signed with SHA-1", "N-287", changedIntermediate(signedBy(ecdsaSHA1)), false, nil},
		{"leaf-sha1", "A leaf signed with SHA-1", "N-287", changedLeaf(signedBy(ecdsaSHA1)), false, nil},
		{"root-sha1", "A root signed with SHA-1 above others", "N-288", changedRoot(signedBy(ecdsaSHA1)), false, nil},
		{"links-pss", "Links signed with RSASSA-PSS", "N-289", func() []*Cert {
			root := issue(rootSpec("pss root", "rsa2048"), nil, signedBy(pss256))
			return []*Cert{issue(leafSpec("pss signer", "p256"), root, signedBy(pss256)), root}
		}, true, nil},
		{"links-pss-sha512", "Links signed with RSASSA-PSS and SHA-512", "N-289", func() []*Cert {
			long := Scheme{how: "pss", hash: crypto.SHA512, salt: -1}
			root := issue(rootSpec("pss root", "rsa2048"), nil, signedBy(long))
			return []*Cert{issue(leafSpec("pss signer", "p256"), root, signedBy(long)), root}
		}, true, nil},
		{"links-rsa", "Links signed with RSA PKCS #1 v1.5", "N-289", func() []*Cert { return chainOfTwo("rsa links", "p256", "rsa2048") }, true, nil},
		{"links-rsa-sha512", "Links signed with RSA PKCS #1 v1.5 and SHA-512", "N-289", func() []*Cert {
			long := Scheme{how: "pkcs1", hash: crypto.SHA512}
			root := issue(rootSpec("rsa root", "rsa2048"), nil, signedBy(long))
			return []*Cert{issue(leafSpec("rsa signer", "p256"), root, signedBy(long)), root}
		}, true, nil},
		{"links-ed25519", "Links signed with Ed25519", "N-289", func() []*Cert { return chainOfTwo("ed25519 links", "p256", "ed25519") }, true, nil},
		{"links-p521", "Links signed on P-521", "N-289", func() []*Cert { return chainOfTwo("p521 links", "p256", "p521") }, true, nil},
		{"ca-rsa-1024", "A root with an RSA key of 1024 bits", "", func() []*Cert { return chainOfTwo("small", "p256", "rsa1024") }, false, nil},
		{"ca-p224", "A root with a key on P-224", "", func() []*Cert { return chainOfTwo("small", "p256", "p224") }, false, nil},
		{"trailing-octet", "An octet after a certificate", "N-290", changedLeaf(func(s *CertSpec) { s.trailing = []byte{0} }), false, nil},
		{"root-trailing-octet", "An octet after the root", "N-290", changedRoot(func(s *CertSpec) { s.trailing = []byte{0} }), false, nil},
		{"negative-serial", "A negative serial number", "N-290", changedLeaf(func(s *CertSpec) { s.serial = bigInteger(big.NewInt(-5)) }), false, nil},
		{"serial-zero", "Serial number 0", "", changedLeaf(func(s *CertSpec) { s.serial = integer(0) }), true, nil},
		{"serial-of-25-octets", "A serial number of 25 octets", "", changedLeaf(func(s *CertSpec) {
			s.serial = bigInteger(new(big.Int).Lsh(big.NewInt(3), 190))
		}), true, nil},
		{"extension-twice", "An extension twice", "N-290", changedLeaf(withExtra(keyUsage(true, digitalSignature))), false, nil},
		{"unknown-extension-twice", "An unknown extension twice", "N-290", changedLeaf(withExtra(extension(oidOfNobody, false, octets(nil)), extension(oidOfNobody, false, octets(nil)))), false, nil},
		{"inner-and-outer-algorithm", "Inner and outer signature algorithm differ", "N-290", changedLeaf(func(s *CertSpec) { s.outerAlgorithm = seq(oid(ecdsaOID[crypto.SHA384])) }), false, nil},
		{"outer-algorithm-with-null", "The outer signature algorithm has parameters, the inner one none", "N-290", changedLeaf(func(s *CertSpec) { s.outerAlgorithm = seq(oid(ecdsaOID[crypto.SHA256]), null()) }), false, nil},
		{"boolean-not-ff", "A BOOLEAN of 01 for TRUE", "", changedLeaf(with(extKeyUsage, seq(oid(extKeyUsage), tlv(0x01, []byte{1}), octets(tlv(0x03, []byte{7, 0x80}))))), false, nil},
		{"subject-key-id-critical", "A critical subject key identifier", "", changedLeaf(with(extSKI, extension(extSKI, true, octets([]byte("x"))))), false, nil},
		{"malformed-key-usage", "A keyUsage that is an INTEGER", "", changedLeaf(with(extKeyUsage, extension(extKeyUsage, true, integer(1)))), false, nil},
		{"malformed-basic-constraints", "basicConstraints that are an INTEGER", "", changedLeaf(with(extBasic, extension(extBasic, true, integer(1)))), false, nil},
		{"malformed-san", "A subjectAltName that is an INTEGER", "", changedLeaf(with(extSAN, extension(extSAN, false, integer(1)))), false, nil},
		{"san-ip-of-5-octets", "An IP address of 5 octets as subjectAltName", "", changedLeaf(with(extSAN, extension(extSAN, false, seq(tlv(0x87, []byte{1, 2, 3, 4, 5}))))), false, nil},
		{"version-1-leaf", "A leaf of version 1", "", changedLeaf(func(s *CertSpec) { s.version = 1 }), false, nil},
		{"version-4", "A certificate of version 4", "", changedLeaf(func(s *CertSpec) { s.version = 4 }), false, nil},
		{"malformed-time", "A time with a month 13", "", changedLeaf(func(s *CertSpec) { s.rawValidity = seq(text(0x17, "241301000000Z"), text(0x18, "20940101000000Z")) }), false, nil},
		{"printable-string-with-at", "A PrintableString with a character that it cannot hold", "", changedLeaf(subject(nameOf(
			attribute{oidC, printableString, "US"}, attribute{oidST, utf8String, "WA"}, attribute{oidO, printableString, "Acme@"}))), false, nil},
		{"name-relative-to-issuer", "A distribution point with a name relative to its issuer", "", changedLeaf(with(extCDP, extension(extCDP, false,
			seq(seq(tlv(0xa0, tlv(0xa1, seq(oid(oidCN), text(utf8String, "x"))))))))), false, nil},
	}
	for bit, name := range map[int]string{
		keyEncipherment: "key-encipherment", dataEncipherment: "data-encipherment", keyAgreement: "key-agreement",
		crlSign: "crl-sign", encipherOnly: "encipher-only", decipherOnly: "decipher-only",
	} {
		list = append(list, chainCase{"leaf-" + name, "A leaf with " + name + " too", "N-276", changedLeaf(usage(true, digitalSignature, bit)), false, nil})
	}
	for id, name := range map[string]string{"1": "server-auth", "2": "client-auth", "4": "email-protection", "8": "time-stamping", "9": "ocsp-signing"} {
		list = append(list, chainCase{"leaf-purpose-" + name, "A leaf for codeSigning and " + name, "N-280",
			changedLeaf(purpose(false, codeSigning, "1.3.6.1.5.5.7.3."+id)), false, nil})
	}
	for _, each := range list {
		both("certificates", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = each.chain()
			e.signer = each.signer
			c.stores["ca:shop"] = []any{rootOrStd(e.chain)}
			switch {
			case noStoreHolds[each.name]: // so that nothing public-key is computed (VE-5)
				c.fails("authenticity", "untrusted-signer")
			case !each.good:
				c.invalid()
			}
		})
	}
	both("certificates", "alone-not-self-signed-logged", "One certificate that another one issued; authenticity is logged", "N-247", func(e *Envelope, c *Case) {
		e.chain = []*Cert{std.leaf}
		c.policy.override = map[string]string{"authenticity": "log"}
		c.invalid()
	})
	expired := changedIntermediate(valid(date(2020), date(2022)))()
	both("certificates", "intermediate-expired", "An expired intermediate: integrity does not ask", "N-260", func(e *Envelope, c *Case) {
		e.chain = expired
		c.fails("authenticTimestamp", "certificate-expired")
	})
	both("certificates", "leaf-outlives-issuer", "A leaf that outlives its issuer", "N-260", func(e *Envelope, c *Case) {
		e.chain = changedIntermediate(valid(date(2025), date(2027)))()
	})
}

// rootOrStd is what a store holds: the end of a chain if it can stand in one, which the generator does not judge but the
// names of the cases say.
func rootOrStd(chain []*Cert) *Cert {
	last := chain[len(chain)-1]
	if string(last.der) == string(std.root.der) || last.key.private == nil {
		return std.root
	}
	return last
}

// pssOnly is an RSA key under the OID of RSASSA-PSS.
func pssOnly(k *Key) []byte {
	// The key itself follows the AlgorithmIdentifier of rsaEncryption, which is 15 octets.
	rest := k.spki[4+15:]
	return seq(seq(oid("1.2.840.113549.1.1.10")), rest)
}
