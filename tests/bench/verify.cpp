// scripts/bench verify: what it costs to verify one signature, beside the OpenSSL operations that
// it cannot do without. Both in one process, in random turns, so that the ratios hold whatever else
// the machine does.
//
// The signature has a chain of three RSA-3072 certificates. The bare operations are its four
// signature checks (of the envelope, of the leaf, of the intermediate, of the root by itself),
// hashing included, by keys that have been read already. Everything else is what is measured:
// reading the envelope, the certificates and the payload, every rule, and the report.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "envelope/unverified.hpp"
#include "support/cose_builder.hpp"
#include "support/jws_builder.hpp"
#include "verify/judge.hpp"

namespace {

using namespace countersign;  // NOLINT(google-build-using-namespace)
namespace testing = countersign::testing;

constexpr double kMost = 1.3;  ///< what all of it may cost, in bare operations
constexpr const char* kRepetitions = "25";

void require(bool condition, const char* what) {
  if (condition) return;
  fmt::print(stderr, "bench_verify: {}\n", what);
  std::exit(1);
}

/// One signature check with everything prepared that does not depend on the message.
struct Check {
  EVP_PKEY* key = nullptr;
  const EVP_MD* hash = nullptr;
  bool pss = false;
  Bytes message;
  Bytes signature;

  [[nodiscard]] bool run() const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* options = nullptr;
    bool good = EVP_DigestVerifyInit(context, &options, hash, nullptr, key) == 1;
    if (pss) {
      good = good && EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    good = good && EVP_DigestVerify(context, signature.data(), signature.size(), message.data(),
                                    message.size()) == 1;
    EVP_MD_CTX_free(context);
    return good;
  }
};

X509* read_certificate(const Bytes& der) {
  const unsigned char* at = der.data();
  return d2i_X509(nullptr, &at, static_cast<long>(der.size()));
}

Check certificate_check(const Bytes& child, const Bytes& issuer) {
  X509* certificate = read_certificate(child);
  const ASN1_BIT_STRING* signature = nullptr;
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(&signature, &algorithm, certificate);
  unsigned char* tbs = nullptr;
  const int size = i2d_re_X509_tbs(certificate, &tbs);
  int hash = 0;
  require(OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &hash, nullptr) == 1,
          "no hash of a certificate's signature");
  const EVP_MD* fetched = EVP_MD_fetch(nullptr, OBJ_nid2sn(hash), nullptr);
  return {.key = X509_get_pubkey(read_certificate(issuer)),
          .hash = fetched,
          .pss = false,
          .message = Bytes(tbs, tbs + size),
          .signature = Bytes(signature->data, signature->data + signature->length)};
}

/// A signature, what it is judged by, and its bare operations.
class Subject {
 public:
  Subject(std::string media_type, Bytes envelope, const testing::Chain& chain,
          Result<envelope::UnverifiedEnvelope> parts)
      : fetched_(ports::FetchedSignature{.media_type = std::move(media_type),
                                         .envelope = std::move(envelope)}) {
    require(parts.has_value(), "the envelope cannot be read");
    checks_.push_back({.key = X509_get_pubkey(read_certificate(chain.ders[0])),
                       .hash = EVP_MD_fetch(nullptr, "SHA384", nullptr),
                       .pss = true,
                       .message = parts->signed_bytes,
                       .signature = parts->signature});
    checks_.push_back(certificate_check(chain.ders[0], chain.ders[1]));
    checks_.push_back(certificate_check(chain.ders[1], chain.ders[2]));
    checks_.push_back(certificate_check(chain.ders[2], chain.ders[2]));
    const auto policy = trust::PolicyDocument::parse(
        R"({"version":"1.0","trustPolicies":[{"name":"shop","registryScopes":["*"],)"
        R"("signatureVerification":{"level":"strict"},"trustStores":["ca:shop"],)"
        R"("trustedIdentities":["*"]}]})");
    statement_ = policy.document->statements().front();
    stores_.emplace(trust::StoreId{trust::StoreType::kCa, "shop"},
                    std::vector<x509::Certificate>{*x509::Certificate::parse(chain.ders[2])});
  }

  void bare() const {
    for (const Check& check : checks_) require(check.run(), "a bare check fails");
  }

  /// `certificates` may be null.
  void judge(x509::CertificateCache* certificates) const {
    const verify::Question question{.subject = subject_,
                                    .statement = statement_,
                                    .stores = stores_,
                                    .now = now_,
                                    .certificates = certificates};
    const verdict::SignatureReport report = verify::judge_signature(
        "sha256:manifest", fetched_, question,
        [](const verify::RevocationNeed&) { return revocation::ChainAnswer(); });
    require(report.outcome == Outcome::kVerified, report.message.c_str());
  }

 private:
  Result<ports::FetchedSignature> fetched_;
  std::vector<Check> checks_;
  trust::Statement statement_;
  trust::TrustStores stores_;
  ports::Subject subject_{.digest = *oci::Digest::parse(testing::kTestImageDigest),
                          .media_type = std::string(testing::kTestImageType),
                          .size = testing::kTestImageSize};
  Instant now_ = *parse_rfc3339("2026-06-01T00:00:00Z");
};

/// The median of every benchmark, in nanoseconds of processor time.
class Medians final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.aggregate_name == "median")
        medians[run.run_name.function_name] = run.GetAdjustedCPUTime();
    }
  }
  std::map<std::string, double> medians;
};

}  // namespace

int main(int count, char** arguments) {
  testing::ChainSpec spec;
  spec.leaf_key = testing::KeyKind::kRsa3072;
  spec.ca_key = testing::KeyKind::kRsa3072;
  const testing::Chain chain = testing::make_chain(spec);
  const std::string jws_text = testing::JwsBuilder(chain).build();
  const BytesView jws_bytes = as_bytes(jws_text);
  const Bytes cose_bytes = testing::CoseBuilder(chain).build();
  const std::map<std::string, std::shared_ptr<const Subject>> subjects = {
      {"JWS",
       std::make_shared<Subject>("application/jose+json", Bytes(jws_bytes.begin(), jws_bytes.end()),
                                 chain, envelope::parse_jws(jws_bytes))},
      {"COSE", std::make_shared<Subject>("application/cose", cose_bytes, chain,
                                         envelope::parse_cose(cose_bytes))}};
  for (const auto& [name, subject] : subjects) {
    benchmark::RegisterBenchmark((name + " bare").c_str(), [subject](benchmark::State& state) {
      for (auto unused : state) subject->bare();
    });
    benchmark::RegisterBenchmark((name + " all").c_str(), [subject](benchmark::State& state) {
      x509::CertificateCache certificates;
      subject->judge(&certificates);
      for (auto unused : state) subject->judge(&certificates);
    });
    benchmark::RegisterBenchmark((name + " first").c_str(), [subject](benchmark::State& state) {
      for (auto unused : state) subject->judge(nullptr);
    });
  }
  std::vector<std::string> options = {
      arguments[0], std::string("--benchmark_repetitions=") + kRepetitions,
      "--benchmark_enable_random_interleaving=true", "--benchmark_min_time=0.05"};
  options.insert(options.end(), arguments + 1, arguments + count);
  std::vector<char*> pointers;
  for (std::string& option : options) pointers.push_back(option.data());
  int number = static_cast<int>(pointers.size());
  benchmark::Initialize(&number, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(number, pointers.data())) return 64;
  Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);

  bool good = true;
  for (const auto& [name, subject] : subjects) {
    const double bare = medians.medians[name + " bare"];
    const double all = medians.medians[name + " all"];
    if (bare <= 0 || all <= 0) continue;  // filtered out
    const double ratio = all / bare;
    good = good && ratio <= kMost;
    const double first = medians.medians[name + " first"];
    fmt::print(
        "{:4}  bare {:6.1f} us  all {:6.1f} us  ratio {:.2f}, at most {:.1f}: {}; "
        "unknown certificates {:.1f} us, ratio {:.2f}\n",
        name, bare / 1000, all / 1000, ratio, kMost, ratio <= kMost ? "ok" : "TOO SLOW",
        first / 1000, first / bare);
  }
  return good ? 0 : 1;
}
