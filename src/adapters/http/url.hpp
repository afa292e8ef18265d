#pragma once
/// http and https URLs, read strictly: what two parsers could read in two ways does not exist as a
/// Url.
///
/// Source: RFC 3986 (generic syntax, section 5.2 for resolving); oci-registry 4.2, 5.4, 5.6.
/// Refused beyond the RFC: userinfo, a fragment, other schemes, percent-encoding or oddly written
/// numbers in the host, bytes outside ASCII.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::http {

/// Any Url that exists has a valid scheme, host and port, and prints to text that means the same to
/// libcurl.
class Url {
 public:
  static constexpr std::size_t kMaxLength = 8192;  ///< signed URLs of blob stores are long

  /// Errors: `kRegistryMisbehaved`, reason "BAD_RESPONSE". The message never repeats the query.
  static Result<Url> parse(std::string_view text);

  /// The URL that `reference` means on a page at this URL. A fragment is dropped.
  /// Errors: as `parse`.
  [[nodiscard]] Result<Url> resolve(std::string_view reference) const;

  [[nodiscard]] bool is_https() const noexcept { return https_; }
  /// Lower case; an IPv6 address in brackets.
  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  /// The scheme's own port is filled in.
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Starts with '/'.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Without '?'; empty if there is none.
  [[nodiscard]] const std::string& query() const noexcept { return query_; }

  /// "https://host" or "https://host:port" where the port is not the scheme's own.
  [[nodiscard]] std::string origin() const;
  /// "host" or "host:port", as registries are named.
  [[nodiscard]] std::string authority() const;
  [[nodiscard]] std::string to_string() const;
  /// For messages and logs: values of the query are hidden, but for those that only page or filter.
  [[nodiscard]] std::string redacted() const;

  /// Adds `name=value`, both percent-encoded.
  void add_query(std::string_view name, std::string_view value);

  friend bool same_origin(const Url& a, const Url& b) {
    return a.https_ == b.https_ && a.port_ == b.port_ && a.host_ == b.host_;
  }

 private:
  Url() = default;
  std::string host_;
  std::string path_;
  std::string query_;
  std::uint16_t port_ = 0;
  bool https_ = true;
};

/// Everything but letters, digits, '-', '.', '_' and '~' becomes %XX.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// A registry's name or a URL's authority, "host[:port]" in lower case, taken apart; port 0 if
/// there is none.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
/// Errors: `kRegistryMisbehaved`, reason "BAD_RESPONSE".
Result<HostPort> parse_host_port(std::string_view text);

}  // namespace countersign::http
