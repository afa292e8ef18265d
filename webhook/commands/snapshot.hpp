#pragma once
/// One generation of the configuration with everything that it names, understood and checked: what
/// a decision uses. Built whole or not at all; immutable, but for what was fetched about
/// revocation; shared by all workers.

#include <memory>
#include <string>
#include <vector>

#include "adapters/http/settings.hpp"
#include "adapters/plugin/plugin_set.hpp"
#include "adapters/responders/shared_store.hpp"
#include "admission/rules.hpp"
#include "config/configuration.hpp"
#include "config/materials.hpp"
#include "config/problems.hpp"
#include "verify/engine.hpp"
#include "verify/last_good.hpp"

namespace countersign::commands {

struct Snapshot {
  config::Configuration configuration;
  admission::Rules rules;
  std::shared_ptr<const verify::TrustMaterial> trust;
  http::Settings registries;
  std::shared_ptr<const plugin::PluginSet> plugins;
  /// Shared by all workers and changed by them, each part behind its own lock. Never null.
  std::shared_ptr<responders::SharedStore> revocation = std::make_shared<responders::SharedStore>();
  /// Null unless outages may be bridged. Changed by all workers, behind its own lock.
  std::shared_ptr<verify::LastGood> last_good;
  std::optional<config::ServingMaterial> serving;
  /// What is allowed but probably not meant, one line each.
  std::vector<std::string> warnings;
};

/// Reads the configuration file and everything that it names. All problems at once: those of the
/// file, of the files that it names, and of what is in them.
config::Checked<std::shared_ptr<const Snapshot>> load_snapshot(const std::string& file);

/// The same from parts that are in memory already, for commands without a file.
config::Checked<std::shared_ptr<const Snapshot>> build_snapshot(config::Configuration configuration,
                                                                config::Materials materials);

}  // namespace countersign::commands
