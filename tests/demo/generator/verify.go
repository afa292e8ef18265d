package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/notaryproject/notation-core-go/signature"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/dir"
	"github.com/notaryproject/notation-go/registry"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content/oci"
	orasregistry "oras.land/oras-go/v2/registry"

	"countersign.dev/tests/demo/generator/layout"
)

// judge runs the reference verifier over every layout and compares with expected.json.
func judge(ctx context.Context, folder string) error {
	var expectations Expectations
	if err := readJSON(filepath.Join(folder, expectationsFile), &expectations); err != nil {
		return err
	}
	reference, err := newReference(folder)
	if err != nil {
		return err
	}
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(expectations.Layouts)) {
		want := expectations.Layouts[name]
		code, reason, err := reference.verify(ctx, filepath.Join(folder, layoutsFolder, name), want)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		verdict := "as expected"
		if code != want.Code || (code == "CS000") != (want.Decision == "allow") {
			verdict = "WRONG, expected " + want.Code
			wrong = append(wrong, fmt.Errorf("%s: %s instead of %s", name, code, want.Code))
		}
		fmt.Printf("%-18s %s  %-11s  %s\n", name, code, verdict, reason)
	}
	return errors.Join(wrong...)
}

// reference is notation-go's verifier under the demo policy. It keeps the outcome of the last signature that it saw.
type reference struct {
	notation.Verifier
	last *notation.VerificationOutcome
}

func newReference(folder string) (*reference, error) {
	var policy trustpolicy.Document
	if err := readJSON(filepath.Join(folder, policyFile), &policy); err != nil {
		return nil, err
	}
	inner, err := verifier.New(&policy, truststore.NewX509TrustStore(dir.NewSysFS(folder)), nil)
	return &reference{Verifier: inner}, err
}

// Verify implements notation.Verifier.
func (r *reference) Verify(ctx context.Context, image ocispec.Descriptor, envelope []byte, options notation.VerifierVerifyOptions) (*notation.VerificationOutcome, error) {
	outcome, err := r.Verifier.Verify(ctx, image, envelope, options)
	r.last = outcome
	return outcome, err
}

// verify returns the code of ours that says the same as the reference's verdict, and the reference's own words.
func (r *reference) verify(ctx context.Context, layoutFolder string, want Expectation) (code, reason string, err error) {
	// The reference's store writes into the folder that it opens, so it gets a copy.
	scratch, err := os.MkdirTemp("", "countersign-demo-")
	if err != nil {
		return "", "", err
	}
	defer os.RemoveAll(scratch)
	if err := os.CopyFS(scratch, os.DirFS(layoutFolder)); err != nil {
		return "", "", err
	}
	store, err := oci.New(scratch)
	if err != nil {
		return "", "", err
	}
	repository := layoutRepository{registry.NewRepository(store), store}
	image, err := repository.Resolve(ctx, demoTag)
	if err != nil {
		return "", "", err
	}
	if image.Digest != want.Digest {
		return "", "", fmt.Errorf("tag %s is %s, expected.json says %s", demoTag, image.Digest, want.Digest)
	}
	r.last = nil
	_, _, failure := notation.Verify(ctx, r, repository, notation.VerifyOptions{
		ArtifactReference:    "demo.example/" + filepath.Base(layoutFolder) + "@" + want.Digest.String(),
		MaxSignatureAttempts: 10,
	})
	if failure == nil {
		return "CS000", "verified", nil
	}
	code, reason = r.explain(failure)
	return code, reason, nil
}

// layoutRepository lists signatures in both forms of a signature manifest. This version of the reference finds in a
// layout only the older form, which names the artifact type as the media type of its config.
type layoutRepository struct {
	registry.Repository
	store *oci.Store
}

// ListSignatures implements registry.Repository.
func (l layoutRepository) ListSignatures(ctx context.Context, image ocispec.Descriptor, visit func([]ocispec.Descriptor) error) error {
	referrers, err := orasregistry.Referrers(ctx, l.store, image, layout.SignatureArtifactType)
	if err != nil {
		return err
	}
	return visit(referrers)
}

func (r *reference) explain(failure error) (code, reason string) {
	var retrieval notation.ErrorSignatureRetrievalFailed
	if r.last == nil {
		if errors.As(failure, &retrieval) {
			return "CS101", "no signature is associated with the image"
		}
		return "CS900", failure.Error()
	}
	for _, result := range r.last.VerificationResults {
		if result.Error == nil {
			continue
		}
		return codeOf(result), string(result.Type) + ": " + result.Error.Error()
	}
	// Every check passed and still no success: the payload is about another image.
	return "CS104", errors.Unwrap(r.last.Error).Error()
}

func codeOf(result *notation.ValidationResult) string {
	var untrusted *signature.SignatureAuthenticityError
	switch {
	case result.Type == trustpolicy.TypeIntegrity:
		return "CS104"
	case result.Type == trustpolicy.TypeAuthenticity && errors.As(result.Error, &untrusted):
		return "CS102"
	case result.Type == trustpolicy.TypeAuthenticity:
		return "CS103"
	case result.Type == trustpolicy.TypeExpiry:
		return "CS105"
	case result.Type == trustpolicy.TypeAuthenticTimestamp:
		return "CS106"
	}
	return "CS900"
}

func readJSON(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
