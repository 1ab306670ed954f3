#!/bin/sh
# Runs the test programs given, two at a time, shows what failed or was skipped, and closes with the counts.
# Each program prints TAP (a line that begins with "#>" is shown as it is); one that dies without saying "not ok" counts as one failure. Exit status 1 on any failure.
set -u
BUILD=${BUILD:-build}
jobs=$(nproc 2>/dev/null || echo 2)
log=$BUILD/tests/log
rm -rf "$log"
mkdir -p "$log"
export CMOCKA_MESSAGE_OUTPUT=TAP RUN BUILD log

for t in "$@"; do echo "$t"; done | xargs -P "$jobs" -I{} sh -c '
    name=$(echo "{}" | sed "s,.*tests/,,; s,/,.,g")
    case "{}" in
    *.sh) sh "{}" >"$log/$name.tap" 2>"$log/$name.err" ;;
    *) $RUN "{}" >"$log/$name.tap" 2>"$log/$name.err" ;;
    esac
    rc=$?
    # cmocka says "not ok N # SKIP name" of a skipped test; TAP has "ok N - name # SKIP".
    sed -i "s/^not ok \([0-9]*\) # SKIP \(.*\)/ok \1 - \2 # SKIP/" "$log/$name.tap"
    if [ $rc -ne 0 ] && ! grep -q "^not ok" "$log/$name.tap"; then
        echo "not ok 0 - $name ended with status $rc" >>"$log/$name.tap"
    fi
    echo "  $name: $(grep -c "^ok" "$log/$name.tap") ok, $(grep -c "^not ok" "$log/$name.tap") not ok"'

for f in "$log"/*.tap; do
    [ -f "$f" ] || continue
    name=$(basename "$f" .tap)
    sed -n "s/^ok [0-9]* - \(.*\) # SKIP.*/SKIP $name: \1/p; s/^#> /  /p" "$f"
    if grep -q '^not ok' "$f"; then
        sed -n "s/^not ok [0-9]* - /FAIL $name: /p" "$f"
        sed 's/^/    /' "${f%.tap}.err" | tail -n 40
        grep '^#' "$f" | sed 's/^/    /' | tail -n 20
    fi
done
cat "$log"/*.tap 2>/dev/null | awk '
    /^not ok/ { failed++; next }
    /^ok .*# SKIP/ { skipped++; next }
    /^ok/ { passed++ }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 || passed == 0 }'
