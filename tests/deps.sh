#!/bin/sh
# Installs what the tests need and the machine lacks, through Debian's package manager, and says so aloud.
set -eu
need=
echo '#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>' | cc -fsyntax-only -x c - 2>/dev/null || need="$need libcmocka-dev"
command -v clang-format >/dev/null || need="$need clang-format"
command -v clang >/dev/null || need="$need clang"
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
