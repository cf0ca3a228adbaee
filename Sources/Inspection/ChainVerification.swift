import Datasets
import Stage
import Storage

/// Checks a directory and, through the manifests, all that it was made from.
package enum ChainVerification {
  /// Findings for `path` and every input below it, each once.
  ///
  /// - Throws: `StorageError.missing` if there is nothing at `path`; as `files`.
  package static func run(_ path: String, threads: Int, progress: ProgressMeter? = nil) throws -> [Finding] {
    guard try FileSystem.type(path) != nil else { throw StorageError.missing(path: path) }
    var visited: Set<String> = []
    var findings: [Finding] = []
    try visit(path, threads: threads, progress, &visited, &findings)
    return findings
  }

  /// Checks the data files of one directory against its manifest, byte for byte.
  ///
  /// - Returns: one finding for each file at fault, or one for the whole directory.
  /// - Throws: `StageError.replaced` where another run has put another directory in this one's place;
  ///   `StorageError` for what cannot be read.
  package static func files(of directory: FinishedDirectory, threads: Int, progress: ProgressMeter? = nil)
    throws
    -> [Finding]
  {
    let outputs = directory.manifest.outputs
    let faults = try Processors.map(below: outputs.count, threads: threads) { index -> Finding? in
      let output = outputs[index]
      var fault: Finding?
      let path = directory.path(of: output)
      do {
        if output.path.hasSuffix(ShardFile.suffix) {
          // Not by its digest alone: a right digest of what no reader takes is a fault too.
          _ = try directory.shard(output)
        } else {
          _ = try Safetensors(try directory.contents(of: output), path: path)
        }
      } catch let error as any Failure where saysNothing(error) {
        throw error
      } catch let error as any Failure {
        let verdict: Finding.Verdict = error.kind == .missingInput ? .missing : .damaged
        fault = Finding(path: path, verdict: verdict, detail: error.description)
      }
      progress?.advance(by: 1)
      return fault
    }.compactMap { $0 }
    guard faults.isEmpty else { return faults }
    return [
      Finding(
        path: directory.path, verdict: .whole,
        detail: "\(directory.manifest.kind.name), \(outputs.count) files, "
          + "\(Format.bytes(directory.manifest.bytes)), sha256 \(directory.digest.short)"
      )
    ]
  }

  /// Whether an error tells of a file neither that it is whole nor that it is damaged: it could not be read, or
  /// another run replaced it meanwhile.
  private static func saysNothing(_ error: any Failure) -> Bool {
    error.kind == .locked || error.kind == .inputOutput
  }

  private static func visit(
    _ path: String, threads: Int, _ progress: ProgressMeter?, _ visited: inout Set<String>,
    _ findings: inout [Finding]
  ) throws {
    // Inputs are shared, and manifests that somebody made by hand may go round in a circle.
    guard visited.insert(FileSystem.absolute(path)).inserted else { return }
    guard try FileSystem.type(path) == .directory else {
      let digest = try Digest(ofFile: path)
      findings.append(Finding(path: path, verdict: .whole, detail: "file, sha256 \(digest.short)"))
      return
    }
    if let digest = try ImageFolder.digest(path, threads: threads) {
      findings.append(
        Finding(path: path, verdict: .whole, detail: "folder of images, digest \(digest.short)"))
      return
    }
    let directory: FinishedDirectory
    do {
      directory = try FinishedDirectory(path)
    } catch let error as any Failure where saysNothing(error) {
      throw error
    } catch let error as any Failure {
      findings.append(Finding(path: path, verdict: .damaged, detail: error.description))
      return
    }
    findings += try files(of: directory, threads: threads, progress: progress)
    let locations = Locations(directory: path)
    for input in directory.manifest.recipe.inputs {
      guard let place = locations.place(of: input.name, from: path) else {
        findings.append(
          Finding(path: path, verdict: .missing, detail: "no location of input \(input.name) is known"))
        continue
      }
      try checkInput(input, at: place, of: path, threads: threads, &findings)
      if FileSystem.kind(place) != nil {
        try visit(place, threads: threads, progress, &visited, &findings)
      }
    }
  }

  private static func checkInput(
    _ input: Recipe.Input, at place: String, of path: String, threads: Int, _ findings: inout [Finding]
  ) throws {
    let found: Digest
    switch FileSystem.kind(place) {
    case nil:
      findings.append(
        Finding(path: path, verdict: .missing, detail: "input \(input.name): nothing at \(place)"))
      return
    case .file: found = try Digest(ofFile: place)
    case .directory:
      if let digest = try ImageFolder.digest(place, threads: threads) {
        found = digest
        break
      }
      // A directory that is at fault itself is reported when it is visited.
      guard let manifest = try? Manifest.read(place) else { return }
      found = manifest.digest
    }
    if found != input.digest {
      findings.append(
        Finding(
          path: path, verdict: .stale,
          detail: "input \(input.name) at \(place): made from \(input.digest.short), found \(found.short); "
            + "run its stage again"))
    }
  }
}
