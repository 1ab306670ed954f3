#!/bin/sh
# Installs what the tests need and the machine lacks, through Debian's package manager, and says so aloud.
# `deps.sh abroad` also installs the cross compilers and the emulator of tests/nn/abroad.sh; `deps.sh prove` Frama-C for
# tests/prove, if there is one to be had: without it the proofs say SKIP.
set -eu
need=
echo '#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>' | cc -fsyntax-only -x c - 2>/dev/null || need="$need libcmocka-dev"
command -v clang-format >/dev/null || need="$need clang-format"
command -v clang >/dev/null || need="$need clang"
# The sanitizers' libraries are a package of their own.
echo 'int main(void) { return 0; }' | clang -fsanitize=memory -x c - -o /dev/null 2>/dev/null || need="$need libclang-rt-dev"
command -v parallel >/dev/null || need="$need parallel"
case " $* " in
*' abroad '*)
    for p in aarch64-linux-gnu:arm64 s390x-linux-gnu:s390x; do
        command -v "${p%:*}-gcc" >/dev/null || need="$need gcc-${p%:*}"
        [ -d "/usr/${p%:*}/include" ] || need="$need libc6-dev-${p#*:}-cross"
    done
    command -v qemu-s390x >/dev/null || need="$need qemu-user"
    ;;
esac
wish=
case " $* " in
*' prove '*) command -v frama-c >/dev/null || wish=frama-c-base ;;
esac
[ -n "$need$wish" ] || exit 0
echo "installing what the tests need:$need${wish:+ $wish}"
sudo=
if [ "$(id -u)" -ne 0 ]; then
    sudo=sudo
fi
if ! command -v apt-get >/dev/null; then
    echo "this is not Debian: install these packages, or what they are called here, yourself:$need${wish:+ $wish}" >&2
    [ -z "$need" ]
    exit
fi
install() {
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends "$@" >/dev/null
}
$sudo apt-get update -q >/dev/null
if [ -n "$need" ]; then
    # shellcheck disable=SC2086
    install $need
fi
if [ -n "$wish" ]; then
    install "$wish" || echo "no $wish to be had: proofs will say SKIP"
fi
