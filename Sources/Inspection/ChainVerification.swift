import Datasets
import Machine
import Stage
import Storage

/// Checks a directory and, through the manifests, all its direct and indirect inputs.
package enum ChainVerification {
  /// Checks `path` and every input that its manifests lead to, each once.
  ///
  /// - Returns: findings, those of `path` first.
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
  /// - Returns: one finding for each faulty file, or one for the whole directory.
  /// - Throws: `StageError.replaced` if another run replaced the directory meanwhile; `StorageError` for files that
  ///   cannot be read.
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
          // Decoded, not only hashed: a file with the right digest that no reader accepts is faulty too.
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

  /// Whether an error leaves open if the file is whole or damaged: it could not be read, or another run replaced it.
  private static func saysNothing(_ error: any Failure) -> Bool {
    error.kind == .locked || error.kind == .inputOutput
  }

  private static func visit(
    _ path: String, threads: Int, _ progress: ProgressMeter?, _ visited: inout Set<String>,
    _ findings: inout [Finding]
  ) throws {
    // Several directories may share an input, and manifests edited by hand may form a cycle.
    guard visited.insert(FileSystem.absolute(path)).inserted else { return }
    guard try FileSystem.type(path) == .directory else {
      let digest = try Digest(ofFile: path)
      findings.append(Finding(path: path, verdict: .whole, detail: "file, sha256 \(digest.short)"))
      return
    }
    // An ingested folder of images has no manifest; its digest covers the images.
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
      // A directory without a readable manifest is reported as damaged when it is visited.
      guard let manifest = try? Manifest.read(place) else { return }
      found = manifest.digest
    }
    // Stale, not damaged: the input may be whole, but it is another one than the manifest names.
    if found != input.digest {
      findings.append(
        Finding(
          path: path, verdict: .stale,
          detail: "input \(input.name) at \(place): made from \(input.digest.short), found \(found.short); "
            + "run its stage again"))
    }
  }
}
