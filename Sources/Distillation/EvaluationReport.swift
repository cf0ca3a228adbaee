import Datasets
import Stage
import Storage

/// An evaluation as a table and as JSON.
package struct EvaluationReport: Encodable, Sendable {
  package let examples: Int
  package let errors: Int
  package let errorRate: Double
  /// Lower and upper end of the 95 % interval of the error rate.
  package let errorRateInterval: [Double]
  /// Nats an example.
  package let negativeLogLikelihood: Double
  package let expectedCalibrationError: Double
  package let examplesPerClass: [Int]
  package let errorsPerClass: [Int]
  /// True class by predicted class.
  package let confusion: [[Int]]
  /// Identities of the models and of the images.
  package let models: [Digest]
  package let images: Digest

  package init(_ evaluation: Evaluation, models: [Plan.Input], images: ImageSet) {
    examples = evaluation.examples
    errors = evaluation.errors
    errorRate = evaluation.errorRate
    errorRateInterval = [evaluation.interval.lowerBound, evaluation.interval.upperBound]
    negativeLogLikelihood = evaluation.negativeLogLikelihood
    expectedCalibrationError = evaluation.calibrationError
    examplesPerClass = evaluation.examplesPerClass
    errorsPerClass = evaluation.errorsPerClass
    confusion = evaluation.confusion
    self.models = models.map(\.digest)
    self.images = images.whole.digest
  }

  /// - Parameter names: of the models, for people.
  package func table(names: [String]) -> String {
    let interval = errorRateInterval.map(Format.percent).joined(separator: " to ")
    let summary = [
      [names.count > 1 ? "ensemble" : "model", names.joined(separator: " + ")],
      ["errors", "\(errors) of \(examples)"],
      ["error rate", "\(Format.percent(errorRate)) (95 %: \(interval))"],
      ["NLL", Format.significant(negativeLogLikelihood)],
      ["ECE", Format.percent(expectedCalibrationError)],
    ]
    let classes = confusion.indices
    var matrix = [["true\\predicted"] + classes.map(String.init) + ["errors", "rate"]]
    for label in classes {
      let rate =
        examplesPerClass[label] > 0 ? Double(errorsPerClass[label]) / Double(examplesPerClass[label]) : 0
      matrix.append(
        [String(label)] + confusion[label].map(String.init) + [
          String(errorsPerClass[label]), Format.percent(rate),
        ])
    }
    // A matrix of very many classes helps nobody; `--json` has it.
    let parts = classes.count <= 20 ? [Format.table(summary), Format.table(matrix)] : [Format.table(summary)]
    return parts.joined(separator: "\n\n")
  }
}

/// Predictions as CSV.
package struct PredictionTable {
  package private(set) var text: String
  private let classes: Int

  package init(classes: Int) {
    self.classes = classes
    text = "index,dy,dx,label,prediction," + (0..<classes).map { "p\($0)" }.joined(separator: ",") + "\n"
  }

  /// Adds the rows of a shard.
  ///
  /// - Parameter probabilities: [examples, classes].
  package mutating func append(_ shard: ImageShard, _ probabilities: [Float]) {
    for row in 0..<shard.count {
      let values = probabilities[row * classes..<(row + 1) * classes]
      var predicted = values.startIndex
      for index in values.indices where values[index] > values[predicted] { predicted = index }
      let origin = shard.origin(row)
      text += "\(origin.index),\(origin.shift[0]),\(origin.shift[1]),\(shard.labels[row]),"
      text += "\(predicted - values.startIndex)," + values.map { "\($0)" }.joined(separator: ",") + "\n"
    }
  }
}
