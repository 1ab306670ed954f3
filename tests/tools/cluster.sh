#!/bin/sh
# Verifies: NEV-CLI-146
# The recipes of tools/CLUSTER.md for GNU parallel and for any queue. Prints TAP; says SKIP without GNU parallel.
set -u
. tests/support/cluster.lib
folder=$build/cluster
n=0

follow() { # heading
    n=$((n + 1))
    rm -f features.* forest.nvf shard-* trees-*
    recipe "$1" >recipe.sh
    if sh -e recipe.sh >log 2>&1 && same >>log 2>&1; then
        echo "ok $n - cluster: $1"
    else
        echo "not ok $n - cluster: $1"
        sed 's/^/# /' log
    fi
}

prepare "$folder"
follow 'Any queue that starts a process'
if parallel --version 2>/dev/null | grep -q GNU; then
    follow 'GNU parallel'
else
    n=$((n + 1))
    echo "ok $n - cluster: GNU parallel # SKIP no GNU parallel here"
fi
cd "$root" && rm -rf "$folder"
echo "1..$n"
