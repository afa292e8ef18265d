# The image of Countersign: the program, the libraries that it loads and the certificates of public authorities, nothing else.
#
#   docker build -t countersign .                 (or podman, or buildah)
#
# build arguments
#   BASE     what everything is built on; Debian 12, as the packages of scripts/deps are Debian 12's
#   PROGRAM  build: compile it here. prebuilt: take build/release/bin/countersign of the context, built on Debian 12 before

ARG BASE=debian:bookworm-slim
ARG PROGRAM=build

# Compiles from the sources.
FROM ${BASE} AS build
WORKDIR /src
COPY scripts/deps scripts/deps
RUN scripts/deps --build
COPY . .
ARG COMMIT=unknown
RUN cmake --preset release -DCOUNTERSIGN_COMMIT="${COMMIT}" && cmake --build --preset release \
  && install -D -m 0755 build/release/bin/countersign /out/countersign

# Takes a program that is already there.
FROM ${BASE} AS prebuilt
COPY build/release/bin/countersign /out/countersign

# The one of the two that was asked for; builders skip the other.
FROM ${PROGRAM} AS program

# Puts the root file system of the image together.
FROM ${BASE} AS assembly
COPY scripts/deps scripts/deps
RUN scripts/deps --runtime
COPY --from=program /out/countersign /usr/bin/countersign
# The file system's skeleton.
WORKDIR /assembled
RUN mkdir -p usr/bin usr/lib usr/lib64 etc/ssl/certs etc/countersign run/countersign var/lib/dpkg/status.d \
 && mkdir -m 1777 tmp \
 && ln -s usr/lib lib && ln -s usr/lib64 lib64 \
 && echo 'countersign:x:65532:65532:countersign:/:/sbin/nologin' >etc/passwd \
 && echo 'countersign:x:65532:' >etc/group \
 && echo 'hosts: files dns' >etc/nsswitch.conf \
 && cp -L /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/
# The program and its libraries; libcurl is loaded when it is first called, so ldd does not see it by itself. One that is missing
# must fail here and not when the container starts.
RUN cp /usr/bin/countersign usr/bin/ \
 && curl=$(ldconfig -p | sed -n 's/.*libcurl\.so\.4 .*=> //p' | head -n 1) \
 && { ldd /usr/bin/countersign "$curl"; echo "$curl"; } >/tmp/loaded \
 && if grep 'not found' /tmp/loaded; then exit 1; fi \
 && grep -o '/[^ :]*' /tmp/loaded | grep -v '^/usr/bin/' | sort -u >/tmp/libraries \
 && while read -r library; do mkdir -p ".$(dirname "$library")" && cp -L "$library" ".$library" || exit 1; done </tmp/libraries
# What scanners read to tell the versions of the libraries, and the licences that have to go with them.
RUN { echo ca-certificates; xargs -n 1 readlink -f </tmp/libraries | sed 'p; s|^/usr||' | xargs dpkg -S 2>/dev/null | cut -d: -f1; } \
      | sort -u >/tmp/packages \
 && while read -r package; do \
      mkdir -p "usr/share/doc/$package" \
      && cp -L "/usr/share/doc/$package/copyright" "usr/share/doc/$package/" \
      && dpkg-query --status "$package" >"var/lib/dpkg/status.d/$package" || exit 1; \
    done </tmp/packages

# From nothing rather than from ${BASE}: no shell, no package manager and no other program that an intruder could use or that a
# scanner could complain of, and a fraction of the size. The price is that the libraries are fixed when the image is built; with a
# base image they would be, too, since nobody upgrades packages inside a running container with a read-only file system.
FROM scratch
COPY --from=assembly /assembled/ /
# Debian's OpenSSL looks elsewhere by default; libcurl finds this file by itself.
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532:65532
EXPOSE 9443 9080
LABEL org.opencontainers.image.title="Countersign" \
      org.opencontainers.image.description="Kubernetes admission webhook that verifies Notary Project signatures" \
      org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["/usr/bin/countersign"]
