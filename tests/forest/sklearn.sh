#!/bin/sh
# Verifies: NEV-RF-058
# The forest beside scikit-learn's RandomForestClassifier on the sets that package ships: accuracy on 30 % held back,
# accuracy out of bag, nodes a tree and depth of the deepest tree, over SEEDS stratified splits (default 10), with the
# parameters as they are by default and with each of them changed. The mean of the paired differences must lie within four
# of its standard errors. scikit-learn splits nodes of one class whose impurity is not quite 0 because weights were
# rounded; what lies below such a node is not counted. Prints TAP. A minute or two of work, so `make sklearn` runs it;
# without SKLEARN=1, or without the package (Debian: python3-sklearn), it says SKIP. Nothing else needs Python.
set -u
skip() {
    echo "ok 1 - sklearn: forests alike # SKIP $1"
    echo 1..1
    exit 0
}
[ "${SKLEARN:-0}" = 1 ] || skip 'make sklearn runs it'
python=${PYTHON:-python3}
$python -c 'import sklearn' 2>/dev/null || skip "no scikit-learn here"
seeds=${SEEDS:-10}
folder=${BUILD:-build}/sklearn
nevus="${RUN:-} ${BUILD:-build}/nevus"
rm -rf "$folder" && mkdir -p "$folder" || exit 1

# Each line: name of the case, data set, options here, arguments there.
cat >"$folder/cases" <<'END'
breast_cancer|breast_cancer||
digits|digits||
wine|wine||
iris|iris||
balanced|breast_cancer|--class-weight balanced|class_weight="balanced"
subsample|breast_cancer|--class-weight balanced_subsample|class_weight="balanced_subsample"
given|wine|--class-weight 0=1,1=7.5,2=2|class_weight={0: 1, 1: 7.5, 2: 2}
sample|breast_cancer|--sample 0.4|max_samples=0.4
log2|digits|--max-features log2|max_features="log2"
fraction|breast_cancer|--max-features 0.3|max_features=0.3
all|wine|--max-features all|max_features=None
depth|digits|--max-depth 9|max_depth=9
whole|breast_cancer|--no-bootstrap|bootstrap=False, oob_score=False
END

# Writes the splits as .npy, and what scikit-learn makes of them: case, seed, accuracy, out of bag, nodes, depth.
$python - "$folder" "$seeds" >"$folder/theirs" <<'END' || exit 1
import sys, numpy as np
from sklearn import datasets
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
folder, seeds = sys.argv[1], int(sys.argv[2])
def size(tree): # nodes and depth; a node of one class is a leaf
    t, nodes, deepest, todo = tree.tree_, 0, 0, [(0, 0)]
    while todo:
        i, depth = todo.pop()
        nodes, deepest = nodes + 1, max(deepest, depth)
        if t.children_left[i] >= 0 and np.count_nonzero(t.value[i]) > 1:
            todo += [(t.children_left[i], depth + 1), (t.children_right[i], depth + 1)]
    return nodes, deepest
for line in open(folder + "/cases"):
    case, name, _, arguments = line.rstrip("\n").split("|")
    x, y = getattr(datasets, "load_" + name)(return_X_y=True)
    for s in range(1, seeds + 1):
        a, b, la, lb = train_test_split(x.astype(np.float32), y, test_size=0.3, stratify=y, random_state=s)
        for what, table in (("x", a), ("y", la), ("tx", b), ("ty", lb)):
            np.save("%s/%s-%d-%s.npy" % (folder, name, s, what), table)
        f = RandomForestClassifier(**eval("dict(dict(n_estimators=50, oob_score=True, random_state=%d), %s)" % (s, arguments)))
        f.fit(a, la)
        sizes = np.array([size(t) for t in f.estimators_])
        print(case, s, f.score(b, lb), getattr(f, "oob_score_", 0), sizes[:, 0].mean(), sizes[:, 1].max())
END

# The value of a number in JSON.
number() { # key, file
    sed -n "s/.*\"$1\": *\([0-9.e+-]*\).*/\1/p" "$2" | head -n 1
}

# One line of ours, as theirs.
measure() { # case, seed, data set, options
    at=$folder/$3-$2
    # shellcheck disable=SC2086
    $nevus train --quiet --features "$at-x.npy" --labels "$at-y.npy" --seed "$2" $4 -o "$folder/f.nvf" --json \
        >"$folder/f.json" || exit 1
    $nevus info "$folder/f.nvf" --json >"$folder/i.json" || exit 1
    $nevus evaluate --forest "$folder/f.nvf" --features "$at-tx.npy" --labels "$at-ty.npy" --json >"$folder/e.json" ||
        exit 1
    right=$(tr -d ' \n' <"$folder/e.json" | sed 's/.*"confusion":\[\[//; s/\]\].*//; s/\],\[/\n/g' |
        awk -F, '{ for (i = 1; i <= NF; i++) all += $i; right += $NR } END { printf "%.9g", right / all }')
    oob=$(number oob_accuracy "$folder/f.json")
    awk -v name="$1" -v seed="$2" -v right="$right" -v oob="${oob:-0}" -v nodes="$(number nodes "$folder/i.json")" \
        -v depth="$(number depth "$folder/i.json")" 'BEGIN { print name, seed, right, oob, nodes / 50, depth }'
}

while IFS='|' read -r case name here there; do
    for seed in $(seq "$seeds"); do
        measure "$case" "$seed" "$name" "$here" </dev/null
    done
done <"$folder/cases" >"$folder/ours"

awk -v seeds="$seeds" '
    NR == FNR { for (k = 3; k <= 6; k++) theirs[$1, $2, k] = $k; next }
    {
        if (!($1 in n)) order[++cases] = $1
        n[$1]++
        for (k = 3; k <= 6; k++) {
            d = $k - theirs[$1, $2, k]
            if (d < 1e-7 && d > -1e-7) d = 0 # printed digits
            sum[$1, k] += d
            squares[$1, k] += d * d
            here[$1, k] += $k
            there[$1, k] += theirs[$1, $2, k]
        }
    }
    END {
        split("accuracy|accuracy out of bag|nodes a tree|greatest depth", what, "|")
        for (c = 1; c <= cases; c++) {
            for (k = 3; k <= 6; k++) {
                m = n[order[c]]
                if (here[order[c], k] == 0 && there[order[c], k] == 0) continue # nothing is out of bag
                mean = sum[order[c], k] / m
                variance = (squares[order[c], k] / m - mean * mean) * m / (m - 1)
                error = sqrt((variance > 0 ? variance : 0) / m)
                good = m == seeds && (mean < 0 ? -mean : mean) <= 4 * error + 1e-12
                bad += !good
                apart = error > 0 ? mean / error : 0
                printf("%s %d - sklearn: %s, %s: %.4f here, %.4f there, %.2f standard errors\n", good ? "ok" : "not ok",
                    ++test, order[c], what[k - 2], here[order[c], k] / m, there[order[c], k] / m, apart)
            }
        }
        print "1.." test
        exit bad > 0
    }' "$folder/theirs" "$folder/ours"
code=$?
rm -rf "$folder"
exit $code
