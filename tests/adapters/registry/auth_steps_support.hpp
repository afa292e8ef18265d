#pragma once
/// What the tests of authentication say: registries, credentials, challenges.

#include <string>
#include <string_view>
#include <utility>

#include "adapters/registry/auth_steps.hpp"
#include "adapters/registry/pure_support.hpp"

namespace countersign::registry {

inline Settings settings() {
  Settings out;
  out.registries.push_back({.match = "corp.io", .token_servers = {"auth.corp.io"}});
  out.registries.push_back({.match = "plain.io:5000", .plain_http = true});
  out.registries.push_back({.match = "unchecked.io", .insecure_skip_verify = true});
  return out;
}

inline const std::string kOwn =
    R"(Bearer realm="https://r.io/token",service="r.io",scope="repository:team/app:pull")";
inline const std::string kWider =
    R"(Bearer realm="https://r.io/token",error="insufficient_scope",scope="repository:team/app:metadata_read,pull")";
inline const std::string kForeign = R"(Bearer realm="https://evil.io/token",service="r.io")";
inline const std::string kInClear = R"(Bearer realm="http://r.io/token",service="r.io")";
inline const std::string kBasic = R"(Basic realm="x")";
inline const std::string kPassword = "Basic dXNlcjpTRUNSRVQ=";  // user:SECRET

inline oci::Credential password() { return {.username = "user", .password = Secret("SECRET")}; }
inline oci::Credential registry_token() { return {.registry_token = Secret("RT-SECRET")}; }

/// A demand as it was learnt from an earlier answer.
inline Demand demand(std::string_view challenge) { return select_challenge({challenge}); }

inline http::Response refused(std::string challenge, long status = 401) {
  if (challenge.empty()) return answer(status);
  return answer(status, "", {{"www-authenticate", std::move(challenge)}});
}

}  // namespace countersign::registry
