#pragma once
/// One run of a verification plugin: what goes in, and what comes out.
///
/// Source: Notary Project, Plugin Extensibility, "Plugin contract".

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace countersign::ports {

/// What a plugin says on its standard output; more is no answer. (The specification: 64 MiB.)
inline constexpr std::size_t kMaxPluginAnswerBytes = std::size_t{1} * 1024 * 1024;
/// Of its standard error; the rest is read and dropped.
inline constexpr std::size_t kMaxPluginErrorBytes = std::size_t{64} * 1024;

enum class PluginCommand : std::uint8_t { kGetMetadata, kVerifySignature };
/// "get-plugin-metadata", "verify-signature"
[[nodiscard]] std::string_view name(PluginCommand command) noexcept;

/// One run of a plugin.
struct PluginCall {
  std::string plugin;
  PluginCommand command = PluginCommand::kGetMetadata;
  std::string request;  ///< JSON for its standard input
};

/// What came of one run that ended by itself, within all limits.
struct PluginOutput {
  int exit_status = -1;  ///< 0 to 255, or 128 and the number of the signal that ended it
  std::string out;
  std::string err;
};

}  // namespace countersign::ports
