import Datasets
import Stage
import Storage

/// An evaluation as a table, and as JSON that other programs read back.
package struct EvaluationReport: Codable, Sendable {
  /// A pair of classes that were taken for each other.
  package struct Confusion: Codable, Equatable, Sendable {
    /// The true class.
    package let label: Int
    /// The class that was named instead.
    package let prediction: Int
    /// How often.
    package let count: Int
  }

  /// Up to so many classes the whole matrix is there as well.
  private static let matrixClasses = 100
  /// A matrix of more classes than these helps nobody on a terminal.
  private static let shownClasses = 20

  /// In all copies of the set.
  package let examples: Int
  /// Examples of which the predicted class is not the true one.
  package let errors: Int
  /// Share of the examples, 0 to 1.
  package let errorRate: Double
  /// Lower and upper end of the 95 % interval of the error rate.
  package let errorRateInterval: [Double]
  /// Nats an example.
  package let negativeLogLikelihood: Double
  /// Mean distance of confidence and accuracy, 0 to 1, as `Evaluation.calibrationError`.
  package let expectedCalibrationError: Double
  /// [classes].
  package let examplesPerClass: [Int]
  /// [classes], by true class.
  package let errorsPerClass: [Int]
  /// Pairs that occurred, the most frequent first.
  package let confusions: [Confusion]
  /// True class by predicted class; nil of many classes.
  package let confusion: [[Int]]?
  /// Nil without soft targets.
  package let fidelity: Agreement?
  /// [classes], as people call them; nil where nobody has named them.
  package let labelNames: [String]?
  /// Nil without specialists.
  package let specialists: PanelStudy?
  /// Positions in the set of the examples that are errors; nil of very many.
  package let errorRows: [Int]?
  /// Identities of the models: of their directories, or of lone files.
  package let models: [Digest]
  /// Paths of the models, as they were given.
  package let modelNames: [String]?
  /// Weights and biases of all models together.
  package let parameters: Int?
  /// Identity of the images' directory.
  package let images: Digest
  /// Path of the images, as it was given.
  package let imagesName: String?
  /// Of the files that the images came from; nil of an evaluation that does not say.
  package let sources: [Digest]?

  /// - Parameters:
  ///   - evaluation: all of the set.
  ///   - models: that were evaluated.
  ///   - images: the set.
  ///   - softTargets: that the models were compared with.
  ///   - specialists: what they added.
  ///   - labelNames: of the outputs that were evaluated.
  ///   - parameters: of all models together.
  package init(
    _ evaluation: Evaluation, models: [Plan.Input], images: ImageSet, softTargets: SoftTargetSet? = nil,
    specialists: PanelStudy? = nil, labelNames: [String]? = nil, parameters: Int? = nil
  ) {
    self.parameters = parameters
    errorRows = evaluation.errorRows
    modelNames = models.map(\.path)
    imagesName = images.path
    sources = images.directory.manifest.sources
    self.specialists = specialists
    self.labelNames = labelNames
    examples = evaluation.examples
    errors = evaluation.errors
    errorRate = evaluation.errorRate
    errorRateInterval = [evaluation.interval.lowerBound, evaluation.interval.upperBound]
    negativeLogLikelihood = evaluation.negativeLogLikelihood
    expectedCalibrationError = evaluation.calibrationError
    examplesPerClass = evaluation.examplesPerClass
    errorsPerClass = evaluation.errorsPerClass
    // Ties by class: a dictionary has another order in each run.
    confusions = evaluation.confusions.map {
      Confusion(label: $0.key.label, prediction: $0.key.prediction, count: $0.value)
    }.sorted { ($1.count, $0.label, $0.prediction) < ($0.count, $1.label, $1.prediction) }
    confusion = evaluation.classes <= Self.matrixClasses ? Self.matrix(evaluation) : nil
    fidelity = Agreement(evaluation, softTargets)
    self.models = models.map(\.digest)
    self.images = images.directory.digest
  }

  private static func matrix(_ evaluation: Evaluation) -> [[Int]] {
    var matrix = [[Int]](
      repeating: [Int](repeating: 0, count: evaluation.classes), count: evaluation.classes)
    for label in 0..<evaluation.classes {
      matrix[label][label] = evaluation.examplesPerClass[label] - evaluation.errorsPerClass[label]
    }
    for (pair, count) in evaluation.confusions { matrix[pair.label][pair.prediction] = count }
    return matrix
  }

  /// For people.
  ///
  /// - Parameters:
  ///   - names: of the models.
  ///   - width: of the terminal, in columns; a matrix that is wider gives way to the most frequent confusions.
  /// - Returns: lines for a terminal.
  package func table(names: [String], width: Int) -> String {
    let interval = errorRateInterval.map(Format.percent).joined(separator: " to ")
    var summary = [
      ReportRow.models(names, arePanel: specialists != nil),
      ["errors", "\(errors) of \(examples)"],
      ["error rate", "\(Format.percent(errorRate)) (95 %: \(interval))"],
      ["NLL", Format.significant(negativeLogLikelihood)],
      ["ECE", Format.percent(expectedCalibrationError)],
    ]
    summary += fidelity?.rows(examples: examples) ?? []
    let matrix = Table(confusion.map(matrixRows) ?? [])
    let showsMatrix = examplesPerClass.count <= Self.shownClasses && matrix.width <= width
    let panel = specialists?.tables(name: name) ?? []
    return Table.text(of: [Table(summary)] + panel + [showsMatrix ? matrix : Table(pairRows)])
  }

  private func name(_ label: Int) -> String { labelNames?[label] ?? String(label) }

  private func matrixRows(_ matrix: [[Int]]) -> [[String]] {
    let classes = matrix.indices
    return [["true\\predicted"] + classes.map(name) + ["errors", "rate"]]
      + classes.map { label in
        let rate =
          examplesPerClass[label] > 0 ? Double(errorsPerClass[label]) / Double(examplesPerClass[label]) : 0
        return [name(label)] + matrix[label].map(String.init) + [
          String(errorsPerClass[label]), Format.percent(rate),
        ]
      }
  }

  /// The most frequent confusions, where a matrix has no room.
  private var pairRows: [[String]] {
    guard !confusions.isEmpty else { return [] }
    return [["label", "predicted", "errors"]]
      + confusions.prefix(Self.shownClasses).map {
        [name($0.label), name($0.prediction), String($0.count)]
      }
  }
}
