#pragma once
/// Verification of one image: the coroutine that fetches what the judgement asks for, in the order
/// that does the least work. Policy first: an image that no statement covers causes no request.
///
/// Source: notary-verification 8.1 (VE-1 to VE-4), ST-20 to ST-24; design 3.

#include <functional>
#include <memory>

#include "async/task.hpp"
#include "base/deadline.hpp"
#include "base/instant.hpp"
#include "oci/image_reference.hpp"
#include "ports/plugins.hpp"
#include "ports/registry.hpp"
#include "ports/revocation_source.hpp"
#include "trust/policy_document.hpp"
#include "trust/trust_store.hpp"
#include "verify/judge.hpp"
#include "verify/vocabulary.hpp"
#include "x509/certificate_cache.hpp"

namespace countersign::verify {

using ports::Plugins;
using ports::Registry;
using ports::RevocationSource;
using ports::Trace;

/// One generation of what is trusted. Immutable; a decision uses exactly one.
struct TrustMaterial {
  trust::PolicyDocument policy;
  trust::TrustStores stores;
};

struct EngineOptions {
  std::size_t max_signatures =
      100;  ///< candidates that are fetched for one image, failing ones included
  std::function<Instant()> now = Instant::now;
  /// Null: every status that would have to be asked for is unknown.
  RevocationSource* revocation = nullptr;
  /// Null: a signature that needs a plugin is denied.
  Plugins* plugins = nullptr;
};

/// Lives on one thread, as its Registry does. `registry`, the revocation source and the plugins
/// must outlive it.
class Engine {
 public:
  Engine(Registry& registry, std::shared_ptr<const TrustMaterial> material, EngineOptions options);

  /// A signature counts if it carries all that is `required`. Never admits by mistake: whatever
  /// goes wrong is a verdict that denies. Throws only if there is no memory to say so.
  asio::awaitable<Verdict, Executor> verify(oci::ImageReference image, Deadline deadline,
                                            UserMetadata required = {});

 private:
  Task<void> gather(const oci::ImageReference& image, const trust::Statement& statement,
                    const UserMetadata& required, Deadline deadline, Trace& trace,
                    Verdict& verdict);

  /// Judges, and fetches whatever the judgement needs on the way.
  asio::awaitable<SignatureReport, Executor> judge(std::string manifest_digest,
                                                   const Result<FetchedSignature>& fetched,
                                                   const Question& question, Deadline deadline);

  Registry* registry_;
  std::shared_ptr<const TrustMaterial> material_;
  EngineOptions options_;
  x509::CertificateCache certificates_;
};

/// The verdict for text that is not a reference, or that a container runtime would read as
/// something else.
[[nodiscard]] Verdict invalid_reference_verdict(std::string_view text, const Error& error);

}  // namespace countersign::verify
