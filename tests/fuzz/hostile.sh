#!/bin/sh
# Verifies: NEV-SAFE-020, NEV-SAFE-021
# tests/hostile.sh's bounded form as tests: each reader replayed under each sanitizer and fuzzed for a second, what crafted
# inputs cost, how the shared pictures are judged, and whether a test reaches every refusal. Prints TAP. Some minutes of
# work, so `make check` runs it; without HOSTILE=1, or without clang, it says SKIP.
set -u
skip() {
    echo "ok 1 - readers under sanitizers # SKIP $1"
    echo 1..1
    exit 0
}
[ "${HOSTILE:-0}" = 1 ] || skip 'make check runs it'
command -v clang >/dev/null || skip 'no clang here'
[ -z "${RUN:-}" ] || skip 'not under an emulator'
readers=
for f in tests/fuzz/fuzz_*.c; do readers="$readers $(basename "$f" .c | sed 's/^fuzz_//')"; done
LIMIT=${LIMIT:-1} CHANGED=${CHANGED:-100} READER=$readers sh tests/hostile.sh check-hostile >"$log/hostile" 2>&1
rc=$?
# A reader under a sanitizer is a test, and so is each verdict; lines that begin with "#>" are shown whatever comes out.
awk -v rc=$rc '
    /^  [^ ].*(FAILED|FOUND)/ { print "not ok " ++n " - " substr($0, 3); next }
    /^  pictures: *[a-z][a-z]*: [0-9]/ || /^  pictures:   *[a-z]/ || /^  refusals: [0-9]/ { print "#> " substr($0, 3); next }
    /^  [^:]*: [a-z]*: [0-9]* (files|inputs)/ || /as it should be$/ { print "ok " ++n " - " substr($0, 3); next }
    { print "# " $0 }
    END { print (rc == 0 ? "ok " : "not ok ") ++n " - hostile bytes, all of it"; print "1.." n }' "$log/hostile"
exit $rc
