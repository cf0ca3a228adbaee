/// The keys of one JSON object. Most objects have few, and then a linear search is faster than hashing.
struct KeySet {
  private static let few = 16
  private var keys: [String] = []
  private var many: Set<String> = []

  /// Whether `key` is new.
  mutating func insert(_ key: String) -> Bool {
    if keys.count < Self.few {
      guard !keys.contains(key) else { return false }
      keys.append(key)
      return true
    }
    // From here on a hash set: with linear search, a header with a million keys would take hours.
    if many.isEmpty { many.formUnion(keys) }
    return many.insert(key).inserted
  }
}
