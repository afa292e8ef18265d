#pragma once
/// The configuration: plain values with visible defaults. Read once by the loader, checked whole,
/// never changed after.
///
/// Everything but `trust` has a default. What can be wrong later (a file that is missing, an
/// address in use) keeps its place in the file. Paths are as the operator wrote them, relative to
/// the configuration file's folder.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admission/action.hpp"
#include "config/addresses.hpp"
#include "config/place.hpp"
#include "trust/trust_store.hpp"

namespace countersign::config {

inline constexpr std::string_view kApiVersion = "countersign.dev/v1alpha1";
inline constexpr std::string_view kKind = "Configuration";

// For each choice its words in the file, in the order of the enumerators.

using admission::Action;
using admission::kActionNames;

/// What enforcing does when verification could not be completed. There is no way to let an outage
/// admit what never verified.
enum class OnOutage : std::uint8_t {
  kDeny,
  kLastGood,  ///< admits an image by digest that verified a short while ago
};
inline constexpr std::array<std::string_view, 2> kOnOutageNames = {"deny", "lastGood"};

using admission::kUnknownKindsNames;
using admission::UnknownKinds;

using trust::StoreType;
inline constexpr std::array<std::string_view, 3> kStoreTypeNames = {"ca", "signingAuthority",
                                                                    "tsa"};

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
inline constexpr std::array<std::string_view, 4> kLogLevelNames = {"debug", "info", "warn",
                                                                   "error"};

enum class LogFormat : std::uint8_t { kJson, kText };
inline constexpr std::array<std::string_view, 2> kLogFormatNames = {"json", "text"};

/// A named trust store. One (type, name) stands at most once.
struct StoreConfig {
  Located<StoreType> type;
  Located<std::string> name;  ///< `^[a-zA-Z0-9_.-]+$`
  std::vector<Located<std::string>>
      files;  ///< at least one; paths, in whose last component `*` and `?` may stand
  Place place;
};

/// A policy, and a directory or at least one store.
struct TrustConfig {
  /// Exactly one of the two. `policy_inline` is JSON text, whether it was written as such or as
  /// YAML.
  std::optional<Located<std::string>> policy_file;
  std::optional<Located<std::string>> policy_inline;
  std::optional<Located<std::string>> directory;  ///< contains `x509/`
  std::vector<StoreConfig> stores;
};

struct RuleConfig {
  Located<std::string> name;                     ///< unique
  std::vector<Located<std::string>> namespaces;  ///< patterns, ORed; empty: any namespace
  std::vector<Located<std::string>>
      images;  ///< patterns, ORed; empty: any image. Not both are empty
  Located<Action> action;
  /// Signed annotations that must be there; empty: none. Never with the action skip.
  std::vector<std::pair<std::string, std::string>> user_metadata = {};
  Place place;
};

struct EnforcementConfig {
  UnknownKinds unknown_kinds = UnknownKinds::kDeny;
  Located<Action> default_action{Action::kEnforce};
  OnOutage on_outage = OnOutage::kDeny;
  /// For `kLastGood`: how long ago an image may have verified.
  std::optional<Located<std::chrono::milliseconds>> last_good_age;
  std::vector<RuleConfig> rules;  ///< the first that matches wins; each can match something

  [[nodiscard]] std::chrono::milliseconds last_good_age_or_default() const {
    return last_good_age ? **last_good_age : std::chrono::hours(1);
  }
};

struct RegistryConfig {
  Located<RegistryPattern> match;  ///< unique
  bool plain_http = false;         ///< never with a wildcard
  bool plain_http_credentials =
      false;  ///< credentials over plain HTTP to a host that is not a loopback address
  std::optional<Located<std::string>> ca;  ///< PEM file; adds to the system's roots
  std::vector<Located<std::string>>
      token_servers;  ///< host[:port], may get the registry's credentials
  std::optional<Located<std::string>> docker_config;  ///< file with the credentials
  Place place;
};

/// A program that may be asked about signatures that name it.
struct PluginConfig {
  Located<std::string> name;  ///< unique; as signatures have it
  Located<std::string> path;
  Located<std::string> sha256;  ///< 64 lower-case hexadecimal digits
  std::vector<std::pair<std::string, std::string>> environment = {};  ///< all that it gets
  std::chrono::milliseconds timeout{5'000};  ///< of one command; 100ms to 1m
  Place place;
};
inline constexpr std::size_t kMaxPlugins = 16;

struct LimitsConfig {
  unsigned signatures = 100;  ///< looked at for one image; 1 to 1000
  std::chrono::milliseconds verification{
      30'000};  ///< one verification, however many reviews wait for it; 1s to 5m
};

struct EgressConfig {
  /// Private and loopback networks that URLs from outside (OCSP, CRL, realms, redirects) may lead
  /// to.
  std::vector<Located<Cidr>> allow;
};

/// Folders, relative to the configuration file's; absent: no such folder.
struct RevocationConfig {
  std::optional<Located<std::string>> cache_directory;  ///< where CRLs survive a restart
  /// CRLs and OCSP responses that somebody else puts there; then no server is asked.
  std::optional<Located<std::string>> offline_directory;
};

/// Both or neither; neither: the server makes a self-signed certificate.
struct TlsConfig {
  std::optional<Located<std::string>> certificate;  ///< PEM file, leaf first
  std::optional<Located<std::string>> key;          ///< PEM file
};

struct ServerConfig {
  Located<SocketAddress> address{SocketAddress{"0.0.0.0", 9443}};
  Located<SocketAddress> ops{SocketAddress{"0.0.0.0", 9080}};
  TlsConfig tls;
};

struct LogConfig {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kJson;
};

struct Configuration {
  std::string file;  ///< as the operator named it
  TrustConfig trust;
  EnforcementConfig enforcement;
  std::vector<RegistryConfig> registries;
  std::vector<PluginConfig> plugins;
  LimitsConfig limits;
  EgressConfig egress;
  RevocationConfig revocation;
  ServerConfig server;
  LogConfig log;
};

/// Every key with its value, defaults included, as JSON, which is YAML: the loader reads it back to
/// the same configuration. Holds no secrets, only the names of files.
[[nodiscard]] std::string print_configuration(const Configuration& configuration);

}  // namespace countersign::config
