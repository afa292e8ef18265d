#pragma once
/// Verification plugins: what a signature asks of one, what is asked of the plugin, and what its
/// answers are worth. Pure; running the plugin is adapters/plugin's.
///
/// A signature that names a plugin counts only if that plugin, listed by the operator, stands in
/// for the built-in checks that it says it can do, and takes note of every critical attribute that
/// we do not know. Integrity, trust stores, expiry, timestamps and the signed descriptor stay ours.
///
/// Source: Notary Project, Plugin Extensibility, "Verification extensibility", contract version
/// 1.0; notary-verification 8.3 (VE-20 to VE-24). Deviations:
/// docs/adr/0008-verification-plugins.md.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/semantic_version.hpp"
#include "envelope/envelope.hpp"
#include "trust/policy_document.hpp"
#include "verify/vocabulary.hpp"

namespace countersign::verify {

inline constexpr std::string_view kPluginContract = "1.0";
/// Of what a plugin is sent; mostly the certificate chain.
inline constexpr std::size_t kMaxPluginRequestBytes = std::size_t{1} * 1024 * 1024;
/// Entries of any list in an answer.
inline constexpr std::size_t kMaxPluginListEntries = 256;

/// What a signature asks for.
struct PluginDemand {
  std::string plugin;  ///< its name
  std::optional<SemanticVersion> minimum;
  std::string minimum_text;
  /// Names of the critical extended attributes, the two that name the plugin and its version left
  /// out: the plugin must say that it processed each.
  std::vector<std::string> unprocessed;
};

/// Which checks, of the two that a plugin can stand in for.
struct PluginChecks {
  bool trusted_identity = false;
  bool revocation = false;

  [[nodiscard]] bool any() const noexcept { return trusted_identity || revocation; }
  friend bool operator==(const PluginChecks&, const PluginChecks&) = default;
};

/// What a plugin says of one check.
struct PluginFinding {
  bool success = false;
  std::string reason;  ///< safe to show
};

/// One finding for each check that was asked for.
struct PluginAnswer {
  std::optional<PluginFinding> trusted_identity;
  std::optional<PluginFinding> revocation;
};

/// Nothing if the signature needs no plugin. Errors: `kPluginRequired`, reasons VE-20 to VE-23:
/// an attribute that must be understood and is not, whatever the policy's level.
Result<std::optional<PluginDemand>> plugin_demand(const envelope::VerifiedEnvelope& envelope);

/// The request for the metadata: there is no plugin configuration.
[[nodiscard]] std::string metadata_request();

/// The verification checks that the plugin can do, at least one. Errors: `kPluginRequired` if it is
/// not the plugin that is asked for or its answer cannot be read; `kDeadlineExceeded` if it says
/// that a retry may help. Reasons VE-22, VE-24.
Result<PluginChecks> judge_metadata(const PluginDemand& demand, const PluginOutput& output);

/// Errors: `kPluginRequired`, reason VE-24: a critical attribute that cannot be handed over, or too
/// much of everything.
Result<std::string> verify_request(const envelope::VerifiedEnvelope& envelope,
                                   const PluginDemand& demand, PluginChecks wanted,
                                   const trust::Identities& identities);

/// The findings, one for each of `wanted` and no other, from a plugin that processed every
/// attribute of `demand`. What a finding does is the policy's. Errors: as `judge_metadata`, reason
/// VE-23 for an attribute that was not processed, else VE-24.
Result<PluginAnswer> judge_answer(const PluginDemand& demand, PluginChecks wanted,
                                  const PluginOutput& output);

}  // namespace countersign::verify
