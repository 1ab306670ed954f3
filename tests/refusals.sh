#!/bin/sh
# Is each refusal of a reader reached by a test? Builds the readers with gcc --coverage, runs their tests, replays the seed
# corpora and the regressions, and prints each line that refuses and was not run, unless tests/refusals.txt names it
# with a reason; and each line of that list that excuses nothing. Exit status 1 if there was either.
set -u
work=$BUILD/refusals
mkdir -p "$work/log"
say() { echo "  refusals: $*"; }

tests=
for t in tests/base/test_*.c tests/io/test_*.c tests/weights/test_*.c tests/forest/test_calibration.c tests/forest/test_c[ho]*.c \
    tests/forest/test_ensemble.c tests/forest/test_merge.c tests/forest/test_open.c tests/forest/test_share.c; do
    case $t in
    */test_real.c | */test_parallel.c | */test_exp.c) ;; # whole networks; no reader
    *) tests="$tests $work/${t%.c}" ;;
    esac
done
fuzzers=
for f in tests/fuzz/fuzz_*.c; do fuzzers="$fuzzers $work/${f%.c}"; done

# shellcheck disable=SC2086
$MAKE --no-print-directory CC=gcc OPENMP=0 ISA= CFLAGS='-O0 --coverage' BUILD="$work" -j2 $tests $fuzzers \
    >"$work/log/build" 2>&1 || { tail -n 20 "$work/log/build"; say "cannot build"; exit 1; }
find "$work" -name '*.gcda' -delete
failed=0
for t in $tests; do
    "$t" >"$work/log/test" 2>&1 || { tail -n 20 "$work/log/test"; say "$t failed"; failed=1; }
done
rm -rf "$work/corpus"
"$BUILD/tests/fuzz/seeds" "$work/corpus" || exit 1
for f in $fuzzers; do
    r=${f##*/fuzz_}
    regress=tests/fuzz/regress/$r
    [ -d "$regress" ] || regress=
    # shellcheck disable=SC2086
    "$f" "$work/corpus/$r" $regress >"$work/log/test" 2>&1 || { tail -n 20 "$work/log/test"; say "$f failed"; failed=1; }
done

: >"$work/lines"
for c in nn/base/*.c weights/*.c weights/import/*.c io/*.c forest/file/calibration.c forest/file/check.c forest/exchange/cursor.c \
    forest/exchange/ensemble*.c forest/file/layout.c forest/file/open.c forest/file/part.c forest/file/view.c; do
    o=$work/obj/${c%.c}.gcda
    [ -f "$o" ] || continue
    gcov -t -o "$o" "$c" 2>/dev/null >"$work/log/gcov"
    # A refusal is a statement that names an error or calls what returns one; it is joined up to its semicolon.
    awk -F: -v file="$c" '
        { source = $0; sub(/^[^:]*:[^:]*:/, "", source); sub(/^ */, "", source) }
        $2 + 0 == 0 { inside = 0; if (source ~ /^Source:/) ours = source == "Source:" file; next }
        !ours { next }
        inside { text = text " " source }
        !inside && $1 ~ /#####/ && source ~ /(NEV_ERR_|(nev_fail|refuse|fail|bad)(_[a-z]*)?\()/ { inside = 1; line = $2 + 0; text = source }
        inside && source ~ /;/ { print file ":" line ": " text; inside = 0 }' "$work/log/gcov" >>"$work/lines"
done

# tests/refusals.txt: FILE: a part of the statement | why no test reaches it
awk -v list=tests/refusals.txt '
    FILENAME == list {
        if ($0 ~ /^#/ || $0 == "") next
        at = index($0, ": "); bar = index($0, " | ")
        if (at == 0 || bar < at || length($0) < bar + 3) { print list ":" FNR ": no reason"; bad++; next }
        n++; file[n] = substr($0, 1, at - 1); part[n] = substr($0, at + 2, bar - at - 2); next
    }
    {
        excused = 0
        for (i = 1; i <= n; i++)
            if (index($0, file[i] ":") == 1 && index($0, part[i])) { excused = 1; used[i] = 1 }
        if (excused) { named++; next }
        print $0; bad++
    }
    END {
        for (i = 1; i <= n; i++) if (!used[i]) { print list ": reached, or gone: " file[i] ": " part[i]; bad++ }
        printf "%d not reached, each named with a reason; %d breaches\n", named, bad
        exit bad > 0
    }' tests/refusals.txt "$work/lines" | sed 's/^/  refusals: /' >"$work/log/result"
cat "$work/log/result"
grep -q '; 0 breaches$' "$work/log/result" || failed=1
exit $failed
