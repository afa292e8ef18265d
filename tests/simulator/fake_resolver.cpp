// Preloaded into a program under test: names under ".test" resolve as the test wants, without a
// name server.
//   loopback.NAME.test    127.0.0.1
//   private.NAME.test     10.255.255.1
//   both.NAME.test        10.255.255.1, then 127.0.0.1
//   slow.NAME.test        fails after four seconds
//   none.NAME.test        fails at once
#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace {

using Resolver = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

Resolver real() {
  static const auto found = reinterpret_cast<Resolver>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return found;
}

bool starts_with(const char* name, const char* prefix) {
  return std::strncmp(name, prefix, std::strlen(prefix)) == 0;
}

int numeric(const char* address, const char* service, const addrinfo* hints, addrinfo** result) {
  addrinfo four = hints != nullptr ? *hints : addrinfo{};
  four.ai_family = AF_INET;
  return real()(address, service, &four, result);
}

}  // namespace

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  const std::string text = name != nullptr ? name : "";
  if (!text.ends_with(".test")) return real()(name, service, hints, result);
  if (starts_with(name, "slow.")) {
    sleep(4);
    return EAI_NONAME;
  }
  if (starts_with(name, "loopback.")) return numeric("127.0.0.1", service, hints, result);
  if (starts_with(name, "private.")) return numeric("10.255.255.1", service, hints, result);
  if (starts_with(name, "both.")) {
    const int error = numeric("10.255.255.1", service, hints, result);
    if (error != 0) return error;
    return numeric("127.0.0.1", service, hints, &(*result)->ai_next);
  }
  return EAI_NONAME;
}
