# Where the IDX files of MNIST are, for scripts to source: in `data`, those that MNIST_DIR names or those of
# fetch-mnist.sh. Needs `root`.
data=${MNIST_DIR:-$root/.cache/mnist}

idx() { # name: the IDX file of that name, plain or gzip
  if [ -e "$data/$1" ]; then echo "$data/$1"; else echo "$data/$1.gz"; fi
}
