import Datasets
import Stage
import Storage

/// Predictions of another framework's teachers, from safetensors files of any float and integer types.
///
/// Tensors: `logits`, `log_probabilities` or `probabilities`, [n, classes] or [n, teachers, classes]; `indices` [n];
/// for distorted images `variants` [n] or `shifts` [n, 2]; for a set joined from several sources `sources` [n],
/// numbered in the order of the join. The metadata may hold `images`, the digest of the image directory. Several
/// files form one table.
package struct ForeignLogits: LogitSource {
  package let inputs: [Plan.Input]
  package let teachers: [Digest]
  package let labelMap: LabelMap
  package let content: [Digest]
  private let files: [ForeignFile]
  private let rows: ForeignRows

  /// - Parameters:
  ///   - paths: files, or folders whose safetensors files are read in the order of their names.
  ///   - images: images of the rows.
  ///   - digests: digests of files that are already known.
  /// - Throws: `StorageError`; `InputError.mismatch`, `.repeatedRow`, `.noExamples`.
  package init(_ paths: [String], images: ImageSet, digests: FileDigests = FileDigests()) throws {
    let paths = try paths.flatMap { try Self.files($0) }
    files = try paths.map { try ForeignFile($0, images: images) }
    guard let first = files.first else {
      throw InputError.noExamples(path: images.path, of: "file of logits")
    }
    for file in files.dropFirst() {
      guard file.classes == first.classes, file.teachers == first.teachers else {
        throw InputError.mismatch(
          path: file.path, expected: "\(first.teachers) teachers of \(first.classes) classes",
          like: first.path,
          found: "\(file.teachers) of \(file.classes)")
      }
      guard file.teacherName == first.teacherName, file.teacherDigest == first.teacherDigest else {
        throw InputError.mismatch(
          path: file.path, expected: "logits of teacher \(first.teacherText)", like: first.path,
          found: "of \(file.teacherText)")
      }
    }
    labelMap =
      images.isLabelled || images.classes == first.classes
      ? images.labelMap : LabelMap(classes: first.classes)
    rows = try ForeignRows(files, images: images)
    inputs = try paths.enumerated().map { number, path in
      try digests.input(number == 0 ? "logits" : "logits.\(number)", path)
    }
    content = inputs.map(\.digest)
    teachers = Self.teachers(files, content)
  }

  private static func files(_ path: String) throws -> [String] {
    guard try FileSystem.type(path) == .directory else { return [path] }
    let names = try FileSystem.list(path).filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }
      .sorted()
    guard !names.isEmpty else { throw InputError.noExamples(path: path, of: "safetensors file") }
    return names.map { FileSystem.join(path, $0) }
  }

  /// Identifies a teacher by the digest of its weights if the files give it, else by the files. Never by its name,
  /// which stays the same when it is trained again.
  private static func teachers(_ files: [ForeignFile], _ digests: [Digest]) -> [Digest] {
    var builder = DigestBuilder()
    builder.add(text: "foreign teacher")
    for digest in files[0].teacherDigest.map({ [$0] }) ?? digests { builder.add(digest) }
    let common = builder.digest
    guard files[0].teachers > 1 else { return [common] }
    return (0..<files[0].teachers).map { number in
      var builder = DigestBuilder()
      builder.add(common)
      builder.add(text: "teacher \(number)")
      return builder.digest
    }
  }

  package func logits(of shard: ImageShard, path: String) throws -> [Float] {
    let places = try (0..<shard.count).map { row in
      guard let place = rows.place(of: shard.origins[row]) else {
        throw InputError.missingRow(
          logits: files.map(\.path).joined(separator: " and "), images: path, row: row,
          origin: shard.origins[row].description)
      }
      return place
    }
    // [examples, teachers, classes]. Each file is read once for all its rows, which are put back in the shard's order.
    guard files.count > 1 else { return try files[0].logits(places.map(\.row)) }
    let width = teachers.count * classes
    var logits = [Float](repeating: 0, count: shard.count * width)
    for (number, file) in files.enumerated() {
      let own = places.indices.filter { places[$0].file == number }
      let found = try file.logits(own.map { places[$0].row })
      for (place, row) in own.enumerated() {
        logits.replaceSubrange(
          row * width..<(row + 1) * width, with: found[place * width..<(place + 1) * width])
      }
    }
    return logits
  }
}

extension ForeignFile {
  /// The teacher's name and digest, for messages.
  fileprivate var teacherText: String {
    [teacherName.map { "'\($0)'" }, teacherDigest?.short].compactMap { $0 }.joined(separator: " ")
      + (teacherName == nil && teacherDigest == nil ? "that is not named" : "")
  }
}
