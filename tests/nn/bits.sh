#!/bin/sh
# Verifies: NEV-NN-017
# Builds the networks with gcc and clang at -O1, -O2 and -O3 in plain C, with the other compiler than the default on plain
# vectors of 4, 8 and 16 lanes, and as the default build is; runs tests/nn/digest.c with 1, 2, 3 and 7 parts; every line it
# prints must be the same everywhere. Prints TAP. That is what `make test` has time for (tests/nn/test_lanes.c has the
# vectors by the default compiler). WHOLE=1 (`make bits`) takes both compilers at -O0 to -O3 with all three widths each,
# and packed files too. SIDE=0 takes full-size pictures.
set -u
side=${SIDE:-48}
whole=${WHOLE:-}
what=bits
root=${BUILD:-build}/bits
variants='resnet18 darknet19 mobilenetv2 mobilenetv2-same'
. tests/support/bits.lib

try() { # name, digest arguments...
    name=$1
    shift
    # shellcheck disable=SC2086
    same "$name" 1 "$@" ${whole:+packed $variants}
}

try_lanes() { # compiler, level
    build_plain nn/digest_lanes "$root/$1-O$2" "$1" "$2"
    for lanes in 4 8 16; do
        try "$1 -O$2, vectors of $lanes" "$dir/tests/nn/digest_lanes" "$side" 1 "c$lanes"
    done
}

try_compiler() { # compiler, levels...
    cc=$1
    shift
    if ! command -v "$cc" >/dev/null; then
        skip "$cc, -O$*" "no $cc here"
        return
    fi
    for level in "$@"; do
        build_plain nn/digest "$root/$cc-O$level" "$cc" "$level"
        try "$cc -O$level, plain C" "$dir/tests/nn/digest" "$side" 1 best
        [ -z "$whole" ] || try_lanes "$cc" "$level"
    done
    [ -n "$whole" ] || [ "$cc" = gcc ] || try_lanes "$cc" 1
}

for parts in 1 2 3 7; do
    try "default build, $parts parts" "${BUILD:-build}/tests/nn/digest" "$side" "$parts" best
done
try "default build, plain C" "${BUILD:-build}/tests/nn/digest" "$side" 1 c
for isa in avx2 avx512 neon; do
    "${BUILD:-build}/tests/nn/digest" "$side" 1 "$isa" none >/dev/null 2>&1 || continue
    try "default build, $isa" "${BUILD:-build}/tests/nn/digest" "$side" 1 "$isa"
done
for cc in gcc clang; do
    # shellcheck disable=SC2086
    try_compiler "$cc" ${whole:+0} 1 2 3
done
if [ -n "$whole" ]; then # four variants on two paths, none with features of its own
    [ "$(grep -c 'packed .* same features$' "$root/first")" -eq 8 ] && ! grep -q 'OTHER FEATURES' "$root/first" &&
        report ok 'packed files give the features of their canonical ones' ||
        report 'not ok' 'packed files give the features of their canonical ones'
fi
echo "1..$n"
