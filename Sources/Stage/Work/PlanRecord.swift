import Storage

/// `plan.json`: the planned content of a half-done directory.
struct PlanRecord: Equatable, Sendable {
  static let fileName = "plan.json"

  let recipe: Recipe
  let outputs: [Plan.Output]

  init(recipe: Recipe, outputs: [Plan.Output]) {
    self.recipe = recipe
    self.outputs = outputs
  }

  /// The plan of a finished directory.
  init(_ manifest: Manifest) {
    recipe = manifest.recipe
    outputs = manifest.outputs.map { .init(path: $0.path, identity: $0.identity) }
  }

  /// Whether every file of `older` is also in this plan, with the same identity. This plan may have more files. If it
  /// has none, the inputs must be equal too: otherwise a manifest would name inputs that none of its files was made
  /// from.
  func includes(_ older: PlanRecord) -> Bool {
    includes(older.recipe, older.outputs.lazy.map { ($0.path, $0.identity) })
  }

  /// The same for a finished directory.
  func includes(_ older: Manifest) -> Bool {
    includes(older.recipe, older.outputs.lazy.map { ($0.path, $0.identity) })
  }

  private func includes(_ older: Recipe, _ outputs: some Collection<(path: String, identity: Digest)>) -> Bool
  {
    guard older.kind == recipe.kind, older.stage == recipe.stage,
      older.role == recipe.role, older.arithmeticVersion == recipe.arithmeticVersion,
      outputs.count <= self.outputs.count,
      outputs.count < self.outputs.count || older.inputs == recipe.inputs
    else { return false }
    // Usually an equal list or its beginning, for which no dictionary is needed.
    if zip(outputs, self.outputs).allSatisfy({ $0.path == $1.path && $0.identity == $1.identity }) {
      return true
    }
    var identities: [String: Digest] = [:]
    identities.reserveCapacity(self.outputs.count)
    for output in self.outputs { identities[output.path] = output.identity }
    // The statistics of a growing set are recomputed, so their identity may differ.
    let isLarger = outputs.count < self.outputs.count
    return outputs.allSatisfy {
      identities[$0.path] == $0.identity || (isLarger && $0.path == Manifest.statisticsName)
    }
  }

  /// The file's bytes.
  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4096 + outputs.count * 140)
    RecordFile.append(recipe, to: &bytes)
    RecordFile.append(outputs, to: &bytes) { output, line in
      line += "\"identity\":\"\(output.identity.hex)\",\"path\":".utf8
      CanonicalJSON.append(output.path, to: &line)
    }
    return RecordFile.sealed(bytes)
  }

  /// - Throws: `StageError.wrongManifest` for a damaged file; `StorageError` if it cannot be read.
  static func read(_ path: String) throws -> PlanRecord {
    let bytes = try InputFile.contents(of: path, limit: RecordFile.byteLimit)
    do {
      try RecordFile.checkSeal(bytes, path: path)
      var fields = RecordFile.Fields()
      var outputs: [Plan.Output] = []
      var reader = JSONReader(bytes)
      try reader.object { key, reader in
        guard key == "outputs" else { return try fields.read(key, &reader) }
        try reader.array { reader in
          var path: String?
          var identity: Digest?
          try reader.object { key, reader in
            switch key {
            case "path": path = try reader.string()
            case "identity": identity = try reader.digest()
            default: throw JSONFault(offset: 0, reason: "an output with '\(key.prefix(40))'")
            }
          }
          guard let path, let identity else {
            throw JSONFault(offset: 0, reason: "an output without path or identity")
          }
          outputs.append(.init(path: path, identity: identity))
        }
      }
      try reader.end()
      let recipe = try fields.recipe()
      try ManifestCheck.check(recipe)
      try ManifestCheck.checkPaths(outputs.lazy.map(\.path))
      return PlanRecord(recipe: recipe, outputs: outputs)
    } catch let fault as JSONFault {
      throw StageError.wrongManifest(path: path, reason: "not a plan: \(fault.reason)")
    }
  }
}
