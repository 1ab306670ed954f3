#!/bin/sh
# Verifies: NEV-NN-148
# How work is cut up for the caches - strips, groups of weights, blocks of tiles, where pictures go together - decides no
# bit: builds copies of the networks with other numbers in the place of those constants, much smaller and much larger, and
# compares what tests/nn/digest.c prints, on one part and on three, with this build's. Prints TAP. `make test` takes the small
# ones; WHOLE=1 (`make bits`) both; SIDE=0 full-size pictures.
set -u
side=${SIDE:-48}
build=$(cd "${BUILD:-build}" && pwd)
what=blocks
root=$build/blocks
. tests/support/bits.lib

# File, constant, small, large. One that is no longer there is passed over, as long as six remain.
constants='
nn/algorithm_block.c    STRIP_FLOATS     (5u*1024u)   (1024u*1024u)
nn/algorithm_block.c    STRIP_ROWS       3u           56u
nn/algorithm_block.c    SPLIT_SIDE       3u           20u
nn/algorithm_gemm.c     GROUP_BYTES      (9u*1024u)   (8192u*1024u)
nn/algorithm_winograd.c TILES_ONE_BLOCK  7u           64u
nn/algorithm_winograd.c BLOCK_BYTES      (17u*1024u)  (8192u*1024u)
nn/algorithm_winograd.c TILES_MIN        3u           40u
nn/plan.c               WEIGHTS_TO_JOIN  1u           50u'

# A copy of what the networks are made of, changed; says how many constants were.
copy() { # folder, small or large
    rm -rf "$1"
    mkdir -p "$1/tests/nn" "$1/tests/support"
    cp -r Makefile nn weights "$1" && cp tests/nn/digest.c "$1/tests/nn" && cp tests/support/*.h "$1/tests/support" || return
    echo "$constants" | while read -r file name small large; do
        [ -n "$file" ] && grep -q "^#define $name  *[^ ]" "$1/$file" || continue
        [ "$2" = small ] && value=$small || value=$large
        sed -i "s,^#define $name  *[^/]*,#define $name $value ," "$1/$file" && echo "$name"
    done | wc -l
}

try() { # small or large
    dir=$root/$1
    changed=$(copy "$dir" "$1")
    (cd "$dir" && ${MAKE:-make} --no-print-directory BUILD=build OPENMP=0 CFLAGS=-O1 build/tests/nn/digest) >"$root/make.log" 2>&1 ||
        tail -n 5 "$root/make.log" | sed 's/^/# /'
    for parts in 1 3; do
        same "$1, $parts parts" 12 "$dir/build/tests/nn/digest" "$side" "$parts" best
    done
    [ "$changed" -ge 6 ] || report 'not ok' "$1: only $changed of the constants are there"
}

if [ -n "${RUN:-}" ] || grep -q -e fsanitize -e '^aarch64' -e '^s390x' "$build/flags"; then
    skip 'other constants' 'a build with sanitizers or for another machine'
else
    same 'this build' 12 "$build/tests/nn/digest" "$side" 1 best
    try small
    [ -z "${WHOLE:-}" ] || try large
fi
echo "1..$n"
