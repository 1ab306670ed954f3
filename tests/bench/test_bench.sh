#!/bin/sh
# Verifies: NEV-CLI-135, NEV-BENCH-001, NEV-BENCH-002, NEV-BENCH-003, NEV-BENCH-004, NEV-BENCH-005, NEV-BENCH-006
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
ends 0 'networks runs' "$bench/networks" --network mobilenetv2 --batch 1 --runs 1 --csv --svg "$tmp/networks.svg"
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

# 2. Layers. The network's published direct count is 0.30 G multiply-adds: 0.60 G operations (GFLOP/s * ms is 10^6 of them).
header=network,path,isa,threads,step,first,last,algorithm,median_ms,min_ms,gflops,peak_gflops,peak_share,bytes,gbs,stream_gbs
header=$header,stream_share,intensity
ends 0 'layers runs' "$bench/layers" --network mobilenetv2 --path fast --runs 1 --csv --svg "$tmp/layers.svg"
[ "$(head -n 1 "$tmp/out")" = "$header" ]
report $? 'the CSV of layers has the stated columns'
awk -F, 'NR > 1 { rows++; bad += NF != 18 || $2 != "fast" || $5 != NR - 2 || !($9 > 0 && $14 > 0); sum += $11 * $9 }
    END { exit bad > 0 || rows < 20 || sum < 595 || sum > 605 }' "$tmp/out"
report $? 'every step is there and their direct counts sum to the published one'
head -c 4 "$tmp/layers.svg" | grep -q '<svg' && tail -n 1 "$tmp/layers.svg" | grep -q '^</svg>$' &&
    grep -q 'mobilenetv2, fast path' "$tmp/layers.svg"
report $? 'the picture of the layers is whole'
tail -n 1 "$tmp/networks.svg" | grep -q '^</svg>$' && grep -q 'mobilenetv2, .*batch 1' "$tmp/networks.svg"
report $? 'the picture of the networks is whole'

# 3. Starts. A started process gives the features that the benchmark gives.
ends 0 'a start is timed' "$bench/networks" --network mobilenetv2 --threads 1 --start --runs 1 --csv
header=network,isa,threads,form,verify,cache,start_ms,open_ms,verify_ms,pack_ms,picture_ms,run_ms,inference_ms,rss_mb,sha256
[ "$(head -n 1 "$tmp/out")" = "$header" ] && [ "$(sed 1d "$tmp/out" | cut -d, -f4-6 | tr '\n' ' ')" = \
    'canonical,full,cold canonical,full,warm packed,full,cold packed,full,warm packed,head,cold packed,head,warm ' ]
report $? 'the CSV of starts has the stated columns, a cold row and a warm one of each form and check'
[ "$(sed 1d "$tmp/out" | cut -d, -f15 | sort -u)" = "$(sed -n 2p "$tmp/auto.csv" | cut -d, -f10)" ]
report $? 'a start gives the same features'
awk -F, 'NR > 1 { bad += !($7 >= $8 + $9 + $10 + $11 + $12 - 0.01) } END { exit bad > 0 || NR < 3 }' "$tmp/out"
report $? 'the parts of a start are no longer than the whole'

# The memory of a start from a packed file, beside the file: at most 8 MB. Sanitizers take more by far.
if grep -q fsanitize "${BUILD:-build}/flags"; then
    n=$((n + 1))
    echo "ok $n - bench: memory of a start # SKIP a build with sanitizers"
else
    # shellcheck disable=SC2086
    { $run "${BUILD:-build}/nevus" convert -q --seeded mobilenetv2 -o "$tmp/m.nvw" &&
        $run "${BUILD:-build}/nevus" pack -q "$tmp/m.nvw" -o "$tmp/p.nvw"; } 2>"$tmp/err"
    ends 0 'a start from a packed file is timed' "$bench/networks" --weights "$tmp/p.nvw" --start --runs 1 --csv
    awk -F, -v file="$(wc -c <"$tmp/p.nvw")" 'NR > 1 { bad += !($14 > 0 && $14 <= file / 1e6 + 8) } END { exit bad > 0 || NR < 3 }' "$tmp/out"
    report $? 'its memory is the file and at most 8 MB'
fi

# 4. Refusals.
ends 2 'an unknown network is refused' "$bench/networks" --network vgg16
ends 2 'an unknown instruction set is refused' "$bench/networks" --isa mmx
ends 2 'no threads are refused' "$bench/networks" --threads 0
ends 2 'an unfinished list is refused' "$bench/networks" --batch 1,
ends 3 'a model that is not there is refused' "$bench/networks" --weights "$tmp/none.nvw"
printf 'not a model' >"$tmp/bad.nvw"
ends 4 'a file that is no model is refused' "$bench/networks" --weights "$tmp/bad.nvw"

# 5. Comparing.
ends 0 'a table agrees with itself' "$bench/compare" "$tmp/auto.csv" "$tmp/auto.csv"
awk 'NR > 1 { bad += $7 != "1.000" || $8 != "1.000" || $9 != "same" } END { exit bad > 0 || NR < 2 }' "$tmp/out"
report $? 'and its ratios are 1'
awk -F, -v OFS=, 'NR > 1 { $5 = $5 / 2 } { print }' "$tmp/auto.csv" >"$tmp/half.csv"
ends 0 'a faster table agrees' "$bench/compare" "$tmp/auto.csv" "$tmp/half.csv"
awk 'NR > 1 { bad += $7 != "0.500" || $8 != "1.000" } END { exit bad > 0 || NR < 2 }' "$tmp/out"
report $? 'and its ratio is one half'
sed '2s/.$/x/' "$tmp/auto.csv" >"$tmp/wrong.csv"
ends 1 'another digest is told by the exit status' "$bench/compare" "$tmp/auto.csv" "$tmp/wrong.csv"
grep -q DIFFER "$tmp/out"
report $? 'and by the row'
sed 's/mobilenetv2/resnet18/' "$tmp/auto.csv" >"$tmp/other.csv"
ends 7 'tables of different networks have nothing to compare' "$bench/compare" "$tmp/auto.csv" "$tmp/other.csv"
cut -d, -f1-9 "$tmp/auto.csv" >"$tmp/nosha.csv"
ends 4 'a table without digests is refused' "$bench/compare" "$tmp/auto.csv" "$tmp/nosha.csv"
ends 2 'one table is too few' "$bench/compare" "$tmp/auto.csv"
echo "1..$n"
