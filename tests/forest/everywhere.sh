#!/bin/sh
# Verifies: NEV-RF-034
# Builds tests/forest/digest.c as the default build is and with gcc and clang at -O0, -O2 and -O3 (LEVELS="1 2 3": those and -O0) in plain C;
# runs it with 1, 2, 3 and 7 parts; then builds it for 64-bit ARM and big-endian s390x and runs it under qemu. Every line it
# prints must be the same everywhere. Prints TAP; says SKIP where a compiler or emulator is missing. The word abroad as
# argument: other processors only. Shares its builds with tests/nn/bits.sh and tests/nn/abroad.sh.
set -u
here=${BUILD:-build}
what=everywhere
root=$here/forests
. tests/support/bits.lib

try() { # name, command...
    name=$1
    shift
    same "$name" 9 "$@"
}

abroad() { # name, toolchain prefix, emulator
    why=$(missing "$2" "$3")
    if [ -n "$why" ]; then
        skip "$1" "$why"
        return
    fi
    build_abroad forest/digest "$here/abroad/$2" "$2"
    try "$1" "$3" -L "/usr/$2" "$dir/tests/forest/digest" 2
}

try "default build, 1 part" "$here/tests/forest/digest" 1
if [ "${1:-}" != abroad ]; then
    for parts in 2 3 7; do
        try "default build, $parts parts" "$here/tests/forest/digest" "$parts"
    done
    for cc in gcc clang; do
        if ! command -v "$cc" >/dev/null; then
            skip "$cc" "no $cc here"
            continue
        fi
        for level in 0 ${LEVELS:-2 3}; do
            build_plain forest/digest "$here/bits/$cc-O$level" "$cc" "$level"
            try "$cc -O$level, plain C" "$dir/tests/forest/digest" 3
        done
    done
fi
abroad "aarch64" aarch64-linux-gnu qemu-aarch64
abroad "s390x (big-endian)" s390x-linux-gnu qemu-s390x
echo "1..$n"
