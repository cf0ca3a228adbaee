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
  /// What the logits of one teacher stand for: the classes of the images, if they have labels.
  var labelMap: LabelMap { get }
  /// What tells other logits of the same teachers apart, in the identity of every shard.
  var content: [Digest] { get }
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
  package var content: [Digest] { [] }
  /// Logits of one teacher for an example.
  package var classes: Int { labelMap.classes }
}

/// Logits that our own models compute.
package struct TeacherLogits: LogitSource {
  private let predictor: any Predictor
  package let inputs: [Plan.Input]
  package let teachers: [Digest]
  package let labelMap: LabelMap

  /// - Throws: as `Model`; `InputError.wrongModel` for teachers of other images or classes, `.otherClasses`.
  package init(_ paths: [String], images: ImageSet) throws {
    let read = try paths.map { try Model($0) }
    // Images without labels have the classes of their teachers, who must agree on them.
    let first = images.isLabelled ? nil : read.first
    labelMap = first?.labelMap ?? images.labelMap.named(like: read[0].labelMap)
    for model in read {
      try model.expect(inputs: images.shape.count, labels: labelMap, of: first?.path ?? images.path)
    }
    predictor = Ensemble(read)
    inputs = read.enumerated().map {
      .init(name: "teacher.\($0)", digest: $1.source.digest, path: $1.source.path)
    }
    teachers = read.map(\.weights)
  }

  package func logits(of shard: ImageShard, path: String) throws -> [Float] {
    try predictor.logits(shard.features)
  }
}
