import Datasets
import Networks
import Stage
import Storage

/// A source of logits for image shards: our models, a specialist panel, or files of another framework.
package protocol LogitSource: Sendable {
  /// Inputs for the manifest.
  var inputs: [Plan.Input] { get }
  /// [teachers]: digests of the weights, or of another framework's files.
  var teachers: [Digest] { get }
  /// Classes of one teacher's logits: those of the images, if they have labels.
  var labelMap: LabelMap { get }
  /// Further digests for the identity of every shard; empty if `teachers` determines the logits.
  var content: [Digest] { get }
  /// Parameters for the manifest that affect the logits.
  var parameters: [String: JSONValue] { get }

  /// The logits of every row.
  ///
  /// - Parameters:
  ///   - shard: of images.
  ///   - path: of the shard, for messages.
  /// - Returns: [examples, teachers, classes].
  /// - Throws: `InputError.notFinite` for logits that overflow; for files, `.missingRow` and as `ForeignFile.logits`.
  func logits(of shard: ImageShard, path: String) throws -> [Float]
}

extension LogitSource {
  package var parameters: [String: JSONValue] { [:] }
  package var content: [Digest] { [] }
  /// Logits of one teacher for one example.
  package var classes: Int { labelMap.classes }
}

/// Logits computed by our own models.
package struct TeacherLogits: LogitSource {
  private let predictor: any Predictor
  package let inputs: [Plan.Input]
  package let teachers: [Digest]
  package let labelMap: LabelMap

  /// - Parameters:
  ///   - paths: of the teachers, at least one.
  ///   - images: their inputs.
  /// - Throws: as `Model`; `InputError.wrongModel`, `.otherClasses` for teachers of other images or classes,
  ///   `.specialist`.
  package init(_ paths: [String], images: ImageSet) throws {
    let read = try paths.map { try Model($0) }
    // Images without labels take the classes of the first teacher, and the other teachers must have the same.
    let first = images.isLabelled ? nil : read.first
    labelMap = first?.labelMap ?? images.labelMap.named(like: read[0].labelMap)
    for model in read {
      try model.expect(inputs: images.shape.count, labels: labelMap, of: first?.path ?? images.path)
    }
    predictor = Ensemble(read)
    inputs = read.enumerated().map {
      .init(name: "teacher.\($0)", digest: $1.source.digest, path: $1.source.path)
    }
    // By the digest of the weights: the same net in a directory with another manifest is the same teacher.
    teachers = read.map(\.weights)
  }

  package func logits(of shard: ImageShard, path: String) throws -> [Float] {
    try predictor.logits(shard.features)
  }
}
