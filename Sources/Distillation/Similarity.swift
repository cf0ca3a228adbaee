import Datasets
import Foundation
import Networks
import Storage

/// By what two images are alike: each is a point, and near points are alike.
///
/// The soft targets of a teacher "define a rich similarity structure over the data" (paper, section 1), though nothing
/// in its training asked for one.
package enum Similarity: Sendable {
  /// Pixels, 0 to 1.
  case pixels
  /// The activations of a model's highest hidden layer, by the net below the outputs.
  case hidden(below: Network, path: String)
  /// The square roots of a model's class probabilities at a temperature: their distance is Hellinger's, times √2.
  case softTargets(Network, temperature: Double, path: String)

  /// Of a model, all that it offers.
  ///
  /// - Parameters:
  ///   - model: of the same inputs as the images.
  ///   - temperature: of its soft targets.
  ///   - path: of the model.
  /// - Returns: its hidden layer, if it has one, and its soft targets.
  package static func all(of model: Network, temperature: Double, path: String) -> [Similarity] {
    let soft = softTargets(model, temperature: temperature, path: path)
    return (model.withoutOutputs().map { [.hidden(below: $0, path: path)] } ?? []) + [soft]
  }

  /// For people.
  package var name: String {
    switch self {
    case .pixels: "pixels"
    case .hidden(_, let path): "\(path), hidden layer"
    case .softTargets(_, let temperature, let path): "\(path), T=\(Temperature.name(temperature))"
    }
  }

  /// The points of images.
  ///
  /// - Parameter images: [examples, pixels].
  /// - Returns: [examples, coordinates].
  /// - Throws: `InputError.notFinite` for a model whose logits overflow.
  func points(_ images: [UInt8]) throws -> [Float] {
    switch self {
    case .pixels: return images.map { Float($0) / 255 }
    case .hidden(let below, let path):
      return try ModelPredictor([below], paths: [path]).logits(images).map { max(0, $0) }
    case .softTargets(let model, let temperature, let path):
      let classes = model.architecture.classes
      let logits = try ModelPredictor([model], paths: [path]).logits(images)
      // Around the point where all classes are alike: at high temperatures all are near it, and what tells them apart
      // would be lost in the last bits.
      let centre = (1 / Double(classes)).squareRoot()
      return Temperature.logSoftmax(logits, classes: classes, temperature: temperature).map {
        Float(exp($0 / 2) - centre)
      }
    }
  }
}
