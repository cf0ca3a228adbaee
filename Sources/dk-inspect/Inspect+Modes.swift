import Inspection
import Programs
import Stage
import Storage

/// What the program does by each of its flags.
extension Inspect {
  func describe(_ path: String, _ console: Console) throws {
    let description = try Description(path)
    try console.result(description, json: common.json, text: description.table.text)
    // A lone file has no manifest that it could be held to.
    guard FileSystem.kind(FileSystem.join(path, Manifest.fileName)) != nil else { return }
    let findings = try ChainVerification.files(of: try FinishedDirectory(path), threads: common.threads)
    try InspectionFailed.check(findings)
    if !common.json { try console.result("whole: every file is as the manifest says") }
  }

  func report(_ findings: [Finding], _ console: Console) throws {
    try console.result(["findings": findings], json: common.json, text: Finding.table(findings).text)
    try InspectionFailed.check(findings)
  }

  func compare(_ path: String, _ count: Int, _ console: Console) throws {
    guard count > 0 else {
      throw OptionError.wrongValue(option: "--recompute", expected: "1 or more rows", found: String(count))
    }
    let result = try Recomputation(path, rows: count)
    try console.result(result, json: common.json, text: "\(path): \(result.text)")
    guard result.isWithinTolerance else {
      throw InputError.differs(path: path, tolerance: result.tolerance, found: result.largestDifference)
    }
  }

  func joinDirectories(_ console: Console) throws {
    guard let output, !output.isEmpty, paths.count >= 2 else {
      throw OptionError.missing(option: "--join", expected: "two or more directories and --output")
    }
    let outcome = try DirectoryJoin.stage(paths, stage: "dk-inspect").make(
      how.request(output), threads: common.threads, console: console)
    StaleNotes.warn(after: [outcome.summary], console)
    try DirectorySummary.report([outcome.summary], json: common.json, console: console)
  }
}
