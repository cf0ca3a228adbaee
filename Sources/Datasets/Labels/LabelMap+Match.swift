import Stage

/// Two sets, or a set and a model, of the same classes.
extension LabelMap {
  /// Which class of this map each class of another is: by name where both have names, else by number.
  ///
  /// - Parameters:
  ///   - other: of a set.
  ///   - path: of what has `other`, for messages.
  ///   - own: path of what has this map.
  /// - Returns: [other's classes]; nil where both have the same classes in the same order.
  /// - Throws: `InputError.mismatch` for other numbers of classes, `.otherClasses` for a name that this map does not have.
  package func match(_ other: LabelMap, path: String, own: String) throws -> [UInt32]? {
    guard let names, let theirs = other.names else {
      guard classes == other.classes else {
        throw InputError.mismatch(
          path: path, expected: "\(classes) classes", like: own, found: "\(other.classes)")
      }
      return nil
    }
    if names == theirs { return nil }
    let places = Dictionary(names.enumerated().map { ($1, UInt32($0)) }) { first, _ in first }
    return try theirs.map { name in
      guard let place = places[name] else {
        throw InputError.otherClasses(path: path, like: own, reason: "'\(name)' is not one of them")
      }
      return place
    }
  }

  /// Throws unless another map has the same classes in the same order, as far as both have names.
  ///
  /// - Parameters:
  ///   - other: of a set or a model.
  ///   - path: of what has `other`, for messages.
  ///   - own: path of what has this map.
  /// - Throws: as `match`; `InputError.otherClasses` for another order.
  package func expectSame(_ other: LabelMap, path: String, own: String) throws {
    guard let table = try match(other, path: path, own: own) else { return }
    if let moved = table.indices.first(where: { table[$0] != UInt32($0) }) {
      throw InputError.otherClasses(
        path: path, like: own,
        reason: "class \(moved) is '\(other.name(of: moved))', and '\(name(of: moved))' in \(own)")
    }
    throw InputError.otherClasses(path: path, like: own, reason: "the first \(other.classes) of \(classes)")
  }
}
