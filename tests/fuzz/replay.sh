#!/bin/sh
# Replays the seed corpora, made now, and the regression files through every entry point, then inputs made from them by a
# repeatable stream of changes. No fuzzer is needed. Prints TAP.
# Verifies: NEV-SAFE-001, NEV-SAFE-002, NEV-SAFE-003, NEV-SAFE-004
set -u
corpus=$BUILD/tests/fuzz/corpus
shared=${NEVUS_SHARED:-../shared}
rm -rf "$corpus"
if [ -d "$shared/images" ]; then
    $RUN "$BUILD/tests/fuzz/seeds" "$corpus" "$shared" || exit 1
else
    $RUN "$BUILD/tests/fuzz/seeds" "$corpus" || exit 1
fi
n=0
for f in tests/fuzz/fuzz_*.c; do
    r=$(basename "$f" .c | sed 's/^fuzz_//')
    n=$((n + 1))
    regress=tests/fuzz/regress/$r
    [ -d "$regress" ] || regress=
    bits=
    case $r in
    nvw | nvf) bits="--bits 4096" ;; # an attacker who flips a bit and hashes again
    esac
    # shellcheck disable=SC2086
    if said=$($RUN "$BUILD/tests/fuzz/fuzz_$r" --mutate "${MUTATIONS:-2000}" $bits "$corpus/$r" $regress 2>&1); then
        echo "ok $n - $r: $said"
    else
        echo "not ok $n - $r"
        echo "# $said"
    fi
done
echo "1..$n"
