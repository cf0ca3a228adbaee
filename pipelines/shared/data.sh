# shellcheck shell=bash
# Where the IDX files of MNIST are, for scripts to source: in `data`, those that MNIST_DIR names or those of
# fetch-mnist.sh; and how they and the programs come there. Needs `root`.
: "${MNIST_DIR:=}" # IDX files, plain or gzip; by default those of fetch-mnist.sh
data=${MNIST_DIR:-$root/.cache/mnist}

idx() { # name: the IDX file of that name, plain or gzip
  if [ -e "$data/$1" ]; then echo "$data/$1"; else echo "$data/$1.gz"; fi
}

make_programs() { # and images, where there are none
  [ -x "$root/.build/release/dk-ingest" ] || "$root/pipelines/build.sh"
  [ -n "$MNIST_DIR" ] || "$root/pipelines/fetch-mnist.sh"
}
