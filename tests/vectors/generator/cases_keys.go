package main

import "sync"

// Keys of authorities at and beyond the bounds of CE-11: 8,192 bits, an exponent of 17 bits. What such a key signed is
// right, so that nothing but the bound refuses it. 131071 is the largest exponent of 17 bits, 131101 the smallest prime
// above them.

// rootOfKind is a signer below a root whose key is of a kind, made once: large keys are slow to sign with.
func rootOfKind(kind string) func() []*Cert {
	return sync.OnceValue(func() []*Cert { return chainOfTwo(kind, "p256", kind) })
}

func keyBoundCases() {
	huge, exponent := rootOfKind("rsa16384"), rootOfKind("rsa2048e131101")
	for _, each := range []struct {
		name, title string
		chain       func() []*Cert
		good        bool
	}{
		{"ca-rsa-8192", "A root with an RSA key of 8192 bits", rootOfKind("rsa8192"), true},
		{"ca-rsa-8200", "A root with an RSA key of 8200 bits", rootOfKind("rsa8200"), false},
		{"ca-rsa-16384", "A root with an RSA key of 16384 bits", huge, false},
		{"ca-exponent-of-17-bits", "A root with an RSA exponent of 17 bits", rootOfKind("rsa2048e131071"), true},
		{"ca-exponent-of-18-bits", "A root with an RSA exponent of 18 bits", exponent, false},
	} {
		both("certificates", each.name, each.title, "N-540", func(e *Envelope, c *Case) {
			e.chain = each.chain()
			c.stores["ca:shop"] = []any{rootOf(e.chain)}
			if !each.good {
				c.invalid()
			}
		})
	}
	strangersKeyCases(huge, exponent)
}

// strangersKeyCases are about chains of which the store holds nothing, or only a root that did not issue them.
func strangersKeyCases(huge, exponent func() []*Cert) {
	both("stores", "stranger-rsa-16384", "A stranger's root with an RSA key of 16384 bits", "N-537", func(e *Envelope, c *Case) {
		e.chain = huge()
		c.fails("authenticity", "untrusted-signer")
	})
	both("stores", "stranger-exponent-of-18-bits", "A stranger's root with an RSA exponent of 18 bits, and the signature was tampered with", "N-536", func(e *Envelope, c *Case) {
		e.chain = exponent()
		e.signature = func(signature []byte) []byte { signature[0] ^= 1; return signature }
		c.fails("authenticity", "untrusted-signer")
	})
	both("stores", "stranger-below-trusted-root", "A stranger's chain, keys of 16384 bits, with the trusted root appended", "N-537", func(e *Envelope, c *Case) {
		e.chain = append(append([]*Cert(nil), huge()...), std.root)
		c.invalid()
	})
	for name, chain := range map[string]func() []*Cert{"rsa-16384": huge, "exponent-of-18-bits": exponent} {
		both("stores", "stranger-"+name+"-audit", "A stranger's root with a key beyond the bounds, "+name+", level audit", "N-540", func(e *Envelope, c *Case) {
			e.chain = chain()
			c.policy.level = "audit"
			c.invalid()
		})
	}
}
