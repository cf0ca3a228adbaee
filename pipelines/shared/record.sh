# shellcheck shell=bash
# shellcheck disable=SC2154 # `root` and `this_script` are of the script that sources this, and of help.sh
# The record of an experiment: table.txt, runs*.csv (a line for each net, with the digest of its model; where no net is
# kept, a line for each measurement) and made.json, which says how it was made. For scripts to source after help.sh:
#
#   begin_record baseline mnist            # its name, and the sets of images that it reads
#   ... | show_and_keep table.txt          # everything is collected in a temporary folder
#   ... | keep runs.csv
#   publish_record
#
# A complete record goes to $DK_OUTPUT/record/NAME. It also replaces pipelines/results/NAME, in one step, if all settings
# have their defaults, the images are the published ones and the programs are those of a commit. Settings that only choose
# among records are named in `choosing`. With TABLES=0 there is no record.
record=
scratch=() # folders that are removed at the end
trap '[ ${#scratch[@]} = 0 ] || rm -rf -- "${scratch[@]}"' EXIT

begin_record() { # name, sets of images: mnist, fashion, glyphs
  [ "${TABLES:-1}" = 1 ] || return 0
  record_name=$1 record_images=("${@:2}") record_started=$SECONDS
  mkdir -p "$DK_OUTPUT/record"
  record=$(mktemp -d "$DK_OUTPUT/record/.$1-XXXXXX")
  scratch+=("$record")
  record_commit=$(commit)
  # Otherwise the programs may be those of another commit.
  [ -n "$(changes)$(other_settings)" ] || "$root/pipelines/build.sh" || fail 69 "the programs of this commit cannot be built"
}

commit() { # nothing outside a repository of its own
  [ "$(git -C "$root" rev-parse --show-toplevel 2>/dev/null)" != "$(cd "$root" && pwd -P)" ] ||
    git -C "$root" rev-parse HEAD 2>/dev/null || true
}

changes() { # why the sources are not those of a commit
  local found
  found=$(commit)
  [ -n "$found" ] || { echo "no git commit is known"; return; }
  [ "$found" = "$record_commit" ] || { echo "the commit has changed meanwhile"; return; }
  found=$(git --no-optional-locks -C "$root" status --porcelain -- . ':!pipelines/results' ':!.cache' | head -n 1)
  [ -z "$found" ] || echo "uncommitted changes (${found:3})"
}

other_settings() { # that differ from the defaults, and shape the record
  local setting
  while IFS= read -r setting; do
    case " DK_OUTPUT MNIST_DIR ${choosing:-} " in *" ${setting%%=*} "*) ;; *) echo "$setting" ;; esac
  done < <(changed_settings)
}

other_images() { # the first set whose files are not the published ones
  local set folder sum file
  for set in "${record_images[@]}"; do
    case $set in
      mnist) folder=${MNIST_DIR:-$root/.cache/mnist} ;;
      fashion) folder=$root/.cache/fashion-mnist ;;
      glyphs) folder=$root/.cache/glyphs ;;
    esac
    while read -r sum file; do
      [ "$({ cat "$folder/$file" 2>/dev/null || gzip -dc "$folder/$file.gz"; } 2>/dev/null | sha256sum)" = "$sum  -" ] ||
        { echo "$folder/$file is not that of ${set/mnist/MNIST} as published"; return; }
    done <"$root/pipelines/shared/$set.sha256"
  done
}

keep() { # name of a part of the record, which is on stdin
  # Read all the same: who writes would be ended by a pipe that nobody reads.
  if [ -n "$record" ]; then cat >"$record/$1"; else cat >/dev/null; fi
}

show_and_keep() { # the same, shown on stdout too
  if [ -n "$record" ]; then tee "$record/$1"; else cat; fi
}

publish_record() {
  [ -n "$record" ] || return 0
  local reasons place runs
  runs=("$record"/runs*.csv)
  [[ -s $record/table.txt && -s ${runs[0]} ]] || fail 70 "$record: the record is not complete"
  reasons=$({ other_settings | paste -sd' '; other_images; changes; } | sed '/^$/d' | paste -sd';' | sed 's/;/; /g')
  other_settings | python3 "$root/pipelines/shared/record.py" made "$record_name" "${this_script#"$(cd "$root" && pwd -P)/"}" \
    "$record_commit" "$((SECONDS - record_started))" "$reasons" >"$record/made.json"
  chmod 755 "$record"
  python3 "$root/pipelines/shared/record.py" put "$record" "$DK_OUTPUT/record/$record_name"
  if [ -n "$reasons" ]; then
    echo "$(basename "$this_script" .sh): record in $DK_OUTPUT/record/$record_name, not published: $reasons" >&2
  else
    # Beside the results, on the same file system.
    place=$(mktemp -d "$root/pipelines/.record-XXXXXX")
    scratch+=("$place")
    cp -r "$DK_OUTPUT/record/$record_name" "$place"
    mkdir -p "$root/pipelines/results"
    python3 "$root/pipelines/shared/record.py" replace "$place/$record_name" "$root/pipelines/results/$record_name"
    echo "$(basename "$this_script" .sh): record in pipelines/results/$record_name" >&2
  fi
  record=
}
