// Command plugins writes images whose signatures need a verification plugin, signed with the reference implementation:
//
//	go run ./plugins -out ../../integration/data/plugins    make new keys, write everything, forget the keys
//
// The folder then holds layouts/, truststore/ and trustpolicy.json, like the demo's.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/notaryproject/notation-core-go/signature"

	"countersign.dev/tests/demo/generator/layout"
	"countersign.dev/tests/demo/generator/pki"
	"countersign.dev/tests/demo/generator/signing"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const (
	plugin = "com.example.plugin"
	tag    = "v1"
	policy = `{
  "version": "1.0",
  "trustPolicies": [
    {
      "name": "plugins",
      "registryScopes": ["*"],
      "signatureVerification": {"level": "strict"},
      "trustStores": ["ca:demo"],
      "trustedIdentities": ["com.example.profile:shop"]
    }
  ]
}
`
)

// attributes name the plugin, and give it something to process.
var attributes = []signature.Attribute{
	{Key: "io.cncf.notary.verificationPlugin", Value: plugin, Critical: true},
	{Key: "io.cncf.notary.verificationPluginMinVersion", Value: "1.0.0", Critical: true},
	{Key: "com.example.profile", Value: "shop", Critical: true},
	{Key: "com.example.note", Value: "not critical", Critical: false},
}

func main() {
	out := flag.String("out", "", "folder to write to")
	flag.Parse()
	if *out == "" || flag.NArg() != 0 {
		flag.Usage()
		os.Exit(64)
	}
	if err := generate(*out); err != nil {
		fmt.Fprintln(os.Stderr, "plugins:", err)
		os.Exit(1)
	}
}

func generate(folder string) error {
	keys := pki.RSA(3072)
	root, err := pki.NewRoot(pki.Subject("Countersign Demo", "Plugin Root"), keys)
	if err != nil {
		return err
	}
	intermediate, err := root.NewIntermediate(pki.Subject("Countersign Demo", "Plugin Intermediate"), keys)
	if err != nil {
		return err
	}
	signer, err := intermediate.NewSigner(pki.Subject("Countersign Demo", "Plugin Signer"), keys)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	store := filepath.Join(folder, "truststore/x509/ca/demo")
	if err := os.MkdirAll(store, 0o755); err != nil {
		return err
	}
	if err := pki.WritePEM(filepath.Join(store, "root.pem"), root.Certificate()); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "trustpolicy.json"), []byte(policy), 0o644); err != nil {
		return err
	}
	for name, mediaType := range map[string]string{"plugin-jws": signing.JWS, "plugin-cose": signing.COSE} {
		if err := write(filepath.Join(folder, "layouts", name), mediaType, signer); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// write makes one layout: an image and its signature.
func write(folder, mediaType string, signer *pki.Identity) error {
	target, err := layout.New(folder)
	if err != nil {
		return err
	}
	image, err := target.AddImage("Countersign image for plugins, "+mediaType+"\n",
		ocispec.Platform{OS: "linux", Architecture: "amd64"})
	if err != nil {
		return err
	}
	target.List(image, tag)
	envelope, err := signing.Sign(signing.Request{
		Target: image, Signer: signer, MediaType: mediaType, Time: layout.Created, Extended: attributes,
	})
	if err != nil {
		return err
	}
	annotations, err := signing.Annotations(signer.Chain, layout.Created)
	if err != nil {
		return err
	}
	manifest, err := target.AddSignature(image, layout.Signature{
		MediaType: mediaType, Envelope: envelope, Annotations: annotations,
	})
	if err != nil {
		return err
	}
	target.List(manifest, "")
	return target.Close()
}
