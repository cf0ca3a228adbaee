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
  /// What shapes them beside the inputs, as the manifest is to keep it.
  var parameters: [String: JSONValue] { get }

  /// The logits of every row.
  ///
  /// - Parameters:
  ///   - shard: of images.
  ///   - path: of the shard, for messages.
  /// - Returns: [examples, teachers, classes].
  /// - Throws: `InputError` where there are none.
  func logits(of shard: ImageShard, path: String) throws -> [Float]
}

extension LogitSource {
  package var parameters: [String: JSONValue] { [:] }
}

/// Logits that our own models compute.
package struct TeacherLogits: LogitSource {
  private let predictor: ModelPredictor
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
    predictor = ModelPredictor(read.map(\.network), paths: paths)
    inputs = read.enumerated().map {
      .init(name: "teacher.\($0)", digest: $1.source.digest, path: $1.source.path)
    }
    teachers = read.map(\.weights)
  }

  package func logits(of shard: ImageShard, path: String) throws -> [Float] {
    try predictor.logits(shard.images)
  }
}
