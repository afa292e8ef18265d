package main

import (
	"crypto/elliptic"
	"fmt"
	"path/filepath"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"countersign.dev/tests/demo/generator/layout"
	"countersign.dev/tests/demo/generator/pki"
	"countersign.dev/tests/demo/generator/signing"
)

// Expectation is what a verifier must say of one layout under the demo policy.
type Expectation struct {
	Digest   digest.Digest `json:"digest"`
	Decision string        `json:"decision"` // allow or deny
	Code     string        `json:"code"`
	Why      string        `json:"why"`
}

// A demoCase is one layout: an image, and how it is signed.
type demoCase struct {
	name   string
	expect Expectation // the digest is filled in by generate
	index  bool        // an index of two platforms instead of one image
	legacy bool        // the form of signature manifest that signers wrote before artifactType existed
	sign   signFunc    // nil: unsigned
}

// A signFunc returns an envelope that is attached to image.
type signFunc func(image ocispec.Descriptor) (signed, error)

type signed struct {
	mediaType string
	envelope  []byte
	signer    *pki.Identity
	time      time.Time
}

// The people of the demo: the roots of the first three are trusted.
type signers struct {
	rsa, ec, otherOrganization *pki.Identity
	stranger                   *pki.Identity
	roots                      map[string]*pki.Identity // file name in the trust store: root
}

const organization = "Countersign Demo"

var signingTime = layout.Created

func newSigners() (*signers, error) {
	rsaKeys, ecKeys := pki.RSA(3072), pki.EC(elliptic.P256())
	rsaRoot, rsaIntermediate, rsaSigner, err := newChain("RSA", rsaKeys)
	if err != nil {
		return nil, err
	}
	ecRoot, _, ecSigner, err := newChain("EC", ecKeys)
	if err != nil {
		return nil, err
	}
	_, _, stranger, err := newChain("Unrelated", rsaKeys)
	if err != nil {
		return nil, err
	}
	other, err := rsaIntermediate.NewSigner(pki.Subject("Another Organization", "Other Signer"), rsaKeys)
	if err != nil {
		return nil, err
	}
	return &signers{
		rsa: rsaSigner, ec: ecSigner, otherOrganization: other, stranger: stranger,
		roots: map[string]*pki.Identity{"rsa-root.pem": rsaRoot, "ec-root.pem": ecRoot},
	}, nil
}

// newChain makes a root, an intermediate authority and a signer below it.
func newChain(name string, newKey pki.KeyMaker) (root, intermediate, signer *pki.Identity, err error) {
	if root, err = pki.NewRoot(pki.Subject(organization, name+" Root"), newKey); err != nil {
		return
	}
	if intermediate, err = root.NewIntermediate(pki.Subject(organization, name+" Intermediate"), newKey); err != nil {
		return
	}
	signer, err = intermediate.NewSigner(pki.Subject(organization, name+" Signer"), newKey)
	return
}

// by signs the image as a signer does who means it.
func by(signer *pki.Identity, mediaType string) signFunc {
	return func(image ocispec.Descriptor) (signed, error) {
		envelope, err := signing.Sign(signing.Request{Target: image, Signer: signer, MediaType: mediaType, Time: signingTime})
		return signed{mediaType, envelope, signer, signingTime}, err
	}
}

// expired signs with an expiry one day after the signing time.
func expired(signer *pki.Identity) signFunc {
	return func(image ocispec.Descriptor) (signed, error) {
		envelope, err := signing.Sign(signing.Request{
			Target: image, Signer: signer, MediaType: signing.JWS,
			Time: signingTime, Expiry: signingTime.AddDate(0, 0, 1),
		})
		return signed{signing.JWS, envelope, signer, signingTime}, err
	}
}

// forAnotherImage attaches a valid signature of some other image, as somebody does who copies a signature.
func forAnotherImage(signer *pki.Identity) signFunc {
	return func(image ocispec.Descriptor) (signed, error) {
		image.Digest = digest.FromString("another image")
		return by(signer, signing.JWS)(image)
	}
}

// tampered signs another digest and then changes the one byte of the payload that differs, so that the envelope
// names the image that it is attached to. Only the check of the signature itself can notice.
func tampered(signer *pki.Identity) signFunc {
	return func(image ocispec.Descriptor) (signed, error) {
		other := image
		other.Digest = digest.Digest(flipLast(image.Digest.String()))
		result, err := by(signer, signing.JWS)(other)
		if err != nil {
			return signed{}, err
		}
		result.envelope, err = signing.ReplaceInPayload(result.envelope, other.Digest.String(), image.Digest.String())
		return result, err
	}
}

func flipLast(text string) string {
	last := byte('0')
	if text[len(text)-1] == last {
		last = '1'
	}
	return text[:len(text)-1] + string(last)
}

func demoCases(people *signers) []demoCase {
	return []demoCase{
		{name: "signed-rsa", sign: by(people.rsa, signing.JWS),
			expect: Expectation{Decision: "allow", Code: "CS000", Why: "signed by the trusted signer, RSA-3072, JWS"}},
		{name: "signed-ec", sign: by(people.ec, signing.JWS),
			expect: Expectation{Decision: "allow", Code: "CS000", Why: "signed by the trusted signer, EC P-256, JWS"}},
		{name: "signed-cose", sign: by(people.rsa, signing.COSE),
			expect: Expectation{Decision: "allow", Code: "CS000", Why: "signed by the trusted signer, RSA-3072, COSE"}},
		{name: "signed-legacy-form", legacy: true, sign: by(people.rsa, signing.JWS),
			expect: Expectation{Decision: "allow", Code: "CS000", Why: "signed by the trusted signer, signature manifest without artifactType"}},
		{name: "multi-arch", index: true, sign: by(people.rsa, signing.JWS),
			expect: Expectation{Decision: "allow", Code: "CS000", Why: "an index of two platforms, signed at the index digest"}},
		{name: "unsigned",
			expect: Expectation{Decision: "deny", Code: "CS101", Why: "no signature"}},
		{name: "wrong-signer", sign: by(people.stranger, signing.JWS),
			expect: Expectation{Decision: "deny", Code: "CS102", Why: "signed under a root that is not in the trust store"}},
		{name: "identity-mismatch", sign: by(people.otherOrganization, signing.JWS),
			expect: Expectation{Decision: "deny", Code: "CS103", Why: "trusted root, but the signer belongs to another organization"}},
		{name: "wrong-image", sign: forAnotherImage(people.rsa),
			expect: Expectation{Decision: "deny", Code: "CS104", Why: "a valid signature, but of another image"}},
		{name: "tampered", sign: tampered(people.rsa),
			expect: Expectation{Decision: "deny", Code: "CS104", Why: "one byte of the payload was changed after signing"}},
		{name: "expired", sign: expired(people.rsa),
			expect: Expectation{Decision: "deny", Code: "CS105", Why: "the signature's own expiry is in the past"}},
	}
}

const demoTag = "v1"

// write makes the layout of one case below folder and returns the digest of its image.
func (c demoCase) write(folder string) (digest.Digest, error) {
	target, err := layout.New(filepath.Join(folder, c.name))
	if err != nil {
		return "", err
	}
	image, err := c.addImage(target)
	if err != nil {
		return "", err
	}
	target.List(image, demoTag)
	if c.sign != nil {
		result, err := c.sign(image)
		if err != nil {
			return "", err
		}
		annotations, err := signing.Annotations(result.signer.Chain, result.time)
		if err != nil {
			return "", err
		}
		manifest, err := target.AddSignature(image, layout.Signature{
			MediaType: result.mediaType, Envelope: result.envelope, Annotations: annotations, LegacyForm: c.legacy,
		})
		if err != nil {
			return "", err
		}
		target.List(manifest, "")
	}
	return image.Digest, target.Close()
}

func (c demoCase) addImage(target *layout.Layout) (ocispec.Descriptor, error) {
	text := func(architecture string) string {
		return fmt.Sprintf("Countersign demo image %q for %s\n", c.name, architecture)
	}
	if !c.index {
		return target.AddImage(text("amd64"), ocispec.Platform{OS: "linux", Architecture: "amd64"})
	}
	var images []ocispec.Descriptor
	for _, architecture := range []string{"amd64", "arm64"} {
		platform := ocispec.Platform{OS: "linux", Architecture: architecture}
		image, err := target.AddImage(text(architecture), platform)
		if err != nil {
			return ocispec.Descriptor{}, err
		}
		image.Platform = &platform
		images = append(images, image)
	}
	return target.AddIndex(images)
}
