import Foundation
import Storage
import TestSupport
import Testing

/// `pipelines/slurm/submit.sh` with an sbatch that keeps what it is given.
struct FakeSlurm {
  /// An array as it was submitted.
  struct Submitted {
    let name: String
    let after: [String]
    let commands: [String]
  }

  /// Records what is submitted, refuses the array REFUSED, prints WARNING, and with RUN runs each task at once.
  private static let sbatch = """
    #!/usr/bin/env bash
    set -euo pipefail
    after=
    for word in "$@"; do
      case "$word" in
        --job-name=dk-*) name=${word#*=dk-} ;;
        --dependency=afterok:*) after=${word#*:} ;;
        --array=1-*) last=${word#*=1-} last=${last%\\%*} ;;
      esac
    done
    if [ "$name" = "${REFUSED:-}" ]; then echo "sbatch: error: QOS policy" >&2; exit 1; fi
    if [ -n "${RUN:-}" ]; then
      for k in $(seq "$last"); do SLURM_ARRAY_TASK_ID=$k bash "${@: -2}" >&2; done
    fi
    printf '%s\\t%s\\t%s\\n' "$name" "$after" "${@: -1}" >>"$SUBMITTED"
    [ -z "${WARNING:-}" ] || echo "$WARNING"
    [ -n "${SILENT:-}" ] || echo "$((100 + $(wc -l <"$SUBMITTED")));cluster"
    """

  let space: GraphSpace

  init() throws {
    space = try GraphSpace()
    try FileSystem.createDirectory(space.pipeline.directory("bin"))
    let sbatch = space.pipeline.directory("bin/sbatch")
    try Self.sbatch.write(toFile: sbatch, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: sbatch)
  }

  func submit(_ words: [String], _ settings: [String: String] = [:]) throws -> Program.Result {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let fixed = [
      "PATH": "\(space.pipeline.directory("bin")):\(path)",
      "SUBMITTED": space.pipeline.directory("submitted"),
    ]
    let program = try Program(
      reference("../../pipelines/slurm/submit.sh"), words, in: space.pipeline.directory.path,
      environment: space.environment.merging(fixed) { $1 }.merging(settings) { $1 })
    try program.start()
    return program.finish(within: 120)
  }

  /// Arrays by the names of those that they wait for.
  func submitted() throws -> [Submitted] {
    let file = space.pipeline.directory("submitted")
    guard FileSystem.kind(file) != nil else { return [] }
    var names: [Substring: String] = [:]
    return try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").enumerated().map {
      index, line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      let after = try fields[1].split(separator: ":").map {
        try #require(names[$0], "an unknown number: \(line)")
      }
      names[Substring(String(101 + index))] = String(fields[0])
      let commands = try String(contentsOfFile: String(fields[2]), encoding: .utf8)
      return Submitted(
        name: String(fields[0]), after: after, commands: commands.split(separator: "\n").map(String.init))
    }
  }
}
