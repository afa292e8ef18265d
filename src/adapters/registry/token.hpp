#pragma once
/// Token requests and answers of the Docker token protocol, without sending them.
///
/// Source: oci-registry 4.3 (GET form, answer), 4.4 (POST form, which form first). Pure.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/message.hpp"
#include "adapters/http/url.hpp"
#include "adapters/registry/endpoints.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "oci/credential.hpp"

namespace countersign::registry {

inline constexpr std::size_t kMaxTokenAnswer = std::size_t{128} * 1024;

struct TokenWish {
  Endpoint endpoint;       ///< for which it is asked
  std::string repository;  ///< whose content is asked for
  http::Url realm;
  std::string service;  ///< empty if the challenge had none
  std::vector<std::string> scopes;
  /// Absent: ask anonymously.
  std::optional<oci::Credential> credential;
};

enum class TokenForm : std::uint8_t { kAnonymousGet, kBasicGet, kPasswordPost, kRefreshPost };

/// The forms to try, in order: the next one if the server does not know the one before.
[[nodiscard]] std::vector<TokenForm> token_forms(const TokenWish& wish);
/// 404 and 405 of any form, and 400 of a GET, say that the server wants another one.
[[nodiscard]] bool wants_other_form(TokenForm form, long status) noexcept;

[[nodiscard]] http::Request token_request(const TokenWish& wish, TokenForm form);

struct TokenAnswer {
  Secret token;
  std::chrono::seconds lifetime{0};  ///< from now; may be 0
};
/// Errors: `kRegistryMisbehaved`, "BAD_RESPONSE". The message never holds the token.
Result<TokenAnswer> read_token_answer(std::string_view body, Instant now);

}  // namespace countersign::registry
