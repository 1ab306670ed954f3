#!/bin/sh
# Installs what the tests need and the machine lacks, through Debian's package manager, and says so aloud.
# `deps.sh abroad` also installs the cross compilers and the emulator of tests/nn/abroad.sh.
set -eu
need=
echo '#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>' | cc -fsyntax-only -x c - 2>/dev/null || need="$need libcmocka-dev"
command -v clang-format >/dev/null || need="$need clang-format"
command -v clang >/dev/null || need="$need clang"
command -v parallel >/dev/null || need="$need parallel"
if [ "${1:-}" = abroad ]; then
    for p in aarch64-linux-gnu:arm64 s390x-linux-gnu:s390x; do
        command -v "${p%:*}-gcc" >/dev/null || need="$need gcc-${p%:*}"
        [ -d "/usr/${p%:*}/include" ] || need="$need libc6-dev-${p#*:}-cross"
    done
    command -v qemu-s390x >/dev/null || need="$need qemu-user"
fi
[ -n "$need" ] || exit 0
echo "installing what the tests need:$need"
sudo=
if [ "$(id -u)" -ne 0 ]; then
    sudo=sudo
fi
if ! command -v apt-get >/dev/null; then
    echo "this is not Debian: install these packages, or what they are called here, yourself:$need" >&2
    exit 1
fi
$sudo apt-get update -q >/dev/null
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends $need >/dev/null
