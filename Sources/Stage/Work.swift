import Foundation
import Storage

/// A directory in the making: what of a plan is there already, what is to be made, and the publishing of it.
///
/// The one implementation of the stage contract: up to date, resume, reuse, extend, `--force`, lock.
package final class Work {
  /// How a directory stands to a plan.
  package enum State: Equatable {
    case upToDate
    /// Something is to be made; what is there can stay.
    case incomplete
    /// Replaced as a whole under `--force`.
    case replacing
  }

  package let plan: Plan
  package let state: State
  /// Where files are being written: the output itself, or its stand-in under `--force`.
  package let directory: String
  /// What is to be made, in the order of the plan.
  package private(set) var pending: [Plan.Output]
  /// The finished manifest, where there is one for this plan.
  package private(set) var manifest: Manifest?

  private let output: String
  private var finished: [String: Manifest.Output]
  private let locks: [DirectoryLock]

  /// Compares `plan` with what stands at `options.output`, or at `subdirectory` below it, and locks it.
  ///
  /// - Throws: `StageError.madeOtherwise`, `.notOurs`, `.locked`; `StorageError` if it cannot be created.
  package init(_ plan: Plan, options: OutputOptions, subdirectory: String? = nil) throws {
    let output = subdirectory.map { FileSystem.join(options.output, $0) } ?? options.output
    self.plan = plan
    self.output = output
    var locks: [DirectoryLock] = []
    if !options.dryRun {
      try FileSystem.createDirectory(output)
      locks.append(try DirectoryLock(output))
    }
    let existing = try Self.existing(output, force: options.force)
    let fits = existing.map { $0.record.isPart(of: plan.record) } ?? true
    guard fits || options.force else {
      throw StageError.madeOtherwise(
        path: output, differences: existing?.record.differences(to: plan.record) ?? [])
    }
    directory = fits ? output : Self.standIn(for: output)
    var found = fits ? existing : nil
    if !fits, !options.dryRun {
      try FileSystem.createDirectory(directory)
      locks.append(try DirectoryLock(directory))
      found = try Self.existing(directory, force: true)
      if let half = found, !half.record.isPart(of: plan.record) {
        for name in try FileSystem.list(directory) { try FileSystem.remove(FileSystem.join(directory, name)) }
        found = nil
      }
    }
    self.locks = locks
    finished = try Self.reusable(plan, in: directory, manifest: found?.manifest, check: options.check)
    pending = plan.outputs.filter { [finished] in finished[$0.path] == nil }
    if fits, let manifest = found?.manifest, PlanRecord(manifest) == plan.record, pending.isEmpty {
      self.manifest = manifest
      state = .upToDate
    } else {
      state = fits ? .incomplete : .replacing
    }
    guard !options.dryRun else { return }
    if state == .upToDate {
      // What a run left that was killed after its manifest.
      try removeScratch()
      try FileSystem.remove(Self.standIn(for: output))
    } else {
      try begin()
    }
  }

  /// Whether nothing is to be done.
  package var isUpToDate: Bool { state == .upToDate }

  /// Data files that were there already.
  package var reusedCount: Int { plan.outputs.count - pending.count }

  package func path(of output: Plan.Output) -> String { FileSystem.join(directory, output.path) }

  /// Publishes one file of the plan; may be called from several threads through `Publisher`.
  ///
  /// - Throws: `StorageError.cannotCreate`, `.writeFailed`.
  package func publisher() -> Publisher { Publisher(directory: directory) }

  /// Takes what a publisher wrote into the directory's manifest.
  package func adopt(_ outputs: [Manifest.Output]) {
    for output in outputs { finished[output.path] = output }
    pending.removeAll { finished[$0.path] != nil }
  }

  /// The manifest's entry of a planned file that exists.
  package func entry(_ path: String) -> Manifest.Output? { finished[path] }

  /// Writes `locations.json` and, last, the manifest; under `--force` puts the directory in its place.
  ///
  /// - Throws: `StorageError.cannotCreate`, `.writeFailed`.
  package func finish(counts: [String: Int], results: [String: JSONValue] = [:]) throws -> Manifest {
    precondition(pending.isEmpty, "finished with \(pending.count) files to make")
    let manifest = Manifest(
      stage: plan.stage, arithmeticVersion: plan.arithmeticVersion, parameters: plan.parameters,
      inputs: plan.record.inputs, outputs: plan.outputs.compactMap { finished[$0.path] },
      counts: counts, results: results)
    try Locations(plan.inputs, relativeTo: output).write(to: directory)
    try AtomicFile.write(try manifest.encoded(), to: FileSystem.join(directory, Manifest.fileName))
    try removeScratch()
    if state == .replacing {
      try FileSystem.exchange(directory, output)
      try FileSystem.remove(directory)
    }
    self.manifest = manifest
    return manifest
  }

  /// Says so where the disk has less room than the work may take.
  package func announce(bytes: Int, console: Console) {
    guard let free = FileSystem.freeBytes(near: directory), bytes > free else { return }
    console.warn(
      "\(output): may need up to \(Format.bytes(bytes)), and \(Format.bytes(free)) are free; "
        + "what is written before the disk is full is kept")
  }

  private func removeScratch() throws {
    for name in plan.scratch + [PlanRecord.fileName] {
      try FileSystem.remove(FileSystem.join(directory, name))
    }
  }

  private func begin() throws {
    try AtomicFile.removeTemporaries(in: directory)
    // The plan before all else: it is what tells our half-done directory from somebody's files.
    let record = try CanonicalJSON.report(plan.record, pretty: true)
    try AtomicFile.write(record, to: FileSystem.join(directory, PlanRecord.fileName))
    let folders = Set(plan.outputs.map { FileSystem.parent(FileSystem.join(directory, $0.path)) })
    for folder in folders.sorted() where folder != directory {
      try FileSystem.createDirectory(folder)
      try AtomicFile.removeTemporaries(in: folder)
    }
  }

  private static func standIn(for output: String) -> String {
    let absolute = FileSystem.absolute(output)
    return FileSystem.join(FileSystem.parent(absolute), ".\(FileSystem.name(absolute)).next")
  }

  /// What a directory is, or was going to be; nil where there is nothing yet.
  private static func existing(_ directory: String, force: Bool) throws -> (
    record: PlanRecord, manifest: Manifest?
  )? {
    guard FileSystem.kind(directory) != nil else { return nil }
    let names = try FileSystem.list(directory)
    if names.contains(Manifest.fileName) {
      do {
        let manifest = try Manifest.read(directory).manifest
        return (PlanRecord(manifest), manifest)
      } catch let error as StageError {
        guard force else { throw error }
        // A damaged manifest vouches for nothing: replace all.
        return (Self.nothing, nil)
      }
    }
    let path = FileSystem.join(directory, PlanRecord.fileName)
    if names.contains(PlanRecord.fileName) {
      let bytes = try InputFile.contents(of: path, limit: 256 << 20)
      guard let record = try? JSONDecoder().decode(PlanRecord.self, from: Data(bytes)) else {
        guard force else {
          throw StageError.wrongManifest(path: path, reason: "not a plan (damaged JSON)")
        }
        return (Self.nothing, nil)
      }
      // A plan of which nothing was made yet holds nobody to it.
      let made = record.outputs.contains { FileSystem.kind(FileSystem.join(directory, $0.path)) != nil }
      return made || names.contains { $0.hasSuffix(ShardFile.suffix) } ? (record, nil) : nil
    }
    if let foreign = names.first(where: { !AtomicFile.isTemporary($0) }) {
      throw StageError.notOurs(path: directory, found: foreign)
    }
    return nil
  }

  private static let nothing = PlanRecord(
    stage: "", arithmeticVersion: 0, parameters: [:], inputs: [], outputs: [])

  /// The planned files that need not be made again.
  private static func reusable(
    _ plan: Plan, in directory: String, manifest: Manifest?, check: Bool
  ) throws -> [String: Manifest.Output] {
    let listed = Dictionary((manifest?.outputs ?? []).map { ($0.path, $0) }) { first, _ in first }
    var found: [String: Manifest.Output] = [:]
    for output in plan.outputs {
      let path = FileSystem.join(directory, output.path)
      guard let size = FileSystem.size(path) else { continue }
      if let entry = listed[output.path], entry.identity == output.identity {
        guard size == entry.bytes else { continue }
        if try !check || Digest(ofFile: path) == entry.sha256 { found[output.path] = entry }
      } else if output.path.hasSuffix(ShardFile.suffix) {
        // Made by a run that did not reach its end: the shard itself says what it is.
        let bytes = try InputFile.contents(of: path, limit: ZstdFrame.contentLimit)
        guard let shard = try? ShardFile.decode(bytes, path: path),
          shard.metadata[ShardFile.identityKey] == output.identity.hex
        else { continue }
        found[output.path] = Manifest.Output(
          path: output.path, bytes: bytes.count, sha256: Digest(of: bytes), identity: output.identity,
          examples: shard.header.tensors["indices"]?.shape.first)
      }
    }
    return found
  }
}

/// Writes the files of a plan, from any thread.
package struct Publisher: Sendable {
  let directory: String

  /// Writes one file and returns its entry for the manifest.
  ///
  /// - Throws: `StorageError.cannotCreate`, `.writeFailed`.
  package func publish(_ bytes: [UInt8], as output: Plan.Output, examples: Int?) throws -> Manifest.Output {
    try AtomicFile.write(bytes, to: FileSystem.join(directory, output.path))
    return Manifest.Output(
      path: output.path, bytes: bytes.count, sha256: Digest(of: bytes), identity: output.identity,
      examples: examples)
  }
}
