// Package signing makes Notary Project envelopes with the reference implementation, and damages them on request.
package signing

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/notaryproject/notation-core-go/signature"
	// Importing an envelope package registers its media type.
	_ "github.com/notaryproject/notation-core-go/signature/cose"
	_ "github.com/notaryproject/notation-core-go/signature/jws"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"countersign.dev/tests/demo/generator/pki"
)

// Media types of envelopes and payload.
const (
	JWS         = "application/jose+json"
	COSE        = "application/cose"
	payloadType = "application/vnd.cncf.notary.payload.v1+json"
)

// Request says what to sign and how. Zero times are left out, except the signing time, which is Time.
type Request struct {
	Target    ocispec.Descriptor // what the payload names
	Signer    *pki.Identity
	MediaType string
	Time      time.Time
	Expiry    time.Time
	Extended  []signature.Attribute // extended attributes, critical ones too
}

// Sign returns the bytes of an envelope.
func Sign(request Request) ([]byte, error) {
	payload, err := json.Marshal(struct {
		TargetArtifact ocispec.Descriptor `json:"targetArtifact"`
	}{ocispec.Descriptor{
		MediaType:   request.Target.MediaType,
		Digest:      request.Target.Digest,
		Size:        request.Target.Size,
		Annotations: request.Target.Annotations,
	}})
	if err != nil {
		return nil, err
	}
	signer, err := signature.NewLocalSigner(request.Signer.Chain, request.Signer.Key)
	if err != nil {
		return nil, fmt.Errorf("signer: %w", err)
	}
	envelope, err := signature.NewEnvelope(request.MediaType)
	if err != nil {
		return nil, err
	}
	return envelope.Sign(&signature.SignRequest{
		Payload:       signature.Payload{ContentType: payloadType, Content: payload},
		Signer:        signer,
		SigningTime:   request.Time,
		Expiry:        request.Expiry,
		SigningScheme: signature.SigningSchemeX509,
		SigningAgent:  "countersign-demo-generator",

		ExtendedSignedAttributes: request.Extended,
	})
}

// Annotations are those that signers put on a signature manifest.
func Annotations(chain []*x509.Certificate, signed time.Time) (map[string]string, error) {
	thumbprints := make([]string, 0, len(chain))
	for _, certificate := range chain {
		sum := sha256.Sum256(certificate.Raw)
		thumbprints = append(thumbprints, hex.EncodeToString(sum[:]))
	}
	value, err := json.Marshal(thumbprints)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"io.cncf.notary.x509chain.thumbprint#S256": string(value),
		ocispec.AnnotationCreated:                  signed.Format(time.RFC3339),
	}, nil
}

// ReplaceInPayload changes bytes of a JWS envelope's payload without signing it again. Everything else stays as it was.
func ReplaceInPayload(envelope []byte, from, to string) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(envelope, &members); err != nil {
		return nil, err
	}
	var encoded string
	if err := json.Unmarshal(members["payload"], &encoded); err != nil {
		return nil, err
	}
	payload, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil, err
	}
	if bytes.Count(payload, []byte(from)) != 1 || len(from) != len(to) {
		return nil, errors.New("the text to be replaced must occur once and keep its length")
	}
	changed := base64.RawURLEncoding.EncodeToString(bytes.Replace(payload, []byte(from), []byte(to), 1))
	return bytes.Replace(envelope, []byte(encoded), []byte(changed), 1), nil
}
