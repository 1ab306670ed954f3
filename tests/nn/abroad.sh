#!/bin/sh
# Verifies: NEV-NN-051, NEV-NN-085, NEV-NN-149
# Builds tests/nn/digest.c for 64-bit ARM and for big-endian s390x, runs it under qemu and compares each line with what
# this machine prints. Prints TAP; says SKIP where a cross compiler or emulator is missing (`sh tests/deps.sh abroad`
# installs them on Debian). A packed file made abroad, for either path, must have the bytes of one made here, and give the
# same features there. By default one network on small pictures, so that the test stays short (`make check` takes two, of
# which one packed: VARIANTS, PACKED); `make abroad` takes all of them, canonical and packed, and `make abroad SIDE=0`
# full-size pictures, which takes long; PATHS=fast takes the fast path alone. tests/EVIDENCE.md has what came out.
# Last, this very program on processors that have less: what is packed, again.
set -u
side=${SIDE:-32}
packed=${PACKED:-mobilenetv2-same}
variants=${VARIANTS:-mobilenetv2-same}
paths=${PATHS:-}
what=abroad
root=${BUILD:-build}/abroad
. tests/support/bits.lib

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

try() { # name, toolchain prefix, emulator, instruction set
    why=$(missing "$2" "$3")
    if [ -n "$why" ]; then
        skip "$1" "$why"
        return
    fi
    build_abroad nn/digest "$root/$2" "$2"
    same "$1" 1 digests 1 "$4" "$3" -L "/usr/$2" "$dir/tests/nn/digest"
}

# Digests, if what runs there is the instruction set that must.
less() { # qemu's processor, instruction set
    NEVUS_ISA='' qemu-x86_64 -cpu "$1" "${BUILD:-build}/nevus" info --kernels | grep -q "^running  *$2\$" &&
        digests 1 best qemu-x86_64 -cpu "$1" "${BUILD:-build}/tests/nn/digest"
}

try_less() { # qemu's processor, instruction set
    if grep -q '^x86_64' "${BUILD:-build}/flags" && ! grep -q fsanitize "${BUILD:-build}/flags" && command -v qemu-x86_64 >/dev/null; then
        same "this program on $1: $2" 1 less "$1" "$2"
    else
        skip "this program on $1" 'no build for x86-64 or no qemu-x86_64 here'
    fi
}

digests 2 best "${BUILD:-build}/tests/nn/digest" >"$root/first"
grep -q 'packed .* same features$' "$root/first" || echo 'no packed file here' >>"$root/first"
! grep -q 'OTHER FEATURES' "$root/first" || echo 'other features here' >>"$root/first"
try "aarch64, NEON" aarch64-linux-gnu qemu-aarch64 neon
try "aarch64, plain C" aarch64-linux-gnu qemu-aarch64 c
try "s390x (big-endian), plain C" s390x-linux-gnu qemu-s390x c
variants=$packed
digests 2 best "${BUILD:-build}/tests/nn/digest" >"$root/first"
try_less Nehalem c
try_less Haswell avx2
echo "1..$n"
