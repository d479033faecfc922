#!/usr/bin/env bash
# Installs what building and running the images takes on Debian 12 and 13, where there is no Docker.
set -euo pipefail

packages=(
  buildah         # builds the Dockerfile
  podman          # runs the images
  runc            # the runtime that also works with mixed control groups
  mmdebstrap      # makes the stand-in bases and the toolbox
  ca-certificates # for the downloads
)

if ! command -v apt-get >/dev/null; then
  if command -v buildah >/dev/null && command -v podman >/dev/null; then exit 0; fi
  echo "this is no Debian: start Docker, or install buildah and podman" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  exit 0
fi
echo "installing ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
