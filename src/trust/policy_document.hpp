#pragma once
/// The trust policy document for OCI artifacts: which signatures a repository needs.
///
/// Source: notary-verification 7.2 to 7.6 (PO-3, PO-10 to PO-23, PO-50 to PO-57), version 1.0.
/// Left to the caller: reading the file (PO-1, PO-2), and whether the named stores exist.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "trust/distinguished_name.hpp"
#include "trust/trust_store.hpp"
#include "trust/verification_level.hpp"

namespace countersign::trust {

inline constexpr std::size_t kMaxPolicyBytes = std::size_t{1} * 1024 * 1024;

enum class VerifyTimestamp : std::uint8_t { kAlways, kAfterCertExpiry };

struct Identities {
  bool any = false;  ///< "*"
  std::vector<DistinguishedName>
      subjects;  ///< of `x509.subject:` entries; entries of other kinds match nothing
  std::vector<std::string> text;  ///< as written, for messages
};

struct Statement {
  std::string name;
  std::vector<std::string> scopes;
  VerificationLevel level;
  VerifyTimestamp verify_timestamp = VerifyTimestamp::kAlways;
  std::vector<StoreId> stores;
  Identities identities;

  [[nodiscard]] bool has_store_of(StoreType type) const noexcept;
};

/// A document whose constraints hold: names are unique, every scope stands once, at most one "*".
class PolicyDocument {
 public:
  struct Parsed;
  /// Reads at most `kMaxPolicyBytes` of JSON. Gathers every problem, each with its place; there is
  /// a document exactly if there are none.
  static Parsed parse(std::string_view json);

  [[nodiscard]] const std::vector<Statement>& statements() const noexcept { return statements_; }
  /// The statement for `name` ("registry/repository"): an exact scope first, then "*". Null means
  /// that nothing applies, also when `name` is not of the form that a scope may have (PO-23). Lives
  /// as long as this document.
  [[nodiscard]] const Statement* find(std::string_view name) const;

 private:
  std::vector<Statement> statements_;
};

struct PolicyDocument::Parsed {
  std::optional<PolicyDocument> document;
  std::vector<Error> problems;  ///< outcome `kNoPolicy`, reason the rule's id
  std::vector<std::string> warnings;
};

/// host[:port]/repository by PO-21.
[[nodiscard]] bool is_scope(std::string_view text) noexcept;

}  // namespace countersign::trust
