import Storage

/// The common format of `manifest.json`, `plan.json` and records of parts: a recipe and a list of outputs, one per
/// line.
///
/// The first member is the digest of all bytes after it. The raw bytes are hashed, not a re-encoding of the parsed
/// values, so that any changed byte is detected.
enum RecordFile {
  /// Largest accepted file, in bytes; a million shards take about 300 MB.
  static let byteLimit = 4 << 30
  private static let start = "{\n  \"check\" : \""
  private static let afterCheck = "\",\n"

  /// A file with the digest in front of `body`.
  static func sealed(_ body: [UInt8]) -> [UInt8] {
    // The version comes early, so that it is found without parsing a long file, but after the digest that covers it.
    let versioned = Array("  \"formatVersion\" : \(Manifest.currentFormatVersion),\n".utf8) + body
    return Array((start + Digest(of: versioned).hex + afterCheck).utf8) + versioned
  }

  /// - Throws: `StageError.wrongManifest` for another version or a wrong digest; `JSONFault` for invalid JSON.
  static func checkSeal(_ bytes: [UInt8], path: String) throws {
    // Before the digest, which other versions may store elsewhere or not at all.
    if let version = try formatVersion(bytes), version != Manifest.currentFormatVersion {
      throw StageError.wrongManifest(
        path: path, reason: "expected format version \(Manifest.currentFormatVersion), found \(version)")
    }
    let hex = bytes.dropFirst(start.utf8.count).prefix(64)
    let rest = bytes.dropFirst(start.utf8.count + 64)
    guard bytes.starts(with: start.utf8), rest.starts(with: afterCheck.utf8),
      Digest(hex: String(decoding: hex, as: UTF8.self)) == Digest(of: rest.dropFirst(afterCheck.utf8.count))
    else { throw StageError.wrongManifest(path: path, reason: "checksum mismatch: damaged or edited") }
  }

  static func append(_ name: String, _ value: JSONValue, to bytes: inout [UInt8]) {
    bytes += "  \"\(name)\" : ".utf8
    CanonicalJSON.append(value, to: &bytes)
    bytes += ",\n".utf8
  }

  static func append(_ recipe: Recipe, to bytes: inout [UInt8]) {
    append("kind", .string(recipe.kind.rawValue), to: &bytes)
    if let role = recipe.role { append("role", .string(role.rawValue), to: &bytes) }
    append("stage", .string(recipe.stage), to: &bytes)
    append("arithmeticVersion", .integer(recipe.arithmeticVersion), to: &bytes)
    append("parameters", .object(recipe.parameters), to: &bytes)
    append(
      "inputs",
      .array(recipe.inputs.map { .object(["name": .string($0.name), "digest": JSONValue($0.digest)]) }),
      to: &bytes)
  }

  /// Appends the list that ends the file; `body` writes the members of one output.
  static func append<Output>(
    _ outputs: [Output], to bytes: inout [UInt8], _ body: (Output, inout [UInt8]) -> Void
  ) {
    bytes += "  \"outputs\" : [".utf8
    for (index, output) in outputs.enumerated() {
      // One output per line, so that `diff` of two manifests shows whole files.
      bytes += (index == 0 ? "\n    {" : ",\n    {").utf8
      body(output, &bytes)
      bytes.append(UInt8(ascii: "}"))
    }
    bytes += "\n  ]\n}\n".utf8
  }

  /// The format version stated in a file; nil if there is none.
  ///
  /// - Throws: `JSONFault` if it is not a JSON object.
  private static func formatVersion(_ bytes: [UInt8]) throws -> Int? {
    struct Found: Error { let version: Int }
    // Thrown on success to leave the parser early.
    var reader = JSONReader(bytes)
    do {
      // Stop at the version: a manifest may be long.
      try reader.object { key, reader in
        if key == "formatVersion" { throw Found(version: try reader.integer()) }
        _ = try reader.value()
      }
    } catch let found as Found {
      return found.version
    }
    return nil
  }

  /// Collects the members of a recipe during parsing.
  struct Fields {
    private var kind: DirectoryKind?
    private var role: ModelRole?
    private var stage: String?
    private var arithmeticVersion: Int?
    private var parameters: [String: JSONValue] = [:]
    private var inputs: [Recipe.Input] = []

    /// Parses a case of an enumeration by its name.
    private static func value<Value>(_ what: String, _ reader: inout JSONReader) throws -> Value
    where Value: CaseIterable & RawRepresentable<String> {
      let name = try reader.string()
      guard let known = Value(rawValue: name) else {
        let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
        throw JSONFault(offset: 0, reason: "expected a \(what) of \(names), found '\(name.prefix(40))'")
      }
      return known
    }

    /// - Throws: `JSONFault` for an unknown member.
    mutating func read(_ key: String, _ reader: inout JSONReader) throws {
      switch key {
      case "check": _ = try reader.string()
      case "formatVersion": _ = try reader.integer()
      case "kind": kind = try Self.value("kind", &reader)
      case "role": role = try Self.value("role", &reader)
      case "stage": stage = try reader.string()
      case "arithmeticVersion": arithmeticVersion = try reader.integer()
      case "parameters": try reader.object { parameters[$0] = try $1.value() }
      case "inputs":
        try reader.array { reader in
          var name: String?
          var digest: Digest?
          try reader.object { key, reader in
            switch key {
            case "name": name = try reader.string()
            case "digest": digest = try reader.digest()
            // Refused, not ignored: an unknown member might change the meaning of the known ones.
            default: throw JSONFault(offset: 0, reason: "an input with '\(key.prefix(40))'")
            }
          }
          guard let name, let digest else {
            throw JSONFault(offset: 0, reason: "an input without name or digest")
          }
          inputs.append(.init(name: name, digest: digest))
        }
      default: throw JSONFault(offset: 0, reason: "an unknown member '\(key.prefix(40))'")
      }
    }

    /// - Throws: `JSONFault` if a member is missing.
    func recipe() throws -> Recipe {
      guard let kind, let stage, let arithmeticVersion else {
        throw JSONFault(offset: 0, reason: "no kind, stage or arithmeticVersion")
      }
      return Recipe(
        kind: kind, role: role, stage: stage, arithmeticVersion: arithmeticVersion, parameters: parameters,
        inputs: inputs)
    }
  }
}
