#include "adapters/http/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "base/ip_address.hpp"
#include "base/text.hpp"

namespace countersign::http {
namespace {

constexpr std::size_t kMaxHost = 253;  // RFC 1035, in text form
constexpr std::size_t kMaxLabel = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_unreserved(char c) {
  return is_alpha(c) || is_digit(c) || std::string_view("-._~").contains(c);
}

/// RFC 3986 "pchar", '/' and '?', and '|', which some blob stores sign.
bool is_path_or_query(char c) {
  return is_unreserved(c) || std::string_view("!$&'()*+,;=:@/?%|[]").contains(c);
}

Error bad(std::string what) {
  return {Outcome::kRegistryMisbehaved, "BAD_RESPONSE", std::move(what)};
}

Status check_ipv4(std::string_view host) {
  std::size_t octets = 0;
  std::string_view rest = host;
  for (;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view octet = rest.substr(0, dot);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(octet.data(), octet.data() + octet.size(), value);
    const bool canonical = octet.size() == 1 || !octet.starts_with('0');
    if (error != std::errc() || end != octet.data() + octet.size() || value > 255 || !canonical)
      break;
    ++octets;
    if (dot == std::string_view::npos) {
      if (octets == 4) return ok();
      break;
    }
    rest.remove_prefix(dot + 1);
  }
  return bad(
      fmt::format("host \"{}\" is not an IPv4 address in plain decimal", printable(host, 64)));
}

Status check_name(std::string_view host) {
  if (host.empty() || host.size() > kMaxHost) return bad("host is empty or too long");
  std::string_view rest = host;
  std::string_view label;
  for (bool more = true; more;) {
    const std::size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    more = dot != std::string_view::npos;
    if (more) rest.remove_prefix(dot + 1);
    const bool edges = !label.empty() && !label.starts_with('-') && !label.ends_with('-');
    // '_' is not a host name's, but real object stores use it, and it is no one's delimiter.
    const bool inside = std::ranges::all_of(
        label, [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_'; });
    if (!edges || !inside || label.size() > kMaxLabel) {
      return bad(fmt::format("host \"{}\" is not a host name", printable(host, 64)));
    }
  }
  // libcurl reads 127.1, 0x7f.1 and 2130706433 as addresses, so names that end in a number must be
  // plain ones.
  const bool numeric =
      std::ranges::all_of(label, is_digit) || label.starts_with("0x") || label.starts_with("0X");
  return numeric ? check_ipv4(host) : ok();
}

Status check_host(std::string_view host) {
  if (!host.starts_with('[')) return check_name(host);
  const std::string_view inside = host.substr(1, host.size() - 2);
  const bool charset = std::ranges::all_of(inside, [](char c) { return is_hex(c) || c == ':'; });
  if (!host.ends_with(']') || !charset || !IpAddress::parse(inside)) {
    return bad(fmt::format("host \"{}\" is not an IPv6 address", printable(host, 64)));
  }
  return ok();
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  unsigned value = 0;
  if (text.empty() || text.starts_with('0') || !std::ranges::all_of(text, is_digit))
    return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > 65535)
    return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

/// Well-formed percent-encoding and no byte that clients and servers read differently.
bool is_clean(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_path_or_query(text[i])) return false;
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
  }
  return true;
}

/// RFC 3986, section 5.2.4.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool directory = false;
  std::string_view rest = path.starts_with('/') ? path.substr(1) : path;
  for (bool more = true; more;) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    more = slash != std::string_view::npos;
    if (more) rest.remove_prefix(slash + 1);
    directory = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!directory) kept.push_back(segment);
  }
  std::string clean;
  for (const std::string_view segment : kept) clean.append("/").append(segment);
  if (directory || clean.empty()) clean.push_back('/');
  return clean;
}

/// "sig=abc&n=2" with what it carries hidden.
std::string redacted_query(std::string_view query) {
  constexpr std::array<std::string_view, 4> kShown = {"ns", "artifactType", "n", "last"};
  std::string shown;
  for (bool more = true; more;) {
    const std::size_t amp = query.find('&');
    const std::string_view pair = query.substr(0, amp);
    more = amp != std::string_view::npos;
    if (more) query.remove_prefix(amp + 1);
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    if (!shown.empty()) shown.push_back('&');
    if (std::ranges::find(kShown, name) != kShown.end()) {
      shown.append(pair);
    } else if (equals == std::string_view::npos) {
      shown.append("REDACTED");
    } else {
      shown.append(name).append("=REDACTED");
    }
  }
  return shown;
}

}  // namespace

Result<HostPort> parse_host_port(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return bad("host has no closing bracket");
  const std::size_t colon = text.find(':', bracket);
  HostPort parsed{.host = ascii_lower(text.substr(0, colon))};
  COUNTERSIGN_CHECK(check_host(parsed.host));
  if (colon != std::string_view::npos) {
    const auto port = parse_port(text.substr(colon + 1));
    if (!port)
      return bad(
          fmt::format("port of \"{}\" is not a number from 1 to 65535", printable(text, 64)));
    parsed.port = *port;
  }
  return parsed;
}

Result<Url> Url::parse(std::string_view text) {
  const std::size_t size = text.size();
  if (size > kMaxLength) return bad(fmt::format("URL of {} bytes is too long", size));
  Url url;
  if (ascii_iequals(text.substr(0, 8), "https://")) {
    text.remove_prefix(8);
  } else if (ascii_iequals(text.substr(0, 7), "http://")) {
    url.https_ = false;
    text.remove_prefix(7);
  } else {
    return bad("URL is neither http nor https");
  }
  const std::size_t authority_end = std::min(text.find_first_of("/?#"), text.size());
  const std::string_view authority = text.substr(0, authority_end);
  std::string_view rest = text.substr(authority_end);
  if (authority.contains('@')) return bad("URL has user information");
  if (rest.contains('#')) return bad("URL has a fragment");
  COUNTERSIGN_TRY(HostPort host_port, parse_host_port(authority));
  url.host_ = std::move(host_port.host);
  url.port_ = host_port.port != 0 ? host_port.port : (url.https_ ? 443 : 80);
  const std::size_t question = rest.find('?');
  url.path_ = rest.substr(0, question);
  if (url.path_.empty()) {
    // The '/' that it lacks counts too: what is printed must be accepted again.
    if (size == kMaxLength) return bad(fmt::format("URL of {} bytes is too long", size + 1));
    url.path_ = "/";
  }
  if (question != std::string_view::npos) url.query_ = rest.substr(question + 1);
  if (!is_clean(url.path_) || !is_clean(url.query_))
    return bad("URL has bytes that are not allowed in one");
  return url;
}

Result<Url> Url::resolve(std::string_view reference) const {
  reference = reference.substr(0, reference.find('#'));
  const std::size_t colon = reference.find(':');
  const std::size_t delimiter = std::min(reference.find_first_of("/?"), reference.size());
  if (colon < delimiter) return parse(reference);
  if (reference.starts_with("//"))
    return parse((https_ ? "https:" : "http:") + std::string(reference));
  const std::size_t question = reference.find('?');
  const std::string_view path = reference.substr(0, question);
  std::string merged;
  if (path.empty()) {
    merged = path_;
  } else if (path.starts_with('/')) {
    merged = without_dot_segments(path);
  } else {
    merged = without_dot_segments(path_.substr(0, path_.rfind('/') + 1) + std::string(path));
  }
  std::string query;
  if (question != std::string_view::npos) {
    query = reference.substr(question);
  } else if (path.empty() && !query_.empty()) {
    query = "?" + query_;
  }
  return parse(origin() + merged + query);
}

std::string Url::authority() const {
  const bool own_port = port_ == (https_ ? 443 : 80);
  return own_port ? host_ : fmt::format("{}:{}", host_, port_);
}

std::string Url::origin() const { return (https_ ? "https://" : "http://") + authority(); }

std::string Url::to_string() const {
  return origin() + path_ + (query_.empty() ? "" : "?" + query_);
}

std::string Url::redacted() const {
  return printable(origin() + path_, 512) +
         (query_.empty() ? "" : "?" + printable(redacted_query(query_), 256));
}

void Url::add_query(std::string_view name, std::string_view value) {
  if (!query_.empty() && !query_.ends_with('&')) query_.push_back('&');
  query_.append(percent_encode(name)).append("=").append(percent_encode(value));
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(kDigits[byte >> 4U]);
    encoded.push_back(kDigits[byte & 15U]);
  }
  return encoded;
}

}  // namespace countersign::http
