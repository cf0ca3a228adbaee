import Datasets
import Foundation
import Networks
import Storage

/// A measure of similarity: it maps each image to a point, and similar images to near points.
///
/// A teacher's small probabilities are information "that defines a rich similarity structure over the data" (paper,
/// section 1), although it was not trained for one.
package enum Similarity: Sendable {
  /// The features; pixels are scaled to 0 to 1.
  case features
  /// The activations of a model's last hidden layer.
  case hidden(any Predictor, path: String)
  /// The square roots of a model's class probabilities at a temperature: their distance is √2 times the Hellinger
  /// distance of the distributions.
  case softTargets(any Predictor, temperature: Double, path: String)

  /// All similarities of one model.
  ///
  /// - Parameters:
  ///   - model: a net with the inputs of the images.
  ///   - temperature: of its soft targets.
  /// - Returns: its hidden layer, if it has one, and its soft targets.
  package static func all(of model: Model, temperature: Double) -> [Similarity] {
    let soft = softTargets(model, temperature: temperature, path: model.path)
    return model.hasHiddenLayer ? [.hidden(model, path: model.path), soft] : [soft]
  }

  /// Name for tables.
  package var name: String {
    switch self {
    case .features: "pixels"
    case .hidden(_, let path): "\(path), hidden layer"
    case .softTargets(_, let temperature, let path): "\(path), T=\(Temperature.name(temperature))"
    }
  }

  /// Maps images to points.
  ///
  /// - Parameter features: [examples, inputs].
  /// - Returns: [examples, coordinates].
  /// - Throws: `InputError.notFinite` for a model whose logits overflow.
  func points(_ features: Features) throws -> [Float] {
    switch self {
    case .features: return features.floats.map { $0 * features.element.scale }
    case .hidden(let model, _): return try model.hidden(features) ?? []
    case .softTargets(let model, let temperature, _):
      let classes = model.outputs
      let logits = try model.logits(features)
      // Relative to the uniform distribution: at high temperatures all points are close to it, and their differences
      // would be lost to cancellation in the squared distances.
      let centre = (1 / Double(classes)).squareRoot()
      // √p as exp(log p / 2): it is still a number where p itself would underflow.
      return Temperature.logSoftmax(logits, classes: classes, temperature: temperature).map {
        Float(exp($0 / 2) - centre)
      }
    }
  }
}
