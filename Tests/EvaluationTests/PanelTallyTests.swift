import Datasets
import Evaluation
import Networks
import Stage
import Synchronization
import TestSupport
import Testing

/// A predictor that counts the images that it sees.
private final class Counted: Predictor {
  private let predictor: NetworkPredictor
  private let seen = Mutex(0)

  init(_ labelMap: LabelMap, seed: UInt64) {
    let network = Network(
      Architecture(sizes: [ImageSpace.inputs, 9, labelMap.outputs]), seed: seed)
    predictor = NetworkPredictor(network, labelMap: labelMap, path: "net \(seed)")
  }

  var images: Int { seen.withLock { $0 } }
  var inputs: Int { predictor.inputs }
  var members: Int { 1 }
  var labelMap: LabelMap { predictor.labelMap }
  var parameterCount: Int { predictor.parameterCount }

  func logits(_ features: Features) throws -> [Float] {
    seen.withLock { $0 += features.count }
    return try predictor.logits(features)
  }
}

/// What a panel's nets say alone, counted on the way of the panel itself.
@Suite struct PanelTallyTests {
  private static let classes = 5
  private let set: ImageSet
  private let space: ImageSpace
  private let generalist: Counted
  private let specialists: [Counted]

  init() throws {
    space = try ImageSpace()
    set = try space.set(labels: (0..<230).map { $0 * 13 % 17 % Self.classes }) { $0.shardSize = 32 }
    let all = LabelMap(classes: Self.classes)
    generalist = Counted(all, seed: 1)
    specialists = [
      Counted(LabelMap(special: [0, 3], form: .dustbin, of: all), seed: 2),
      Counted(LabelMap(special: [1, 3, 4], form: .full, of: all), seed: 3),
    ]
  }

  private var panel: SpecialistPanel { SpecialistPanel(generalist, specialists, top: 2) }

  private func evaluate(
    _ predictor: any Predictor, threads: Int = 2,
    answer: (@Sendable (ImageShard) throws -> [Float])? = nil,
    visit: (ImageShard, [Double]) throws -> Void = { _, _ in }
  ) throws -> Evaluation {
    try Evaluator(predictor).evaluate(
      shardCount: set.shards.count, threads: threads, answer: answer,
      read: { try set.read(set.shards[$0]) }, visit: visit)
  }

  @Test func `Each net sees an image at most once`() throws {
    let tally = PanelTally(panel)
    _ = try evaluate(panel, answer: { try tally.logits(of: $0) })
    #expect(generalist.images == set.examples)
    // Fewer than all: nobody asks a specialist about images that are neither its own nor look like them.
    for specialist in specialists { #expect((1...set.examples).contains(specialist.images)) }
  }

  @Test(arguments: [1, 2, 3])
  func `The counts are those of the generalist and the specialists run by themselves`(threads: Int) throws {
    let tally = PanelTally(panel)
    var answers: [Double] = []
    let joint = try evaluate(
      panel, threads: threads, answer: { try tally.logits(of: $0) }, visit: { answers += $1 })
    let study = PanelStudy(tally, joint: joint)

    // The plain way: the panel without a tally, then each net over the whole set.
    var plain: [Double] = []
    let together = try evaluate(panel, visit: { plain += $1 })
    #expect(answers == plain && joint.errorRows == together.errorRows)
    var (general, labels) = ([ArraySlice<Double>](), [Int]())
    let alone = try evaluate(
      generalist,
      visit: { shard, values in
        labels += (shard.labels ?? []).map { Int($0) }
        general += (0..<shard.count).map { values[$0 * Self.classes..<($0 + 1) * Self.classes] }
      })
    #expect(study.generalistErrors == alone.errors)
    #expect(study.asked == general.count { !panel.active($0).isEmpty })
    #expect(study.coverage.reduce(0) { $0 + $1.generalistErrors } == alone.errors)
    #expect(study.coverage.reduce(0) { $0 + $1.errors } == joint.errors)
    #expect(study.coverage.map(\.specialists) == [0, 1, 2])
    for (number, specialist) in specialists.enumerated() {
      var own: [Float] = []
      for entry in set.shards { own += try specialist.logits(set.read(entry).features) }
      let special = specialist.labelMap.special ?? []
      let rows = labels.indices.filter { special.contains(labels[$0]) }
      let (outputs, width) = (specialist.labelMap.specialOutputs, specialist.outputs)
      let found = study.conditional[number]
      #expect(found.special == special && found.examples == rows.count)
      #expect(
        found.errors
          == rows.count { row in
            let values = outputs.map { own[row * width + $0] }
            return special[Evaluation.prediction(values[...])] != labels[row]
          })
      #expect(
        found.generalistErrors
          == rows.count { row in
            let values = special.map { general[row][general[row].startIndex + $0] }
            return special[Evaluation.prediction(values[...])] != labels[row]
          })
    }
  }
}
