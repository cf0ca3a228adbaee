import Datasets
import Networks
import Stage
import Storage

/// Corrects a model's outputs without training: by their biases, or by one temperature for all logits.
package struct Calibration {
  /// The criterion of the correction.
  package enum Goal: Sendable {
    /// Biases that give these mean class probabilities, [classes], in any unit: they are divided by their sum.
    case prior([Double])
    /// Biases that make the mean class probabilities equal to the class frequencies of the labels.
    case labels
    /// Biases that give the mean class probabilities of the soft targets, at their temperature.
    case softTargets
    /// The temperature of least negative log-likelihood of the labels.
    case temperature
  }

  private static let arithmeticVersion = 2

  /// The output directory: its parameters, inputs and file.
  package let plan: Plan
  private let model: Model
  private let stream: ExampleStream
  private let goal: Goal
  private let free: [Int]

  /// Plans a calibration.
  ///
  /// - Parameters:
  ///   - stage: name of the program, for the manifest.
  ///   - model: the model to correct.
  ///   - stream: images, and soft targets if they are the goal.
  ///   - goal: the criterion.
  ///   - classes: classes whose bias may change; nil for all. Ignored for a temperature.
  /// - Throws: `InputError.wrongModel`, `.specialist`, `.otherClasses`, `.noLabels`; `ParameterError.wrongValue`.
  package init(
    stage: String, model: Model, stream: ExampleStream, goal: Goal, classes: [Int]?
  ) throws {
    let outputs = model.outputs
    // Images without labels and without soft targets define no classes of their own: take those of the model.
    let saysClasses = stream.isLabelled || stream.softTargets != nil
    try model.expect(
      inputs: stream.inputs, labels: saysClasses ? stream.labelMap : model.labelMap, of: stream.images.path)
    let free = classes.map { Set($0).sorted() } ?? Array(0..<outputs)
    guard free.allSatisfy({ $0 < outputs }) else {
      throw ParameterError.wrongValue(
        parameter: "classes", expected: "classes of 0 to \(outputs - 1)", found: String(free.last ?? 0))
    }
    var parameters = stream.selection.parameters
    switch goal {
    case .prior(let prior):
      guard prior.count == outputs else {
        throw ParameterError.wrongValue(
          parameter: "prior", expected: "\(outputs) numbers, one for each class", found: String(prior.count))
      }
      parameters["prior"] = JSONValue(prior)
    case .labels: parameters["prior"] = JSONValue("labels")
    case .softTargets, .temperature: break
    }
    if case .temperature = goal {
      parameters["fit"] = JSONValue("temperature")
    } else {
      parameters["fit"] = JSONValue("biases")
      // All classes, named or by default, are the same work and must have the same identity.
      if free.count < outputs { parameters["classes"] = JSONValue(free) }
    }
    if goal.needsLabels, !stream.isLabelled { throw InputError.noLabels(path: stream.images.path) }
    self.model = model
    self.stream = stream
    self.goal = goal
    self.free = free
    var inputs = [
      Plan.Input(name: "model", digest: model.source.digest, path: model.source.path),
      Plan.Input(name: "images", stream.images.directory),
    ]
    if let targets = stream.softTargets { inputs.append(.init(name: "soft-targets", targets.directory)) }
    let identities = IdentityMaker(
      .model, role: .calibrated, arithmeticVersion: Self.arithmeticVersion, parameters: parameters)
    plan = Plan(
      kind: .model, role: .calibrated, stage: stage, arithmeticVersion: Self.arithmeticVersion,
      parameters: parameters,
      inputs: inputs, outputs: [identities.output(Network.fileName, inputs: inputs.map(\.digest))])
  }

  /// Makes the directory, or estimates the work in a dry run.
  ///
  /// - Parameters:
  ///   - request: output directory and options.
  ///   - threads: number of threads; does not change the result.
  ///   - console: for progress.
  /// - Returns: a summary of the work, and the manifest (nil for a dry run).
  /// - Throws: `InputError.notCalibrated` if no finite correction meets the goal; `StageError`, `StorageError`,
  ///   `InputError`.
  package func make(_ request: OutputRequest, threads: Int, console: Console) throws -> (
    summary: DirectorySummary, manifest: Manifest?
  ) {
    try SingleFileStage(plan).make(
      request, threads: threads, estimate: { try estimate($0, threads: threads) },
      content: { try content(threads: threads, console: console) })
  }

  private func content(threads: Int, console: Console) throws -> SingleFileStage.Content {
    let total = try stream.epochExamples(threads: threads) * stream.images.copies.count
    let progress = ProgressMeter("calibrate", total: total, unit: "images", console: console)
    let examples = try CalibrationExamples(
      stream, model, path: model.path, threads: threads, progress: progress)
    // The correction works on logits alone: the model runs over the images once, however many iterations follow.
    let (network, results) = try correct(examples, threads: threads)
    guard network.isSafeFromOverflow else {
      throw InputError.notCalibrated(path: model.source.path, reason: "its logits would overflow")
    }
    let shape = network.architecture
    return .init(
      bytes: try network.file(
        metadata: ["identity": plan.outputs[0].identity.hex], role: .calibrated,
        labelMap: model.labelMap.named(like: stream.labelMap), shape: model.shape ?? stream.images.shape),
      counts: [
        "examples": total, "parameters": shape.parameterCount, "classes": shape.classes,
        "inputs": shape.inputs,
      ], results: results)
  }

  private func correct(_ examples: CalibrationExamples, threads: Int) throws -> (
    Network, [String: JSONValue]
  ) {
    guard let wanted = try wantedMeans(examples) else {
      guard let fit = try TemperatureFit(examples, threads: threads) else {
        throw InputError.notCalibrated(
          path: model.source.path,
          reason:
            "no temperature is best for a model that is never wrong about these images, or worse than chance")
      }
      return (
        model.network.dividingLogits(by: fit.temperature),
        [
          "temperature": JSONValue(fit.temperature), "nll-before": JSONValue(fit.before),
          "nll-after": JSONValue(fit.after),
        ]
      )
    }
    // At the temperature of the soft targets, as they have their means there; labels and priors are at T = 1.
    var correction = try BiasCorrection(
      examples, temperature: try stream.softTargets?.temperature ?? 1, wanted: wanted, free: free,
      threads: threads)
    let before = correction.means
    guard try correction.solve() else {
      throw InputError.notCalibrated(
        path: model.source.path,
        reason: "no biases give the wanted mean class probabilities; the nearest differ by "
          + Format.significant(correction.distance))
    }
    return (
      model.network.addingToLogits(correction.shifts),
      [
        "shifts": JSONValue(correction.shifts), "wanted": JSONValue(wanted), "before": JSONValue(before),
        "after": JSONValue(correction.means),
      ]
    )
  }

  /// The wanted mean class probabilities, [classes], sum 1; nil if the goal is a temperature.
  private func wantedMeans(_ examples: CalibrationExamples) throws -> [Double]? {
    let classes = examples.classes
    let sums: [Double]
    switch goal {
    case .temperature: return nil
    case .prior(let prior): sums = prior
    case .softTargets: sums = examples.targetSums
    case .labels:
      var counts = [Double](repeating: 0, count: classes)
      for label in examples.labels { counts[Int(label)] += 1 }
      sums = counts
    }
    let total = sums.reduce(0, +)
    let means = sums.map { $0 / total }
    // A mean probability of 0 or 1 would need an infinite bias.
    if let empty = free.first(where: { means[$0] <= 0 || means[$0] >= 1 }) {
      throw InputError.notCalibrated(
        path: stream.images.path,
        reason: "expected a mean probability above 0 and below 1 for class \(empty), found \(means[empty]); "
          + "its bias cannot move")
    }
    return means
  }

  private func estimate(_ directory: OutputDirectory, threads: Int) throws -> DirectorySummary {
    let total = try stream.epochExamples(threads: threads) * stream.images.copies.count
    let window = try stream.load(epoch: 0, window: 0, threads: threads)
    // A sample on one thread; the real run spreads the images over all of them.
    let rows = min(512, window.features.count)
    let sample = window.features.rows(0..<rows)
    let elapsed = try ContinuousClock().measure { _ = try model.logits(sample) }
    return DirectorySummary(
      directory.output, planned: directory, bytes: model.parameterCount * MemoryLayout<Float>.stride,
      seconds: directory.isUpToDate ? 0 : elapsed.seconds * Double(total) / Double(rows * threads),
      examples: total)
  }
}

extension Calibration.Goal {
  /// Mean class probabilities as a user names them.
  ///
  /// - Parameters:
  ///   - text: `uniform`, `labels`, or a list of probabilities.
  ///   - outputs: of the model.
  /// - Throws: `ParameterError.wrongValue`.
  package init(prior text: String, outputs: Int) throws {
    switch text {
    case "uniform": self = .prior([Double](repeating: 1 / Double(outputs), count: outputs))
    case "labels": self = .labels
    default:
      // People round what they write: a sum of 0.9999995 is meant to be 1.
      guard let list = NumberList.numbers(text), list.allSatisfy({ $0 >= 0 }),
        abs(list.reduce(0, +) - 1) < 1e-6
      else {
        throw ParameterError.wrongValue(
          parameter: "prior", expected: "uniform, labels, or probabilities that sum to 1",
          found: "'\(text)'")
      }
      self = .prior(list)
    }
  }

  fileprivate var needsLabels: Bool {
    switch self {
    case .labels, .temperature: true
    case .prior, .softTargets: false
    }
  }
}
