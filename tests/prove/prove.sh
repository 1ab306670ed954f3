#!/bin/sh
# Verifies: NEV-SAFE-040, NEV-SAFE-041
# Shows with Frama-C's Eva that readers have no undefined behaviour, whatever the bytes (README.md). Prints TAP.
#   prove.sh           the proofs marked quick in PROOFS; their outcomes must be what LOG says
#   prove.sh all       every proof
#   prove.sh log       every proof; the outcomes become LOG
# NEVUS_PROVE=WORD limits it to proofs whose name contains the word. Says SKIP without Frama-C 25 (`sh tests/deps.sh prove`).
set -u
cd "$(dirname "$0")/../.." || exit 2
what=${1:-quick}
case $(frama-c -version 2>/dev/null) in
25.*) ;;
*)
    echo "ok 1 - prove # SKIP no Frama-C 25 here"
    echo "1..1"
    exit 0
    ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# What LOG holds of one proof: alarms, broken or unproven properties, functions taken on their word, and how much of the
# code was reached; nothing of this machine.
prove() { # name, definitions, options, driver and sources
    # shellcheck disable=SC2086
    frama-c -machdep gcc_x86_64 -cpp-extra-args="-I. $2" -warn-special-float none -main prove -eva -eva-precision 0 \
        -eva-plevel 1000 -eva-split-limit 2000 -eva-no-results -eva-no-show-progress $3 $4 >"$work/out" 2>&1
    rc=$?
    echo "== $1"
    echo "of $4"
    [ -z "$2$3" ] || echo "with $2 $3"
    awk '
        /^\[eva:alarm\]/ { alarm = substr($0, 13); getline more; print "alarm: " alarm more; next }
        /using specification for function/ { print "taken as specified: " $NF; next }
        /User Error|[Aa]borted|fatal/ { print }
        /statements reached/ { print "statements reached: " $(NF - 1) }
        /alarms? generated/ { sub(/^ */, ""); print }
        /^    (Assertions|Preconditions)/ { print $1 ": " $4 " unknown, " $6 " invalid" }' "$work/out"
    [ "$rc" -eq 0 ] || echo "frama-c ended with $rc"
}

grep '^[a-z]' tests/prove/PROOFS >"$work/proofs"
while IFS='|' read -r name speed definitions options files; do
    case $what:$speed in quick:slow) continue ;; esac
    case $name in *"${NEVUS_PROVE:-}"*) ;; *) continue ;; esac
    prove "$name" "$definitions" "$options" "$files" >"$work/one"
    n=$((n + 1))
    if [ "$what" = log ]; then
        cat "$work/one"
        { cat "$work/one"; echo; } >>"$work/log"
        continue
    fi
    awk -v head="== $name" '$0 == head { on = 1 } on && $0 == "" { exit } on' tests/prove/LOG >"$work/known"
    if cmp -s "$work/known" "$work/one"; then
        echo "ok $n - prove: $name"
    else
        echo "not ok $n - prove: $name"
        echo "# not what tests/prove/LOG says:"
        diff "$work/known" "$work/one" | sed 's/^/# /'
    fi
    sed -n 's/^\([0-9]* alarms\{0,1\} generated.*\)/# \1/p' "$work/one"
done <"$work/proofs"
[ "$what" != log ] || cp "$work/log" tests/prove/LOG
echo "1..$n"
