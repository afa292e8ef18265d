package main

import "crypto"

// What most cases share.

var formats = []string{"jws", "cose"}

// World is a root, an authority below it, and a signer below that.
type World struct {
	root, intermediate, leaf *Cert
}

func (w World) chain() []*Cert { return []*Cert{w.leaf, w.intermediate, w.root} }

func newWorld(name, kind string) World {
	var w World
	w.root = issue(rootSpec(name+" root", kind), nil)
	w.intermediate = issue(rootSpec(name+" intermediate", kind), w.root)
	w.leaf = issue(leafSpec(name+" signer", kind), w.intermediate)
	return w
}

var std, other World

// sha1 and sha256 as hashes of certificate signatures.
var (
	ecdsaSHA1  = Scheme{how: "ecdsa", hash: crypto.SHA1}
	pkcs1SHA1  = Scheme{how: "pkcs1", hash: crypto.SHA1}
	pss256     = Scheme{how: "pss", hash: crypto.SHA256, salt: -1}
	pkcs1SHA2  = Scheme{how: "pkcs1", hash: crypto.SHA256}
	ecdsaSHA2  = Scheme{how: "ecdsa", hash: crypto.SHA256}
	pss256Of20 = Scheme{how: "pss", hash: crypto.SHA256, salt: 20}
)

func makeWorld() {
	std = newWorld("shop", "p256")
	share("shop-root", std.root)
	share("shop-intermediate", std.intermediate)
	share("shop-signer", std.leaf)
	other = newWorld("other", "p256")
	share("other-root", other.root)
}

// selfSigned is a chain of one certificate.
func selfSigned(name, kind string, changes ...Change) *Cert {
	return issue(leafSpec(name, kind), nil, changes...)
}

// chainOfTwo puts a signer directly below a root.
func chainOfTwo(name, leafKind, rootKind string) []*Cert {
	root := issue(rootSpec(name+" root", rootKind), nil)
	return []*Cert{issue(leafSpec(name+" signer", leafKind), root), root}
}

func rootOf(chain []*Cert) *Cert { return chain[len(chain)-1] }
