import Datasets
import Networks
import Stage
import Storage

/// Where the logits of an image shard come from.
package protocol LogitSource: Sendable {
  /// Teachers whose logits stand side by side.
  var teacherCount: Int { get }
  var classes: Int { get }
  /// As the manifest names them.
  var inputs: [Plan.Input] { get }
  /// Digests of the teachers' weights.
  var teacherDigests: [Digest] { get }

  /// - Returns: [examples, teachers, classes].
  func logits(of shard: ImageShard, path: String) throws -> [Float]
}

/// Logits that our own models compute.
package struct TeacherLogits: LogitSource {
  private let models: [Network]
  package let inputs: [Plan.Input]
  package let teacherDigests: [Digest]

  /// - Throws: as `Network.read`; `NetworkError.wrongArchitecture` for teachers of other images or classes.
  package init(_ paths: [String], images: ImageSet) throws {
    var models: [Network] = []
    var inputs: [Plan.Input] = []
    var digests: [Digest] = []
    for (index, path) in paths.enumerated() {
      let model = try Network.read(path)
      let shape = model.network.architecture
      guard shape.inputs == images.pixels, shape.classes == images.classes else {
        throw NetworkError.wrongArchitecture(
          path: path,
          reason: "expected a net of \(images.pixels) inputs and \(images.classes) classes as in "
            + "\(images.whole.directory), found \(shape.name)")
      }
      models.append(model.network)
      inputs.append(Plan.Input(name: "teacher.\(index)", digest: model.source.digest, path: path))
      digests.append(model.weights)
    }
    self.models = models
    self.inputs = inputs
    teacherDigests = digests
  }

  package var teacherCount: Int { models.count }
  package var classes: Int { models[0].architecture.classes }

  package func logits(of shard: ImageShard, path: String) throws -> [Float] {
    TeacherPass.logits(of: models, images: shard.images)
  }
}

/// Logits that another framework computed: a safetensors file with `logits` [n, classes] F32, `indices` [n]
/// U32 and, for shifted images, `shifts` [n, 2] I8.
package struct ForeignLogits: LogitSource {
  private struct Key: Hashable {
    let index: UInt32
    let dy: Int8
    let dx: Int8
  }

  package let classes: Int
  package let inputs: [Plan.Input]
  package let teacherDigests: [Digest]
  private let path: String
  private let logits: [Float]
  private let rows: [Key: Int]

  /// - Throws: `StorageError`; `DatasetError.otherClasses`, `.notFinite`.
  package init(_ path: String, images: ImageSet) throws {
    let file = try Safetensors(try InputFile.contents(of: path, limit: 16 << 30), path: path)
    let count = try file.layout("indices", types: [.u32], shape: [nil]).shape[0]
    classes = images.classes
    logits = try file.floats("logits", shape: [count, nil])
    guard count > 0, logits.count / count == images.classes else {
      throw DatasetError.otherClasses(
        path: path, expected: images.classes, found: logits.count / max(1, count))
    }
    if let bad = logits.firstIndex(where: { !$0.isFinite }) {
      throw DatasetError.notFinite(path: path, row: bad / classes)
    }
    let indices = try file.elements("indices", as: UInt32.self, shape: [count])
    let shifts =
      file.header.tensors["shifts"] == nil
      ? [Int8](repeating: 0, count: count * 2)
      : try file.elements("shifts", as: Int8.self, shape: [count, 2])
    rows = Dictionary(
      (0..<count).map { (Key(index: indices[$0], dy: shifts[$0 * 2], dx: shifts[$0 * 2 + 1]), $0) }
    ) { first, _ in first }
    self.path = path
    let digest = Digest(of: file.bytes)
    inputs = [Plan.Input(name: "logits", digest: digest, path: path)]
    teacherDigests = [digest]
  }

  package var teacherCount: Int { 1 }

  package func logits(of shard: ImageShard, path imagePath: String) throws -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(shard.count * classes)
    for row in 0..<shard.count {
      let key = Key(index: shard.indices[row], dy: shard.shifts[row * 2], dx: shard.shifts[row * 2 + 1])
      guard let place = rows[key] else {
        throw DatasetError.missingRow(
          softTargets: path, images: imagePath, row: row, image: shard.origin(row))
      }
      result += logits[place * classes..<(place + 1) * classes]
    }
    return result
  }
}
