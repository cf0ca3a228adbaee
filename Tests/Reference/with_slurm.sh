#!/usr/bin/env bash
# Runs a command beside a Slurm of one node that nobody else sees: with_slurm.sh DIRECTORY COMMAND... Controller, node daemon
# and munge live in namespaces of their own, where /etc/slurm is ours, talk over the loopback, and end with the command.
# Needs root, and Debian's slurmctld, slurmd, slurm-client and munge.
set -euo pipefail
if [ "${1:-}" != --inside ]; then
  exec unshare --mount --pid --fork --kill-child --mount-proc --uts "$0" --inside "$@"
fi
directory=$2
shift 2
hostname node
read -r controller daemon < <(python3 -c 'import socket
with socket.socket() as one, socket.socket() as other:
    for own in (one, other): own.bind(("127.0.0.1", 0))
    print(one.getsockname()[1], other.getsockname()[1])')
for place in etc munge state spool log; do mkdir -p "$directory/$place"; done
mkdir -p /etc/slurm /run/munge
echo "127.0.0.1 localhost node" >"$directory/hosts"
mount --bind "$directory/hosts" /etc/hosts
mount --bind "$directory/etc" /etc/slurm
mount -t tmpfs -o mode=0755 tmpfs /run/munge
chmod 700 "$directory/munge"
head -c 128 /dev/urandom >"$directory/munge/key"
chmod 400 "$directory/munge/key"
munged --force --key-file="$directory/munge/key" --seed-file="$directory/munge/seed" --log-file="$directory/log/munged"
cat >/etc/slurm/slurm.conf <<CONF
ClusterName=test
SlurmctldHost=node(127.0.0.1)
SlurmctldPort=$controller
SlurmdPort=$daemon
SlurmUser=root
StateSaveLocation=$directory/state
SlurmdSpoolDir=$directory/spool
SlurmctldPidFile=$directory/slurmctld.pid
SlurmdPidFile=$directory/slurmd.pid
SlurmctldLogFile=$directory/log/slurmctld
SlurmdLogFile=$directory/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1
ReturnToService=2
MpiDefault=none
NodeName=node NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
slurmctld
slurmd
for _ in $(seq 50); do
  [ "$(sinfo --noheader --format=%T 2>/dev/null)" != idle ] || break
  sleep 0.2
done
"$@"
