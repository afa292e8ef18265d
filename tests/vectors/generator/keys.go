package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha1"
	"crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Keys and signatures come from names alone, so that every run writes the same octets: what is checked in can be
// compared with what the generator makes, and a new case changes no other file. Such keys are for vectors only.

func stream(name string) io.Reader {
	return rand.NewChaCha8(sha256.Sum256([]byte("countersign vectors: " + name)))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Key signs, or, without a private part, only stands in a certificate.
type Key struct {
	name    string
	private crypto.Signer
	spki    []byte
}

var keys = map[string]*Key{}

// key makes the key of a name such as "p256:root" or "rsa2048:leaf"; what is before the colon is its kind. The kind
// "rsa2048e131101" has another exponent than 65537.
func key(name string) *Key {
	if known, ok := keys[name]; ok {
		return known
	}
	made := &Key{name: name, private: privateKey(name)}
	if made.private != nil {
		spki, err := x509.MarshalPKIXPublicKey(made.private.Public())
		must(err)
		made.spki = spki
	} else {
		made.spki = spkiOnly(name)
	}
	keys[name] = made
	return made
}

func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, ":")
	return kind
}

var curves = map[string]elliptic.Curve{
	"p224": elliptic.P224(), "p256": elliptic.P256(), "p384": elliptic.P384(), "p521": elliptic.P521(),
}

func privateKey(name string) crypto.Signer {
	kind, random := kindOf(name), stream(name)
	if curve, ok := curves[kind]; ok {
		return ecPrivateKey(curve, random)
	}
	switch {
	case kind == "ed25519":
		seed := make([]byte, ed25519.SeedSize)
		_, err := io.ReadFull(random, seed)
		must(err)
		return ed25519.NewKeyFromSeed(seed)
	case kind == "secp256k1", kind == "ed448":
		return nil
	case strings.HasPrefix(kind, "rsa"):
		size, exponent, other := strings.Cut(strings.TrimPrefix(kind, "rsa"), "e")
		e := 65537
		if other {
			e = number(exponent)
		}
		return rsaPrivateKey(number(size), e, random)
	}
	panic("no such kind of key: " + name)
}

func ecPrivateKey(curve elliptic.Curve, random io.Reader) *ecdsa.PrivateKey {
	for {
		scalar := make([]byte, (curve.Params().N.BitLen()+7)/8)
		_, err := io.ReadFull(random, scalar)
		must(err)
		if curve == elliptic.P521() {
			scalar[0] &= 1
		}
		if made, err := ecdsa.ParseRawPrivateKey(curve, scalar); err == nil {
			return made
		}
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	must(err)
	return value
}

// rsaPrivateKey has two primes, or more of 1024 bits where finding two large ones would take minutes.
func rsaPrivateKey(bits, exponent int, random io.Reader) *rsa.PrivateKey {
	e, one := big.NewInt(int64(exponent)), big.NewInt(1)
	for {
		n, phi := big.NewInt(1), big.NewInt(1)
		var primes []*big.Int
		for _, size := range primeSizes(bits) {
			if len(primes) > 1 && len(primes) == len(primeSizes(bits))-1 {
				size = bits - n.BitLen() // what the others leave
			}
			p := prime(size, random)
			primes = append(primes, p)
			n.Mul(n, p)
			phi.Mul(phi, new(big.Int).Sub(p, one))
		}
		d := new(big.Int).ModInverse(e, phi)
		if d == nil || primes[0].Cmp(primes[1]) == 0 || n.BitLen() != bits {
			continue
		}
		return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: exponent}, D: d, Primes: primes}
	}
}

func primeSizes(bits int) []int {
	if bits <= 4096 {
		return []int{(bits + 1) / 2, bits / 2}
	}
	sizes := make([]int, bits/1024)
	for i := range sizes {
		sizes[i] = 1024
	}
	return sizes
}

// prime has its two highest bits set.
func prime(bits int, random io.Reader) *big.Int {
	content := make([]byte, (bits+7)/8)
	_, err := io.ReadFull(random, content)
	must(err)
	candidate := new(big.Int).SetBytes(content)
	candidate.Mod(candidate, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
	candidate.SetBit(candidate, bits-1, 1).SetBit(candidate, bits-2, 1).SetBit(candidate, 0, 1)
	for !candidate.ProbablyPrime(16) {
		candidate.Add(candidate, big.NewInt(2))
	}
	return candidate
}

// spkiOnly is a public key that nothing here can sign with.
func spkiOnly(name string) []byte {
	if kindOf(name) == "ed448" {
		return seq(seq(oid("1.3.101.113")), bitString(make([]byte, 57)))
	}
	// The generator of secp256k1, which is a valid point.
	x, _ := new(big.Int).SetString("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", 16)
	y, _ := new(big.Int).SetString("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8", 16)
	point := append([]byte{4}, append(x.FillBytes(make([]byte, 32)), y.FillBytes(make([]byte, 32))...)...)
	return seq(seq(oid("1.2.840.10045.2.1"), oid("1.3.132.0.10")), bitString(point))
}

// Scheme is how something is signed.
type Scheme struct {
	how  string // "ecdsa", "pkcs1", "pss" or "ed25519"
	hash crypto.Hash
	mgf  crypto.Hash // of PSS; 0 is the same
	salt int         // of PSS; -1 is the hash's length
}

// usual is how certificates are signed with such a key.
func usual(k *Key) Scheme {
	switch kindOf(k.name) {
	case "p384":
		return Scheme{how: "ecdsa", hash: crypto.SHA384}
	case "p521":
		return Scheme{how: "ecdsa", hash: crypto.SHA512}
	case "ed25519":
		return Scheme{how: "ed25519"}
	case "p224", "p256":
		return Scheme{how: "ecdsa", hash: crypto.SHA256}
	}
	return Scheme{how: "pkcs1", hash: crypto.SHA256}
}

// envelopeScheme is what the specification binds to a signing key.
func envelopeScheme(k *Key) Scheme {
	switch kindOf(k.name) {
	case "rsa3072":
		return Scheme{how: "pss", hash: crypto.SHA384, salt: -1}
	case "rsa4096":
		return Scheme{how: "pss", hash: crypto.SHA512, salt: -1}
	case "p224", "p256", "p384", "p521", "ed25519":
		return usual(k)
	}
	return Scheme{how: "pss", hash: crypto.SHA256, salt: -1}
}

func digest(hash crypto.Hash, message []byte) []byte {
	state := hash.New()
	state.Write(message)
	return state.Sum(nil)
}

// sign gives DER for ECDSA.
func (k *Key) sign(scheme Scheme, message []byte) []byte {
	switch scheme.how {
	case "ed25519":
		return ed25519.Sign(k.private.(ed25519.PrivateKey), message)
	case "ecdsa":
		// Without a source of randomness ECDSA is the deterministic one of RFC 6979.
		signature, err := k.private.(*ecdsa.PrivateKey).Sign(nil, digest(scheme.hash, message), scheme.hash)
		must(err)
		return signature
	case "pkcs1":
		private := k.private.(*rsa.PrivateKey)
		return rsaApply(private, pkcs1Encoded(scheme.hash, digest(scheme.hash, message), (private.N.BitLen()+7)/8))
	}
	private := k.private.(*rsa.PrivateKey)
	return rsaApply(private, pssEncoded(scheme, digest(scheme.hash, message), private.N.BitLen()-1))
}

// rawECDSA is r and s side by side, as JWS and COSE want them.
func (k *Key) rawECDSA(der []byte) []byte {
	var pair struct{ R, S *big.Int }
	_, err := asn1.Unmarshal(der, &pair)
	must(err)
	size := (k.private.(*ecdsa.PrivateKey).Curve.Params().N.BitLen() + 7) / 8
	return append(pair.R.FillBytes(make([]byte, size)), pair.S.FillBytes(make([]byte, size))...)
}

// signEnvelope is the signature as it stands in an envelope.
func (k *Key) signEnvelope(scheme Scheme, message []byte) []byte {
	signature := k.sign(scheme, message)
	if scheme.how == "ecdsa" {
		return k.rawECDSA(signature)
	}
	return signature
}

func rsaApply(private *rsa.PrivateKey, encoded []byte) []byte {
	message := new(big.Int).SetBytes(encoded)
	size := (private.N.BitLen() + 7) / 8
	return message.Exp(message, private.D, private.N).FillBytes(make([]byte, size))
}

func pkcs1Encoded(hash crypto.Hash, digest []byte, size int) []byte {
	info := seq(seq(oid(hashOID[hash]), null()), octets(digest))
	out := []byte{0, 1}
	for len(out) < size-len(info)-1 {
		out = append(out, 0xff)
	}
	return append(append(out, 0), info...)
}

// pssEncoded is EMSA-PSS-ENCODE of RFC 8017, with a salt that follows from the digest.
func pssEncoded(scheme Scheme, digested []byte, bits int) []byte {
	mgf, length := scheme.mgf, scheme.salt
	if mgf == 0 {
		mgf = scheme.hash
	}
	if length < 0 {
		length = scheme.hash.Size()
	}
	salt := make([]byte, length)
	_, err := io.ReadFull(stream(fmt.Sprintf("salt %x", digested)), salt)
	must(err)
	size := (bits + 7) / 8
	h := digest(scheme.hash, append(append(make([]byte, 8), digested...), salt...))
	block := make([]byte, size-len(h)-1)
	block[len(block)-length-1] = 1
	copy(block[len(block)-length:], salt)
	for i, mask := range mgf1(mgf, h, len(block)) {
		block[i] ^= mask
	}
	block[0] &= 0xff >> (8*size - bits)
	return append(append(block, h...), 0xbc)
}

func mgf1(hash crypto.Hash, seed []byte, size int) []byte {
	var out []byte
	for counter := byte(0); len(out) < size; counter++ {
		out = append(out, digest(hash, append(append([]byte(nil), seed...), 0, 0, 0, counter))...)
	}
	return out[:size]
}

var hashOID = map[crypto.Hash]string{
	crypto.SHA1: "1.3.14.3.2.26", crypto.SHA256: "2.16.840.1.101.3.4.2.1",
	crypto.SHA384: "2.16.840.1.101.3.4.2.2", crypto.SHA512: "2.16.840.1.101.3.4.2.3",
}

var pkcs1OID = map[crypto.Hash]string{
	crypto.SHA1: "1.2.840.113549.1.1.5", crypto.SHA256: "1.2.840.113549.1.1.11",
	crypto.SHA384: "1.2.840.113549.1.1.12", crypto.SHA512: "1.2.840.113549.1.1.13",
}

var ecdsaOID = map[crypto.Hash]string{
	crypto.SHA1: "1.2.840.10045.4.1", crypto.SHA256: "1.2.840.10045.4.3.2",
	crypto.SHA384: "1.2.840.10045.4.3.3", crypto.SHA512: "1.2.840.10045.4.3.4",
}

// algorithmIdentifier is the AlgorithmIdentifier of a signature.
func algorithmIdentifier(scheme Scheme) []byte {
	switch scheme.how {
	case "ed25519":
		return seq(oid("1.3.101.112"))
	case "ecdsa":
		return seq(oid(ecdsaOID[scheme.hash]))
	case "pkcs1":
		return seq(oid(pkcs1OID[scheme.hash]), null())
	}
	hash := seq(oid(hashOID[scheme.hash]), null())
	return seq(oid("1.2.840.113549.1.1.10"), seq(
		explicit(0, hash),
		explicit(1, seq(oid("1.2.840.113549.1.1.8"), hash)),
		explicit(2, integer(int64(scheme.hash.Size())))))
}
