import Datasets
import Stage
import Storage

/// The sets of classes for which specialists are trained: a finished directory.
package struct SpecialistSets: Sendable {
  static let fileName = "sets.safetensors"
  /// Names of the tensors: U8 [sets, classes], 1 for a class in the set, and F64 [classes, classes].
  static let (setsName, covarianceName) = ("sets", "covariance")

  /// Manifest, digest and path.
  package let directory: FinishedDirectory
  /// Number of classes of the generalist.
  package let classes: Int
  /// Classes of each set, ascending; at least one, but not all.
  package let sets: [[Int]]

  /// As the user named it.
  package var path: String { directory.path }

  /// Reads a finished directory.
  ///
  /// - Throws: `StageError`, `StorageError`; `InputError.wrongSets` for a directory without the file, and for a set
  ///   of no class or of all.
  package init(_ path: String) throws {
    directory = try FinishedDirectory(path, expecting: .specialistSets)
    guard let output = directory.manifest.outputs.first(where: { $0.path == Self.fileName }) else {
      throw InputError.wrongSets(path: path, expected: Self.fileName, found: "none")
    }
    let file = try Safetensors(try directory.contents(of: output), path: directory.path(of: output))
    let layout = try file.layout(Self.setsName, types: [.u8], shape: [nil, nil])
    let members = try file.elements(Self.setsName, as: UInt8.self, shape: layout.shape.map { $0 })
    let classes = layout.shape[1]
    self.classes = classes
    sets = (0..<layout.shape[0]).map { set in
      (0..<classes).filter { members[set * classes + $0] != 0 }
    }
    if let wrong = sets.firstIndex(where: { !LabelMap.canBeSpecial($0, of: classes) }) {
      throw InputError.wrongSets(
        path: file.path, expected: "at least one class in set \(wrong), and not all \(classes)",
        found: String(sets[wrong].count))
    }
  }

  /// The bytes of the file.
  ///
  /// - Throws: `StorageError.outOfMemory`.
  static func file(_ sets: [[Int]], _ covariance: ClassCovariance, metadata: [String: String]) throws
    -> [UInt8]
  {
    var writer = SafetensorsWriter(metadata: metadata)
    let classes = covariance.classes
    var members = [UInt8](repeating: 0, count: sets.count * classes)
    for (number, set) in sets.enumerated() {
      for label in set { members[number * classes + label] = 1 }
    }
    writer.add(setsName, members, shape: [sets.count, classes])
    writer.add(covarianceName, covariance.values, shape: [classes, classes])
    return try writer.bytes()
  }

  /// One of the sets, named by `DIR#2` on a command line.
  package struct Choice: Sendable {
    /// The directory of sets.
    package let sets: SpecialistSets
    /// Number of the set, from 0.
    package let number: Int

    /// Its classes.
    package var special: [Int] { sets.sets[number] }

    /// - Parameter text: path of a directory, `#`, and a number from 0 on.
    /// - Throws: `ParameterError.wrongValue`; as `SpecialistSets`.
    package init(_ text: String) throws {
      // The last `#`, as the path of the directory may contain others.
      guard let mark = text.lastIndex(of: "#"), let number = Int(text[text.index(after: mark)...]),
        number >= 0
      else {
        throw ParameterError.wrongValue(
          parameter: "specialist", expected: "a directory of sets of classes and a number, such as sets#0",
          found: "'\(text)'")
      }
      let sets = try SpecialistSets(String(text[..<mark]))
      guard number < sets.sets.count else {
        throw ParameterError.wrongValue(
          parameter: "specialist", expected: "a set of 0 to \(sets.sets.count - 1) of \(sets.path)",
          found: String(number))
      }
      self.sets = sets
      self.number = number
    }
  }
}
