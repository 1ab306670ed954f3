#!/bin/sh
# Verifies: NEV-NN-017
# Builds the networks with gcc and clang at -O0, -O2 and -O3, in plain C, and as the default build is; runs tests/nn/digest.c
# with 1, 2, 3 and 7 parts; every line it prints must be the same everywhere. Prints TAP. SIDE=0 takes full-size pictures.
set -u
side=${SIDE:-48}
root=${BUILD:-build}/bits
n=0
mkdir -p "$root"

try() { # name, digest arguments...
    name=$1
    shift
    n=$((n + 1))
    "$@" >"$root/now" 2>"$root/err"
    if [ ! -s "$root/now" ]; then
        echo "not ok $n - bits: $name"
        sed 's/^/# /' "$root/err"
    elif [ ! -f "$root/first" ]; then
        mv "$root/now" "$root/first"
        echo "ok $n - bits: $name"
    elif cmp -s "$root/first" "$root/now"; then
        echo "ok $n - bits: $name"
    else
        echo "not ok $n - bits: $name"
        diff "$root/first" "$root/now" | sed 's/^/# /'
    fi
}

rm -f "$root/first"
for parts in 1 2 3 7; do
    try "default build, $parts parts" "${BUILD:-build}/tests/nn/digest" "$side" "$parts"
done
try "default build, plain C" "${BUILD:-build}/tests/nn/digest" "$side" 1 c
for isa in avx2 avx512 neon; do
    "${BUILD:-build}/tests/nn/digest" "$side" 1 "$isa" none >/dev/null 2>&1 || continue
    try "default build, $isa" "${BUILD:-build}/tests/nn/digest" "$side" 1 "$isa"
done
for cc in gcc clang; do
    for level in 0 2 3; do
        name="$cc -O$level, plain C"
        if ! command -v "$cc" >/dev/null; then
            n=$((n + 1))
            echo "ok $n - bits: $name # SKIP no $cc here"
            continue
        fi
        dir=$root/$cc-O$level
        ${MAKE:-make} --no-print-directory BUILD="$dir" CC="$cc" CFLAGS="-O$level" ISA= OPENMP=0 "$dir/tests/nn/digest" >"$root/make.log" 2>&1 ||
            tail -n 5 "$root/make.log" | sed 's/^/# /'
        try "$name" "$dir/tests/nn/digest" "$side" 1
    done
done
echo "1..$n"
