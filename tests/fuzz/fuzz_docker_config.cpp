// Any bytes as a Docker configuration; behind an 'E', edits of a good one. A repository
// gets a credential only from an entry that names it, and then what the entry says; nothing that is
// said about an entry holds a secret of it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "fuzz/edited.hpp"
#include "fuzz/json_reading.hpp"
#include "fuzz/memory.hpp"
#include "fuzz/require.hpp"
#include "oci/docker_config.hpp"

namespace {

namespace cs = countersign;
using cs::fuzz::require;
using cs::oci::Credential;
using cs::oci::DockerConfig;

/// The password is "0PENSESAME", in base64 "MFBFTlNFU0FNRQ==" and the like.
constexpr std::string_view kGood =
    R"({"auths":{"https://index.docker.io/v1/":{"auth":"dXNlcjowUEVOU0VTQU1F"},)"
    R"("ghcr.io":{"username":"user","password":"0PENSESAME"},)"
    R"("https://a.io:5000/v2/":{"identitytoken":"0PENSESAME-id"},)"
    R"("[::1]:5000":{"registrytoken":"0PENSESAME-rt"},"b.io/team":{"auth":"dTpw"}},)"
    R"("credsStore":"","HttpHeaders":{"X":"0PENSESAME"}})";

/// "https://host:port/path" to "host:port", by a way of its own.
std::string host_of(std::string key) {
  if (key.starts_with("https://")) {
    key.erase(0, 8);
  } else if (key.starts_with("http://")) {
    key.erase(0, 7);
  }
  while (key.contains('/')) key.pop_back();
  return key;
}

std::string without_https_port(std::string host) {
  if (host.ends_with(":443")) host.erase(host.size() - 4);
  return host;
}

/// Kubelet's rule, but for globs within a label: of those only the number of labels is compared.
bool names(const std::string& key, const std::string& registry, const std::string& path) {
  const std::string asked = without_https_port(registry);
  const std::string host = without_https_port(host_of(key));
  const bool has_scheme = key.starts_with("https://") || key.starts_with("http://");
  std::string rest = has_scheme ? key.substr(key.find("//") + 2) : key;
  rest = rest.contains('/') ? rest.substr(rest.find('/')) : std::string();
  if (rest.starts_with("/v1/") || rest.starts_with("/v2/")) rest.erase(0, 3);
  if (registry == "docker.io" && host == "index.docker.io" && (rest.empty() || rest == "/"))
    return true;
  if (!rest.empty() && rest != "/" && !path.starts_with(rest)) return false;
  if (host == asked) return true;
  const bool is_glob = host.find_first_of("*?[") != std::string::npos;
  return is_glob && std::ranges::count(host, '.') == std::ranges::count(asked, '.');
}

/// A member whatever its case, as Go reads it.
std::string member(const nlohmann::json& entry, std::string_view name) {
  if (!entry.is_object()) return {};
  for (const auto& [key, value] : entry.items()) {
    if (cs::ascii_iequals(key, name) && value.is_string()) return value.get<std::string>();
  }
  return {};
}

/// The entry says so: in its members, or in the base64 of "user:password".
bool says(const nlohmann::json& entry, const Credential& credential) {
  const bool tokens = member(entry, "identitytoken") == credential.identity_token.reveal() &&
                      member(entry, "registrytoken") == credential.registry_token.reveal();
  std::string auth;
  for (const char c : member(entry, "auth")) {
    if (!std::string_view(" \t\r\n=").contains(c)) auth.push_back(c);
  }
  if (auth.empty()) {
    return tokens && member(entry, "username") == credential.username &&
           member(entry, "password") == credential.password.reveal();
  }
  auth.append((4 - auth.size() % 4) % 4, '=');
  const auto bytes = cs::from_base64(auth);
  if (!bytes) return false;
  std::string pair(cs::as_text(*bytes));
  // Trailing NULs are an old Docker's; those of an empty password stand behind the colon.
  while (pair.ends_with('\0') && pair.contains(':') && pair.find(':') + 1 < pair.size())
    pair.pop_back();
  return tokens && pair == credential.username + ":" + credential.password.reveal();
}

std::set<std::string> registries_of(const nlohmann::json& entries) {
  std::set<std::string> registries = {
      "docker.io", "index.docker.io", "ghcr.io", "a.io", "a.io:5000", "b.io", "[::1]:5000", "x"};
  for (const auto& [key, value] : entries.items()) {
    if (registries.size() > 100) break;
    registries.insert(host_of(key));
  }
  return registries;
}

const nlohmann::json& entries_of(const nlohmann::json& document) {
  for (const auto& [key, value] : document.items()) {
    if (cs::ascii_iequals(key, "auths")) return value;
  }
  return document;
}

void require_own(const nlohmann::json& entries, const DockerConfig& config,
                 const std::string& registry, const std::string& repository) {
  for (const Credential* credential : config.find(registry, repository)) {
    require(!credential->username.empty() || !credential->password.empty() ||
            !credential->identity_token.empty() || !credential->registry_token.empty());
    // It becomes a header as it is.
    for (const char c : credential->registry_token.reveal()) require(c > 0x20 && c < 0x7f);
    bool found = false;
    for (const auto& [key, entry] : entries.items())
      found = found || (names(key, registry, "/" + repository) && says(entry, *credential));
    require(found);
  }
}

/// Texts of an entry's members of more than a few letters; its name may be shown.
bool shows_a_secret(const nlohmann::json& entries, const std::string& line) {
  if (!entries.is_object()) return false;
  for (const auto& [key, entry] : entries.items()) {
    if (!entry.is_object()) continue;
    for (const auto& [name, value] : entry.items()) {
      if (!value.is_string()) continue;
      const auto& text = value.template get_ref<const std::string&>();
      if (text.size() >= 12 && line.contains(text) && !key.contains(text)) return true;
    }
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with('E')) {
    const auto good = cs::as_bytes(kGood);
    text = cs::as_text(cs::fuzz::edited(cs::Bytes(good.begin(), good.end()), {data + 1, size - 1}));
  }
  std::optional<cs::Result<DockerConfig>> config;
  const std::size_t cost = cs::fuzz::peak_of([&] { config = DockerConfig::parse(text); });
  require(cost <= 200 * text.size() + 16384);
  const auto document = cs::fuzz::lenient_json(text);
  if (!*config) {
    cs::fuzz::require_showable(config->error());
    require(config->error().reason() == cs::Reason("DOCKER_CONFIG") &&
            config->error().is_mistake());
    require(!document.is_object() || config->error().message().contains("stands twice") ||
            !shows_a_secret(entries_of(document), config->error().message()));
    return 0;
  }
  require(document.is_object());
  const nlohmann::json& entries = entries_of(document);
  for (const std::string& warning : (*config)->warnings()) {
    require(warning.size() < 512 && cs::is_valid_utf8(warning) &&
            !shows_a_secret(entries, warning));
    for (const char c : warning) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
  if (!entries.is_object()) {
    require((*config)->empty());
    return 0;
  }
  for (const std::string& registry : registries_of(entries))
    for (const char* repository : {"library/nginx", "team/app"})
      require_own(entries, **config, registry, repository);
  return 0;
}
