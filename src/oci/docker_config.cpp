#include "oci/docker_config.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace countersign::oci {
namespace {

constexpr Reason kReason{"DOCKER_CONFIG"};
constexpr JsonLimits kLimits{.max_bytes = std::size_t{1024} * 1024, .max_depth = 16};
constexpr std::string_view kDockerHub = "docker.io";
constexpr std::string_view kDockerHubKey = "index.docker.io";

Error bad(std::string message) { return Error::mistake(kReason, std::move(message)); }

/// The member `name` of `object` whatever its case, as Go reads it. Errors if two spellings stand
/// side by side.
Result<const Json*> member(const Json& object, std::string_view name) {
  const Json* found = nullptr;
  for (const auto& [key, value] : object.items()) {
    if (!ascii_iequals(key, name)) continue;
    if (found != nullptr) return bad(fmt::format("\"{}\" stands twice, in different case", name));
    found = &value;
  }
  return found;
}

/// A string member; empty if it is absent. Nothing if it is of another type or stands twice.
std::optional<std::string> text_member(const Json& object, std::string_view name) {
  const auto found = member(object, name);
  if (!found) return std::nullopt;
  if (*found == nullptr || (*found)->is_null()) return std::string();
  if (!(*found)->is_string()) return std::nullopt;
  return (*found)->get<std::string>();
}

/// Base64 as Go programs write and people paste it: padded or not, with line ends inside and blanks
/// around.
std::optional<Bytes> decode_auth(std::string_view text) {
  std::string compact;
  compact.reserve(text.size() + 3);
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    compact.push_back(c);
  }
  while (compact.size() % 4 != 0) compact.push_back('=');
  auto bytes = from_base64(compact);
  wipe(compact);
  return bytes;
}

/// Splits "user:password" at the first colon, since passwords have colons. Trailing NULs are an old
/// Docker's.
bool split_auth(std::string_view decoded, Credential* into) {
  const std::size_t colon = decoded.find(':');
  if (colon == std::string_view::npos) return false;
  std::string_view password = decoded.substr(colon + 1);
  while (password.ends_with('\0')) password.remove_suffix(1);
  into->username = decoded.substr(0, colon);
  into->password = Secret(std::string(password));
  return true;
}

/// Every text of the document is wiped, however reading it ends.
class WipedDocument {
 public:
  explicit WipedDocument(Json& document) : document_(document) {}
  ~WipedDocument() { wipe_texts(document_); }
  WipedDocument(const WipedDocument&) = delete;
  WipedDocument& operator=(const WipedDocument&) = delete;

 private:
  static void wipe_texts(Json& json) noexcept {
    if (json.is_string()) {
      wipe(json.get_ref<std::string&>());
    } else if (json.is_structured()) {
      for (Json& each : json) wipe_texts(each);
    }
  }
  Json& document_;
};

/// Visible ASCII only: it becomes a header as it is.
bool may_be_header(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Nothing if the entry cannot be used; `why` then says so without repeating it.
std::optional<Credential> read_entry(const Json& json, std::string* why) {
  if (!json.is_object()) {
    *why = "want an object";
    return std::nullopt;
  }
  auto auth = text_member(json, "auth");
  auto username = text_member(json, "username");
  auto password = text_member(json, "password");
  auto identity = text_member(json, "identitytoken");
  auto registry = text_member(json, "registrytoken");
  if (!auth || !username || !password || !identity || !registry) {
    *why = "members must be strings and stand once";
    return std::nullopt;
  }
  Credential credential{.username = *std::move(username),
                        .password = Secret(*std::move(password)),
                        .identity_token = Secret(*std::move(identity)),
                        .registry_token = Secret(*std::move(registry))};
  const WipedAtEnd wiped(*auth);
  if (!may_be_header(credential.registry_token.reveal())) {
    *why = "\"registrytoken\" cannot stand in a header";
    return std::nullopt;
  }
  if (!auth->empty()) {
    auto decoded = decode_auth(*auth);
    const bool usable = decoded && split_auth(as_text(*decoded), &credential);
    if (decoded) wipe(decoded->data(), decoded->size());
    if (!usable) {
      *why = "\"auth\" is not base64 of user:password";
      return std::nullopt;
    }
  }
  return credential;
}

bool says_nothing(const Credential& credential) {
  return credential.username.empty() && credential.password.empty() &&
         credential.identity_token.empty() && credential.registry_token.empty();
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

struct HostPort {
  std::string_view host;
  std::string_view port;  ///< empty if there is none, or it is that of https
};

/// Nothing if what stands for a port is none.
std::optional<HostPort> split(std::string_view authority) {
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  HostPort parts{.host = authority.substr(0, colon), .port = {}};
  if (colon == std::string_view::npos) return parts;
  parts.port = authority.substr(colon + 1);
  if (!is_port(parts.port)) return std::nullopt;
  if (parts.port == "443") parts.port = {};
  return parts;
}

/// Labels one by one, so that '*' never crosses a dot.
bool host_matches(std::string_view pattern, std::string_view host) {
  if (host.starts_with('[') || pattern.starts_with('[')) return pattern == host;
  while (true) {
    const std::size_t ours = pattern.find('.');
    const std::size_t theirs = host.find('.');
    const std::string label(pattern.substr(0, ours));
    if (::fnmatch(label.c_str(), std::string(host.substr(0, theirs)).c_str(), FNM_NOESCAPE) != 0)
      return false;
    if (ours == std::string_view::npos || theirs == std::string_view::npos) return ours == theirs;
    pattern.remove_prefix(ours + 1);
    host.remove_prefix(theirs + 1);
  }
}

}  // namespace

std::optional<DockerConfig::Key> DockerConfig::key_of(std::string_view name) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (name.starts_with(scheme)) {
      name.remove_prefix(scheme.size());
      break;
    }
  }
  const std::size_t slash = name.find('/');
  const auto authority = split(name.substr(0, slash));
  if (!authority || authority->host.empty()) return std::nullopt;
  std::string_view path = slash == std::string_view::npos ? std::string_view() : name.substr(slash);
  if (path.starts_with("/v1/") || path.starts_with("/v2/")) path.remove_prefix(3);
  if (path == "/") path = {};
  return Key{.host = std::string(authority->host),
             .port = std::string(authority->port),
             .path = std::string(path)};
}

bool DockerConfig::matches(const Key& key, std::string_view registry, std::string_view path) {
  const auto asked = split(registry);
  return asked && key.port == asked->port && host_matches(key.host, asked->host) &&
         path.starts_with(key.path);
}

void DockerConfig::add(std::string_view name, Credential credential) {
  auto key = key_of(name);
  if (!key) return;
  std::string sorted_by = key->host + (key->port.empty() ? "" : ":" + key->port) + key->path;
  const auto place =
      std::ranges::upper_bound(entries_, sorted_by, std::ranges::greater(), &Entry::sorted_by);
  entries_.insert(place, {std::move(sorted_by), *std::move(key), std::move(credential)});
}

Result<DockerConfig> DockerConfig::parse(std::string_view json) {
  auto parsed = parse_json(json, kLimits, Outcome::kInternalError, kReason);
  if (!parsed) return bad(parsed.error().message());
  Json document = *std::move(parsed);
  const WipedDocument wiped(document);
  if (!document.is_object()) return bad("want an object");
  DockerConfig config;
  COUNTERSIGN_TRY(const Json* auths, member(document, "auths"));
  COUNTERSIGN_TRY(const Json* helpers, member(document, "credHelpers"));
  COUNTERSIGN_TRY(const Json* store, member(document, "credsStore"));
  COUNTERSIGN_TRY(const Json* headers, member(document, "HttpHeaders"));
  const bool is_config =
      auths != nullptr || helpers != nullptr || store != nullptr || headers != nullptr;
  if (helpers != nullptr && !helpers->empty()) {
    config.warnings_.emplace_back("credHelpers: credential helpers are not supported and not run");
  }
  if (store != nullptr && !store->empty() && *store != "") {
    config.warnings_.emplace_back("credsStore: credential stores are not supported and not run");
  }
  if (headers != nullptr && !headers->empty())
    config.warnings_.emplace_back("HttpHeaders: ignored");
  if (auths == nullptr && is_config) return config;
  const Json& entries = auths != nullptr ? *auths : document;
  if (entries.is_null()) return config;
  if (!entries.is_object()) return bad("auths: want an object");
  for (const auto& [key, value] : entries.items()) {
    std::string why;
    auto credential = read_entry(value, &why);
    if (!credential) {
      config.warnings_.push_back(
          fmt::format("auths[\"{}\"]: {}; the entry is left out", printable(key, 128), why));
      continue;
    }
    // `docker login` with a credential store leaves empty entries behind.
    if (says_nothing(*credential)) continue;
    config.add(key, *std::move(credential));
  }
  return config;
}

DockerConfig DockerConfig::of(std::string registry, Credential credential) {
  DockerConfig config;
  config.add(registry, std::move(credential));
  return config;
}

std::vector<const Credential*> DockerConfig::find(std::string_view registry,
                                                  std::string_view repository) const {
  const std::string path = "/" + std::string(repository);
  std::vector<const Credential*> found;
  for (const Entry& entry : entries_) {
    if (matches(entry.key, registry, path)) found.push_back(&entry.credential);
  }
  // Where `docker login` puts what is for Docker Hub.
  if (found.empty() && registry == kDockerHub) {
    for (const Entry& entry : entries_) {
      if (entry.sorted_by == kDockerHubKey) found.push_back(&entry.credential);
    }
  }
  return found;
}

}  // namespace countersign::oci
