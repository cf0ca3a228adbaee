import Stage

/// Comparison of the classes of two sets, or of a set and a model.
extension LabelMap {
  /// Finds the class of this map for each class of another map: by name if both have names, otherwise by number.
  ///
  /// - Parameters:
  ///   - other: the other map.
  ///   - path: of the data with `other`, for messages.
  ///   - own: path of the data with this map.
  /// - Returns: [other's classes]; nil if both maps have the same classes in the same order.
  /// - Throws: `InputError.mismatch` for different numbers of classes, `.otherClasses` for a name that this map
  ///   lacks.
  package func match(_ other: LabelMap, path: String, own: String) throws -> [UInt32]? {
    guard let names, let theirs = other.names else {
      guard classes == other.classes else {
        throw InputError.mismatch(
          path: path, expected: "\(classes) classes", like: own, found: "\(other.classes)")
      }
      return nil
    }
    if names == theirs { return nil }
    // The first class wins if a name occurs twice: `Dictionary(uniqueKeysWithValues:)` would trap on such a manifest.
    let places = Dictionary(names.enumerated().map { ($1, UInt32($0)) }) { first, _ in first }
    return try theirs.map { name in
      guard let place = places[name] else {
        throw InputError.otherClasses(path: path, like: own, reason: "'\(name)' is not one of them")
      }
      return place
    }
  }

  /// Throws unless another map has the same classes in the same order, compared by name if both have names.
  ///
  /// - Parameters:
  ///   - other: the map of a set or a model.
  ///   - path: of the data with `other`, for messages.
  ///   - own: path of the data with this map.
  /// - Throws: as `match`; `InputError.otherClasses` for another order.
  package func expectSame(_ other: LabelMap, path: String, own: String) throws {
    guard let table = try match(other, path: path, own: own) else { return }
    if let moved = table.indices.first(where: { table[$0] != UInt32($0) }) {
      // No class has moved, so `other` must have fewer classes.
      throw InputError.otherClasses(
        path: path, like: own,
        reason: "class \(moved) is '\(other.name(of: moved))', and '\(name(of: moved))' in \(own)")
    }
    throw InputError.otherClasses(path: path, like: own, reason: "the first \(other.classes) of \(classes)")
  }
}
