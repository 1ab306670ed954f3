#!/bin/sh
# Verifies: NEV-CLI-146
# The recipe of tools/CLUSTER.md for Slurm, in the cluster of this machine; with SLURM_START=1 (`make slurm`) in one of its
# own, of one node, that it starts and ends (Debian: slurmctld slurmd slurm-client munge). Prints TAP; says SKIP where
# there is neither.
set -u
. tests/support/cluster.lib
folder=$build/slurm
started=

# Munge and both daemons, for this user, with everything in one folder.
start() {
    mkdir -p state spool
    dd if=/dev/urandom of=key bs=1024 count=1 2>/dev/null
    chmod 600 key
    munged --force --socket="$folder/munge" --key-file="$folder/key" --pid-file="$folder/munge.pid" \
        --log-file="$folder/munge.log" --seed-file="$folder/munge.seed" || return 1
    started=$(cat munge.pid)
    host=$(hostname -s)
    cat >slurm.conf <<END
ClusterName=nevus
SlurmctldHost=$host(localhost)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$folder/munge
CredType=cred/munge
SlurmctldPort=16817
SlurmdPort=16818
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
NodeName=$host NodeAddr=localhost CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
    export SLURM_CONF="$folder/slurm.conf"
    slurmctld -D >slurmctld.out 2>&1 &
    started="$started $!"
    slurmd -D >slurmd.out 2>&1 &
    started="$started $!"
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        sinfo -h -o %t 2>/dev/null | grep -q idle && return 0
        sleep 1
    done
    return 1
}

stop() {
    for pid in $started; do
        kill "$pid" 2>/dev/null
    done
}

skip() {
    echo "ok 1 - slurm: job arrays # SKIP $1"
    echo 1..1
    exit 0
}

if [ "${SLURM_START:-0}" = 1 ]; then
    for program in munged slurmctld slurmd sbatch; do
        command -v $program >/dev/null || skip "no $program here (Debian: slurmctld slurmd slurm-client munge)"
    done
else
    sinfo >/dev/null 2>&1 || skip "no Slurm cluster here; make slurm starts one"
fi
prepare "$folder"
trap 'stop; cd "$root" && rm -rf "$folder"' EXIT
if [ "${SLURM_START:-0}" = 1 ] && ! start; then
    echo "not ok 1 - slurm: the cluster did not come up"
    cat ./*.out ./*.log 2>/dev/null | tail -n 20 | sed 's/^/# /'
    exit 1
fi
recipe Slurm extract.sbatch >extract.sbatch
recipe Slurm train.sbatch >train.sbatch
recipe Slurm >recipe.sh
if timeout 300 sh -e recipe.sh >log 2>&1 && same >>log 2>&1; then
    echo "ok 1 - slurm: job arrays"
else
    echo "not ok 1 - slurm: job arrays"
    cat log slurm-*.out 2>/dev/null | sed 's/^/# /'
fi
echo 1..1
