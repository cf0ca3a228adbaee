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

  /// - Returns: nil where `members` lack the number of examples.
  /// - Throws: `JSONFault` for members of another form.
  init?(members: [String: JSONValue]) throws {
    guard let examples = members["examples"] else { return nil }
    func fault(_ name: String) -> JSONFault { JSONFault(offset: 0, reason: "bad \(name)") }
    guard let count = examples.int, (0...ManifestCheck.countLimit).contains(count) else {
      throw fault("examples")
    }
    var perClass: [Int]?
    if let counts = members["examplesPerClass"] {
      guard case .array(let values) = counts, values.count <= Self.countedClasses else {
        throw fault("examplesPerClass")
      }
      perClass = try values.map {
        guard let value = $0.int, (0...count).contains(value) else { throw fault("examplesPerClass") }
        return value
      }
      guard perClass?.reduce(0, +) == count else { throw fault("examplesPerClass") }
    }
    var statistics: [String: Double] = [:]
    if let values = members["statistics"] {
      guard case .object(let values) = values else { throw fault("statistics") }
      statistics = try values.mapValues {
        guard let value = $0.double else { throw fault("statistics") }
        return value
      }
    }
    self.init(examples: count, examplesPerClass: perClass, statistics: statistics)
  }
}
