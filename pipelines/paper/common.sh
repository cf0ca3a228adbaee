# What the experiments share: where things are, how nets are trained, data, teachers and soft targets. Sourced by the
# scripts beside it, each of which can be run alone and goes on where it was stopped.
#
# FORM=full trains as long as the figures of the README need; FORM=quick shows every row in minutes. SEEDS lists the
# seeds, MNIST_DIR names IDX files, DK_OUTPUT says where all is written.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

: "${FORM:=full}"
case "$FORM" in
  full)
    : "${SEEDS:=0-4}"      # of baselines, teachers and students
    : "${FEW_SEEDS:=0-2}"  # where there are many settings
    : "${ENSEMBLE:=0-9}"   # teachers of the ensemble
    teacher_epochs=200 student_epochs=200 sweep_epochs=60 few_epochs=2000 baseline_epochs=12 copies=25
    dropout=(--input-dropout 0.1 --hidden-dropout 0.4)
    smaller_nets=40,40:60,60:100,100:150,150:200,200:300,300
    ;;
  quick)
    : "${SEEDS:=0-1}"
    : "${FEW_SEEDS:=0}"
    : "${ENSEMBLE:=0-2}"
    teacher_epochs=8 student_epochs=10 sweep_epochs=3 few_epochs=150 baseline_epochs=6 copies=10
    # Short trainings do better with less.
    dropout=(--input-dropout 0 --hidden-dropout 0.2)
    smaller_nets=60,60:200,200
    ;;
  *)
    echo "paper: error: FORM: expected full or quick, found '$FORM'" >&2
    exit 64
    ;;
esac
: "${DK_OUTPUT:=$root/.cache/paper/$FORM}"
work=$DK_OUTPUT
mnist=${MNIST_DIR:-$root/.cache/mnist}
dk=$root/.build/release

# Chosen on the validation split by choose.sh, not by any test image.
teacher=(--epochs "$teacher_epochs" "${dropout[@]}")
baseline=(--learning-rate 0.2 --epochs "$baseline_epochs")
student=(--initial-scale 0.2)

run_sweep() { # directory, options: a sweep of which the nets lie in that directory
  pipelines/sweep.sh --output "$work/$1" "${@:2}"
}

# Each image is there with its label: the paper's 60,000 and 10,000.
make_data() {
  [ -x "$dk/dk-ingest" ] || pipelines/build.sh
  [ -n "${MNIST_DIR:-}" ] || pipelines/fetch-mnist.sh
  local train=("$mnist/train-images-idx3-ubyte" "$mnist/train-labels-idx1-ubyte")
  "$dk/dk-ingest" "${train[@]}" --output "$work/shards" --quiet >/dev/null
  "$dk/dk-ingest" "${train[@]}" --jitter 2 --copies "$copies" --output "$work/jittered" --quiet >/dev/null
  "$dk/dk-ingest" "$mnist/t10k-images-idx3-ubyte" "$mnist/t10k-labels-idx1-ubyte" --split test --order source \
    --output "$work/shards" --quiet >/dev/null
}

make_teachers() { # seeds
  make_data
  run_sweep teachers --seeds "$1" --evaluate test="$work/shards/test" -- dk-teach "$work/jittered/train" "${teacher[@]}"
}

# What each teacher says of the clean training images, at every temperature of the experiments.
make_soft_targets() { # seeds
  make_teachers "$1" >/dev/null
  run_sweep soft --seeds "$1" -- dk-soften "$work/teachers/seed={seed}" --images "$work/shards/train" \
    --temperatures 1,2,2.5,4,8,20,40
}

# Writes a table of rows `label | paper | target | what | where`, and keeps it; `keep` names files to keep beside it.
report() { # name, rows on stdin
  local kept=$work/$1.txt
  [ "$FORM" = quick ] || kept=pipelines/results/paper/$1.txt
  mkdir -p "$(dirname "$kept")"
  python3 pipelines/paper/rows.py "$work" | tee "$kept"
}

keep() { # name: keeps a line for each net, with the digests of its model, in the full form
  if [ "$FORM" = full ]; then
    mkdir -p pipelines/results/paper
    cat >"pipelines/results/paper/$1.csv"
  else
    cat >"$work/$1.csv"
  fi
}

seeds_of() { # list: one a line
  local part
  for part in ${1//,/ }; do seq "${part%-*}" "${part#*-}"; done
}
