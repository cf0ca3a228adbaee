import CounterRandom
import Datasets
import Foundation
import Stage
import Storage
import TestSupport
import Testing

@Suite struct SoftTargetEncodingTests {
  private static let rows = 6
  private static let provenance = SoftTargetShard.Provenance(
    imageShard: Digest(of: [1]), teachers: [Digest(of: [2])])
  private static let origins = RowOrigins(
    source: Digest(of: [3]), indices: [0, 1, 2, 3, 4, 5])

  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  private static func encoding(_ precision: SoftTargetEncoding.Precision, _ topK: Int?) -> SoftTargetEncoding
  {
    var encoding = SoftTargetEncoding()
    (encoding.precision, encoding.topK) = (precision, topK)
    return encoding
  }

  /// Rows from flat to one-sided, so that some probabilities vanish in 16 bits and some even in 32.
  private static func probabilities(classes: Int) -> [Float] {
    let random = CounterRandom(seed: 1, purpose: .fraction)
    return (0..<rows).flatMap { row -> [Float] in
      let spread = [0, 1, 5, 20, 60, 200][row]
      let weights = (0..<classes).map { label in
        exp(-Double(spread) * Double(random.words(UInt32(label), UInt32(row))[0]) * 0x1p-32)
      }
      let sum = weights.reduce(0, +)
      return weights.map { Float($0 / sum) }
    }
  }

  private func writeAndRead(_ content: ShardFile.Content, _ encoding: SoftTargetEncoding, classes: Int) throws
    -> [Float]
  {
    var parameters = encoding.parameters
    parameters["temperature"] = 4
    parameters["teachers"] = JSONValue(Self.provenance.teachers.map(\.hex))
    let path = try space.forge(
      "soft", kind: .softTargets, parameters: parameters, counts: ["classes": classes, "teachers": 1],
      sources: [Self.origins.source], shards: [(ShardFile.name(0), content)])
    let set = try SoftTargetSet(path)
    return try set.read(set.shards[0]).targets
  }

  private func encoded(_ values: [Float], _ encoding: SoftTargetEncoding, classes: Int) throws
    -> ShardFile.Content
  {
    try SoftTargetShard(
      content: .probabilities(values, temperature: 4), classes: classes, origins: Self.origins,
      provenance: Self.provenance
    ).encoded(encoding, path: "soft")
  }

  @Test(arguments: SoftTargetEncoding.Precision.allCases, [10, 40_000])
  func `What is read back is what was promised`(precision: SoftTargetEncoding.Precision, classes: Int) throws
  {
    let dense = Self.probabilities(classes: classes)
    for (number, topK) in [nil, 3, classes].enumerated() {
      let encoding = Self.encoding(precision, topK)
      let space = try SoftTargetEncodingTests()
      let read = try space.writeAndRead(
        space.encoded(dense, encoding, classes: classes), encoding, classes: classes)
      // As truth values: a difference of so many numbers would take minutes to be shown.
      let isAsPromised = read == encoding.readBack(dense, classes: classes)
      #expect(isAsPromised, "case \(number)")
      let isWhole = read == dense
      if topK != classes { #expect(isWhole == !encoding.isLossy) }
      for row in 0..<Self.rows {
        let values = read[row * classes..<(row + 1) * classes]
        #expect(abs(values.reduce(0.0) { $0 + Double($1) } - 1) < 1e-5)
        // What a student is to learn is never impossible by rounding alone.
        if precision == .f16, topK == nil { #expect(values.allSatisfy { $0 > 0 }) }
      }
    }
  }

  @Test func `The largest of 16 bits move by a part in two thousand at most`() {
    let dense = Self.probabilities(classes: 10)
    let read = Self.encoding(.f16, nil).readBack(dense, classes: 10)
    for (first, second) in zip(dense, read) where first > 1e-3 {
      #expect(abs(first - second) <= 0x1p-10 * first)
    }
  }

  @Test(arguments: SoftTargetEncoding.Precision.allCases)
  func `A row that sums to 1.01 is neither written nor read`(precision: SoftTargetEncoding.Precision) throws {
    var values = Self.probabilities(classes: 10)
    for label in 20..<30 { values[label] *= 1.01 }
    let encoding = Self.encoding(precision, nil)
    func expectRefused(_ body: () throws -> Void) {
      let error = #expect(throws: InputError.self) { try body() }
      guard case .notProbabilities(_, 2, let sum) = error, abs(sum - 1.01) < 1e-3 else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
    expectRefused { _ = try encoded(values, encoding, classes: 10) }
    var content = ShardFile.Content(.softTargets, summary: ShardSummary(examples: Self.rows))
    content.writer.metadata = [
      "temperature": "4", "dtype": precision.rawValue, "image_shard": Self.provenance.imageShard.hex,
      "teachers": Self.provenance.teachers[0].hex,
    ]
    if precision == .f32 {
      content.writer.add("soft_targets", values, shape: [Self.rows, 10])
    } else {
      content.writer.add("soft_targets", values.map { Float16($0) }, shape: [Self.rows, 10])
    }
    Self.origins.write(to: &content.writer)
    expectRefused { _ = try writeAndRead(content, encoding, classes: 10) }
  }

  @Test func `Numbers that are no probabilities are refused whatever their sum`() throws {
    for (value, isFinite) in [(Float.nan, false), (.infinity, false), (-0.5, true)] {
      var values = Self.probabilities(classes: 10)
      values[11] += 1 - value
      values[12] = value
      let error = #expect(throws: InputError.self) { try encoded(values, .init(), classes: 10) }
      switch error {
      case .notFinite(_, _, 1): #expect(!isFinite)
      case .notProbabilities(_, 1, _): #expect(isFinite)
      default: Issue.record("\(String(describing: error))")
      }
    }
  }
}
