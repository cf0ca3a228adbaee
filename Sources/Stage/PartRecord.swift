import Storage

/// `part-00000040-00000059.json`: what one process has made of a directory, beside others that make the rest. It saves
/// the run that joins them reading every shard.
struct PartRecord {
  private static let (prefix, suffix, digits) = ("part-", ".json", 8)

  let recipe: Recipe
  let outputs: [Manifest.Output]

  /// Name of the record of some positions.
  static func fileName(_ positions: Range<Int>) -> String {
    func text(_ number: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    return prefix + text(positions.lowerBound) + "-" + text(positions.upperBound - 1) + suffix
  }

  /// Whether a file of this name is one, as we write it.
  static func isName(_ name: String) -> Bool {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return false }
    let numbers = name.dropFirst(prefix.count).dropLast(suffix.count).split(
      separator: "-", omittingEmptySubsequences: false)
    guard numbers.count == 2,
      numbers.allSatisfy({ $0.count >= digits && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }),
      let first = Int(numbers[0]), let last = Int(numbers[1]), last >= first, last < Int.max
    else { return false }
    return fileName(first..<last + 1) == name
  }

  /// Names of those in a directory, in order.
  ///
  /// - Throws: `StorageError` where it cannot be listed.
  static func names(in directory: String) throws -> [String] {
    guard try FileSystem.type(directory) == .directory else { return [] }
    return try FileSystem.list(directory).filter(isName).sorted()
  }

  /// What the records of a directory say of a plan's files; what is damaged or of another plan says nothing.
  ///
  /// - Parameters:
  ///   - directory: where they lie.
  ///   - recipe: of the plan.
  ///   - names: of the records.
  /// - Returns: entries, of which a plan may have others.
  static func outputs(in directory: String, of recipe: Recipe, names: [String]) -> [Manifest.Output] {
    names.flatMap { name -> [Manifest.Output] in
      guard let record = try? read(FileSystem.join(directory, name)), record.recipe == recipe else {
        return []
      }
      return record.outputs
    }
  }

  /// The file's bytes.
  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    RecordFile.append(recipe, to: &bytes)
    RecordFile.append(outputs, to: &bytes) { Manifest.append($0, to: &$1) }
    return RecordFile.sealed(bytes)
  }

  /// - Throws: `StageError.wrongManifest` for damage; `StorageError` if it cannot be read.
  static func read(_ path: String) throws -> PartRecord {
    let bytes = try InputFile.contents(of: path, limit: RecordFile.byteLimit)
    do {
      try RecordFile.checkSeal(bytes, path: path)
      var fields = RecordFile.Fields()
      var outputs: [Manifest.Output] = []
      var reader = JSONReader(bytes)
      try reader.object { key, reader in
        guard key == "outputs" else { return try fields.read(key, &reader) }
        try reader.array { outputs.append(try Manifest.output(&$0)) }
      }
      try reader.end()
      try ManifestCheck.checkPaths(outputs.lazy.map(\.path))
      return PartRecord(recipe: try fields.recipe(), outputs: outputs)
    } catch let fault as JSONFault {
      throw StageError.wrongManifest(path: path, reason: "not a part: \(fault.reason)")
    }
  }
}
