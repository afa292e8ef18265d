// Command generator writes the demo data of this project with the reference implementation of the Notary Project,
// and checks with the reference verifier that each layout is what it claims to be.
//
//	go run . -out ../            make new keys, write everything, forget the keys
//	go run . -out ../ -verify    judge what is there
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"countersign.dev/tests/demo/generator/pki"
)

const (
	layoutsFolder    = "layouts"
	storeFolder      = "truststore/x509/ca/demo"
	policyFile       = "trustpolicy.json"
	expectationsFile = "expected.json"
)

// Expectations is the content of expected.json.
type Expectations struct {
	Tag     string                 `json:"tag"`
	Layouts map[string]Expectation `json:"layouts"`
}

func main() {
	out := flag.String("out", "", "folder of the demo data (layouts/, truststore/, trustpolicy.json, expected.json)")
	verify := flag.Bool("verify", false, "write nothing; check what is there with the reference verifier")
	flag.Parse()
	if *out == "" || flag.NArg() != 0 {
		flag.Usage()
		os.Exit(64)
	}
	act := generate
	if *verify {
		act = func(folder string) error { return judge(context.Background(), folder) }
	}
	if err := act(*out); err != nil {
		fmt.Fprintln(os.Stderr, "generator:", err)
		os.Exit(1)
	}
}

func generate(folder string) error {
	people, err := newSigners()
	if err != nil {
		return err
	}
	for _, old := range []string{layoutsFolder, storeFolder} {
		if err := os.RemoveAll(filepath.Join(folder, old)); err != nil {
			return err
		}
	}
	if err := writeStore(filepath.Join(folder, storeFolder), people); err != nil {
		return err
	}
	expectations := Expectations{Tag: demoTag, Layouts: map[string]Expectation{}}
	for _, each := range demoCases(people) {
		expect := each.expect
		if expect.Digest, err = each.write(filepath.Join(folder, layoutsFolder)); err != nil {
			return fmt.Errorf("%s: %w", each.name, err)
		}
		expectations.Layouts[each.name] = expect
		fmt.Printf("%-18s %s\n", each.name, expect.Digest)
	}
	return writeJSON(filepath.Join(folder, expectationsFile), expectations)
}

// writeStore writes the trusted roots.
func writeStore(folder string, people *signers) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for file, root := range people.roots {
		if err := pki.WritePEM(filepath.Join(folder, file), root.Certificate()); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(path string, document any) error {
	content, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(content, '\n'), 0o644)
}
