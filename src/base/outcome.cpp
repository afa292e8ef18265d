#include "base/outcome.hpp"

#include <array>
#include <cstddef>

namespace countersign {
namespace {

using enum OutcomeClass;

constexpr std::array kOutcomes = {
    OutcomeInfo{Outcome::kVerified, "CS000", "verified", kNone,
                "a signature passed every enforced check", "", "verified"},
    OutcomeInfo{Outcome::kSkipped, "CS001", "skipped", kNone, "no verification was asked for", "",
                "skipped"},
    OutcomeInfo{Outcome::kUnsigned, "CS101", "unsigned", kVerdict,
                "no Notary Project signature for this digest", "sign it: notation sign",
                "unsigned"},
    OutcomeInfo{Outcome::kUntrustedSigner, "CS102", "untrusted-signer", kVerdict,
                "the signing certificate chain contains no certificate of the trust stores",
                "sign it with a certificate that chains to a trusted root, or add that root to the "
                "trust store",
                "untrusted-signer"},
    OutcomeInfo{Outcome::kIdentityMismatch, "CS103", "identity-mismatch", kVerdict,
                "the signer is trusted but is none of the trusted identities",
                "sign it with the identity that the trust policy names for this repository",
                "identity-mismatch"},
    OutcomeInfo{Outcome::kSignatureInvalid, "CS104", "signature-invalid", kVerdict,
                "the signature is malformed, tampered with, or made for another artifact",
                "sign the image again and push the new signature", "signature-invalid"},
    OutcomeInfo{Outcome::kSignatureExpired, "CS105", "signature-expired", kVerdict,
                "the signature's own expiry has passed", "sign the image again",
                "signature-expired"},
    OutcomeInfo{Outcome::kCertificateExpired, "CS106", "certificate-expired", kVerdict,
                "a certificate of the chain is outside its validity at the time that counts",
                "sign the image again with a valid certificate, and timestamp the signature",
                "certificate-expired"},
    OutcomeInfo{Outcome::kTimestampInvalid, "CS107", "timestamp-invalid", kVerdict,
                "a timestamp is required and is missing or cannot be trusted",
                "sign the image again with a timestamp of a trusted authority",
                "timestamp-invalid"},
    OutcomeInfo{Outcome::kRevoked, "CS108", "revoked", kVerdict,
                "a certificate of the chain is revoked",
                "sign the image again with a certificate that is not revoked", "revoked"},
    OutcomeInfo{Outcome::kPluginRequired, "CS109", "plugin-required", kVerdict,
                "the signature needs a verification plugin or attribute that is not served here",
                "list the plugin under plugins, or sign without plugin-bound attributes",
                "plugin-required"},
    OutcomeInfo{Outcome::kNoPolicy, "CS110", "no-policy", kVerdict,
                "no trust policy statement applies to the repository",
                "add a statement whose registryScopes name this repository", "no-policy"},
    OutcomeInfo{Outcome::kImageNotFound, "CS111", "image-not-found", kVerdict,
                "the registry knows no such image",
                "check the name and the tag, and that the image was pushed", "image-not-found"},
    OutcomeInfo{Outcome::kInvalidReference, "CS112", "invalid-reference", kVerdict,
                "not an image reference",
                "write it as registry/repository:tag or registry/repository@sha256:<64 hex>",
                "invalid-reference"},
    OutcomeInfo{Outcome::kPlatformUnsigned, "CS113", "platform-unsigned", kVerdict,
                "a platform image of the index is not signed",
                "sign each platform image of the index", "platform-unsigned"},
    OutcomeInfo{Outcome::kRegistryRefused, "CS114", "registry-refused", kVerdict,
                "the registry's address is one that this service does not contact",
                "name the registry's exact host and port under `registries`, or use a public one",
                "registry-refused"},
    OutcomeInfo{Outcome::kMetadataMismatch, "CS115", "metadata-mismatch", kVerdict,
                "the signature lacks a signed annotation that is asked for",
                "sign it with the annotations that the rule asks for: notation sign "
                "--user-metadata key=value",
                "metadata-mismatch"},
    OutcomeInfo{Outcome::kRevocationUnknown, "CS201", "revocation-unknown", kOutage,
                "neither OCSP nor CRL gave a usable answer",
                "retry; check that OCSP and CRL servers are reachable", "revocation-unknown"},
    OutcomeInfo{Outcome::kRegistryUnauthorized, "CS202", "registry-unauthorized", kOutage,
                "the registry refused the credentials that apply",
                "give this service pull rights for the repository", "registry-unauthorized"},
    OutcomeInfo{Outcome::kRegistryThrottled, "CS203", "registry-throttled", kOutage,
                "the registry limits our rate", "retry later", "registry-throttled"},
    OutcomeInfo{Outcome::kRegistryUnreachable, "CS204", "registry-unreachable", kOutage,
                "the registry cannot be reached",
                "retry; check name, network and certificate of the registry",
                "registry-unreachable"},
    OutcomeInfo{Outcome::kRegistryMisbehaved, "CS205", "registry-misbehaved", kOutage,
                "the registry's answer breaks the protocol",
                "check what stands between this service and the registry", "registry-misbehaved"},
    OutcomeInfo{Outcome::kDeadlineExceeded, "CS206", "deadline-exceeded", kOutage,
                "verification did not end in time", "retry", "deadline-exceeded"},
    OutcomeInfo{Outcome::kOverloaded, "CS207", "overloaded", kOutage,
                "a bound on concurrent work was reached", "retry", "overloaded"},
    OutcomeInfo{Outcome::kMalformedReview, "CS301", "malformed-review", kRequest,
                "not an AdmissionReview that can be read",
                "send an AdmissionReview of admission.k8s.io/v1", "malformed-review"},
    OutcomeInfo{Outcome::kUnsupportedObject, "CS302", "unsupported-object", kRequest,
                "an object that this service does not know how to read",
                "register the webhook for the kinds that it knows", "unsupported-object"},
    OutcomeInfo{Outcome::kInternalError, "CS900", "internal-error", kOutage, "an error of ours",
                "report it with the log line of this review", "internal-error"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kOutcomes.size(); ++i) {
    if (static_cast<std::size_t>(kOutcomes[i].outcome) != i) return false;
  }
  return kOutcomes.size() == static_cast<std::size_t>(Outcome::kInternalError) + 1;
}
static_assert(in_order(), "one row for each outcome, in the order of the enum");

}  // namespace

const OutcomeInfo& info(Outcome outcome) noexcept {
  const auto index = static_cast<std::size_t>(outcome);
  return index < kOutcomes.size() ? kOutcomes[index] : kOutcomes.back();
}

std::span<const OutcomeInfo> all_outcomes() noexcept { return kOutcomes; }

std::string_view name(OutcomeClass kind) noexcept {
  switch (kind) {
    case kNone:
      return "";
    case kVerdict:
      return "verdict";
    case kOutage:
      return "outage";
    case kRequest:
      return "request";
  }
  return "outage";
}

}  // namespace countersign
