#pragma once
/// Authentication of one request as steps without I/O: what to do next, after each thing that came.
///
/// Source: oci-registry 4.1 to 4.5, 4.9 (state machine). Pure. Left to the caller: sending,
/// fetching tokens, remembering what a registry asked for.

#include <optional>
#include <string>

#include "adapters/http/message.hpp"
#include "adapters/registry/bound_credential.hpp"
#include "adapters/registry/challenge.hpp"
#include "adapters/registry/token.hpp"
#include "base/result.hpp"

namespace countersign::registry {

/// A repository whose content is asked for. All outlive the steps.
struct AuthSubject {
  const Endpoint& endpoint;
  const std::string& repository;
  const oci::Credential* credential;  ///< null: anonymous
};

class AuthSteps {
 public:
  struct Next {
    enum class Kind : std::uint8_t {
      kSend,        ///< with `authorization()`
      kFetchToken,  ///< `wish()`; then `token`
      kAnswer,      ///< the last reply is the answer
      kFail,        ///< `error`
    };
    Kind kind = Kind::kFail;
    Error error{};
  };

  /// `hint`: what this registry asked for last time, which saves a round trip.
  AuthSteps(AuthSubject subject, std::optional<Demand> hint);

  [[nodiscard]] Next start();
  /// What came of `kFetchToken`. `from_cache`: it was known already.
  [[nodiscard]] Next token(const Result<Secret>& token, bool from_cache);
  /// What came of `kSend`. `left_origin`: it was redirected to somebody else.
  [[nodiscard]] Next reply(const http::Response& response, bool left_origin);

  /// The header's value; nothing to be sent without one.
  [[nodiscard]] const std::optional<Secret>& authorization() const noexcept {
    return authorization_;
  }
  [[nodiscard]] const TokenWish& wish() const noexcept { return *wish_; }
  /// A token that the registry did not take, to be forgotten; once.
  [[nodiscard]] std::optional<TokenWish> take_refused() {
    return std::exchange(refused_, std::nullopt);
  }
  /// What the registry asked for, as far as it was fulfilled: the next hint. Nothing if the hint
  /// was of no use.
  [[nodiscard]] const std::optional<Demand>& learnt() const noexcept { return learnt_; }

 private:
  enum class Kind : std::uint8_t { kNone, kBasic, kToken, kStaticToken };

  [[nodiscard]] Next authorize(Demand demand);
  [[nodiscard]] Next demand_of(const http::Response& response, bool maybe_expired, Demand& demand);
  [[nodiscard]] bool is_same(const Demand& demand, const TokenWish& wish) const;
  [[nodiscard]] std::string withheld() const;

  AuthSubject subject_;
  BoundCredential credential_;
  Kind kind_ = Kind::kNone;
  std::optional<Secret> authorization_;
  bool from_cache_ = false;
  std::optional<TokenWish> wish_;  ///< of the token that is sent, or fetched
  std::string withheld_from_;      ///< token server that was not shown the credential
  std::optional<Demand> demand_;   ///< that is being fulfilled
  std::optional<Demand> learnt_;
  std::optional<TokenWish> refused_;
  unsigned sends_ = 0;
  unsigned token_fetches_ = 0;
};

}  // namespace countersign::registry
