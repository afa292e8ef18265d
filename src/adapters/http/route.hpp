#pragma once
/// How one peer is reached: by which roots it is checked, and which addresses may be contacted for
/// it. Whoever asks makes the route; the transport knows no registries.
///
/// Source: oci-registry 5.1, 5.2, 5.6; decisions 7, 15. Plain values. What several routes share is
/// compared by content, so that a connection pool survives a new configuration that says the same.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.hpp"
#include "base/result.hpp"

namespace countersign::http {

/// Why a URL is asked: keeps connection pools apart, so that a connection made under one right is
/// never used under another, and says what a refused address means.
enum class Purpose : std::uint8_t { kRegistry, kToken, kRedirect, kRevocation };

/// By which roots a peer's certificate is checked.
class TlsProfile {
 public:
  /// The system's roots and those of the PEM texts.
  TlsProfile(std::string system_roots_file, std::vector<std::string> texts);
  /// Any certificate is accepted.
  static TlsProfile unchecked();

  [[nodiscard]] bool verify() const noexcept { return verify_; }
  [[nodiscard]] const std::string& system_roots_file() const noexcept { return system_roots_file_; }
  [[nodiscard]] const std::vector<std::string>& texts() const noexcept { return texts_; }
  /// Equal for profiles that say the same, and for no others.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }

 private:
  TlsProfile() = default;
  bool verify_ = false;
  std::string system_roots_file_;
  std::vector<std::string> texts_;
  std::string id_ = "unchecked";  ///< no file's path: those are absolute
};

/// Whether every certificate of the PEM text can be a root, and there is one.
/// Errors: `kInternalError`, reason "CA_FILE".
[[nodiscard]] Status check_root_text(std::string_view pem);

/// What may be contacted beyond names and addresses of the public network.
struct Reach {
  enum class Ports : std::uint8_t {
    kHarmless,    ///< any but those of services that a request could disturb
    kRegistries,  ///< those that registries are usually at
    kAny,         ///< the operator's own choice
  };
  Ports ports = Ports::kHarmless;
  bool private_networks = false;
  bool loopback = false;
  /// Names that a search domain or the cluster's own DNS completes.
  bool local_names = false;
  /// http:// besides https://.
  bool plain_http = false;
  friend bool operator==(const Reach&, const Reach&) = default;
};

struct Route {
  Purpose purpose = Purpose::kRegistry;
  Reach reach;
  std::shared_ptr<const TlsProfile> tls;  ///< never null where https is asked
  /// Private and loopback networks that are reached besides; null: none.
  std::shared_ptr<const std::vector<Cidr>> egress_allow = nullptr;
};

}  // namespace countersign::http
