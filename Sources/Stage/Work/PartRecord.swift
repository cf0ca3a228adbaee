import Foundation
import Storage

/// `part-00000040-00000059.json`: the shards that one process has made. With these records, the run that joins the
/// parts need not read every shard.
struct PartRecord {
  private static let (prefix, suffix, digits) = ("part-", ".json", 8)

  let recipe: Recipe
  let outputs: [Manifest.Output]
  /// The part's tally in its file format; nil without one.
  var tally: [UInt8]?

  /// File name of the record for `positions`, which must not be empty.
  static func fileName(_ positions: Range<Int>) -> String {
    func text(_ number: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    return prefix + text(positions.lowerBound) + "-" + text(positions.upperBound - 1) + suffix
  }

  /// Whether this is the file name of a record.
  static func isName(_ name: String) -> Bool { positions(name) != nil }

  /// Positions in the file name of a record; nil for another name.
  private static func positions(_ name: String) -> Range<Int>? {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
    let numbers = name.dropFirst(prefix.count).dropLast(suffix.count).split(
      separator: "-", omittingEmptySubsequences: false)
    guard numbers.count == 2,
      numbers.allSatisfy({ $0.count >= digits && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }),
      let first = Int(numbers[0]), let last = Int(numbers[1]), last >= first, last < Int.max
    else { return nil }
    // Only the canonical spelling: with other leading zeros it is not a name that `fileName` returns.
    return fileName(first..<last + 1) == name ? first..<last + 1 : nil
  }

  /// Sorted file names of the records in a directory.
  ///
  /// - Throws: `StorageError` if the directory cannot be listed.
  static func names(in directory: String) throws -> [String] {
    guard try FileSystem.type(directory) == .directory else { return [] }
    return try FileSystem.list(directory).filter(isName).sorted()
  }

  /// Entries in the records of a directory. Damaged records and those of another recipe are ignored.
  ///
  /// - Parameters:
  ///   - directory: path of the directory.
  ///   - recipe: recipe of the plan.
  ///   - names: file names of the records.
  /// - Returns: entries, which may differ from those of the plan.
  static func outputs(in directory: String, of recipe: Recipe, names: [String]) -> [Manifest.Output] {
    records(in: directory, of: recipe, names: names).flatMap(\.record.outputs)
  }

  /// All valid records of a recipe in a directory, sorted by name.
  ///
  /// - Throws: `StorageError` if the directory cannot be listed.
  static func all(in directory: String, of recipe: Recipe) throws -> [(
    path: String, positions: Range<Int>, record: PartRecord
  )] {
    records(in: directory, of: recipe, names: try names(in: directory))
  }

  private static func records(in directory: String, of recipe: Recipe, names: [String]) -> [(
    path: String, positions: Range<Int>, record: PartRecord
  )] {
    names.compactMap { name in
      let path = FileSystem.join(directory, name)
      guard let positions = positions(name), let record = try? read(path), record.recipe == recipe else {
        return nil
      }
      return (path, positions, record)
    }
  }

  /// The file's bytes.
  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    RecordFile.append(recipe, to: &bytes)
    if let tally { RecordFile.append("tally", .string(Data(tally).base64EncodedString()), to: &bytes) }
    RecordFile.append(outputs, to: &bytes) { Manifest.append($0, to: &$1) }
    return RecordFile.sealed(bytes)
  }

  /// - Throws: `StageError.wrongManifest` for a damaged file; `StorageError` if it cannot be read.
  static func read(_ path: String) throws -> PartRecord {
    let bytes = try InputFile.contents(of: path, limit: RecordFile.byteLimit)
    do {
      try RecordFile.checkSeal(bytes, path: path)
      var fields = RecordFile.Fields()
      var outputs: [Manifest.Output] = []
      var tally: [UInt8]?
      var reader = JSONReader(bytes)
      try reader.object { key, reader in
        switch key {
        case "outputs": try reader.array { outputs.append(try Manifest.output(&$0)) }
        case "tally": tally = Data(base64Encoded: try reader.string()).map { Array($0) }
        default: try fields.read(key, &reader)
        }
      }
      try reader.end()
      try ManifestCheck.checkPaths(outputs.lazy.map(\.path))
      return PartRecord(recipe: try fields.recipe(), outputs: outputs, tally: tally)
    } catch let fault as JSONFault {
      throw StageError.wrongManifest(path: path, reason: "not a part: \(fault.reason)")
    }
  }
}
