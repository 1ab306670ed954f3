#!/bin/sh
# The house rules as a program. Prints each breach as FILE: what, and exits 1 if there was one.
set -u
breaches=0
say() {
    echo "lint: $*"
    breaches=$((breaches + 1))
}
files=$(find nn forest io weights tools tests bench \( -name '*.[ch]' -o -name '*.inc' \) 2>/dev/null | sort)

# 1. Formatting.
if command -v clang-format >/dev/null; then
    # shellcheck disable=SC2086
    for f in $(clang-format --dry-run $files 2>&1 | sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: warning.*/\1/p' | sort -u); do
        say "$f: run 'make format'"
    done
else
    echo "lint: clang-format is missing; formatting not checked"
fi

# 2. Rooms: who may include whom.
ruled=
may() { # room, allowed include prefixes (an extended regular expression)
    ruled="$ruled $1 "
    for f in $(echo "$files" | grep "^$1"); do
        for i in $(sed -n 's/^#include "\(.*\)"/\1/p' "$f"); do
            echo "$i" | grep -qE "^($2)" || say "$f: may not include $i"
        done
    done
}
may 'nn/base/' 'nn/base/'
may 'nn/[^b]' 'nn/|weights/weights\.h'
may 'weights/' 'nn/base/|weights/'
below='nn/base/|forest/[a-z]*\.h'
may 'forest/[^/]*$' "$below"
for room in calibrate file predict train; do # each may include those before it
    below="$below|forest/$room/"
    case $room in predict) may "forest/$room/" "$below|nn/simd/rows_" ;; *) may "forest/$room/" "$below" ;; esac
done
may 'forest/explain/' "$below|forest/explain/"
may 'forest/exchange/' "$below|forest/exchange/"
may 'io/' 'nn/base/|io/'
below='nn/|weights/|forest/|io/'
may 'tools/[^/]*$' "$below|tools/(command\.h|base/|files/)"
for room in base text files networks tables forests judge study; do # each may include those before it
    may "tools/$room/" "$below|tools/$room/"
    below="$below|tools/$room/"
done
may 'tools/commands/' "$below|tools/command\.h|tools/commands/"
may 'tools/examples/' 'nn/|weights/weights\.h|forest/|io/'
for d in $(echo "$files" | sed -nE 's,^((forest|tools)/[^/]*/).*,\1,p' | sort -u); do
    case $ruled in *" $d "*) ;; *) say "$d: no rule says what it may include" ;; esac
done

# 3. System headers below tools/: what a target without an operating system has.
for f in $(echo "$files" | grep -E '^(nn|weights|forest|io)/'); do
    for i in $(sed -n 's/^#include <\(.*\)>/\1/p' "$f"); do
        case $i in
        stdint.h | stddef.h | string.h | stdbool.h | float.h | limits.h) ;;
        immintrin.h | arm_neon.h | cpuid.h | omp.h | stdatomic.h)
            case $f in nn/simd/* | nn/base/*) ;; *) say "$f: may not include <$i>" ;; esac ;;
        *) say "$f: may not include <$i>" ;;
        esac
    done
done

# 4. The library calls nothing but memory functions (and OpenMP's), and exports nothing without its prefix.
if [ -f "$LIB" ]; then
    $NM -A --undefined-only "$LIB" 2>/dev/null | awk '{print $1, $NF}' |
        grep -vE ' (nev_[a-z0-9_]*|memcpy|memmove|memset|memcmp|strlen|strcmp|strncmp|memchr|strchr|_GLOBAL_OFFSET_TABLE_|GOMP_.*|omp_.*|__kmpc_.*|__stack_chk_.*|__asan_.*|__ubsan_.*)$' >"${TMPDIR:-/tmp}/nev-lint.$$"
    while read -r where name; do say "$where calls $name"; done <"${TMPDIR:-/tmp}/nev-lint.$$"
    $NM -A --defined-only --extern-only "$LIB" 2>/dev/null | awk 'NF >= 3 && $NF !~ /^nev_/ {print $1, $NF}' >"${TMPDIR:-/tmp}/nev-lint.$$"
    while read -r where name; do say "$where exports $name without the prefix nev_"; done <"${TMPDIR:-/tmp}/nev-lint.$$"
    # No writable data; .data.rel.ro holds constant tables of pointers.
    $NM -A -f sysv --defined-only "$LIB" 2>/dev/null | awk -F'|' '$NF ~ /\.(data|bss|tdata|tbss)/ && $NF !~ /\.data\.rel\.ro/ {print $1}' >"${TMPDIR:-/tmp}/nev-lint.$$"
    while read -r name; do say "$name is a writable global"; done <"${TMPDIR:-/tmp}/nev-lint.$$"
    rm -f "${TMPDIR:-/tmp}/nev-lint.$$"
fi

# 5. Every header compiles alone.
for f in $(echo "$files" | grep '\.h$' | grep -vE '^(tests|nn/simd)/'); do
    $CC -fsyntax-only -x c "$f" 2>/dev/null || say "$f: does not compile alone"
done

# 6. Every file says its licence; no file is longer than a room should be.
for f in $files; do
    head -n 1 "$f" | grep -q 'SPDX-License-Identifier: MIT' || say "$f: first line names no licence"
    n=$(wc -l <"$f")
    [ "$n" -le 600 ] || say "$f: $n lines; split it"
done

# 7. Every source has its test: a file tests/*/test_*.c that includes or names it.
for f in $(echo "$files" | grep -E '^(nn|weights|forest|io)/.*\.c$'); do
    stem=$(basename "$f" .c)
    grep -rqE "(/|_|\b)$stem(\.[ch]|\b)" tests --include='*.c' || say "$f: no test names it"
done

# 8. Requirements: every id is verified, every test names a known id.
ids=$(sed -n 's/^- \*\*\(NEV-[A-Z]*-[0-9]*\)\*\*.*/\1/p' tests/REQUIREMENTS.md 2>/dev/null | sort)
for id in $(echo "$ids" | uniq -d); do say "tests/REQUIREMENTS.md: $id stands twice"; done
used=$(grep -rhoE 'NEV-[A-Z]+-[0-9]{3}' tests --include='*.c' --include='*.sh' | sort -u)
for id in $ids; do
    echo "$used" | grep -qx "$id" || say "tests/REQUIREMENTS.md: no test names $id"
done
for id in $used; do
    echo "$ids" | grep -qx "$id" || say "tests: $id is not in tests/REQUIREMENTS.md"
done
for f in $(find tests/*/ -name '*.sh'); do
    grep -q 'Verifies: NEV-' "$f" || say "$f: names no requirement"
done
for f in $(echo "$files" | grep -E '^tests/.*/test_.*\.c$'); do
    awk -v f="$f" '
        /Verifies: NEV-/ { seen = 1 }
        /^static void test_[a-z0-9_]*\(void \*\*state\)/ { if (!seen) print f ": " $3 " names no requirement"; seen = 0 }
    ' "$f" | while read -r line; do echo "lint: $line"; done >"${TMPDIR:-/tmp}/nev-lint.$$"
    cat "${TMPDIR:-/tmp}/nev-lint.$$"
    breaches=$((breaches + $(wc -l <"${TMPDIR:-/tmp}/nev-lint.$$")))
    rm -f "${TMPDIR:-/tmp}/nev-lint.$$"
done

[ "$breaches" -eq 0 ] && echo "lint: clean"
[ "$breaches" -eq 0 ]
