import Networks
import Stage
import Storage

/// Whatever says something of images: one model, several side by side, or a generalist with its specialists.
package protocol Predictor: Sendable {
  /// Whose logits stand side by side.
  var members: Int { get }
  /// Logits of one member.
  var classes: Int { get }

  /// The logits of every image, on the calling thread.
  ///
  /// - Parameter images: [examples, pixels].
  /// - Returns: [examples, members, classes].
  /// - Throws: `InputError.notFinite` for a model whose logits overflow.
  func logits(_ images: [UInt8]) throws -> [Float]
}

/// One model, or several side by side.
package struct ModelPredictor: Predictor {
  private let models: [Network]
  private let paths: [String]

  /// - Parameters:
  ///   - models: at least one, all of the same inputs and classes.
  ///   - paths: of the models, for messages.
  package init(_ models: [Network], paths: [String]) {
    precondition(!models.isEmpty && models.count == paths.count, "no models, or others' paths")
    self.models = models
    self.paths = paths
  }

  package var members: Int { models.count }
  package var classes: Int { models[0].architecture.classes }

  package func logits(_ images: [UInt8]) throws -> [Float] {
    let each = try zip(models, paths).map { model, path in
      let logits = model.logits(images)
      if let bad = logits.firstIndex(where: { !$0.isFinite }) {
        throw InputError.notFinite(path: path, what: "logits", row: bad / model.architecture.classes)
      }
      return logits
    }
    guard each.count > 1 else { return each[0] }
    let examples = each[0].count / classes
    // From [members][examples, classes] to [examples, members, classes]: what is of one image is together.
    return (0..<examples).flatMap { example in
      each.flatMap { $0[example * classes..<(example + 1) * classes] }
    }
  }
}
