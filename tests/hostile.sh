#!/bin/sh
# Hostile bytes under clang's sanitizers.
#     hostile.sh fuzz            libFuzzer on each of $READER in turn, $LIMIT seconds each (default 60); what it finds lies in
#                                $BUILD/hostile/finds, what it keeps in $BUILD/hostile/kept, and is the start of the next run
#     hostile.sh check-hostile   in a few minutes: replays everything under AddressSanitizer with UndefinedBehaviorSanitizer and
#                                under MemorySanitizer with $CHANGED changed inputs a reader (default 500), fuzzes each for
#                                $LIMIT seconds (default 5), tells how the shared pictures are judged and whether a test
#                                reaches each refusal (tests/refusals.sh)
# Exit status 1 if anything was found.
set -u
READER=${READER:?the readers}
work=$BUILD/hostile
corpus=$work/corpus
shared=${NEVUS_SHARED:-../shared}
failed=0
mkdir -p "$work/kept" "$work/finds" "$work/log"

# Of clang's integer checks, shifting bits out of an unsigned number is left out: bit readers and hashes live by it. Unsigned
# sums and products that wrap are checked but in the functions that tests/fuzz/wraps.txt names.
checks=fuzzer-no-link,address,undefined,implicit-conversion,unsigned-integer-overflow
asan="-Wno-pass-failed -fsanitize=$checks -fno-sanitize-recover=all -fsanitize-ignorelist=tests/fuzz/wraps.txt"
msan="-Wno-pass-failed -fsanitize=memory -fno-sanitize-recover=all"

build() { # folder, sanitizers, targets
    folder=$1
    flags=$2
    shift 2
    $MAKE --no-print-directory CC=clang OPENMP=0 ISA= CFLAGS='-O1 -gline-tables-only' SAN="$flags" BUILD="$work/$folder" "$@" \
        >"$work/log/build" 2>&1 || { tail -n 20 "$work/log/build"; echo "hostile: cannot build"; exit 1; }
}

programs() { # folder, fuzz_ or live_
    for r in $READER; do echo "$work/$1/tests/fuzz/$2$r"; done
}

seed() {
    rm -rf "$corpus"
    if [ -d "$shared/images" ]; then
        "$BUILD/tests/fuzz/seeds" "$corpus" "$shared" || exit 1
    else
        echo "SKIP the shared pictures: there are none"
        "$BUILD/tests/fuzz/seeds" "$corpus" || exit 1
    fi
}

# The whole pictures, too large for fuzzing, go to their reader's replay only.
folders() { # reader
    echo "$corpus/$1"
    [ ! -d "tests/fuzz/regress/$1" ] || echo "tests/fuzz/regress/$1"
    [ ! -d "$shared/images/$1" ] || find "$shared/images/$1" -mindepth 1 -type d
}

verdict() { # of what, exit status
    if [ "$2" -eq 0 ]; then
        echo "  $1: as it should be"
    else
        echo "  $1: FAILED"
        failed=1
    fi
}

replay() { # what it is, folder, changed inputs
    for r in $READER; do
        # shellcheck disable=SC2046
        if said=$("$work/$2/tests/fuzz/fuzz_$r" --mutate "$3" --save "$work/finds/last-$2-$r" $(folders "$r") 2>&1); then
            rm -f "$work/finds/last-$2-$r"
            echo "  $1: $r: $said"
        else
            echo "  $1: $r: FAILED; the input is $work/finds/last-$2-$r"
            echo "$said" | tail -n 30
            failed=1
        fi
    done
}

live() { # seconds
    for r in $READER; do
        longest=4096
        case $r in
        onnx) longest=24576 ;;
        jpeg | png | image | nvw | nvf) longest=8192 ;;
        exif) longest=512 ;;
        esac
        mkdir -p "$work/kept/$r"
        # shellcheck disable=SC2046
        "$work/asan/tests/fuzz/live_$r" -max_total_time="$1" -max_len=$longest -timeout=10 -rss_limit_mb=1024 \
            -print_final_stats=1 -dict="tests/fuzz/dict/$r.dict" -artifact_prefix="$work/finds/$r-" \
            "$work/kept/$r" "$corpus/$r" >"$work/log/$r" 2>&1
        rc=$?
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log/$r")
        edges=$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$work/log/$r" | tail -n 1)
        if [ $rc -eq 0 ]; then
            echo "  fuzz: $r: ${runs:-?} inputs, ${edges:-?} edges"
        else
            echo "  fuzz: $r: FOUND something, see $work/finds"
            grep -E 'ERROR|runtime error|not hold|SUMMARY' "$work/log/$r"
            failed=1
        fi
    done
}

seed
case ${1:?fuzz or check-hostile} in
fuzz)
    # shellcheck disable=SC2046
    build asan "$asan" -j2 $(programs asan live_)
    live "${LIMIT:-60}"
    ;;
check-hostile)
    # shellcheck disable=SC2046
    build asan "$asan" -j2 $(programs asan fuzz_) $(programs asan live_)
    # shellcheck disable=SC2046
    build msan "$msan" -j2 $(programs msan fuzz_)
    build work -fsanitize-coverage=trace-pc "$work/work/tests/fuzz/bounds"
    said=$("$work/work/tests/fuzz/bounds" 2>&1)
    rc=$?
    echo "$said" | grep -E '^#|ERROR|LINE' | sed 's/^# /  work: /'
    verdict work $rc
    replay 'ASan, UBSan' asan "${CHANGED:-500}"
    replay 'MSan' msan "${CHANGED:-500}"
    live "${LIMIT:-5}"
    said=$("$BUILD/tests/io/test_conformance" 2>&1)
    rc=$?
    echo "$said" | grep -E '^#|ERROR|SKIP' | sed 's/^# /  pictures: /'
    verdict pictures $rc
    sh tests/refusals.sh
    verdict refusals $?
    ;;
esac
[ $failed -eq 0 ] && echo "hostile: nothing found"
exit $failed
