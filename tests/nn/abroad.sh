#!/bin/sh
# Verifies: NEV-NN-051, NEV-NN-085
# Builds tests/nn/digest.c for 64-bit ARM and for big-endian s390x, runs it under qemu and compares each line with what
# this machine prints. Prints TAP; says SKIP where a cross compiler or emulator is missing (`sh tests/deps.sh abroad`
# installs them on Debian). A packed file made abroad, for either path, must have the bytes of one made here, and give the
# same features there. By default one network on small pictures, so that the test stays short (`make check` takes two, of
# which one packed: VARIANTS, PACKED); `make abroad` takes all of them, canonical and packed, and `make abroad SIDE=0`
# full-size pictures, which takes long; PATHS=fast takes the fast path alone. tests/EVIDENCE.md has what came out.
set -u
side=${SIDE:-32}
packed=${PACKED:-mobilenetv2-same}
variants=${VARIANTS:-mobilenetv2-same}
paths=${PATHS:-}
root=${BUILD:-build}/abroad
n=0
mkdir -p "$root"

# What one program prints for every variant, and for those that are packed too.
digests() { # parts, instruction set, program...
    parts=$1 isa=$2
    shift 2
    # shellcheck disable=SC2086
    for v in $variants; do
        case " $packed " in
        *" $v "*) "$@" "$side" "$parts" "$isa" packed "$v" $paths ;;
        *) "$@" "$side" "$parts" "$isa" "$v" $paths ;;
        esac
    done
}

# Prints the reason why a target cannot be tried here, if there is one.
missing() { # toolchain prefix, emulator
    command -v "$1-gcc" >/dev/null || { echo "no $1-gcc here" && return; }
    command -v "$2" >/dev/null || { echo "no $2 here" && return; }
    echo 'int main(void) { return 0; }' | "$1-gcc" -x c - -o "$root/try" 2>/dev/null || echo "$1-gcc has no C library"
}

try() { # name, toolchain prefix, emulator, instruction set
    n=$((n + 1))
    why=$(missing "$2" "$3")
    if [ -n "$why" ]; then
        echo "ok $n - abroad: $1 # SKIP $why"
        return
    fi
    dir=$root/$2
    ${MAKE:-make} --no-print-directory BUILD="$dir" CROSS="$2-" RUN= OPENMP=0 CFLAGS=-O2 "$dir/tests/nn/digest" \
        >"$root/$n.log" 2>&1 || tail -n 5 "$root/$n.log" | sed 's/^/# /'
    digests 1 "$4" "$3" -L "/usr/$2" "$dir/tests/nn/digest" >"$root/$n.txt" 2>"$root/$n.err"
    if cmp -s "$root/here.txt" "$root/$n.txt"; then
        echo "ok $n - abroad: $1"
    else
        echo "not ok $n - abroad: $1"
        diff "$root/here.txt" "$root/$n.txt" | sed 's/^/# /'
        sed 's/^/# /' "$root/$n.err"
    fi
}

digests 2 best "${BUILD:-build}/tests/nn/digest" >"$root/here.txt"
grep -q 'packed .* same features$' "$root/here.txt" || echo 'no packed file here' >>"$root/here.txt"
! grep -q 'OTHER FEATURES' "$root/here.txt" || echo 'other features here' >>"$root/here.txt"
try "aarch64, NEON" aarch64-linux-gnu qemu-aarch64 neon
try "aarch64, plain C" aarch64-linux-gnu qemu-aarch64 c
try "s390x (big-endian), plain C" s390x-linux-gnu qemu-s390x c
echo "1..$n"
