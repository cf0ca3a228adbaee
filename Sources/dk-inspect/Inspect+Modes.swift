import Inspection
import Programs
import Stage
import Storage

/// The modes of the program.
extension Inspect {
  func describe(_ path: String, _ console: Console) throws {
    let description = try Description(path)
    // Printed before the check, so that a damaged directory is described, too.
    try console.result(description, json: common.json, text: description.table.text)
    // A lone file has no manifest to be checked against.
    guard FileSystem.kind(FileSystem.join(path, Manifest.fileName)) != nil else { return }
    let findings = try ChainVerification.files(of: try FinishedDirectory(path), threads: common.threads)
    try InspectionFailed.check(findings)
    if !common.json { try console.result("whole: every file is as the manifest says") }
  }

  func report(_ findings: [Finding], _ console: Console) throws {
    // The whole table first: the error below names only the worst finding.
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
    // Shards keep the order of the paths, so soft targets joined in the same order still match their images.
    let outcome = try DirectoryJoin.stage(paths, stage: "dk-inspect").make(
      how.request(output), threads: common.threads, console: console)
    StaleNotes.warn(after: [outcome.summary], console)
    try DirectorySummary.report([outcome.summary], json: common.json, console: console)
  }
}
