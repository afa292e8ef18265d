#include "oci/image_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ip_address.hpp"
#include "base/text.hpp"

namespace countersign::oci {
namespace {

constexpr std::size_t kMaxReferenceBytes = 1024;
constexpr std::size_t kMaxPathBytes = 255;
constexpr std::size_t kMaxTagBytes = 128;
constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxLabelBytes = 63;
constexpr std::size_t kMinDigestHex = 32;
constexpr std::string_view kDockerHub = "docker.io";
constexpr std::string_view kDockerHubAlias = "index.docker.io";

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_lower(c) || is_upper(c) || is_digit(c); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_lower_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool has_upper(std::string_view text) { return std::ranges::any_of(text, is_upper); }

/// Calls `check` for each piece between `separator`s; false as soon as one fails.
template <class Check>
bool every_piece(std::string_view text, char separator, Check check) {
  while (true) {
    const std::size_t end = text.find(separator);
    if (!check(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

/// `[a-z0-9]+ ( ("." | "_" | "__" | "-"+) [a-z0-9]+ )*`
bool is_path_component(std::string_view text) {
  std::size_t i = 0;
  const auto run = [&] {
    const std::size_t start = i;
    while (i < text.size() && (is_lower(text[i]) || is_digit(text[i]))) ++i;
    return i > start;
  };
  if (!run()) return false;
  while (i < text.size()) {
    if (text[i] == '.') {
      ++i;
    } else if (text[i] == '_') {
      ++i;
      if (i < text.size() && text[i] == '_') ++i;
    } else if (text[i] == '-') {
      while (i < text.size() && text[i] == '-') ++i;
    } else {
      return false;
    }
    if (!run()) return false;
  }
  return true;
}

bool is_label(std::string_view text) {
  return !text.empty() && is_alnum(text.front()) && is_alnum(text.back()) &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_tag(std::string_view text) {
  const auto word = [](char c) { return is_alnum(c) || c == '_'; };
  return !text.empty() && text.size() <= kMaxTagBytes && word(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return word(c) || c == '.' || c == '-'; });
}

/// The loose form that a reference allows; Digest::parse then judges strictly.
bool is_digest_grammar(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  bool start = true;
  for (const char c : text.substr(0, colon)) {
    if (start ? is_lower(c) || is_upper(c) : is_alnum(c)) {
      start = false;
    } else if (!start && (c == '-' || c == '_' || c == '+' || c == '.')) {
      start = true;
    } else {
      return false;
    }
  }
  const std::string_view hex = text.substr(colon + 1);
  return !start && hex.size() >= kMinDigestHex && std::ranges::all_of(hex, is_hex);
}

struct HostPort {
  std::string_view host;  ///< brackets included
  std::string_view port;  ///< empty if there is none
};

/// Splits and checks the grammar of `domain`.
std::optional<HostPort> split_domain(std::string_view domain) {
  HostPort parts;
  if (domain.starts_with('[')) {
    const std::size_t close = domain.find(']');
    if (close == std::string_view::npos || close == 1) return std::nullopt;
    parts.host = domain.substr(0, close + 1);
    const auto inner = domain.substr(1, close - 1);
    if (!std::ranges::all_of(inner, [](char c) { return is_hex(c) || c == ':'; }))
      return std::nullopt;
    domain.remove_prefix(close + 1);
    if (domain.empty()) return parts;
    if (!domain.starts_with(':')) return std::nullopt;
    parts.port = domain.substr(1);
  } else {
    const std::size_t colon = domain.find(':');
    parts.host = domain.substr(0, colon);
    if (!every_piece(parts.host, '.', is_label)) return std::nullopt;
    if (colon == std::string_view::npos) return parts;
    parts.port = domain.substr(colon + 1);
  }
  if (parts.port.empty() || !std::ranges::all_of(parts.port, is_digit)) return std::nullopt;
  return parts;
}

Error refuse(Reason reason, std::string_view text, std::string_view what) {
  return {Outcome::kInvalidReference, reason,
          fmt::format("image reference \"{}\": {}", printable(text, 128), what)};
}

Status check_port(std::string_view port, std::string_view text) {
  if (port.empty()) return ok();
  unsigned value = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
  const bool fits =
      error == std::errc() && end == port.data() + port.size() && value >= 1 && value <= 65535;
  if (!fits || port.front() == '0')
    return refuse("port", text, "port must be 1 to 65535 without leading zeros");
  return ok();
}

bool is_dotted_quad(std::string_view host) {
  std::size_t octets = 0;
  const bool all = every_piece(host, '.', [&](std::string_view octet) {
    ++octets;
    if (octet.empty() || octet.size() > 3 || !std::ranges::all_of(octet, is_digit)) return false;
    if (octet.size() > 1 && octet.front() == '0') return false;
    unsigned value = 0;
    std::from_chars(octet.data(), octet.data() + octet.size(), value);
    return value <= 255;
  });
  return all && octets == 4;
}

/// What the grammar allows and we do not (oci-registry 1.3).
Status check_host(std::string_view host, std::string_view text) {
  if (host.starts_with('[')) {
    // Its grammar has no '.': it cannot be an IPv4 address.
    if (!IpAddress::parse(host.substr(1, host.size() - 2)))
      return refuse("ipv6", text, "not an IPv6 address");
    return ok();
  }
  if (host.size() > kMaxHostBytes) return refuse("host", text, "host name is too long");
  if (!every_piece(host, '.',
                   [](std::string_view label) { return label.size() <= kMaxLabelBytes; })) {
    return refuse("host", text, "a label of the host name is longer than 63");
  }
  // curl would read 127.1, 0x7f.1 and 2130706433 as 127.0.0.1.
  const std::string_view last = host.substr(host.rfind('.') + 1);
  const bool numeric =
      std::ranges::all_of(last, is_digit) || last.starts_with("0x") || last.starts_with("0X");
  if (numeric && !is_dotted_quad(host))
    return refuse("ipv4", text, "an IPv4 address must be four decimal numbers");
  const std::string lower = ascii_lower(host);
  if ((lower == kDockerHub || lower == kDockerHubAlias) && lower != host) {
    return refuse("ambiguous-registry", text, "write docker.io in lower case");
  }
  return ok();
}

/// A node may reach Docker Hub's repositories under other names, which no rule and no scope that is
/// written for docker.io covers.
Status check_hub(const HostPort& registry, std::string_view text) {
  const std::string host = ascii_lower(registry.host);
  const bool hub = host == kDockerHub || host == kDockerHubAlias;
  const bool endpoint = host == "registry-1.docker.io" || host == "registry.hub.docker.com";
  if (endpoint || (hub && !registry.port.empty()))
    return refuse("ambiguous-registry", text, "another name of Docker Hub; write docker.io");
  return ok();
}

bool looks_like_image_id(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (text.starts_with(kPrefix)) {
    text.remove_prefix(kPrefix.size());
    // A node takes the beginning of one, too.
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_lower_hex);
  }
  return text.size() >= 7 && text.size() <= 64 && std::ranges::all_of(text, is_lower_hex);
}

}  // namespace

std::string_view without_default_port(std::string_view registry) noexcept {
  constexpr std::string_view kHttpsPort = ":443";
  if (registry.ends_with(kHttpsPort)) registry.remove_suffix(kHttpsPort.size());
  return registry;
}

bool is_repository_path(std::string_view text) noexcept {
  return every_piece(text, '/', is_path_component);
}

bool is_domain(std::string_view text) noexcept {
  return !text.starts_with('[') && split_domain(text).has_value();
}

Result<ImageReference> ImageReference::parse(std::string_view text) {
  if (text.size() > kMaxReferenceBytes) return refuse("too-long", text, "longer than 1024 bytes");
  const auto visible = [](char c) { return c >= 0x21 && c <= 0x7E; };
  if (text.empty()) return refuse("format", text, "empty");
  if (!std::ranges::all_of(text, visible)) {
    return refuse("format", text, "only visible ASCII characters are allowed");
  }
  if (text.size() == 64 && std::ranges::all_of(text, is_lower_hex)) {
    return refuse("identifier", text, "64 hex digits are an image ID, not a name");
  }

  // Domain and remainder, as Docker and containerd split them (1.2 step 3).
  std::string domain(kDockerHub);
  std::string remainder(text);
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view first = text.substr(0, slash);
    if (first == "localhost" || first.contains('.') || first.contains(':') || has_upper(first)) {
      domain = first == kDockerHubAlias ? kDockerHub : first;
      remainder = text.substr(slash + 1);
    }
  }
  if (domain == kDockerHub && !remainder.contains('/')) remainder.insert(0, "library/");
  if (has_upper(std::string_view(remainder).substr(0, remainder.find(':')))) {
    return refuse("uppercase", text, "the repository must be lower case");
  }

  // path [ ":" tag ] [ "@" digest ]
  std::string_view path = remainder;
  std::optional<std::string_view> digest;
  if (const std::size_t at = path.find('@'); at != std::string_view::npos) {
    digest = path.substr(at + 1);
    path = path.substr(0, at);
  }
  std::optional<std::string_view> tag;
  if (const std::size_t colon = path.find(':'); colon != std::string_view::npos) {
    tag = path.substr(colon + 1);
    path = path.substr(0, colon);
  }
  if (!is_repository_path(path)) return refuse("format", text, "not a repository name");
  if (tag && !is_tag(*tag)) return refuse("format", text, "not a tag");
  if (digest && !is_digest_grammar(*digest)) return refuse("format", text, "not a digest");
  const auto host_port = split_domain(domain);
  if (!host_port) {
    // The reference library would return an empty domain here, and the runtime would contact
    // another host.
    if (is_repository_path(domain))
      return refuse("ambiguous-registry", text, "the registry is not a host name");
    return refuse("format", text, "not a registry host");
  }
  if (path.size() > kMaxPathBytes)
    return refuse("too-long", text, "the repository is longer than 255 bytes");
  COUNTERSIGN_CHECK(check_port(host_port->port, text));
  COUNTERSIGN_CHECK(check_host(host_port->host, text));
  COUNTERSIGN_CHECK(check_hub(*host_port, text));

  ImageReference reference;
  if (digest) {
    auto parsed = Digest::parse(*digest);
    if (!parsed) return refuse(parsed.error().reason(), text, parsed.error().message());
    reference.digest_ = *std::move(parsed);
  }
  reference.text_ = text;
  reference.registry_ = ascii_lower(without_default_port(domain));
  reference.registry_as_written_ = domain;
  reference.repository_ = path;
  if (tag) {
    reference.tag_ = *tag;
  } else if (!digest) {
    reference.tag_ = "latest";
  }
  return reference;
}

const std::string& ImageReference::manifest_reference() const {
  return digest_ ? digest_->to_string() : *tag_;
}

std::string ImageReference::to_string() const {
  std::string text = registry_as_written_ + "/" + repository_;
  if (tag_) text += ":" + *tag_;
  if (digest_) text += "@" + digest_->to_string();
  return text;
}

Result<ImageReference> parse_image(std::string_view text) {
  if (looks_like_image_id(text)) {
    return refuse("image-id", text,
                  "an image ID names what a node happens to hold, not an image in a registry");
  }
  return ImageReference::parse(text);
}

}  // namespace countersign::oci
