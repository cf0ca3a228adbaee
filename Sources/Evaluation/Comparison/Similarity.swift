import Datasets
import Foundation
import Networks
import Storage

/// By what two images are alike: each is a point, and near points are alike.
///
/// The soft targets of a teacher "define a rich similarity structure over the data" (paper, section 1), though nothing
/// in its training asked for one.
package enum Similarity: Sendable {
  /// The features, pixels as 0 to 1.
  case features
  /// The activations of a model's highest hidden layer.
  case hidden(any Predictor, path: String)
  /// The square roots of a model's class probabilities at a temperature: their distance is Hellinger's, times √2.
  case softTargets(any Predictor, temperature: Double, path: String)

  /// All that a model offers.
  ///
  /// - Parameters:
  ///   - model: one net, of the same inputs as the images.
  ///   - temperature: of its soft targets.
  /// - Returns: its hidden layer, if it has one, and its soft targets.
  package static func all(of model: Model, temperature: Double) -> [Similarity] {
    let soft = softTargets(model, temperature: temperature, path: model.path)
    return model.hasHiddenLayer ? [.hidden(model, path: model.path), soft] : [soft]
  }

  /// For people.
  package var name: String {
    switch self {
    case .features: "pixels"
    case .hidden(_, let path): "\(path), hidden layer"
    case .softTargets(_, let temperature, let path): "\(path), T=\(Temperature.name(temperature))"
    }
  }

  /// The points of images.
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
      // Around the point where all classes are alike: at high temperatures all are near it, and what tells them apart
      // would be lost in the last bits.
      let centre = (1 / Double(classes)).squareRoot()
      return Temperature.logSoftmax(logits, classes: classes, temperature: temperature).map {
        Float(exp($0 / 2) - centre)
      }
    }
  }
}
