/// The keys of one object; few, so that a search through them beats a hash.
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
    // From here on a hash, or a header with a million keys would take hours.
    if many.isEmpty { many.formUnion(keys) }
    return many.insert(key).inserted
  }
}
