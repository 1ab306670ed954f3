#!/bin/sh
# `nevus decode --raw --crc FILE...` prints what the manifests hold, so that anyone can compare. Prints TAP.
# Verifies: NEV-SAFE-005
set -u
shared=${NEVUS_SHARED:-../shared}/images
n=0
for kind in jpeg:15 png:13; do
    n=$((n + 1))
    folder=${kind%:*}
    if [ ! -f "$shared/$folder/MANIFEST.tsv" ]; then
        echo "ok $n - $folder # SKIP no shared pictures"
        continue
    fi
    want=$BUILD/tests/conformance.$folder.want
    got=$BUILD/tests/conformance.$folder.got
    awk -F'\t' -v column="${kind#*:}" '$3 == "ok" && $1 !~ /testimgari/ { print $column "  " $1 }' "$shared/$folder/MANIFEST.tsv" >"$want"
    nevus=$(cd "$(dirname "$BUILD/nevus")" && pwd)/nevus
    (cd "$shared/$folder" && cut -c11- | xargs -d '\n' $RUN "$nevus" decode --raw --crc) <"$want" >"$got" 2>"$got.err"
    if cmp -s "$want" "$got"; then
        echo "ok $n - $folder: $(wc -l <"$want") files"
    else
        echo "not ok $n - $folder"
        diff "$want" "$got" | head -n 10 | sed 's/^/# /'
    fi
done
echo "1..$n"
