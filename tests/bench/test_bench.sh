#!/bin/sh
# Verifies: NEV-BENCH-001, NEV-BENCH-002, NEV-BENCH-003
# What the benchmarks print, on runs too short to mean anything: no time is asserted. Prints TAP.
set -u
bench=${BUILD:-build}/bench
run=${RUN:-}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/nevus-bench-test-XXXXXX")
trap 'rm -rf "$tmp"' EXIT
n=0

report() { # status, what
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - bench: $2"
    else
        echo "not ok $n - bench: $2"
        sed 's/^/# /' "$tmp/err"
    fi
}

ends() { # expected status, what, command...
    status=$1 what=$2
    shift 2
    # shellcheck disable=SC2086
    $run "$@" >"$tmp/out" 2>"$tmp/err"
    [ $? -eq "$status" ]
    report $? "$what"
}

# 1. Columns, rows, digests.
header=network,isa,threads,batch,median_ms,min_ms,peak_time_ms,ratio,rss_mb,sha256
ends 0 'networks runs' "$bench/networks" --network mobilenetv2 --batch 1 --runs 1 --csv
mv "$tmp/out" "$tmp/auto.csv"
ends 0 'networks runs in plain C' "$bench/networks" --network mobilenetv2 --threads 1 --batch 1 --isa c --runs 1 --csv
mv "$tmp/out" "$tmp/c.csv"
[ "$(head -n 1 "$tmp/auto.csv")" = "$header" ] && [ "$(head -n 1 "$tmp/c.csv")" = "$header" ]
report $? 'the CSV has the stated columns'
awk -F, 'NR > 1 {
        rows++
        bad += NF != 10 || $1 != "mobilenetv2" || $4 != 1 || $3 < 1 || $10 !~ /^[0-9a-f]+$/ || length($10) != 64
        bad += !($6 > 0 && $5 >= $6 && $7 > 0 && $9 > 0) || $8 / ($5 / $7) > 1.01 || $8 / ($5 / $7) < 0.99
    }
    END { exit bad > 0 || rows < 1 }' "$tmp/auto.csv"
report $? 'every row is whole and its ratio is that of its times'
[ "$(sed 1d "$tmp/c.csv" | cut -d, -f2)" = c ]
report $? '--isa c runs plain C'
[ "$(tail -q -n +2 "$tmp/auto.csv" "$tmp/c.csv" | cut -d, -f10 | sort -u | wc -l)" -eq 1 ]
report $? 'instruction sets and numbers of threads give one digest'

# 2. Refusals.
ends 2 'an unknown network is refused' "$bench/networks" --network vgg16
ends 2 'an unknown instruction set is refused' "$bench/networks" --isa mmx
ends 2 'no threads are refused' "$bench/networks" --threads 0
ends 2 'an unfinished list is refused' "$bench/networks" --batch 1,
ends 3 'a model that is not there is refused' "$bench/networks" --weights "$tmp/none.nvw"
printf 'not a model' >"$tmp/bad.nvw"
ends 4 'a file that is no model is refused' "$bench/networks" --weights "$tmp/bad.nvw"
echo "1..$n"
