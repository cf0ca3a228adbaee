import ArgumentParser
import Inspection
import Stage
import Storage

/// Any file or directory of ours → what it holds, where it came from, whether it is whole.
@main
struct Inspect: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-inspect",
    abstract: "Show what a file or directory holds, where it came from and whether it is whole.",
    discussion: """
      Examples:
        dk-inspect teacher
        dk-inspect --verify student
        dk-inspect --dump shards/train/shard-00000.safetensors.zst --rows 0-3
        dk-inspect --join shards/first shards/second --output shards/both
      """)

  @Argument(help: "Files or directories.")
  var paths: [String]

  @Flag(help: "Check every input of every manifest, down to the first, and say what is stale.")
  var verify = false

  @Option(help: "Run this many rows of soft targets through their teachers again and compare.")
  var recompute: Int?

  @Flag(help: "Show rows of shards as text.")
  var dump = false

  @Option(help: "Rows for --dump, counted from 0: 5 or 0-3.")
  var rows = "0-3"

  @Flag(help: "Append directories of one kind to each other, into --output.")
  var join = false

  @Option(help: "Directory for --join.")
  var output: String?

  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    guard [verify, recompute != nil, dump, join].filter({ $0 }).count <= 1 else {
      throw StageError.usage("expected one of --verify, --recompute, --dump, --join")
    }
    if join { return try joinDirectories(console) }
    guard output == nil else { throw StageError.usage("--output: expected --join beside it") }
    for path in paths {
      if verify {
        try report(try ChainVerification.run(path, threads: common.threads), console)
      } else if let recompute {
        try compare(path, recompute, console)
      } else if dump {
        try console.result(try RowDump.text(path, rows: rowRange()))
      } else {
        try describe(path, console)
      }
    }
  }

  private func describe(_ path: String, _ console: Console) throws {
    let description = try Description(path)
    if common.json {
      try console.result(json: description)
    } else {
      try console.result(description.table)
    }
    let manifest = FileSystem.join(path, Manifest.fileName)
    guard FileSystem.kind(manifest) != nil else { return }
    let findings = try ChainVerification.files(of: try Whole(path), threads: common.threads)
    try InspectionFailed.check(findings)
    if !common.json { try console.result("whole: every file is as the manifest says") }
  }

  private func report(_ findings: [Finding], _ console: Console) throws {
    if common.json {
      try console.result(json: ["findings": findings])
    } else {
      let rows = findings.map { [$0.verdict.rawValue, $0.path, $0.detail] }
      try console.result(Format.table(left: rows))
    }
    try InspectionFailed.check(findings)
  }

  private func compare(_ path: String, _ count: Int, _ console: Console) throws {
    guard count > 0 else { throw StageError.usage("--recompute: expected 1 or more rows, found \(count)") }
    let result = try Recomputation(path, rows: count)
    if common.json {
      try console.result(json: result)
    } else {
      try console.result(
        "\(path): \(result.rows) rows recomputed, largest difference "
          + "\(Format.significant(result.largestDifference)), tolerance \(result.tolerance)")
    }
    guard result.isWithinTolerance else {
      throw StageError.badInput(
        path: path,
        reason: "expected what its teachers say within \(result.tolerance), found a difference of "
          + "\(Format.significant(result.largestDifference)); make it again with dk-soften --force")
    }
  }

  private func joinDirectories(_ console: Console) throws {
    guard let output, paths.count >= 2 else {
      throw StageError.usage("--join: expected two or more directories and --output")
    }
    let options = try OutputOptions.parse(["--output", output])
    let summary = try DirectoryJoin.run(paths, options: options, console: console)
    try DirectorySummary.report([summary], json: common.json, console: console)
  }

  private func rowRange() throws -> Range<Int> {
    let ends = rows.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], last >= first,
      last < Int.max
    else { throw StageError.usage("--rows: expected a row or a range such as 0-3, found '\(rows)'") }
    return first..<last + 1
  }
}
