#pragma once
/// Finding candidates: what an answer of the referrers API means, which entries of a list count,
/// and the tag under which registries without the API keep the list.
///
/// Source: oci-registry 3.1 to 3.5. A list is never proof of anything: it only adds candidates.
/// Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/message.hpp"
#include "base/result.hpp"
#include "oci/digest.hpp"
#include "oci/manifest.hpp"

namespace countersign::registry {

inline constexpr std::size_t kMaxReferrers = 1000;  ///< descriptors over all pages
inline constexpr std::size_t kMaxReferrersBytes = std::size_t{8} * 1024 * 1024;
inline constexpr unsigned kMaxPages = 10;
inline constexpr std::size_t kMaxMaybes = 20;  ///< entries that do not say what they are

/// What an answer to the first page's question says.
struct ApiAnswer {
  enum class Kind : std::uint8_t {
    kList,          ///< `index` holds it
    kNone,          ///< there is no such API: ask the tag schema; remember
    kNoRepository,  ///< NAME_UNKNOWN: ask the tag schema; remember nothing
    kOdd,     ///< somebody in front, or "no API" in a way of its own: ask once more, then the tag
    kDenied,  ///< a registry's 403: ask the tag schema; `error` if that gives nothing
    kBroken,  ///< `error`
  };
  Kind kind = Kind::kBroken;
  oci::Index index;
  std::string oddity;     ///< what an odd answer was
  bool filtered = false;  ///< the server says that it applied the filter
  std::optional<Error> error;
};

/// `what` names the exchange in errors. Statuses that are retried are not given here.
[[nodiscard]] ApiAnswer judge_api_answer(std::string_view what, const http::Response& response);

/// A further page: anything but a list is an error.
Result<oci::Index> judge_further_page(std::string_view what, const http::Response& response);

/// The index under the referrers tag. Nothing if there are no referrers: no such tag, another kind
/// of document, or the subject itself. Errors: a body that cannot be read, or a status that says
/// something else.
Result<std::optional<oci::Index>> judge_tag_answer(std::string_view what,
                                                   const oci::Digest& subject,
                                                   const http::Response& response);

/// Collects candidates, each once: Notary signatures in the order of the lists, then entries that
/// do not say what they are. The subject itself is none.
class CandidateList {
 public:
  explicit CandidateList(const oci::Digest& subject) : subject_(subject) {}

  /// False if the limit of descriptors was reached, and some were left out.
  [[nodiscard]] bool add(const oci::Index& index);
  [[nodiscard]] bool empty() const noexcept { return signatures_.empty() && maybes_.empty(); }
  /// Entries that say they are signatures; others may turn out to be.
  [[nodiscard]] bool has_signatures() const noexcept { return !signatures_.empty(); }
  /// Entries seen, of whatever kind.
  [[nodiscard]] std::size_t seen() const noexcept { return seen_; }
  /// Those that do not say what they are stand last; of them the likeliest, which are left if there
  /// are too many.
  [[nodiscard]] std::vector<oci::Descriptor> take() &&;
  /// Whether `take` leaves some out.
  [[nodiscard]] bool leaves_out() const noexcept { return maybes_.size() > kMaxMaybes; }

 private:
  void add_entry(const oci::Descriptor& entry);

  const oci::Digest subject_;
  std::vector<oci::Descriptor> signatures_;
  std::vector<oci::Descriptor> maybes_;
  std::size_t seen_ = 0;
};

/// "sha256-<64 hex>"; both parts of the digest are cut as the specification says.
[[nodiscard]] std::string referrers_tag(const oci::Digest& subject);

}  // namespace countersign::registry
