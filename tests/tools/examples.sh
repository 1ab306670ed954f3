#!/bin/sh
# Verifies: NEV-NN-145
# The programs of tools/examples: built by the Makefile, and by the line that each gives for it against the library as it is
# installed; their features and votes are those of the command. Prints TAP.
set -u
build=${BUILD:-build}
run=${RUN:-}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/nevus-examples-XXXXXX")
trap 'rm -rf "$tmp"' EXIT
n=0

report() { # status, what
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - examples: $2"
    else
        echo "not ok $n - examples: $2"
        sed 's/^/# /' "$tmp/err"
    fi
}

# Six pictures without a meaning, of the size that the network takes: bytes of the model itself.
# shellcheck disable=SC2086
$run "$build/nevus" convert -q --seeded mobilenetv2 -o "$tmp/m.nvw" 2>"$tmp/err" &&
    $run "$build/nevus" pack -q "$tmp/m.nvw" -o "$tmp/fast.nvw" 2>>"$tmp/err" &&
    $run "$build/nevus" pack -q "$tmp/m.nvw" --profile direct -o "$tmp/direct.nvw" 2>>"$tmp/err"
report $? 'weights are made'
bytes=$((224 * 224 * 3))
mkdir -p "$tmp/train/benign" "$tmp/train/malignant"
for i in 1 2 3 4 5 6; do
    [ $((i % 2)) -eq 0 ] && class=benign || class=malignant
    tail -c $((i * 1000003)) "$tmp/m.nvw" | head -c "$bytes" >"$tmp/$i.raw"
    { printf 'P6\n224 224\n255\n' && cat "$tmp/$i.raw"; } >"$tmp/train/$class/$i.ppm"
done
# shellcheck disable=SC2086
$run "$build/nevus" train -q --weights "$tmp/m.nvw" "$tmp/train" -o "$tmp/f.nvf" >"$tmp/out" 2>"$tmp/err"
report $? 'a forest is grown'

features() { # the program, weights file; compares with extract
    # shellcheck disable=SC2086
    $run "$build/nevus" extract -q --weights "$2" "$tmp/train/malignant/1.ppm" -o "$tmp/want.npy" >"$tmp/out" 2>"$tmp/err" &&
        $run "$1" "$2" <"$tmp/1.raw" >"$tmp/row" 2>>"$tmp/err" &&
        tail -c 4000 "$tmp/want.npy" >"$tmp/want" && cmp "$tmp/want" "$tmp/row" >>"$tmp/err"
}
for form in m fast direct; do
    features "$build/examples/features" "$tmp/$form.nvw"
    report $? "features of $form.nvw have the bits of extract"
done
features "$build/examples/features" "$tmp/m.nvw"

votes() { # the program; compares with classify
    # shellcheck disable=SC2086
    $run "$build/nevus" classify -q --csv --weights "$tmp/m.nvw" --forest "$tmp/f.nvf" "$tmp/train/malignant/1.ppm" >"$tmp/csv" 2>"$tmp/err" &&
        $run "$1" "$tmp/f.nvf" <"$tmp/row" >"$tmp/said" 2>>"$tmp/err" &&
        awk -F, 'FILENAME != csv { split($0, word, " "); if (word[1] == "answer:") answer = word[2]; else { votes[word[1]] = word[2]
                share[word[1]] = word[3]; classes++ } next }
            FNR == 1 { for (i = 1; i <= NF; i++) name[i] = $i }
            FNR == 2 { for (i = 1; i <= NF; i++) { if (name[i] == "label") bad += $i != answer
                    if (name[i] == "votes") bad += $i != votes[answer]
                    if (sub("^probability_", "", name[i])) { bad += sprintf("%.6f", $i) != share[name[i]]; seen++ } } }
            END { exit bad > 0 || classes != 2 || seen != 2 }' csv="$tmp/csv" "$tmp/said" "$tmp/csv" >>"$tmp/err"
}
votes "$build/examples/votes"
report $? 'votes and answer are those of classify'

head -c 1000 "$tmp/1.raw" >"$tmp/short"
# shellcheck disable=SC2086
! $run "$build/examples/features" "$tmp/m.nvw" <"$tmp/short" >"$tmp/row2" 2>"$tmp/err" && [ ! -s "$tmp/row2" ] &&
    ! $run "$build/examples/votes" "$tmp/f.nvf" <"$tmp/short" >"$tmp/row2" 2>"$tmp/err" && [ ! -s "$tmp/row2" ] &&
    ! $run "$build/examples/features" "$tmp/f.nvf" <"$tmp/1.raw" 2>"$tmp/err" &&
    ! $run "$build/examples/votes" "$tmp/m.nvw" <"$tmp/row" 2>"$tmp/err" && grep -q '^votes: ' "$tmp/err"
report $? 'what does not belong is refused'

# The line in each program's head, with the installed headers and library in the place of the tree's.
if [ -n "$run" ] || grep -q -e fsanitize -e '^aarch64' -e '^s390x' "$build/flags"; then
    n=$((n + 1))
    echo "ok $n - examples: built from what is installed # SKIP a build with sanitizers or for another machine"
else
    ${MAKE:-make} --no-print-directory BUILD="$build" PREFIX="$tmp/usr" install >"$tmp/out" 2>"$tmp/err"
    for name in features votes; do
        line=$(sed -n "s,^ \* *\(cc .*\) -o $name\$,\1,p" "tools/examples/$name.c")
        sh -c "$(echo "$line" | sed "s,-I\.,-I$tmp/usr/include/nevus,; s,build/,$tmp/usr/lib/,") -o $tmp/$name" >"$tmp/out" 2>"$tmp/err"
        report $? "$name compiles by its own line against what is installed"
    done
    features "$tmp/features" "$tmp/m.nvw" && votes "$tmp/votes"
    report $? 'and both give the same'
fi
echo "1..$n"
