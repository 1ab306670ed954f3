#!/bin/sh
# Verifies: NEV-RF-034
# Builds tests/forest/digest.c as the default build is and with gcc and clang at -O0, -O2 and -O3 (LEVELS="1 2 3": those and -O0) in plain C;
# runs it with 1, 2, 3 and 7 parts; then builds it for 64-bit ARM and big-endian s390x and runs it under qemu. Every line it
# prints must be the same everywhere. Prints TAP; says SKIP where a compiler or emulator is missing. The word abroad as
# argument: other processors only. Shares its builds with tests/nn/bits.sh and tests/nn/abroad.sh.
set -u
build=${BUILD:-build}
root=$build/forests
n=0
mkdir -p "$root" "$build/abroad"

try() { # name, command...
    name=$1
    shift
    n=$((n + 1))
    "$@" >"$root/now" 2>"$root/err"
    if [ "$(wc -l <"$root/now")" -lt 9 ]; then
        echo "not ok $n - everywhere: $name"
        sed 's/^/# /' "$root/err"
    elif [ ! -f "$root/first" ]; then
        mv "$root/now" "$root/first"
        echo "ok $n - everywhere: $name"
    elif cmp -s "$root/first" "$root/now"; then
        echo "ok $n - everywhere: $name"
    else
        echo "not ok $n - everywhere: $name"
        diff "$root/first" "$root/now" | sed 's/^/# /'
    fi
}

skip() { # name, why
    n=$((n + 1))
    echo "ok $n - everywhere: $1 # SKIP $2"
}

compile() { # folder, make's arguments...
    dir=$1
    shift
    ${MAKE:-make} --no-print-directory BUILD="$dir" "$@" "$dir/tests/forest/digest" >"$root/make.log" 2>&1 ||
        tail -n 5 "$root/make.log" | sed 's/^/# /'
}

abroad() { # name, toolchain prefix, emulator
    if ! command -v "$2-gcc" >/dev/null || ! command -v "$3" >/dev/null ||
        ! echo 'int main(void) { return 0; }' | "$2-gcc" -x c - -o "$root/linked" 2>/dev/null; then
        skip "$1" "no $2-gcc or $3 here"
        return
    fi
    compile "$build/abroad/$2" CROSS="$2-" RUN= OPENMP=0 CFLAGS=-O2
    try "$1" "$3" -L "/usr/$2" "$build/abroad/$2/tests/forest/digest" 2
}

rm -f "$root/first"
try "default build, 1 part" "$build/tests/forest/digest" 1
if [ "${1:-}" != abroad ]; then
    for parts in 2 3 7; do
        try "default build, $parts parts" "$build/tests/forest/digest" "$parts"
    done
    for cc in gcc clang; do
        if ! command -v "$cc" >/dev/null; then
            skip "$cc" "no $cc here"
            continue
        fi
        for level in 0 ${LEVELS:-2 3}; do
            compile "$build/bits/$cc-O$level" CC="$cc" CFLAGS="-O$level" ISA= OPENMP=0
            try "$cc -O$level, plain C" "$build/bits/$cc-O$level/tests/forest/digest" 3
        done
    done
fi
abroad "aarch64" aarch64-linux-gnu qemu-aarch64
abroad "s390x (big-endian)" s390x-linux-gnu qemu-s390x
echo "1..$n"
