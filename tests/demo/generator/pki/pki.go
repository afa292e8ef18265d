// Package pki makes the key pairs and certificate chains that demo data and test vectors are signed with.
// Keys live in memory only and are thrown away with the process.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"time"
)

// Valid from 2024 to 2094, so that tests do not stop working with time.
var (
	NotBefore = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	NotAfter  = time.Date(2094, 1, 1, 0, 0, 0, 0, time.UTC)
)

// KeyMaker makes a fresh key pair.
type KeyMaker func() (crypto.Signer, error)

// RSA makes RSA keys of the given modulus size.
func RSA(bits int) KeyMaker {
	return func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, bits) }
}

// EC makes ECDSA keys on the given curve.
func EC(curve elliptic.Curve) KeyMaker {
	return func() (crypto.Signer, error) { return ecdsa.GenerateKey(curve, rand.Reader) }
}

// Identity is a certificate with its private key and the chain up to its root.
type Identity struct {
	Key   crypto.Signer
	Chain []*x509.Certificate // this certificate first, root last
}

// Certificate is the identity's own certificate.
func (id *Identity) Certificate() *x509.Certificate { return id.Chain[0] }

// Root is the self-signed end of the chain.
func (id *Identity) Root() *x509.Certificate { return id.Chain[len(id.Chain)-1] }

// Subject is the name used throughout the demo data, with one organization and one common name.
func Subject(organization, commonName string) pkix.Name {
	return pkix.Name{
		Country:      []string{"US"},
		Province:     []string{"WA"},
		Locality:     []string{"Seattle"},
		Organization: []string{organization},
		CommonName:   commonName,
	}
}

// Template changes a certificate before it is signed; vectors use it to break one rule at a time.
type Template func(*x509.Certificate)

// NewRoot makes a self-signed certificate authority.
func NewRoot(subject pkix.Name, newKey KeyMaker, changes ...Template) (*Identity, error) {
	return issue(nil, authority(subject), newKey, changes)
}

// NewIntermediate makes a certificate authority below this one.
func (id *Identity) NewIntermediate(subject pkix.Name, newKey KeyMaker, changes ...Template) (*Identity, error) {
	return issue(id, authority(subject), newKey, changes)
}

// NewSigner makes a code signing certificate that meets the Notary Project certificate requirements.
func (id *Identity) NewSigner(subject pkix.Name, newKey KeyMaker, changes ...Template) (*Identity, error) {
	template := &x509.Certificate{
		Subject:               subject,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		BasicConstraintsValid: true,
	}
	return issue(id, template, newKey, changes)
}

func authority(subject pkix.Name) *x509.Certificate {
	return &x509.Certificate{
		Subject:               subject,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
}

func issue(issuer *Identity, template *x509.Certificate, newKey KeyMaker, changes []Template) (*Identity, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial.Add(serial, big.NewInt(1))
	template.NotBefore = NotBefore
	template.NotAfter = NotAfter
	for _, change := range changes {
		change(template)
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	parent, signer, above := template, key, []*x509.Certificate(nil)
	if issuer != nil {
		parent, signer, above = issuer.Certificate(), issuer.Key, issuer.Chain
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", template.Subject.CommonName, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &Identity{Key: key, Chain: append([]*x509.Certificate{certificate}, above...)}, nil
}

// WritePEM writes one certificate as PEM.
func WritePEM(path string, certificate *x509.Certificate) error {
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
	return os.WriteFile(path, block, 0o644)
}
