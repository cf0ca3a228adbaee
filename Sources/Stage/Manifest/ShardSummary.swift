import Storage

/// Summary of a shard's rows. Stored in the manifest and in the shard's metadata, so that counting needs no shard to
/// be read.
package struct ShardSummary: Equatable, Sendable {
  /// Metadata key of the summary in a shard.
  static let metadataKey = "summary"
  /// With more classes than this, examples are not counted by class: the manifest would become larger than the
  /// shards.
  package static let countedClasses = 1024

  /// Number of rows.
  package let examples: Int
  /// Examples of each class, [classes]; nil without labels or with more than `countedClasses` classes.
  package let examplesPerClass: [Int]?
  /// Sums and maxima over the rows, by name; the stage combines them over all shards.
  package let statistics: [String: Double]

  /// A summary from known counts.
  package init(examples: Int, examplesPerClass: [Int]? = nil, statistics: [String: Double] = [:]) {
    self.examples = examples
    self.examplesPerClass = examplesPerClass
    self.statistics = statistics
  }

  /// Counts `labels`, each below `classes`; `labels` is nil for an unlabelled set.
  package init(examples: Int, labels: [UInt32]?, classes: Int, statistics: [String: Double] = [:]) {
    var counts: [Int]?
    if let labels, classes <= Self.countedClasses {
      counts = labels.reduce(into: [Int](repeating: 0, count: classes)) { $0[Int($1)] += 1 }
    }
    self.init(examples: examples, examplesPerClass: counts, statistics: statistics)
  }

  /// JSON members, as in an entry of a manifest.
  var members: [String: JSONValue] {
    var members: [String: JSONValue] = ["examples": .integer(examples)]
    if let examplesPerClass { members["examplesPerClass"] = JSONValue(examplesPerClass) }
    if !statistics.isEmpty { members["statistics"] = .object(statistics.mapValues { JSONValue($0) }) }
    return members
  }

  /// Collects the members of a summary during parsing.
  struct Fields {
    private var examples: Int?
    private var examplesPerClass: [Int]?
    private var statistics: [String: Double] = [:]

    /// - Throws: `JSONFault` for an unknown member.
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

    /// The summary; nil without a number of examples, as for a file that is not a shard.
    ///
    /// - Throws: `JSONFault` for impossible or contradictory numbers.
    func summary() throws -> ShardSummary? {
      guard let examples else {
        guard examplesPerClass == nil, statistics.isEmpty else { throw Self.fault("examples") }
        return nil
      }
      guard (0...ManifestCheck.countLimit).contains(examples) else { throw Self.fault("examples") }
      if let counts = examplesPerClass {
        // The number of classes is checked first, so that the sum below cannot overflow.
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
