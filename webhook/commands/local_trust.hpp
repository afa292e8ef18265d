#pragma once
/// Trust policy and trust store for the command line without a configuration file: named by
/// options, or notation's own.
///
/// Source: notary-verification TR-1, PO-1, PO-2 (read literally: a link is an error); decisions 17.

#include <string>

#include "config/materials.hpp"
#include "config/problems.hpp"
#include "oci/docker_config.hpp"

namespace countersign::commands {

/// `policy` and `store` may each be empty: then it is `$NOTATION_CONFIG`'s, else
/// `$XDG_CONFIG_HOME/notation`'s, else
/// `~/.config/notation`'s.
config::Checked<config::Materials> read_local_trust(const std::string& policy,
                                                    const std::string& store);

/// The credentials of `$DOCKER_CONFIG/config.json`, else of `~/.docker/config.json`; none if there
/// is no such file.
config::Checked<oci::DockerConfig> read_docker_config();

}  // namespace countersign::commands
