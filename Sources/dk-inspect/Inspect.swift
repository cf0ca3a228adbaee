import ArgumentParser
import Inspection
import Programs
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
      """,
    version: Version.text)

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

  @OptionGroup var how: ReplacementOptions
  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    guard [verify, recompute != nil, dump, join].filter({ $0 }).count <= 1 else {
      throw OptionError.expectedOne(of: ["--verify", "--recompute", "--dump", "--join"])
    }
    if join { return try joinDirectories(console) }
    guard output == nil else { throw OptionError.missing(option: "--join", expected: "it beside --output") }
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
    guard FileSystem.kind(FileSystem.join(path, Manifest.fileName)) != nil else { return }
    let findings = try ChainVerification.files(of: try FinishedDirectory(path), threads: common.threads)
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
    guard count > 0 else {
      throw OptionError.wrongValue(option: "--recompute", expected: "1 or more rows", found: String(count))
    }
    let result = try Recomputation(path, rows: count)
    if common.json {
      try console.result(json: result)
    } else {
      try console.result(
        "\(path): \(result.rows) rows recomputed, largest difference "
          + "\(Format.significant(result.largestDifference)), tolerance \(result.tolerance)")
    }
    guard result.isWithinTolerance else {
      throw InputError.differs(path: path, tolerance: result.tolerance, found: result.largestDifference)
    }
  }

  private func joinDirectories(_ console: Console) throws {
    guard let output, !output.isEmpty, paths.count >= 2 else {
      throw OptionError.missing(option: "--join", expected: "two or more directories and --output")
    }
    let outcome = try DirectoryJoin.stage(paths, stage: "dk-inspect").make(
      how.request(output), threads: common.threads, console: console)
    StaleNotes.warn(after: [outcome.summary], console)
    try DirectorySummary.report([outcome.summary], json: common.json, console: console)
  }

  private func rowRange() throws -> Range<Int> {
    guard let list = NumberList.integers(rows, in: 0...Int.max - 1), let first = list.first,
      let last = list.last,
      last - first == list.count - 1
    else {
      throw OptionError.wrongValue(
        option: "--rows", expected: "a row or a range such as 0-3", found: "'\(rows)'")
    }
    return first..<last + 1
  }
}
