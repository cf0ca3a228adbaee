import Datasets
import Evaluation
import Machine
import Networks
import Stage
import Storage

/// Finds sets of classes that a generalist confuses, one for each specialist (paper, section 5.3).
package struct Specialization {
  /// The method that finds the sets.
  package enum Method: Sendable {
    /// k-means on the columns of the covariance matrix of the class probabilities, scaled to correlations. With a size,
    /// each cluster is cut or grown to that many classes by their mean correlation with it, so sets may overlap.
    case clusters(count: Int, size: Int?, starts: Int, seed: Int)
    /// Sets given by the user.
    case given([[Int]])
  }

  private static let arithmeticVersion = 1

  /// The output directory: its parameters, inputs and file.
  package let plan: Plan
  private let generalist: Model
  private let images: ImageSet
  private let method: Method
  private let temperature: Double

  /// Plans the directory.
  ///
  /// - Parameters:
  ///   - stage: name of the program, for the manifest.
  ///   - generalist: a net of all classes.
  ///   - images: images for its predictions; with labels, its errors are counted too.
  ///   - method: the method that finds the sets.
  ///   - temperature: of the class probabilities, > 0, no unit.
  /// - Throws: `InputError.wrongModel`, `.specialist`, `.mismatch`, `.otherClasses`; `ParameterError.wrongValue`.
  package init(
    stage: String, generalist: Model, images: ImageSet, method: Method, temperature: Double
  ) throws {
    guard temperature > 0, temperature.isFinite else {
      throw ParameterError.wrongValue(
        parameter: "temperature", expected: "a number above 0", found: String(temperature))
    }
    let images = try images.matched(to: generalist.labelMap, like: generalist.path)
    let labels = images.isLabelled ? images.labelMap : generalist.labelMap
    try generalist.expect(inputs: images.shape.count, labels: labels, of: images.path)
    let classes = labels.classes
    self.generalist = generalist
    self.images = images
    self.method = method
    self.temperature = temperature
    let inputs = [
      Plan.Input(name: "generalist", digest: generalist.source.digest, path: generalist.source.path),
      Plan.Input(name: "images", images.directory),
    ]
    var parameters = try method.parameters(classes: classes)
    parameters["temperature"] = JSONValue(temperature)
    let identities = IdentityMaker(
      .specialistSets, arithmeticVersion: Self.arithmeticVersion, parameters: parameters)
    plan = Plan(
      kind: .specialistSets, stage: stage, arithmeticVersion: Self.arithmeticVersion, parameters: parameters,
      inputs: inputs,
      outputs: [identities.output(SpecialistSets.fileName, inputs: inputs.map(\.digest))])
  }

  /// Makes the directory, or estimates the work in a dry run.
  ///
  /// - Parameters:
  ///   - request: output directory and options.
  ///   - threads: number of threads; does not change the result.
  ///   - console: for progress.
  /// - Returns: a summary of the work, and the manifest (nil for a dry run).
  /// - Throws: `StageError`, `StorageError`, `InputError`.
  package func make(_ request: OutputRequest, threads: Int, console: Console) throws -> (
    summary: DirectorySummary, manifest: Manifest?
  ) {
    try SingleFileStage(plan).make(
      request, threads: threads,
      estimate: {
        DirectorySummary(
          $0.output, planned: $0, bytes: classes * classes * MemoryLayout<Double>.stride, seconds: 0,
          examples: images.examples)
      }, content: { try content(threads: threads, console: console) })
  }

  private var classes: Int { generalist.outputs }

  private func content(threads: Int, console: Console) throws -> SingleFileStage.Content {
    // Three times [classes, classes]: the sums, the matrix, and its columns as points.
    var budget = MemoryBudget.ofProgram
    try budget.take(3 * classes * classes * MemoryLayout<Double>.stride, for: generalist.source.path)
    let progress = ProgressMeter("specialize", total: images.examples, unit: "images", console: console)
    let answers = try Answers(
      generalist, images, temperature: temperature, threads: threads, progress: progress)
    let covariance = ClassCovariance(answers.sums)
    let sets = try method.sets(covariance, threads: threads)
    return .init(
      bytes: try SpecialistSets.file(
        sets, covariance, metadata: ["identity": plan.outputs[0].identity.hex]),
      counts: ["examples": images.examples, "classes": classes, "sets": sets.count],
      results: answers.results(of: sets, covariance))
  }
}

extension Specialization.Method {
  fileprivate func parameters(classes: Int) throws -> [String: JSONValue] {
    func expect(_ holds: Bool, _ parameter: String, _ expected: String, _ found: Int) throws {
      guard holds else {
        throw ParameterError.wrongValue(parameter: parameter, expected: expected, found: String(found))
      }
    }
    switch self {
    case .clusters(let count, let size, let starts, let seed):
      // A single cluster holds all classes, which is no specialist, unless a size cuts it.
      let fewest = size == nil ? 2 : 1
      try expect(
        (fewest...max(fewest, classes)).contains(count), "specialists", "\(fewest) to \(classes)", count)
      try expect(size.map { (1..<classes).contains($0) } ?? true, "size", "1 to \(classes - 1)", size ?? 0)
      try expect((1...10_000).contains(starts), "starts", "1 to 10000", starts)
      try expect(seed >= 0, "seed", "0 or more", seed)
      var parameters: [String: JSONValue] = [
        "specialists": JSONValue(count), "starts": JSONValue(starts), "seed": JSONValue(seed),
      ]
      if let size { parameters["size"] = JSONValue(size) }
      return parameters
    case .given(let sets):
      for (number, set) in sets.enumerated() where !LabelMap.canBeSpecial(set, of: classes) {
        throw ParameterError.wrongValue(
          parameter: "sets", expected: "classes of 0 to \(classes - 1), and not all of them",
          found: "\(set.map(String.init).joined(separator: ",")) in set \(number)")
      }
      return ["sets": .array(sets.map { JSONValue($0) })]
    }
  }

  /// The sets: clusters in descending order of mean correlation, given sets in their own order.
  fileprivate func sets(_ covariance: ClassCovariance, threads: Int) throws -> [[Int]] {
    switch self {
    case .given(let sets): return sets
    case .clusters(let count, let size, let starts, let seed):
      let clustering = try Clustering.best(
        of: covariance.columns, count: count, seed: UInt64(seed), starts: starts, threads: threads)
      var sets = [[Int]](repeating: [], count: count)
      for (label, cluster) in clustering.clusterOfPoint.enumerated() { sets[cluster].append(label) }
      if let size { sets = sets.map { covariance.resized($0, to: size) } }
      return sets.enumerated().sorted {
        let means = (covariance.meanCorrelation($0.element), covariance.meanCorrelation($1.element))
        return means.0 != means.1 ? means.0 > means.1 : $0.offset < $1.offset
      }.map(\.element)
    }
  }
}

extension ClassCovariance {
  /// Mean correlation over the pairs of a set; -1 for a single class, so that it sorts last.
  func meanCorrelation(_ set: [Int]) -> Double {
    guard set.count > 1 else { return -1 }
    let sum = set.reduce(0.0) { sum, one in
      set.reduce(sum) { one < $1 ? $0 + correlation(one, $1) : $0 }
    }
    return sum / Double(set.count * (set.count - 1) / 2)
  }

  /// `set` cut or grown to `size` classes by their mean correlation with the other classes of `set`, ascending.
  func resized(_ set: [Int], to size: Int) -> [Int] {
    let members = Set(set)
    func mean(_ label: Int) -> Double {
      let others = set.filter { $0 != label }
      let sum = others.reduce(0.0) { $0 + correlation(label, $1) }
      return others.isEmpty ? 0 : sum / Double(others.count)
    }
    let means = (0..<classes).map(mean)
    // Members come first, so a set that grows keeps them all; ties go to the lower class.
    return (0..<classes).sorted {
      (members.contains($0) ? 0 : 1, means[$1], $0) < (members.contains($1) ? 0 : 1, means[$0], $1)
    }.prefix(size).sorted()
  }
}

/// A generalist's predictions for a set of images: sums for the covariance, and its errors.
private struct Answers {
  var sums: ClassCovariance.Sums
  /// Counts of errors; nil without labels.
  private let evaluation: Evaluation?

  init(
    _ generalist: any Predictor, _ images: ImageSet, temperature: Double, threads: Int,
    progress: ProgressMeter
  ) throws {
    var sums = ClassCovariance.Sums(classes: generalist.outputs)
    let evaluation = try Evaluator(generalist).evaluate(
      shardCount: images.shards.count, threads: threads, progress: progress,
      read: { try images.read(images.shards[$0]) },
      visit: { sums.add(logProbabilities: $1, temperature: temperature) })
    self.sums = sums
    self.evaluation = images.isLabelled ? evaluation : nil
  }

  /// Results for the manifest, most of them lists over the sets.
  func results(of sets: [[Int]], _ covariance: ClassCovariance) -> [String: JSONValue] {
    var results: [String: JSONValue] = [
      "sets": .array(sets.map { JSONValue($0) }),
      "correlation": JSONValue(sets.map { covariance.meanCorrelation($0) }),
    ]
    guard let evaluation else { return results }
    func sum(_ set: [Int], _ counts: [Int]) -> Int { set.reduce(0) { $0 + counts[$1] } }
    results["errors"] = JSONValue(evaluation.errors)
    results["images-of-set"] = JSONValue(sets.map { sum($0, evaluation.examplesPerClass) })
    results["errors-of-set"] = JSONValue(sets.map { sum($0, evaluation.errorsPerClass) })
    // Errors between classes of the same set: those that its specialist is meant to mend.
    results["errors-within"] = JSONValue(
      sets.map { set in
        let members = Set(set)
        return evaluation.confusions.reduce(0) { sum, confusion in
          let (pair, count) = confusion
          return members.contains(pair.label) && members.contains(pair.prediction) ? sum + count : sum
        }
      })
    return results
  }
}
