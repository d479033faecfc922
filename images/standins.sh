#!/usr/bin/env bash
# Stand-ins for the two pinned base images, made from Debian's signed packages: for machines that
# reach no image registry. They have the layout, user and Python of the real ones, and are not them.
#
#   images/standins.sh FOLDER    writes FOLDER/builder.tar and FOLDER/runtime.tar, root file systems
set -euo pipefail

folder=$(realpath "${1:?name the folder to write to}")
# Debian's release of both bases; the Dockerfile's tags say the same, and a test compares them.
suite=trixie
export SOURCE_DATE_EPOCH=1767225600

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

archive() { # archive ROOT FILE: the same bytes from the same files
  tar -C "$1" --sort=name --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --format=posix \
    --pax-option=delete=atime,delete=ctime -cf "$2" .
}

# The builder is a small Debian with Python and pip; pip lies under /usr/local as in python:slim.
builder() {
  mmdebstrap --quiet --variant=minbase --format=directory \
    --include=python3,python3-venv,ca-certificates \
    --customize-hook="chroot \"\$1\" python3 -m venv /usr/local" \
    "$suite" "$work/builder"
  # As in the slim images: no manuals, no translations.
  rm -rf "$work"/builder/usr/share/{doc,info,locale,man} "$work"/builder/var/lib/apt/lists/*
  archive "$work/builder" "$folder/builder.tar"
}

# The runtime is only what Python needs: packages are fetched and checked by apt, then unpacked
# without their scripts, and everything that is not on the list below is left out.
runtime() {
  local root=$work/runtime package name
  mkdir -p "$work/packages" "$root"/usr/{bin,sbin,lib,lib64} "$root"/etc/ssl/certs \
    "$root"/{home/nonroot,root,tmp,var/lib/dpkg/status.d}
  mmdebstrap --quiet --variant=extract --format=directory \
    --include=python3.13-minimal,libpython3.13-stdlib,libstdc++6,ca-certificates,tzdata,netbase,base-files \
    --extract-hook="cp \"\$1\"/var/cache/apt/archives/*.deb $work/packages/" \
    "$suite" "$work/scratch"
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
  for package in "$work"/packages/*.deb; do
    name=$(dpkg-deb -f "$package" Package)
    case $name in
      dpkg | tar | debconf | mawk | openssl* | perl* | libperl* | mailcap | install-info) continue ;;
    esac
    dpkg-deb --fsys-tarfile "$package" | tar -C "$root" --keep-directory-symlink -x
    # Scanners read here which packages a distroless image has.
    dpkg-deb -f "$package" >"$root/var/lib/dpkg/status.d/$name"
  done
  find "$root"/usr/bin "$root"/usr/sbin -mindepth 1 ! -name 'python3*' -delete
  find "$root" -name '*.pyc' -delete
  rm -rf "${root:?}"/usr/share/{man,info,lintian,bug,menu,perl5,bash-completion,pixmaps,applications,locale} \
    "$root"/usr/share/doc/*/{changelog,NEWS,README}* "$root"/etc/{apt,cron*,default,init.d,logrotate.d,update-motd.d,skel} \
    "${root:?}"/{usr/games,usr/local,var/{backups,cache,local,mail,opt,spool,log}}
  ln -s python3.13 "$root/usr/bin/python3"
  ln -s python3.13 "$root/usr/bin/python"
  cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
  printf '%s\n' root:x:0:0:root:/root:/sbin/nologin nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin \
    nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin >"$root/etc/passwd"
  printf '%s\n' root:x:0: nogroup:x:65534: nonroot:x:65532: >"$root/etc/group"
  ldconfig -r "$root"
  rm -rf "$root/var/cache/ldconfig"
  chmod 1777 "$root/tmp"
  chmod 700 "$root/root" "$root/home/nonroot"
  chown 65532:65532 "$root/home/nonroot"
  archive "$root" "$folder/runtime.tar"
}

builder
runtime
