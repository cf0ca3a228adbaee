import Storage

/// Encoding and decoding of `manifest.json`.
extension Manifest {
  /// The file's bytes, including the digest.
  package func encoded() -> [UInt8] {
    var body: [UInt8] = []
    // About 300 bytes per line. Without this, each growth of the array would copy over 100 MB for a million shards.
    body.reserveCapacity(4096 + outputs.count * 300)
    RecordFile.append(recipe, to: &body)
    RecordFile.append("counts", .object(counts.mapValues { .integer($0) }), to: &body)
    RecordFile.append("results", .object(results), to: &body)
    RecordFile.append("sources", JSONValue(sources.map(\.hex)), to: &body)
    RecordFile.append(outputs, to: &body) { output, line in
      Self.append(output, to: &line)
    }
    return RecordFile.sealed(body)
  }

  static func append(_ output: Output, to line: inout [UInt8]) {
    // Written directly: a tree of values would take gigabytes for a million shards. The order of the keys is part of
    // the directory's identity, so it must never change.
    line += "\"bytes\":\(output.bytes),\"identity\":\"\(output.identity.hex)\",\"path\":".utf8
    CanonicalJSON.append(output.path, to: &line)
    line += ",\"sha256\":\"\(output.sha256.hex)\"".utf8
    guard let summary = output.summary else { return }
    for (name, value) in summary.members.sorted(by: { $0.key < $1.key }) {
      line += ",\"\(name)\":".utf8
      CanonicalJSON.append(value, to: &line)
    }
  }

  /// Reads and checks a manifest.
  ///
  /// - Returns: the manifest and the digest of its bytes.
  /// - Throws: `StageError.notFinished`, `.wrongManifest`; `StorageError` if it cannot be read.
  package static func read(_ directory: String) throws -> (manifest: Manifest, digest: Digest) {
    let path = FileSystem.join(directory, fileName)
    // Two different mistakes: a wrong path, and a stage that has not finished.
    guard try FileSystem.type(directory) != nil else { throw StorageError.missing(path: directory) }
    guard try FileSystem.type(path) != nil else {
      throw StageError.notFinished(path: directory, holds: FinishedDirectory.names(below: directory))
    }
    let bytes = try InputFile.contents(of: path, limit: RecordFile.byteLimit)
    return (try Manifest(bytes, path: path), Digest(of: bytes))
  }

  /// Decodes and checks a manifest's bytes.
  ///
  /// - Throws: `StageError.wrongManifest`.
  package init(_ bytes: [UInt8], path: String) throws {
    do {
      // The digest before the content, so that damage is reported as damage, not as an impossible value.
      try RecordFile.checkSeal(bytes, path: path)
      try self.init(fields: bytes)
      // A correct digest excludes damage, but not a manifest written by hand.
      try ManifestCheck.check(self)
    } catch let fault as JSONFault {
      throw StageError.wrongManifest(path: path, reason: "\(fault.reason) at byte \(fault.offset)")
    }
  }

  private init(fields bytes: [UInt8]) throws {
    var fields = RecordFile.Fields()
    var counts: [String: Int] = [:]
    var results: [String: JSONValue] = [:]
    var sources: [Digest] = []
    var outputs: [Output] = []
    var reader = JSONReader(bytes)
    try reader.object { key, reader in
      switch key {
      case "counts": try reader.object { counts[$0] = try $1.integer() }
      case "results": try reader.object { results[$0] = try $1.value() }
      case "sources": try reader.array { sources.append(try $0.digest()) }
      case "outputs": try reader.array { outputs.append(try Self.output(&$0)) }
      default: try fields.read(key, &reader)
      }
    }
    try reader.end()
    self.init(
      recipe: try fields.recipe(), outputs: outputs, counts: counts, results: results, sources: sources)
  }

  static func output(_ reader: inout JSONReader) throws -> Output {
    var path: String?
    var bytes: Int?
    var identity: Digest?
    var sha256: Digest?
    var summary = ShardSummary.Fields()
    try reader.object { key, reader in
      switch key {
      case "path": path = try reader.string()
      case "bytes": bytes = try reader.integer()
      case "identity": identity = try reader.digest()
      case "sha256": sha256 = try reader.digest()
      default: try summary.read(key, &reader)
      }
    }
    guard let path, let bytes, let identity, let sha256 else {
      throw JSONFault(offset: 0, reason: "an output without path, bytes, identity or sha256")
    }
    return Output(
      path: path, bytes: bytes, sha256: sha256, identity: identity,
      summary: try summary.summary()
    )
  }
}

extension JSONReader {
  /// A SHA-256 digest.
  ///
  /// - Throws: `JSONFault`.
  mutating func digest() throws -> Digest {
    guard let digest = Digest(hex: try string()) else {
      throw JSONFault(offset: 0, reason: "not a SHA-256 digest")
    }
    return digest
  }
}
