import Datasets
import Stage
import Storage

/// A source of predictions: a single model, an ensemble, or a generalist with its specialists.
package protocol Predictor: Sendable {
  /// Numbers in an example.
  var inputs: Int { get }
  /// Number of models whose logits stand side by side.
  var members: Int { get }
  /// Classes behind the outputs of one member.
  var labelMap: LabelMap { get }
  /// Number of weights and biases in all members together.
  var parameterCount: Int { get }

  /// Computes the logits of every example on the calling thread.
  ///
  /// - Parameter features: [examples, inputs].
  /// - Returns: [examples, members, outputs].
  /// - Throws: `InputError.notFinite` for a model whose logits overflow.
  func logits(_ features: Features) throws -> [Float]

  /// Activations of the highest hidden layer for every example.
  ///
  /// - Parameter features: [examples, inputs].
  /// - Returns: [examples, units]; nil without a common hidden layer.
  /// - Throws: as `logits`.
  func hidden(_ features: Features) throws -> [Float]?
}

extension Predictor {
  /// Number of logits of one member.
  package var outputs: Int { labelMap.outputs }
  /// The default of predictors with several members, which have no layer in common.
  package func hidden(_ features: Features) throws -> [Float]? { nil }
}

/// A network together with its label map.
package struct NetworkPredictor: Predictor {
  private let network: Network
  package let labelMap: LabelMap
  private let path: String

  /// - Parameters:
  ///   - network: computes the logits.
  ///   - labelMap: with as many outputs as the network.
  ///   - path: of the model, for messages.
  package init(_ network: Network, labelMap: LabelMap, path: String) {
    precondition(network.architecture.classes == labelMap.outputs, "another net's outputs")
    (self.network, self.labelMap, self.path) = (network, labelMap, path)
  }

  package var inputs: Int { network.architecture.inputs }
  package var members: Int { 1 }
  package var parameterCount: Int { network.architecture.parameterCount }

  package func logits(_ features: Features) throws -> [Float] {
    let logits = network.logits(features)
    // Checked on every call: the bound on overflow at loading holds for bytes, not for vectors of floats.
    if let bad = logits.firstIndex(where: { !$0.isFinite }) {
      throw InputError.notFinite(path: path, what: "logits", row: bad / outputs)
    }
    return logits
  }

  package func hidden(_ features: Features) throws -> [Float]? { network.hidden(features) }
}

/// Several models side by side; combining their predictions is left to `Combination`.
package struct Ensemble: Predictor {
  private let models: [any Predictor]

  /// - Parameter models: at least one, all with the same inputs and classes.
  package init(_ models: [any Predictor]) {
    precondition(
      !models.isEmpty
        && models.allSatisfy { $0.inputs == models[0].inputs && $0.outputs == models[0].outputs },
      "no models, or models of different images")
    self.models = models
  }

  package var inputs: Int { models[0].inputs }
  package var members: Int { models.reduce(0) { $0 + $1.members } }
  package var labelMap: LabelMap { models[0].labelMap }
  package var parameterCount: Int { models.reduce(0) { $0 + $1.parameterCount } }

  package func logits(_ features: Features) throws -> [Float] {
    guard models.count > 1 else { return try models[0].logits(features) }
    let each = try models.map { (logits: try $0.logits(features), width: $0.members * $0.outputs) }
    // From [models][examples, members, outputs] to [examples, members of all, outputs], so that each example is
    // contiguous.
    return (0..<features.count).flatMap { example in
      each.flatMap { $0.logits[example * $0.width..<(example + 1) * $0.width] }
    }
  }

  package func hidden(_ features: Features) throws -> [Float]? {
    models.count == 1 ? try models[0].hidden(features) : nil
  }
}
