#!/bin/sh
# Verifies: NEV-NN-148
# How work is cut up for the caches - strips, groups of weights, blocks of tiles, from where pictures go together - decides no
# bit: builds copies of the networks with other numbers in the place of those constants, much smaller and much larger, and
# compares what tests/nn/digest.c prints, on one part and on three, with this build's. Prints TAP. `make test` takes the small
# ones; WHOLE=1 (`make bits`) both; SIDE=0 full-size pictures.
set -u
side=${SIDE:-48}
build=$(cd "${BUILD:-build}" && pwd)
root=$build/blocks
n=0

# File, constant, small, large. One that is no longer there is passed over, as long as six remain.
constants='
nn/algorithm_block.c    STRIP_FLOATS     (5u*1024u)   (1024u*1024u)
nn/algorithm_block.c    STRIP_ROWS       3u           56u
nn/algorithm_block.c    SPLIT_SIDE       3u           20u
nn/algorithm_gemm.c     GROUP_BYTES      (9u*1024u)   (8192u*1024u)
nn/algorithm_winograd.c TILES_ONE_BLOCK  7u           64u
nn/algorithm_winograd.c BLOCK_BYTES      (17u*1024u)  (8192u*1024u)
nn/algorithm_winograd.c TILES_MIN        3u           40u
nn/plan.c               LATE_PIXELS      30u          4000u
nn/plan.c               WEIGHTS_TO_JOIN  1u           50u'

report() { # ok or not ok, what
    n=$((n + 1))
    echo "$1 $n - blocks: $2"
}

# A copy of what the networks are made of, changed; says how many constants were.
copy() { # folder, small or large
    rm -rf "$1"
    mkdir -p "$1/tests/nn"
    cp -r Makefile nn weights "$1" && cp tests/nn/digest.c "$1/tests/nn" || return
    echo "$constants" | while read -r file name small large; do
        [ -n "$file" ] && grep -q "^#define $name  *[^ ]" "$1/$file" || continue
        [ "$2" = small ] && value=$small || value=$large
        sed -i "s,^#define $name  *[^/]*,#define $name $value ," "$1/$file" && echo "$name"
    done | wc -l
}

try() { # small or large
    dir=$root/$1
    changed=$(copy "$dir" "$1")
    (cd "$dir" && ${MAKE:-make} --no-print-directory BUILD=build OPENMP=0 CFLAGS=-O1 build/tests/nn/digest) >"$root/$1.log" 2>&1 ||
        tail -n 5 "$root/$1.log" | sed 's/^/# /'
    for parts in 1 3; do
        "$build/tests/nn/digest" "$side" "$parts" best >"$root/here"
        "$dir/build/tests/nn/digest" "$side" "$parts" best >"$root/there" 2>"$root/err"
        if [ "$changed" -ge 6 ] && [ -s "$root/here" ] && cmp -s "$root/here" "$root/there"; then
            report ok "$1 ($changed constants), $parts parts"
        else
            report 'not ok' "$1 ($changed constants), $parts parts"
            sed 's/^/# /' "$root/err"
            diff "$root/here" "$root/there" | sed 's/^/# /'
        fi
    done
}

mkdir -p "$root"
if [ -n "${RUN:-}" ] || grep -q -e fsanitize -e '^aarch64' -e '^s390x' "$build/flags"; then
    report ok 'other constants # SKIP a build with sanitizers or for another machine'
else
    try small
    [ -z "${WHOLE:-}" ] || try large
fi
echo "1..$n"
