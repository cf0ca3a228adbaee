import Storage

/// What a shard says of its rows, in the manifest's entry and in its own metadata, so that nobody has to read the
/// shard to count them.
package struct ShardSummary: Equatable, Sendable {
  /// Metadata key under which a shard keeps it.
  static let metadataKey = "summary"
  /// Above so many classes a shard's entry does not count them: the manifest would outgrow the shards.
  package static let countedClasses = 1024

  /// Rows.
  package let examples: Int
  /// [classes]; nil without labels, and above `countedClasses`.
  package let examplesPerClass: [Int]?
  /// Sums and maxima over the rows that the stage adds up over its shards, by name.
  package let statistics: [String: Double]

  /// Of rows that were counted.
  package init(examples: Int, examplesPerClass: [Int]? = nil, statistics: [String: Double] = [:]) {
    self.examples = examples
    self.examplesPerClass = examplesPerClass
    self.statistics = statistics
  }

  /// Counts `labels`, each below `classes`; nil labels are none.
  package init(examples: Int, labels: [UInt32]?, classes: Int, statistics: [String: Double] = [:]) {
    var counts: [Int]?
    if let labels, classes <= Self.countedClasses {
      counts = labels.reduce(into: [Int](repeating: 0, count: classes)) { $0[Int($1)] += 1 }
    }
    self.init(examples: examples, examplesPerClass: counts, statistics: statistics)
  }

  /// Its members, as they stand in an entry of a manifest.
  var members: [String: JSONValue] {
    var members: [String: JSONValue] = ["examples": .integer(examples)]
    if let examplesPerClass { members["examplesPerClass"] = JSONValue(examplesPerClass) }
    if !statistics.isEmpty { members["statistics"] = .object(statistics.mapValues { JSONValue($0) }) }
    return members
  }

  /// The members as they are found.
  struct Fields {
    private var examples: Int?
    private var examplesPerClass: [Int]?
    private var statistics: [String: Double] = [:]

    /// - Throws: `JSONFault` for a member that no summary has.
    mutating func read(_ key: String, _ reader: inout JSONReader) throws {
      switch key {
      case "examples": examples = try reader.integer()
      case "examplesPerClass":
        var counts: [Int] = []
        try reader.array { counts.append(try $0.integer()) }
        examplesPerClass = counts
      case "statistics":
        try reader.object { name, reader in
          guard let value = try reader.value().double else { throw Self.fault("statistics") }
          statistics[name] = value
        }
      default: throw Self.fault("member '\(key.prefix(40))'")
      }
    }

    /// Nil where the number of examples is missing: of what is no shard.
    ///
    /// - Throws: `JSONFault` for numbers that cannot be, or do not fit each other.
    func summary() throws -> ShardSummary? {
      guard let examples else {
        guard examplesPerClass == nil, statistics.isEmpty else { throw Self.fault("examples") }
        return nil
      }
      guard (0...ManifestCheck.countLimit).contains(examples) else { throw Self.fault("examples") }
      if let counts = examplesPerClass {
        // Their number first, or the sum of very many could overflow.
        guard counts.count <= ShardSummary.countedClasses else { throw Self.fault("examplesPerClass") }
        var sum = 0
        for count in counts {
          guard (0...examples).contains(count) else { throw Self.fault("examplesPerClass") }
          sum += count
        }
        guard sum == examples else { throw Self.fault("examplesPerClass") }
      }
      return ShardSummary(examples: examples, examplesPerClass: examplesPerClass, statistics: statistics)
    }

    private static func fault(_ what: String) -> JSONFault { JSONFault(offset: 0, reason: "bad \(what)") }
  }
}
