import Datasets
import Stage
import Storage

/// Appends one directory of image shards, or of soft targets, to another of its kind: the shards stay as they
/// are under new numbers, so soft targets joined like their images still belong to them.
package enum DirectoryJoin {
  private static let arithmeticVersion = 1

  /// - Returns: the summary of what was made.
  /// - Throws: `StageError.badInput` for directories that do not go together; `StorageError`.
  package static func run(_ paths: [String], options: OutputOptions, console: Console) throws
    -> DirectorySummary
  {
    let parts = try paths.map { try Whole($0) }
    try check(parts)
    let sources = numbered(parts)
    let plan = Plan(
      stage: parts[0].manifest.stage, arithmeticVersion: parts[0].manifest.arithmeticVersion,
      parameters: parts[0].manifest.parameters.merging(["join": JSONValue(parts.count)]) { old, _ in old },
      inputs: parts.enumerated().map { Plan.Input(name: "part.\($0)", $1) },
      outputs: sources.map { .init(path: $0.path, identity: $0.entry.identity) })
    let work = try Work(plan, options: options)
    let pending = work.pending
    if options.dryRun {
      let bytes = sources.reduce(0) { $0 + $1.entry.bytes }
      return DirectorySummary(options.output, planned: work, bytes: bytes, seconds: 0, examples: nil)
    }
    if let manifest = work.manifest, work.isUpToDate {
      return try DirectorySummary(options.output, manifest, made: 0)
    }
    work.announce(bytes: sources.reduce(0) { $0 + $1.entry.bytes }, console: console)
    let byPath = Dictionary(sources.map { ($0.path, $0) }) { first, _ in first }
    for output in pending {
      try Interruption.check()
      guard let source = byPath[output.path] else { continue }
      let bytes = try parts[source.part].contents(of: source.entry)
      work.adopt([try work.publisher().publish(bytes, as: output, examples: source.entry.examples)])
    }
    var counts = parts[0].manifest.counts
    for name in ["examples", "shards"] {
      counts[name] = parts.reduce(0) { $0 + ($1.manifest.counts[name] ?? 0) }
    }
    let manifest = try work.finish(counts: counts)
    return try DirectorySummary(options.output, manifest, made: pending.count)
  }

  private static func check(_ parts: [Whole]) throws {
    let first = parts[0].manifest
    for part in parts {
      guard [ImageIngest.stage, SoftTargetSet.stage].contains(part.manifest.stage) else {
        throw StageError.badInput(
          path: part.directory, reason: "expected image shards or soft targets, found \(part.manifest.stage)")
      }
      guard part.manifest.stage == first.stage else {
        throw StageError.badInput(
          path: part.directory,
          reason: "expected \(first.stage) as in \(parts[0].directory), found "
            + part.manifest.stage)
      }
      for name in ["rows", "columns", "classes", "copies", "teachers"] {
        guard part.manifest.counts[name] == first.counts[name] else {
          throw StageError.badInput(
            path: part.directory,
            reason: "expected \(name) \(first.counts[name] ?? 0) as in \(parts[0].directory), found "
              + "\(part.manifest.counts[name] ?? 0)")
        }
      }
      for name in ["kind", "temperature", "dtype", "top-k", "tail", "combine"] {
        guard part.manifest.parameters[name] == first.parameters[name] else {
          throw StageError.badInput(
            path: part.directory,
            reason: "expected \(name) \(first.parameters[name]?.description ?? "none") as in "
              + "\(parts[0].directory), found \(part.manifest.parameters[name]?.description ?? "none")")
        }
      }
    }
  }

  private static func numbered(_ parts: [Whole]) -> [(path: String, part: Int, entry: Manifest.Output)] {
    var next: [String: Int] = [:]
    return parts.enumerated().flatMap { part, whole in
      whole.manifest.outputs.map { entry in
        let folder = FileSystem.parent(entry.path)
        let number = next[folder, default: 0]
        next[folder] = number + 1
        let name = ShardFile.name(number)
        return (folder == "." ? name : FileSystem.join(folder, name), part, entry)
      }
    }
    // Copy by copy, as a set that was ingested whole is listed.
    .sorted { $0.path < $1.path }
  }
}
