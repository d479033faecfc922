#!/usr/bin/env bash
# Lays out the container tools of Debian 13 that Debian 12 has too old or without signatures: they
# are unpacked beside each other, not installed, so no service starts and no package is replaced.
#
#   toolchain/toolbox.sh FOLDER    then FOLDER/bin/skopeo, docker-registry, cosign
set -euo pipefail

folder=$(realpath -m "${1:?name the folder to write to}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mmdebstrap --quiet --variant=extract --format=directory \
  --include=cosign,docker-registry,skopeo trixie "$work/root"
mkdir -p "$folder/bin" "$folder/lib"
cp -L "$work"/root/usr/lib/*-linux-gnu/*.so* "$folder/lib/"
loader=$(basename "$folder"/lib/ld-linux-*)
for name in cosign docker-registry skopeo; do
  cp "$work/root/usr/bin/$name" "$folder/lib/$name.program"
  # With Debian 13's own loader, since its C library may be newer than this machine's.
  # shellcheck disable=SC2016 # for the script that is written
  printf '#!/bin/sh\nhere=$(dirname "$0")/../lib\nexec "$here/%s" --library-path "$here" "$here/%s.program" "$@"\n' \
    "$loader" "$name" >"$folder/bin/$name"
  chmod 755 "$folder/bin/$name" "$folder/lib/$name.program"
done
touch "$folder/.ready"
