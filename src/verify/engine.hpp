#pragma once
/// Verification of one image: the coroutine that fetches what the judgement asks for, in the order
/// that does the least work. Policy first: an image that no statement covers causes no request.
///
/// Source: notary-verification 8.1 (VE-1 to VE-4), ST-20 to ST-24; docs/architecture.md.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "async/clock.hpp"
#include "async/cpu_time.hpp"
#include "async/task.hpp"
#include "base/deadline.hpp"
#include "base/instant.hpp"
#include "ports/plugins.hpp"
#include "ports/registry.hpp"
#include "ports/revocation_source.hpp"
#include "verify/ask.hpp"
#include "verify/decide.hpp"
#include "verify/judge.hpp"
#include "verify/trust_material.hpp"
#include "verify/vocabulary.hpp"
#include "x509/certificate_cache.hpp"

namespace countersign::verify {

using ports::Plugins;
using ports::Registry;
using ports::RevocationSource;
using ports::Trace;

/// Who is asked. All live on the engine's thread, and outlive the verification.
struct Sources {
  Registry& registry;
  /// Null: every status that would have to be asked for is unknown.
  RevocationSource* revocation = nullptr;
  /// Null: a signature that needs a plugin is denied.
  Plugins* plugins = nullptr;
};

/// By what it is judged: parts of one generation.
struct Terms {
  std::shared_ptr<const TrustMaterial> trust;
  /// Candidates of one image whose chain holds a trusted certificate, failing ones included. Where
  /// nobody need be trusted all count.
  std::size_t max_signatures = 100;
};

/// What judging one image may cost, whoever signed it: strangers where authenticity is only logged,
/// and authorities that issue too much (VE-6, decisions 30, 49).
inline constexpr unsigned kMaxLinkChecks = 64;
inline constexpr std::chrono::milliseconds kMaxJudgingTime{500};
/// A stranger costs a fetch and a comparison; so many times `max_signatures` are fetched.
inline constexpr std::size_t kFetchesPerSignature = 10;

/// Lives on one thread, and keeps no part of a generation.
class Engine {
 public:
  /// `now` is the time that signatures are judged by; `clock` outlives it.
  /// `used` is the processor time of this thread.
  explicit Engine(std::function<Instant()> now = Instant::now, Clock& clock = real_clock(),
                  std::function<std::chrono::nanoseconds()> used = thread_cpu_time);

  /// A signature counts if it carries all that is required. Never admits by mistake: whatever
  /// goes wrong is a verdict that denies. Throws only if there is no memory to say so.
  asio::awaitable<Verdict, Executor> verify(std::shared_ptr<const Ask> ask, Terms terms,
                                            Sources sources, Deadline deadline);

 private:
  struct Work;
  Task<void> gather(Work& work, const trust::Statement& statement);
  asio::awaitable<void, Executor> judge_candidates(Work& work, const trust::Statement& statement,
                                                   const Subject& subject,
                                                   std::span<const oci::Descriptor> candidates,
                                                   Evidence& evidence);
  /// Judges, and fetches whatever the judgement needs on the way.
  asio::awaitable<SignatureReport, Executor> judge(Work& work, std::string manifest_digest,
                                                   const Result<FetchedSignature>& fetched,
                                                   const Question& question);

  /// Why judging goes no further; nothing if it does.
  [[nodiscard]] std::optional<Error> spent(const Work& work) const;

  std::function<Instant()> now_;
  Clock& clock_;
  std::function<std::chrono::nanoseconds()> used_;
  x509::CertificateCache certificates_;
};

/// The verdict before anything is known of an image: it denies, and has its names.
[[nodiscard]] Verdict blank_verdict(const oci::ImageReference& image);

/// The verdict for text that is not a reference, or that a container runtime would read as
/// something else.
[[nodiscard]] Verdict invalid_reference_verdict(const Error& error);

}  // namespace countersign::verify
