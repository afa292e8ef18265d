// Any lines as what a registry and its token servers answer, one line an answer. However they
// redirect and challenge, it ends soon, nobody sees a credential or a token who may not, nothing is
// asked in clear for a registry with TLS, and an image's digest is that of bytes that were served.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "fuzz/credential_places.hpp"
#include "fuzz/require.hpp"
#include "fuzz/scripted_registry.hpp"

namespace {

namespace cs = countersign;
using cs::fuzz::Place;
using cs::fuzz::require;
using cs::http::Purpose;

/// ">URL" is a redirect, "?challenge" a 401, "=body" a 200, "!nnn" a status; all else is a 500.
cs::http::Response answer(std::string_view line) {
  cs::http::Response response;
  const char kind = line.empty() ? ' ' : line.front();
  const std::string rest(line.substr(std::min<std::size_t>(line.size(), 1)));
  switch (kind) {
    case '>':
      response.status = 307;
      response.headers = {{"location", rest}};
      response.redirect_url = rest;
      break;
    case '?':
      response.status = 401;
      response.headers = {{"www-authenticate", rest}};
      break;
    case '=':
      response.status = 200;
      response.headers = {{"content-type", "application/vnd.oci.image.manifest.v1+json"}};
      response.body = rest;
      break;
    case '!':
      for (const char c : rest.substr(0, 3)) {
        if (c < '0' || c > '9') break;
        response.status = response.status * 10 + (c - '0');
      }
      break;
    default:
      response.status = 500;
  }
  return response;
}

/// The credential's three forms, each with a secret that no script can hold: it is made of the
/// script.
struct Wallet {
  cs::oci::Credential credential;
  std::vector<std::string> traces;  ///< how the secret can stand in a request
};

Wallet wallet_of(std::string_view script, unsigned form) {
  const std::string secret =
      cs::to_hex(cs::crypto::hash(cs::crypto::HashAlgorithm::kSha256, cs::as_bytes(script)))
          .substr(0, 24);
  Wallet wallet{.credential = {}, .traces = {secret}};
  switch (form) {
    case 0:
      wallet.credential.username = "user";
      wallet.credential.password = cs::Secret(secret);
      wallet.traces.push_back(cs::to_base64(cs::as_bytes("user:" + secret)));
      break;
    case 1:
      wallet.credential.identity_token = cs::Secret(secret);
      break;
    default:
      wallet.credential.registry_token = cs::Secret(secret);
  }
  return wallet;
}

bool holds_secret(const cs::http::Request& request, const Wallet& wallet) {
  std::string all =
      request.authorization.reveal() + "\n" + request.url.to_string() + "\n" + request.body;
  for (const auto& [name, value] : request.headers) all += "\n" + name + ": " + value;
  return std::ranges::any_of(wallet.traces, [&](const auto& trace) { return all.contains(trace); });
}

void require_proper(const cs::http::Request& request, const Place& place, const Wallet& wallet) {
  const std::string url = request.url.to_string();
  const std::string_view origin = cs::fuzz::origin_of(url);
  const bool authorized = !request.authorization.empty();
  if (cs::fuzz::is_encrypted(place)) require(request.url.is_https());
  for (const auto& [name, value] : request.headers)
    require(name == "Accept" || name == "Content-Type");
  switch (request.route.purpose) {
    case Purpose::kRegistry:
      require(origin == place.origin && request.body.empty());
      if (holds_secret(request, wallet)) require(!place.host.empty() && authorized);
      break;
    case Purpose::kToken:
      require(!authorized || request.authorization.reveal().starts_with("Basic "));
      if (holds_secret(request, wallet)) require(cs::fuzz::may_be_token_server(place, url));
      break;
    case Purpose::kRedirect:
      require(!authorized && request.body.empty() && !holds_secret(request, wallet));
      break;
    case Purpose::kRevocation:
      require(false);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view script(reinterpret_cast<const char*>(data), size);
  const Place& place = cs::fuzz::kPlaces[data[0] % cs::fuzz::kPlaces.size()];
  const Wallet wallet = wallet_of(script, data[0] / cs::fuzz::kPlaces.size() % 3);
  const std::vector<std::string_view> lines = cs::fuzz::split(script.substr(1), '\n');
  std::vector<cs::http::Response> answers;
  for (const std::string_view line : lines) answers.push_back(answer(line));

  cs::registry::Settings settings = cs::fuzz::settings_of_places();
  settings.default_credentials =
      cs::oci::DockerConfig::of(std::string(place.registry), wallet.credential);
  cs::fuzz::ScriptedRegistry registry(std::move(settings), std::move(answers));
  const auto subject = registry.resolve(std::string(place.registry) + "/team/app:v1");

  // Two questions (HEAD, GET), each at most thrice (421, a rate limit), of three requests with
  // three redirects and two tokens in two forms.
  constexpr std::size_t kMost = 2 * 3 * (3 * 4 + 2 * 2);
  require(registry.asked().size() <= kMost);
  for (const cs::http::Request& request : registry.asked()) require_proper(request, place, wallet);
  if (!subject) {
    cs::fuzz::require_showable(subject.error());
    for (const std::string& trace : wallet.traces)
      require(!subject.error().message().contains(trace));
    return 0;
  }
  require(std::ranges::any_of(lines, [&](std::string_view line) {
    return line.starts_with('=') && subject->digest.matches(cs::as_bytes(line.substr(1)));
  }));
  return 0;
}
