import Datasets
import Stage
import Storage

/// An evaluation as JSON, which other programs read back, and as a table.
package struct EvaluationReport: Codable, Sendable {
  /// The number of examples of one class that were predicted as another.
  package struct Confusion: Codable, Equatable, Sendable {
    /// The true class.
    package let label: Int
    /// The predicted class.
    package let prediction: Int
    /// Number of examples.
    package let count: Int
  }

  /// Largest number of classes for which JSON includes the whole matrix.
  private static let matrixClasses = 100
  /// Largest number of classes for which the table shows the matrix; also the longest list of confusions.
  private static let shownClasses = 20

  /// Examples in all copies of the set.
  package let examples: Int
  /// Examples whose predicted class is wrong.
  package let errors: Int
  /// Errors as a share of the examples, 0 to 1.
  package let errorRate: Double
  /// [2]: lower and upper end of the 95 % interval of the error rate.
  package let errorRateInterval: [Double]
  /// Mean over the examples, in nats.
  package let negativeLogLikelihood: Double
  /// 0 to 1, as `Evaluation.calibrationError`.
  package let expectedCalibrationError: Double
  /// [classes], by true class.
  package let examplesPerClass: [Int]
  /// [classes], by true class.
  package let errorsPerClass: [Int]
  /// Pairs that occurred, the most frequent first.
  package let confusions: [Confusion]
  /// [true class][predicted class]; nil for more than 100 classes.
  package let confusion: [[Int]]?
  /// Nil without soft targets.
  package let fidelity: Agreement?
  /// [classes]: names of the classes; nil without names.
  package let labelNames: [String]?
  /// Nil without specialists.
  package let specialists: PanelStudy?
  /// Positions of the errors in the set, ascending; nil for more than 20,000.
  package let errorRows: [Int]?
  /// Digests of the models' directories, or of lone files.
  package let models: [Digest]
  /// Paths of the models on the command line.
  package let modelNames: [String]?
  /// Weights and biases of all models together.
  package let parameters: Int?
  /// Digest of the images' directory.
  package let images: Digest
  /// Path of the images on the command line.
  package let imagesName: String?
  /// Digests of the images' source files; nil in a file without them.
  package let sources: [Digest]?

  /// - Parameters:
  ///   - evaluation: over the whole set.
  ///   - models: the evaluated models.
  ///   - images: the set.
  ///   - softTargets: of the teachers; nil for no comparison.
  ///   - specialists: comparison with the generalist alone; nil without specialists.
  ///   - labelNames: names of the evaluated outputs.
  ///   - parameters: weights and biases of all models together.
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
    // Ties are sorted by class, because a dictionary's order differs from run to run.
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
    // `confusions` holds the errors only; the diagonal above is what is left of each class.
    for (pair, count) in evaluation.confusions { matrix[pair.label][pair.prediction] = count }
    return matrix
  }

  /// The report as tables.
  ///
  /// - Parameters:
  ///   - names: of the models.
  ///   - width: of the terminal, in columns; the most frequent confusions replace a matrix that is wider.
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
    // A matrix whose lines wrap cannot be read.
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

  /// The most frequent confusions, instead of a matrix.
  private var pairRows: [[String]] {
    guard !confusions.isEmpty else { return [] }
    return [["label", "predicted", "errors"]]
      + confusions.prefix(Self.shownClasses).map {
        [name($0.label), name($0.prediction), String($0.count)]
      }
  }
}
