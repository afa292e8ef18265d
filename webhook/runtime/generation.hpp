#pragma once
/// One generation of the configuration with everything that it names, understood and checked: what
/// a decision uses.
///
/// Built whole or not at all, and immutable: it refers to nothing that changes. What lives as long
/// as the process is in Stores, what lives as long as a thread in its Worker; neither keeps a part
/// of a generation. A review uses exactly one, a verification the one that it began with.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/plugin/plugin_set.hpp"
#include "adapters/registry/endpoints.hpp"
#include "adapters/responders/places.hpp"
#include "admission/rules.hpp"
#include "config/configuration.hpp"
#include "config/materials.hpp"
#include "config/problems.hpp"
#include "verify/trust_material.hpp"

namespace countersign::runtime {

struct Generation {
  std::uint64_t number = 1;
  config::Configuration configuration;
  admission::Rules rules;
  std::shared_ptr<const verify::TrustMaterial> trust;
  std::shared_ptr<const registry::Endpoints> endpoints = registry::Endpoints::make({});
  std::shared_ptr<const plugin::PluginSet> plugins;
  responders::Places revocation;  ///< folders of CRLs and OCSP responses
  std::optional<config::ServingMaterial> serving;
  /// What is allowed but probably not meant, one line each.
  std::vector<std::string> warnings;
};

using GenerationPtr = std::shared_ptr<const Generation>;

/// Reads the configuration file and everything that it names. All problems at once: those of the
/// file, of the files that it names, and of what is in them. Blocks: not for a worker's thread.
config::Checked<GenerationPtr> load_generation(const std::string& file);

/// The same from parts that are in memory already, for commands without a file.
config::Checked<GenerationPtr> build_generation(config::Configuration configuration,
                                                config::Materials materials);

}  // namespace countersign::runtime
