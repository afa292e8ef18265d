// Package parity runs the reference implementation's verifier over the vectors and compares it with what ours said. The
// only differences allowed are those that differences.txt lists, each under the rule that asks for it.
package parity

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/dir"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

var (
	vectors     = flag.String("vectors", "../vectors", "folders with cases and certificates, separated by commas")
	ours        = flag.String("ours", "", "what vectors_report printed")
	differences = flag.String("differences", "differences.txt", "the differences that are allowed")
	verbose     = flag.Bool("decisions", false, "print both decisions with each difference")
)

// vector is a case as its file describes it.
type vector struct {
	Now     time.Time
	Image   string
	Subject struct {
		MediaType string
		Digest    digest.Digest
		Size      int64
	}
	Policy       json.RawMessage
	PolicyText   *string
	Stores       map[string][]json.RawMessage
	UserMetadata map[string]string
	Responders   servers
	Signature    struct {
		MediaType string
		content
	}
}

type content struct {
	Text   *string
	Base64 *string
}

func (c content) bytes() ([]byte, error) {
	if c.Text != nil {
		return []byte(*c.Text), nil
	}
	if c.Base64 == nil {
		return nil, fmt.Errorf("neither text nor base64")
	}
	return base64.StdEncoding.DecodeString(*c.Base64)
}

// decision is what becomes of a signature.
type decision struct {
	Verdict string // "accepted", "refused" or "skipped"
	Checks  map[string]string
	Message string
}

func (d decision) String() string {
	var checks []string
	for name, result := range d.Checks {
		checks = append(checks, name+" "+result)
	}
	sort.Strings(checks)
	return fmt.Sprintf("%s [%s] %s", d.Verdict, strings.Join(checks, ", "), d.Message)
}

// kind says how two decisions differ; empty: they do not.
func kind(ours, reference decision) string {
	switch {
	case ours.Verdict != reference.Verdict && reference.Verdict == "refused":
		return "laxer"
	case ours.Verdict != reference.Verdict:
		return "stricter"
	case fmt.Sprint(ours.Checks) != fmt.Sprint(reference.Checks):
		return "elsewhere"
	}
	return ""
}

func readVector(path string) (vector, error) {
	var out vector
	data, err := os.ReadFile(path)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(data, &out)
}

// settle writes a vector's policy and stores where the reference looks for them.
func settle(folder, certificates string, v vector) error {
	policy := []byte(v.Policy)
	if v.PolicyText != nil {
		policy = []byte(*v.PolicyText)
	}
	if err := os.WriteFile(filepath.Join(folder, "trustpolicy.json"), policy, 0o600); err != nil {
		return err
	}
	for name, files := range v.Stores {
		kind, store, _ := strings.Cut(name, ":")
		path := filepath.Join(folder, "truststore", "x509", kind, store)
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
		for i, each := range files {
			data, err := storeFile(certificates, each)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(path, fmt.Sprintf("%02d.crt", i)), data, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

func storeFile(certificates string, raw json.RawMessage) ([]byte, error) {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		return os.ReadFile(filepath.Join(certificates, name+".pem"))
	}
	var file content
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	return file.bytes()
}

// skipper is what the reference's verifier can do beside its public interface.
type skipper interface {
	SkipVerify(context.Context, notation.VerifierVerifyOptions) (bool, *trustpolicy.VerificationLevel, error)
}

func refused(err error) decision { return decision{Verdict: "refused", Message: err.Error()} }

// judge runs the reference's verifier; its clock must show the vector's time already. A verifier that panics refuses, and
// says nothing of any check.
func judge(folder string, v vector) (out decision, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			out, err = refused(fmt.Errorf("panic: %v", cause)), nil
		}
	}()
	dir.UserConfigDir = folder
	document, err := trustpolicy.LoadDocument()
	if err != nil {
		return refused(err), nil
	}
	verifying, err := v.Responders.options()
	if err != nil {
		return decision{}, err
	}
	made, err := verifier.NewWithOptions(document, truststore.NewX509TrustStore(dir.NewSysFS(folder)), nil, verifying)
	if err != nil {
		return refused(err), nil
	}
	envelope, err := v.Signature.bytes()
	if err != nil {
		return decision{}, err
	}
	options := notation.VerifierVerifyOptions{
		ArtifactReference:  v.Image + "@" + v.Subject.Digest.String(),
		SignatureMediaType: v.Signature.MediaType,
		UserMetadata:       v.UserMetadata,
	}
	ctx := context.Background()
	skip, _, err := made.(skipper).SkipVerify(ctx, options)
	if err != nil {
		return refused(err), nil
	}
	if skip {
		return decision{Verdict: "skipped"}, nil
	}
	target := ocispec.Descriptor{MediaType: v.Subject.MediaType, Digest: v.Subject.Digest, Size: v.Subject.Size}
	outcome, err := made.Verify(ctx, target, envelope, options)
	out = decision{Verdict: "accepted", Checks: map[string]string{}}
	if err != nil {
		out.Verdict, out.Message = "refused", err.Error()
	}
	if outcome != nil {
		for _, each := range outcome.VerificationResults {
			result := "passed"
			if each.Error != nil {
				result = "failed"
			}
			out.Checks[string(each.Type)] = string(each.Action) + " " + result
		}
	}
	return out, nil
}

// byReference judges a vector at the time that it names: in a bubble of testing/synctest the clock is ours.
func byReference(t *testing.T, certificates string, v vector) decision {
	var out decision
	folder := t.TempDir()
	if err := settle(folder, certificates, v); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(v.Now))
		if !time.Now().Equal(v.Now) {
			t.Fatalf("the clock shows %s, not %s", time.Now(), v.Now)
		}
		var err error
		if out, err = judge(folder, v); err != nil {
			t.Fatal(err)
		}
	})
	return out
}

// readOurs reads what vectors_report printed.
func readOurs(t *testing.T) map[string]decision {
	file, err := os.Open(*ours)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out := map[string]decision{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Name, Outcome, Message string
			Checks                 map[string]string
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		made := decision{Verdict: "refused", Checks: map[string]string{}, Message: line.Message}
		switch line.Outcome {
		case "verified":
			made.Verdict = "accepted"
		case "skipped":
			made.Verdict = "skipped"
		}
		for check, result := range line.Checks {
			if strings.HasSuffix(result, " passed") || strings.HasSuffix(result, " failed") {
				made.Checks[check] = result
			}
		}
		out[line.Name] = made
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

type allowed struct{ rule, kind string }

// readAllowed reads differences.txt.
func readAllowed(t *testing.T) map[string]allowed {
	data, err := os.ReadFile(*differences)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]allowed{}
	rule := ""
	for number, line := range strings.Split(string(data), "\n") {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || strings.HasPrefix(line, "#"):
		case !strings.HasPrefix(line, " "):
			rule = fields[0]
			if len(fields) < 4 {
				t.Fatalf("%s:%d: a rule needs a reason", *differences, number+1)
			}
		case len(fields) == 2 && rule != "" && (fields[0] == "stricter" || fields[0] == "laxer" || fields[0] == "elsewhere"):
			if _, twice := out[fields[1]]; twice {
				t.Fatalf("%s:%d: %s stands twice", *differences, number+1, fields[1])
			}
			out[fields[1]] = allowed{rule, fields[0]}
		default:
			t.Fatalf("%s:%d: cannot be read", *differences, number+1)
		}
	}
	return out
}

func TestParity(t *testing.T) {
	mine, listed := readOurs(t), readAllowed(t)
	seen, agree, byRule := 0, 0, map[string]int{}
	for _, folder := range strings.Split(*vectors, ",") {
		root := filepath.Join(folder, "cases")
		err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".json" {
				return err
			}
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			name := strings.TrimSuffix(filepath.ToSlash(relative), ".json")
			seen++
			t.Run(name, func(t *testing.T) {
				v, err := readVector(path)
				if err != nil {
					t.Fatal(err)
				}
				our, known := mine[name]
				if !known {
					t.Fatal("ours said nothing")
				}
				reference := byReference(t, filepath.Join(folder, "certificates"), v)
				found := kind(our, reference)
				listing, isListed := listed[name]
				delete(listed, name)
				switch {
				case found == "" && !isListed:
					agree++
					return
				case found == "":
					t.Errorf("listed under %s, and there is no difference any more", listing.rule)
				case !isListed:
					t.Errorf("an unlisted difference, %s", found)
				case listing.kind != found:
					t.Errorf("listed under %s as %s, and it is %s", listing.rule, listing.kind, found)
				default:
					byRule[listing.rule]++
					fmt.Printf("difference %s %s %s: ours %s, reference %s\n", listing.rule, found, name, our.Verdict, reference.Verdict)
					if *verbose {
						fmt.Printf("  ours      %s\n  reference %s\n", our, reference)
					}
					return
				}
				t.Logf("\n  ours      %s\n  reference %s", our, reference)
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, listing := range listed {
		t.Errorf("%s, listed under %s, is no vector", name, listing.rule)
	}
	if len(mine) != seen {
		t.Errorf("ours judged %d vectors, the reference %d", len(mine), seen)
	}
	var rules []string
	total := 0
	for rule, count := range byRule {
		rules = append(rules, fmt.Sprintf("%s %d", rule, count))
		total += count
	}
	sort.Strings(rules)
	fmt.Printf("%d vectors: %d agree in verdict and checks, %d differ as listed: %s\n", seen, agree, total, strings.Join(rules, ", "))
}
