import Datasets
import Networks
import Stage
import Storage
import TestSupport
import Testing
import Training

/// Where a training begins, and what identifies it.
@Suite struct TrainingTests {
  private static let labels = (0..<120).map { $0 * 7 % 4 }
  /// A step of this rate moves no weight by more than rounding would.
  private static let still = 1e-30
  private let space: ImageSpace
  private let set: ImageSet

  init() throws {
    space = try ImageSpace()
    set = try space.set(labels: Self.labels) { $0.shardSize = 32 }
  }

  private static func options(_ change: (inout TrainingOptions) -> Void = { _ in }) -> TrainingOptions {
    var options = TrainingOptions(.student)
    (options.hidden, options.epochs, options.batchSize) = ([70, 5], 1, 16)
    change(&options)
    return options
  }

  private func plan(
    _ options: TrainingOptions, start: Model? = nil, validation: ImageSet? = nil,
    _ change: (inout Selection) -> Void = { _ in }
  ) throws -> Training {
    var selection = Selection()
    change(&selection)
    return try Training(
      stage: "dk-test", role: .baseline,
      stream: ExampleStream(images: set, softTargets: nil, selection: selection, seed: 1),
      validation: validation, objective: HardTargetLoss(), options: options, start: start)
  }

  private func train(_ name: String, _ options: TrainingOptions, start: Model? = nil) throws
    -> Model
  {
    let training = try plan(options, start: start)
    let output = space.directory(name)
    let directory = try OutputDirectory(training.plan, OutputRequest(output: output), threads: 1)
    try directory.begin()
    let progress = ProgressMeter(name, total: 0, unit: "images", console: ImageSpace.console)
    _ = try training.train(
      into: directory, name: name, threads: 1, progress: progress, console: ImageSpace.console)
    return try Model(output)
  }

  /// Largest difference of a weight or bias, the second net's times `scale`.
  private func distance(_ first: Model, _ second: Model, scale: Float = 1) -> Float {
    #expect(first.network.architecture == second.network.architecture)
    return zip(first.network.parameters.elements, second.network.parameters.elements)
      .reduce(0) { max($0, abs($1.0 - scale * $1.1)) }
  }

  @Test(arguments: TrainingOptions.OptimizerName.allCases, [0, 0.9])
  func `A training from a model begins where the model was`(
    optimizer: TrainingOptions.OptimizerName, averageWeights: Double
  ) throws {
    let model = try train("model", Self.options { $0.epochs = 3 })
    let options = Self.options {
      ($0.optimizer, $0.averageWeights, $0.seed) = (optimizer, averageWeights, 9)
      // The shape is the model's.
      $0.hidden = [3]
    }
    var still = options
    still.learningRate = Self.still
    #expect(distance(try train("still", still, start: model), model) < 1e-6)
    #expect(distance(try train("moved", options, start: model), model) > 1e-5)
  }

  @Test func `The model that a training begins with is an input of its own`() throws {
    let model = try train("model", Self.options())
    let other = try train("other", Self.options { $0.seed = 1 })
    let plans = try [nil, model, other].map { try plan(Self.options(), start: $0).plan }
    #expect(Set(plans.map { $0.outputs[0].identity }).count == 3)
    #expect(plans[1].recipe.inputs.first { $0.name == "init" }?.digest == model.source.digest)
  }

  @Test func `A model of other images or classes is no beginning`() throws {
    let path = space.directory("narrow.safetensors")
    for sizes in [[ImageSpace.inputs, 5, 3], [ImageSpace.inputs + 1, 5, 4]] {
      try AtomicFile.write(try Network(Architecture(sizes: sizes), seed: 1).file(), to: path)
      let error = #expect(throws: InputError.self) { try plan(Self.options(), start: Model(path)) }
      guard case .wrongModel = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func `The scale of the first weights multiplies each of them`() throws {
    func first(_ scale: Double) throws -> Model {
      try train(
        "scale\(scale)", Self.options { ($0.initialScale, $0.learningRate) = (scale, Self.still) })
    }
    let whole = try first(1)
    #expect(distance(try first(0.5), whole, scale: 0.5) < 1e-6)
    #expect(distance(try first(0.25), whole, scale: 0.25) < 1e-6)
    // Every weight of a layer that reads units within the bound and some near it.
    let layer = whole.network.architecture.layers[1]
    let largest = whole.network.parameters.weights(layer).map(abs).max() ?? 0
    let bound = (6 / Float(layer.inputs)).squareRoot()
    #expect(largest <= bound && largest > 0.95 * bound)
  }

  @Test func `A net whose units are all dead is no result`() throws {
    let error = #expect(throws: TrainingError.self) {
      try train("dead", Self.options { ($0.initialScale, $0.learningRate) = (0, Self.still) })
    }
    #expect(error == .dead(epoch: 1, layer: 1, units: 70))
    #expect(FileSystem.kind(space.directory("dead/\(Network.fileName)")) == nil)
  }

  @Test func `What is taken of the set is part of the identity and the validation set is not`() throws {
    let validation = try space.set(labels: [0, 1, 2, 3], name: "validation")
    let plain = try plan(Self.options()).plan
    let judged = try plan(Self.options(), validation: validation).plan
    #expect(judged.recipe == plain.recipe && judged.outputs == plain.outputs)
    let fewer = try plan(Self.options()) { $0.omitted = [3] }.plan
    #expect(fewer.recipe.parameters["omit"] == [3] && fewer.outputs != plain.outputs)
    let half = try plan(Self.options()) { ($0.fraction, $0.seed) = (0.5, 1) }.plan
    let other = try plan(Self.options()) { ($0.fraction, $0.seed) = (0.5, 2) }.plan
    #expect(half.outputs != plain.outputs && half.outputs != other.outputs)
    let often = try plan(Self.options { $0.checkpointEvery = 1 }).plan
    #expect(often.outputs == plain.outputs)
  }

  @Test func `A validation set of other classes is refused`() throws {
    let validation = try space.set(labels: [0, 1, 4], name: "validation")
    let expected = InputError.mismatch(
      path: validation.path, expected: "4 classes", like: set.path, found: "5")
    #expect(throws: expected) { try plan(Self.options(), validation: validation) }
  }

  @Test func `Epochs count what is taken and the model says so`() throws {
    let training = try plan(Self.options { $0.epochs = 3 }) { ($0.omitted, $0.fraction) = ([1], 0.5) }
    #expect(try training.epochExamples(threads: 2) == 45 && training.totalImages(threads: 2) == 135)
    let model = try train("model", Self.options { $0.epochs = 3 })
    // Eight batches of 15 in each of three epochs.
    #expect(
      model.directory?.manifest.counts["examples"] == 120 && model.directory?.manifest.counts["steps"] == 24)
  }
}
