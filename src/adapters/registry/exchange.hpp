#pragma once
/// Asking a registry: authentication, redirects and retries around single requests.
///
/// Source: oci-registry 4.9 (state machine), 5.4 (redirects), 5.10 (retries).

#include <string>

#include "adapters/http/url.hpp"
#include "adapters/registry/challenge.hpp"
#include "adapters/registry/endpoints.hpp"
#include "adapters/registry/error_answer.hpp"
#include "adapters/registry/options.hpp"
#include "adapters/registry/token_source.hpp"
#include "adapters/resilience/sender.hpp"
#include "ports/credential_source.hpp"
#include "ports/registry.hpp"

namespace countersign::registry {

/// A repository at the endpoint that serves it, and with whose rights it is asked.
struct Target {
  Endpoint endpoint;
  std::string repository;  ///< "library/nginx"
  std::shared_ptr<ports::CredentialSource> credentials;
  ports::Access access{};
  ports::Trace* trace = nullptr;  ///< counts the exchanges; may be null

  /// "<endpoint>/v2/<repository>/<rest>"
  [[nodiscard]] http::Url url(std::string_view rest) const;
};

/// One question to a registry.
struct Ask {
  /// Whether to follow a redirect to another origin: blobs and manifests may move, a list of
  /// referrers may not.
  enum class Redirects : std::uint8_t { kAnywhere, kSameOrigin };

  ports::ExchangeKind kind = ports::ExchangeKind::kResolve;
  http::Method method = http::Method::kGet;
  http::Url url;
  std::string accept;
  std::size_t max_body = 0;
  Redirects redirects = Redirects::kAnywhere;
  /// Listings are limited apart, and answer for themselves alone.
  resilience::Category category = resilience::Category::kRead;
};

class Exchange {
 public:
  /// All outlive it. Tokens are fetched in `tasks`. `options.memory` is set.
  Exchange(http::Transport& transport, TaskSet& tasks, const Options& options)
      : options_(options),
        sender_(
            transport, options.memory->health,
            {.condition_of = &condition_of, .observer = options.observer, .clock = options.clock}),
        tokens_(sender_, tasks) {}

  /// The final answer, whatever its status, but for 401, 429 and server trouble, which are errors
  /// here. A redirect that is not followed is an answer. Errors: the transport's;
  /// "UNAUTHENTICATED", "RATE_LIMITED", "SERVER_ERROR", "CIRCUIT_OPEN"; "BAD_RESPONSE" for a broken
  /// redirect or realm; `kDeadlineExceeded`.
  Task<http::Response> ask(Target target, Ask ask, Deadline deadline);

  [[nodiscard]] double jitter() const;
  [[nodiscard]] Clock& clock() const noexcept { return *options_.clock; }
  [[nodiscard]] Capabilities& capabilities() const noexcept {
    return options_.memory->capabilities;
  }
  /// The pause before a question is asked once more.
  [[nodiscard]] std::chrono::milliseconds short_pause() const;

 private:
  struct Reply {
    http::Response response;
    bool left_origin = false;
  };

  Task<http::Response> attempt(const Target& target, const Ask& ask, resilience::RetryState& state,
                               bool fresh_connection, Deadline deadline);
  Task<http::Response> attempt_with(const oci::Credential* credential, const Target& target,
                                    const Ask& ask, resilience::RetryState& state,
                                    bool fresh_connection, Deadline deadline);
  Task<Reply> follow(const oci::Credential* credential, const Target& target, const Ask& ask,
                     std::optional<Secret> authorization, resilience::RetryState& state,
                     bool fresh_connection, Deadline deadline);

  const Options& options_;
  resilience::Sender sender_;
  TokenSource tokens_;
  static constexpr std::size_t kMaxHints = 4096;
  LruMap<Demand> hints_{kMaxHints};  ///< what an endpoint asked for last time; saves a round trip
};

}  // namespace countersign::registry
