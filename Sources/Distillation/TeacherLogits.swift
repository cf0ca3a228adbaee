import Datasets
import Networks
import Stage
import Storage

/// Where the logits of an image shard come from.
package protocol LogitSource: Sendable {
  /// As the manifest names them.
  var inputs: [Plan.Input] { get }
  /// Whose logits stand side by side: digests of the weights, or of what another framework gave.
  var teachers: [Digest] { get }
  /// Logits of one teacher for an image: as many as the images have classes, if they have labels.
  var classes: Int { get }

  /// The logits of every row.
  ///
  /// - Parameters:
  ///   - shard: of images.
  ///   - path: of the shard, for messages.
  /// - Returns: [examples, teachers, classes].
  /// - Throws: `InputError` where there are none.
  func logits(of shard: ImageShard, path: String) throws -> [Float]
}

/// Logits that our own models compute.
package struct TeacherLogits: LogitSource {
  private let models: [Network]
  private let paths: [String]
  package let inputs: [Plan.Input]
  package let teachers: [Digest]
  package let classes: Int

  /// - Throws: as `Network.read`; `InputError.wrongModel` for teachers of other images or classes.
  package init(_ paths: [String], images: ImageSet) throws {
    let read = try paths.map { try Network.read($0) }
    // Images without labels have the classes of their teachers, who must agree on them.
    let first = images.isLabelled ? nil : read.first
    classes = first?.network.architecture.classes ?? images.classes
    for model in read {
      try model.expect(
        inputs: images.shape.count, classes: classes, of: first?.source.path ?? images.path)
    }
    models = read.map(\.network)
    inputs = read.enumerated().map {
      .init(name: "teacher.\($0)", digest: $1.source.digest, path: $1.source.path)
    }
    teachers = read.map(\.weights)
    self.paths = paths
  }

  package func logits(of shard: ImageShard, path: String) throws -> [Float] {
    try TeacherPass.logits(of: models, paths: paths, images: shard.images)
  }
}

/// Images through several models.
enum TeacherPass {
  /// The logits of every image by every model.
  ///
  /// - Parameters:
  ///   - models: of the same inputs and classes.
  ///   - paths: of the models, for messages.
  ///   - images: [examples, pixels].
  /// - Returns: [examples, teachers, classes].
  /// - Throws: `InputError.notFinite` for a model whose logits overflow.
  static func logits(of models: [Network], paths: [String], images: [UInt8]) throws -> [Float] {
    let each = try zip(models, paths).map { model, path in
      let logits = model.logits(images)
      if let bad = logits.firstIndex(where: { !$0.isFinite }) {
        throw InputError.notFinite(path: path, what: "logits", row: bad / model.architecture.classes)
      }
      return logits
    }
    guard each.count > 1 else { return each.first ?? [] }
    let classes = models[0].architecture.classes
    let examples = each[0].count / classes
    // From [teachers][examples, classes] to [examples, teachers, classes]: what is of one image is together.
    return (0..<examples).flatMap { example in
      each.flatMap { $0[example * classes..<(example + 1) * classes] }
    }
  }
}
