package parity

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/notaryproject/notation-core-go/signature"
	// Importing an envelope package registers its media type.
	_ "github.com/notaryproject/notation-core-go/signature/cose"
	_ "github.com/notaryproject/notation-core-go/signature/jws"
)

var (
	module = flag.String("module", "", "folder of the reference's module")
	borrow = flag.String("borrow", "", "folder to write vectors to, made of the signatures that the reference's own tests use")
)

// TestBorrow makes vectors of the signatures in the reference's module. They are compared as all are, and not kept.
func TestBorrow(t *testing.T) {
	if *borrow == "" {
		t.Skip("no folder given")
	}
	var paths []string
	for _, pattern := range []string{"internal/mock/testdata/*_sig_env*.json", "internal/mock/testdata/sig_env_*.json", "internal/testdata/*.sig"} {
		found, err := filepath.Glob(filepath.Join(*module, filepath.FromSlash(pattern)))
		if err != nil || len(found) == 0 {
			t.Fatalf("nothing like %s: %v", pattern, err)
		}
		paths = append(paths, found...)
	}
	seen := map[string]bool{}
	for _, path := range paths {
		name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".json"), ".sig")
		if seen[name] {
			continue
		}
		seen[name] = true
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		mediaType, root, payload := inside(t, data)
		for _, level := range []string{"strict", "permissive"} {
			writeBorrowed(t, name+"-"+level, level, mediaType, data, root, payload)
		}
	}
}

// inside reads what a vector needs beside the envelope, without verifying anything.
func inside(t *testing.T, data []byte) (mediaType string, root, payload []byte) {
	if data[0] != '{' {
		envelope, err := signature.ParseEnvelope("application/cose", data)
		if err != nil {
			t.Fatal(err)
		}
		content, err := envelope.Content()
		if err != nil {
			t.Fatal(err)
		}
		chain := content.SignerInfo.CertificateChain
		return "application/cose", chain[len(chain)-1].Raw, content.Payload.Content
	}
	var envelope struct {
		Payload string
		Header  struct{ X5c [][]byte }
	}
	if err := json.Unmarshal(data, &envelope); err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(envelope.Payload)
	if err != nil {
		// Some are broken on purpose; then any target will do.
		payload = []byte(`{"targetArtifact":{"mediaType":"text/plain","digest":"sha256:` + strings.Repeat("0", 64) + `","size":1}}`)
	}
	chain := envelope.Header.X5c
	return "application/jose+json", chain[len(chain)-1], payload
}

func writeBorrowed(t *testing.T, name, level, mediaType string, data, root, payload []byte) {
	var target struct {
		TargetArtifact struct {
			MediaType   string            `json:"mediaType"`
			Digest      string            `json:"digest"`
			Size        int64             `json:"size"`
			Annotations map[string]string `json:"annotations,omitempty"`
		}
	}
	if err := json.Unmarshal(payload, &target); err != nil {
		t.Fatal(err)
	}
	annotations := target.TargetArtifact.Annotations
	target.TargetArtifact.Annotations = nil
	store := []map[string]string{{"name": "root.crt", "base64": base64.StdEncoding.EncodeToString(root)}}
	out, err := json.Marshal(map[string]any{
		"title": name, "madeBy": "reference", "now": "2026-06-01T00:00:00Z", "image": "registry.example/shop/cart",
		"subject": target.TargetArtifact,
		"policy": map[string]any{"version": "1.0", "trustPolicies": []any{map[string]any{
			"name": "borrowed", "registryScopes": []string{"*"}, "signatureVerification": map[string]string{"level": level},
			"trustStores": []string{"ca:borrowed", "signingAuthority:borrowed"}, "trustedIdentities": []string{"*"},
		}}},
		"stores":       map[string]any{"ca:borrowed": store, "signingAuthority:borrowed": store},
		"userMetadata": annotations,
		"signature":    map[string]string{"mediaType": mediaType, "base64": base64.StdEncoding.EncodeToString(data)},
	})
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(*borrow, "cases", "borrowed")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".json"), out, 0o644); err != nil {
		t.Fatal(err)
	}
}
