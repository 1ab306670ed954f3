#!/bin/sh
# Verifies: NEV-CLI-135, NEV-BENCH-001, NEV-BENCH-002, NEV-BENCH-003, NEV-BENCH-004, NEV-BENCH-005, NEV-BENCH-006,
# NEV-BENCH-066, NEV-BENCH-067, NEV-BENCH-068, NEV-BENCH-069
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

ends 0 'networks takes two pictures at a time' "$bench/networks" --network mobilenetv2 --threads 1 --batch 1,2 --runs 1
awk '$1 == "mobilenetv2" { arena[$4] = $15 } END { exit !(arena[1] > 0 && arena[2] > arena[1]) }' "$tmp/out"
report $? 'and they share an arena that is larger than that of one'
NEVUS_ISA=c
export NEVUS_ISA
ends 0 'networks runs with NEVUS_ISA' "$bench/networks" --network mobilenetv2 --threads 1 --batch 1 --runs 1 --csv
[ "$(sed 1d "$tmp/out" | cut -d, -f2)" = c ]
report $? 'what NEVUS_ISA names runs'
NEVUS_ISA=mmx
ends 2 'NEVUS_ISA that is none is refused' "$bench/networks" --network mobilenetv2 --threads 1 --batch 1 --runs 1 --csv
unset NEVUS_ISA

# 2. Layers. The network's published direct count is 0.30 G multiply-adds: 0.60 G operations (GFLOP/s * ms is 10^6 of them).
header=network,path,isa,threads,step,first,last,algorithm,median_ms,min_ms,gflops,peak_gflops,peak_share,bytes,gbs,stream_gbs
header=$header,stream_share,intensity,sha256
ends 0 'layers runs' "$bench/layers" --network mobilenetv2 --path fast --runs 1 --csv --svg "$tmp/layers.svg"
[ "$(head -n 1 "$tmp/out")" = "$header" ]
report $? 'the CSV of layers has the stated columns'
awk -F, 'NR > 1 { rows++; bad += NF != 19 || length($19) != 64 || $2 != "fast" || $5 != NR - 2 || !($9 > 0 && $14 > 0); sum += $11 * $9 }
    END { exit bad > 0 || rows < 20 || sum < 595 || sum > 605 }' "$tmp/out"
report $? 'every step is there and their direct counts sum to the published one'
head -c 4 "$tmp/layers.svg" | grep -q '<svg' && tail -n 1 "$tmp/layers.svg" | grep -q '^</svg>$' &&
    grep -q 'mobilenetv2, fast path' "$tmp/layers.svg"
report $? 'the picture of the layers is whole'
ends 0 'layers runs on the direct path' "$bench/layers" --network mobilenetv2,darknet19 --path direct --runs 1 --csv --svg "$tmp/two.svg"
sed -n 's/^<circle .*fill="\([^"]*\)".*<title>\([a-z0-9+-]*\)<.*/\2 \1/p' "$tmp/two.svg" "$tmp/layers.svg" | sort -u >"$tmp/legend"
[ "$(wc -l <"$tmp/legend")" -ge 3 ] && [ "$(cut -d' ' -f1 "$tmp/legend" | sort -u | wc -l)" -eq "$(wc -l <"$tmp/legend")" ] &&
    [ "$(cut -d' ' -f2 "$tmp/legend" | sort -u | wc -l)" -eq "$(wc -l <"$tmp/legend")" ]
report $? 'an algorithm has one colour in all panels, and no other has it'
# A row of bars is name, algorithm, bar, mark, time, each ended before the next begins; 6.4 pixels hold any mean character.
awk -F'[">]' '/^<rect/ && has { bad += $2 < end || $2 > 800; bars++; has = 0 }
    /^<text x="16.00"/ { at = $2; text = $0; gsub(/<[^>]*>/, "", text); end = at + 6.4 * length(text) }
    /fill="#6b7785"/ && /^<text/ && $2 > 16 && $2 < 700 { bad += $2 < end; text = $0; gsub(/<[^>]*>/, "", text)
        end = $2 + 6.4 * length(text); has = 1 }
    END { exit bad > 0 || bars < 20 }' "$tmp/two.svg"
report $? 'names, algorithms and bars do not overlap'
awk -F'"' '/^<circle/ { dots++; bad += $2 < 790 || $2 > 1250 } END { exit bad > 0 || dots < 20 }' "$tmp/two.svg"
report $? 'every layer lies within the frame of the roofline'
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

[ ! -s "$tmp/out" ]
report $? 'and no table is begun'
ends 4 'nor by layers' "$bench/layers" --csv --weights "$tmp/bad.nvw"
[ ! -s "$tmp/out" ]
report $? 'and no table is begun there'
ends 2 'a network beside a model is refused' "$bench/networks" --network resnet18 --weights "$tmp/bad.nvw"
ends 2 'also by layers' "$bench/layers" --network resnet18 --weights "$tmp/bad.nvw"
ends 2 'a start of a batch is refused' "$bench/networks" --start --batch 1
ends 3 'a picture that cannot be written is refused' "$bench/networks" --svg "$tmp/none/x.svg"
[ ! -s "$tmp/out" ]
report $? 'before anything is measured'
ends 3 'also by layers' "$bench/layers" --svg "$tmp/none/x.svg"
[ ! -s "$tmp/out" ]
report $? 'before anything is measured there'
ends 2 'a picture in the place of the model is refused' "$bench/networks" --weights "$tmp/bad.nvw" --svg "$tmp/bad.nvw"
ends 2 'also by layers' "$bench/layers" --weights "$tmp/bad.nvw" --svg "$tmp/bad.nvw"

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
cat "$tmp/auto.csv" "$tmp/c.csv" | awk 'NR == 1 || !/^network/' >"$tmp/more.csv"
ends 1 'a row that only B has is told by the exit status' "$bench/compare" "$tmp/auto.csv" "$tmp/more.csv"
grep -q 'only in B' "$tmp/out"
report $? 'and by name'
ends 1 'a row that only A has is told by the exit status' "$bench/compare" "$tmp/more.csv" "$tmp/auto.csv"
grep -q 'only in A' "$tmp/out"
report $? 'and by name too'
{ cat "$tmp/auto.csv" && sed -n 2p "$tmp/auto.csv"; } >"$tmp/twice.csv"
ends 4 'a table with a row twice is refused' "$bench/compare" "$tmp/auto.csv" "$tmp/twice.csv"
grep -q 'twice.csv.*twice.*row' "$tmp/err"
report $? 'with the row'
cut -d, -f1-9 "$tmp/auto.csv" >"$tmp/nosha.csv"
ends 4 'a table without digests is refused' "$bench/compare" "$tmp/auto.csv" "$tmp/nosha.csv"
ends 2 'one table is too few' "$bench/compare" "$tmp/auto.csv"
echo "1..$n"
