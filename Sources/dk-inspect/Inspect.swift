import ArgumentParser
import Inspection
import Programs
import Stage
import Storage

/// A file or directory of the pipeline → its content, its origin, and whether it is whole.
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
    // The other modes write nothing, so an --output would never appear.
    guard output == nil else { throw OptionError.missing(option: "--join", expected: "it beside --output") }
    for path in paths {
      if verify {
        try report(try ChainVerification.run(path, threads: common.threads), console)
      } else if let recompute {
        try compare(path, recompute, console)
      } else if dump {
        try console.result(try RowDump.text(path, rows: OptionRange.rows(rows)))
      } else {
        try describe(path, console)
      }
    }
  }
}
