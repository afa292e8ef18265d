#pragma once
/// The strict reader of the configuration file.
///
/// All that is wrong is told at once, each with its place and what was probably meant. Nothing is
/// read here but the given text: materials.hpp reads the files that it names.

#include <string>
#include <string_view>

#include "config/configuration.hpp"
#include "config/problems.hpp"

namespace countersign::config {

/// Whatever is in doubt is a problem. With problems there is no configuration to use: what comes
/// back then is what could be read, for finding more of them.
Configuration load_configuration(std::string_view text, Problems& problems);

}  // namespace countersign::config
